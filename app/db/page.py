"""Keyset pages: a window over an ordered SELECT, in both directions, for one parent or many."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, ColumnElement, Subquery, func, literal, select, tuple_

from app.db.keys import Selection
from app.domain.errors import InvalidInput, Refusal

GREATEST = 100
COUNTED_EXACTLY = 25_000


@dataclass(frozen=True)
class Order:
    """A total order: columns of the SELECT, the last of them unique, none of them null, all in one direction."""

    columns: tuple[str, ...]
    descending: bool = False

    @property
    def shape(self) -> bytes:
        return f"{'-' if self.descending else '+'}{','.join(self.columns)}".encode()


@dataclass(frozen=True)
class Window:
    """Which part of an ordered list is wanted: at most *size* rows, between two cursors' values."""

    order: Order
    size: int
    backward: bool = False
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Page:
    """The rows of a window in their order, and whether there are more on either side."""

    rows: Sequence[Any]
    has_next: bool
    has_previous: bool
    order: Order

    def cursor(self, row: Any) -> str:
        return encode(self.order, [getattr(row, column) for column in self.order.columns])


def window(order: Order, *, first: int | None, last: int | None, after: str | None, before: str | None) -> Window:
    """Check the arguments of a connection: one of first and last, 1 to 100, and cursors of this very order."""
    if (first is None) == (last is None):
        raise _invalid("Give one of `first` and `last`, 1 to 100.", "first", "first or last")
    return Window(
        order,
        size("first", first) if first is not None else size("last", last or 0),
        backward=last is not None,
        after=None if after is None else decode(order, after, "after"),
        before=None if before is None else decode(order, before, "before"),
    )


def size(argument: str, wanted: int) -> int:
    """The size of a page or list, checked: 1 to 100."""
    if not 1 <= wanted <= GREATEST:
        limit = f"1 <= {argument} <= {GREATEST}"
        raise _invalid(f"`{argument}` must be 1 to {GREATEST}, not {wanted}.", argument, limit)
    return wanted


def encode(order: Order, values: Sequence[Any]) -> str:
    """An opaque cursor: the row's values in *order*, signed by the order's shape."""
    body = orjson.dumps([_out(value) for value in values])
    return _text(_sign(order, body) + body)


def decode(order: Order, cursor: str, argument: str) -> tuple[Any, ...]:
    """The values of a cursor, or a Refusal where it was not made by a list in this very order."""
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        body = raw[4:]
        if raw[:4] == _sign(order, body) and _text(raw) == cursor:
            return tuple(_in(value) for value in orjson.loads(body))
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        pass
    raise _invalid(f"`{argument}` is no cursor of this list in this order: page from its start.", argument, "cursor")


def cut(rows: Sequence[Any], wanted: Window) -> Page:
    """The page of what `windowed` selected for one parent: one row more than wanted tells that there are more."""
    more = len(rows) > wanted.size
    kept = rows[: wanted.size]
    if wanted.backward:
        return Page(kept[::-1], wanted.before is not None, more, wanted.order)
    return Page(kept, more, wanted.after is not None, wanted.order)


def windowed(rows: Selection, key: str | None, wanted: Window) -> Selection:
    """SELECT the window, and one row more, of *rows* for each value of the column *key*; without a key of all."""
    table = rows.subquery("t")
    down = wanted.order.descending != wanted.backward
    ordering = [table.c[name].desc() if down else table.c[name].asc() for name in wanted.order.columns]
    bounded = select(table).where(*_bounds(table, wanted))
    if key is None:
        return bounded.order_by(*ordering).limit(wanted.size + 1)
    place = func.row_number().over(partition_by=table.c[key], order_by=ordering).label("place_")
    ranked = bounded.add_columns(place).subquery("r")
    return select(ranked).where(ranked.c.place_ <= wanted.size + 1).order_by(ranked.c[key], ranked.c.place_)


def counted(rows: Selection, key: str | None) -> Selection:
    """SELECT the number of *rows* for each value of *key*; a single list is counted up to one past the exact limit."""
    if key is None:
        table = rows.limit(COUNTED_EXACTLY + 1).subquery("t")
        return select(literal(None).label("key"), func.count().label("count")).select_from(table)
    table = rows.subquery("t")
    return select(table.c[key].label("key"), func.count().label("count")).group_by(table.c[key])


def _bounds(table: Subquery, wanted: Window) -> list[ColumnElement[bool]]:
    columns = [table.c[name] for name in wanted.order.columns]
    down, here = wanted.order.descending, tuple_(*columns)

    def there(values: tuple[Any, ...], argument: str) -> Any:
        if len(values) != len(columns) or not all(map(_fits, values, columns)):
            raise _invalid(f"`{argument}` is no cursor of this list: page from its start.", argument, "cursor")
        return tuple_(*(literal(value, column.type) for value, column in zip(values, columns, strict=True)))

    bounds: list[ColumnElement[bool]] = []
    if wanted.after is not None:
        after = there(wanted.after, "after")
        bounds.append(here < after if down else here > after)
    if wanted.before is not None:
        before = there(wanted.before, "before")
        bounds.append(here > before if down else here < before)
    return bounds


def _fits(value: Any, column: ColumnElement[Any]) -> bool:
    """Whether a cursor's value can be compared with the column: anybody can write a cursor with other values."""
    if type(value) is not column.type.python_type:
        return False
    if isinstance(value, int):
        return value.bit_length() < (64 if isinstance(column.type, BigInteger) else 32)
    return not isinstance(value, str) or "\0" not in value


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _sign(order: Order, body: bytes) -> bytes:
    return blake2b(order.shape + b"\0" + body, digest_size=4).digest()


def _out(value: Any) -> Any:
    if isinstance(value, UUID):
        return {"u": value.hex}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return {"d": value.isoformat()} if isinstance(value, date) else value


def _in(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    return {"u": UUID, "t": _moment, "d": date.fromisoformat}[kind](text)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _invalid(message: str, argument: str, constraint: str) -> Refusal:
    return Refusal(InvalidInput(message=message, path=(argument,), constraint=constraint))
