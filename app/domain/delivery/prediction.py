"""How often an ad is clicked, predicted from what is known of it and of all that it belongs to (DELIVERY)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.metrics import Placement

PPM = 1_000_000  # rates are whole parts per million
STRENGTH = 1_000  # exposures that what is known of the whole counts for
UNKNOWN = 10_000  # the rate where nothing was ever shown: one in a hundred
EXAMINED = (1_000_000, 600_000, 400_000, 300_000, 250_000, 220_000, 200_000, 180_000, 160_000, 150_000)
"""How many of a million shoppers look at a position, from the first on; beyond the last as many as there."""


def examined(position: int) -> int:
    """The share of shoppers who look at *position*, which counts from 1, in parts per million."""
    return EXAMINED[min(position, len(EXAMINED)) - 1]


@dataclass(slots=True)
class Tally:
    """Clicks, and the exposures they came from: impressions, each for as much as its position is looked at."""

    clicks: int = 0
    exposures: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.clicks + other.clicks, self.exposures + other.exposures)


def tally(shown: Iterable[tuple[int, int, int]]) -> Tally:
    """The tally of (position, impressions, clicks)."""
    rows = list(shown)
    exposed = sum(impressions * examined(position) for position, impressions, _ in rows)
    return Tally(sum(clicks for *_, clicks in rows), exposed // PPM)


def shrunk(known: Tally, whole: int) -> int:
    """The rate of a part, of which *known* is known, where the whole has the rate *whole*; Beta-binomial, 1 to PPM.

    (clicks + strength x whole) / (exposures + strength): the less is known, the more the part is like the whole.
    """
    rate = (known.clicks * PPM + STRENGTH * whole) // (known.exposures + STRENGTH)
    return max(1, min(PPM, rate))


@dataclass(frozen=True)
class Rates:
    """What is known of everything: the rate of all, and of each placement; parts per million."""

    overall: int = UNKNOWN
    placements: Mapping[Placement, int] = field(default_factory=dict)

    @classmethod
    def of(cls, placements: Mapping[Placement, Tally]) -> "Rates":
        overall = shrunk(sum(placements.values(), Tally()), UNKNOWN)
        return cls(overall, {placement: shrunk(known, overall) for placement, known in placements.items()})

    def at(self, ctr: int, placement: Placement) -> int:
        """The CTR of an ad in a placement, at its first position; *ctr* is over all placements."""
        return self.within(placement)(ctr)

    def within(self, placement: Placement) -> Callable[[int], int]:
        """`at` for one placement, which is looked up once."""
        here, overall = self.placements.get(placement, self.overall), self.overall
        return lambda ctr: min(PPM, ctr * here // overall) or 1

    def alike(self, known: Mapping[Placement, Tally]) -> Tally:
        """The tallies of an ad as if all were of one placement: as many exposures as would have had these clicks."""
        exposures = sum(
            each.exposures * self.placements.get(placement, self.overall) // self.overall
            for placement, each in known.items()
        )
        return Tally(sum(each.clicks for each in known.values()), exposures)


def predicted(ad: Tally, campaign: Tally, overall: int) -> int:
    """The CTR of an ad over all placements: like its campaign's, which is like all, as far as nothing else is known."""
    return shrunk(ad, shrunk(campaign, overall))


@dataclass(frozen=True)
class Knowledge:
    """What is known of the clicks of ads and of campaigns, as if all were of one placement (see `Rates.alike`)."""

    rates: Rates = field(default_factory=Rates)
    ads: Mapping[UUID, Tally] = field(default_factory=dict)
    campaigns: Mapping[UUID, Tally] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Mapping[UUID, Mapping[Placement, Tally]], campaign_of: Mapping[UUID, UUID]) -> "Knowledge":
        """From what is known of each ad by placements; ads whose campaign is not known count for the rates alone."""
        sums: dict[Placement, Tally] = {}
        for each in known.values():
            for placement, more in each.items():
                sums[placement] = sums.get(placement, Tally()) + more
        return cls(Rates.of(sums)).learnt(known, campaign_of)

    def learnt(self, known: Mapping[UUID, Mapping[Placement, Tally]], campaign_of: Mapping[UUID, UUID]) -> "Knowledge":
        """The knowledge with what is known of these ads by now; the rates of everything stay as they are."""
        ads, campaigns = dict(self.ads), dict(self.campaigns)
        for id, each in known.items():
            now, before = self.rates.alike(each), ads.get(id, Tally())
            ads[id] = now
            if campaign := campaign_of.get(id):
                whole = campaigns.get(campaign, Tally())
                clicks, exposures = now.clicks - before.clicks, now.exposures - before.exposures
                campaigns[campaign] = Tally(whole.clicks + clicks, whole.exposures + exposures)
        return Knowledge(self.rates, ads, campaigns)

    def ctr(self, ad: UUID, campaign: UUID) -> int:
        """The CTR to be expected of an ad, over all placements, in parts per million."""
        return predicted(self.ads.get(ad, Tally()), self.campaigns.get(campaign, Tally()), self.rates.overall)
