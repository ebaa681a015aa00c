"""What a process remembers of those it served of late: what they will cost, and how often a shopper saw an ad."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

MINUTE = 60_000  # milliseconds
DAY = 24 * 60 * MINUTE
MOST_SHOPPERS = 100_000
MOST_ADS = 200  # that are remembered of a shopper


class Promised:
    """What winners of the last minute or two are expected to cost their campaigns: clicks take their time."""

    def __init__(self) -> None:
        self._minute = 0
        self._latest, self._sums = dict[int, int](), dict[int, int]()

    def at(self, now: int) -> Mapping[int, int]:
        """By campaigns, in micros, at a moment in milliseconds."""
        minute = now // MINUTE
        if minute != self._minute:
            self._sums = self._latest if minute == self._minute + 1 else {}
            self._latest, self._minute = {}, minute
        return self._sums

    def promise(self, costs: Iterable[tuple[int, int]]) -> None:
        """Winners are expected to cost their campaigns so many micros."""
        latest, sums = self._latest, self._sums
        for campaign, micros in costs:
            latest[campaign] = latest.get(campaign, 0) + micros
            sums[campaign] = sums.get(campaign, 0) + micros


class Caps:
    """How often each shopper was served each ad today, by UTC; more than *most* times is too often, 0 is no limit.

    It is bounded: of too many shoppers, or ads of one, those served longest ago are forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most, self._day = most, 0
        self._served: OrderedDict[str, OrderedDict[int, int]] = OrderedDict()

    def of(self, shopper: str | None, now: int) -> Collection[int]:
        """The ads that a shopper has been served often enough, at a moment in milliseconds."""
        if now // DAY != self._day:
            self._served, self._day = OrderedDict(), now // DAY
        served = self._served.get(shopper) if shopper else None
        return [ad for ad, times in served.items() if times >= self._most] if served else ()

    def serve(self, shopper: str, ads: Iterable[int]) -> None:
        if not self._most:
            return
        served = self._served.pop(shopper, OrderedDict())
        for ad in ads:
            served[ad] = served.pop(ad, 0) + 1
        self._served[shopper] = served
        while len(served) > MOST_ADS:
            served.popitem(last=False)
        if len(self._served) > MOST_SHOPPERS:
            self._served.popitem(last=False)
