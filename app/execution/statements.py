"""Statements of a declared field: one for each shape that its arguments take, built when that is first met."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from sqlalchemy import Dialect

from app.db.json import words
from app.db.keys import Selection
from app.db.parameters import shape, symbol
from app.db.prepared import Prepared

KEPT = 32
ARGUMENT = "argument"
Arguments = Mapping[str, Any]


class Statements:
    """Prepared statements by the shape of their arguments; the oldest are forgotten."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.words = words(dialect.name)
        self._known: OrderedDict[Hashable, Prepared] = OrderedDict()

    def prepared(self, key: Hashable, build: Callable[[], Selection]) -> Prepared:
        if key not in self._known:
            self._known[key] = Prepared(build(), self._dialect)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known[key]


def shaped(arguments: Arguments) -> Hashable:
    return tuple((name, shape(value)) for name, value in arguments.items())


def symbols(arguments: Arguments, whose: str = ARGUMENT) -> dict[str, Any]:
    return {name: symbol(f"{whose}.{name}", value) for name, value in arguments.items()}


def narrowed(rows: Selection, columns: tuple[str, ...]) -> Selection:
    """The same rows with these columns only."""
    return rows.with_only_columns(*(rows.selected_columns[name] for name in dict.fromkeys(columns)))
