"""Why only part of a budget was spent: read off what was counted of a campaign, and off its history (S58)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.db.reader import Reader
from app.db.scope import missing
from app.db.tables.campaigns import Campaign
from app.domain.access import Scope
from app.domain.accounts import local_day
from app.domain.delivery.causes import CauseKind
from app.domain.delivery.diagnosis import OPEN_ENDED, Diagnosis, diagnose, plans
from app.domain.delivery.stoppages import Span
from app.domain.delivery.unspent import DAY, USUAL_DAYS, Day, Known, click_rates
from app.domain.errors import Findings
from app.domain.metrics import FINAL_AFTER, Freshness, day_bounds, freshness
from app.resolvers.campaigns.reads import campaigns
from app.resolvers.delivery import counters
from app.resolvers.delivery.counters import Counted, counted, everybodys, landscapes
from app.resolvers.delivery.lost import ads_of, kept_from, lost
from app.resolvers.delivery.markets import now_in
from app.resolvers.metrics import Days

MOST_DAYS = 92


@dataclass(frozen=True)
class Window:
    """The days that are asked about, as spans of time up to now: what is still to come is no part of them."""

    days: Days
    spans: Sequence[Span]

    @property
    def over(self) -> Span:
        return Span(self.spans[0].start, self.spans[-1].end)


@dataclass(frozen=True)
class Question:
    """Which campaign is asked about, over which days, and when; whether *samples* of auctions are wanted.

    The `reserve` of bids is in micros.
    """

    campaign_id: UUID
    days: Days | None
    now: datetime
    reserve: int
    samples: bool = False


@dataclass(frozen=True)
class Explained:
    campaign: Any
    diagnosis: Diagnosis
    freshness: Freshness
    samples: Mapping[CauseKind, Sequence[UUID]]


async def diagnosis(reader: Reader, scope: Scope, asked: Question) -> Explained:
    """The diagnosis of a campaign that the scope opens, over some days or over all of its flight until now."""
    campaign, found = await opened(reader, scope, asked.campaign_id), Findings()
    check_window(found, asked.days)
    found.settle()
    asked = replace(asked, now=await now_in(reader, campaign.account_id, asked.now))
    window, final_before = window_of(campaign, asked), await counters.final_before(reader)
    bounds = day_bounds(window.days.first, window.days.last, ZoneInfo(campaign.time_zone))
    fresh = freshness(*bounds, asked.now, final_before)
    ads = await reader.rows(ads_of(campaign.id))
    known = Known(campaign.kind, [], left=_left(campaign), kept_from=kept_from(campaign, ads), reserve=asked.reserve)
    if not window.spans:
        return Explained(campaign, diagnose(known), fresh, {})
    known = await _counted(reader, campaign, ads, known, window, min(asked.now - FINAL_AFTER, final_before))
    samples = await counters.samples(reader, campaign, window.over) if asked.samples else {}
    return Explained(campaign, diagnose(known), fresh, samples)


async def _counted(
    reader: Reader, campaign: Any, ads: Sequence[Any], known: Known, window: Window, settled: datetime
) -> Known:
    """With what was counted of it; up to *settled* figures are final."""
    first, bids = window.days.first - timedelta(days=USUAL_DAYS), {ad.id: ad.bid_micros for ad in ads}
    days, own = await counted(reader, campaign, first, window.over.end)
    ctr, typical = click_rates(own, await everybodys(reader, campaign.account_id))
    return replace(
        known,
        days=_days(campaign, window, days, await lost(reader, campaign, ads, window.spans), settled),
        past=[days.get(day, Counted()).day(DAY) for day in _each(Days(first, window.days.first - timedelta(days=1)))],
        ads=await landscapes(reader, bids, window.over),
        ctr=ctr,
        typical_ctr=typical,
    )


async def opened(reader: Reader, scope: Scope, id: UUID) -> Any:
    """The campaign with its account's time zone and status; NOT_FOUND where the scope does not open it."""
    rows = await reader.rows(campaigns(scope, [id]))
    if not rows:
        raise missing(Campaign, "campaignId")
    return rows[0]


# ---- which days


def check_window(found: Findings, asked: Days | None) -> None:
    if asked is not None:
        asked.check(found, "window", most=MOST_DAYS)


def window_of(campaign: Any, question: Question) -> Window:
    """The days asked about; without any those of the campaign's flight, the last 92 of them."""
    zone, asked = ZoneInfo(campaign.time_zone), question.days
    if asked is None:
        start, end = campaign.starts_at, min(question.now, campaign.ends_at or question.now)
        last = local_day(max(start, end), campaign.time_zone).date()
        first = max(local_day(start, campaign.time_zone).date(), last - timedelta(days=MOST_DAYS - 1))
        days = Days(first, last)
    else:
        days, (start, end) = asked, day_bounds(asked.first, asked.last, zone)
    over = Span(start, min(end, question.now))
    bounds = (Span(*day_bounds(day, day, zone)) for day in _each(days))
    spans = [Span(max(each.start, over.start), min(each.end, over.end)) for each in bounds]
    return Window(days, [each for each in spans if each.start < each.end])


def _each(days: Days) -> list[date]:
    return [days.first + timedelta(days=number) for number in range((days.last - days.first).days + 1)]


def _left(campaign: Any) -> int:
    return campaign.total_budget_micros - campaign.spent_micros


# ---- what was planned


def _days(
    campaign: Any,
    window: Window,
    known: Mapping[date, Counted],
    lost: Sequence[Mapping[CauseKind, Fraction]],
    settled: datetime,
) -> list[Day]:
    """The days asked about, each with its part of what the budget allowed; those up to *settled* are final."""
    seconds = [each.within(each) for each in window.spans]
    left = _left(campaign) + sum(each.spent for day, each in known.items() if day >= window.days.first)
    planned = plans(left, campaign.daily_budget_micros, seconds, _after(campaign, window))
    dates = [local_day(each.start, campaign.time_zone).date() for each in window.spans]
    return [
        replace(known.get(day, Counted()).day(took), plan=plan, is_final=span.end <= settled, lost=lost_)
        for day, span, took, plan, lost_ in zip(dates, window.spans, seconds, planned, lost, strict=True)
    ]


def _after(campaign: Any, window: Window) -> int:
    """For how many seconds the budget has to last behind the window; one without an end for 30 days from its start."""
    ends_at = campaign.ends_at or campaign.starts_at + OPEN_ENDED
    return max(timedelta(), ends_at - window.over.end) // timedelta(seconds=1)
