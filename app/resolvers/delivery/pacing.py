"""Paces campaigns, and learns from what was served: one job for all processes, whose leases make it the only one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db.keys import any_of
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.delivery import AuctionHour, ClickRate, Demand, Pacing, Traffic
from app.db.tables.metrics import MetricHour
from app.db.work import Work
from app.domain.accounts import AccountStatus, local_day
from app.domain.campaigns.status import ConfiguredStatus
from app.domain.delivery.markets import REAL
from app.domain.delivery.pacing import ALL, Day, Pace, Weights, day_budget, hour_of_week, learnt, paced, week
from app.domain.delivery.prediction import EXAMINED, PPM
from app.domain.metrics import day_bounds
from app.resolvers.delivery.markets import bidding_in

HOUR = timedelta(hours=1)
SETTLED = timedelta(hours=1)  # how long ago an hour has ended whose clicks are learnt from: most have come by then
AT_ONCE = timedelta(days=7)  # of hours that are learnt from in one transaction
ROWS = 1_000


async def pace(work: Work, market: UUID = REAL) -> None:
    """Set anew how campaigns with a budget for the day are paced; who has none any more is held back no more."""
    weights = await _weights(work, market)
    mine = _in_flight(work.now) & bidding_in(market)
    rows = (await work.session.execute(_limited().where(mine))).all()
    paces = [(row, _pace(row, weights, work.now)) for row in rows]
    changes = [_change(row, pace, work.now) for row, pace in paces]
    statement = _insert_into(work, Pacing)
    fresh = {name: statement.excluded[name] for name in _COLUMNS}
    write = statement.on_conflict_do_update(index_elements=["campaign_id"], set_=fresh)
    for at in range(0, len(changes), ROWS):
        await work.session.execute(write, changes[at : at + ROWS])
    await _free(work, [row.id for row in rows], market)


_COLUMNS = ("pass_through", "rate_micros", "demand_micros", "share", "changed_at")


def _limited() -> Any:
    """Campaigns beside their pace so far; unscoped: a job of the clock, for all accounts."""
    spent = (Campaign.total_budget_micros, Campaign.spent_micros, Campaign.daily_budget_micros)
    day = (Campaign.spent_today_micros, Campaign.spent_on, Campaign.starts_at, Campaign.ends_at, Account.time_zone)
    kept = (Pacing.pass_through, Pacing.rate_micros, Pacing.demand_micros, Pacing.share, Pacing.changed_at)
    # unscoped: see above
    rows = select(Campaign.id, *spent, *day, *kept, Demand.expected_micros).join_from(Campaign, Account)
    rows = rows.outerjoin(Pacing, Pacing.campaign_id == Campaign.id)  # unscoped: likewise
    return rows.outerjoin(Demand, Demand.campaign_id == Campaign.id).order_by(Campaign.id)  # unscoped: likewise


def _in_flight(now: datetime) -> Any:
    enabled = (Campaign.configured_status == ConfiguredStatus.ENABLED) & (Account.status == AccountStatus.ACTIVE)
    limited = or_(Campaign.daily_budget_micros.is_not(None), Campaign.ends_at.is_not(None))
    return enabled & limited & (Campaign.starts_at <= now) & or_(Campaign.ends_at.is_(None), Campaign.ends_at > now)


def _pace(row: Any, weights: Weights, now: datetime) -> Pace:
    today = local_day(now, row.time_zone).date()
    begins, ends = day_bounds(today, today, ZoneInfo(row.time_zone))
    spent = row.spent_today_micros if row.spent_on == today else 0
    first, last = max(begins, row.starts_at), ends if row.ends_at is None else min(ends, row.ends_at)
    before = row.spent_micros - spent
    budget = day_budget(row.total_budget_micros, before, row.daily_budget_micros, row.ends_at, first, ends)
    known = Pace(share=PPM)  # what it cost before it was looked at says nothing of today
    if row.share is not None:
        known = Pace(row.pass_through, row.rate_micros, row.demand_micros, row.share)
    return paced(known, Day(first, last, weights), now, budget, spent, row.expected_micros or 0)


def _change(row: Any, pace: Pace, now: datetime) -> dict[str, Any]:
    """The row of a pace; its time says when what passes has changed, which is what processes look for."""
    same = row.pass_through == pace.pass_through
    values = (pace.pass_through, pace.rate, pace.demand, pace.share, row.changed_at if same else now)
    return {"campaign_id": row.id, **dict(zip(_COLUMNS, values, strict=True))}


async def _free(work: Work, limited: Sequence[UUID], market: UUID) -> None:
    """Hold those back no more whose budget is not the day's any more, or who are not served."""
    # unscoped: a job of the clock, for all accounts
    rows = select(Pacing.campaign_id).join(Campaign, Campaign.id == Pacing.campaign_id)
    rows = rows.join(Account, Account.id == Campaign.account_id)  # unscoped: likewise
    rows = rows.where(or_(Pacing.pass_through < ALL, Pacing.share < PPM), bidding_in(market))
    held = set(await work.session.scalars(rows)) - set(limited)
    if held:
        change = update(Pacing).where(any_of(Pacing.campaign_id, sorted(held)))  # unscoped: likewise
        # as at a day's end: what they cost meanwhile is not taken for a part of the day on which they are paced again
        await work.session.execute(change.values(pass_through=ALL, share=PPM, changed_at=work.now))


async def _weights(work: Work, market: UUID) -> Weights:
    rows = await work.session.execute(select(Traffic.hour, Traffic.auctions).where(Traffic.market == market))
    return week({row.hour: row.auctions for row in rows})


async def learn(work: Work, market: UUID = REAL) -> None:
    """Learn from the hours of a market that have ended: when shoppers come, and how often which ads are clicked."""
    await _learn_traffic(work, market)
    await _learn_clicks(work, market)


async def _learn_traffic(work: Work, market: UUID) -> None:
    so_far = select(*Traffic.__table__.c).where(Traffic.market == market)
    known = {row.hour: row for row in await work.session.execute(so_far)}
    last = max((row.through for row in known.values()), default=None)
    ended = work.now.replace(minute=0, second=0, microsecond=0)
    rows = select(AuctionHour.starts_at, func.sum(AuctionHour.auctions))
    rows = rows.where(AuctionHour.starts_at < ended, AuctionHour.market == market)
    rows = rows.where(AuctionHour.starts_at > last) if last else rows
    counted = {at: int(count) for at, count in await work.session.execute(rows.group_by(AuctionHour.starts_at))}
    weights: dict[int, tuple[int, datetime]] = {hour: (row.auctions, row.through) for hour, row in known.items()}
    at = last + HOUR if last else min(counted, default=ended)
    while at < ended:  # an hour without an auction is one, too
        hour = hour_of_week(at)
        weights[hour] = learnt(weights[hour][0] if hour in weights else None, counted.get(at, 0)), at
        at += HOUR
    changed = {hour: value for hour, value in weights.items() if hour not in known or value[1] != known[hour].through}
    await _write_traffic(work, market, changed)


async def _write_traffic(work: Work, market: UUID, weights: Mapping[int, tuple[int, datetime]]) -> None:
    hours = sorted(weights.items())
    rows = [{"market": market, "hour": hour, "auctions": many, "through": at} for hour, (many, at) in hours]
    statement = _insert_into(work, Traffic)
    fresh = {name: statement.excluded[name] for name in ("auctions", "through")}
    if rows:
        await work.session.execute(statement.on_conflict_do_update(index_elements=["market", "hour"], set_=fresh), rows)


async def _learn_clicks(work: Work, market: UUID) -> None:
    """Add the next hours to what is known of ads; events that come later than that change no rate."""
    # unscoped: the job is for all accounts
    latest = select(ClickRate.through).join(Ad, Ad.id == ClickRate.ad_id)
    latest = latest.join(Account, Account.id == Ad.account_id).where(bidding_in(market))  # unscoped: likewise
    last = await work.session.scalar(latest.order_by(ClickRate.through.desc()).limit(1))
    settled = work.now.replace(minute=0, second=0, microsecond=0) - SETTLED
    begun = select(func.min(MetricHour.starts_at)).join(Account, Account.id == MetricHour.account_id)
    begun = begun.where(MetricHour.starts_at < settled - HOUR, bidding_in(market))  # unscoped: likewise
    first = await work.session.scalar(begun.where(MetricHour.starts_at > last) if last else begun)
    if first is None:
        return
    until = min(settled, first + AT_ONCE)
    exposed = case(dict(enumerate(EXAMINED, 1)), value=MetricHour.position, else_=EXAMINED[-1])
    sums = (func.sum(MetricHour.clicks), func.sum(MetricHour.impressions * exposed))
    # unscoped: the job is for all accounts
    rows = select(MetricHour.ad_id, MetricHour.placement, *sums, func.max(MetricHour.starts_at))
    rows = rows.join(Account, Account.id == MetricHour.account_id).where(bidding_in(market))  # unscoped: likewise
    rows = rows.where(MetricHour.starts_at >= first, MetricHour.starts_at < until)
    statement = _insert_into(work, ClickRate).from_select(
        ["ad_id", "placement", "clicks", "exposed", "through"], rows.group_by(MetricHour.ad_id, MetricHour.placement)
    )
    table = ClickRate.__table__.c
    added = {name: table[name] + statement.excluded[name] for name in ("clicks", "exposed")}
    added["through"] = statement.excluded.through
    await work.session.execute(statement.on_conflict_do_update(index_elements=["ad_id", "placement"], set_=added))


def _insert_into(work: Work, table: Any) -> Any:
    name = work.session.get_bind().dialect.name
    return (postgresql if name == "postgresql" else sqlite).insert(table.__table__)
