"""Whole subtrees as one value of their parent's statement: JSON made by the database, put into the answer as it is.

Foldable is what is made of columns, of values with words in SQL, and of relations. Where anything turns out to be
otherwise (a denial, a wrong argument, a null where none may stand), the plan without folds answers, and says why.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orjson import Fragment
from sqlalchemy import FromClause, Integer, bindparam, case, func, select

from app.db.json import MARK, NULL, Parts, Words, array_of, constant, object_of, or_else, string
from app.db.keys import Selection, any_of
from app.db.page import Order, Window, ordered
from app.db.parameters import shape, symbol
from app.db.reads import Many, One, Paged
from app.domain.access import Caller
from app.execution import statements
from app.execution.asking import Asking
from app.execution.batch import Batch
from app.execution.guard import Guard
from app.execution.objects import Rows, Run

AHEAD = ("has_next_page", "start_cursor", "end_cursor")
"""What of the page information depends on the rows of a page from the start of its list."""
Made = Callable[[FromClause, "Given"], Parts]
"""(the rows, what is given) -> the JSON of a value of each."""


class Unfoldable(BaseException):
    """Passes by whatever makes errors of the answer: the plan without folds is to answer instead."""

    def __init__(self, *, ever: bool) -> None:
        super().__init__()
        self.ever = ever


@dataclass
class Given:
    """What one request gives a fold and all within it: the arguments of each relation, and what is permitted."""

    words: Words
    arguments: dict[str, tuple[Mapping[str, Any], Window | None]] = field(default_factory=dict)
    permitted: dict[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> Hashable:
        shapes = [
            (name, statements.shaped(arguments), wanted and wanted.shape)
            for name, (arguments, wanted) in self.arguments.items()
        ]
        return (*shapes, *(shape(accounts) for accounts in self.permitted.values()))

    def found(self) -> dict[str, Any]:
        """What the parameters of the folds are found in."""
        sizes = {name: window.size for name, (_, window) in self.arguments.items() if window is not None}
        named = {name: arguments for name, (arguments, _) in self.arguments.items()}
        return {"permitted": self.permitted, "sizes": sizes, **named}


@dataclass(eq=False)
class Fold:
    """A relation and all that is selected below it."""

    name: str
    read: One | Many | Paged
    asking: Asking
    values: Mapping[str, Made]
    takes_null: bool
    columns: tuple[str, ...]
    """Columns of its own rows that the values need."""
    inner: Sequence["Folded"] = ()
    guard: Guard | None = None
    lock: str | None = None
    page: "Page | None" = None

    def give(self, run: Run, given: Given) -> None:
        """Take the arguments of this request, for it and all within."""
        try:
            if isinstance(self.read, Paged):
                given.arguments[self.name] = self.asking.page(run)
            else:
                given.arguments[self.name] = self.asking.arguments(run), None
            if self.guard is not None:
                given.permitted[self.guard.level.name] = run.scope(self.guard.level).permitted
                if run.session is None:
                    self.guard.key(run.context.caller)
        except Exception as error:  # the last resort: the plan without folds meets it again, and says so
            raise Unfoldable(ever=False) from error
        for each in self.inner:
            each.give(run, given)

    def admit(self, caller: Caller) -> None:
        """The keys of all guards within, once it is known who asks; GraphQLError where one is missing."""
        if self.guard is not None:
            self.guard.key(caller)
        for each in self.inner:
            each.admit(caller)

    @property
    def asks(self) -> bool:
        """Whether anything within depends on who asks, but for what is permitted."""
        return self.asking.asks or any(each.asks for each in self.inner)

    @property
    def needs(self) -> tuple[str, ...]:
        """The parent's columns that it joins on and asks for permission."""
        return tuple(name for name in (self.read.of, self.lock) if name is not None)

    def parts(self, parent: FromClause, given: Given) -> Parts:
        """Its JSON for a row of *parent*; the mark of what is broken where null may not stand."""
        arguments, window = given.arguments[self.name]
        key = parent.c[self.read.of]
        made = self._made(self._rows(key, arguments).correlate(parent), window, given)
        if isinstance(self.read, One):
            made = func.coalesce(made, constant(NULL if self.takes_null else MARK))
        if self.guard is None or self.lock is None:
            return [made]
        name = self.guard.level.name
        open_to = any_of(parent.c[self.lock], symbol(f"permitted.{name}", given.permitted[name]))
        return [case((open_to, made), else_=constant(MARK))]

    def _rows(self, key: Any, arguments: Mapping[str, Any]) -> Selection:
        symbols = statements.symbols(arguments, self.name)
        if isinstance(self.read, One) and self.read.of_one is not None:
            return self.read.of_one(key, **symbols)
        return self.read.rows(lambda column: column == key, **symbols)

    def _made(self, rows: Selection, window: Window | None, given: Given) -> Any:
        if window is not None and self.page is not None:
            return self._paged(rows, self.page, window, given)
        if isinstance(self.read, Many):
            rows = ordered(rows, self.read.order)
        if not (isinstance(self.read, One) and self.read.of_one is not None):  # without its sums that has other rows
            rows = statements.narrowed(rows, self.columns)
        table = rows.subquery(self.name)
        value = made(self.values, table, given)
        if isinstance(self.read, Many):
            value = array_of(given.words.gather(given.words.join(value)))
        return select(given.words.join(value)).select_from(table).scalar_subquery()

    def _paged(self, rows: Selection, page: "Page", window: Window, given: Given) -> Any:
        if window.backward or window.after is not None or window.before is not None:
            raise Unfoldable(ever=False)
        order, size = window.order, bindparam(f"sizes.{self.name}", type_=Integer())
        rows = ordered(statements.narrowed(rows, (*self.columns, *order.columns)), order)
        if not page.looks_ahead:
            table: Any = rows.limit(size).subquery(self.name)
            shown = select(page.shown(table, None, order, given))
            return (shown.select_from(table) if page.gathers else shown).scalar_subquery()
        limited = rows.limit(size + 1).subquery(f"{self.name}l")
        ordering = [limited.c[name].desc() if order.descending else limited.c[name].asc() for name in order.columns]
        place = func.row_number().over(order_by=ordering).label("place_")
        table = select(limited, place, func.count().over().label("count_")).subquery(self.name)
        return select(page.shown(table, size, order, given)).select_from(table).scalar_subquery()


@dataclass(eq=False)
class OneOfFold:
    """The folds of a union, one for each type: the first whose key the parent has."""

    name: str
    folds: Sequence[Fold]
    takes_null: bool

    def give(self, run: Run, given: Given) -> None:
        for each in self.folds:
            each.give(run, given)

    def admit(self, caller: Caller) -> None:
        for each in self.folds:
            each.admit(caller)

    @property
    def asks(self) -> bool:
        return any(each.asks for each in self.folds)

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(name for each in self.folds for name in each.needs)

    def parts(self, parent: FromClause, given: Given) -> Parts:
        there = [
            (parent.c[each.read.of].is_not(None), given.words.join(each.parts(parent, given))) for each in self.folds
        ]
        return [case(*there, else_=constant(NULL if self.takes_null else MARK))]


Folded = Fold | OneOfFold


@dataclass(eq=False)
class Page:
    """The selected fields of a connection, of its edges and its page information: Python names, and what is below."""

    fields: Mapping[str, tuple[str, Any]]

    @property
    def looks_ahead(self) -> bool:
        """Whether a row more than the page is to be looked for."""
        infos = [below for name, below in self.fields.values() if name == "page_info"]
        return any(name in AHEAD for below in infos for name, _ in below.values())

    @property
    def gathers(self) -> bool:
        """Whether it tells of rows at all: constants alone are told once, not once a row."""
        return self.looks_ahead or any(name in ("nodes", "edges") for name, _ in self.fields.values())

    def shown(self, table: FromClause, size: Any, order: Order, given: Given) -> Any:
        """The connection as one text; with a *size* the table has one row more than the page, if there is one."""
        values: dict[str, Parts] = {}
        for key, (name, below) in self.fields.items():
            if name == "page_info":
                values[key] = self._information(table, size, below, order, given)
            elif name == "__typename":
                values[key] = [f'"{below}"']
            else:
                item = made(below, table, given) if name == "nodes" else self._edge(table, below, order, given)
                items = given.words.gather(given.words.join(item))
                values[key] = array_of(items if size is None else items.filter(table.c.place_ <= size))
        return given.words.join(object_of(values))

    def _edge(self, table: FromClause, fields: Any, order: Order, given: Given) -> Parts:
        edge: dict[str, Parts] = {}
        for key, (name, below) in fields.items():
            if name == "node":
                edge[key] = made(below, table, given)
            else:
                edge[key] = [f'"{below}"'] if name == "__typename" else string(self._cursor(table, order, given))
        return object_of(edge)

    def _cursor(self, table: FromClause, order: Order, given: Given) -> Any:
        return given.words.cursor(order, [table.c[name] for name in order.columns])

    def _information(self, table: FromClause, size: Any, fields: Any, order: Order, given: Given) -> Parts:
        known: dict[str, Parts] = {"has_previous_page": ["false"]}
        if size is not None:
            place, count = table.c.place_, table.c.count_
            cursor = self._cursor(table, order, given)
            last = given.words.least(count, size)
            known |= {
                "has_next_page": [case((func.count() > size, constant("true")), else_=constant("false"))],
                "start_cursor": or_else(string(func.max(case((place == 1, cursor)))), NULL),
                "end_cursor": or_else(string(func.max(case((place == last, cursor)))), NULL),
            }
        return object_of({key: known.get(name, [f'"{below}"']) for key, (name, below) in fields.items()})


def made(values: Mapping[str, Made], table: FromClause, given: Given) -> Parts:
    """The object of a row."""
    return object_of({key: make(table, given) for key, make in values.items()})


class FoldedField:
    """A fold, as a field of the rows whose statement holds it."""

    def __init__(self, fold: Folded) -> None:
        self._name = fold.name

    async def complete(self, run: Run, source: Rows) -> Batch:  # noqa: ARG002
        texts = source.columns[self._name]
        if any(text is not None and MARK in text for text in texts):
            raise Unfoldable(ever=False)
        return Batch([None if text is None else Fragment(text) for text in texts])
