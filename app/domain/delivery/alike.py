"""Auctions that are asked for alike at the same moment: held once, for as many as ask."""

from collections.abc import Collection, Hashable
from uuid import UUID

from app.domain.delivery.deciding import Held, Moment, hold
from app.domain.delivery.outcomes import Format, Outcome
from app.domain.delivery.pacing import ALL
from app.domain.delivery.requests import Slot


class Alike:
    """Holds auctions as `hold` does, and none twice in a moment where it would come to the same.

    It comes to the same for all who ask for the same, unless a shopper has seen an ad often enough, a page shows one
    already, or a campaign is held back by chance, whose die is the request's id. What winners are promised meanwhile
    may only shut out who was let in: that is looked at anew. The auctions of those who share one share its walk.
    """

    def __init__(self) -> None:
        self._moment: Moment | None = None
        self._held: dict[Hashable, Held] = {}

    def hold(self, moment: Moment, slot: Slot, interests: Collection[UUID], taken: Collection[int]) -> Held:
        """Likewise *interests* are the shopper's with those above them, *taken* what is shown already."""
        if taken or moment.capped:
            return hold(moment, slot, interests, taken)
        self._begin(moment)
        words = slot.words if slot.format is Format.LISTINGS else None  # banners are not found by words
        reserve = max(slot.floor, moment.reserve)
        conditions = slot.placement, slot.format, words, slot.count, reserve, tuple(interests)
        known = self._held.get(conditions)
        if known is not None and _is_affordable(known, moment):
            return Held(slot, moment, known.reserve, known.winners, known.walk, known.terms, known.interests)
        held = hold(moment, slot, interests, taken)
        if not _is_by_chance(held):
            self._held[conditions] = held
        return held

    def _begin(self, moment: Moment) -> None:
        """Forget what another moment's auctions came to."""
        known = self._moment
        if (
            known is None
            or known.now != moment.now
            or known.inventory is not moment.inventory
            or known.rates is not moment.rates
        ):
            self._moment = moment
            self._held.clear()


def _is_affordable(held: Held, moment: Moment) -> bool:
    """Whether those who decided it may still spend what winners are promised."""
    flights, offers, promised = moment.inventory.flights, moment.inventory.offers, moment.promised
    for each in held.walk.entrants[: held.slot.count + 1]:
        flight = flights[offers[each[2]].flight]
        if flight.left <= promised.get(flight.id.int, 0):
            return False
    return True


def _is_by_chance(held: Held) -> bool:
    """Whether another request's id might have let in others."""
    flights, offers, walk = held.moment.inventory.flights, held.moment.inventory.offers, held.walk
    paced = any(flights[offers[each[2]].flight].pass_through < ALL for each in walk.entrants)
    return paced or any(outcome is Outcome.PACED for _, outcome in walk.refused)
