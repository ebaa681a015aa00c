"""Where prepared statements run: on asyncpg's own pool, in SQLite's reading threads, or on the connection of a Work."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import local
from typing import Any, Protocol

import asyncpg
import orjson
from sqlalchemy.engine import URL

Rows = Sequence[Iterable[Any]]
CACHED_STATEMENTS = 512
LOST = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
SETTINGS = {"jit": "off"}  # compiling a statement takes longer than any of ours runs


class Driver(Protocol):
    """Runs a statement's text as it is."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> Rows: ...


class PostgresReads:
    """A pool for single reading statements: each is a transaction of its own, so there is nothing to reset."""

    def __init__(self, url: URL, size: int) -> None:
        self._dsn, self._size = url.set(drivername="postgresql").render_as_string(hide_password=False), size
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def fetch(self, sql: str, values: Sequence[Any]) -> Rows:
        """Read again where a connection was lost: all of the pool may have been, and reading twice changes nothing."""
        pool = self._pool or await self._open()
        for _ in range(self._size + 1):
            with suppress(*LOST):
                async with pool.acquire() as connection:
                    return await connection.fetch(sql, *values)
        async with pool.acquire() as connection:
            return await connection.fetch(sql, *values)

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn, min_size=0, max_size=self._size, init=_prepare, reset=_keep, server_settings=SETTINGS
                )
        return self._pool

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()


async def _prepare(connection: asyncpg.Connection) -> None:
    """JSON columns come as Python values, as SQLAlchemy's own connections give them."""
    await connection.set_type_codec("json", encoder=str, decoder=orjson.loads, schema="pg_catalog")


async def _keep(_: asyncpg.Connection) -> None:
    """Nothing was begun, locked or listened to."""


class SqliteReads:
    """Threads with a reading connection each: the event loop never waits for a statement."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], threads: int) -> None:
        self._connect, self._threads = connect, threads
        self._own = local()
        self._opened: list[sqlite3.Connection] = []
        self._pool: ThreadPoolExecutor | None = None

    async def fetch(self, sql: str, values: Sequence[Any]) -> Rows:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "endcap-reads")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._fetch, sql, values)

    def _fetch(self, sql: str, values: Sequence[Any]) -> Rows:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._connect()
            self._opened.append(connection)
        return connection.execute(sql, values).fetchall()

    async def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        while self._opened:
            self._opened.pop().close()


class Borrowed:
    """The connection that a Work has, which sees what the Work has changed."""

    def __init__(self, connection: Any) -> None:
        """*connection* is the driver's: asyncpg's or aiosqlite's."""
        self._connection = connection

    async def fetch(self, sql: str, values: Sequence[Any]) -> Rows:
        if isinstance(self._connection, asyncpg.Connection):
            return await self._connection.fetch(sql, *values)
        return await self._connection.execute_fetchall(sql, values)
