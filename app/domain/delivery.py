"""Counting and charging: what an event is, its key, and what a click costs (S60, S69)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from uuid import UUID

from app.domain.errors import Findings
from app.domain.metrics import Placement

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class EventKind(Enum):
    IMPRESSION = "IMPRESSION"
    CLICK = "CLICK"


@dataclass(frozen=True)
class AdEvent:
    """One thing a shopper did. Its key is (auction, slot, kind): the same key counts once, whatever arrives (I11).

    `price` is in micros, fixed when the ad was served, 0 for an impression; `position` counts from 1.
    """

    auction_id: UUID
    slot: str
    kind: EventKind
    ad_id: UUID
    at: datetime
    placement: Placement
    position: int
    shopper: str | None
    price: int = 0

    @property
    def key(self) -> tuple[UUID, str, EventKind]:
        return self.auction_id, self.slot, self.kind


@dataclass(frozen=True)
class LogLine:
    """One line of a foreign log: an impression of an item, and whether it was clicked."""

    at: datetime
    item: int
    position: int
    clicked: bool
    shopper: str

    @classmethod
    def parse(cls, record: Mapping[str, str | None]) -> "LogLine":
        """A line with timestamp, item_id, position, click and user; a Refusal names every broken field."""
        found = Findings()
        at = _moment(found, record.get("timestamp"))
        item = _whole(found, record, "item_id", 0, 1_000_000)
        position = _whole(found, record, "position", 1, 1_000)
        click = _whole(found, record, "click", 0, 1)
        shopper = record.get("user") or ""
        if not 1 <= len(shopper) <= 128 or not shopper.isprintable():
            found.invalid("must have 1 to 128 printable characters", "user")
        found.settle()
        return cls(at or EARLIEST, item, position, click == 1, shopper)


def _moment(found: Findings, text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
        if EARLIEST <= moment <= LATEST:
            return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        pass
    found.invalid("must be a moment with a time zone between 2000 and 2100", "timestamp")
    return None


def _whole(found: Findings, record: Mapping[str, str | None], name: str, least: int, most: int) -> int:
    text = record.get(name) or ""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        found.invalid(f"must be a whole number from {least} to {most}", name)
        return least
    return int(text)


@dataclass
class Purse:
    """What a campaign may still spend, in micros: over its life, and on the current day where it has a daily budget."""

    total: int
    day: int | None = None

    def charge(self, price: int) -> int:
        """Take min(price, what is left) out and return it; the budgets are hard caps (I7)."""
        charged = max(0, min(price, self.total, self.total if self.day is None else self.day))
        self.total -= charged
        if self.day is not None:
            self.day -= charged
        return charged
