"""Nodes and their opaque ids; which type is read how, and by whom, when it is asked for by id."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from app.db.ids import global_id, parse
from app.db.json import Words
from app.db.reads import Branch, RootOne
from app.db.scope import unknown
from app.domain.access import STAFF_LEVELS, Caller, Level, Scope
from app.execution.rows import Rowed
from app.execution.vocabulary import computed

Kind = TypeVar("Kind", bound=type[Any])


@strawberry.interface(description="An object with an id of its own")
class Node(Rowed):
    id: strawberry.ID = strawberry.field(description="Opaque id, the same for ever")


@dataclass(frozen=True)
class NodeType:
    """How objects of a type are read by their keys, and what that takes."""

    kind: type[Node]
    read: RootOne
    level: Level
    scope: str | None
    staff: Level | None

    def reach(self, caller: Caller) -> Scope:
        """Whose objects the caller sees: all of them, where they hold the staff level whose desk they are on."""
        if self.staff is not None and caller.scopes is None and caller.holds(self.staff):
            return replace(caller.reach(self.staff), everything=True)
        return caller.reach(self.level)

    def opens(self, caller: Caller) -> Scope | None:
        """What the rule of the type opens to a caller; None: nothing at all.

        A staff level is held everywhere or nowhere; which accounts a member's level opens is the read's business.
        """
        if not caller.signed_in or not caller.in_scope(self.scope):
            return None
        return self.reach(caller) if self.level not in STAFF_LEVELS or caller.holds(self.level) else None


NODES: dict[str, NodeType] = {}


def by_rule() -> dict[str, Branch]:
    """Every type of node, each by its own rule: for fields that may find any of them."""
    return {name: Branch(each.kind, each.read, each.opens) for name, each in NODES.items()}


def node(
    read: RootOne, level: Level, scope: str | None = None, *, staff: Level | None = None
) -> Callable[[Kind], Kind]:
    """Register a type for `node(id:)` and for what mutations answer with; *read* takes a scope and `ids`.

    Who holds the *staff* level sees all of them: the objects of a desk.
    """

    def register(kind: Kind) -> Kind:
        name = kind.__strawberry_definition__.name
        NODES[name] = NodeType(kind, read, level, scope, staff)
        return kind

    return register


def identity(type_name: str, column: str = "id", *, description: str = "Opaque id, the same for ever") -> Any:
    """The `id` field of a node type, or a field that holds the id of another."""

    def shown(words: Words, id: Any) -> Any:
        return words.global_id(type_name, id)

    return computed(partial(global_id, type_name), column, sql=shown, description=description)


def key(id: str, type_name: str, *path: str) -> UUID:
    """The key in a global id of a type; NOT_FOUND for a malformed one or one of another type."""
    known = found(id, type_name)
    if known is None:
        raise unknown(type_name, *path)
    return known


def found(id: str, type_name: str) -> UUID | None:
    """The key in a global id of a type, or None: for rules that report a missing object beside other problems."""
    known = parse(id)
    return known[1] if known and known[0] == type_name else None


def keys(ids: Collection[str] | None, type_name: str, *path: str) -> list[UUID] | None:
    """The keys of several ids; None stays None."""
    if ids is None or ids is strawberry.UNSET:
        return None
    return [key(each, type_name, *path, str(place)) for place, each in enumerate(ids)]


def ids(id: str, type_name: str) -> dict[str, list[UUID]]:
    """The argument of a root read by id; a malformed id finds nothing, like an unknown one."""
    known = found(id, type_name)
    return {"ids": [known] if known else []}
