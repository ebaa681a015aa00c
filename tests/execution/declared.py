"""A schema of declared reads over those tables, with every word of the vocabulary and much that goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from strawberry.schema.config import StrawberryConfig

from app.db.engine import Database
from app.db.ids import global_id
from app.db.json import Structure, Words, string
from app.db.keys import Condition, Selection, any_of
from app.db.match import holds
from app.db.page import Order, encode
from app.db.reader import Pooled
from app.db.reads import Branch, Many, One, OneOf, Paged, RootOne, RootPaged, Several
from app.domain.access import Caller, Level, Scope
from app.domain.errors import InvalidInput, Refusal
from app.execution.connection import Connection
from app.execution.executor import Executor
from app.execution.loads import Loads
from app.execution.rows import Rowed
from app.execution.vocabulary import asked, column, computed, connection, many, one, several, whole
from app.schema.guards import Access
from app.schema.root import Schema
from app.schema.scalars import SCALARS, BigInt
from tests.execution.tables import HOME, ITEM, ITEMS, Mood

Arguments = dict[str, Any]


@dataclass
class Context:
    """One request."""

    caller: Caller
    database: Database
    loads: Loads = field(init=False)

    def __post_init__(self) -> None:
        self.loads = Loads(Pooled(self.database))


@strawberry.enum
class Sort(Enum):
    CODE = "code"
    PLACE_DESC = "place"
    SINCE = "since"


ORDERS: Mapping[Any, Order] = {
    Sort.CODE: Order(("code", "id")),
    Sort.PLACE_DESC: Order(("place", "id"), descending=True),
    Sort.SINCE: Order(("since", "id")),
}


@strawberry.input
class Filter:
    moods: list[Mood] | None = None
    part: str | None = None
    least: int | None = None


def _criteria(filter: Filter | None) -> Arguments:
    given = {} if filter is None else vars(filter)
    if given.get("least") == -7:
        raise Refusal(InvalidInput(message="-7 is refused", path=("least",)))
    return {name: value for name, value in given.items() if value is not None}


def _filtered(
    rows: Selection, moods: list[Mood] | None = None, part: str | None = None, least: int | None = None
) -> Selection:
    if moods is not None:
        rows = rows.where(any_of(ITEM.c.mood, moods))
    if part is not None:
        rows = rows.where(holds(ITEM.c.code, part, str.lower))
    return rows if least is None else rows.where(ITEM.c.place >= least)


def _items(where: Condition, key: Any, **arguments: Any) -> Selection:
    return _filtered(select(ITEM).where(where(key)), **arguments)


def _scoped(scope: Scope, table: Any) -> Selection:
    return select(table).where(any_of(table.c.account_id, scope.permitted))


def _check(scope: Scope, least: int | None = None, **_: Any) -> None:
    if least == 7:
        raise Refusal(InvalidInput(message="7 is refused", path=("filter", "least")))


ITEM_OF = One(lambda where: _items(where, ITEM.c.id), key="id", of="boss_id")
PICKED = One(lambda where, least=None: _items(where, ITEM.c.id, least=least), key="id")
HOME_OF = One(lambda where: select(HOME).where(where(HOME.c.id)), key="id", of="home_id")
EITHER = OneOf({"Item": ITEM_OF, "Home": HOME_OF})
STAFF = Many(lambda where, **given: _items(where, ITEM.c.boss_id, **given), key="boss_id", order=ORDERS[Sort.SINCE])
DWELLERS = Paged(lambda where, **given: _items(where, ITEM.c.home_id, **given), orders=ORDERS, key="home_id")
STAFF_PAGES = Paged(lambda where, **given: _items(where, ITEM.c.boss_id, **given), orders=ORDERS, key="boss_id")
ITEM_BY_ID = RootOne(lambda scope, ids: _scoped(scope, ITEM).where(any_of(ITEM.c.id, ids)))
ALL_ITEMS = RootPaged(lambda scope, **given: _filtered(_scoped(scope, ITEM), **given), orders=ORDERS, check=_check)
ALL_HOMES = RootPaged(lambda scope: _scoped(scope, HOME), orders={None: Order(("id",))})
HOME_BY_ID = RootOne(lambda scope, ids: _scoped(scope, HOME).where(any_of(HOME.c.id, ids)))
EDITOR, ADMIN = Access(Level.EDITOR, "read"), Access(Level.ADMIN, "all")


@strawberry.type
class Price:
    micros: BigInt
    text: str

    @strawberry.field
    def double(self) -> int:
        return int(self.micros) * 2


def _price(place: int, code: str) -> Price | None:
    return None if place == 0 else Price(micros=BigInt(place), text=code)


def _price_in_sql(words: Words, place: Any, code: Any) -> Structure:
    return Structure({"micros": string(place), "text": [words.text(code)]}, absent=place == 0)


def _shaky(name: str | None, rank: int | None) -> str:
    if rank in (1, 7):
        raise ValueError(f"rank {rank}")
    if rank == -1:
        raise Refusal(InvalidInput(message="rank -1", path=()))
    return f"{name} {rank}"


def _id(name: str) -> Any:
    return computed(partial(global_id, name), "id", sql=lambda words, key: words.global_id(name, key), description="Id")


def _opened(level: Level, scope: str) -> Any:
    """The rule of a type: who holds the level in an account sees those of it; without the scope nobody sees any."""
    return lambda caller: caller.reach(level) if caller.in_scope(scope) else None


def _branches() -> dict[str, Branch]:
    return {
        "Item": Branch(Item, ITEM_BY_ID, _opened(Level.EDITOR, "read")),
        "Home": Branch(Home, HOME_BY_ID, _opened(Level.ADMIN, "all")),
    }


SUBJECT = Several("subject_kind", "subject_id", _branches)


@strawberry.interface
class Thing(Rowed):
    id: strawberry.ID


@strawberry.type
class Facts(Rowed):
    """Another view of an item: whatever may be null."""

    name: str | None = column(description="Null or not")
    rank: int | None = column(description="Null or not")
    big: BigInt | None = column(description="Null or not")
    born: date | None = column(description="Null or not")
    seen: datetime | None = column(description="Null or not")
    open: bool | None = column(description="Null or not")
    mood: Mood | None = column(description="Null or not")
    tags: list[str] | None = column(description="Null or not")
    home: "Home | None" = one(HOME_OF, description="Where")


@strawberry.type
class Odd(Rowed):
    """Another view of an item: what the vocabulary has no word for, and lists that JSON writes otherwise."""

    numbers: list[BigInt] | None = column("counts", description="Texts of numbers")
    code: str = column(description="Text")

    @strawberry.field
    def plain(self) -> str:
        return self.row.code + "!"


@strawberry.type
class Sure(Rowed):
    """Another view of an item: nothing may be null, and much is."""

    name: str = column(description="Null or not")
    rank: int = column(description="Null or not")
    big: BigInt = column(description="Null or not")
    born: date = column(description="Null or not")
    seen: datetime = column(description="Null or not")
    open: bool = column(description="Null or not")
    mood: Mood = column(description="Null or not")
    tags: list[str] = column(description="Null or not")
    home: "Home" = one(HOME_OF, description="Where")
    boss: "Item" = one(ITEM_OF, description="Whose")


@strawberry.type
class Item(Thing):
    id: strawberry.ID = _id("Item")
    code: str = column(description="Text")
    place: int = column(description="Number")
    since: datetime = column(description="Moment")
    other: str = column("code", description="The same column")
    name: str | None = column(description="Null or not")
    rank: int = column(description="Null or not")
    big: BigInt | None = column(description="Null or not")
    born: date | None = column(description="Null or not")
    seen: datetime | None = column(description="Null or not")
    open: bool | None = column(description="Null or not")
    mood: Mood | None = column(description="Null or not")
    tags: list[str] | None = column(description="Null or not")
    shaky: str | None = computed(_shaky, "name", "rank", description="Raises")
    shakier: str = computed(_shaky, "name", "rank", description="Raises")
    caller: str = computed(lambda context, code: context.caller.name + code, "code", asks=True, description="Asks")
    price: Price | None = computed(_price, "place", "code", sql=_price_in_sql, description="Structure")
    sure_price: Price = computed(_price, "place", "code", sql=_price_in_sql, description="Structure")
    facts: Facts = whole(description="View")
    sure: Sure | None = whole(description="View")
    surely: Sure = whole(description="View")
    home: "Home | None" = one(HOME_OF, description="Where")
    sure_home: "Home" = one(HOME_OF, description="Where")
    odd: Odd | None = one(ITEM_OF, description="Whose")
    only: Annotated["Item", strawberry.union("Only")] | None = one(ITEM_OF, description="Whose")
    either: Annotated["Item | Home", strawberry.union("Either")] | None = several(EITHER, description="Whose, or where")
    boss: "Item | None" = one(ITEM_OF, description="Whose")
    locked: "Item | None" = one(ITEM_OF, access=ADMIN, description="Whose")
    subject: Thing | None = several(SUBJECT, description="Of any type")
    sure_subject: Thing = several(SUBJECT, description="Of any type")
    any_subject: "Annotated[Item | Home, strawberry.union('Either')] | None" = several(
        SUBJECT, description="Of either type"
    )
    locked_subject: Thing | None = several(SUBJECT, access=ADMIN, description="Of any type")
    staff: "list[Item]" = many(STAFF, description="Who")
    locked_staff: "list[Item] | None" = many(STAFF, access=EDITOR, description="Who")
    surely_staff: "list[Item]" = many(STAFF, access=ADMIN, description="Who")

    @asked(PICKED, gives="Item | None", description="Itself, or not")
    def itself(self, least: int | None = None) -> Arguments:
        return {"least": least}

    @asked(STAFF, gives="list[Item]", description="Some")
    def some(self, filter: Filter | None = None) -> Arguments:
        return _criteria(filter)

    @connection(STAFF_PAGES, gives=Connection["Item"], description="Pages")
    def pages(self, filter: Filter | None = None, sort: Sort = Sort.SINCE) -> Arguments:
        return {"sort": sort, **_criteria(filter)}


@strawberry.type
class Home(Thing):
    id: strawberry.ID = _id("Home")
    name: str | None = column(description="Null or not")
    sure: str = column(description="Text")
    named: str = column("name", description="Null or not")

    @connection(DWELLERS, gives=Connection[Item], description="Pages")
    def items(self, filter: Filter | None = None, sort: Sort | None = None) -> Arguments:
        return {"sort": sort, **_criteria(filter)}

    @connection(DWELLERS, gives=Connection[Item] | None, access=EDITOR, description="Pages")
    def locked(self, filter: Filter | None = None) -> Arguments:
        return _criteria(filter)

    @connection(DWELLERS, gives=Connection[Item], access=ADMIN, description="Pages")
    def surely(self) -> Arguments:
        return {}


def _ids(id: str) -> Arguments:
    return {"ids": [UUID(int=int(id))] if id.isdigit() else []}


@strawberry.type
class Query:
    @asked(ITEM_BY_ID, gives=Item | None, access=EDITOR, description="By id")
    def item(self, id: strawberry.ID) -> Arguments:
        return _ids(id)

    @asked(ITEM_BY_ID, gives=Item, access=ADMIN, description="By id")
    def sure_item(self, id: strawberry.ID) -> Arguments:
        return _ids(id)

    @connection(ALL_ITEMS, gives=Connection[Item], access=EDITOR, description="All")
    def items(self, filter: Filter | None = None, sort: Sort | None = None) -> Arguments:
        return {"sort": sort, **_criteria(filter)}

    @connection(ALL_HOMES, gives=Connection[Home] | None, access=EDITOR, description="All")
    def homes(self) -> Arguments:
        return {}

    @strawberry.field(description="By a function", extensions=[Access(Level.PUBLIC)])
    async def found(self, info: strawberry.Info, ids: list[strawberry.ID]) -> list[Thing | None]:
        keys = [_ids(id)["ids"] for id in ids]
        rows = await info.context.loads.reader.rows(
            select(ITEM).where(any_of(ITEM.c.id, [k for ks in keys for k in ks]))
        )
        known = {row.id: Item(row=row) for row in rows}
        return [known.get(key[0]) if key else None for key in keys]


SCHEMA = Schema(
    Query, types=[Item, Home], execution_context_class=Executor, config=StrawberryConfig(scalar_map=SCALARS)
)
POOL: dict[str, Any] = {
    "first": [1, 2, 3, 5, 7, 30, 100] * 4 + [0, 101],
    "last": [1, 2, 3, 30, -1],
    "least": [0, 1, 7, -7, -(2**31)],
    "part": ["", "a", '"', "%", "\\", "\N{GRINNING FACE}"],
    "id": [str(each.int) for each in ITEMS] + ["1", "x", "9" * 30],
    "ids": [str(each.int) for each in ITEMS[:8]] + ["1", "x"],
}
HABITS = {"first": 95, "last": 4, "after": 10, "before": 4, "filter": 30}
SEVERAL = ("subject", "sureSubject", "anySubject", "lockedSubject", "either")
UNFOLDABLE = frozenset(
    (
        "shaky",
        "shakier",
        "caller",
        "facts",
        "sure",
        "surely",
        "odd",
        "totalCount",
        "double",
        "rank",
        "named",
        *SEVERAL[:-1],
    )
)
"""What only Python can make, or is null where null may not stand."""


def pool(rows: list[dict[str, Any]]) -> Any:
    """Values of arguments, cursors of these items among them, and of lists in other orders."""
    cursors = [encode(order, [row[name] for name in order.columns]) for row in rows[:6] for order in ORDERS.values()]
    values = {**POOL, "after": [*cursors, "", "x"], "before": [*cursors, "x"]}
    return lambda name, kind: values.get(name) or {"Int": [1], "Boolean": [True]}[kind]
