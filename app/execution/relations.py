"""Selected fields that are read: one statement a field for all parents, and the rows given to their parents."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

from sqlalchemy import select, true

from app.db import callers
from app.db.engine import FAULTS
from app.db.json import is_too_deep
from app.db.keys import Selection
from app.db.page import COUNTED_EXACTLY, Order, Page, Window, cut, encode
from app.db.prepared import Columns, Prepared
from app.domain.access import Scope
from app.execution import reading, statements
from app.execution.asking import Asking
from app.execution.batch import BROKEN, Batch, Fault, Faults, failed
from app.execution.connection import Count, PageInfo
from app.execution.folding import Given, Unfoldable
from app.execution.guard import Guard
from app.execution.objects import Place, Rows, Run
from app.execution.reading import Wanted
from app.execution.rows import Rowed
from app.execution.statements import Statements
from app.execution.values import Position

WHO = 5  # columns of `callers.who`
Counts = Callable[[], Awaitable[list[int]]]


class Lock:
    """The guard of a field below the root: which of the parents it is open for."""

    def __init__(self, guard: Guard, kind: type[Rowed], place: Place) -> None:
        self._guard, self._kind, self._place = guard, kind, place

    def faults(self, run: Run, source: Rows) -> Faults:
        caller = run.context.caller
        columns = [source.columns[name] for name in self._kind.lock_columns]
        locks = zip(*columns, strict=True) if columns else repeat((), source.count)
        denied: Faults = {}
        opened: dict[Any, Exception | None] = {}
        for place, values in enumerate(locks):
            if values not in opened:
                opened[values] = self._denial(caller, values)
            error = opened[values]
            if error is not None:
                denied[place] = [Fault(error, self._place.nodes)]
        return denied

    def _denial(self, caller: Any, values: Sequence[Any]) -> Exception | None:
        try:
            self._guard.key(caller)
            self._guard.lock(caller, self._kind, *values)
        except Exception as error:  # noqa: BLE001 - the last resort: it becomes an error of the answer
            return error
        return None


class Locked:
    """A field behind a lock: completed for the parents it is open for."""

    def __init__(self, field: Any, lock: Lock, position: Position) -> None:
        self._field, self._lock, self._position = field, lock, position

    async def complete(self, run: Run, source: Rows) -> Batch:
        denied = self._lock.faults(run, source)
        if not denied:
            return await self._field.complete(run, source)
        opened = [place for place in range(source.count) if place not in denied]
        part = {name: [values[place] for place in opened] for name, values in source.columns.items()}
        done = await self._field.complete(run, Rows(len(opened), part, source.order)) if opened else Batch([])
        values: list[Any] = [BROKEN] * source.count
        faults = dict(denied)
        for at, place in enumerate(opened):
            values[place] = done.values[at]
            if at in done.faults:
                faults[place] = done.faults[at]
        return self._position.settle(Batch(values, faults))


class Reading:
    """A declared field: what it reads of its rows, and where its value stands."""

    def __init__(
        self,
        read: Any,
        wanted: Wanted,
        asking: Asking,
        place: Place,
        position: Position,
        known: Statements,
        guard: Guard | None = None,
    ) -> None:
        self.read, self.wanted, self.asking, self.statements, self.guard = read, wanted, asking, known, guard
        self._place, self._position = place, position

    async def complete(self, run: Run, source: Any) -> Batch:
        """The value for all parents; what fails, fails for all of them."""
        try:
            values, rows = await self.values(run, source)
        except RecursionError as error:  # a fold so wide that its statement cannot be written
            if self.wanted.folds:
                raise Unfoldable(ever=True) from error
            raise
        except Exception as error:  # noqa: BLE001 - the last resort: it becomes an error of the answer
            return await self._position.complete(run, failed(source.count, error, self._place.nodes), Rows(0, {}))
        return await self._position.complete(run, Batch(values), rows)

    async def values(self, run: Run, source: Any) -> tuple[Sequence[Any], Any]:
        """The place of each parent's row, or the places of its rows, among the rows."""
        raise NotImplementedError

    async def columns(self, run: Run, statement: Prepared, given: Mapping[str, Any]) -> Columns:
        try:
            return await run.reader.columns(statement, given)
        except FAULTS as fault:
            if self.wanted.folds and is_too_deep(fault):
                raise Unfoldable(ever=True) from fault
            raise

    def given(self, run: Run) -> Given:
        return self.wanted.given(run, self.statements.words)

    def scope(self, run: Run) -> Scope:
        """The accounts that a root's guard opens to the caller."""
        guard: Guard = self.guard  # type: ignore[assignment] - every root has one
        if run.session is None:
            guard.door(run.context.caller)
        return run.scope(guard.level)


class OneField(Reading):
    """At most one row a parent; parents that refer to the same one share it."""

    async def values(self, run: Run, source: Any) -> tuple[Sequence[Any], Rows]:
        keys = source.columns[self.read.of]
        distinct = list(dict.fromkeys(key for key in keys if key is not None))
        if not distinct:
            return [None] * len(keys), Rows(0, {})
        rows = await self.rows(run, distinct)
        found = {key: place for place, key in enumerate(rows.columns[self.read.key])}
        return [found.get(key) for key in keys], rows

    async def rows(self, run: Run, keys: list[Any]) -> Rows:
        arguments, given = self.asking.arguments(run), self.given(run)
        statement = self.statements.prepared(
            reading.key_of(arguments, given), lambda: reading.rows_of(self.read, self.wanted, arguments, given)
        )
        found = {reading.KEYS: keys, statements.ARGUMENT: arguments, **given.found()}
        return _rows(self.wanted.names(self.read.key), await self.columns(run, statement, found))


class ManyField(OneField):
    """A short list a parent."""

    async def values(self, run: Run, source: Any) -> tuple[Sequence[Any], Rows]:
        keys = source.columns[self.read.of]
        rows = await self.rows(run, list(dict.fromkeys(keys)))
        found = _grouped(rows.columns[self.read.key])
        return [found.get(key, ()) for key in keys], rows


class Pages:
    """A page a parent: the places of its rows, in their order, and whether there is more on either side."""

    def __init__(self, rows: Rows, groups: Sequence[Sequence[int]], window: Window, counts: Counts) -> None:
        self.rows, self.window, self.counts = rows, window, counts
        self.pages = [cut(group, window) for group in groups]

    @property
    def count(self) -> int:
        return len(self.pages)

    def cursor(self, place: int) -> str:
        order = self.window.order
        return encode(order, [self.rows.columns[name][place] for name in order.columns])

    def information(self, page: Page) -> PageInfo:
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=self.cursor(page.rows[0]) if page.rows else None,
            end_cursor=self.cursor(page.rows[-1]) if page.rows else None,
        )


class PagedField(Reading):
    """A connection a parent; its own fields are completed by the selection on it."""

    async def values(self, run: Run, source: Any) -> tuple[Sequence[Any], Pages]:
        keys = source.columns[self.read.of]
        (arguments, window), given = self.asking.page(run), self.given(run)
        statement = self.statements.prepared(
            reading.key_of(arguments, given, window=window),
            lambda: reading.page_of(self.read, self.wanted, arguments, window, given),
        )
        known = {reading.KEYS: list(dict.fromkeys(keys)), statements.ARGUMENT: arguments, **given.found()}
        columns = window.order.columns
        found = await self.columns(run, statement, {**known, **window.given(statement.kinds(columns))})
        rows = _rows(self.wanted.names(self.read.key, *columns), found, window.order)
        groups = _grouped(rows.columns[self.read.key])

        async def counts() -> list[int]:
            return await self._counts(run, arguments, known, keys)

        return range(len(keys)), Pages(rows, [groups.get(key, ()) for key in keys], window, counts)

    async def _counts(self, run: Run, arguments: Any, given: Any, keys: Sequence[Any]) -> list[int]:
        statement = self.statements.prepared(
            (statements.shaped(arguments), "count"), lambda: reading.count_of(self.read, arguments)
        )
        found, numbers = await run.reader.columns(statement, given)
        known = dict(zip(found, numbers, strict=True))
        return [min(known.get(key, 0), COUNTED_EXACTLY + 1) for key in keys]


class RootOneField(Reading):
    """At most one row that the caller's scope opens."""

    async def values(self, run: Run, source: Any) -> tuple[Sequence[Any], Rows]:  # noqa: ARG002
        scope, arguments, given = self.scope(run), self.asking.arguments(run), self.given(run)
        statement = self.statements.prepared(
            reading.key_of(arguments, given, scope),
            lambda: reading.root_rows(self.read, self.wanted, scope, arguments, given),
        )
        known = {reading.SCOPE: scope, statements.ARGUMENT: arguments, **given.found()}
        rows = _rows(self.wanted.names(), await self.columns(run, statement, known))
        return [0 if rows.count else None], rows

    @property
    def is_sole(self) -> bool:
        """Whether the statement can find out by itself who asks."""
        return not self.asking.asks and not any(fold.asks for fold in self.wanted.folds)

    async def complete_for_session(self, run: Run, now: datetime) -> Batch | None:
        """The value, and in the same statement who asks; None where anything is not plainly permitted and there."""
        scope, arguments, given = self.scope(run), self.asking.arguments(run), self.given(run)
        statement = self.statements.prepared(
            ("sole", *reading.key_of(arguments, given, scope)),
            lambda: self._beside(reading.root_rows(self.read, self.wanted, scope, arguments, given)),
        )
        session = {"digest": run.session, "now": now}
        known = {callers.GIVEN: session, statements.ARGUMENT: arguments, **given.found()}
        columns = await self.columns(run, statement, known)
        if len(columns[0]) != 1:
            return None
        run.context.caller = callers.known(*(column[0] for column in columns[-WHO:]))
        run.session = None
        self.scope(run)
        for fold in self.wanted.folds:
            fold.admit(run.context.caller)
        done = await self._position.complete(run, Batch([0]), _rows(self.wanted.names(), columns[:-WHO]))
        return None if done.faults else done

    def _beside(self, rows: Selection) -> Selection:
        """The row, and in the last columns who asks."""
        row, who = rows.subquery("row"), callers.who(self.statements.words).subquery("who")
        return select(*row.c, *who.c).select_from(row.join(who, true()))


class RootPagedField(Reading):
    """A connection that the caller's scope opens."""

    async def values(self, run: Run, source: Any) -> tuple[Sequence[Any], Pages]:  # noqa: ARG002
        scope, (arguments, window) = self.scope(run), self.asking.page(run)
        self.read.check(scope, **arguments)
        given, columns = self.given(run), window.order.columns
        statement = self.statements.prepared(
            reading.key_of(arguments, given, scope, window),
            lambda: reading.root_page(self.read, self.wanted, scope, arguments, window, given),
        )
        known = {reading.SCOPE: scope, statements.ARGUMENT: arguments, **given.found()}
        found = await self.columns(run, statement, {**known, **window.given(statement.kinds(columns))})
        rows = _rows(self.wanted.names(*columns), found, window.order)

        async def counts() -> list[int]:
            counting = self.statements.prepared(
                (statements.shaped(arguments), reading.shape_of(scope), "count"),
                lambda: reading.root_count(self.read, scope, arguments),
            )
            return [(await run.reader.columns(counting, known))[1][0]]

        return [0], Pages(rows, [range(rows.count)], window, counts)


class ItemsField:
    """`nodes` and `edges` of a connection."""

    def __init__(self, position: Position) -> None:
        self._position = position

    async def complete(self, run: Run, source: Pages) -> Batch:
        return await self._position.complete(run, Batch([page.rows for page in source.pages]), source.rows)


class CursorField:
    """`cursor` of an edge."""

    async def complete(self, run: Run, source: Rows) -> Batch:  # noqa: ARG002
        order: Order = source.order  # type: ignore[assignment] - rows of a connection have one
        columns = [source.columns[name] for name in order.columns]
        return Batch([encode(order, values) for values in zip(*columns, strict=True)])


class PageInfoField:
    """`pageInfo` of a connection."""

    def __init__(self, position: Position) -> None:
        self._position = position

    async def complete(self, run: Run, source: Pages) -> Batch:
        given = Batch([source.information(page) for page in source.pages])
        return await self._position.complete_python(run, given)


class TotalCountField:
    """`totalCount` of a connection: a statement of its own."""

    def __init__(self, place: Place, position: Position) -> None:
        self._place, self._position = place, position

    async def complete(self, run: Run, source: Pages) -> Batch:
        try:
            given = Batch([Count.of(number) for number in await source.counts()])
        except Exception as error:  # noqa: BLE001 - the last resort: it becomes an error of the answer
            given = failed(source.count, error, self._place.nodes)
        return await self._position.complete_python(run, given)


def _rows(names: tuple[str, ...], columns: Sequence[Sequence[Any]], order: Order | None = None) -> Rows:
    return Rows(len(columns[0]), dict(zip(names, columns, strict=True)), order)


def _grouped(keys: Sequence[Any]) -> dict[Any, list[int]]:
    groups: dict[Any, list[int]] = {}
    for place, key in enumerate(keys):
        groups.setdefault(key, []).append(place)
    return groups
