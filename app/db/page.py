"""Keyset pages: a window over an ordered SELECT, in both directions, for one parent or many."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Subquery,
    bindparam,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from app.db.keys import Selection
from app.db.parameters import typed
from app.domain.errors import InvalidInput, Refusal

GREATEST = 100
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
COUNTED_EXACTLY = 25_000


@dataclass(frozen=True)
class Order:
    """A total order: columns of the SELECT, the last of them unique, none of them null, all in one direction."""

    columns: tuple[str, ...]
    descending: bool = False

    @cached_property
    def mark(self) -> bytes:
        """Four bytes that tell cursors of this order from those of others."""
        words = f"{'-' if self.descending else '+'}{','.join(self.columns)}"
        return blake2b(words.encode(), digest_size=4).digest()


Place = tuple[Any, ...]
"""A row's values in an order, as the texts that a cursor holds, or parameters for them."""


@dataclass(frozen=True)
class Window:
    """Which part of an ordered list is wanted: at most *size* rows, between the places that two cursors name."""

    order: Order
    size: Any
    backward: bool = False
    after: Place | None = None
    before: Place | None = None

    @property
    def shape(self) -> Hashable:
        """What of it a statement's text depends on."""
        return self.order, self.backward, self.after is None, self.before is None

    @property
    def symbol(self) -> "Window":
        """A window of the same shape, with parameters for all that is bound."""
        after, before = (
            None if place is None else tuple(bindparam(f"{name}.{each}") for each in range(len(self.order.columns)))
            for name, place in (("after", self.after), ("before", self.before))
        )
        return replace(self, size=bindparam("size", type_=Integer()), after=after, before=before)

    def given(self, kinds: Sequence[TypeEngine[Any]]) -> dict[str, Any]:
        """What the parameters are found in; *kinds* are the types of the order's columns."""
        places = (("after", self.after), ("before", self.before))
        return {"size": self.size, **{name: placed(place, kinds, name) for name, place in places if place is not None}}


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
    """An opaque cursor: the mark of *order*, then the row's values in it as a JSON array of texts.

    The mark is a checksum, no signature: whoever forges a cursor names a place of a list they see anyway.
    """
    return text_of_cursor(order.mark, [_out(value) for value in values])


def text_of_cursor(mark: bytes, place: Sequence[str]) -> str:
    return _text(mark + orjson.dumps(place))


def decode(order: Order, cursor: str, argument: str) -> Place:
    """The place a cursor names, or a Refusal where it was not made by a list in this very order."""
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        place = orjson.loads(raw[4:])
        if raw[:4] == order.mark and _text(raw) == cursor and _are_texts(place, len(order.columns)):
            return tuple(place)
    except ValueError:
        pass
    raise _invalid(f"`{argument}` is no cursor of this list in this order: page from its start.", argument, "cursor")


def placed(place: Place, kinds: Sequence[TypeEngine[Any]], argument: str) -> Place:
    """The values that the texts of a cursor stand for in columns of these *kinds*; anybody can write other texts."""
    try:
        return tuple(_in(text, kind) for text, kind in zip(place, kinds, strict=True))
    except (ValueError, OverflowError):
        raise _invalid(f"`{argument}` is no cursor of this list: page from its start.", argument, "cursor") from None


def cut(rows: Sequence[Any], wanted: Window) -> Page:
    """The page of what `windowed` selected for one parent: one row more than wanted tells that there are more."""
    more = len(rows) > wanted.size
    kept = rows[: wanted.size]
    if wanted.backward:
        return Page(kept[::-1], wanted.before is not None, more, wanted.order)
    return Page(kept, more, wanted.after is not None, wanted.order)


def ordered(rows: Selection, order: Order) -> Selection:
    """The same rows in this order."""
    columns = [rows.selected_columns[name] for name in order.columns]
    return rows.order_by(*(column.desc() if order.descending else column.asc() for column in columns))


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
    bounds: list[ColumnElement[bool]] = []
    if wanted.after is not None:
        after = _there(wanted.after, columns, "after")
        bounds.append(here < after if down else here > after)
    if wanted.before is not None:
        before = _there(wanted.before, columns, "before")
        bounds.append(here > before if down else here < before)
    return bounds


def _there(place: Place, columns: Sequence[ColumnElement[Any]], argument: str) -> Any:
    kinds = [column.type for column in columns]
    values = place if isinstance(place[0], BindParameter) else placed(place, kinds, argument)
    return tuple_(*(typed(value, kind) for value, kind in zip(values, kinds, strict=True)))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _are_texts(place: Any, number: int) -> bool:
    return isinstance(place, list) and len(place) == number and all(isinstance(each, str) for each in place)


def _out(value: Any) -> str:
    """A value as a cursor holds it; both databases can write the same (db/json.py)."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None)
        return f"{moment.isoformat(timespec='microseconds')}Z"  # strftime writes the year 999 with three digits
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat() if isinstance(value, date) else str(value)


def _in(text: str, kind: TypeEngine[Any]) -> Any:
    """The value of a text; ValueError where it is not the one spelling of a value that the column can hold."""
    value = _READERS[kind.python_type](text)
    if _out(value) != text or "\0" in text:
        raise ValueError(text)
    if isinstance(value, int) and value.bit_length() >= (64 if isinstance(kind, BigInteger) else 32):
        raise ValueError(text)
    return value


_READERS: dict[type, Callable[[str], Any]] = {
    str: str,
    int: int,
    UUID: UUID,
    date: date.fromisoformat,
    datetime: lambda text: datetime.strptime(text, MOMENT).replace(tzinfo=UTC),
}


def _invalid(message: str, argument: str, constraint: str) -> Refusal:
    return Refusal(InvalidInput(message=message, path=(argument,), constraint=constraint))
