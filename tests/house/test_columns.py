"""What is read of a type, by whichever road, has all columns that its fields, and their locks, are made of."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import select, true

from app.db.reads import Branch, Many, One, OneOf, Paged, RootOne, RootPaged, Several
from app.db.tables.identity import User as Person
from app.domain.access import EVERYTHING, Scope
from app.execution.rows import Rowed
from app.execution.selecting import origin_of
from app.execution.vocabulary import Column, Computed, ReadField, Whole
from app.schema.identity.people import User
from tests.house.contract import schema
from tests.house.source import uphold


class Blank:
    """An argument of which nothing is known."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("_"):
            raise AttributeError(name)


BLANK = Blank()
KNOWN = {int: 1, Scope: EVERYTHING}


def declared(kind: Any) -> Iterator[ReadField]:
    """The fields of a class that declare what they read."""
    yield from (field for field in kind.__strawberry_definition__.fields if isinstance(field, ReadField))


def needed(kind: Any) -> set[str]:
    """The columns that the fields of a class need of its rows."""
    found = set[str]()
    for field in declared(kind):
        read = field.declared
        if isinstance(read, Column):
            found.add(read.name or field.python_name)
        elif isinstance(read, Computed):
            found.update(read.columns)
        elif isinstance(read, Whole):
            found |= needed(field.entity)
        elif isinstance(read, Several):
            found |= {read.kind, read.of}
        else:
            found |= {each.of for each in (read.reads.values() if isinstance(read, OneOf) else [read])}
        found.update(kind.lock_columns if field.extensions else ())
    return found


def reads(field: ReadField) -> Iterator[tuple[Any, Any]]:
    """The classes that a field may give, each with its read."""
    read: Any = field.declared
    if isinstance(read, One | Many | Paged | RootOne | RootPaged):
        yield field.entity, read
    elif isinstance(read, Several):
        yield from ((branch.entity, branch.read) for branch in read.branches().values() if isinstance(branch, Branch))
    elif isinstance(read, OneOf):
        yield from ((field.entities[name], each) for name, each in read.reads.items())


def selected(read: Any) -> set[str]:
    """The columns that a read selects, without any argument that it can be without."""
    first: Any = EVERYTHING if isinstance(read, RootOne | RootPaged) else lambda _: true()
    _, *others = inspect.signature(read.rows).parameters.values()
    given = {
        each.name: KNOWN.get(each.annotation, BLANK)
        for each in others
        if each.default is each.empty and each.kind is not each.VAR_KEYWORD
    }
    try:
        rows = read.rows(first, **given)
    except TypeError:  # what it hands its arguments on to needs the time
        rows = read.rows(first, **given, now=BLANK)
    return set(rows.selected_columns.keys())


def lacking(kind: Any, read: Any) -> list[str]:
    return sorted(needed(kind) - selected(read))


def kinds() -> Iterator[Any]:
    types = schema()._schema.type_map.values()
    yield from dict.fromkeys(origin_of(each) for each in types if isinstance(each, GraphQLObjectType))


def test_every_road_to_a_type_has_what_its_fields_need():
    found, seen = [], 0
    for kind in (each for each in kinds() if hasattr(each, "__strawberry_definition__")):
        for field in declared(kind):
            for entity, read in reads(field):
                seen += 1
                if issubclass(entity, Rowed) and (names := lacking(entity, read)):
                    found.append(f"{kind.__name__}.{field.python_name} gives {entity.__name__} without {names}")
    assert seen > 50
    uphold("A read gives what the fields of its type need", found)


def _narrow(where: Callable[[Any], Any]) -> Any:
    return select(Person.id, Person.name, Person.email).where(where(Person.id))


@pytest.mark.parametrize("read", [One(_narrow, key="id"), Many(_narrow, key="id", order=None)])  # type: ignore[arg-type]
def test_what_is_lacking_is_named(read):
    assert lacking(User, read) == ["account_id", "created_at", "desk", "email_verified"]
