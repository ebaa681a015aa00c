"""`column is any of these keys`, as one bind parameter: the statement's text does not change with their number."""

from collections.abc import Callable, Collection
from enum import Enum
from functools import cache
from json import dumps
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Dialect, Select, TypeDecorator, Uuid
from sqlalchemy import Text as LongText
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import ScalarSelect

from app.db.parameters import USE, typed

Condition = Callable[[Any], ColumnElement[bool]]
_USE = "keys"
_SENT = {UUID: Uuid(), int: BigInteger()}
Selection = Select[*tuple[Any, ...]]


class _Keys(TypeDecorator[Collection[Any]]):
    """A list of keys: an array on PostgreSQL, a JSON text on SQLite."""

    impl = LongText
    cache_ok = True

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(LongText())
        return dialect.type_descriptor(ARRAY(_SENT.get(self.kind, LongText())))

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return [each.name if isinstance(each, Enum) else each for each in value]
        return dumps([_kept(each) for each in value])


_keys = cache(_Keys)  # a type for each kind: SQLAlchemy remembers by the type how to send it


class AnyOf(FunctionElement[bool]):
    """`column = any(:keys)`."""

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True  # else SQLite compares the condition with 1, and finds no index for that


@compiles(AnyOf, "postgresql")
def _array(element: AnyOf, compiler: Any, **options: Any) -> str:
    column, keys = (compiler.process(each, **options) for each in element.clauses)
    array = f"ARRAY{keys}" if _is_selected(element) else keys
    return f"{column} = ANY({array})"


@compiles(AnyOf, "sqlite")
def _json(element: AnyOf, compiler: Any, **options: Any) -> str:
    column, keys = (compiler.process(each, **options) for each in element.clauses)
    rows = keys if _is_selected(element) else f"(SELECT value FROM json_each({keys}))"  # noqa: S608 - compiled parts
    return f"{column} IN {rows}"


def _is_selected(element: AnyOf) -> bool:
    return isinstance(list(element.clauses)[1], ScalarSelect)


class Together(FunctionElement[str]):
    """The aggregate of keys: one text, apart by spaces."""

    inherit_cache = True
    type = LongText()


@compiles(Together, "postgresql")
def _string_agg(element: Together, compiler: Any, **options: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **options)}::text, ' ')"


@compiles(Together, "sqlite")
def _group_concat(element: Together, compiler: Any, **options: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)}, ' ')"


def any_of(column: Any, keys: Any) -> ColumnElement[bool]:
    """The condition that *column* is one of *keys*: UUIDs, numbers, enums, texts, a parameter, or a SELECT of them."""
    if isinstance(keys, Select):
        return AnyOf(column, keys.scalar_subquery())
    return AnyOf(column, typed(keys, _keys(column.type.python_type), _USE))


def sent(parameter: str) -> str:
    """Under which name a statement with `any_of(column, bindparam(parameter))` takes the keys."""
    return f"{parameter}{USE}{_USE}"


def _kept(key: Any) -> Any:
    """A key as SQLite keeps it."""
    if isinstance(key, UUID):
        return key.hex
    return key.name if isinstance(key, Enum) else key


def among(keys: Any) -> Condition:
    """The parents' key condition: given a column of the child, those rows that belong to *keys*."""
    return lambda column: any_of(column, keys)
