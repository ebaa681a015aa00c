"""Automated widgets of an UPGRADED Page: which products they show, and how these are weighed (S44)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from uuid import UUID

WINDOW = timedelta(days=28)
"""How far back the signals of products are counted."""
WEIGHTS = {"clicks": 1, "detail_page_views_after_click": 3, "detail_page_views_after_view": 3}
"""What a signal counts for, by the counter of an hour. A visit of the product says more than a click of its ad."""
MOST_KEPT = 50
"""Products kept of a widget: when some run out of stock, others move up until it is computed again."""
EVERY = timedelta(hours=1)


class WidgetKind(Enum):
    BEST_SELLERS = "BEST_SELLERS"
    RECOMMENDATIONS = "RECOMMENDATIONS"


@dataclass(frozen=True)
class Candidate:
    """A product of the brand that is in stock: its weighed signals of the window, its categories, when it came out."""

    id: UUID
    score: int
    category: tuple[str, ...] = ()
    released: date | None = None


def best_sellers(candidates: Iterable[Candidate]) -> list[UUID]:
    """The products with signals, by the sum of signal times weight over the window; the newer first of equals."""
    ranked = sorted((each for each in candidates if each.score > 0), key=lambda each: (-each.score, *_newest(each)))
    return [each.id for each in ranked[:MOST_KEPT]]


def recommendations(
    candidates: Iterable[Candidate], shown: Collection[UUID], known: Collection[str], best: Collection[UUID]
) -> list[UUID]:
    """What goes with the products that the Page shows, and is neither among them nor among the *best* sellers.

    By the share of its categories that are *known* from the shown products, then by signals, then the newer first: so
    a product without any signal has its chance here.
    """
    left = [each for each in candidates if each.id not in shown and each.id not in best]
    ranked = sorted(left, key=lambda each: (-_alike(each, known), -each.score, *_newest(each)))
    return [each.id for each in ranked[:MOST_KEPT]]


def _alike(candidate: Candidate, known: Collection[str]) -> float:
    names = set(candidate.category)
    return len(names.intersection(known)) / len(names) if names else 0.0


def _newest(candidate: Candidate) -> tuple[int, str]:
    return -(candidate.released or date.min).toordinal(), candidate.id.hex
