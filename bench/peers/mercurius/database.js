// All SQL: statements with names, so that each connection prepares them once. Keys are uuid texts; bigints, days and
// times stay the texts that PostgreSQL sends, as bigints and days travel in the answer.
'use strict'

const pg = require('pg')

pg.types.setTypeParser(pg.types.builtins.DATE, String)
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, String)
pg.types.setTypeParser(pg.types.builtins.INT8, String)
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

/** A named statement as a function of its values that gives rows; it may run in a transaction's connection. */
function statement (name, text) {
  return (values, connection = pool) => connection.query({ name, text, values }).then((result) => result.rows)
}

const COUNTERS = 'sum(impressions)::bigint impressions, sum(clicks)::bigint clicks, sum(spend_micros)::bigint spend'
const CAMPAIGN = `id, account_id, name, kind, effective_status, configured_status, currency, total_budget_micros,
  spent_micros, version`

const callers = statement('caller', `
  select u.id, u.name, m.account_id, m.level
  from session s join "user" u on u.id = s.user_id
  left join membership m on m.user_id = u.id and m.status = 'ACTIVE'
  where s.token_hash = $1 and s.expires_at > now() and s.revoked_at is null`)

/** The caller of a token with the levels held now, by account; null where the session does not hold. */
async function caller (tokenHash) {
  const rows = await callers([tokenHash])
  if (!rows.length) return null
  const levels = new Map(rows.filter((row) => row.account_id).map((row) => [row.account_id, row.level]))
  return { id: rows[0].id, name: rows[0].name, levels }
}

const memberships = statement('memberships', `
  select m.id, m.level, a.id account_id, a.display_name, a.status, a.currency
  from membership m join account a on a.id = m.account_id
  where m.user_id = $1 and m.status = 'ACTIVE' order by a.name_key, m.id limit $2`)

const accounts = statement('accounts', 'select id, display_name, status, currency from account where id = any($1)')

const campaigns = statement('campaigns', `select ${CAMPAIGN} from campaign where id = any($1)`)

const campaignsOfAccounts = statement('campaigns_of_accounts', `
  select c.* from unnest($1::uuid[]) parent (id) cross join lateral (
    select ${CAMPAIGN}, created_at from campaign
    where account_id = parent.id order by created_at desc, id desc limit $2) c
  order by c.created_at desc, c.id desc`)

const adsOfCampaigns = statement('ads_of_campaigns', `
  select a.* from unnest($1::uuid[]) parent (id) cross join lateral (
    select id, campaign_id, title, effective_status, currency, bid_micros, created_at from ad
    where campaign_id = parent.id order by created_at desc, id desc limit $2) a
  order by a.created_at desc, a.id desc`)

const metricsOfCampaigns = statement('metrics_of_campaigns', `
  select campaign_id id, ${COUNTERS} from metric_hour
  where campaign_id = any($1) and day between $2 and $3 group by campaign_id`)

const metricsOfAds = statement('metrics_of_ads', `
  select ad_id id, ${COUNTERS} from metric_hour
  where ad_id = any($1) and day between $2 and $3 group by ad_id`)

const daysOfCampaigns = statement('days_of_campaigns', `
  select campaign_id id, day, ${COUNTERS} from metric_hour
  where campaign_id = any($1) and day between $2 and $3 group by campaign_id, day order by day`)

const lockedCampaign = statement('locked_campaign', `
  select ${CAMPAIGN} from campaign where id = $1 and account_id = any($2) for no key update`)

const writtenBudget = statement('written_budget', `
  with campaign as (
    update campaign set total_budget_micros = $2, version = version + 1, updated_at = now() where id = $1
    returning ${CAMPAIGN}
  ), written as (
    insert into change (id, at, account_id, actor_user_id, actor, via, event, action, subject_type, subject_id,
                        before, after)
    select gen_random_uuid(), now(), account_id, $4, $5, 'SESSION', 'CAMPAIGN_UPDATED', 'campaignUpdate', 'Campaign',
           id, json_build_object('total_budget_micros', $3::bigint),
           json_build_object('total_budget_micros', total_budget_micros)
    from campaign)
  select * from campaign`)

/** Carry *steps*(connection) out in one transaction. */
async function transaction (steps) {
  const connection = await pool.connect()
  try {
    await connection.query('begin')
    const result = await steps(connection)
    await connection.query('commit')
    return result
  } catch (fault) {
    await connection.query('rollback')
    throw fault
  } finally {
    connection.release()
  }
}

module.exports = {
  caller,
  memberships,
  accounts,
  campaigns,
  campaignsOfAccounts,
  adsOfCampaigns,
  metricsOfCampaigns,
  metricsOfAds,
  daysOfCampaigns,
  lockedCampaign,
  writtenBudget,
  transaction
}
