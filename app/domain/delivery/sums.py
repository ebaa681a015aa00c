"""What auctions add up to: how campaigns fared, at which prices ads would have won, and what winners will cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.delivery.deciding import Held
from app.domain.delivery.landscape import rungs
from app.domain.delivery.outcomes import FURTHER, Entry, Format, Outcome
from app.domain.delivery.prediction import PPM, examined
from app.domain.metrics import Placement

WHOLE = 500  # auctions at once whose candidates are all judged; of more only some, which stand for the others
JUDGED = 20_000  # candidates at once, about: for a tenth of a second nobody else is served
Hour = datetime
Counts = dict[Any, list[int]]
"""Whole numbers by a key: a list of as many as its table has columns for."""


@dataclass
class Sums:
    """Additive, by hours of UTC."""

    auctions: dict[tuple[Hour, Placement, Format], list[int]] = field(default_factory=dict)
    """How many auctions, how many winners, and their expected clicks in millionths."""
    outcomes: dict[tuple[UUID, Hour, Outcome], list[int]] = field(default_factory=dict)
    """In how many auctions a campaign came how far."""
    bids: dict[tuple[UUID, Hour, int], list[int]] = field(default_factory=dict)
    """By ad and bin of the price of a slot: auctions, CTRs in millionths, and these times the prices (`rungs`)."""
    demand: dict[tuple[UUID], list[int]] = field(default_factory=dict)
    """What a campaign's winners were expected to cost, as if nothing had been held back, in micros."""

    def win(self, held: Held, at: datetime) -> None:
        """Add who won an auction."""
        clicks = 0
        for winner in held.winners:
            flight, expected = held.moment.inventory.flights[winner.offer.flight], winner.ctr * examined(winner.rank)
            clicks += expected // PPM
            _add(self.demand, (flight.id,), expected * winner.price // (PPM * max(1, flight.pass_through)))
        _add(self.auctions, (_hour(at), held.slot.placement, held.slot.format), 1, len(held.winners), clicks)

    def fare(self, held: Held, entries: Sequence[Entry], at: datetime, weight: int = 1) -> None:
        """Add how all candidates of an auction fared, which stands for *weight* of its kind."""
        hour = _hour(at)
        furthest: dict[UUID, Outcome] = {}
        for entry in entries:
            known = furthest.get(entry.campaign)
            if known is None or FURTHER[known] < FURTHER[entry.outcome]:
                furthest[entry.campaign] = entry.outcome
        for ad, place, rung in rungs(entries, held.reserve, held.slot.count):
            _add(self.bids, (ad, hour, place), weight * rung.count, weight * rung.ctr, weight * rung.cost)
        for campaign, outcome in furthest.items():
            _add(self.outcomes, (campaign, hour, outcome), weight)

    def merge(self, other: "Sums") -> None:
        for mine, theirs in zip(self._all, other._all, strict=True):  # noqa: SLF001 - one of our own
            for key, counts in theirs.items():
                _add(mine, key, *counts)

    @property
    def _all(self) -> tuple[Counts, ...]:
        return self.auctions, self.outcomes, self.bids, self.demand


def stride(auctions: int, candidates: int) -> int:
    """For how many of so many *auctions* the next one stands, where one has so many *candidates* in the mean.

    It is said before that auction is looked at, so that none is favoured.
    """
    return max(1, -(-auctions // WHOLE), -(-auctions * candidates // JUDGED))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _add(sums: Counts, key: Any, *more: int) -> None:
    known = sums.get(key)
    if known is None:
        sums[key] = list(more)
    else:
        for place, each in enumerate(more):
            known[place] += each
