"""Bid landscapes: what other bids would have brought, read off a histogram of the CPC needed to win (S58)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import islice
from math import isqrt

from app.domain.campaigns.drafts import GREATEST_BID, bid_problem
from app.domain.delivery.outcomes import Entry, Outcome, bin_of
from app.domain.delivery.prediction import examined
from app.domain.errors import Findings
from app.domain.money import Money

PARTS = 1_000_000  # predicted CTR is in parts per million
MOST_BIDS = 50
CENT = 10_000  # micros
FARTHEST = 16  # times the bid: who would have to bid more for a better slot is not told
SCARCE = 20  # clicks that say nothing yet: the calibration is drawn to 1 by as many
LET_IN = frozenset({Outcome.WON, Outcome.OUTRANKED})
STEPS = range(4, 25)  # eighths of the bid: from half to three times, as far as the landscape is calibrated


@cache
def edge(place: int) -> int:
    """The least CPC of a bin (`bin_of`), in micros: the smallest number whose eighth power is at least 2 ** place."""
    power = 1 << place
    root = isqrt(isqrt(isqrt(power)))
    return root if root**8 == power else root + 1


@dataclass(slots=True)
class Bin:
    """Auctions whose CPC needed to win lies in one bin: how many, and the sums of predicted CTR and of CTR * CPC.

    CTRs are in parts per million, CPCs in micros.
    """

    count: int = 0
    ctr: int = 0
    cost: int = 0

    def __add__(self, other: "Bin") -> "Bin":
        return Bin(self.count + other.count, self.ctr + other.ctr, self.cost + other.cost)

    def __sub__(self, other: "Bin") -> "Bin":
        return Bin(self.count - other.count, self.ctr - other.ctr, self.cost - other.cost)

    def part(self, of: int, whole: int) -> "Bin":
        """That part of it, rounded down: a greater part is never less."""
        return Bin(self.count * of // whole, self.ctr * of // whole, self.cost * of // whole)


@dataclass(frozen=True)
class Landscape:
    """The bins of an ad by their places, lowest first, and its bid in micros."""

    bid: int
    bins: Mapping[int, Bin] = field(default_factory=dict)

    @classmethod
    def of(cls, bid: int, bins: Iterable[tuple[int, Bin]]) -> "Landscape":
        """Bins with their places, in any order; those of the same place are added up."""
        summed: dict[int, Bin] = {}
        for place, each in bins:
            summed[place] = summed.get(place, Bin()) + each
        return cls(bid, dict(sorted(summed.items())))

    def at(self, bid: int) -> Bin:
        """What another bid would have won: the bins below it, and its part of the bin that it lies in.

        Never less for a higher bid. Within a bin, a twelfth wide, CPCs are taken as spread evenly; but that of the ad's
        own bid holds what this has won and nothing else (`Ladder`).
        """
        won = Bin()
        for place, each in self.bins.items():
            least, most = edge(place), edge(place + 1) - 1
            most = self.bid if least <= self.bid <= most else most
            if bid < least:
                break
            won += each if bid >= most else each.part(bid - least + 1, most - least + 1)
        return won


def together(landscapes: Iterable[Landscape], bid: int) -> Bin:
    """What several ads would have won with the same bid each."""
    return sum((each.at(bid) for each in landscapes), Bin())


@dataclass(frozen=True)
class BidPoint:
    """What would have been won at a bid: amounts in micros, clicks to two places.

    `marginal_cpc` is what a click costs that the next lower point does not bring; None where there is none.
    """

    bid: int
    wins: int
    clicks: Decimal
    spend: int
    marginal_cpc: int | None


class Ladder:
    """The slots of an auction, to those who took part: a slot further up has its own CPC and is looked at more often.

    So an ad stands in the bin of each slot's CPC, with what this slot has more than the one below; in that of the
    lowest slot it counts as won. *entries* are in the order of rank, *reserve* is in micros.
    """

    def __init__(self, entries: Iterable[Entry], reserve: int, slots: int) -> None:
        let_in = (each for each in entries if each.outcome in LET_IN)
        self._ranked, self._reserve, self._slots = list(islice(let_in, slots + 1)), reserve, slots
        self._ranks = {each.ad: place for place, each in enumerate(self._ranked[:slots])}
        self._steps = self._steps_past(self._ranked)

    def rungs(self, entry: Entry) -> Iterator[tuple[int, Bin]]:
        """What the auction adds to an ad's landscape: bins by their places, none where its bid did not decide."""
        if entry.need is None:
            return
        me, count, below, cost = self._ranks.get(entry.ad), 1, 0, 0
        steps = self._steps if me is None else self._steps_past([*self._ranked[:me], *self._ranked[me + 1 :]])
        for position, score, seen in steps:
            need = max(self._reserve, -(-score // entry.ctr))
            if not count and need > entry.bid * FARTHEST:
                return
            ctr = entry.ctr * seen // PARTS
            place = _place(need, entry, is_won=entry.rank is not None and entry.rank <= position)
            yield place, Bin(count, ctr - below, ctr * need - cost)
            count, below, cost = 0, ctr, ctr * need

    def _steps_past(self, rivals: Sequence[Entry]) -> list[tuple[int, int, int]]:
        """The slots from the lowest upwards: the position, the score to be passed, and how much it is looked at.

        The CPC of a slot is never less than that of the one below.
        """
        places = range(min(self._slots - 1, len(rivals)), -1, -1)
        scores = [each.bid * each.ctr for each in rivals[: self._slots]]
        return [(place + 1, scores[place] if place < len(scores) else 0, examined(place + 1)) for place in places]


def _place(need: int, entry: Entry, *, is_won: bool) -> int:
    """The bin of a slot's CPC; in that of the bid stands what it has won, and what it has not stands above."""
    place, own = bin_of(max(1, need)), bin_of(entry.bid)
    return min(place, own) if is_won else max(place, own + 1)


def calibration(clicks: int, promised: int) -> Fraction:
    """By how much clicks differ from what was *promised* (parts per million) at the bids there were.

    Shrunk: few clicks say little. Read on impressions that were won (DELIVERY: the raw model promises too much).
    """
    return Fraction((clicks + SCARCE) * PARTS, promised + SCARCE * PARTS)


def points(landscapes: Sequence[Landscape], bids: Iterable[int], factor: Fraction = Fraction(1)) -> list[BidPoint]:
    """A point for each different bid, the lowest first, with clicks and spend multiplied by *factor*."""
    made, below = [], Bin()
    for bid in sorted(set(bids)):
        won = together(landscapes, bid)
        made.append(_point(bid, won, below, factor))
        below = won
    return made


def _point(bid: int, won: Bin, below: Bin, factor: Fraction) -> BidPoint:
    more, clicks = won.ctr - below.ctr, round(won.ctr * factor * 100 / PARTS)
    marginal_cpc = (won.cost - below.cost) // more if more else None
    return BidPoint(bid, won.count, Decimal(clicks).scaleb(-2), int(won.cost * factor / PARTS), marginal_cpc)


def usual_bids(bid: int, reserve: int) -> list[int]:
    """Bids from half to three times of one, in whole cents, within what a bid may be: the *reserve* at least."""
    bids = {max(reserve, min(GREATEST_BID, bid * eighths // 8 // CENT * CENT)) for eighths in STEPS}
    return sorted(bids | {bid})


def check_bids(found: Findings, bids: Sequence[Money], currency: str, reserve: int) -> None:
    """Collect what is wrong with the bids that a landscape is asked for; the *reserve* is in micros."""
    if not 1 <= len(bids) <= MOST_BIDS:
        limit = f"1 <= length <= {MOST_BIDS}"
        found.invalid(f"Ask for 1 to {MOST_BIDS} bids, or leave them out.", "bids", constraint=limit)
        return
    for place, bid in enumerate(bids):
        found.add(bid_problem(bid, "bids", str(place), currency=currency, reserve=reserve))


def suggested(landscapes: Sequence[Landscape], more: int, reserve: int) -> int | None:
    """The least of the usual bids that brings *more* micros of spend than the bids there are, or else what most brings.

    None where no higher bid brings anything.
    """
    now = sum(each.at(each.bid).cost for each in landscapes)
    bid = max((each.bid for each in landscapes), default=reserve)
    gains = {each: (together(landscapes, each).cost - now) // PARTS for each in usual_bids(bid, reserve) if each > bid}
    wanted = min(more, max(gains.values(), default=0))
    return next((each for each, gain in gains.items() if gain >= wanted), None) if wanted > 0 else None
