"""Has ads served and events counted, as a shop would: what explanations are read off."""

import asyncio
from collections.abc import Sequence
from typing import Any

from app.db.work import transaction
from app.domain.access import NOBODY, NOTHING
from app.domain.delivery.events import AdEvent, EventKind
from app.domain.delivery.outcomes import Format
from app.domain.delivery.requests import Request, Slot
from app.domain.delivery.token import ServedBid
from app.domain.metrics import Placement
from app.resolvers.delivery.counting import REPLAYED, count
from tests.conftest import Api
from tests.people import FEED


def serve(api: Api, *requests: str, **slot: Any) -> list[ServedBid]:
    """Decide on a slot for each request, record what became of everybody, and give back who was shown."""
    wanted = Slot(**{"id": "top", "placement": Placement.SEARCH_RESULTS, "format": Format.BANNERS, **slot})
    return api.run(_serve, api, requests, wanted)


async def _serve(api: Api, requests: Sequence[str], slot: Slot) -> list[ServedBid]:
    delivery, shown = api.installation.services.delivery, list[Any]()
    caller = await delivery.caller(FEED)
    for id in requests:
        answer = await delivery.decide(caller, Request(id, [slot]))
        shown += [
            api.installation.seals.open(each.resolved_bid_id) for result in answer.results for each in result.winners
        ]
    await delivery.recorder.write()
    return shown


def serve_until_the_end(api: Api, many: int, **slot: Any) -> None:
    """Decide on a slot so many times, once more while these are being judged, and end."""
    wanted = Slot(**{"id": "top", "placement": Placement.SEARCH_RESULTS, "format": Format.BANNERS, **slot})
    api.run(_end, api, many, wanted)


async def _end(api: Api, many: int, slot: Slot) -> None:
    delivery = api.installation.services.delivery
    caller = await delivery.caller(FEED)
    for number in range(many):
        await delivery.decide(caller, Request(f"{number}", [slot]))
    while delivery.recorder.waiting:  # noqa: ASYNC110 - a test looks from outside
        await asyncio.sleep(0)
    await delivery.decide(caller, Request("late", [slot]))
    await delivery.close()


def see(api: Api, shown: Sequence[ServedBid], *, clicks: int = 0) -> None:
    """Count an impression of each, and a click of the first so many."""
    events = [_event(bid, EventKind.IMPRESSION) for bid in shown]
    api.run(_count, api, [*events, *(_event(bid, EventKind.CLICK) for bid in shown[:clicks])])


def _event(bid: ServedBid, kind: EventKind) -> AdEvent:
    price = bid.price if kind is EventKind.CLICK else 0
    return AdEvent(bid.auction_id, str(bid.rank), kind, bid.ad_id, bid.served_at, bid.placement, bid.rank, None, price)


async def _count(api: Api, events: Sequence[AdEvent]) -> None:
    async with transaction(api.installation.database, NOBODY, NOTHING, api.clock.now, "count") as work:
        await count(work, events, REPLAYED)
