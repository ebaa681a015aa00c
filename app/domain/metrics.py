"""Metrics: what is derived from counters, in which hour an event counts, and how final a figure is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.domain.members import Member

FINAL_AFTER = timedelta(hours=72)  # S78: metrics may take up to three days


class Placement(Member):
    SEARCH_RESULTS = "SEARCH_RESULTS"
    PRODUCT_DETAIL = "PRODUCT_DETAIL"
    BRAND_PAGE = "BRAND_PAGE"
    PARTNER_SITE = "PARTNER_SITE"
    EMAIL = "EMAIL"


class Metric(Enum):
    IMPRESSIONS = "IMPRESSIONS"
    CLICKS = "CLICKS"
    CTR = "CTR"
    SPEND = "SPEND"
    AVERAGE_CPC = "AVERAGE_CPC"
    DETAIL_PAGE_VIEWS = "DETAIL_PAGE_VIEWS"
    DETAIL_PAGE_VIEWS_AFTER_CLICK = "DETAIL_PAGE_VIEWS_AFTER_CLICK"
    DETAIL_PAGE_VIEWS_AFTER_VIEW = "DETAIL_PAGE_VIEWS_AFTER_VIEW"
    DETAIL_PAGE_VIEW_RATE = "DETAIL_PAGE_VIEW_RATE"
    UNBILLED_CLICKS = "UNBILLED_CLICKS"
    INVALID_CLICKS = "INVALID_CLICKS"


class Dimension(Enum):
    DAY = "DAY"
    HOUR = "HOUR"
    CAMPAIGN = "CAMPAIGN"
    AD = "AD"
    PLACEMENT = "PLACEMENT"
    POSITION = "POSITION"
    KEYWORD = "KEYWORD"
    INTEREST = "INTEREST"
    PRODUCT = "PRODUCT"


class Unit(Enum):
    """What a figure counts in; amounts are micros of the account's currency."""

    COUNT = "COUNT"
    MONEY = "MONEY"
    RATIO = "RATIO"


class Direction(Enum):
    ASC = "ASC"
    DESC = "DESC"


class FreshnessState(Enum):
    """LIVE holds the hour that runs now, PROVISIONAL may still change, FINAL never does (I14)."""

    LIVE = "LIVE"
    PROVISIONAL = "PROVISIONAL"
    FINAL = "FINAL"


@dataclass(frozen=True)
class Freshness:
    state: FreshnessState
    complete_through: datetime
    final_by: datetime


class Hour(NamedTuple):
    """The hour of the account's time zone in which an event counts: its start in UTC, local day and hour 0 to 23."""

    starts_at: datetime
    day: date
    hour: int


def hour_of(at: datetime, zone: ZoneInfo) -> Hour:
    """The hour in which *at* counts. Each of two equal local hours (clocks set back) is an hour of its own."""
    local = at.astimezone(zone)
    begun = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return Hour(at.astimezone(UTC) - begun, local.date(), local.hour)  # in UTC: clocks may change within an hour


def day_bounds(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants in UTC at which the days from *first* to *last*, both included, begin and end."""
    start = datetime.combine(first, time(), zone).astimezone(UTC)
    return start, datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)


def freshness(start: datetime, end: datetime, now: datetime, final_before: datetime) -> Freshness:
    """How final the figures from *start* to *end* are at *now*, and through when they are complete.

    FINAL takes both: 72 hours have passed, and the hours were closed, since when no event can be added to them (I14).
    """
    settled = min(now - FINAL_AFTER, final_before)
    if end <= settled:
        return Freshness(FreshnessState.FINAL, end, end + FINAL_AFTER)
    hours = settled - (settled - start) % timedelta(hours=1)  # counted from *start*: local hours may begin at half past
    state = FreshnessState.LIVE if start <= now < end else FreshnessState.PROVISIONAL
    return Freshness(state, max(start, hours), end + FINAL_AFTER)


def ratio(part: int, whole: int) -> Decimal | None:
    """part / whole, rounded half up to six places; None where there is nothing to divide by."""
    return (Decimal((2_000_000 * part + whole) // (2 * whole)) / 1_000_000).normalize() if whole else None


def average(amount: int, count: int) -> int | None:
    """amount / count in whole micros, half up; None without a count."""
    return (2 * amount + count) // (2 * count) if count else None


@dataclass(frozen=True)
class Figure:
    """What a metric is: a counter of the rollup, or the first of two divided by the second; and what it means."""

    unit: Unit
    counters: tuple[str, ...]
    formula: str
    counted_when: str
    window: str | None = None  # which of the windows of attribution holds; None: nothing is attributed

    def of(self, *counted: int) -> int | Decimal | None:
        """The figure of its counters' sums."""
        if len(counted) == 1:
            return counted[0]
        return average(*counted) if self.unit is Unit.MONEY else ratio(*counted)


SHOWN, CLICKED, VISITED = "the hour of the impression", "the hour of the click", "the hour of the visit"
DERIVED = "derived from the row's own counters"
FIGURES: Mapping[Metric, Figure] = {
    Metric.IMPRESSIONS: Figure(Unit.COUNT, ("impressions",), "count of valid impressions", SHOWN),
    Metric.CLICKS: Figure(Unit.COUNT, ("clicks",), "count of valid clicks", CLICKED),
    Metric.CTR: Figure(Unit.RATIO, ("clicks", "impressions"), "clicks / impressions", DERIVED),
    Metric.SPEND: Figure(
        Unit.MONEY, ("spend_micros",), "sum over clicks of min(price, what is left of the budgets)", CLICKED
    ),
    Metric.AVERAGE_CPC: Figure(Unit.MONEY, ("spend_micros", "clicks"), "spend / clicks", DERIVED),
    Metric.DETAIL_PAGE_VIEWS: Figure(
        Unit.COUNT, ("detail_page_views",), "detailPageViewsAfterClick + detailPageViewsAfterView", VISITED, "longest"
    ),
    Metric.DETAIL_PAGE_VIEWS_AFTER_CLICK: Figure(
        Unit.COUNT,
        ("detail_page_views_after_click",),
        "visits whose last touch was a click of the ad",
        VISITED,
        "click",
    ),
    Metric.DETAIL_PAGE_VIEWS_AFTER_VIEW: Figure(
        Unit.COUNT,
        ("detail_page_views_after_view",),
        "visits without a click before whose last touch was a view",
        VISITED,
        "view",
    ),
    Metric.DETAIL_PAGE_VIEW_RATE: Figure(
        Unit.RATIO, ("detail_page_views", "impressions"), "detailPageViews / impressions", DERIVED, "longest"
    ),
    Metric.UNBILLED_CLICKS: Figure(
        Unit.COUNT, ("unbilled_clicks",), "count of valid clicks charged 0 because a budget was used up", CLICKED
    ),
    Metric.INVALID_CLICKS: Figure(
        Unit.COUNT, ("invalid_clicks",), "count of clicks filtered as invalid traffic", CLICKED
    ),
}
"""The one table of metrics: what is summed, what clients sort by, what reports hold, and what all of it means."""
