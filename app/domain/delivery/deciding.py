"""Holding an auction: who is found, who is let in, who wins and at which price; and what became of all others."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from app.domain.delivery.auction import Walk, needed, prices, rate_of, rivals
from app.domain.delivery.inventory import Inventory, Offer
from app.domain.delivery.matching import Query
from app.domain.delivery.outcomes import Entry, Format, Outcome
from app.domain.delivery.prediction import Rates, examined
from app.domain.delivery.requests import Slot
from app.domain.delivery.terms import Terms

TOO_LOW = frozenset({Outcome.OUTRANKED, Outcome.BELOW_RESERVE})
"""The outcomes of those whose bid was too low: they have a price at which they would have won."""


class Winner(NamedTuple):
    """Who is shown: `rank` counts from 1, `price` of a click in micros, `target` by which it was found (`Aim`).

    `ctr` is that at the first position; `expected` are the clicks that come of it: times the share of those who look
    so far, both in PPM.
    """

    offer: Offer
    rank: int
    price: int
    target: int
    ctr: int
    expected: int


@dataclass(slots=True)
class Moment:
    """What is true for all auctions of a request; units as in `Terms`."""

    inventory: Inventory
    rates: Rates
    now: int
    request_id: str
    reserve: int
    capped: Collection[int] = ()
    promised: Mapping[int, int] = field(default_factory=dict)


class Held(NamedTuple):
    """An auction that was held. Its walk went as far as it takes to know who won; `interests` are the shopper's.

    Several that were asked for alike may share walk and winners: `whole` has a walk of its own, which may go on.
    """

    slot: Slot
    moment: Moment
    reserve: int
    winners: Sequence[Winner]
    walk: Walk
    terms: Terms
    interests: Sequence[UUID]

    def whole(self) -> "Held":
        """The same, to be walked to the end: those behind are let in by the chance of this very request."""
        terms = replace(self.terms, request_id=self.moment.request_id, taken=set(self.terms.taken))
        return self._replace(walk=self.walk.resumed(terms.judge), terms=terms)

    def entries(self) -> Iterator[Entry]:
        """Every candidate with its one outcome, in the order of rank; it walks to the end."""
        self.walk.rest()
        first, at, inventory = self.slot.count + 1, self.moment.rates.within(self.slot.placement), self.moment.inventory
        entrants, decisive = self.walk.entrants, iter(self.decisive())
        let_in = [(each, Outcome.OUTRANKED if place >= first else None) for place, each in enumerate(entrants)]
        _, before = rivals(entrants, self.slot.count)
        for candidate, outcome in sorted([*let_in, *self.walk.refused], key=itemgetter(0)):
            if outcome is None:
                yield next(decisive)
                continue
            offer = inventory.offers[candidate[2]]
            need = needed(candidate, before, self.reserve) if outcome in TOO_LOW else None
            campaign, ctr = inventory.flights[offer.flight].id, at(rate_of(candidate))
            yield Entry(offer.id, campaign, candidate[3], ctr, outcome, need)

    def decisive(self) -> list[Entry]:
        """Only those whose bids decided who won: the winners, and the one behind them."""
        flights, entrants, reserve = self.moment.inventory.flights, self.walk.entrants, self.reserve
        behind, before = rivals(entrants, self.slot.count)
        entries = list[Entry]()
        for each, (offer, rank, price, _, ctr, _) in zip(entrants, self.winners, strict=False):
            campaign, need = flights[offer.flight].id, needed(each, behind, reserve)
            entries.append(Entry(offer.id, campaign, each[3], ctr, Outcome.WON, need, rank, price))
        if behind is not None:
            offer, need = self.moment.inventory.offers[behind[2]], needed(behind, before, reserve)
            ctr = self.moment.rates.at(rate_of(behind), self.slot.placement)
            entries.append(Entry(offer.id, flights[offer.flight].id, behind[3], ctr, Outcome.OUTRANKED, need))
        return entries


def hold(moment: Moment, slot: Slot, interests: Iterable[UUID], taken: Iterable[int]) -> Held:
    """Hold one auction. *interests* are the shopper's with those above them, *taken* what is shown already."""
    inventory, reserve = moment.inventory, max(slot.floor, moment.reserve)
    query = Query(slot.words) if slot.format is Format.LISTINGS else None
    lists = inventory.listings.of_query(query) if query is not None else inventory.banners.of_interests(interests)
    terms = Terms(
        inventory.offers,
        inventory.flights,
        moment.now,
        moment.request_id,
        reserve,
        query,
        set(taken),
        moment.capped,
        moment.promised,
    )
    walk, at = Walk(lists, terms.judge), moment.rates.within(slot.placement)
    entrants = walk.until(slot.count + 1)
    winners = [
        Winner(inventory.offers[each[2]], rank, price, each[4], ctr := at(rate_of(each)), ctr * examined(rank))
        for rank, (each, price) in enumerate(zip(entrants, prices(entrants, reserve, slot.count), strict=False), 1)
    ]
    return Held(slot, moment, reserve, winners, walk, terms, tuple(interests))
