"""What an auction demands of a candidate, tested in the order of the outcomes: each candidate gets one (S58)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.domain.delivery.auction import Posting
from app.domain.delivery.inventory import Flight, Offer
from app.domain.delivery.matching import Query
from app.domain.delivery.outcomes import Outcome, first
from app.domain.delivery.pacing import ALL, passes


@dataclass(slots=True)
class Terms:
    """One auction's; `taken` grows by the landings of those let in: of two ads of one landing the better one stands.

    `now` in milliseconds since 1970, `reserve` in micros. `capped` are ads that the shopper has seen often enough,
    `promised` what winners of late are expected to cost their campaigns, in micros, and nobody has charged yet. Ids are
    numbers here: UUIDs are slow to look up.
    """

    offers: Sequence[Offer]
    flights: Sequence[Flight]
    now: int
    request_id: str
    reserve: int
    query: Query | None
    taken: set[int]
    capped: Collection[int]
    promised: Mapping[int, int]

    def judge(self, candidate: Posting) -> Outcome | None:  # noqa: PLR0911 - one test after another
        """What keeps a candidate out, None where it is let in. Candidates come in the order of rank."""
        _, ad, place, bid, _ = candidate
        offer = self.offers[place]
        flight = self.flights[offer.flight]
        if offer.bar is not None or flight.bar is not None:
            return first(offer.bar, flight.bar)
        if not flight.begins <= self.now < flight.ends:
            return Outcome.OUT_OF_FLIGHT
        if offer.negatives is not None and self.query is not None and offer.negatives.shut_out(self.query):
            return Outcome.NEGATIVE_KEYWORD
        if ad in self.capped:
            return Outcome.FREQUENCY_CAP
        landing = offer.landing.int
        if landing in self.taken:
            return Outcome.DUPLICATE_PRODUCT
        if bid < self.reserve:
            return Outcome.BELOW_RESERVE
        if flight.left <= self.promised.get(flight.id.int, 0):
            return Outcome.BUDGET_EXHAUSTED
        if flight.pass_through < ALL and not passes(self.request_id, flight.id, flight.pass_through):
            return Outcome.PACED
        self.taken.add(landing)
        return None
