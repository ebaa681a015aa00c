"""Forgetting: keys of events that nobody may report again, and events that were kept long enough. Rollups stay."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, literal_column, select, tuple_

from app.db import parts
from app.db.tables.metrics import AdEvent, DetailPageView, EventKey
from app.db.work import Work
from app.resolvers.delivery import bounds

MOST = 5_000  # rows of one transaction


async def forget_keys(work: Work) -> bool:
    """Delete keys that are past their day; whether there are more."""
    key = tuple_(*EventKey.__table__.primary_key)
    past = select(*EventKey.__table__.primary_key).where(EventKey.forget_on < work.now.date()).limit(MOST)
    return await _deleted(work, delete(EventKey).where(key.in_(past)))


async def forget_days(work: Work, keep: timedelta) -> None:
    """Drop the days of events before what is kept, where each has a table, and make those to come."""
    before = _first_kept(work, keep)
    await bounds.drop_before(work, before)
    await parts.drop(work.session, before.date())
    await parts.make(work.session, work.now.date())


async def forget_events(work: Work, keep: timedelta) -> bool:
    """Delete events and visits before what is kept; whether there are more."""
    before = _first_kept(work, keep)
    rows, row = _undivided(work)
    # unscoped: of all accounts
    past = select(row).select_from(rows).where(rows.c.day <= before.date(), rows.c.starts_at < before).limit(MOST)
    gone = delete(rows).where(row.in_(past))  # unscoped: likewise
    more = await _deleted(work, gone)
    # unscoped: likewise, of all of them
    visits = select(DetailPageView.id).where(DetailPageView.starts_at < before).limit(MOST)
    # unscoped: likewise, of all of them
    gone = delete(DetailPageView).where(DetailPageView.id.in_(visits))
    return await _deleted(work, gone) or more


def _undivided(work: Work) -> tuple[Any, Any]:
    """The table that holds events of days without one of their own, and what tells its rows apart."""
    if work.session.get_bind().dialect.name == "postgresql":
        return parts.REST, literal_column("ctid")
    return AdEvent.__table__, literal_column("rowid")


def _first_kept(work: Work, keep: timedelta) -> datetime:
    return datetime.combine((work.now - keep).date(), time(), UTC)


async def _deleted(work: Work, statement: Any) -> bool:
    found: Any = await work.session.execute(statement.execution_options(synchronize_session=False))
    return found.rowcount == MOST
