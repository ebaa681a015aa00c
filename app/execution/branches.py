"""A field of several types, each of which is one statement: a column tells them apart, or a key of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.db.engine import FAULTS
from app.db.json import is_too_deep
from app.db.reads import Branch, RootOne, Several
from app.domain.access import Scope
from app.execution import reading, statements
from app.execution.batch import BROKEN, Batch, failed
from app.execution.folding import Unfoldable
from app.execution.objects import Place, Rows, Run
from app.execution.reading import Wanted
from app.execution.statements import Statements
from app.execution.values import Position, Structures, scattered

KEY = "id"


@dataclass
class Planned:
    """What is selected of one type: how its rows are read, and what completes them."""

    branch: Branch
    structures: Structures
    wanted: Wanted
    statements: Statements

    async def complete(self, run: Run, keys: Sequence[Any]) -> Batch:
        """The objects of these keys; null for those that the caller may not see."""
        scope = self.branch.opens(run.context.caller)
        distinct = list(dict.fromkeys(key for key in keys if key is not None))
        if scope is None or not distinct:
            return Batch([None] * len(keys))
        try:
            rows = await self._rows(run, scope, distinct)
        except RecursionError as error:  # a fold so wide that its statement cannot be written
            if self.wanted.folds:
                raise Unfoldable(ever=True) from error
            raise
        found = {key: place for place, key in enumerate(rows.columns[KEY])}
        return await self.structures.complete(run, [found.get(key) for key in keys], rows)

    async def _rows(self, run: Run, scope: Scope, keys: list[Any]) -> Rows:
        read: RootOne = self.branch.read
        arguments, given = {"ids": keys}, self.wanted.given(run, self.statements.words)
        statement = self.statements.prepared(
            reading.key_of(arguments, given, scope),
            lambda: reading.root_rows(read, self.wanted, scope, arguments, given),
        )
        known = {reading.SCOPE: scope, statements.ARGUMENT: arguments, **given.found()}
        try:
            columns = await run.reader.columns(statement, known)
        except FAULTS as fault:
            if self.wanted.folds and is_too_deep(fault):
                raise Unfoldable(ever=True) from fault
            raise
        return Rows(len(columns[0]), dict(zip(self.wanted.names(), columns, strict=True)))


class SeveralField:
    """Completes the parents type by type."""

    def __init__(self, read: Several, kinds: Mapping[str, Planned], place: Place, position: Position) -> None:
        self._read, self._kinds, self._place, self._position = read, kinds, place, position

    async def complete(self, run: Run, source: Rows) -> Batch:
        names, keys = source.columns[self._read.kind], source.columns[self._read.of]
        done = Batch([BROKEN if name in self._kinds else None for name in names])
        for name in dict.fromkeys(name for name in names if name in self._kinds):
            places = [place for place, found in enumerate(names) if found == name]
            try:
                part = await self._kinds[name].complete(run, [keys[place] for place in places])
            except Exception as error:  # noqa: BLE001 - the last resort: it becomes an error of the answer
                part = failed(len(places), error, self._place.nodes)
            done = scattered(done, places, part)
        return self._position.settle(done)


class OneOfField:
    """Completes a union whose types are relations of their own: each for the parents whose first key is its own."""

    def __init__(self, relations: Sequence[Any], position: Position) -> None:
        self._relations, self._position = relations, position

    async def complete(self, run: Run, source: Rows) -> Batch:
        done, left = Batch([None] * source.count), set(range(source.count))
        for relation in self._relations:
            keys = source.columns[relation.read.of]
            places = [place for place, key in enumerate(keys) if key is not None and place in left]
            left.difference_update(places)
            if places:
                part = Rows(len(places), {relation.read.of: [keys[place] for place in places]})
                done = scattered(done, places, await relation.complete(run, part))
        return self._position.settle(done)
