"""`column is any of these keys`, as one bind parameter: the statement's text does not change with their number."""

from collections.abc import Callable, Collection, Sequence
from json import dumps
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, Select, TypeDecorator, Uuid, bindparam
from sqlalchemy import Text as LongText
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

Condition = Callable[[Any], ColumnElement[bool]]
Selection = Select[*tuple[Any, ...]]


class _Keys(TypeDecorator[Sequence[Any]]):
    """A list of keys: an array on PostgreSQL, a JSON text on SQLite."""

    impl = LongText
    cache_ok = True

    def __init__(self, uuids: bool) -> None:
        super().__init__()
        self.uuids = uuids

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(LongText())
        return dialect.type_descriptor(ARRAY(Uuid() if self.uuids else LongText()))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return dumps([each.hex if isinstance(each, UUID) else each for each in value])


class AnyOf(FunctionElement[bool]):
    """`column = any(:keys)`."""

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True  # else SQLite compares the condition with 1, and finds no index for that


@compiles(AnyOf, "postgresql")
def _array(element: AnyOf, compiler: Any, **options: Any) -> str:
    column, keys = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY({keys})"


@compiles(AnyOf, "sqlite")
def _json(element: AnyOf, compiler: Any, **options: Any) -> str:
    column, keys = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 - compiled parts, no input


def any_of(column: Any, keys: Collection[Any]) -> ColumnElement[bool]:
    """The condition that *column* is one of *keys* (UUIDs or texts)."""
    uuids = isinstance(column.type, Uuid)
    return AnyOf(column, bindparam(None, list(keys), type_=_Keys(uuids), unique=True))


def among(keys: Collection[Any]) -> Condition:
    """The parents' key condition: given a column of the child, those rows that belong to *keys*."""
    return lambda column: any_of(column, keys)
