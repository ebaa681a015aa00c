"""Objects of one type, many at once: a column of values for each selected field, put together at the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor, to_nodes
from graphql.pyutils import Path

from app.db import callers
from app.db.page import Order
from app.db.reader import Reader
from app.domain.access import Level, Scope
from app.execution.batch import BROKEN, Batch, Fault, Faults


@dataclass(eq=False)
class Place:
    """A field of the document: where it stands, for errors and for code that asks."""

    parent: GraphQLObjectType
    definition: GraphQLField
    details: list[FieldDetails]

    @property
    def field(self) -> str:
        return self.details[0].node.name.value

    @cached_property
    def nodes(self) -> list[FieldNode]:
        return to_nodes(self.details)

    @property
    def message(self) -> str:
        return f"Cannot return null for non-nullable field {self.parent}.{self.field}."


@dataclass
class Run:
    """One execution of a plan: its variables, and the context of the request."""

    executor: Executor
    context: Any
    session: str | None = None
    """The digest of a session's token, where the statement is to find out whose it is."""

    def scope(self, level: Level) -> Scope:
        """The accounts that the caller may reach, or how a statement finds them."""
        return self.context.caller.reach(level) if self.session is None else callers.scope(level)

    @property
    def reader(self) -> Reader:
        """Where rows come from: while a mutation runs, from its transaction."""
        return self.context.loads.reader

    def info(self, place: Place) -> GraphQLResolveInfo:
        """What resolvers may ask of the field; its path has no indices, since all its values are made at once."""
        path = Path(None, place.field, place.parent.name)
        return self.executor.build_resolve_info(place.definition, place.nodes, place.parent, path)


@dataclass(eq=False)
class Rows:
    """Rows of a declared read, by column, and the order they are paged in."""

    count: int
    columns: Mapping[str, Sequence[Any]]
    order: Order | None = None


@dataclass(eq=False)
class Things:
    """Objects that Python code made."""

    objects: Sequence[Any]

    @property
    def count(self) -> int:
        return len(self.objects)


class Source(Protocol):
    @property
    def count(self) -> int: ...


class Field(Protocol):
    """A selected field: its completed values for all parents of a source."""

    async def complete(self, run: Run, source: Any) -> Batch: ...


@dataclass(eq=False)
class Objects:
    """The selection on one type; *columns* are those its fields need of rows that Python code brought."""

    fields: Mapping[str, Field]
    columns: tuple[str, ...] = ()
    of_rows: bool = False
    _put_together: Callable[..., list[dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        if self.fields:
            self._put_together = _maker(list(self.fields))

    def source(self, objects: Sequence[Any]) -> Source:
        """The objects that Python code made; of those that stand for rows, the columns."""
        if not self.of_rows:
            return Things(objects)
        rows = [thing.row for thing in objects]
        return Rows(len(rows), {name: [getattr(row, name) for row in rows] for name in self.columns})

    async def complete(self, run: Run, source: Source) -> Batch:
        if not source.count:
            return Batch([])
        if not self.fields:  # all of them skipped
            return Batch([{} for _ in range(source.count)])
        batches = [await each.complete(run, source) for each in self.fields.values()]
        faulty = {place for batch in batches for place in batch.faults}
        made: list[Any] = self._put_together(*(batch.values for batch in batches))
        faults: Faults = {}
        for place in faulty:
            faults[place] = self._met(batches, place, made)
        return Batch(made, faults)

    def _met(self, batches: list[Batch], place: int, made: list[Any]) -> list[Fault]:
        """The errors of one object; the first broken field breaks it, and nothing after that was met."""
        met: list[Fault] = []
        for key, batch in zip(self.fields, batches, strict=True):
            met += [fault.under(key) for fault in batch.faults.get(place, ())]
            if batch.values[place] is BROKEN:
                made[place] = BROKEN
                break
        return met


def _maker(keys: list[str]) -> Callable[..., list[dict[str, Any]]]:
    """A function from columns to objects with these keys: a display is three times as fast as `dict(zip(...))`."""
    values = ", ".join(f"v{place}" for place in range(len(keys)))
    columns = values.replace("v", "c")
    shown = ", ".join(f"{key!r}: v{place}" for place, key in enumerate(keys))
    return eval(f"lambda {columns}: [{{{shown}}} for {values}, in zip({columns})]")  # noqa: S307 - names of GraphQL
