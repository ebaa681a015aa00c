"""Rollups made anew from the events: they equal those that were added up as the events came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, and_, case, cast, delete, func, insert, literal, or_, select, union_all

from app.db.keys import Selection
from app.db.tables.campaigns import Ad
from app.db.tables.metrics import AdEvent, DetailPageView, MetricHour, TargetHour
from app.db.work import Work
from app.domain.delivery.attribution import After
from app.domain.delivery.events import EventKind
from app.resolvers.delivery import bounds
from app.resolvers.delivery.rollups import COUNTERS

DAY = timedelta(days=1)
PLACE = ("ad_id", "placement", "position", "starts_at")
ROLLUPS: Mapping[Any, tuple[str, ...]] = {MetricHour: PLACE, TargetHour: (*PLACE, "target")}
OWNERS = ("account_id", "campaign_id", "product_id")
NOTHING: Mapping[str, int] = {name: 0 for name in COUNTERS}  # noqa: C420


@dataclass(frozen=True)
class Difference:
    """A row of a rollup that is not what the events say; where there is no row, all its counters are 0."""

    table: str
    place: Mapping[str, Any]
    kept: Mapping[str, int]
    events: Mapping[str, int]

    def __str__(self) -> str:
        place = " ".join(f"{name}={_shown(value)}" for name, value in self.place.items())
        wrong = [name for name in COUNTERS if self.kept[name] != self.events[name]]
        says = ", ".join(f"{name} is {self.kept[name]}, by the events {self.events[name]}" for name in wrong)
        return f"{self.table} {place}: {says or 'no event is behind this row'}"


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value.value if isinstance(value, Enum) else value)


async def days(work: Work) -> list[date]:
    """The days, by UTC, of which all events are kept and something was counted."""
    first = await bounds.kept_from(work) or datetime(2000, 1, 1, tzinfo=UTC)
    found: set[date] = set()
    for table in (AdEvent, DetailPageView, *ROLLUPS):
        # unscoped: of all accounts
        moments = await work.session.scalars(select(table.starts_at).where(table.starts_at >= first).distinct())
        found |= {moment.date() for moment in moments}
    return sorted(found)


async def compare(work: Work, day: date) -> Difference | None:
    """The first difference of a day; nothing is counted meanwhile."""
    await bounds.stop(work)
    for table, keys in ROLLUPS.items():
        kept, events = _kept(table, keys, day), _expected(table, keys, day)
        odd = [await _odd(work, *pair, keys) for pair in ((kept, events), (events, kept))]
        place = min(filter(None, odd), key=lambda place: [str(value) for value in place.values()], default=None)
        if place is not None:
            there, right = [await _at(work, rows, place) for rows in (kept, events)]
            return Difference(table.__tablename__, place, there, right)
    return None


async def rebuild(work: Work, day: date) -> None:
    """Make the rollups of a day anew; nothing is counted meanwhile."""
    await bounds.stop(work)
    for table, keys in ROLLUPS.items():
        # unscoped: of all accounts
        await work.session.execute(delete(table).where(_within(table, day)))
        rows = _expected(table, keys, day, "day", "hour").subquery()
        names = [*keys, "day", "hour", *COUNTERS]
        # unscoped: the ads of those events
        whole = select(*(rows.c[name] for name in names), *(getattr(Ad, name) for name in OWNERS))
        whole = whole.join_from(rows, Ad, Ad.id == rows.c.ad_id)  # unscoped: likewise
        await work.session.execute(insert(table).from_select([*names, *OWNERS], whole))


async def _odd(work: Work, one: Selection, other: Selection, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """The first place, by its keys, where one has a row that the other has not."""
    rows = one.except_(other).subquery()
    order = [rows.c[name] for name in keys]
    found = (await work.session.execute(select(*order).order_by(*order).limit(1))).mappings().first()
    return dict(found) if found else None


async def _at(work: Work, rows: Selection, place: Mapping[str, Any]) -> Mapping[str, int]:
    them = rows.subquery()
    mine = and_(*(them.c[name] == value for name, value in place.items()))
    found = (await work.session.execute(select(*(them.c[name] for name in COUNTERS)).where(mine))).mappings().first()
    return {name: int(found[name]) for name in COUNTERS} if found else NOTHING


def _within(table: Any, day: date) -> Any:
    """What began on a day by UTC; the index has the account's own, which may be the one before or after."""
    start = datetime.combine(day, time(), UTC)
    return table.day.between(day - DAY, day + DAY) & (table.starts_at >= start) & (table.starts_at < start + DAY)


def _kept(table: Any, keys: tuple[str, ...], day: date) -> Selection:
    # unscoped: of all accounts
    return select(*(getattr(table, name) for name in (*keys, *COUNTERS))).where(_within(table, day))


def _expected(table: Any, keys: tuple[str, ...], day: date, *also: str) -> Selection:
    """What the events of a day say; *also* are the least of further columns."""
    each = union_all(_events(day), _visits(day)).subquery()
    sums = [cast(func.sum(each.c[name]), BigInteger).label(name) for name in COUNTERS]
    least = [func.min(each.c[name]).label(name) for name in also]
    rows = select(*(each.c[name] for name in keys), *least, *sums).group_by(*(each.c[name] for name in keys))
    return rows.where(each.c.target > 0) if table is TargetHour else rows


def _events(day: date) -> Selection:
    """Each event, with 1 or its charge where it counts: the same rules as `Additions.event`."""
    seen, valid = AdEvent.kind == EventKind.IMPRESSION, AdEvent.invalid.is_(None)
    clicked = ~seen & valid
    counts = {
        "impressions": case((seen, 1), else_=0),
        "clicks": case((clicked, 1), else_=0),
        "unbilled_clicks": case((clicked & (AdEvent.charged_micros == 0) & (AdEvent.price_micros > 0), 1), else_=0),
        "invalid_clicks": case((~seen & ~valid, 1), else_=0),
        "spend_micros": AdEvent.charged_micros,
    }
    return _counted(AdEvent, counts).where(_within(AdEvent, day), or_(~seen, valid))


def _visits(day: date) -> Selection:
    after = DetailPageView.after == After.CLICK
    counts = {
        "detail_page_views_after_click": case((after, 1), else_=0),
        "detail_page_views_after_view": case((after, 0), else_=1),
    }
    return _counted(DetailPageView, counts).where(_within(DetailPageView, day))


def _counted(table: Any, counts: Mapping[str, Any]) -> Selection:
    place = [getattr(table, name) for name in (*PLACE, "target", "day", "hour")]
    # unscoped: of all accounts
    return select(*place, *(cast(counts.get(name, literal(0)), BigInteger).label(name) for name in COUNTERS))
