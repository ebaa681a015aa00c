"""Connections: one writer at a time and several readers on SQLite, one pool on PostgreSQL."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, exc
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

PRAGMAS = ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=5000", "mmap_size=268435456")
POOL = {"pool_size": 10, "max_overflow": 0, "pool_timeout": 10}


@dataclass(frozen=True)
class Database:
    """Two ways in: `writer` opens transactions, `reader` runs single statements without one."""

    writer: AsyncEngine
    reader: AsyncEngine

    @classmethod
    def at(cls, url: str) -> "Database":
        """The database of an SQLAlchemy URL; the driver is chosen here: aiosqlite or asyncpg."""
        target = make_url(url)
        if target.get_backend_name() == "sqlite":
            target = target.set(drivername="sqlite+aiosqlite")
            return cls(_sqlite(target, pool_size=1, writes=True), _sqlite(target, pool_size=4, writes=False))
        engine = create_async_engine(target.set(drivername="postgresql+asyncpg"), pool_pre_ping=True, **POOL)
        return cls(engine, engine)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection in autocommit: nothing to begin, nothing to reset."""
        async with self.reader.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def close(self) -> None:
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def _sqlite(url: Any, *, pool_size: int, writes: bool) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=10)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin ourselves, below
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"pragma {pragma}")
        cursor.close()

    if writes:

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # a writer takes its turn at once, not at its first write

    return engine


FAULTS = (exc.DBAPIError, exc.TimeoutError, OSError)  # what a database out of reach may raise
# SQLSTATE: no connection, no such user, no such database, rolled back for another's sake, no room, shut down
AWAY = {"08", "28", "3D", "40", "53", "57"}


def is_away(fault: BaseException) -> bool:
    """Whether the fault is the database being out of reach, locked or full: try again later, nothing is wrong here."""
    if isinstance(fault, exc.TimeoutError | OSError):  # refused, no such host, no such folder
        return True
    if not isinstance(fault, exc.DBAPIError):
        return False
    if fault.connection_invalidated:
        return True
    if isinstance(fault.orig, sqlite3.OperationalError):
        return any(word in str(fault.orig) for word in ("locked", "full", "readonly", "unable to open", "I/O"))
    sqlstate = getattr(fault.orig, "sqlstate", None) or ""
    return sqlstate[:2] in AWAY
