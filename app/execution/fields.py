"""Selected fields that need no statement: of rows the declared columns, of Python objects attributes and methods."""

from collections.abc import Callable
from typing import Any

from app.execution.batch import Batch, each
from app.execution.objects import Place, Rows, Run, Source, Things
from app.execution.values import Position
from app.execution.vocabulary import Computed


class TypeName:
    """`__typename`."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def complete(self, run: Run, source: Source) -> Batch:  # noqa: ARG002
        return Batch([self._name] * source.count)


class ColumnField:
    """A column of the row."""

    def __init__(self, name: str, position: Position) -> None:
        self._name, self._position = name, position

    async def complete(self, run: Run, source: Rows) -> Batch:
        return await self._position.complete(run, Batch(source.columns[self._name]), None)


class ComputedField:
    """A value made of columns of the row."""

    def __init__(self, declared: Computed, place: Place, position: Position) -> None:
        self._declared, self._place, self._position = declared, place, position

    async def complete(self, run: Run, source: Rows) -> Batch:
        made = self._declared.make
        make = (lambda *values: made(run.context, *values)) if self._declared.asks else made
        columns = [source.columns[name] for name in self._declared.columns]
        arguments = zip(*columns, strict=True) if columns else [()] * source.count
        return await self._position.complete_python(run, each(arguments, lambda given: make(*given), self._place.nodes))


class WholeField:
    """Another type's view of the same rows."""

    def __init__(self, position: Position) -> None:
        self._position = position

    async def complete(self, run: Run, source: Rows) -> Batch:
        return await self._position.complete(run, Batch(range(source.count)), source)


class AttributeField:
    """An attribute of the object."""

    def __init__(self, get: Callable[[Any], Any], place: Place, position: Position) -> None:
        self._get, self._place, self._position = get, place, position

    async def complete(self, run: Run, source: Things) -> Batch:
        return await self._position.complete_python(run, each(source.objects, self._get, self._place.nodes))
