"""Connections: one writer at a time and several readers on SQLite, one pool on PostgreSQL."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import aiosqlite
import asyncpg
from sqlalchemy import Dialect, event, exc
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from uuid_utils.compat import uuid7

from app.db.drivers import CACHED_STATEMENTS, PostgresReads, SqliteReads
from app.db.json import register
from app.db.keys import Selection
from app.db.prepared import Prepared

READING_THREADS = 2  # sqlite3 lets other threads run while a statement does
PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "busy_timeout=5000",
    "mmap_size=268435456",
    "wal_autocheckpoint=16000",  # pages, 64 MB: what many commits write is copied once
)
WRITING = ("cache_size=-65536",)  # KiB: a transaction's pages are written once, when it ends
IDLE, USED = 1.0, "used"  # seconds after which a connection may have been cut; what cuts it meanwhile is met again
POOL = {"pool_size": 10, "max_overflow": 0, "pool_timeout": 10, "hide_parameters": True}  # they may be secrets


@dataclass(frozen=True)
class Database:
    """Three ways in: `writer` opens transactions, `reader` runs single statements, `reads` prepared ones."""

    writer: AsyncEngine
    reader: AsyncEngine
    reads: PostgresReads | SqliteReads
    reactions: Mapping[Any, Sequence[Callable[..., Awaitable[None]]]] = field(default_factory=dict)
    """What follows from an event within its transaction: resolvers that are given the Work and the event's subject."""
    listeners: list[Callable[[], Any]] = field(default_factory=list)
    """Who in this process is told that changes were committed; it saves time, the table is the truth."""
    ids: Callable[[], UUID] = uuid7
    """Makes the ids of new rows; a simulation has its own, so that it can be replayed."""
    _prepared: dict[Callable[[], Selection], Prepared] = field(default_factory=dict)

    @classmethod
    def at(cls, url: str, reactions: Mapping[Any, Any] | None = None, ids: Callable[[], UUID] = uuid7) -> "Database":
        """The database of an SQLAlchemy URL; the driver is chosen here: aiosqlite or asyncpg."""
        target, following = make_url(url), reactions or {}
        if target.get_backend_name() == "sqlite":
            target = target.set(drivername="sqlite+aiosqlite")
            writer, reader = (_sqlite(target, pool_size=1, writes=True), _sqlite(target, pool_size=4, writes=False))
            reads = SqliteReads(partial(_reading, target.database or ""), READING_THREADS)
            return cls(writer, reader, reads, following, ids=ids)
        engine = _postgresql(target.set(drivername="postgresql+asyncpg"))
        return cls(engine, engine, PostgresReads(target, POOL["pool_size"]), following, ids=ids)

    def prepared(self, build: Callable[[], Selection]) -> Prepared:
        """The statement that a function of a module builds, prepared when it is first asked for."""
        if build not in self._prepared:
            self._prepared[build] = Prepared(build(), self.dialect)
        return self._prepared[build]

    @property
    def dialect(self) -> Dialect:
        return self.reader.dialect

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection in autocommit: nothing to begin, nothing to reset."""
        async with self.reader.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def streaming(self, rows: Selection, page: int) -> AsyncIterator[AsyncIterator[Sequence[Any]]]:
        """Rows by the page, as of one moment: the database holds what is not taken yet. It takes a connection."""
        async with self.reader.connect() as connection:
            stream = await connection.stream(rows, execution_options={"yield_per": page})
            try:
                yield stream.partitions()
            finally:
                await stream.close()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees all as of one moment, and keeps nobody from writing meanwhile."""
        async with self.reader.connect() as connection:
            if self.dialect.name == "sqlite":
                await connection.exec_driver_sql("BEGIN")
            else:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    async def close(self) -> None:
        await self.reads.close()
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def _sqlite(url: Any, *, pool_size: int, writes: bool) -> AsyncEngine:
    engine = create_async_engine(url, **{**POOL, "pool_size": pool_size})

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin ourselves, below
        cursor = connection.cursor()
        for pragma in (*PRAGMAS, *(WRITING if writes else ())):
            cursor.execute(f"pragma {pragma}")
        cursor.close()
        connection.run_async(_register)

    if writes:

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # a writer takes its turn at once, not at its first write

        @event.listens_for(engine.sync_engine, "invalidate")
        def undo(connection: Any, *_: Any) -> None:
            """Whoever was canceled while reading may leave a statement that is not at its end, and the lock with it.

            SQLite closes such a connection only when nobody knows of the statement any more.
            """
            driver = connection.driver_connection
            if (known := driver._connection) is not None:  # noqa: SLF001 - its own `rollback` is waited for
                driver._tx.put_nowait((None, known.rollback))  # noqa: SLF001 - likewise: done before it is closed

    return engine


def _postgresql(url: Any) -> AsyncEngine:
    """Connections are asked whether they live where they were not used for a moment: that takes three round trips."""
    engine = create_async_engine(url, **POOL)

    @event.listens_for(engine.sync_engine, "checkin")
    def note(_: Any, record: Any) -> None:
        record.info[USED] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def ask(connection: Any, record: Any, _: Any) -> None:
        now = monotonic()
        is_idle = now - record.info.get(USED, now) > IDLE
        if is_idle and not engine.dialect._do_ping_w_event(connection):  # noqa: SLF001 - as `pool_pre_ping` does
            raise exc.InvalidatePoolError

    return engine


def _reading(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=CACHED_STATEMENTS
    )
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")
    register(connection)
    return connection


async def _register(connection: aiosqlite.Connection) -> None:
    """The same functions on a connection of aiosqlite, in its own thread."""
    await connection._execute(register, connection._conn)  # noqa: SLF001 - it offers only `create_function`, one by one


DRIVERS = (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError)  # from statements run without SQLAlchemy
FAULTS = (exc.DBAPIError, exc.TimeoutError, OSError, *DRIVERS)  # what a database out of reach may raise
# SQLSTATE: no connection, no such user, no such database, rolled back for another's sake, no room, shut down
AWAY = {"08", "28", "3D", "40", "53", "57"}


def is_away(fault: BaseException) -> bool:
    """Whether the fault is the database being out of reach, locked or full: try again later, nothing is wrong here."""
    if isinstance(fault, exc.TimeoutError | OSError):  # refused, no such host, no such folder
        return True
    if isinstance(fault, exc.DBAPIError):
        if fault.connection_invalidated:
            return True
        fault = fault.orig or fault
    if isinstance(fault, sqlite3.OperationalError):
        return any(word in str(fault) for word in ("locked", "full", "readonly", "unable to open", "I/O"))
    if isinstance(fault, asyncpg.InterfaceError):
        return "closed" in str(fault)
    sqlstate = getattr(fault, "sqlstate", None) or ""
    return sqlstate[:2] in AWAY


def is_undone(fault: BaseException | None) -> bool:
    """Whether a transaction surely left nothing, and may be done again.

    PostgreSQL undid it for the sake of another one (40001, 40P01), or its connection was lost at a statement; where
    that happens at the COMMIT, which is no statement of ours, nobody knows.
    """
    if isinstance(fault, exc.DBAPIError) and fault.connection_invalidated:
        return fault.statement is not None
    return str(getattr(getattr(fault, "orig", fault), "sqlstate", None) or "").startswith("40")
