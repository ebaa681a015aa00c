"""Counting: each event once, its rollup and its charge in the same transaction (DELIVERY: exactly once)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from app.db import bulk
from app.db.tables.metrics import AdEvent as EventRow
from app.db.tables.metrics import EventKey
from app.db.work import Work
from app.domain.delivery.attribution import Windows
from app.domain.delivery.events import AdEvent, EventKind, Key, Visit, is_too_old, kept_for
from app.domain.metrics import Hour, hour_of
from app.resolvers.delivery import bounds, filtering, visits
from app.resolvers.delivery.charging import Click, charge_all
from app.resolvers.delivery.owners import Owner, Owners
from app.resolvers.delivery.rollups import Additions


@dataclass(frozen=True)
class Terms:
    """Under which terms events are taken: how long their keys are kept, and how visits are owed to ads."""

    windows: Windows = field(default_factory=Windows)
    keep: timedelta = timedelta(days=30)
    apart: bool = False
    """In a test account: by its own clock, so that no horizon of the real one holds."""
    replayed: bool = False
    """Of a foreign log: neither the horizon nor the filters hold, and its keys are kept for ever."""


REPLAYED = Terms(replayed=True)


class Fate(Enum):
    """What became of an event."""

    COUNTED = "COUNTED"
    DUPLICATE = "DUPLICATE"
    TOO_OLD = "TOO_OLD"
    UNKNOWN_BID = "UNKNOWN_BID"


async def count(
    work: Work, events: Sequence[AdEvent | Visit], terms: Terms, owners: Owners | None = None
) -> list[Fate]:
    """Count what is new among the events, charge its clicks, add it to the rollups; what became of each event.

    Events of several accounts may come together. What is locked is locked in this order: keys, credits, campaigns,
    rollups, each in the order of their keys, so that writers wait for each other and never in a circle.
    """
    known = await (owners or Owners()).of(work, {event.ad_id for event in events if isinstance(event, AdEvent)})
    final_before = await bounds.hold(work)
    fates = [_refusal(event, known, work.now, final_before, terms) for event in events]
    once: dict[Key, int] = {}  # of several events with one key the first is the one that counts
    for place, event in enumerate(events):
        if fates[place] is None:
            once.setdefault(event.key, place)
    fresh = await _insert_keys(work, [(key, events[place].at) for key, place in once.items()], terms)
    places = [once[key] for key in fresh]
    for place in places:
        fates[place] = Fate.COUNTED
    await _count_new(work, [events[place] for place in places], known, terms)
    return [fate or Fate.DUPLICATE for fate in fates]


def _refusal(
    event: AdEvent | Visit, known: Collection[UUID], now: datetime, final_before: datetime, terms: Terms
) -> Fate | None:
    if isinstance(event, AdEvent) and event.ad_id not in known:
        return Fate.UNKNOWN_BID
    horizon = not (terms.replayed or terms.apart)
    return Fate.TOO_OLD if horizon and is_too_old(event.at, now, final_before) else None


async def _insert_keys(work: Work, keys: Sequence[tuple[Key, datetime]], terms: Terms) -> list[Any]:
    """Those of the keys that were not there yet; they are now."""
    keep = kept_for(terms.keep)
    rows = [(*key, at, None if terms.replayed else (at + keep).date()) for key, at in keys]
    rows.sort(key=lambda row: (row[0].int, row[1], row[2].value))
    return await bulk.insert_new(work.session, EventKey, rows)


async def _count_new(work: Work, fresh: Sequence[AdEvent | Visit], known: Mapping[UUID, Owner], terms: Terms) -> None:
    additions = Additions()
    events = [event for event in fresh if isinstance(event, AdEvent)]
    await _count_events(work, events, known, additions, terms)
    visited = [event for event in fresh if isinstance(event, Visit)]
    if visited:
        known = {**known, **await visits.count(work, visited, terms.windows, additions)}
    await additions.write(work, known)


async def _count_events(
    work: Work, events: Sequence[AdEvent], known: Mapping[UUID, Owner], additions: Additions, terms: Terms
) -> None:
    events = sorted(events, key=filtering.moment)
    if not terms.replayed:
        events = await filtering.judge(work, events)
    owners = [known[event.ad_id] for event in events]
    hours = [hour_of(event.at, owner.zone) for event, owner in zip(events, owners, strict=True)]
    costs = await _charged(work, events, hours, owners)
    rows = []
    for event, owner, hour, cost in zip(events, owners, hours, costs, strict=True):
        rows.append(_row(event, owner.account_id, hour, cost))
        additions.event(event, hour, cost)
    await bulk.insert(work.session, EventRow, rows)


async def _charged(work: Work, events: Sequence[AdEvent], hours: Sequence[Hour], owners: Sequence[Owner]) -> list[int]:
    """What each event costs: valid clicks what is left of the budgets, all others nothing."""
    costs = [0] * len(events)
    clicks = {
        place: Click(event, owners[place].account_id, owners[place].campaign_id, hours[place].day)
        for place, event in enumerate(events)
        if event.kind is EventKind.CLICK and event.invalid is None and event.price > 0
    }
    if clicks:
        for place, cost in zip(clicks, await charge_all(work, list(clicks.values())), strict=True):
            costs[place] = cost
    return costs


def _row(event: AdEvent, account_id: UUID, hour: Hour, cost: int) -> tuple[Any, ...]:
    """A row as `ad_event` has its columns."""
    key = (event.auction_id, event.slot, event.kind)
    place = (event.placement, event.position, event.target)
    money = (event.shopper or None, event.price, cost, event.invalid)
    return *key, account_id, event.ad_id, event.at, *place, *money, hour.starts_at, hour.day, hour.hour
