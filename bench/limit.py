"""The limit: what an operation costs at least. A bare ASGI application, one statement of limit_sql.py a request.

`PORT=... DATABASE_URL=... python -m uvicorn bench.limit:app`; a request's document is known by its operationName.
"""

import asyncio
import os
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.db.fulltext import translated
from app.domain.search import Search
from bench import limit_sql as sql

CONNECTIONS = 10  # as many as Endcap opens on PostgreSQL
PRAGMAS = ("journal_mode=wal", "synchronous=full", "busy_timeout=5000", "mmap_size=268435456")  # as Endcap sets them
Arguments = list[Any]
"""Of a statement: the session's hash, a key (UUID), then days, micros or words."""
Forms = tuple[int, ...]
"""How many forms each word of a search has."""


class Postgres:
    """Ten connections; statements are prepared once a connection and nothing is reset between requests."""

    language = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self._statements = _statements(sql.POSTGRES) | {"D": sql.raise_budget_postgres()}

    async def open(self) -> None:
        settings = {"min_size": CONNECTIONS, "max_size": CONNECTIONS, "reset": _nothing}
        self._pool = await asyncpg.create_pool(self._url, **settings)

    async def answer(self, name: str, arguments: Arguments, forms: Forms) -> str | None:
        statement = self._statements.get(name) or _search(sql.POSTGRES, forms)
        return await self._pool.fetchval(statement, *arguments)


class Sqlite:
    """A connection that reads and one that writes, each in its thread."""

    language = "sqlite"

    def __init__(self, url: str) -> None:
        self._path = url.removeprefix("sqlite:///")
        self._statements = _statements(sql.SQLITE)
        self._threads = {place: ThreadPoolExecutor(1) for place in ("reader", "writer")}

    async def open(self) -> None:
        self._reader, self._writer = self._connect(), self._connect()

    async def answer(self, name: str, arguments: Arguments, forms: Forms) -> str | None:
        plain = [_plain(argument) for argument in arguments]
        work, thread = (self._write, "writer") if name == "D" else (self._read, "reader")
        return await asyncio.get_running_loop().run_in_executor(self._threads[thread], work, name, plain, forms)

    def _read(self, name: str, arguments: Arguments, forms: Forms) -> str | None:
        statement = self._statements.get(name) or _search(sql.SQLITE, forms)
        row = self._reader.execute(statement, arguments).fetchone()
        return row and row[0]

    def _write(self, _: str, arguments: Arguments, __: Forms) -> str | None:
        history, update = sql.raise_budget_sqlite()
        self._writer.execute("begin immediate")
        self._writer.execute(history, arguments)
        rows = self._writer.execute(update, arguments).fetchall()
        self._writer.execute("commit")
        return rows[0][0] if rows else None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.create_function("global_id", 2, _global_id, deterministic=True)
        for pragma in PRAGMAS:
            connection.execute(f"pragma {pragma}")
        return connection


def _statements(dialect: sql.Dialect) -> dict[str, str]:
    return {"A": sql.viewer(dialect), "B": sql.dashboard(dialect), "C": sql.series(dialect)}


_search = cache(sql.search)


async def _nothing(_: Any) -> None:
    """No reset when a connection goes back to the pool: every statement is a transaction of its own."""


def _global_id(prefix: str, key: str) -> str:
    return urlsafe_b64encode(prefix.encode() + bytes.fromhex(key)).decode().rstrip("=")


def _key(global_id: str) -> UUID:
    return UUID(bytes=urlsafe_b64decode(global_id + "==").partition(b":")[2])


def _plain(value: Any) -> Any:
    """As SQLite keeps it."""
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat() if isinstance(value, date) else value


def _days(given: dict[str, str]) -> Arguments:
    return [date.fromisoformat(given["from"]), date.fromisoformat(given["to"])]


@cache
def _sought(query: str, language: str) -> tuple[Arguments, Forms]:
    """What the statement takes, known beforehand for each query: reading them is not what is measured."""
    search = Search.of(query)
    arguments: Arguments = [f" ={search.number} ", translated(search.every, language)]
    for forms, known, loose in zip(search.forms, search.known, search.loose, strict=True):
        arguments += [*(f" {form} " for form in forms), translated(f"{known}|{loose}", language)]
    return arguments, tuple(map(len, search.forms))


ARGUMENTS: dict[str, Callable[[dict[str, Any]], Arguments]] = {
    "A": lambda _: [],
    "B": lambda given: [_key(given["accountId"]), *_days(given["range"])],
    "C": lambda given: [_key(given["id"]), *_days(given["range"])],
    "D": lambda given: [_key(given["id"]), int(given["micros"])],
    "E": lambda given: [_key(given["accountId"])],
}

URL = os.environ.get("DATABASE_URL", "")
store = Sqlite(URL) if URL.startswith("sqlite") else Postgres(URL)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    answer = await _answer(dict(scope["headers"]), orjson.loads(body))
    status, content = (200, answer.encode()) if answer else (401, b'{"errors":[{"message":"not allowed"}]}')
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _answer(headers: dict[bytes, bytes], asked: dict[str, Any]) -> str | None:
    token = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
    name, given = asked["operationName"], asked.get("variables") or {}
    more, forms = _sought(given["query"], store.language) if name == "E" else ([], ())
    return await store.answer(name, [sha256(token).hexdigest(), *ARGUMENTS[name](given), *more], forms)


async def _live(receive: Any, send: Any) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            event = (await receive())["type"]
            if event == "lifespan.startup":
                await store.open()
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return
