"""Reading metrics: totals of a range for many parents at once, spend by calendar, and rows by up to two dimensions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Integer, String, Uuid, case, cast, func, literal, select, union_all

from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.parameters import typed
from app.db.reader import Reader
from app.db.reads import Many, One
from app.db.scope import opened
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign, Keyword
from app.db.tables.catalogue import AdInterest
from app.db.tables.metrics import MetricBounds, MetricHour, TargetHour
from app.domain.access import Scope
from app.domain.campaigns.status import ConfiguredStatus, EffectiveStatus
from app.domain.errors import Findings
from app.domain.metrics import FIGURES, Dimension, Metric, Placement

MOST_ROWS, MOST_DAYS = 5_000, 366
LAST = MOST_ROWS + 2  # the place of the totals behind the rows
VISITS = ("detail_page_views_after_click", "detail_page_views_after_view")
VIEWS = "detail_page_views"  # their sum
COUNTERS = tuple(dict.fromkeys(name for each in FIGURES.values() for name in each.counters if name != VIEWS))
SUMS = (*COUNTERS, VIEWS)
COLUMNS = {
    Dimension.DAY: ("day",),
    Dimension.HOUR: ("hour",),
    Dimension.CAMPAIGN: ("campaign_id",),
    Dimension.AD: ("ad_id",),
    Dimension.PLACEMENT: ("placement",),
    Dimension.POSITION: ("position",),
    Dimension.KEYWORD: ("keyword", "keyword_match"),
    Dimension.INTEREST: ("interest_id",),
    Dimension.PRODUCT: ("product_id",),
}
TYPES = {
    "day": Date(),
    "hour": Integer(),
    "campaign_id": Uuid(),
    "ad_id": Uuid(),
    "placement": String(),
    "position": Integer(),
    "keyword": String(),
    "keyword_match": String(),
    "interest_id": Uuid(),
    "product_id": Uuid(),
}
IN_TIME = (Dimension.DAY, Dimension.HOUR)


@dataclass(frozen=True)
class Days:
    """Days of the account's time zone, both included."""

    first: date
    last: date

    def check(self, found: Findings, *path: str, most: int = MOST_DAYS) -> None:
        if self.last < self.first:
            found.invalid("The range ends before it begins.", *path, "to", constraint="to >= from")
        elif (self.last - self.first).days >= most:
            found.invalid(f"A range has at most {most} days.", *path, constraint=f"days <= {most}")
        if self.first.year < 2000 or self.last.year >= 2100:
            found.invalid("The range must lie between 2000 and 2100.", *path, constraint="2000 <= year < 2100")


# ---- totals and days, declared


def of_accounts(where: Condition, days: Days) -> Selection:
    return _totals(Account, Account.id, MetricHour.account_id, where, days)


def of_campaigns(where: Condition, days: Days) -> Selection:
    return _totals(Campaign, Campaign.id, MetricHour.campaign_id, where, days)


def of_ads(where: Condition, days: Days) -> Selection:
    return _totals(Ad, Ad.id, MetricHour.ad_id, where, days)


def days_of_campaigns(where: Condition, days: Days) -> Selection:
    """One row a day on which something was counted."""
    mine = MetricHour.account_id
    rows = select(MetricHour.campaign_id.label("parent_id"), mine, _of(mine, Account.currency), *_range(days), *_sums())
    # unscoped: below a root
    rows = rows.add_columns(_of(mine, Account.time_zone), MetricHour.day, *_absent("day"))
    rows = rows.where(where(MetricHour.campaign_id), MetricHour.day.between(days.first, days.last))
    return rows.group_by(MetricHour.campaign_id, mine, MetricHour.day)


def _totals(table: Any, key: Any, of: Any, where: Condition, days: Days) -> Selection:
    """A row for every parent, with zeros where nothing was counted."""
    owner = table.id if table is Account else table.account_id
    zone = Account.time_zone if table is Account else _of(owner, Account.time_zone)
    rows = select(key.label("parent_id"), owner.label("account_id"), table.currency, zone, *_range(days), *_sums())
    counted = (of == key) & MetricHour.day.between(days.first, days.last)
    # unscoped: below a root
    return rows.add_columns(*_absent()).outerjoin_from(table, MetricHour, counted).where(where(key)).group_by(key)


def _of(account_id: Any, column: Any) -> Any:
    """A column of the account: looked up where it is asked for, which a join would be in any case."""
    return select(column).where(Account.id == account_id).scalar_subquery().label(column.key)  # unscoped: likewise


def _total(table: Any, of: Any, key: Any, days: Days) -> Selection:
    """The totals of one parent: sums without groups are a row even where nothing was counted."""
    owner = table.id if table is Account else table.account_id

    def known(column: Any, name: str) -> Any:
        rows = select(column).select_from(table)  # unscoped: of the parent given
        if column is Account.time_zone and table is not Account:
            rows = rows.join(Account, Account.id == owner)
        return rows.where(table.id == key).correlate(key.table).scalar_subquery().label(name)

    mine = [known(owner, "account_id"), known(table.currency, "currency"), known(Account.time_zone, "time_zone")]
    rows = select(key.label("parent_id"), *mine, *_range(days), *_sums(), *_absent())
    return rows.where(of == key, MetricHour.day.between(days.first, days.last))


METRICS_OF_ACCOUNT = One(of_accounts, key="parent_id", of_one=partial(_total, Account, MetricHour.account_id))
METRICS_OF_CAMPAIGN = One(of_campaigns, key="parent_id", of_one=partial(_total, Campaign, MetricHour.campaign_id))
METRICS_OF_AD = One(of_ads, key="parent_id", of_one=partial(_total, Ad, MetricHour.ad_id))
DAYS_OF_CAMPAIGN = Many(days_of_campaigns, key="parent_id", order=Order(("day",)))


# ---- spend by calendar


@dataclass(frozen=True)
class Calendar:
    """The days near now and the first days of their months, as arguments of a read."""

    earlier: date
    before: date
    day: date
    after: date
    month_before: date
    month_of_day: date
    month_after: date

    @classmethod
    def near(cls, now: datetime) -> "Calendar":
        days = [now.date() + timedelta(days=each) for each in (-2, -1, 0, 1)]
        return cls(*days, *(day.replace(day=1) for day in days[1:]))


def spend_of_accounts(where: Condition, near: Calendar) -> Selection:
    """What accounts spent on each of the days near now, and in the months up to them; only Python knows their zones."""
    mine = MetricHour.account_id == Account.id
    days = {name: typed(getattr(near, name), Date()) for name in ("earlier", "before", "day", "after")}
    months = {"before": near.month_before, "day": near.month_of_day, "after": near.month_after}
    columns = [_spend_if(MetricHour.day == day).label(f"on_{name}") for name, day in days.items()]
    columns += [
        _spend_if(MetricHour.day.between(typed(first, Date()), days[name])).label(f"through_{name}")
        for name, first in months.items()
    ]
    lifetime = _spend_if(MetricHour.day.is_not(None)).label("lifetime")
    owner = (Account.id.label("parent_id"), Account.id.label("account_id"), Account.currency, Account.time_zone)
    # unscoped: below a root
    rows = select(*owner, *columns, lifetime, *_of_campaigns(), _final_before())
    return rows.outerjoin_from(Account, MetricHour, mine).where(where(Account.id)).group_by(Account.id)


def _spend_if(condition: Any) -> Any:
    return cast(func.coalesce(func.sum(case((condition, MetricHour.spend_micros), else_=0)), 0), BigInteger)


def _of_campaigns() -> list[Any]:
    """How many campaigns run, and what is left of the budgets of those that are not archived."""
    mine = Campaign.account_id == Account.id
    left = func.sum(Campaign.total_budget_micros - Campaign.spent_micros)
    # unscoped: of the account of the row
    budget = select(cast(func.coalesce(left, 0), BigInteger))
    budget = budget.where(mine, Campaign.configured_status != ConfiguredStatus.ARCHIVED)  # unscoped: likewise
    # unscoped: the same of it
    running = select(func.count(Campaign.id)).where(mine, Campaign.effective_status == EffectiveStatus.RUNNING)
    return [
        budget.correlate(Account).scalar_subquery().label("remaining"),
        running.correlate(Account).scalar_subquery().label("running"),
    ]


SPEND_OF_ACCOUNT = One(spend_of_accounts, key="parent_id")


# ---- rows by dimensions


@dataclass(frozen=True)
class Query:
    """What `metrics` is asked: rows by *dimensions* over the *days*, narrowed, sorted and cut at *limit*."""

    days: Days
    dimensions: Sequence[Dimension]
    campaign_ids: Collection[UUID] | None
    ad_ids: Collection[UUID] | None
    placements: Collection[Placement] | None
    sort_by: Metric | None
    descending: bool
    limit: int

    def check(self) -> None:
        found = Findings()
        self.days.check(found, "query", "range")
        if not 1 <= len(set(self.dimensions)) == len(self.dimensions) <= 2:
            limit = "1 or 2 different dimensions"
            found.invalid(
                f"Ask for {limit}; `totals` comes with every answer.", "query", "dimensions", constraint=limit
            )
        if {Dimension.KEYWORD, Dimension.INTEREST} <= set(self.dimensions):
            message = "An ad has keywords or interests, never both: ask for one of them."
            found.invalid(message, "query", "dimensions", constraint="KEYWORD or INTEREST")
        if not 1 <= self.limit <= MOST_ROWS:
            limit = f"1 <= limit <= {MOST_ROWS}"
            found.invalid(f"The limit must be 1 to {MOST_ROWS}.", "query", "limit", constraint=limit)
        found.settle()


@dataclass(frozen=True)
class Report:
    rows: Sequence[Any]
    totals: Any
    truncated: bool


async def report(reader: Reader, scope: Scope, account_id: UUID, asked: Query) -> Report:
    """The rows and totals of an account that the scope opens, in one statement."""
    account = opened(scope, account_id, "accountId")
    asked.check()
    by, totals = (grouped(account, asked, each).subquery() for each in (asked.dimensions, ()))
    place = func.row_number().over(order_by=_order(asked, by.c)).label("place")
    ranked = select(*by.c, place).order_by(place).limit(asked.limit + 1).subquery()
    names = by.c.keys()
    last = select(*(totals.c[name] for name in names), literal(LAST).label("place"))
    both = union_all(select(*ranked.c), last).subquery()  # the rows first: theirs are the types of the columns
    *rows, whole = await reader.rows(select(*both.c).order_by(both.c.place))
    return Report(rows[: asked.limit], whole, len(rows) > asked.limit)


def grouped(account_id: UUID, asked: Query, dimensions: Sequence[Dimension]) -> Selection:
    source = _source(account_id, asked.dimensions)
    names = [name for dimension in dimensions for name in COLUMNS[dimension]]
    groups = [source.c[name] for name in names]
    account = [Account.id.label("account_id"), Account.currency, Account.time_zone]
    rows = select(*account, *_range(asked.days), *_sums(source), *groups, *_absent(*names))
    counted = [source.c.account_id == Account.id, source.c.day.between(asked.days.first, asked.days.last)]
    counted += [any_of(source.c.campaign_id, asked.campaign_ids)] if asked.campaign_ids is not None else []
    counted += [any_of(source.c.ad_id, asked.ad_ids)] if asked.ad_ids is not None else []
    counted += [any_of(source.c.placement, asked.placements)] if asked.placements is not None else []
    # unscoped: the account was opened by the caller of this function
    rows = rows.join_from(Account, source, _all(counted), isouter=not dimensions)
    return rows.where(Account.id == account_id).group_by(*account, *groups)


def _source(account_id: UUID, dimensions: Sequence[Dimension]) -> Any:
    """What the rows are sums of; by keyword or interest that is what was shown for one."""
    target = TargetHour.__table__
    if Dimension.KEYWORD in dimensions:
        aimed = (Keyword.ad_id == target.c.ad_id) & (Keyword.place == target.c.target - 1)
        # unscoped: keywords of the ads that were shown
        rows = select(target, Keyword.text.label("keyword"), Keyword.match.label("keyword_match"))
        return rows.join_from(target, Keyword, aimed).where(target.c.account_id == account_id).subquery()
    if Dimension.INTEREST in dimensions:
        each = AdInterest.__table__.c
        place = func.row_number().over(partition_by=each.ad_id, order_by=each.interest_id).label("place")
        # unscoped: interests of the account's ads
        mine = select(each.ad_id, each.interest_id, place).join_from(AdInterest, Ad, Ad.id == each.ad_id)
        numbered = mine.where(Ad.account_id == account_id).subquery()
        aimed = (numbered.c.ad_id == target.c.ad_id) & (numbered.c.place == target.c.target)
        rows = select(target, numbered.c.interest_id).join_from(target, numbered, aimed)  # unscoped: likewise
        return rows.where(target.c.account_id == account_id).subquery()
    return MetricHour.__table__


def arranged(rows: Selection, asked: Query) -> Selection:
    return rows.order_by(*_order(asked, rows.selected_columns))


def _order(asked: Query, columns: Any) -> list[Any]:
    """By the metric asked for, else by the dimensions, time first; ties always by the dimensions."""
    time_first = sorted(asked.dimensions, key=lambda dimension: dimension not in IN_TIME)
    ties = [columns[name] for dimension in time_first for name in COLUMNS[dimension]]
    if asked.sort_by is None:
        return ties
    by = _sort_value(asked.sort_by, columns)
    return [by.desc() if asked.descending else by.asc(), *ties]


def _sort_value(metric: Metric, columns: Any) -> Any:
    part, *whole = (columns[name] for name in FIGURES[metric].counters)
    return func.coalesce(part * 1.0 / func.nullif(whole[0], 0), -1) if whole else part


def _sums(source: Any = MetricHour.__table__) -> list[Any]:
    views = source.c[VISITS[0]] + source.c[VISITS[1]]
    return [*(_sum(source.c[name], name) for name in COUNTERS), _sum(views, VIEWS)]


def _sum(counter: Any, name: str) -> Any:
    return cast(func.coalesce(func.sum(counter), 0), BigInteger).label(name)


def _range(days: Days) -> list[Any]:
    ends = typed(days.first, Date()).label("range_from"), typed(days.last, Date()).label("range_to")
    return [*ends, _final_before()]


def _final_before() -> Any:
    return select(MetricBounds.final_before).scalar_subquery().label("final_before")


def _absent(*present: str) -> list[Any]:
    """The dimensions that the rows are not grouped by, as nulls."""
    return [literal(None, kind).label(name) for name, kind in TYPES.items() if name not in present]


def _all(conditions: Sequence[Any]) -> Any:
    whole = conditions[0]
    for condition in conditions[1:]:
        whole &= condition
    return whole
