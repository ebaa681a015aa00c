"""Who comes to a simulated shop, when, and what they look for: a pure function of a seed and the hour (DELIVERY)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate

from app.domain.delivery.outcomes import Format
from app.domain.delivery.prediction import PPM, examined
from app.domain.delivery.requests import Request, Slot
from app.domain.delivery.simulation.dice import Dice
from app.domain.metrics import Placement

HOUR = timedelta(hours=1)
_MILLISECOND = timedelta(milliseconds=1)
BUSY = (2199, 2393, 2448, 3182, 2567, 2429, 2400, 2386, 2609, 2816, 3161, 4010)
BUSY += (4690, 4860, 4467, 4105, 1803, 1051, 608, 428, 637, 1104, 1659, 1988)
"""How many came in each hour of a day, UTC, to a real shop (the Open Bandit log)."""
DAYS = (100, 96, 95, 98, 106, 118, 110)
"""How busy the days of a week are, Monday first, in hundredths."""
_MEAN_DAY = sum(DAYS) // len(DAYS)
UNEVEN = 80_000  # how far an hour is off what it should be, in millionths: a shop's days are never alike
LISTINGS, BANNERS = 3, 1  # slots of the page of results, and of a product's page


@dataclass(frozen=True)
class Topic:
    """Something that shoppers look for: by any of these *queries*, and with these *interests*; *weight* is relative."""

    queries: Sequence[str]
    interests: Sequence[str] = ()
    weight: int = 1


@dataclass(frozen=True)
class Lull:
    """A time in which only so many shoppers come: the inventory changes. More than 100 percent is a rush."""

    begins: datetime
    until: datetime
    percent: int


@dataclass(frozen=True)
class Look:
    """A shopper looks for something: asks for a page, on which ads are."""

    at: datetime
    request: Request

    @property
    def shopper(self) -> str:
        return self.request.shopper or ""


@dataclass(frozen=True)
class World:
    """A shop and its shoppers. *shoppers* come on a mean day; amounts in micros, rates in parts per million.

    *rate* is how often the typical ad is clicked by whoever looks at it, *floors* are what others bid who have no
    account here: one of them, drawn anew each time, is the least price of a click.
    """

    seed: int
    topics: Sequence[Topic]
    shoppers: int
    rate: int = 40_000
    floors: Sequence[int] = (0,)
    lulls: Sequence[Lull] = ()
    known: int = 2_000
    """How many different shoppers there are."""
    name: str = ""
    """Of the shop: what is asked for in two shops is never the same."""

    def looks(self, begins: datetime, until: datetime) -> list[Look]:
        """All that is looked for from *begins* on, before *until*: in one go as well as piece by piece."""
        found: list[Look] = []
        hour = begins.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        while hour < until:
            found += [look for look in self._hour(hour) if begins <= look.at < until]
            hour += HOUR
        return found

    def expected(self, hour: datetime) -> int:
        """How many shoppers are expected in an hour, in millionths."""
        whole = PPM * self.shoppers * BUSY[hour.hour] * DAYS[hour.weekday()]
        uneven = PPM - UNEVEN + Dice(self.seed, self.name, "hour", hour.isoformat()).below(2 * UNEVEN + 1)
        come = whole * uneven // (sum(BUSY) * _MEAN_DAY * PPM)
        for lull in self.lulls:
            if lull.begins <= hour < lull.until:
                come = come * lull.percent // 100
        return come

    def _hour(self, hour: datetime) -> list[Look]:
        """The looks of an hour: arrivals are a Poisson process of its rate."""
        come = self.expected(hour)
        if come <= 0:
            return []
        dice, mean = Dice(self.seed, self.name, "looks", hour.isoformat()), 3_600_000 * PPM // come
        looks: list[Look] = []
        at = dice.wait(mean)
        while at < 3_600_000:
            looks.append(self._look(dice, hour + at * _MILLISECOND, len(looks)))
            at += dice.wait(mean)
        return looks

    def _look(self, dice: Dice, at: datetime, number: int) -> Look:
        topic = self.topics[dice.among(self._weights)]
        query, shopper = topic.queries[dice.below(len(topic.queries))], dice.below(self.known)
        floor = self.floors[dice.below(len(self.floors))]
        placement = Placement.SEARCH_RESULTS if dice.happens(650_000) else Placement.PRODUCT_DETAIL
        slots = [Slot("results", placement, Format.LISTINGS, LISTINGS, query, floor=floor)]
        slots += [Slot("banner", placement, Format.BANNERS, BANNERS, interests=topic.interests, floor=floor)]
        id = f"{self.name}{self.seed:x}-{at:%Y%m%d%H}-{number}"
        return Look(at, Request(id, slots, f"{self.name}shopper {shopper}"))

    @cached_property
    def _weights(self) -> list[int]:
        return list(accumulate(topic.weight for topic in self.topics))

    def ctr(self, words: str, position: int) -> int:
        """How often an ad with these *words* is clicked where it stands at a position, which counts from 1.

        Some ads are liked better than others, from half as much as the typical one to twice.
        """
        liked = 500_000 + Dice(self.seed, "liked", words).below(PPM) * 3 // 2
        return min(PPM, self.rate * liked // PPM * examined(position) // PPM)
