"""The benchmark's databases, SQLite and PostgreSQL alike: filled once for a scale, tidied between the runs."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from bench.data import Size, Table, tables

HOME = Path(__file__).parents[1]
PLACE = HOME / "var" / "bench"
CHANGED = "total_budget_micros = 1000000000000, version = 1"  # what operation D changes, as data.py makes it


class Store(Protocol):
    """One database; `url` is as Endcap's ENDCAP_DATABASE_URL takes it."""

    url: str

    async def mark(self) -> str | None:
        """The mark of the data in it, None where it is not filled."""
        ...

    async def empty(self) -> None:
        """Make the database anew, without tables."""
        ...

    async def fill(self, content: Iterable[Table], mark: str) -> None:
        """Put rows into the tables, gather statistics, remember the mark."""
        ...

    async def rows(self, statement: str) -> list[tuple[Any, ...]]: ...

    async def tidy(self) -> None:
        """Undo what operation D did, so that none finds the remains of another's writing."""
        ...

    async def clear(self, tables: Sequence[str]) -> None:
        """Empty some tables, and leave nothing dead in the others: nobody else may be there to do it."""
        ...


class Sqlite:
    """A file under var/bench for each scale."""

    def __init__(self, size: Size) -> None:
        self.path = PLACE / f"scale-{size.scale:g}.db"
        self.url = f"sqlite:///{self.path}"

    async def mark(self) -> str | None:
        if not self.path.exists():
            return None
        try:
            return (await self.rows("select mark from bench"))[0][0]
        except (sqlite3.Error, IndexError):
            return None

    async def empty(self) -> None:
        _remove(self.path)

    async def fill(self, content: Iterable[Table], mark: str) -> None:
        for kind, text in ADAPTERS.items():
            sqlite3.register_adapter(kind, text)
        with closing(self._connect()) as connection:
            connection.execute("pragma synchronous=off")
            connection.execute("begin")
            for table in content:
                columns = table.columns.split()
                marks = ", ".join("?" * len(columns))
                connection.executemany(
                    f'insert into "{table.name}" ({", ".join(columns)}) values ({marks})', table.rows
                )
            connection.execute("create table bench (mark text)")
            connection.execute("insert into bench values (?)", (mark,))
            connection.execute("commit")
            connection.execute("analyze")
            connection.execute("pragma wal_checkpoint(truncate)")

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return connection.execute(statement).fetchall()

    async def tidy(self) -> None:
        with closing(self._connect()) as connection:
            connection.execute("delete from change")
            connection.execute(f"update campaign set {CHANGED} where version > 1")
            connection.execute("pragma wal_checkpoint(truncate)")

    async def clear(self, tables: Sequence[str]) -> None:
        with closing(self._connect()) as connection:
            for table in tables:
                connection.execute(f"delete from {table}")
            connection.execute("pragma wal_checkpoint(truncate)")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None, timeout=30)


def _remove(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


# As SQLAlchemy keeps them on SQLite.
ADAPTERS: dict[type, Any] = {
    UUID: lambda value: value.hex,
    datetime: lambda value: value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    date: date.isoformat,
}


class Postgres:
    """A database of a server for each scale: endcap_bench, endcap_bench_10, ..."""

    def __init__(self, server: str, size: Size) -> None:
        self.name = "endcap_bench" + ("" if size.scale == 1 else f"_{size.scale:g}".replace(".", "_"))
        self.server = server
        self.url = urlunsplit(urlsplit(server)._replace(path=f"/{self.name}"))

    async def mark(self) -> str | None:
        try:
            return (await self.rows("select mark from bench"))[0][0]
        except (asyncpg.InvalidCatalogNameError, asyncpg.UndefinedTableError, IndexError):
            return None

    async def empty(self) -> None:
        connection = await asyncpg.connect(self.server)
        try:
            await connection.execute(f'drop database if exists "{self.name}"')
            await connection.execute(f'create database "{self.name}"')
        finally:
            await connection.close()

    async def fill(self, content: Iterable[Table], mark: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            async with connection.transaction():
                # The rows refer to each other by construction; checking it takes longer than writing them.
                await connection.execute("set local session_replication_role = replica")
                for table in content:
                    columns = table.columns.split()
                    await connection.copy_records_to_table(table.name, records=table.rows, columns=columns)
                await connection.execute("create table bench (mark text)")
                await connection.execute("insert into bench values ($1)", mark)
            await connection.execute("vacuum analyze")
        finally:
            await connection.close()

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def tidy(self) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute("truncate change")
            await connection.execute(f"update campaign set {CHANGED} where version > 1")
            await connection.execute("vacuum analyze campaign")
        finally:
            await connection.close()

    async def clear(self, tables: Sequence[str]) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"truncate {', '.join(tables)}")
            await connection.execute("vacuum")
        finally:
            await connection.close()


async def prepare(store: Store, size: Size, checkout: Path) -> bool:
    """Migrate with the checkout's own command and fill; False where the data of that size were there already."""
    found = await store.mark()
    if found != size.mark:
        await store.empty()
    migrate(store.url, checkout)
    if found == size.mark:
        return False
    await store.fill(tables(size), size.mark)
    return True


def migrate(url: str, checkout: Path) -> None:
    """`endcap migrate` of a checkout."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "migrate"]
    settings = {"ENDCAP_DATABASE_URL": url, "PYTHONPATH": str(checkout)}
    subprocess.run(command, cwd=checkout, env={**os.environ, **settings}, check=True, stdout=subprocess.DEVNULL)
