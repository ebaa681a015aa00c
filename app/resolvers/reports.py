"""Reports: the rows of a query for metrics, all of them, as a file with what they mean."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache, partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Integer, func, select

from app.db.engine import Database
from app.db.ids import global_id
from app.db.keys import Selection
from app.db.tables.account_jobs import AccountJob
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.db.tables.metrics import MetricBounds
from app.db.work import Work
from app.domain import metrics as figures
from app.domain import reports as rules
from app.domain.account_jobs import JobKind
from app.domain.delivery.attribution import Windows
from app.domain.metrics import FIGURES, Dimension, Figure, Freshness, Metric, Placement
from app.domain.reports import CURRENCY, FIGURE_COLUMNS, FRESHNESS, Column, Heading, Kind, ReportFormat, camel, moment
from app.resolvers import account_jobs as jobs
from app.resolvers.metrics import COLUMNS, MOST_DAYS, SUMS, TYPES, Days, Query, arranged, grouped

WRITE = "reports.write"
PAGE = 500  # rows that are held at once: as many as are made into Python's values while nobody else has a turn
NAMED: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "campaign_id": (Campaign, ("name",)),
    "ad_id": (Ad, ("title",)),
    "product_id": (Product, ("sku", "title")),
}
"""What a report says of the objects that rows are told apart by, beside their ids."""


KINDS: Mapping[type, Kind] = {Date: Kind.DAY, Integer: Kind.NUMBER}
Columns = Sequence[Sequence[Any]]
Maker = Callable[[Mapping[str, Sequence[Any]]], Sequence[Any]]
Part = tuple[Column, Maker]


async def create(work: Work, account_id: UUID, asked: Query, format: ReportFormat) -> AccountJob:
    """A job that writes the rows of the query to a file."""
    asked.check()
    kept = {"format": format.value, "query": written(asked)}
    return await jobs.request(work, account_id, JobKind.REPORT, kept, WRITE)


def written(asked: Query) -> dict[str, Any]:
    """A query as JSON keeps it. Its limit is none of a report's."""
    return {
        "first": asked.days.first.isoformat(),
        "last": asked.days.last.isoformat(),
        "dimensions": [each.name for each in asked.dimensions],
        "campaign_ids": None if asked.campaign_ids is None else [str(each) for each in asked.campaign_ids],
        "ad_ids": None if asked.ad_ids is None else [str(each) for each in asked.ad_ids],
        "placements": None if asked.placements is None else [each.name for each in asked.placements],
        "sort_by": asked.sort_by and asked.sort_by.name,
        "descending": asked.descending,
    }


def read(kept: Mapping[str, Any]) -> Query:
    return Query(
        days=Days(date.fromisoformat(kept["first"]), date.fromisoformat(kept["last"])),
        dimensions=[Dimension[each] for each in kept["dimensions"]],
        campaign_ids=None if kept["campaign_ids"] is None else [UUID(each) for each in kept["campaign_ids"]],
        ad_ids=None if kept["ad_ids"] is None else [UUID(each) for each in kept["ad_ids"]],
        placements=None if kept["placements"] is None else [Placement[each] for each in kept["placements"]],
        sort_by=Metric[kept["sort_by"]] if kept["sort_by"] else None,
        descending=kept["descending"],
        limit=1,  # which no report asks for
    )


# ---- what is written


@dataclass(frozen=True)
class Brief:
    """What is to be written, of whose figures, and as of when."""

    job_id: UUID
    account_id: UUID
    account_name: str
    currency: str
    zone: ZoneInfo
    asked: Query
    format: ReportFormat
    now: datetime
    final_before: datetime

    def freshness(self, day: date | None = None) -> Freshness:
        """How final the figures of a day are, or of all days."""
        days = self.asked.days
        start, end = figures.day_bounds(day or days.first, day or days.last, self.zone)
        return figures.freshness(start, end, self.now, self.final_before)


async def start(work: Work, id: UUID, attempt: int) -> Brief | None:
    """What is to be written, from its start; None where the job has ended."""
    job = await jobs.start(work, id, attempt)
    if job is None:
        return None
    # unscoped: the account of the job
    account = (await work.session.execute(select(*Account.__table__.c).where(Account.id == job.account_id))).one()
    asked, format = read(job.arguments["query"]), ReportFormat(job.arguments["format"])
    zone = ZoneInfo(account.time_zone)
    whose = (account.id, account.display_name, account.currency, zone)
    final_before = (await work.session.scalars(select(MetricBounds.final_before))).one()
    return Brief(job.id, *whose, asked, format, work.now, final_before)


async def count(database: Database, brief: Brief) -> int:
    """How many rows there are."""
    rows = grouped(brief.account_id, brief.asked, brief.asked.dimensions).subquery()
    async with database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(rows))).scalar_one()


@asynccontextmanager
async def pages(database: Database, brief: Brief) -> AsyncIterator[AsyncIterator[Columns]]:
    """The rows by the page, in the order of `metrics`: a page is the values of each of the heading's columns."""
    makers = [make for _, make in _parts(brief)]
    async with database.streaming(_rows(brief), PAGE) as found:
        yield _made(found, makers)


async def _made(found: AsyncIterator[Sequence[Any]], makers: Sequence[Maker]) -> AsyncIterator[Columns]:
    async for page in found:
        read = dict(zip(page[0]._fields, zip(*page, strict=True), strict=True))
        yield [make(read) for make in makers]


def heading(brief: Brief, windows: Windows) -> Heading:
    """What the file begins with, and what travels with its figures."""
    columns = [column for column, _ in _parts(brief)]
    meaning = rules.definitions(_facts(brief), brief.freshness(), columns, windows)
    days = brief.asked.days
    return Heading(rules.file_name(days.first, days.last), columns, brief.currency, meaning)


def _facts(brief: Brief) -> dict[str, Any]:
    asked = brief.asked
    return {
        "generatedAt": moment(brief.now),
        "account": {"id": global_id("Account", brief.account_id), "displayName": brief.account_name},
        "range": {"from": asked.days.first.isoformat(), "to": asked.days.last.isoformat()},
        "timeZone": brief.zone.key,
        "currency": brief.currency,
        "dimensions": [each.name for each in asked.dimensions],
        "campaignIds": asked.campaign_ids and [global_id("Campaign", each) for each in asked.campaign_ids],
        "adIds": asked.ad_ids and [global_id("Ad", each) for each in asked.ad_ids],
        "placements": asked.placements and [each.name for each in asked.placements],
        "sortBy": asked.sort_by and asked.sort_by.name,
    }


def _rows(brief: Brief) -> Selection:
    """The rows of `metrics` with what is said of the objects they are about."""
    by = grouped(brief.account_id, brief.asked, brief.asked.dimensions).subquery()
    names = _names(brief)
    rows = select(*(by.c[name] for name in (*names, *SUMS))).select_from(by)
    for name in filter(NAMED.__contains__, names):
        table, shown = NAMED[name]
        # unscoped: what rows of the job's account are about
        rows = rows.outerjoin(table, table.id == by.c[name])
        rows = rows.add_columns(*(table.__table__.c[each].label(f"{name}_{each}") for each in shown))
    return arranged(rows, brief.asked)


def _names(brief: Brief) -> list[str]:
    return [name for dimension in brief.asked.dimensions for name in COLUMNS[dimension]]


# ---- columns, and what makes their values of those that are read


def _parts(brief: Brief) -> list[Part]:
    dimensions = [part for name in _names(brief) for part in _of_dimension(name)]
    figured = zip(FIGURE_COLUMNS, map(_figure, FIGURES.values()), strict=True)
    return [*dimensions, *figured, (CURRENCY, _always(brief.currency)), *_of_freshness(brief)]


def _of_dimension(name: str) -> list[Part]:
    """The columns of one by which rows are told apart: it is the object of an id, or it stands for itself."""
    if not name.endswith("_id"):
        kind = next((kind for type_, kind in KINDS.items() if isinstance(TYPES[name], type_)), Kind.TEXT)
        return [(Column(camel(name), kind, (camel(name),)), _plain(name))]
    noun = camel(name.removesuffix("_id"))
    parts = [(Column(f"{noun}Id", Kind.TEXT, (noun, "id")), _identity(noun.capitalize(), name))]
    for each in NAMED[name][1] if name in NAMED else ():
        shown = Column(f"{noun}{each.capitalize()}", Kind.TEXT, (noun, each))
        parts.append((shown, _plain(f"{name}_{each}")))
    return parts


def _plain(name: str) -> Maker:
    return lambda read: [value.name if isinstance(value, Enum) else value for value in read[name]]


def _identity(type_name: str, name: str) -> Maker:
    known = lru_cache(PAGE)(partial(global_id, type_name))
    return lambda read: [known(id) for id in read[name]]


def _figure(figure: Figure) -> Maker:
    return lambda read: list(map(figure.of, *(read[name] for name in figure.counters)))


def _always(value: Any) -> Maker:
    return lambda read: [value] * len(read[SUMS[0]])


def _of_freshness(brief: Brief) -> list[Part]:
    """A day's, where rows are told apart by it, or the same for all."""
    ways = (lambda f: f.state.value, lambda f: f.complete_through, lambda f: f.final_by)
    if Dimension.DAY not in brief.asked.dimensions:
        return [(column, _always(way(brief.freshness()))) for column, way in zip(FRESHNESS, ways, strict=True)]
    fresh = lru_cache(MOST_DAYS)(brief.freshness)
    return [(column, _fresh(fresh, way)) for column, way in zip(FRESHNESS, ways, strict=True)]


def _fresh(fresh: Callable[[date], Freshness], way: Callable[[Freshness], Any]) -> Maker:
    return lambda read: [way(fresh(day)) for day in read["day"]]
