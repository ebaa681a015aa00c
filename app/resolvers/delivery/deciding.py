"""Decides which ads a request is answered with: in memory, and the same for the same request."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid5

from app.db.ids import global_id, parse
from app.domain.access import Caller
from app.domain.assets import PLACEMENTS, misfits
from app.domain.delivery.alike import Alike
from app.domain.delivery.deciding import Held, Moment
from app.domain.delivery.inventory import Offer
from app.domain.delivery.outcomes import Entry, Format
from app.domain.delivery.prediction import PPM
from app.domain.delivery.promises import Caps, Promised
from app.domain.delivery.requests import Request, Slot
from app.domain.delivery.taxonomy import Taxonomy
from app.domain.delivery.token import Seals, shopper_of
from app.domain.metrics import Placement
from app.domain.ports import Previews, Shown
from app.resolvers.delivery.recording import Noted, Recorder
from app.resolvers.delivery.snapshot import Snapshot, milliseconds

HOUR = 3_600_000  # milliseconds: as long as a shop may show what it was served
MOST_ANSWERS = 10_000
MOST_DRAWN = 10_000
ANYBODY = UUID(int=0)
SEEN, CLICKED = "/v1/e/i/", "/v1/c/"
"""Under our address, before a token: the image that counts its impression, and the way by us to where its ad leads."""


@dataclass(frozen=True)
class Conditions:
    """What an installation sets: the currency of its auctions, the least price of a click (micros), how often a
    shopper is served an ad on a day (0: as often as it wins), and the address under which people reach it.
    """

    currency: str
    reserve: int
    cap: int
    address: str


class Drawn(NamedTuple):
    """What a shop gets to show of an ad in a placement."""

    ad_id: str
    campaign_id: str
    product_id: str | None  # of one that leads to a product
    title: str
    headline: str
    image_url: str | None
    html: str


class Served(NamedTuple):
    """A winner as a shop is told of it: no price is in clear."""

    rank: int
    resolved_bid_id: str
    content: Drawn


class Explained(NamedTuple):
    """Every candidate of an auction, for operators; `reserve` in micros."""

    reserve: int
    entries: Sequence[Entry]


class Result(NamedTuple):
    """What became of a slot that was asked for."""

    slot_id: str
    auction_id: UUID | None = None
    winners: Sequence[Served] = ()
    error: str | None = None
    explained: Explained | None = None


class Answer(NamedTuple):
    request_id: str
    results: Sequence[Result]
    until: int


class Decider:
    """One a process: what it remembers of shoppers and answers is its own, and bounded."""

    def __init__(self, conditions: Conditions, seals: Seals, previews: Previews, recorder: Recorder) -> None:
        self._conditions, self._seals, self._previews, self._recorder = conditions, seals, previews, recorder
        self._auctions = Alike()
        self._caps, self._promised = Caps(conditions.cap), Promised()
        self._answers: OrderedDict[tuple[int, str], Answer] = OrderedDict()
        self._drawn: OrderedDict[tuple[int, Placement], Drawn] = OrderedDict()

    def decide(
        self, snapshot: Snapshot, caller: Caller, request: Request, at: datetime, *, rehearsed: bool = False
    ) -> Answer:
        """The answer to a request, to one that was answered before the very same; a *rehearsed* one leaves no trace."""
        asker = caller.token_id or ANYBODY
        now, key = milliseconds(at), (asker.int, request.id)
        known = self._answers.get(key)
        if known is not None and now < known.until:
            return known
        moment = Moment(
            snapshot.inventory,
            snapshot.knowledge.rates,
            now,
            request.id,
            self._conditions.reserve,
            self._caps.of(request.shopper, now),
            self._promised.at(now),
        )
        results, noted = self._results(moment, snapshot.taxonomy, asker, request, at)
        answer = Answer(request.id, results, now + HOUR)
        if not rehearsed:
            self._remember(key, answer, noted, request.shopper)
            self._recorder.note(noted, asker)
        return answer

    def _results(
        self, moment: Moment, taxonomy: Taxonomy, asker: UUID, request: Request, at: datetime
    ) -> tuple[list[Result], list[Noted]]:
        """Each slot's, one after another: a landing that one shows is not shown by those behind it."""
        shown: set[int] = set()
        results: list[Result] = []
        noted: list[Noted] = []
        seen_by = shopper_of(request.shopper)
        for slot in request.slots:
            interests, unknown = _interests(taxonomy, slot)
            if unknown:
                error = f"No such interest: {unknown[0][:100]}. Take ids or names from the query interests."
                results.append(Result(slot.id, error=error))
                continue
            held = self._auctions.hold(moment, slot, interests, shown.union([product.int for product in slot.excluded]))
            auction = uuid5(asker, f"{request.id}\n{slot.id}")
            served = self._serve(held, self._seals.sealing(auction, slot.placement, at, seen_by))
            shown.update([winner.offer.landing.int for winner in held.winners])
            explained = Explained(held.reserve, list(held.whole().entries())) if request.explain else None
            results.append(Result(slot.id, auction, served, None, explained))
            noted.append(Noted(auction, request.id, at, held))
        return results, noted

    def _remember(self, key: tuple[int, str], answer: Answer, noted: Sequence[Noted], shopper: str | None) -> None:
        """Keep the answer, what its winners are expected to cost, and who was shown them."""
        for each in noted:
            winners, flights = each.held.winners, each.held.moment.inventory.flights
            costs = [(flights[won.offer.flight].id.int, won.expected // PPM * won.price // PPM) for won in winners]
            self._promised.promise(costs)
            if shopper and winners:
                self._caps.serve(shopper, [won.offer.id.int for won in winners])
        self._answers[key] = answer
        self._answers.move_to_end(key)
        _bound(self._answers, MOST_ANSWERS)

    def _serve(self, held: Held, seal: Callable[[UUID, int, int, int], str]) -> list[Served]:
        """Seal the winners' tokens, and draw them."""
        placement, known, served = held.slot.placement, self._drawn, []
        for offer, rank, price, target, _, _ in held.winners:
            drawn = known.get((offer.id.int, placement)) or self._draw(offer, held)
            served.append(Served(rank, seal(offer.id, rank, target, price), drawn))
        return served

    def _draw(self, offer: Offer, held: Held) -> Drawn:
        """Drawn once: the content of a served ad never changes (I8)."""
        campaign, placement = held.moment.inventory.flights[offer.flight].id, held.slot.placement
        its, image = PLACEMENTS[placement], offer.image
        fits = image is not None and not misfits(image.width, image.height, placement)
        url = f"{self._conditions.address}/assets/{image.id}" if image is not None and fits else None
        html = self._previews.draw(Shown(offer.title, offer.headline, url), its.width, its.height, its.layout)
        product = None if offer.is_of_page else global_id("Product", offer.landing)
        ids = (global_id("Ad", offer.id), global_id("Campaign", campaign), product)
        drawn = self._drawn[offer.id.int, placement] = Drawn(*ids, offer.title, offer.headline, url, html)
        _bound(self._drawn, MOST_DRAWN)
        return drawn


def _bound(kept: OrderedDict[Any, Any], most: int) -> None:
    """Forget the oldest where there are too many: in a plain dict they leave holes, which are looked through anew."""
    if len(kept) > most:
        kept.popitem(last=False)


def _interests(taxonomy: Taxonomy, slot: Slot) -> tuple[Collection[UUID], Sequence[str]]:
    """What interests a shopper, with what it is a part of, and the names that are nobody's.

    Of a banner the category that is looked through is an interest too, where there is one of that name.
    """
    if slot.format is Format.LISTINGS or not (slot.category or slot.interests):
        return (), ()
    found, unknown = dict.fromkeys(taxonomy.named(slot.category or "")), list[str]()
    for name in slot.interests:
        known = parse(name)
        ids = taxonomy.by_id.get(known[1], ()) if known and known[0] == "Interest" else taxonomy.named(name)
        found.update(dict.fromkeys(ids))
        if not ids:
            unknown.append(name)
    return found, unknown
