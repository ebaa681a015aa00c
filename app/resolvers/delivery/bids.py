"""What other bids would have brought: the landscape of a campaign's ads, calibrated on the clicks there were (S58)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, select

from app.db.keys import any_of
from app.db.reader import Reader
from app.db.scope import missing
from app.db.tables.campaigns import Ad
from app.db.tables.metrics import MetricHour
from app.domain.access import Scope
from app.domain.delivery.landscape import BidPoint, calibration, check_bids, points, usual_bids
from app.domain.errors import Findings
from app.domain.money import Money
from app.resolvers.delivery.counters import landscapes
from app.resolvers.delivery.explaining import Question, check_window, opened, window_of
from app.resolvers.metrics import Days


@dataclass(frozen=True)
class Offered:
    """The points of a landscape, and of how many auctions they tell."""

    points: Sequence[BidPoint]
    auctions: int
    currency: str


async def landscape(
    reader: Reader,
    scope: Scope,
    asked: Question,
    ad_id: UUID | None,
    bids: Sequence[Money] | None,
) -> Offered:
    """What bids would have brought one ad of a campaign, or all of its ads with the same bid each."""
    campaign, found = await opened(reader, scope, asked.campaign_id), Findings()
    check_window(found, asked.days)
    if bids is not None:
        check_bids(found, bids, campaign.currency, asked.reserve)
    found.settle()
    window = window_of(campaign, asked)
    ads = await _ads(reader, campaign, ad_id)
    known = await landscapes(reader, ads, window.over) if window.spans else []
    clicks = await _clicks(reader, list(ads), window.days)
    promised = sum(each.at(each.bid).ctr for each in known)
    usual = usual_bids(max(ads.values()), asked.reserve) if ads else []
    wanted = usual if bids is None else [bid.micros for bid in bids]
    auctions = sum(bin.count for each in known for bin in each.bins.values())
    return Offered(points(known, wanted, calibration(clicks, promised)), auctions, campaign.currency)


async def _ads(reader: Reader, campaign: Any, ad_id: UUID | None) -> dict[UUID, int]:
    """The ads that are asked about, with their bids; NOT_FOUND for one that is not the campaign's."""
    # unscoped: of the campaign opened above
    rows = select(Ad.id, Ad.bid_micros).where(Ad.campaign_id == campaign.id)
    rows = rows if ad_id is None else rows.where(Ad.id == ad_id)
    ads = {ad.id: ad.bid_micros for ad in await reader.rows(rows)}
    if ad_id is not None and not ads:
        raise missing(Ad, "adId")
    return ads


async def _clicks(reader: Reader, ads: Sequence[UUID], days: Days) -> int:
    # unscoped: of ads of the campaign opened above
    rows = select(cast(func.coalesce(func.sum(MetricHour.clicks), 0), BigInteger))
    rows = rows.where(any_of(MetricHour.ad_id, ads), MetricHour.day.between(days.first, days.last))
    return int((await reader.rows(rows))[0][0])
