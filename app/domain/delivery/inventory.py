"""What auctions know: ads, their campaigns and the index of their targets, all of it as it is at one moment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from app.domain.delivery.auction import Posting, posting
from app.domain.delivery.matching import Aim, Index, Negatives, Target
from app.domain.delivery.outcomes import Format, Outcome
from app.domain.delivery.pacing import ALL
from app.domain.delivery.sharded import Sharded

ALWAYS = 2**62  # the end of what has none


@dataclass(frozen=True, slots=True)
class Flight:
    """A campaign: when it may be shown (milliseconds since 1970), and what it may still spend (micros).

    `left` is what is left of its life and of its day, whichever is less; `bar` keeps all its ads out.
    """

    id: UUID
    begins: int
    ends: int
    left: int
    bar: Outcome | None = None
    pass_through: int = ALL


def left(total: int, spent: int, daily: int | None, spent_today: int) -> int:
    """What a campaign may still spend, in micros: of its total budget, and of the day's where it has one."""
    return total - spent if daily is None else min(total - spent, daily - spent_today)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of an ad, with its size in pixels: not every placement suits it."""

    id: UUID
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Offer:
    """An ad. Its content never changes (I8); `bar` and `ctr` (parts per million, over all placements) do.

    `flight` is the place of its campaign in the inventory, `landing` the product that it leads to, or the Page.
    """

    id: UUID
    flight: int
    landing: UUID
    format: Format
    title: str
    headline: str
    image: Picture | None
    bid: int
    bar: Outcome | None
    ctr: int
    negatives: Negatives | None = None
    aims: tuple[Aim, ...] = ()
    is_of_page: bool = False


GONE = Offer(UUID(int=0), 0, UUID(int=0), Format.BANNERS, "", "", None, 0, Outcome.CAMPAIGN_INACTIVE, 1)
"""Stands in the place of an ad that has left: no list names it."""
Key = tuple[Target, str | UUID]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All ads that may become candidates. It never changes: a change gives another, which shares what stayed.

    An ad keeps its place for as long as it is here.
    """

    offers: Sequence[Offer] = ()
    flights: Sequence[Flight] = ()
    listings: Index = field(default_factory=lambda: Index.of({}))
    banners: Index = field(default_factory=lambda: Index.of({}))
    ads: Sharded[UUID, int] = field(default_factory=Sharded)
    campaigns: Sharded[UUID, int] = field(default_factory=Sharded)

    def offer(self, id: UUID) -> Offer | None:
        place = self.ads.get(id)
        return None if place is None else self.offers[place]

    def flight(self, id: UUID) -> Flight | None:
        place = self.campaigns.get(id)
        return None if place is None else self.flights[place]

    def index(self, format: Format) -> Index:
        return self.listings if format is Format.LISTINGS else self.banners

    def with_flights(self, flights: Iterable[Flight]) -> "Inventory":
        """The inventory with these campaigns, new ones or others than before."""
        known, places = list(self.flights), dict[UUID, int | None]()
        for each in flights:
            place = self.campaigns.get(each.id)
            place = places.get(each.id) if place is None else place
            if place is None:
                places[each.id] = len(known)
                known.append(each)
            else:
                known[place] = each
        return replace(self, flights=known, campaigns=self.campaigns.changed(places))

    def with_offers(self, offers: Iterable[Offer], gone: Collection[UUID] = ()) -> "Inventory":
        """The inventory with these ads, new ones or others than before, and without those that are *gone*."""
        known, places = list(self.offers), dict[UUID, int | None]()
        moved: dict[Format, _Moves] = {each: _Moves() for each in Format}
        for id in gone:
            place = self.ads.get(id)
            if place is not None:
                moved[known[place].format].leave(known[place], place)
                known[place], places[id] = GONE, None
        for each in offers:
            place = self.ads.get(each.id)
            former = None if place is None else known[place]
            if place is None:
                place = places[each.id] = len(known)
                known.append(each)
            known[place] = each
            if former is None or (former.ctr, former.aims) != (each.ctr, each.aims):
                if former is not None:
                    moved[each.format].leave(former, place)
                moved[each.format].come(each, place)
        listings, banners = (moved[each].of(self.index(each)) for each in Format)
        return replace(self, offers=known, listings=listings, banners=banners, ads=self.ads.changed(places))


class _Moves:
    """What comes to an index, and what leaves it."""

    def __init__(self) -> None:
        self._come: dict[Key, list[Posting]] = {}
        self._gone: dict[Key, set[int]] = {}

    def come(self, offer: Offer, place: int) -> None:
        for aim in offer.aims:
            made = posting(offer.id.int, place, aim.bid, offer.ctr, aim.number)
            self._come.setdefault((aim.kind, aim.key), []).append(made)

    def leave(self, offer: Offer, place: int) -> None:
        for aim in offer.aims:
            self._gone.setdefault((aim.kind, aim.key), set()).add(place)

    def of(self, index: Index) -> Index:
        if not self._come and not self._gone:
            return index
        return index.changed(self._come, self._gone) if index.holds_any else Index.of(self._come)
