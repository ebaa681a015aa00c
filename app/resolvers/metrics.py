"""Reading metrics: totals of a range for many parents at once, and rows by up to two dimensions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Integer, String, Uuid, cast, func, literal, select

from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.parameters import typed
from app.db.reader import Reader
from app.db.reads import Many, One
from app.db.scope import opened
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.metrics import MetricHour
from app.domain.access import Scope
from app.domain.errors import Findings
from app.domain.metrics import Dimension, Metric, Placement

MOST_ROWS, MOST_DAYS = 5_000, 366
COUNTERS = ("impressions", "clicks", "unbilled_clicks", "invalid_clicks", "spend_micros")
COLUMNS = {
    Dimension.DAY: ("day",),
    Dimension.HOUR: ("hour",),
    Dimension.CAMPAIGN: ("campaign_id",),
    Dimension.AD: ("ad_id",),
    Dimension.PLACEMENT: ("placement",),
    Dimension.POSITION: ("position",),
    Dimension.PRODUCT: ("product_id",),
}
TYPES = {
    "day": Date(),
    "hour": Integer(),
    "campaign_id": Uuid(),
    "ad_id": Uuid(),
    "placement": String(),
    "position": Integer(),
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
    """The rows and totals of an account that the scope opens, in two statements."""
    account = opened(scope, account_id, "accountId")
    asked.check()
    totals = await reader.rows(_report(account, asked, ()))
    grouped = _report(account, asked, asked.dimensions)
    rows = await reader.rows(_sorted(grouped, asked).limit(asked.limit + 1))
    return Report(rows[: asked.limit], totals[0], len(rows) > asked.limit)


def _report(account_id: UUID, asked: Query, dimensions: Sequence[Dimension]) -> Selection:
    names = [name for dimension in dimensions for name in COLUMNS[dimension]]
    groups = [MetricHour.__table__.c[name] for name in names]
    account = [Account.id.label("account_id"), Account.currency, Account.time_zone]
    rows = select(*account, *_range(asked.days), *_sums(), *groups, *_absent(*names))
    counted = [MetricHour.account_id == Account.id, MetricHour.day.between(asked.days.first, asked.days.last)]
    counted += [any_of(MetricHour.campaign_id, asked.campaign_ids)] if asked.campaign_ids is not None else []
    counted += [any_of(MetricHour.ad_id, asked.ad_ids)] if asked.ad_ids is not None else []
    counted += [any_of(MetricHour.placement, asked.placements)] if asked.placements is not None else []
    # unscoped: the account was opened by the caller of this function
    rows = rows.join_from(Account, MetricHour, _all(counted), isouter=not dimensions)
    return rows.where(Account.id == account_id).group_by(*account, *groups)


def _sorted(rows: Selection, asked: Query) -> Selection:
    """By the metric asked for, else by the dimensions, time first; ties always by the dimensions."""
    columns = rows.selected_columns
    time_first = sorted(asked.dimensions, key=lambda dimension: dimension not in IN_TIME)
    ties = [columns[name] for dimension in time_first for name in COLUMNS[dimension]]
    if asked.sort_by is None:
        return rows.order_by(*ties)
    by = _sort_value(asked.sort_by, columns)
    return rows.order_by(by.desc() if asked.descending else by.asc(), *ties)


def _sort_value(metric: Metric, columns: Any) -> Any:
    ratio = {Metric.CTR: ("clicks", "impressions"), Metric.AVERAGE_CPC: ("spend_micros", "clicks")}.get(metric)
    if ratio is None:
        return columns["spend_micros" if metric is Metric.SPEND else metric.value.lower()]
    part, whole = (columns[name] for name in ratio)
    return func.coalesce(part * 1.0 / func.nullif(whole, 0), -1)


def _sums() -> list[Any]:
    columns = MetricHour.__table__.c
    return [cast(func.coalesce(func.sum(columns[name]), 0), BigInteger).label(name) for name in COUNTERS]


def _range(days: Days) -> list[Any]:
    return [typed(days.first, Date()).label("range_from"), typed(days.last, Date()).label("range_to")]


def _absent(*present: str) -> list[Any]:
    """The dimensions that the rows are not grouped by, as nulls."""
    return [literal(None, kind).label(name) for name, kind in TYPES.items() if name not in present]


def _all(conditions: Sequence[Any]) -> Any:
    whole = conditions[0]
    for condition in conditions[1:]:
        whole &= condition
    return whole
