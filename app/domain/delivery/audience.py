"""How many shoppers there are for an ad that is still to be made: read off auctions that were held (S58)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from app.domain.campaigns.targeting import Keyword
from app.domain.delivery.auction import posting
from app.domain.delivery.landscape import PARTS
from app.domain.delivery.matching import Index, Query, aims_of_keywords
from app.domain.delivery.prediction import UNKNOWN, examined

DISCLAIMER = "Read off recent auctions: what shoppers will do, and what others will bid, is never guaranteed"  # S59


@dataclass(frozen=True)
class Seat:
    """One who stood in an auction: bid in micros, CTR in parts per million, and whether it won."""

    bid: int
    ctr: int
    won: bool


@dataclass(frozen=True)
class Held:
    """An auction that was held, and who stood in it, in the order of rank."""

    reserve: int
    slots: int
    seats: Sequence[Seat]


@dataclass(frozen=True)
class Estimate:
    """A day's impressions and clicks, and what these clicks would cost, in micros."""

    impressions: int
    clicks: Decimal
    spend: int


def by_keywords(keywords: Sequence[Keyword]) -> Callable[[str], bool]:
    """Whether a search meets any of these keywords, and none of the negative ones."""
    aims, negatives = aims_of_keywords(enumerate(keywords), 1)
    index = Index.of({(aim.kind, aim.key): [posting(1, 0, 1, 1)] for aim in aims})

    def meets(text: str) -> bool:
        query = Query(text)
        return bool(index.of_query(query)) and not (negatives is not None and negatives.shut_out(query))

    return meets


def size(sample: Sequence[UUID], most: int) -> Fraction:
    """How many auctions there are, of which a *sample* of at most so many was taken, those with the lowest ids.

    Ids are spread evenly over all numbers of 48 bits: what part of these was looked through tells how many there are.
    """
    if len(sample) < most:
        return Fraction(len(sample))
    return Fraction(len(sample) << 48, max(1, max(each.int for each in sample) >> 80))


def estimate(met: Sequence[Held], bid: int | None, times: Fraction) -> Estimate:
    """What an ad would get a day: some auctions that it would meet, of which a day has so many *times*.

    The ad is clicked as often as those that won. Without a *bid* it takes the last slot of every auction.
    """
    winners = [seat.ctr for each in met for seat in each.seats if seat.won]
    ctr = sum(winners) // len(winners) if winners else UNKNOWN
    impressions = clicks = cost = 0
    for each in met:
        slot, price = _stands(each, bid, ctr)
        if slot is not None:
            rate = ctr * examined(slot + 1) // PARTS
            impressions, clicks, cost = impressions + 1, clicks + rate, cost + rate * price
    hundredths = round(clicks * times * 100 / PARTS)
    return Estimate(round(impressions * times), Decimal(hundredths) / 100, int(cost * times / PARTS))


def _stands(held: Held, bid: int | None, ctr: int) -> tuple[int | None, int]:
    """Which slot the ad would have had, from 0, and the price of a click in micros; None: it would not have won."""
    scores = [seat.bid * seat.ctr for seat in held.seats]
    slot = min(len(scores), held.slots - 1) if bid is None else sum(score >= bid * ctr for score in scores)
    if slot >= held.slots or (bid is not None and bid < held.reserve):
        return None, 0
    behind = scores[slot] if slot < len(scores) else 0
    price = max(held.reserve, -(-behind // ctr))
    return slot, price if bid is None else min(bid, price)
