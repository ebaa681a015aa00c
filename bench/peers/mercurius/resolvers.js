// What each field of ../schema.graphql is made of.
'use strict'

const database = require('./database')
const { NOTHING } = require('./loaders')

// the first bytes of the global ids of each type, as hexadecimal digits
const PREFIXES = Object.fromEntries(
  ['Account', 'Ad', 'Campaign', 'Membership', 'User'].map((name) => [name, Buffer.from(`${name}:`).toString('hex')])
)

/** The global id of a row: its type and the sixteen bytes of its uuid. */
function globalId (type, uuid) {
  return Buffer.from(PREFIXES[type] + uuid.replaceAll('-', ''), 'hex').toString('base64url')
}

/** The uuid in a global id of *type*; null where it is none. */
function key (type, id) {
  const digits = Buffer.from(id, 'base64url').toString('hex')
  const prefix = PREFIXES[type]
  if (digits.length !== prefix.length + 32 || !digits.startsWith(prefix)) return null
  return digits.slice(prefix.length).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const money = (micros, currency) => ({ micros, currency })

/** A page of the rows of a loader, which gave one row more than *first* where there are more. */
function page (rows, first) {
  const nodes = rows.slice(0, first)
  const last = nodes.at(-1)
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor: last ? cursor(last) : null } }
}

const cursor = (row) => Buffer.from(`${row.created_at}/${row.id}`).toString('base64url')

/** clicks / impressions to six places, half up, without trailing zeros; null where nothing was shown. */
function ctr ({ clicks, impressions }) {
  const shown = Number(impressions)
  if (!shown) return null
  const scaled = Number(clicks) * 1e6 // a whole number below 2^53 as long as clicks < 9 * 10^9
  const rest = scaled % shown
  let millionths = (scaled - rest) / shown
  if (rest * 2 >= shown) millionths += 1
  const places = String(millionths % 1e6).padStart(6, '0').replace(/0+$/, '')
  return String(Math.floor(millionths / 1e6)) + (places && `.${places}`)
}

/** Counters of *row*, or zeros, with the currency its spend is in. */
function counted (row, currency) {
  const { day, impressions, clicks, spend } = row ?? NOTHING
  return { day, impressions, clicks, spend, currency }
}

/** Write a budget and its line of history under the row's lock; a budget below what is spent becomes what is spent. */
function updateBudget (caller, id, micros, currency) {
  return database.transaction(async (connection) => {
    const [campaign] = await database.lockedCampaign([id, [...caller.levels.keys()]], connection)
    if (!campaign) return refused('No such campaign.')
    if (campaign.configured_status === 'ARCHIVED') return refused('The campaign is ARCHIVED: create a new one.')
    if (campaign.currency !== currency) return refused(`The account's currency is ${campaign.currency}.`)
    const before = campaign.total_budget_micros
    const after = BigInt(micros) < BigInt(campaign.spent_micros) ? campaign.spent_micros : micros
    if (after === before) return { campaign, userErrors: [] }
    const [written] = await database.writtenBudget([id, after, before, caller.id, caller.name], connection)
    return { campaign: written, userErrors: [] }
  })
}

const refused = (message) => ({ campaign: null, userErrors: [{ message }] })

const resolvers = {
  Query: {
    viewer: (_, __, { caller }) => ({ user: caller }),
    account (_, { id }, { caller, load }) {
      const uuid = key('Account', id)
      return caller.levels.has(uuid) ? load.account.load(uuid) : null
    },
    async campaign (_, { id }, { caller, load }) {
      const uuid = key('Campaign', id)
      const campaign = uuid && (await load.campaign.load(uuid))
      return campaign && caller.levels.has(campaign.account_id) ? campaign : null
    }
  },
  Mutation: {
    // every level of a member (EDITOR, ADMIN) may change campaigns
    campaignUpdate (_, { input }, { caller }) {
      const id = key('Campaign', input.id)
      const { micros, currency } = input.totalBudget
      return id ? updateBudget(caller, id, micros, currency) : refused('No such campaign.')
    }
  },
  Viewer: { memberships: ({ user }, { first }) => database.memberships([user.id, first]) },
  User: { id: (user) => globalId('User', user.id) },
  Membership: {
    id: (membership) => globalId('Membership', membership.id),
    account: ({ account_id: id, ...columns }) => ({ ...columns, id })
  },
  Account: {
    id: (account) => globalId('Account', account.id),
    displayName: (account) => account.display_name,
    campaigns: async (account, { first }, { load }) => page(await load.campaigns(first).load(account.id), first)
  },
  Campaign: {
    id: (campaign) => globalId('Campaign', campaign.id),
    effectiveStatus: (campaign) => campaign.effective_status,
    totalBudget: (campaign) => money(campaign.total_budget_micros, campaign.currency),
    spent: (campaign) => money(campaign.spent_micros, campaign.currency),
    ads: async (campaign, { first }, { load }) => page(await load.ads(first).load(campaign.id), first),
    metrics: async ({ id, currency }, { range }, { load }) =>
      counted(await load.metricsOfCampaign(range.from, range.to).load(id), currency),
    dailyMetrics: async ({ id, currency }, { range }, { load }) =>
      (await load.daysOfCampaign(range.from, range.to).load(id)).map((row) => counted(row, currency))
  },
  Ad: {
    id: (ad) => globalId('Ad', ad.id),
    effectiveStatus: (ad) => ad.effective_status,
    bid: (ad) => money(ad.bid_micros, ad.currency),
    metrics: async ({ id, currency }, { range }, { load }) =>
      counted(await load.metricsOfAd(range.from, range.to).load(id), currency)
  },
  MetricRow: {
    ctr,
    spend: (row) => money(row.spend, row.currency)
  }
}

module.exports = { resolvers }
