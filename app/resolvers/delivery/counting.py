"""Counting: each event once, its rollup and its charge in the same transaction (DELIVERY: exactly once)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import set_committed_value

from app.db.keys import any_of
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.metrics import AdEvent as EventRow
from app.db.tables.metrics import MetricHour
from app.db.work import Work
from app.domain.delivery import AdEvent, EventKind, Purse
from app.domain.metrics import Hour, hour_of
from app.resolvers.campaigns.effect import refresh

Spent = defaultdict[tuple[UUID, date], int]
COUNTERS = ("impressions", "clicks", "unbilled_clicks", "spend_micros")


@dataclass(frozen=True)
class Counted:
    """How many events were new, and how many had been counted before."""

    accepted: int
    duplicates: int


async def count(work: Work, account: Account, events: Sequence[AdEvent]) -> Counted:
    """Count the events of an account's ads: insert what is new, charge clicks, add to the hour's rollup."""
    once = {event.key: event for event in events}
    ads = await _ads(work, {event.ad_id for event in once.values()})
    campaigns = await _locked(work, {ad.campaign_id for ad in ads.values()})
    fresh = [once[key] for key in await _insert(work, account, once.values())]
    fresh.sort(key=lambda event: (event.at, event.auction_id))
    hours = {event.key: hour_of(event.at, ZoneInfo(account.time_zone)) for event in fresh}
    clicks = [event for event in fresh if event.kind is EventKind.CLICK]
    days = await _days(work, campaigns, {hours[event.key].day for event in clicks})
    charges = {
        event.key: _charge(campaigns[ads[event.ad_id].campaign_id], hours[event.key].day, days, event.price)
        for event in clicks
    }
    await _note_charges(work, charges)
    await _roll_up(work, account, ads, fresh, hours, charges)
    for campaign_id in sorted({ads[event.ad_id].campaign_id for event in clicks}):
        await _keep_spent(work, campaigns[campaign_id])
        await refresh(work, campaigns[campaign_id])
    return Counted(len(fresh), len(events) - len(fresh))


async def _ads(work: Work, ids: Iterable[UUID]) -> dict[UUID, Ad]:
    # unscoped: events name ads by sealed or operator's ids, never by a caller's word
    return {ad.id: ad for ad in await work.session.scalars(select(Ad).where(any_of(Ad.id, list(ids))))}


async def _locked(work: Work, ids: Iterable[UUID]) -> dict[UUID, Campaign]:
    """The campaigns, locked in one order, so that two writers charge one after the other."""
    # unscoped: the campaigns of those ads
    rows = select(Campaign).where(any_of(Campaign.id, list(ids))).order_by(Campaign.id).with_for_update(key_share=True)
    return {campaign.id: campaign for campaign in await work.session.scalars(rows)}


async def _insert(work: Work, account: Account, events: Iterable[AdEvent]) -> list[tuple[UUID, str, EventKind]]:
    """Insert the events and return the keys of those that were new."""
    rows = [
        {
            "auction_id": event.auction_id,
            "slot": event.slot,
            "kind": event.kind,
            "account_id": account.id,
            "ad_id": event.ad_id,
            "at": event.at,
            "placement": event.placement,
            "position": event.position,
            "shopper": event.shopper,
            "price_micros": event.price,
            "charged_micros": 0,
        }
        for event in events
    ]
    keys = (EventRow.auction_id, EventRow.slot, EventRow.kind)
    statement = _insert_into(work, EventRow).on_conflict_do_nothing().returning(*keys)
    return [tuple(row) for row in await work.session.execute(statement, rows)] if rows else []  # type: ignore[misc]


async def _days(work: Work, campaigns: Mapping[UUID, Campaign], days: Collection[date]) -> Spent:
    """What the campaigns with a daily budget have spent on each of the days: a click may come after its day."""
    limited = [campaign.id for campaign in campaigns.values() if campaign.daily_budget_micros is not None]
    if not limited or not days:
        return defaultdict(int)
    # unscoped: the campaigns just locked
    spent = select(MetricHour.campaign_id, MetricHour.day, func.sum(MetricHour.spend_micros))
    spent = spent.where(any_of(MetricHour.campaign_id, limited), MetricHour.day.in_(days))
    rows = await work.session.execute(spent.group_by(MetricHour.campaign_id, MetricHour.day))
    return defaultdict(int, {(campaign, day): int(sum_) for campaign, day, sum_ in rows})


def _charge(campaign: Campaign, day: date, days: Spent, price: int) -> int:
    """What the click costs: its price, or what is left of the campaign's budget and of its day's (I7)."""
    daily = campaign.daily_budget_micros
    left_of_day = None if daily is None else daily - days[campaign.id, day]
    charged = Purse(campaign.total_budget_micros - campaign.spent_micros, left_of_day).charge(price)
    days[campaign.id, day] += charged
    _spend(campaign, "spent_micros", campaign.spent_micros + charged)
    if campaign.spent_on is None or campaign.spent_on < day:
        _spend(campaign, "spent_on", day)
        _spend(campaign, "spent_today_micros", 0)
    if campaign.spent_on == day:
        _spend(campaign, "spent_today_micros", campaign.spent_today_micros + charged)
    return charged


def _spend(campaign: Campaign, column: str, value: Any) -> None:
    """Set what is kept below by a statement of its own: a charge is no edit, and must not count up the version."""
    set_committed_value(campaign, column, value)


async def _keep_spent(work: Work, campaign: Campaign) -> None:
    table: Any = Campaign.__table__
    values = {name: getattr(campaign, name) for name in ("spent_micros", "spent_today_micros", "spent_on")}
    # unscoped: a campaign locked above
    await work.session.execute(update(table).where(table.c.id == campaign.id).values(**values))


async def _note_charges(work: Work, charges: dict[Any, int]) -> None:
    table: Any = EventRow.__table__
    for (auction_id, slot, kind), charged in charges.items():
        mine = (table.c.auction_id == auction_id) & (table.c.slot == slot) & (table.c.kind == kind)
        # unscoped: the events just inserted
        await work.session.execute(update(table).where(mine).values(charged_micros=charged))


async def _roll_up(
    work: Work,
    account: Account,
    ads: dict[UUID, Ad],
    fresh: Sequence[AdEvent],
    hours: dict[Any, Hour],
    charges: dict[Any, int],
) -> None:
    """Add the new events to their hours; rollups are additive, so a rebuild from the events gives the same."""
    sums: defaultdict[Any, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTERS, 0))
    for event in fresh:
        cell = sums[event.ad_id, event.placement, event.position, hours[event.key]]
        if event.kind is EventKind.IMPRESSION:
            cell["impressions"] += 1
            continue
        cell["clicks"] += 1
        cell["spend_micros"] += charges[event.key]
        cell["unbilled_clicks"] += charges[event.key] == 0 and event.price > 0
    rows = [
        {**_cell(account, ads[ad_id], place, position, hour), **cell}
        for (ad_id, place, position, hour), cell in sums.items()
    ]
    statement = _insert_into(work, MetricHour)
    added = {name: MetricHour.__table__.c[name] + statement.excluded[name] for name in COUNTERS}
    keys = [column.name for column in MetricHour.__table__.primary_key]
    if rows:
        await work.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)


def _cell(account: Account, ad: Ad, placement: Any, position: int, hour: Hour) -> dict[str, Any]:
    return {
        "ad_id": ad.id,
        "placement": placement,
        "position": position,
        "starts_at": hour.starts_at,
        "account_id": account.id,
        "campaign_id": ad.campaign_id,
        "product_id": ad.product_id,
        "day": hour.day,
        "hour": hour.hour,
        "invalid_clicks": 0,
    }


def _insert_into(work: Work, table: Any) -> Any:
    name = work.session.get_bind().dialect.name
    return (postgresql if name == "postgresql" else sqlite).insert(table.__table__)
