"""What auctions add up to: how campaigns fared, at which prices ads would have won, and what winners will cost."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from typing import Any
from uuid import UUID

from app.domain.delivery.deciding import Held
from app.domain.delivery.landscape import Ladder
from app.domain.delivery.outcomes import FURTHER, Entry, Format, Outcome
from app.domain.delivery.prediction import PPM
from app.domain.metrics import Placement

WHOLE = 500  # auctions at once whose candidates are all judged; of more only some, which stand for the others
JUDGED = 2_000  # candidates at once, in the mean: more would take from those who ask for ads
HOUR = 3_600_000  # milliseconds
LATEST = 4  # the part of the mean number of candidates that the latest auction makes, inverted
Hour = datetime
Counts = dict[Any, list[int]]
"""Whole numbers by a key: a list of as many as its table has columns for."""


@dataclass
class Sums:
    """Additive, by hours of UTC."""

    auctions: dict[tuple[int, Placement, Format], list[int]] = field(default_factory=dict)
    """How many auctions, how many winners, and their expected clicks in millionths; hours count from 1970."""
    outcomes: dict[tuple[UUID, Hour, Outcome], list[int]] = field(default_factory=dict)
    """In how many auctions a campaign came how far."""
    bids: dict[tuple[UUID, Hour, int], list[int]] = field(default_factory=dict)
    """By ad and bin of the price of a slot: auctions, CTRs in millionths, and these times the prices (`Ladder`)."""
    demand: dict[int, int] = field(default_factory=dict)
    """What a campaign's winners were expected to cost, as if nothing had been held back, in micros.

    By the number of its id: UUIDs are slow to look up.
    """

    def win(self, held: Held) -> None:
        """Add who won an auction."""
        slot, flights, demand, clicks = held.slot, held.moment.inventory.flights, self.demand, 0
        for offer, _, price, _, _, expected in held.winners:
            flight = flights[offer.flight]
            campaign, cost = flight.id.int, expected * price // (PPM * (flight.pass_through or 1))
            demand[campaign] = demand.get(campaign, 0) + cost
            clicks += expected // PPM
        _add(self.auctions, (held.moment.now // HOUR, slot.placement, slot.format), 1, len(held.winners), clicks)

    def merge(self, other: "Sums") -> None:
        for mine, theirs in zip(self._counts, other._counts, strict=True):  # noqa: SLF001 - one of our own
            for key, counts in theirs.items():
                _add(mine, key, *counts)
        for campaign, micros in other.demand.items():
            self.demand[campaign] = self.demand.get(campaign, 0) + micros

    @property
    def _counts(self) -> tuple[Counts, ...]:
        return self.auctions, self.outcomes, self.bids


class Fares:
    """Adds how the candidates of one auction fared, some at a time: many are too many for one go.

    The auction stands for *weight* of its kind; *entries* are all of it, in the order of rank.
    """

    def __init__(self, sums: Sums, held: Held, entries: Iterable[Entry], at: datetime, weight: int = 1) -> None:
        self._sums, self._hour, self._weight = sums, _hour(at), weight
        self._ladder = Ladder(entries, held.reserve, held.slot.count)
        self._furthest: dict[UUID, Outcome] = {}

    def add(self, some: Iterable[Entry]) -> None:
        furthest, weight = self._furthest, self._weight
        for entry in some:
            known = furthest.get(entry.campaign)
            if known is not entry.outcome and (known is None or FURTHER[known] < FURTHER[entry.outcome]):
                furthest[entry.campaign] = entry.outcome
            for place, rung in self._ladder.rungs(entry):
                key = entry.ad, self._hour, place
                _add(self._sums.bids, key, weight * rung.count, weight * rung.ctr, weight * rung.cost)

    def end(self) -> None:
        """All were added: the furthest of a campaign's ads counts for it."""
        for campaign, outcome in self._furthest.items():
            _add(self._sums.outcomes, (campaign, self._hour, outcome), self._weight)


@dataclass
class Sample:
    """Which of the auctions that wait are judged whole, and for how many each of these stands."""

    candidates: int = 1
    """How many an auction has, in the mean of the latest."""
    _owed: int = 0
    _missed: int = 0

    def weights(self, auctions: int) -> Iterator[int]:
        """For how many each of so many auctions stands, 0: it is not judged. Say `judged` before the next is asked for.

        It is said before an auction is looked at, so that none is favoured. Where one alone has more candidates than
        may be judged at once, the following rest until that is made up for, and the next stands for these as well.
        """
        self._owed = max(0, self._owed - JUDGED)
        if self._owed > self.candidates:
            self._missed += auctions
            yield from repeat(0, auctions)
            return
        left = auctions
        while left:
            step = min(left, stride(auctions, self.candidates))
            yield step + self._missed
            yield from repeat(0, step - 1)
            left, self._missed = left - step, 0

    def judged(self, candidates: int) -> None:
        self._owed += candidates
        self.candidates += (candidates - self.candidates) // LATEST


def stride(auctions: int, candidates: int) -> int:
    """For how many of so many *auctions* one stands, where one has so many *candidates* in the mean."""
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
