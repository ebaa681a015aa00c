"""Counting and charging: what an event is, its key, until when it is taken, and what a click costs (S60, S69)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from app.domain.delivery.token import CLICK_VALID, NOBODY
from app.domain.delivery.traffic import InvalidTraffic
from app.domain.errors import Findings
from app.domain.members import Member
from app.domain.metrics import FINAL_AFTER, Placement

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
VISITS = UUID("6f0d6f3a-0f0b-5c1e-9a57-2d4b1c7e8a90")  # where the ids that shops give their visits become keys
Key = tuple[UUID, str, "EventKind"]


class EventKind(Member):
    IMPRESSION = "IMPRESSION"
    CLICK = "CLICK"
    DETAIL_PAGE_VIEW = "DETAIL_PAGE_VIEW"


@dataclass(slots=True)
class AdEvent:
    """A shopper saw or clicked an ad. Its key is (auction, slot, kind): the same key counts once (I11).

    `price` is in micros, fixed when the ad was served, 0 for an impression; `position` counts from 1; `target` and
    `shopper` are as tokens have them. What is `invalid` already was found so by how it came.
    """

    auction_id: UUID
    slot: str
    kind: EventKind
    ad_id: UUID
    at: datetime
    placement: Placement
    position: int
    shopper: int = NOBODY
    price: int = 0
    target: int = 0
    invalid: InvalidTraffic | None = None

    @property
    def key(self) -> Key:
        return self.auction_id, self.slot, self.kind


@dataclass(frozen=True)
class Visit:
    """A shopper saw a product's page (S51). The shop's own id of it is its key."""

    event_id: str
    sku: str
    shopper: int
    at: datetime

    @property
    def key(self) -> Key:
        return uuid5(VISITS, self.event_id), "", EventKind.DETAIL_PAGE_VIEW


def is_too_old(at: datetime, now: datetime, final_before: datetime) -> bool:
    """Whether what happened at *at* would change figures that are final, or would be in a moment (I14)."""
    return at < final_before or at <= now - FINAL_AFTER


def kept_for(keep: timedelta) -> timedelta:
    """How long the key of an event is kept: longer than any event that cites the same token would be taken."""
    return max(keep, CLICK_VALID + FINAL_AFTER + timedelta(days=1))


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
    """What may still be spent, in micros: of a campaign in all, on one of its days, or of an account's credit."""

    left: int


def charge(price: int, *purses: Purse) -> int:
    """Take min(price, what is left) out of every purse and return it; budgets are hard caps (I7)."""
    charged = max(0, min(price, *(purse.left for purse in purses)))
    for purse in purses:
        purse.left -= charged
    return charged
