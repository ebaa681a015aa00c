"""What a click or view is judged by: when its ad was seen, and what its shopper did just before."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select

from app.db.bulk import Given
from app.db.keys import Selection, any_of, sent
from app.db.tables.metrics import AdEvent as EventRow
from app.db.tables.metrics import EventKey
from app.db.work import Work
from app.domain.delivery import traffic
from app.domain.delivery.events import AdEvent, EventKind
from app.domain.delivery.traffic import MINUTE, SAME_CLICK, Earlier

HOUR = timedelta(hours=1)
CITED = {"auction_id": EventKey.auction_id.type, "slot": EventKey.slot.type}


def moment(event: AdEvent) -> tuple[datetime, int, str]:
    """In which order events happened."""
    return event.at, event.auction_id.int, event.slot


async def judge(work: Work, events: Sequence[AdEvent]) -> list[AdEvent]:
    """The events, in the order in which they happened, each with why it is invalid, where it is.

    Only valid events are held against later ones: of many clicks the first ones count.
    """
    seen = await _seen(work, events)
    past = await _past(work, events)
    judged = []
    for event in events:
        known = past[event.shopper, event.kind]
        reason = event.invalid or _reason(event, seen, known)
        if reason is None and event.shopper:
            known.append((event.at, event.ad_id))
        judged.append(event if reason is event.invalid else replace(event, invalid=reason))
    return judged


def _reason(event: AdEvent, seen: dict[Any, datetime], known: list[Any]) -> traffic.InvalidTraffic | None:
    moments = tuple(at for at, _ in known)
    if event.kind is EventKind.IMPRESSION:
        return traffic.of_view(event.at, Earlier(moments=moments)) if moments else None
    same = tuple(at for at, ad_id in known if ad_id == event.ad_id)
    return traffic.of_click(event.at, Earlier(seen.get((event.auction_id, event.slot)), moments, same))


async def _seen(work: Work, events: Sequence[AdEvent]) -> dict[Any, datetime]:
    """When what was clicked had been seen: by the keys of impressions, also of these very events."""
    clicked = [(event.auction_id, event.slot) for event in events if event.kind is EventKind.CLICK]
    if not clicked:
        return {}
    given = Given(CITED, work.session.get_bind().dialect)
    cited = given.rows.subquery()
    mine = (EventKey.auction_id == cited.c.auction_id) & (EventKey.slot == cited.c.slot)
    rows = select(EventKey.auction_id, EventKey.slot, EventKey.at).join(cited, mine)
    found = await work.session.execute(rows.where(EventKey.kind == EventKind.IMPRESSION), given.sent(clicked))
    return {(auction, slot): at for auction, slot, at in found}


async def _past(work: Work, events: Sequence[AdEvent]) -> defaultdict[Any, list[Any]]:
    """What the shoppers of these events did around them, by shopper and kind: moments and ads."""
    past: defaultdict[Any, list[Any]] = defaultdict(list)
    shoppers = {event.shopper for event in events if event.shopper}
    if not shoppers:
        return past
    first = min(event.at for event in events) - MINUTE
    last = max(event.at for event in events) + SAME_CLICK
    asked = {sent("shoppers"): shoppers, "earliest": first - HOUR, "first": first, "last": last}
    for shopper, kind, at, ad_id in await work.session.execute(_around(), asked):
        past[shopper, kind].append((at, ad_id))
    return past


@cache
def _around() -> Selection:
    earliest, first, last = (bindparam(name, type_=EventRow.at.type) for name in ("earliest", "first", "last"))
    # unscoped: of the shoppers, whosever ads they saw
    rows = select(EventRow.shopper, EventRow.kind, EventRow.at, EventRow.ad_id)
    rows = rows.where(any_of(EventRow.shopper, bindparam("shoppers")), EventRow.at.between(first, last))
    return rows.where(EventRow.starts_at.between(earliest, last), EventRow.invalid.is_(None))
