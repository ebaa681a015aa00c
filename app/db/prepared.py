"""Statements compiled once and run straight on the driver: rows come as columns, ready to be made into an answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import BindParameter, Dialect, Uuid, literal_column
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

from app.db.drivers import Driver
from app.db.keys import Selection
from app.db.parameters import getter
from app.db.values import made_once

REPEATED, MANY = (Uuid, EnumColumn), 200  # of many rows most have a parent or a state that others have as well
Columns = list[Sequence[Any]]
"""The values of each selected column, in the order of the rows."""


class Prepared:
    """A SELECT in the words of one database, with what its parameters and columns are converted by."""

    def __init__(self, rows: Selection, dialect: Dialect) -> None:
        compiled: Any = _spelled(rows).compile(dialect=dialect)
        if compiled.post_compile_params:
            raise TypeError("a list in the statement's own text: use `any_of` instead of `in_`")
        self.sql = str(compiled)
        processors = compiled._bind_processors  # noqa: SLF001 - what SQLAlchemy itself sends parameters through
        self._binds = [
            (_source(compiled.binds[name]), processors.get(name) or _same) for name in compiled.positiontup or ()
        ]
        entries = compiled._result_columns  # noqa: SLF001
        self._kinds = {entry.keyname: entry.type for entry in entries}
        makers = [entry.type._cached_result_processor(dialect, None) for entry in entries]  # noqa: SLF001
        kinds = [isinstance(entry.type, REPEATED) for entry in entries]
        self._made = [(at, make, kinds[at]) for at, make in enumerate(makers) if make is not None]
        self._width = len(entries)

    async def columns(self, driver: Driver, given: Mapping[str, Any]) -> Columns:
        """Run it with what its parameters are found in (db/parameters.py)."""
        sent = [process(get(given)) for get, process in self._binds]
        rows = await driver.fetch(self.sql, sent)
        if not rows:
            return self.empty
        columns: Columns = list(zip(*rows, strict=True))
        for at, make, repeated in self._made:
            once = repeated and len(rows) > MANY
            columns[at] = made_once(make, columns[at]) if once else list(map(make, columns[at]))
        return columns

    @property
    def empty(self) -> Columns:
        return [()] * self._width

    @property
    def names(self) -> list[str]:
        """The columns' names, in their order."""
        return list(self._kinds)

    def kinds(self, names: Sequence[str]) -> list[TypeEngine[Any]]:
        """The types of columns by their names."""
        return [self._kinds[name] for name in names]


def _spelled(rows: Selection) -> Selection:
    """The same with states and levels of its own in its text: partial indexes are found by them in any plan.

    PostgreSQL would plan it anew each time, where all is parameters, to find them by their values.
    """

    def spell(element: Any, **_: Any) -> Any:
        is_own = isinstance(element, BindParameter) and not element.required and isinstance(element.type, EnumColumn)
        return literal_column(f"'{element.value.name}'", element.type) if is_own and element.value else None

    return cast("Selection", replacement_traverse(rows, {}, spell))


def _source(parameter: BindParameter[Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Where the value comes from: a parameter without one of its own is asked for."""
    if parameter.required:
        return getter(parameter.key)
    own = parameter.effective_value
    return lambda _: own


def _same(value: Any) -> Any:
    return value
