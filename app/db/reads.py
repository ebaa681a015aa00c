"""What a field reads, declared: a function from the parents' keys and arguments to a SELECT, for one parent or many."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.db.keys import Selection
from app.db.page import Order
from app.domain.access import Caller, Scope

Rows = Callable[..., Selection]
"""(where: Condition, **arguments) -> SELECT: `where(column)` is the condition that a row belongs to the parents.

An argument may stand for many values (db/parameters.py): ask whether it is None, hand it to SQL, and nothing else.
"""


@dataclass(frozen=True)
class One:
    """At most one row a parent: *key* is the column of the SELECT that holds the parent's column *of*.

    *of_one* may be a lighter SELECT of the same for a single parent: (its key's column, **arguments) -> SELECT.
    """

    rows: Rows
    key: str
    of: str = "id"
    of_one: Callable[..., Selection] | None = None


@dataclass(frozen=True)
class Many:
    """A short list a parent, in *order*; *scoped* is one that depends on the caller too, whose scope it is given."""

    rows: Rows
    key: str
    order: Order
    of: str = "id"
    scoped: bool = False


@dataclass(frozen=True)
class Sorted:
    """Orders by the value of the argument `sort`; the first of them serves where it is absent or null."""

    rows: Rows
    orders: Mapping[Any, Order]

    def order(self, sort: Any) -> Order:
        return next(iter(self.orders.values())) if sort is None else self.orders[sort]


@dataclass(frozen=True)
class Paged(Sorted):
    """A connection a parent."""

    key: str
    of: str = "id"


@dataclass(frozen=True)
class RootOne:
    """At most one row that a scope opens: (scope, **arguments) -> SELECT."""

    rows: Rows


@dataclass(frozen=True)
class Branch:
    """How rows of one type are read by their keys, under the scope that *opens* gives for a caller; None: hidden."""

    entity: Any
    read: RootOne
    opens: Callable[[Caller], Scope | None]


@dataclass(frozen=True)
class Several:
    """At most one row a parent, of one of several types: the column *kind* names it, *of* holds the key.

    What is hidden, unknown or of a type without a branch is null: each type by its own rule.
    """

    kind: str
    of: str
    branches: Callable[[], Mapping[str, Branch]]


@dataclass(frozen=True)
class OneOf:
    """At most one row a parent, of one of several types: each has a read by its name, and a key of its own.

    The first whose key is there counts. Each is read like a `one`: whoever sees the parent sees it.
    """

    reads: Mapping[str, One]


def _unchecked(_: Scope, **__: Any) -> None:
    """Nothing to refuse: what the scope does not open is not selected."""


@dataclass(frozen=True)
class RootPaged(Sorted):
    """A connection that a scope opens: (scope, **arguments) -> SELECT; *check* refuses arguments beforehand."""

    check: Callable[..., None] = _unchecked
