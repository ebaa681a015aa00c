"""Which ad a visit of a product's page is owed to: last touch, a click beats a view, within windows (S51)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from app.domain.delivery.traffic import CLOCKS_APART
from app.domain.metrics import Placement


class After(Enum):
    """What the shopper had done with the ad whose product they visit."""

    CLICK = "CLICK"
    VIEW = "VIEW"


@dataclass(frozen=True)
class Windows:
    """How long after a click or a view a visit counts, and within which time visits are one that was refreshed."""

    click: timedelta = timedelta(days=14)
    view: timedelta = timedelta(hours=24)
    refresh: timedelta = timedelta(seconds=30)

    def of(self, after: After) -> timedelta:
        return self.click if after is After.CLICK else self.view

    @property
    def longest(self) -> timedelta:
        return max(self.click, self.view)

    def duration(self, name: str | None) -> str | None:
        """One of them, or the longest of click and view, as ISO 8601 has it; None for none."""
        return f"PT{getattr(self, name) // timedelta(hours=1)}H" if name else None

    def __str__(self) -> str:
        """The rule as it is stored with every visit, in seconds."""
        click, view, refresh = (int(each.total_seconds()) for each in (self.click, self.view, self.refresh))
        return f"last touch; click {click} s before view {view} s; refresh {refresh} s"


@dataclass(frozen=True)
class Touch:
    """A shopper clicked or saw an ad: what a visit may be owed to."""

    after: After
    at: datetime
    auction_id: UUID
    slot: str
    ad_id: UUID
    placement: Placement
    position: int
    target: int


def owed_to(touches: Iterable[Touch], visited: datetime, windows: Windows) -> Touch | None:
    """The touch that a visit is owed to: the latest click within its window, else the latest view; None: neither.

    The clocks of shop and server may differ a little: a touch just after the visit came before it.
    """
    within = [t for t in touches if -CLOCKS_APART <= visited - t.at <= windows.of(t.after)]
    return max(within, key=_weight, default=None)


def _weight(touch: Touch) -> tuple[bool, datetime, UUID, str]:
    """Of two at the same moment the same one wins, in whichever order they come."""
    return touch.after is After.CLICK, touch.at, touch.auction_id, touch.slot


def is_refresh(visited: datetime, others: Iterable[datetime], windows: Windows) -> bool:
    """Whether a visit is one of the counted *others* again, of the same shopper and product."""
    return any(abs(visited - other) < windows.refresh for other in others)
