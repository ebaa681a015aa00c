"""Finds out whether a relation can be folded into its parent's statement, with all that is selected below it."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    is_abstract_type,
    is_leaf_type,
)
from sqlalchemy import FromClause, case

from app.db.json import (
    MARK,
    NULL,
    Parts,
    Structure,
    Words,
    constant,
    is_never_null,
    leaf,
    object_of,
    or_else,
    string,
)
from app.db.reads import Many, One, OneOf, Paged
from app.domain.access import Level
from app.execution.asking import Asking
from app.execution.connection import Connection
from app.execution.folding import Fold, Folded, Given, Made, OneOfFold, Page, Unfoldable
from app.execution.guard import Guard
from app.execution.objects import Place
from app.execution.rows import Rowed
from app.execution.selecting import Selecting, origin_of
from app.execution.vocabulary import Column, Computed, ReadField


class NotFoldable(Exception):
    """Something in the subtree that only Python can make."""


class Folder:
    """Makes the folds of one plan; each has a name of its own."""

    def __init__(self, selecting: Selecting, words: Words) -> None:
        self._selecting, self._words, self._numbers = selecting, words, count()

    def fold(self, declared: Any, field: ReadField, origin: type[Rowed], place: Place) -> Folded | None:
        """The fold of a relation, or None where part of it cannot be folded."""
        try:
            return self._folded(declared, field, origin, place, 1)
        except NotFoldable:
            return None

    def _folded(self, declared: Any, field: ReadField, origin: type[Rowed], place: Place, depth: int) -> Folded:
        if not isinstance(declared, OneOf):
            return self._fold(declared, field, origin, place, depth)
        union, takes_null = _of(place.definition.type)
        kinds = {each.name: each for each in self._selecting.possible(union)}
        folds = [self._fold(read, field, origin, place, depth, kinds[name]) for name, read in declared.reads.items()]
        return OneOfFold(f"f{next(self._numbers)}", folds, takes_null)

    def _fold(
        self, declared: Any, field: ReadField, origin: type[Rowed], place: Place, depth: int, of: Any = None
    ) -> Fold:
        """The fold of a relation; *of* is which type of a union it leads to."""
        if not isinstance(declared, One | Many | Paged) or depth > self._words.deepest:
            raise NotFoldable
        guard, lock = self._lock(field, origin)
        kind, takes_null = _of(place.definition.type)
        if is_abstract_type(kind):
            kind = of or next(iter(self._selecting.possible(kind)))
        inner: list[Folded] = []
        columns: dict[str, None] = {declared.key: None}
        values: dict[str, Made] = {}
        page = None
        if issubclass(origin_of(kind), Connection):
            page = self._page(kind, place, columns, inner, depth)
        else:
            values = self._values(kind, place, columns, inner, depth)
        asking = Asking(field, place, self._selecting.strawberry)
        return Fold(
            f"f{next(self._numbers)}", declared, asking, values, takes_null, tuple(columns), inner, guard, lock, page
        )

    def _lock(self, field: ReadField, origin: type[Rowed]) -> tuple[Guard | None, str | None]:
        guard = next((each for each in field.extensions if isinstance(each, Guard)), None)
        if guard is None or guard.level is Level.PUBLIC:
            return guard, None
        if origin.held_by.__func__ is not Rowed.held_by.__func__ or len(origin.lock_columns) != 1:  # type: ignore[attr-defined]
            raise NotFoldable  # a lock of its own, in Python
        return guard, origin.lock_columns[0]

    def _fields(self, kind: GraphQLObjectType, place: Place) -> Iterator[tuple[str, str, Place | None]]:
        """Response name, field name and place of each selected field; no place for `__typename`."""
        for key, details in self._selecting.fields(kind, place).items():
            name = details[0].node.name.value
            yield key, name, None if name == "__typename" else Place(kind, kind.fields[name], details)

    def _values(
        self, kind: GraphQLObjectType, place: Place, columns: dict[str, None], inner: list[Folded], depth: int
    ) -> dict[str, Made]:
        values: dict[str, Made] = {}
        for key, _, below in self._fields(kind, place):
            values[key] = _constant(kind.name) if below is None else self._value(kind, below, columns, inner, depth)
        return values

    def _value(
        self, kind: GraphQLObjectType, place: Place, columns: dict[str, None], inner: list[Folded], depth: int
    ) -> Made:
        field = self._selecting.definition(place)
        if not isinstance(field, ReadField):
            raise NotFoldable
        declared = field.declared
        if isinstance(declared, One | OneOf | Many | Paged):
            fold = self._folded(declared, field, origin_of(kind), place, depth + 1)
            inner.append(fold)
            columns |= dict.fromkeys(fold.needs)
            return fold.parts
        if field.extensions:
            raise NotFoldable
        if isinstance(declared, Column):
            name = declared.name or field.python_name
            columns[name] = None
            return _column(name, place)
        if isinstance(declared, Computed) and declared.sql is not None and not declared.asks:
            columns |= dict.fromkeys(declared.columns)
            return self._computed(declared, place)
        raise NotFoldable

    def _computed(self, declared: Computed, place: Place) -> Made:
        kind, takes_null = _of(place.definition.type)
        if kind.name in ("Int", "Float", "Boolean"):
            raise NotFoldable  # words in SQL make texts
        parts = {}
        if not is_leaf_type(kind):
            for key, _, below in self._fields(kind, place):
                parts[key] = None if below is None else self._selecting.definition(below).python_name

        def make(table: FromClause, given: Given) -> Parts:
            inputs = [table.c[name] for name in declared.columns]
            sure = all(is_never_null(each) for each in inputs)
            made = declared.sql(given.words, *inputs)  # type: ignore[misc]
            if isinstance(made, Structure):
                return _structure(made, parts, kind.name, takes_null, given.words)
            return string(made) if sure and not takes_null else or_else(string(made), NULL if takes_null else MARK)

        return make

    def _page(
        self, kind: GraphQLObjectType, place: Place, columns: dict[str, None], inner: list[Folded], depth: int
    ) -> Page:
        fields: dict[str, tuple[str, Any]] = {}
        for key, _, below in self._fields(kind, place):
            if below is None:
                fields[key] = "__typename", kind.name
                continue
            name = self._selecting.definition(below).python_name
            if name not in ("nodes", "edges", "page_info"):
                raise NotFoldable
            fields[key] = name, self._part(name, below, columns, inner, depth)
        return Page(fields)

    def _part(self, name: str, place: Place, columns: dict[str, None], inner: list[Folded], depth: int) -> Any:
        kind, _ = _of(place.definition.type)
        if name == "nodes":
            return self._values(kind, place, columns, inner, depth)
        parts: dict[str, tuple[str, Any]] = {}
        for key, _, below in self._fields(kind, place):
            if below is None:
                parts[key] = "__typename", kind.name
                continue
            part = self._selecting.definition(below).python_name
            node = part == "node"
            parts[key] = (
                part,
                self._values(_of(below.definition.type)[0], below, columns, inner, depth) if node else None,
            )
        return parts


def _of(kind: Any) -> tuple[Any, bool]:
    """The named type, and whether null may stand in its place."""
    takes_null = not isinstance(kind, GraphQLNonNull)
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return kind, takes_null


def _constant(text: str) -> Made:
    return lambda table, given: [f'"{text}"']  # noqa: ARG005


def _column(name: str, place: Place) -> Made:
    kind, takes_null = _of(place.definition.type)
    inner = place.definition.type if takes_null else place.definition.type.of_type  # type: ignore[union-attr]
    if not is_leaf_type(kind):
        raise NotFoldable
    if isinstance(inner, GraphQLList) and kind is not GraphQLString:
        raise NotFoldable  # its items are written otherwise than JSON in a column writes them
    known = "[]" if isinstance(inner, GraphQLList) else "Enum" if isinstance(kind, GraphQLEnumType) else kind.name

    def make(table: FromClause, given: Given) -> Parts:
        column = table.c[name]
        made = leaf(column, known, given.words)
        if made is None:
            raise Unfoldable(ever=True)
        return made if is_never_null(column) else or_else(made, NULL if takes_null else MARK)

    return make


def _structure(made: Structure, parts: Mapping[str, str | None], kind: str, takes_null: bool, words: Words) -> Parts:
    if not made.values.keys() >= {part for part in parts.values() if part is not None}:
        raise Unfoldable(ever=True)
    whole = object_of({key: [f'"{kind}"'] if part is None else made.values[part] for key, part in parts.items()})
    if made.absent is None:
        return whole
    return [case((made.absent, constant(NULL if takes_null else MARK)), else_=words.join(whole))]
