"""The auction: rank by bid x predicted CTR, and pay the smallest bid that keeps the slot (S60, S61; DELIVERY)."""

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heapreplace
from itertools import pairwise

from app.domain.delivery.outcomes import Outcome

Posting = tuple[int, int, int, int, int]
"""A candidate: -(bid x CTR), its ad's id as a number, the place of its ad, bid, target. So tuples sort by rank.

Bids are in micros, CTRs in parts per million and at least 1: whole numbers all the way.
"""
Postings = Sequence[Posting]
EVERYBODY = 2**62  # more than there are


def posting(ad: int, place: int, bid: int, ctr: int, target: int = 0) -> Posting:
    """A candidate: *ad* is the ad's id as a number, by which ties are told apart, *place* where the ad is kept."""
    return -bid * ctr, ad, place, bid, target


def rate_of(candidate: Posting) -> int:
    """The CTR that it is ranked by, in parts per million."""
    return -candidate[0] // candidate[3]


def need(candidate: Posting, rival: Posting) -> int:
    """The smallest bid, in micros, with which *candidate* stands before *rival*."""
    rate = -candidate[0] // candidate[3]
    least = -(rival[0] // rate)  # rounded up, since the score is negative
    return least + 1 if least * rate == -rival[0] and rival[1] < candidate[1] else least


def prices(entrants: Postings, reserve: int, slots: int) -> list[int]:
    """What a click costs each of the first *slots* entrants, who stand in the order of rank.

    reserve <= price <= bid, for those who bid the reserve at least; the one behind sets the price, by its own score.
    """
    won = [min(me[3], max(reserve, need(me, behind))) for me, behind in pairwise(entrants[: slots + 1])]
    return won if len(won) == slots or not entrants else [*won, reserve]  # nobody is behind the last one


def rivals(entrants: Postings, slots: int) -> tuple[Posting | None, Posting | None]:
    """Whom to stay before who has a slot, and whom to pass who has none; entrants stand in the order of rank."""
    behind = entrants[slots] if len(entrants) > slots else None
    return behind, entrants[slots - 1] if len(entrants) >= slots else None


def needed(candidate: Posting, rival: Posting | None, reserve: int) -> int:
    """The price of a click, in micros, that wins *candidate* any slot at all (`rivals`)."""
    return reserve if rival is None else max(reserve, need(candidate, rival))


class Walk:
    """Goes through the candidates of an auction in the order of rank, and has each ad judged, once.

    The candidates come in lists that are ranked already, and are merged no further than it takes: whoever stands behind
    is OUTRANKED, or not let in, which `rest` finds out when there is time for it. An ad in several lists, by several of
    its keywords, counts by the one that ranks it highest.
    """

    __slots__ = ("_heap", "_judge", "_lists", "_seen", "entrants", "refused")

    def __init__(self, lists: Sequence[Postings], judge: Callable[[Posting], Outcome | None]) -> None:
        self._lists, self._judge = lists, judge
        self._seen: set[int] = set()
        self._heap = [(each[0], which, 1) for which, each in enumerate(lists) if each]
        heapify(self._heap)
        self.entrants: list[Posting] = []
        self.refused: list[tuple[Posting, Outcome]] = []

    def until(self, most: int, steps: int = EVERYBODY) -> list[Posting]:
        """Walk until *most* have entered, nobody is left, or so many *steps* are done; those who have, ranked."""
        heap, lists, seen, entrants = self._heap, self._lists, self._seen, self.entrants
        while heap and len(entrants) < most and steps:
            steps -= 1
            candidate, which, at = heap[0]
            if at < len(lists[which]):
                heapreplace(heap, (lists[which][at], which, at + 1))
            else:
                heappop(heap)
            if candidate[2] in seen:
                continue
            seen.add(candidate[2])
            outcome = self._judge(candidate)
            if outcome is None:
                entrants.append(candidate)
            else:
                self.refused.append((candidate, outcome))
        return entrants

    def resumed(self, judge: Callable[[Posting], Outcome | None]) -> "Walk":
        """A walk of its own that goes on from here, by another judge."""
        other = Walk((), judge)
        other._lists, other._heap, other._seen = self._lists, self._heap.copy(), self._seen.copy()
        other.entrants, other.refused = self.entrants.copy(), self.refused.copy()
        return other

    def further(self, steps: int) -> bool:
        """Walk some steps; whether anybody is left."""
        self.until(EVERYBODY, steps)
        return bool(self._heap)

    def rest(self) -> None:
        """Walk to the end."""
        self.until(EVERYBODY)
