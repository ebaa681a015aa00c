"""What every table shares: keys, times, enums and who owns a row."""

from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Dialect, ForeignKey, Integer, MetaData, String, TypeDecorator, Uuid
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

Kind = TypeVar("Kind", bound=Enum)
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
Sequence = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up only an INTEGER key
Micros = BigInteger
_NAIVE = len("2026-11-28 00:00:00.000000")  # of a text, without its zone


class _Written(sqlite.DATETIME):
    """SQLite's texts of naive times, in the form that SQLAlchemy gives them but in a fourth of the time."""

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002
        return _text


def _text(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(" ", "microseconds")[:_NAIVE]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC on both databases (SQLite gives naive ones back)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(_Written() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Text(TypeDecorator[str]):
    """Text of a bounded length, compared byte by byte on both databases."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    @property
    def python_type(self) -> type[str]:
        return str

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(self.length, collation=collation))


class Folded(Text):
    """Folded text to sort and search by. Folding may lengthen what it is made from, so it is cut to its column."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return value if value is None else value[: self.length]


def choice(kind: type[Kind], *, checked: bool = True) -> EnumColumn:
    """A column that holds the names of *kind*, checked by the database unless the kind grows with every feature."""
    return EnumColumn(kind, native_enum=False, create_constraint=checked, length=40, name=kind.__name__.lower())


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime(), str: Text(255), UUID: Uuid()}  # noqa: RUF012


def type_name(table: type[Any]) -> str:
    """What the API calls rows of a table: as their class, unless that says otherwise."""
    return getattr(table, "type_name", table.__name__)


class Keyed:
    """A row with a UUIDv7 of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


class Owned(Keyed):
    """A tenant's row: reachable from a root only through `within` or `find` (db/scope.py)."""

    @declared_attr
    def account_id(cls) -> Mapped[UUID]:  # noqa: N805
        return mapped_column(ForeignKey("account.id"), index=True)


class Versioned:
    """A row that people edit: `version` counts its changes, and a lost race is noticed by the database."""

    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}
