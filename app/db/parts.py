"""Days of events on PostgreSQL, each a table of its own: made ahead, and dropped as a whole. SQLite has one table."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import DDL, Date, column, exists, func, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import UtcDateTime

AHEAD = 7  # days made before they come
PATIENCE = DDL("SET LOCAL lock_timeout = '3s'")  # those who write events wait behind whoever makes or drops a day
REST = table("ad_event_rest", column("starts_at", UtcDateTime()), column("day", Date()))  # of days made too late
_TABLES = table("pg_tables", column("tablename"), column("schemaname"))


async def make(session: AsyncSession, today: date) -> None:
    """See that the coming days have tables; a day of which there are events in the rest already stays there."""
    if session.get_bind().dialect.name != "postgresql":
        return
    await session.execute(PATIENCE)
    known = await _days(session)
    for day in (today + timedelta(days=n) for n in range(AHEAD + 1)):
        start, end = _midnight(day), _midnight(day + timedelta(days=1))
        # unscoped: whether there are any, whosever
        begun = select(exists().where(REST.c.starts_at >= start, REST.c.starts_at < end))
        if day not in known and not await session.scalar(begun):
            bounds = f"FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
            await session.execute(DDL(f"CREATE TABLE {_name(day)} PARTITION OF ad_event FOR VALUES {bounds}"))


async def drop(session: AsyncSession, before: date) -> int:
    """Drop the days before one. How many there were."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    await session.execute(PATIENCE)
    past = [day for day in await _days(session) if day < before]
    for day in past:
        await session.execute(DDL(f"DROP TABLE {_name(day)}"))
    return len(past)


async def _days(session: AsyncSession) -> Sequence[date]:
    """The days that have tables."""
    mine = (_TABLES.c.schemaname == func.current_schema()) & _TABLES.c.tablename.like("ad\\_event\\_2%")
    names = await session.scalars(select(_TABLES.c.tablename).where(mine))
    return [date.fromisoformat(name.removeprefix("ad_event_")) for name in names]


def _name(day: date) -> str:
    return f"ad_event_{day:%Y%m%d}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
