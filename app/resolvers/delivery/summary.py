"""What a simulation came to: its campaigns, days and hours, and a digest of its figures."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Integer, cast, func, select

from app.db.engine import Database
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Campaign
from app.db.tables.metrics import MetricHour
from app.resolvers.delivery.rollups import COUNTERS


class Line(NamedTuple):
    """A campaign: what it may spend in all and on a day, and what came of it; amounts in micros."""

    account: str
    name: str
    effective: str
    total: int
    daily: int | None
    spent: int
    impressions: int
    clicks: int
    unbilled: int
    visits: int


class Summary(NamedTuple):
    campaigns: Sequence[Line]
    days: Sequence[tuple[date, int]]
    """What was spent on each day, in micros."""
    hours: Sequence[int]
    """The impressions of each hour of a day."""
    digest: str
    """SHA-256 of all hourly figures: of two simulations that are alike it is the same."""


async def summary(database: Database) -> Summary:
    """Of a whole installation, which is a simulation's own."""
    async with database.reading() as connection:
        campaigns = (await connection.execute(_campaigns())).all()
        # unscoped: nobody's figures are in it but simulated ones
        days = select(MetricHour.day, _sum(MetricHour.spend_micros)).group_by(MetricHour.day).order_by(MetricHour.day)
        # unscoped: likewise, nobody's
        hours = select(MetricHour.hour, _sum(MetricHour.impressions)).group_by(MetricHour.hour)
        seen = {hour: count for hour, count in await connection.execute(hours)}  # noqa: C416 - likewise typed
        keys = (MetricHour.ad_id, MetricHour.placement, MetricHour.position, MetricHour.starts_at)
        counters = [getattr(MetricHour, name) for name in COUNTERS]
        digest = sha256()
        for row in await connection.execute(select(*keys, *counters).order_by(*keys)):  # unscoped: likewise
            digest.update(repr([getattr(each, "value", str(each)) for each in row]).encode())
        by_day = [(day, spent) for day, spent in await connection.execute(days)]
    lines = [Line(**{**row._mapping, "effective": row.effective.value}) for row in campaigns]  # noqa: SLF001 - its way
    return Summary(lines, by_day, [seen.get(hour, 0) for hour in range(24)], digest.hexdigest())


def _campaigns() -> Any:
    shown = (Account.display_name.label("account"), Campaign.name, Campaign.effective_status.label("effective"))
    total, daily = Campaign.total_budget_micros.label("total"), Campaign.daily_budget_micros.label("daily")
    money = (total, daily, Campaign.spent_micros.label("spent"))
    views = MetricHour.detail_page_views_after_click + MetricHour.detail_page_views_after_view
    counters = (MetricHour.impressions, MetricHour.clicks, MetricHour.unbilled_clicks, views)
    names = ("impressions", "clicks", "unbilled", "visits")
    sums = [_sum(each).label(name) for each, name in zip(counters, names, strict=True)]
    # unscoped: see above
    rows = select(*shown, *money, *sums).join_from(Campaign, Account)
    rows = rows.outerjoin(MetricHour, MetricHour.campaign_id == Campaign.id).group_by(Campaign.id, *shown, *money)
    return rows.order_by(Account.display_name, Campaign.name)


def _sum(counter: Any) -> Any:
    return cast(func.coalesce(func.sum(counter), 0), Integer)
