-- What PostGraphile's schema takes from the database beside Endcap's tables, in a schema of its own that is made anew
-- when the server starts.

drop schema if exists bench_postgraphile cascade;
create schema bench_postgraphile;

create type bench_postgraphile.figures as (
  day date, impressions bigint, clicks bigint, ctr numeric, spend_micros bigint);

-- clicks / impressions to six places, half up
create function bench_postgraphile.ratio(part bigint, whole bigint) returns numeric
language sql immutable parallel safe as $$
  select trim_scale(((part * 2000000 + whole) / (2 * whole))::numeric / 1000000)
$$;

-- Sets, though the first two are always one row: only such a function is inlined into the statement.
create function bench_postgraphile.campaign_metrics(c campaign, "from" date, "to" date)
returns setof bench_postgraphile.figures language sql stable as $$
  select null::date, i, k, case when i > 0 then bench_postgraphile.ratio(k, i) end, s from (
    select coalesce(sum(impressions), 0)::bigint i, coalesce(sum(clicks), 0)::bigint k,
           coalesce(sum(spend_micros), 0)::bigint s
    from metric_hour m where m.campaign_id = (c).id and m.day between "from" and "to") counted
$$;

create function bench_postgraphile.ad_metrics(a ad, "from" date, "to" date)
returns setof bench_postgraphile.figures language sql stable as $$
  select null::date, i, k, case when i > 0 then bench_postgraphile.ratio(k, i) end, s from (
    select coalesce(sum(impressions), 0)::bigint i, coalesce(sum(clicks), 0)::bigint k,
           coalesce(sum(spend_micros), 0)::bigint s
    from metric_hour m where m.ad_id = (a).id and m.day between "from" and "to") counted
$$;

create function bench_postgraphile.campaign_daily_metrics(c campaign, "from" date, "to" date)
returns setof bench_postgraphile.figures language sql stable as $$
  select day, i, k, case when i > 0 then bench_postgraphile.ratio(k, i) end, s from (
    select day, sum(impressions)::bigint i, sum(clicks)::bigint k, sum(spend_micros)::bigint s
    from metric_hour m where m.campaign_id = (c).id and m.day between "from" and "to"
    group by day order by day) counted
$$;

-- The whole change: session and membership, the row's lock, the budget, a line of history. Null where it is refused.
create function bench_postgraphile.update_campaign_budget(token_hash text, id uuid, micros bigint)
returns campaign language plpgsql volatile as $$
declare
  caller "user";
  found campaign;
  before bigint;
begin
  select u.* into caller from session s join "user" u on u.id = s.user_id
  where s.token_hash = $1 and s.expires_at > now() and s.revoked_at is null;
  select c.* into found from campaign c
  where c.id = $2 and c.account_id in (
    select m.account_id from membership m
    where m.user_id = caller.id and m.status = 'ACTIVE' and m.level in ('EDITOR', 'ADMIN'))
  for no key update;
  before := found.total_budget_micros;
  if found.id is null or found.configured_status = 'ARCHIVED' then
    return null;
  end if;
  if before = greatest($3, found.spent_micros) then
    return found;
  end if;
  update campaign c set total_budget_micros = greatest($3, c.spent_micros), version = c.version + 1, updated_at = now()
  where c.id = $2 returning c.* into found;
  insert into change (id, at, account_id, actor_user_id, actor, via, event, action, subject_type, subject_id,
                      before, after)
  values (gen_random_uuid(), now(), found.account_id, caller.id, caller.name, 'SESSION', 'CAMPAIGN_UPDATED',
          'campaignUpdate', 'Campaign', found.id, json_build_object('total_budget_micros', before),
          json_build_object('total_budget_micros', found.total_budget_micros));
  return found;
end $$;
