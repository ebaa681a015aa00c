"""What was counted of a campaign: outcomes of auctions, figures and landscapes, by the day or over a time."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, cast, func, select

from app.db.keys import any_of
from app.db.reader import Reader
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad
from app.db.tables.delivery import Auction, AuctionHour, BidHour, ClickRate, OutcomeHour
from app.db.tables.metrics import MetricBounds, MetricHour
from app.domain.campaigns.status import CampaignKind
from app.domain.delivery.causes import OUTCOMES, CauseKind
from app.domain.delivery.landscape import PARTS, Bin, Landscape
from app.domain.delivery.outcomes import Format, Outcome
from app.domain.delivery.prediction import Tally, tally
from app.domain.delivery.stoppages import Span
from app.domain.delivery.unspent import Day
from app.domain.metrics import Placement, day_bounds
from app.resolvers.delivery.markets import MARKET, where_bids

FORMATS = {CampaignKind.SPONSORED_SEARCH: Format.LISTINGS, CampaignKind.ECOMMERCE_DISPLAY: Format.BANNERS}
MOST_SAMPLES, LOOKED_AT = 10, 500


@dataclass
class Counted:
    """A day; amounts in micros. `auctions` are all of the campaign's format, whether its ads match them or not."""

    auctions: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    impressions: int = 0
    clicks: int = 0
    spent: int = 0

    def day(self, seconds: int) -> Day:
        """The day of which so many seconds have passed, as far as it was counted."""
        others = max(0, self.auctions - sum(self.outcomes.values()))
        outcomes = self.outcomes + Counter({Outcome.NO_TARGET_MATCH: others})
        return Day(seconds, 0, self.spent, True, outcomes, self.impressions, self.clicks)


Days = Mapping[date, Counted]


async def counted(reader: Reader, campaign: Any, first: date, end: datetime) -> tuple[Days, Mapping[Placement, Tally]]:
    """A campaign's days from *first* on, auctions up to *end*; and its clicks and exposures by placements."""
    zone, days = ZoneInfo(campaign.time_zone), defaultdict[date, Counted](Counted)
    over = Span(day_bounds(first, first, zone)[0], end)
    for at, auctions in await reader.rows(_auctions(campaign, over)):
        days[at.astimezone(zone).date()].auctions += auctions
    for at, outcome, count in await reader.rows(_outcomes(campaign.id, over)):
        days[at.astimezone(zone).date()].outcomes[outcome] += count
    shown = defaultdict[Placement, list[tuple[int, int, int]]](list)
    for day, placement, position, impressions, clicks, spent in await reader.rows(_figures(campaign.id, first)):
        known = days[day]
        known.impressions, known.clicks = known.impressions + impressions, known.clicks + clicks
        known.spent += spent
        shown[placement].append((position, impressions, clicks))
    return days, {placement: tally(rows) for placement, rows in shown.items()}


def _auctions(campaign: Any, over: Span) -> Any:
    rows = select(AuctionHour.starts_at, _sum(AuctionHour.auctions))
    rows = rows.where(AuctionHour.format == FORMATS[campaign.kind])
    rows = rows.where(AuctionHour.market == where_bids(campaign.account_id))
    return rows.where(*_within(AuctionHour.starts_at, over)).group_by(AuctionHour.starts_at)


def _outcomes(campaign_id: UUID, over: Span) -> Any:
    # unscoped: of a campaign that was opened before
    rows = select(OutcomeHour.starts_at, OutcomeHour.outcome, OutcomeHour.count)
    return rows.where(OutcomeHour.campaign_id == campaign_id, *_within(OutcomeHour.starts_at, over))


def _figures(campaign_id: UUID, first: date) -> Any:
    groups = (MetricHour.day, MetricHour.placement, MetricHour.position)
    # unscoped: of the same campaign
    rows = select(*groups, *map(_sum, (MetricHour.impressions, MetricHour.clicks, MetricHour.spend_micros)))
    return rows.where(MetricHour.campaign_id == campaign_id, MetricHour.day >= first).group_by(*groups)


async def final_before(reader: Reader) -> datetime:
    """Up to when hours were closed: figures before that are final."""
    return (await reader.rows(select(MetricBounds.final_before)))[0][0]


async def everybodys(reader: Reader, account_id: UUID) -> Mapping[Placement, Tally]:
    """Clicks and exposures of all ads there are in an account's market, by placements."""
    # unscoped: sums over all accounts
    rows = select(ClickRate.placement, _sum(ClickRate.clicks), _sum(ClickRate.exposed)).group_by(ClickRate.placement)
    rows = rows.join(Ad, Ad.id == ClickRate.ad_id).join(Account, Account.id == Ad.account_id)
    rows = rows.where(where_bids(account_id) == MARKET)
    return {placement: Tally(clicks, exposed // PARTS) for placement, clicks, exposed in await reader.rows(rows)}


async def landscapes(reader: Reader, bids: Mapping[UUID, int], over: Span) -> list[Landscape]:
    """The landscapes of ads, given with their bids, that took part in auctions within a time."""
    # unscoped: of ads of a campaign that was opened before
    rows = select(BidHour.ad_id, BidHour.bin, *map(_sum, (BidHour.count, BidHour.sum_ctr, BidHour.sum_cost)))
    rows = rows.where(any_of(BidHour.ad_id, list(bids)), *_within(BidHour.starts_at, over))
    found = defaultdict[UUID, list[tuple[int, Bin]]](list)
    for ad, place, count, ctr, cost in await reader.rows(rows.group_by(BidHour.ad_id, BidHour.bin)):
        found[ad].append((place, Bin(count, ctr, cost * PARTS)))
    return [Landscape.of(bids[ad], bins) for ad, bins in found.items()]


async def samples(reader: Reader, campaign: Any, over: Span) -> Mapping[CauseKind, Sequence[UUID]]:
    """Some of the latest auctions that a cause shows in, for each: of the last 500 that were held, whose ever."""
    rows = select(Auction.id, Auction.entries).where(Auction.at >= over.start, Auction.at < over.end)
    rows = rows.where(Auction.market == where_bids(campaign.account_id))
    found = defaultdict[CauseKind, list[UUID]](list)
    names = {str(campaign.id), campaign.id.hex}  # as entries have it, and had it before
    for id, entries in await reader.rows(rows.order_by(Auction.at.desc(), Auction.id).limit(LOOKED_AT)):
        came_out = {Outcome(each["outcome"]) for each in entries if each["campaign"] in names}
        for cause, outcomes in OUTCOMES.items():
            if came_out & outcomes and len(found[cause]) < MOST_SAMPLES:
                found[cause].append(id)
    return found


def _within(starts_at: Any, over: Span) -> tuple[Any, Any]:
    """The hours of UTC that a time touches."""
    return starts_at >= over.start.replace(minute=0, second=0, microsecond=0), starts_at < over.end


def _sum(column: Any) -> Any:
    return cast(func.sum(column), BigInteger)
