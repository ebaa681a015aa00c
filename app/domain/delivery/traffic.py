"""Invalid traffic: what is no shopper's view or click, and by which rule; it is stored, counted apart, and costs 0."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache

from is_bot import Bots

SAME_CLICK = timedelta(seconds=10)  # a second click of a shopper on an ad within it is the first one again
FASTEST = timedelta(milliseconds=300)  # nobody sees an ad and clicks it in less
MINUTE = timedelta(minutes=1)
CLOCKS_APART = timedelta(seconds=5)  # how far the clocks of a shop and ours may differ
LONGEST_AGENT = 512
PREFETCH = {
    "sec-purpose": "prefetch",
    "purpose": "prefetch",
    "x-purpose": "preview",
    "x-moz": "prefetch",
}  # headers of browsers that fetch what nobody has asked for yet, and a word of each
_BOTS = Bots()


class InvalidTraffic(Enum):
    """Why an event is not a shopper's, in the order tested."""

    KNOWN_BOT = "KNOWN_BOT"
    PREFETCH = "PREFETCH"
    ADDRESS_RATE = "ADDRESS_RATE"
    SHOPPER_RATE = "SHOPPER_RATE"
    NO_IMPRESSION = "NO_IMPRESSION"
    TOO_FAST = "TOO_FAST"
    REPEATED = "REPEATED"
    REVIEWED = "REVIEWED"


@dataclass(frozen=True)
class Rate:
    """How many events a minute are still somebody's."""

    shopper: int
    address: int  # behind which may be a whole office


VIEWS, CLICKS = Rate(shopper=600, address=6_000), Rate(shopper=20, address=200)
RATES = {"IMPRESSION": VIEWS, "CLICK": CLICKS}  # by the kind of the event


@dataclass(frozen=True)
class Earlier:
    """What came before an event: when its ad was seen, and the moments of the shopper's other events of its kind.

    `same` are those among them that are about the same ad.
    """

    seen_at: datetime | None = None
    moments: tuple[datetime, ...] = ()
    same: tuple[datetime, ...] = ()


def of_request(headers: Mapping[str, str], in_last_minute: int, rate: Rate) -> InvalidTraffic | None:
    """Why a beacon is not a shopper's, by its headers (in lower case) and how many its address sent in a minute."""
    if is_bot(headers.get("user-agent", "")[:LONGEST_AGENT]):
        return InvalidTraffic.KNOWN_BOT
    if any(word in headers.get(name, "").lower() for name, word in PREFETCH.items()):
        return InvalidTraffic.PREFETCH
    return InvalidTraffic.ADDRESS_RATE if in_last_minute > rate.address else None


@lru_cache(maxsize=4096)
def is_bot(agent: str) -> bool:
    """Whether a User-Agent is none of a browser's; browsers always send one."""
    return not agent or _BOTS.is_bot(agent)


def of_view(at: datetime, earlier: Earlier) -> InvalidTraffic | None:
    """Why an impression is not a shopper's."""
    return InvalidTraffic.SHOPPER_RATE if _is_too_often(at, earlier.moments, VIEWS) else None


def of_click(at: datetime, earlier: Earlier) -> InvalidTraffic | None:
    """Why a click is not a shopper's."""
    if _is_too_often(at, earlier.moments, CLICKS):
        return InvalidTraffic.SHOPPER_RATE
    if earlier.seen_at is None:
        return InvalidTraffic.NO_IMPRESSION
    if at - earlier.seen_at < FASTEST:
        return InvalidTraffic.TOO_FAST
    if any(abs(at - moment) < SAME_CLICK for moment in earlier.same):
        return InvalidTraffic.REPEATED
    return None


def _is_too_often(at: datetime, moments: Iterable[datetime], rate: Rate) -> bool:
    return sum(at - MINUTE < moment <= at for moment in moments) >= rate.shopper


class Rates:
    """How many events each address sent in the running minute; it forgets with the minute."""

    def __init__(self) -> None:
        self._minute: datetime | None = None
        self._counts: dict[str, int] = {}

    def count(self, address: str, now: datetime) -> int:
        """One more of this address, and how many that makes."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        count = self._counts[address] = self._counts.get(address, 0) + 1
        return count
