"""What shops and pages report, read: an event to be counted, or why it is none of those."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from app.domain.delivery.events import AdEvent, EventKind, Visit
from app.domain.delivery.token import CLICK_VALID, IMPRESSION_VALID, NOBODY, Seals, ServedBid, shopper_of
from app.domain.delivery.traffic import InvalidTraffic
from app.domain.errors import InvalidInput, LimitExceeded, Problem
from app.domain.text import printable

MOST_EVENTS = 1_000  # of one report
LONGEST_ID, LONGEST_SKU = 128, 64
CLOCKS = timedelta(minutes=5)  # how far a shop's clock may be wrong before its word is not taken
CITING = ("token", "resolvedBidId", 1_000, True), ("opaque_user_id", "opaqueUserId", LONGEST_ID, False)
VISITING = (
    ("event_id", "eventId", LONGEST_ID, True),
    ("opaque_user_id", "opaqueUserId", LONGEST_ID, True),
    ("sku", "sku", LONGEST_SKU, True),
)
"""Fields as a Report and a shop name them, their most characters, and whether they are needed."""
VALID = {EventKind.IMPRESSION: IMPRESSION_VALID, EventKind.CLICK: CLICK_VALID}


class Rejection(Enum):
    """Why a reported event is not taken."""

    UNKNOWN_BID = "UNKNOWN_BID"
    EXPIRED = "EXPIRED"
    TOO_OLD = "TOO_OLD"
    MALFORMED = "MALFORMED"


@dataclass(slots=True)
class Report:
    """An event as it was reported: impressions and clicks cite `token`, visits name the shop's own id, sku, shopper."""

    kind: EventKind
    at: datetime
    token: str | None = None
    event_id: str | None = None
    sku: str | None = None
    opaque_user_id: str | None = None


@dataclass(frozen=True)
class Rejected:
    """An event that is not taken: why, and what of it is wrong."""

    reason: Rejection
    message: str
    field: str = ""


MESSAGES = {
    Rejection.UNKNOWN_BID: "No ad was served under it: cite `resolvedBidId` as the auction answered it.",
    Rejection.EXPIRED: "It happened too late after the ad was served: an hour for impressions, a day for clicks.",
    Rejection.TOO_OLD: "It happened more than 72 hours ago: these figures are final.",
}


def rejected(reason: Rejection, field: str = "resolvedBidId") -> Rejected:
    return Rejected(reason, MESSAGES[reason], field)


def beacon(
    kind: EventKind, token: str, seals: Seals, now: datetime, invalid: InvalidTraffic | None
) -> AdEvent | Rejected:
    """What the address of a beacon or a click stands for; it happens now."""
    bid = seals.open(token)
    return _event(kind, bid, now, NOBODY, invalid) if bid else rejected(Rejection.UNKNOWN_BID)


def read(report: Report, seals: Seals, now: datetime) -> AdEvent | Visit | Rejected:
    """What a report says has happened. Our clock decides: what was to happen yet happens now."""
    if report.at > now + CLOCKS:
        return _malformed(f"The moment lies in the future: our clock says {now:%Y-%m-%dT%H:%M:%SZ}.", "at")
    at = min(report.at, now)
    if (wrong := _wrong(report)) is not None:
        return wrong
    if report.kind is EventKind.DETAIL_PAGE_VIEW:
        return Visit(report.event_id or "", report.sku or "", shopper_of(report.opaque_user_id), at)
    bid = seals.open(report.token or "")
    if bid is None:
        return rejected(Rejection.UNKNOWN_BID)
    if at < bid.served_at - CLOCKS:
        return _malformed("The moment lies before the ad was served.", "at")
    return _event(report.kind, bid, max(at, bid.served_at), shopper_of(report.opaque_user_id), None)


def _event(
    kind: EventKind, bid: ServedBid, at: datetime, shopper: int, invalid: InvalidTraffic | None
) -> AdEvent | Rejected:
    if at - bid.served_at > VALID[kind]:
        return rejected(Rejection.EXPIRED)
    price = bid.price if kind is EventKind.CLICK else 0
    key = (bid.auction_id, str(bid.rank), kind, bid.ad_id)
    return AdEvent(*key, at, bid.placement, bid.rank, bid.shopper or shopper, price, bid.target, invalid)


def _wrong(report: Report) -> Rejected | None:
    """What is missing or too long; a shopper's id is needed for visits only."""
    for name, shown, most, needed in VISITING if report.kind is EventKind.DETAIL_PAGE_VIEW else CITING:
        value = getattr(report, name)
        if (needed and not value) or (value and (len(value) > most or not value.isprintable())):
            return _malformed(f"It must have 1 to {most} printable characters.", shown)
    return None


def _malformed(message: str, name: str) -> Rejected:
    return Rejected(Rejection.MALFORMED, message, name)


# ---- the items of a JSON body

NAMES = {
    "resolvedBidId": "token",
    "eventId": "event_id",
    "sku": "sku",
    "opaqueUserId": "opaque_user_id",
}
KNOWN = frozenset({*NAMES, "kind", "occurredAt"})
KINDS = {kind.name: kind for kind in EventKind}


def parse(item: object) -> Report | Rejected:
    """A report from an item of a JSON body; what is no report is MALFORMED, and never a fault."""
    if not isinstance(item, Mapping):
        return _malformed("An event is an object.", "")
    if not item.keys() <= KNOWN:
        unknown = next(name for name in item if name not in KNOWN)
        return _malformed(f"No such field: {printable(str(unknown))[:80]}.", "")
    kind, values = item.get("kind"), dict[str, str]()
    if not isinstance(kind, str) or kind not in KINDS:
        return _malformed(f"The kind is one of {', '.join(KINDS)}.", "kind")
    for name, attribute in NAMES.items():
        value = item.get(name)
        if isinstance(value, str):
            values[attribute] = value
        elif value is not None:
            return _malformed("It must be a text.", name)
    at = _moment(item.get("occurredAt"))
    if at is None:
        return _malformed("The moment is needed, with a time zone: 2026-11-26T14:30:00Z.", "occurredAt")
    return Report(KINDS[kind], at, **values)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.utcoffset() is not None else None
    except (ValueError, TypeError, OverflowError):
        return None


# ---- a whole report


@dataclass(frozen=True)
class Refused:
    """An item that was not taken: its place, by what the shop knows it, and why."""

    place: int
    event_id: str
    why: Rejected


@dataclass
class Batch:
    """The items of a report: what is to be counted, and what is refused so far; places are those of the report."""

    events: list[AdEvent | Visit] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, reports: Sequence[Report | Rejected], seals: Seals, now: datetime) -> "Batch":
        batch = cls()
        for place, report in enumerate(reports):
            event = report if isinstance(report, Rejected) else read(report, seals, now)
            if isinstance(report, Report):
                batch.names[place] = (report.event_id or report.token or "")[:LONGEST_ID]
            if isinstance(event, Rejected):
                batch.refuse(place, event)
            else:
                batch.events.append(event)
                batch.places.append(place)
        return batch

    def refuse(self, place: int, why: Rejected) -> None:
        self.refused.append(Refused(place, self.names.get(place) or str(place), why))


def size_problem(count: int, *path: str) -> Problem | None:
    """Why a report is taken as a whole or not at all."""
    if count == 0:
        return InvalidInput(message="Report at least one event.", path=path, constraint="length >= 1")
    if count > MOST_EVENTS:
        message = f"At most {MOST_EVENTS:,} events at once, not {count:,}: send several reports."
        return LimitExceeded(message=message, path=path, limit=MOST_EVENTS)
    return None
