"""What a declared read selects for all parents at once, or for a root: the columns wanted, and the folds."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app.db.json import Words
from app.db.keys import Condition, Selection, among
from app.db.page import Window, counted, ordered, windowed
from app.db.parameters import shape, symbol
from app.db.reads import Many, One, Paged, RootOne, RootPaged
from app.domain.access import Scope
from app.execution.folding import Folded, Given
from app.execution.objects import Run
from app.execution.statements import Arguments, narrowed, shaped, symbols

KEYS, SCOPE = "keys", "scope"


@dataclass(frozen=True)
class Wanted:
    """What the selection on a type needs of its rows."""

    columns: tuple[str, ...] = ()
    folds: tuple[Folded, ...] = ()

    def also(self, other: "Wanted") -> "Wanted":
        return Wanted(tuple(dict.fromkeys((*self.columns, *other.columns))), (*self.folds, *other.folds))

    def names(self, *first: str) -> tuple[str, ...]:
        """What the selected columns are called."""
        return tuple(dict.fromkeys((*first, *self.columns, *(fold.name for fold in self.folds))))

    def given(self, run: Run, words: Words) -> Given:
        """What this request gives the folds; Unfoldable where they cannot answer it."""
        given = Given(words)
        for fold in self.folds:
            fold.give(run, given)
        return given

    def of(self, rows: Selection, given: Given, *first: str) -> Selection:
        """*rows* with what is wanted of them: first some columns in any case."""
        columns = tuple(dict.fromkeys((*first, *self.columns)))
        if not self.folds:
            return narrowed(rows, columns)
        table = narrowed(rows, (*columns, *self.needed)).subquery("t")
        words = given.words
        folded = [words.join(fold.parts(table, given)).label(fold.name) for fold in self.folds]
        return select(*(table.c[name] for name in columns), *folded)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that the folds join on."""
        return tuple(name for fold in self.folds for name in fold.needs)


def belonging() -> Condition:
    """The condition that a row belongs to the parents whose keys are bound."""
    return among(bindparam(KEYS))


def rows_of(read: One | Many, wanted: Wanted, arguments: Arguments, given: Given) -> Selection:
    """SELECT the rows of all parents, and first of all the parent's key."""
    rows = read.rows(belonging(), **symbols(arguments))
    if isinstance(read, Many):
        rows = ordered(rows, read.order)
    return wanted.of(rows, given, read.key)


def page_of(read: Paged, wanted: Wanted, arguments: Arguments, window: Window, given: Given) -> Selection:
    """SELECT a page of each parent, one row more if there is, and first of all the parent's key."""
    first = (read.key, *window.order.columns)
    rows = narrowed(read.rows(belonging(), **symbols(arguments)), (*first, *wanted.columns, *wanted.needed))
    return wanted.of(windowed(rows, read.key, window.symbol), given, *first)


def count_of(read: Paged, arguments: Arguments) -> Selection:
    return counted(narrowed(read.rows(belonging(), **symbols(arguments)), (read.key,)), read.key)


def root_rows(read: RootOne, wanted: Wanted, scope: Scope, arguments: Arguments, given: Given) -> Selection:
    return wanted.of(read.rows(symbol(SCOPE, scope), **symbols(arguments)), given, *wanted.columns)


def root_page(
    read: RootPaged, wanted: Wanted, scope: Scope, arguments: Arguments, window: Window, given: Given
) -> Selection:
    first = window.order.columns
    rows = narrowed(read.rows(symbol(SCOPE, scope), **symbols(arguments)), (*first, *wanted.columns, *wanted.needed))
    return wanted.of(windowed(rows, None, window.symbol), given, *first)


def root_count(read: RootPaged, scope: Scope, arguments: Arguments) -> Selection:
    return counted(read.rows(symbol(SCOPE, scope), **symbols(arguments)), None)


def shape_of(scope: Scope) -> tuple[Any, ...]:
    """What of a scope statements depend on; its level is the guard's."""
    return scope.everything, shape(scope.user_id), shape(scope.permitted)


def key_of(arguments: Arguments, given: Given, scope: Scope | None = None, window: Window | None = None) -> Any:
    """What a statement depends on."""
    return shaped(arguments), given.shape, scope and shape_of(scope), window and window.shape
