"""Many rows in one statement, whose text is the same, whatever their number.

Where nothing is returned, SQLite takes them as the values of a few statements: see `_Writing`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    Dialect,
    String,
    Table,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy import Text as LongText
from sqlalchemy import insert as into
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.types import TypeEngine, UserDefinedType

from app.db.base import Text
from app.db.keys import Selection
from app.db.values import made_once

Rows = Sequence[Sequence[Any]]
"""Rows whose values stand in the order of some columns."""
MANY = 256, 64
"""How many rows a statement of SQLite's has: its text and its plan are kept for each."""
_SENT = "given"
EVERY = literal_column("1 = 1")  # what an INSERT selects from needs a condition before ON CONFLICT on SQLite


class Given:
    """Rows that a statement is given: a SELECT of them, in their order.

    SQLite is sent a JSON text of them, PostgreSQL an array of each column, which it reads in half the time.
    """

    def __init__(self, columns: Mapping[str, TypeEngine[Any]], dialect: Dialect) -> None:
        self._is_sqlite = dialect.name == "sqlite"
        self._made = _Made(columns.values(), dialect, nested=self._is_sqlite)
        self._names = [f"{_SENT}_{name}" for name in columns]
        self.rows = _of_text(columns) if self._is_sqlite else _of_arrays(columns)

    def sent(self, rows: Rows) -> dict[str, Any]:
        if self._is_sqlite:
            return {_SENT: _text(self._made.rows(rows))}
        return dict(zip(self._names, self._made.columns(rows), strict=True))


class _Ready(UserDefinedType[Any]):
    """Of parameters that are as the driver takes them."""

    cache_ok = True


class _Made:
    """Rows as a driver takes them. Each different value of a column is made once: in a batch most are the same.

    JSON becomes a text; *nested*, in rows that are JSON themselves, it stays as it is.
    """

    def __init__(self, kinds: Iterable[TypeEngine[Any]], dialect: Dialect, *, nested: bool = False) -> None:
        json = None if nested else _text
        self._makers = [
            json if isinstance(kind, JSON) else kind.dialect_impl(dialect).bind_processor(dialect) for kind in kinds
        ]

    def columns(self, rows: Rows) -> list[Sequence[Any]]:
        """Of each column its values, of at least one row."""
        given = zip(*rows, strict=True)
        return [
            values if make is None else _each(make, values) for make, values in zip(self._makers, given, strict=True)
        ]

    def rows(self, rows: Rows) -> list[tuple[Any, ...]]:
        return list(zip(*self.columns(rows), strict=True)) if rows else []


def _each(make: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    """UUIDs are mostly different ones, and slow to look up; JSON can't be."""
    first = values[0]
    if values[-1] is first and values.count(first) == len(values):
        return [make(first)] * len(values)
    return list(map(make, values)) if type(values[0]) is UUID or make is _text else made_once(make, values)


def _text(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()  # asyncpg has UUIDs of its own


def _of_text(columns: Mapping[str, TypeEngine[Any]]) -> Selection:
    each = func.json_each(bindparam(_SENT, type_=LongText())).table_valued("value", name=_SENT)
    values = [
        func.json_extract(each.c.value, literal_column(f"'$[{place}]'"), type_=kind).label(name)
        for place, (name, kind) in enumerate(columns.items())
    ]
    return select(*values).where(EVERY)


def _of_arrays(columns: Mapping[str, TypeEngine[Any]]) -> Selection:
    """A text is cast to one without a limit: to one with a limit it would be cut off, and nobody would know."""
    arrays = [
        cast(
            bindparam(f"{_SENT}_{name}", type_=_Ready()),
            ARRAY(LongText() if isinstance(kind, String | Text) else kind),
        )
        for name, kind in columns.items()
    ]
    given = func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in columns.items()))
    return select(*given.render_derived(name=_SENT).c).where(EVERY)


# ---- writing


async def insert(session: AsyncSession, table: Any, rows: Rows) -> None:
    """Insert rows of all columns of a table, by the fastest way that its driver has."""
    if not rows:
        return
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        await _inserting(table.__table__, connection.dialect).write(connection, rows)
        return
    raw: Any = (await connection.get_raw_connection()).driver_connection
    names, made = [each.name for each in table.__table__.c], _made(table.__table__, connection.dialect)
    await raw.copy_records_to_table(table.__tablename__, records=made.rows(rows), columns=names)


async def insert_new(session: AsyncSession, table: Any, rows: Rows) -> list[tuple[Any, ...]]:
    """Insert those whose key is not there yet, and return their keys.

    Give them in the order of their keys: two writers of the same rows then wait for each other, never in a circle.
    """
    if not rows:
        return []
    given, statement = _inserting_new(table.__table__, session.get_bind().dialect)
    return [tuple(row) for row in await session.execute(statement, given.sent(rows))]


async def insert_missing(session: AsyncSession, table: Any, rows: Rows) -> None:
    """The same where nobody needs to know which."""
    if not rows or session.get_bind().dialect.name != "sqlite":
        await insert_new(session, table, rows)
        return
    connection = await session.connection()
    await _inserting_missing(table.__table__, connection.dialect).write(connection, rows)


async def add_up(session: AsyncSession, table: Any, rows: Rows, counters: tuple[str, ...]) -> None:
    """Insert rows, or add their *counters* to those of the rows that are there; in the order of their keys, too."""
    if not rows:
        return
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        await _writing_sums(table.__table__, connection.dialect, counters).write(connection, rows)
        return
    given, statement = _adding_up(table.__table__, connection.dialect, counters)
    await connection.execute(statement, given.sent(rows))


async def change(session: AsyncSession, table: Any, names: tuple[str, ...], rows: Rows) -> None:
    """Set the columns *names* of the rows whose `id` comes first in each of *rows*."""
    if rows:
        given, statement = _changing(table.__table__, session.get_bind().dialect, names)
        await session.execute(statement, given.sent(rows))


class _Writing:
    """Writes rows into SQLite by a statement of one row, and most of them by the same with MANY.

    So a row takes half the time that it takes in JSON, or one by one.
    """

    def __init__(self, statement: Any, table: Table, dialect: Dialect) -> None:
        self._made, self._single = _made(table, dialect), str(statement.compile(dialect=dialect))
        row = f"({', '.join('?' * len(table.c))})"
        self._several = [(many, self._single.replace(row, ", ".join([row] * many), 1)) for many in MANY]

    async def write(self, connection: AsyncConnection, rows: Rows) -> None:
        made, at = self._made.rows(rows), 0
        for many, statement in self._several:
            while len(made) - at >= many:
                values = chain.from_iterable(made[at : at + many])
                await connection.exec_driver_sql(statement, tuple(values))
                at += many
        if at < len(made):
            await connection.exec_driver_sql(self._single, made[at:])


@cache
def _made(table: Table, dialect: Dialect) -> _Made:
    return _Made([each.type for each in table.c], dialect)


@cache
def _inserting(table: Table, dialect: Dialect) -> _Writing:
    return _Writing(into(table), table, dialect)


@cache
def _inserting_missing(table: Table, dialect: Dialect) -> _Writing:
    return _Writing(sqlite.insert(table).on_conflict_do_nothing(), table, dialect)


@cache
def _writing_sums(table: Table, dialect: Dialect, counters: tuple[str, ...]) -> _Writing:
    return _Writing(_summing(sqlite.insert(table), table, counters), table, dialect)


@cache
def _inserting_new(table: Table, dialect: Dialect) -> tuple[Given, Any]:
    given, statement = _given(table, dialect)
    return given, statement.on_conflict_do_nothing().returning(*table.primary_key.columns)


@cache
def _adding_up(table: Table, dialect: Dialect, counters: tuple[str, ...]) -> tuple[Given, Any]:
    given, statement = _given(table, dialect)
    return given, _summing(statement, table, counters)


def _summing(statement: Any, table: Table, counters: tuple[str, ...]) -> Any:
    added = {name: table.c[name] + statement.excluded[name] for name in counters}
    keys = [each.name for each in table.primary_key]
    return statement.on_conflict_do_update(index_elements=keys, set_=added)


def _given(table: Table, dialect: Dialect) -> tuple[Given, Any]:
    columns = {each.name: each.type for each in table.c}
    given = Given(columns, dialect)
    statement = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    return given, statement.from_select(list(columns), given.rows)


@cache
def _changing(table: Table, dialect: Dialect, names: tuple[str, ...]) -> tuple[Given, Any]:
    given = Given({name: table.c[name].type for name in ("id", *names)}, dialect)
    rows = given.rows.subquery("changed")
    # unscoped: the rows whose keys are given
    statement = update(table).where(table.c.id == rows.c.id)
    return given, statement.values({name: rows.c[name] for name in names})
