"""Completing values by their GraphQL type, a batch at a time: leaves, lists, objects, interfaces and unions."""

from collections.abc import Iterable, Sequence
from inspect import isawaitable
from typing import Any, Protocol

from graphql import (
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLString,
)
from graphql.execution.executor import Executor, invalid_return_type_error
from graphql.pyutils import is_iterable

from app.execution.batch import BROKEN, Batch, Fault, Faults, each, failed
from app.execution.objects import Objects, Place, Rows, Run

NULL = type(None)
PLAIN: dict[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
INT = 2**31


class Values(Protocol):
    """Completes values of one type. With *rows* objects are given by the places of their rows, else as they are."""

    async def complete(self, run: Run, values: Sequence[Any], rows: Rows | None) -> Batch: ...


class Position:
    """Where a value stands: a field, or an item of a list. Errors end where null may stand."""

    def __init__(self, values: Values, place: Place, *, takes_null: bool) -> None:
        self._values, self._place, self._takes_null = values, place, takes_null

    async def complete(self, run: Run, given: Batch, rows: Rows | None) -> Batch:
        """Complete what is *given*; what is broken there already stays so, and none of it is completed."""
        if given.faults:
            sound = [None if value is BROKEN else value for value in given.values]
            done = await self._values.complete(run, sound, rows)
            values = [BROKEN if given.values[at] is BROKEN else value for at, value in enumerate(done.values)]
            done = Batch(values, {**done.faults, **given.faults})
        else:
            done = await self._values.complete(run, given.values, rows)
        return self.settle(done)

    def settle(self, done: Batch) -> Batch:
        """Null where something broke, or broken where null is."""
        if self._takes_null:
            return done.where_null_stands()
        return done.without_null(self._place.nodes, self._place.message)

    async def complete_python(self, run: Run, given: Batch) -> Batch:
        """The same of what Python code gave: it may be awaitable, and an exception counts as raised."""
        return await self.complete(run, await settled(given, self._place), None)


class Leaves:
    """Scalars and enums."""

    def __init__(self, kind: GraphQLLeafType, place: Place) -> None:
        self._kind, self._nodes = kind, place.nodes
        self._names = _names(kind)

    async def complete(self, run: Run, values: Sequence[Any], rows: Rows | None) -> Batch:  # noqa: ARG002
        if self._is_plain(values):
            return Batch(values)
        if self._names is not None:
            try:
                return Batch([self._names[value] for value in values])
            except (KeyError, TypeError):
                pass  # not a member of the enum: graphql-core says why
        return each(values, self._make, self._nodes)

    def _is_plain(self, values: Sequence[Any]) -> bool:
        """Whether all of them are as they are to be sent already."""
        kinds = set(map(type, values))
        if kinds == {int}:
            return self._kind is GraphQLInt and min(values) >= -INT and max(values) < INT
        kinds.discard(NULL)
        return kinds == {PLAIN.get(self._kind)}

    def _make(self, value: Any) -> Any:
        return Executor.complete_leaf_value(self._kind, value)


def _names(kind: GraphQLLeafType) -> dict[Any, str | None] | None:
    """What each member of an enum is called, where a lookup can replace its serializer."""
    members = getattr(kind, "wrapped_cls", None) if isinstance(kind, GraphQLEnumType) else None
    return {None: None, **{member: kind.coerce_output_value(member) for member in members}} if members else None


class _BrokenOff(list[Any]):
    """The items that an iterator gave before it raised."""

    error: Exception


def _drained(items: Iterable[Any]) -> list[Any]:
    given = _BrokenOff()
    try:
        given.extend(items)
    except Exception as error:  # noqa: BLE001 - the last resort: it becomes an error of the answer
        given.error = error
        return given
    return list(given)


class Lists:
    """Lists, completed as one long one."""

    def __init__(self, item: Position, place: Place) -> None:
        self._item, self._place = item, place

    async def complete(self, run: Run, values: Sequence[Any], rows: Rows | None) -> Batch:
        opened = each(values, self._open, self._place.nodes)
        flat: list[Any] = []
        for items in opened.values:
            if items is not None and items is not BROKEN:
                flat.extend(items)
        items = Batch(flat)
        done = await (self._item.complete(run, items, rows) if rows else self._item.complete_python(run, items))
        return self._parted(opened, done)

    def _open(self, value: Any) -> Sequence[Any]:
        if isinstance(value, list | tuple | range):
            return value
        if not is_iterable(value):
            name = f"{self._place.parent}.{self._place.field}"
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
        return _drained(value)

    def _parted(self, opened: Batch, done: Batch) -> Batch:
        """The items given back to their lists, with their errors."""
        lists: list[Any] = []
        faults: Faults = dict(opened.faults)
        items, start = list(done.values), 0
        for place, value in enumerate(opened.values):
            if value is None or value is BROKEN:
                lists.append(value)
                continue
            end = start + len(value)
            lists.append(items[start:end])
            if done.faults:
                lists[-1] = self._gathered(lists[-1], place, start, done.faults, faults)
            if isinstance(value, _BrokenOff) and lists[-1] is not BROKEN:
                faults[place] = [*faults.get(place, ()), Fault(value.error, self._place.nodes)]
                lists[-1] = BROKEN
            start = end
        return Batch(lists, faults)

    def _gathered(self, items: Any, place: int, start: int, known: Faults, faults: Faults) -> Any:
        """The errors of a list's items; the first broken item breaks the list, and nothing after it was met."""
        met: list[Fault] = []
        for index, item in enumerate(items):
            met += [fault.under(index) for fault in known.get(start + index, ())]
            if item is BROKEN:
                items = BROKEN
                break
        if met:
            faults[place] = met
        return items


class Structures:
    """Objects of one type, or their rows."""

    def __init__(self, objects: Objects, kind: GraphQLObjectType, place: Place) -> None:
        self._objects, self._kind, self._place = objects, kind, place

    async def complete(self, run: Run, values: Sequence[Any], rows: Rows | None) -> Batch:
        """Each distinct row is completed once; whoever refers to it shares what it became."""
        if rows is not None:
            done = await self._objects.complete(run, rows)
            return _spread(values, done) if not _is_whole(values, rows.count) else done
        checked = self._checked(run, values)
        known = [place for place, value in enumerate(checked.values) if value is not None and value is not BROKEN]
        try:
            source = self._objects.source([checked.values[place] for place in known])
        except AttributeError as error:  # rows that lack a column
            return scattered(checked, known, failed(len(known), error, self._place.nodes))
        done = await self._objects.complete(run, source)
        return scattered(checked, known, done)

    def _checked(self, run: Run, values: Sequence[Any]) -> Batch:
        """The values, each an object of the type if the type can tell."""
        test = self._kind.is_type_of
        if test is None:
            return Batch(values)
        info = run.info(self._place)

        def check(value: Any) -> Any:
            if not test(value, info):
                raise invalid_return_type_error(self._kind, value, self._place.details)
            return value

        return each(values, check, self._place.nodes)


class Abstracts:
    """Objects of an interface or union: each by the type it has."""

    def __init__(self, kind: GraphQLAbstractType, kinds: dict[str, Structures], place: Place) -> None:
        self._kind, self._kinds, self._place = kind, kinds, place

    async def complete(self, run: Run, values: Sequence[Any], rows: Rows | None) -> Batch:
        if rows is not None:  # a declared read gives rows of one type
            (structures,) = self._kinds.values()
            return await structures.complete(run, values, rows)
        named = each(values, lambda value: self._name(run, value), self._place.nodes)
        done = Batch([None if name is None else BROKEN for name in named.values], dict(named.faults))
        for name in dict.fromkeys(name for name in named.values if isinstance(name, str)):
            known = [place for place, found in enumerate(named.values) if found == name]
            part = await self._kinds[name].complete(run, [values[place] for place in known], None)
            done = scattered(done, known, part)
        return done

    def _name(self, run: Run, value: Any) -> str:
        info = run.info(self._place)
        resolve = self._kind.resolve_type or run.executor.type_resolver
        name = resolve(value, info, self._kind)
        return run.executor.ensure_valid_runtime_type(name, self._kind, self._place.details, info, value).name


def _is_whole(values: Sequence[Any], count: int) -> bool:
    return len(values) == count and all(map(int.__eq__, values, range(count))) if None not in values else False


def _spread(values: Sequence[int | None], done: Batch) -> Batch:
    faults = {place: done.faults[value] for place, value in enumerate(values) if value in done.faults}
    return Batch([None if value is None else done.values[value] for value in values], faults)


def scattered(into: Batch, known: Sequence[int], done: Batch) -> Batch:
    values, faults = list(into.values), dict(into.faults)
    for at, place in enumerate(known):
        values[place] = done.values[at]
        if at in done.faults:
            faults[place] = done.faults[at]
    return Batch(values, faults)


async def settled(given: Batch, place: Place) -> Batch:
    """What Python code gave, awaited; an exception among it is broken."""
    kinds = set(map(type, given.values))
    if not any(issubclass(kind, Exception) or hasattr(kind, "__await__") for kind in kinds):
        return given
    values: list[Any] = []
    faults = dict(given.faults)
    for at, value in enumerate(given.values):
        try:
            found = await value if isawaitable(value) else value
            if isinstance(found, Exception):
                raise found  # noqa: TRY301 - as graphql-core treats a value that is an exception
            values.append(found)
        except Exception as error:  # noqa: BLE001 - the last resort: it becomes an error of the answer
            values.append(BROKEN)
            faults[at] = [Fault(error, place.nodes)]
    return Batch(values, faults)
