"""What an account spends, by the days and months of its time zone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import strawberry

from app.domain import metrics as rules
from app.domain.accounts import local_day
from app.execution.rows import Rowed
from app.execution.vocabulary import column, computed
from app.resolvers.metrics import Calendar
from app.schema.context import Context
from app.schema.metrics.rows import Freshness
from app.schema.money import Money, amount, money

DAYS = ("on_earlier", "on_before", "on_day", "on_after")
MONTHS = ("through_before", "through_day", "through_after")


def _place(context: Context, zone: str) -> int:
    """Which of the days near now is the account's today: 1, 2 or 3 among DAYS."""
    near, today = Calendar.near(context.now), local_day(context.now, zone).date()
    return (near.earlier, near.before, near.day, near.after).index(today)


def _today(context: Context, zone: str, currency: str, *days: int) -> Money | None:
    return money(days[_place(context, zone)], currency)


def _yesterday(context: Context, zone: str, currency: str, *days: int) -> Money | None:
    return money(days[_place(context, zone) - 1], currency)


def _month(context: Context, zone: str, currency: str, *months: int) -> Money | None:
    return money(months[_place(context, zone) - 1], currency)


def _freshness(context: Context, zone: str, final_before: Any) -> Freshness:
    today = local_day(context.now, zone).date()
    start, end = rules.day_bounds(today - timedelta(days=1), today, ZoneInfo(zone))
    return Freshness(**vars(rules.freshness(start, end, context.now, final_before)))


def _by_calendar(make: Any, columns: Sequence[str], description: str) -> Any:
    return computed(make, "time_zone", "currency", *columns, asks=True, description=description)


@strawberry.type(
    description="Spend by days and months of the account's time zone; sandbox figures never mix with real ones"
)
class SpendSummary(Rowed):
    today: Money = _by_calendar(_today, DAYS, "On the day that runs")
    yesterday: Money = _by_calendar(_yesterday, DAYS, "On the day before")
    month_to_date: Money = _by_calendar(_month, MONTHS, "From the first of the month on, today included")
    lifetime: Money = amount("lifetime", description="Since the account was made")
    remaining_budget: Money = amount("remaining", description="What is left of the budgets of campaigns not archived")
    running_campaigns: int = column("running", description="How many campaigns are RUNNING now")
    freshness: Freshness = computed(
        _freshness, "time_zone", "final_before", asks=True, description="How final yesterday's and today's figures are"
    )
