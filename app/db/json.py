"""JSON made by a database: texts joined from constant parts and columns, for PostgreSQL and for SQLite.

Whatever is made here is made in Python too (schema/, domain/): the tests of the engine hold both against each other.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Boolean,
    Cast,
    Column,
    ColumnElement,
    Date,
    Enum,
    Integer,
    Label,
    Numeric,
    case,
    cast,
    func,
    literal_column,
)
from sqlalchemy import Text as LongText
from sqlalchemy import Uuid as Key
from sqlalchemy.sql.functions import coalesce

from app.db.base import Text, UtcDateTime
from app.db.ids import global_id
from app.db.page import Order, text_of_cursor
from app.domain.metrics import ratio
from app.domain.money import Money

Expression = ColumnElement[Any]
Parts = list[Any]
"""What a JSON text is joined from: constants and expressions; one that is null makes the whole null."""
NULL, MARK = "null", "\x01"
"""Where null may not stand the mark stands instead: JSON escapes control characters, so no text can hold it."""
MOST_ARGUMENTS = 90  # of a function of PostgreSQL, which takes a hundred


@dataclass(frozen=True)
class Structure:
    """An object of several values, by the Python names of its fields; null where *absent* holds."""

    values: Mapping[str, Parts]
    absent: Expression | None = None


class Words(Protocol):
    """What databases write differently."""

    deepest: int
    """How many relations may stand within each other in one statement."""

    def text(self, value: Expression) -> Expression:
        """A text as a JSON string, with what has to be escaped; null stays null."""
        ...

    def day(self, value: Expression) -> Expression: ...
    def moment(self, value: Expression) -> Expression: ...
    def in_cursor(self, value: Expression) -> Expression: ...
    def global_id(self, type_name: str, id: Expression) -> Expression: ...
    def cursor(self, order: Order, columns: Sequence[Expression]) -> Expression: ...
    def ratio(self, part: Expression, whole: Expression) -> Expression: ...
    def units(self, micros: Expression) -> Expression: ...
    def least(self, one: Expression, other: Expression) -> Expression: ...
    def join(self, parts: Parts) -> Expression:
        """A text of parts none of which is null."""
        ...

    def gather(self, item: Expression) -> Any:
        """The aggregate of a text for each row, with commas between."""
        ...


class Postgres:
    deepest = 8

    def text(self, value: Expression) -> Expression:
        return cast(func.to_json(value), LongText)

    def moment(self, value: Expression) -> Expression:
        return func.replace(self._micros(value), constant(".000000Z"), constant("Z"))

    def in_cursor(self, value: Expression) -> Expression:
        if isinstance(value.type, Key):
            return func.replace(cast(value, LongText), constant("-"), constant(""))
        if isinstance(value.type, Date):
            return self.day(value)
        return self._micros(value) if isinstance(value.type, UtcDateTime) else cast(value, LongText)

    def global_id(self, type_name: str, id: Expression) -> Expression:
        return self._base64(_bytes(f"{type_name}:".encode()).op("||")(func.uuid_send(id)))

    def cursor(self, order: Order, columns: Sequence[Expression]) -> Expression:
        body = self.join(_listed([self.text(self.in_cursor(column)) for column in columns]))
        return self._base64(_bytes(order.mark).op("||")(func.convert_to(body, constant("UTF8"))))

    def ratio(self, part: Expression, whole: Expression) -> Expression:
        millionths = (part * _number(2_000_000) + whole) // (func.nullif(whole, _number(0)) * _number(2))
        return cast(func.trim_scale(millionths * literal_column("0.000001")), LongText)

    def units(self, micros: Expression) -> Expression:
        exact: Any = func.trim_scale(cast(micros, Numeric) * literal_column("0.000001"))  # a quotient would be cut
        return cast(case((func.scale(exact) < _number(2), func.round(exact, _number(2))), else_=exact), LongText)

    def least(self, one: Expression, other: Expression) -> Expression:
        return func.least(one, other)

    def join(self, parts: Parts) -> Expression:
        pieces = [constant(part) if isinstance(part, str) else part for part in merged(parts)]
        while len(pieces) > MOST_ARGUMENTS:
            pieces = [func.concat(*pieces[at : at + MOST_ARGUMENTS]) for at in range(0, len(pieces), MOST_ARGUMENTS)]
        return func.concat(*pieces)

    def gather(self, item: Expression) -> Any:
        return func.string_agg(item, constant(","))

    def day(self, value: Expression) -> Expression:
        first = func.replace(cast(value, LongText), constant("-infinity"), constant("0001-01-01"))
        return func.replace(first, constant("infinity"), constant("9999-12-31"))

    def _micros(self, value: Expression) -> Expression:
        shown = func.to_char(func.timezone(constant("UTC"), value), constant('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        return case(  # asyncpg keeps the first and the last moment there is as infinities
            (func.isfinite(value), shown),
            (value == literal_column("timestamptz 'infinity'"), constant("9999-12-31T23:59:59.999999Z")),
            (value == literal_column("timestamptz '-infinity'"), constant("0001-01-01T00:00:00.000000Z")),
        )

    def _base64(self, raw: Expression) -> Expression:
        """URL-safe, without padding and the line breaks that PostgreSQL puts in."""
        return func.translate(func.encode(raw, constant("base64")), literal_column("E'+/=\\n'"), constant("-_"))


class Sqlite:
    deepest = 3  # 3.40 overflows its parser's stack one level below

    def text(self, value: Expression) -> Expression:
        return func.nullif(func.json_quote(value), constant(NULL))  # a text has quotes, null has none

    def day(self, value: Expression) -> Expression:
        return cast(value, LongText)

    def moment(self, value: Expression) -> Expression:
        return func.replace(self.in_cursor(value), constant(".000000Z"), constant("Z"))

    def in_cursor(self, value: Expression) -> Expression:
        return (
            func.replace(value, constant(" "), constant("T")).op("||")(constant("Z"))
            if isinstance(value.type, UtcDateTime)
            else value
        )

    def global_id(self, type_name: str, id: Expression) -> Expression:
        return func.endcap_global_id(constant(type_name), id)

    def cursor(self, order: Order, columns: Sequence[Expression]) -> Expression:
        return func.endcap_cursor(constant(order.mark.hex()), *(self.in_cursor(column) for column in columns))

    def ratio(self, part: Expression, whole: Expression) -> Expression:
        return func.endcap_ratio(part, whole)

    def units(self, micros: Expression) -> Expression:
        return func.endcap_units(micros)

    def least(self, one: Expression, other: Expression) -> Expression:
        return func.min(one, other)

    def join(self, parts: Parts) -> Expression:
        return chain(parts)

    def gather(self, item: Expression) -> Any:
        return func.group_concat(item, constant(","))


def _local_day(moment: str, zone: str) -> str:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date().isoformat()


def words(dialect_name: str) -> Words:
    return Postgres() if dialect_name == "postgresql" else Sqlite()


def register(connection: sqlite3.Connection) -> None:
    """Give a connection of SQLite the functions that `Sqlite` uses."""
    for name, arguments, function in (
        ("endcap_global_id", 2, lambda name, key: global_id(name, UUID(hex=key))),
        ("endcap_cursor", -1, lambda mark, *texts: text_of_cursor(bytes.fromhex(mark), [str(each) for each in texts])),
        ("endcap_ratio", 2, lambda part, whole: _shown(ratio(part, whole))),
        ("endcap_local_day", 2, _local_day),
        ("endcap_units", 1, lambda micros: None if micros is None else _shown(Money(micros, "").decimal)),
    ):
        connection.create_function(name, arguments, function, deterministic=True)


# ---- values


def string(value: Expression) -> Parts:
    """A JSON string of a text that needs no escapes."""
    return ['"', value, '"']


def leaf(column: Expression, kind: str, words: Words) -> Parts | None:
    """A column as a leaf of GraphQL's type *kind* (enums as "Enum", lists as "[]"); None where that is not known."""
    type_, known = column.type, _LEAVES.get(kind)
    if known is None or not isinstance(type_, known) or (kind == "Int" and isinstance(type_, BigInteger)):
        return None
    if kind in ("Enum", "BigInt"):
        return string(cast(column, LongText))
    if kind == "Date":
        return string(words.day(column))
    if kind == "DateTime":
        return string(words.moment(column))
    if kind == "Boolean":
        return [case((column, constant("true")), (~column, constant("false")))]  # null stays null
    return [words.text(column)] if kind in ("String", "URL") else [cast(column, LongText)]


_LEAVES: dict[str, type] = {
    "Boolean": Boolean,
    "String": Text,
    "URL": Text,
    "Int": Integer,
    "BigInt": Integer,
    "DateTime": UtcDateTime,
    "Date": Date,
    "Enum": Enum,
    "[]": JSON,
}


def or_else(parts: Parts, instead: str) -> Parts:
    """The parts, or a constant where any of them is null."""
    return [func.coalesce(chain(parts), constant(instead))]


def object_of(values: Mapping[str, Parts]) -> Parts:
    parts: Parts = ["{"]
    for place, (name, value) in enumerate(values.items()):
        parts += [f'{"," if place else ""}"{name}":', *value]
    return [*parts, "}"]


def array_of(items: Any) -> Parts:
    """The list of what `gather` made; nothing is gathered of no rows."""
    return ["[", func.coalesce(items, constant("")), "]"]


def is_never_null(column: Expression) -> bool:
    """Whether it is a column that the database keeps from being null, or has a value instead of null."""
    return all(_is_kept(each) for each in column.base_columns)


def _is_kept(column: Any) -> bool:
    if isinstance(column, Column):
        return column.nullable is False
    while isinstance(column, Label | Cast):
        column = column.element if isinstance(column, Label) else column.clause
    instead = list(column.clauses)[-1] if isinstance(column, coalesce) else None
    return isinstance(instead, BindParameter) and instead.value is not None


def is_too_deep(fault: BaseException) -> bool:
    """Whether SQLite gave up reading a statement."""
    return isinstance(fault, sqlite3.OperationalError) and "parser stack overflow" in str(fault)


def constant(text: str) -> Expression:
    """A text in the statement itself: names of GraphQL and punctuation, never what anybody sent."""
    quoted = text.replace("'", "''")
    return literal_column(f"'{quoted}'", LongText())


def _number(value: int) -> Expression:
    return literal_column(str(value), Integer())


def chain(parts: Parts) -> Expression:
    """A text that is null where a part is."""
    pieces: list[Any] = [constant(part) if isinstance(part, str) else part for part in merged(parts)]
    if len(pieces) == 1:
        return cast(pieces[0], LongText)
    return reduce(lambda text, piece: text.op("||")(piece), pieces)


def merged(parts: Parts) -> Parts:
    """The same with neighbouring constants made one."""
    made: Parts = []
    for part in parts:
        if isinstance(part, str) and made and isinstance(made[-1], str):
            made[-1] += part
        else:
            made.append(part)
    return made


def _listed(texts: Sequence[Expression]) -> Parts:
    return ["[", *(piece for at, text in enumerate(texts) for piece in ((",", text) if at else (text,))), "]"]


def _shown(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _bytes(raw: bytes) -> Expression:
    return literal_column(f"'\\x{raw.hex()}'::bytea")
