"""How far figures are final, and from when on events are kept: read while counting, moved on by jobs (I14)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from app.db.tables.metrics import MetricBounds
from app.db.work import Work
from app.domain.metrics import FINAL_AFTER

COUNTING = 0x656E6463_61700001  # PostgreSQL's number of the lock between counting and closing: "endcap", 1


async def hold(work: Work) -> datetime:
    """Before which moment figures are final; they are not closed further until this transaction ends.

    On SQLite the one writer at a time is enough. On PostgreSQL those who count share a lock that closing waits for.
    """
    if work.session.get_bind().dialect.name == "postgresql":
        await work.session.execute(select(func.pg_advisory_xact_lock_shared(COUNTING)))
    return (await work.session.scalars(select(MetricBounds.final_before))).one()


async def stop(work: Work) -> None:
    """Nothing is counted until this transaction ends."""
    if work.session.get_bind().dialect.name == "postgresql":
        await work.session.execute(select(func.pg_advisory_xact_lock(COUNTING)))


async def close(work: Work) -> datetime:
    """Make the figures final that are due: of hours that ended 72 hours ago. Before which moment all are by now.

    Zones begin their hours at quarters of ours.
    """
    await stop(work)
    due = work.now - FINAL_AFTER
    due -= timedelta(minutes=due.minute % 15, seconds=due.second, microseconds=due.microsecond)
    await _move_on(work, MetricBounds.final_before, due)
    return (await work.session.scalars(select(MetricBounds.final_before))).one()


async def kept_from(work: Work) -> datetime | None:
    """From when on all events are kept; None: ever."""
    return (await work.session.scalars(select(MetricBounds.kept_from))).one()


async def drop_before(work: Work, moment: datetime) -> None:
    """Events before *moment* are no longer all there."""
    await _move_on(work, MetricBounds.kept_from, moment)


async def _move_on(work: Work, column: Any, to: datetime) -> None:
    """A clock that goes wrong never moves a bound back."""
    behind = column.is_(None) | (column < to)
    await work.session.execute(update(MetricBounds).where(behind).values({column.key: to}))
