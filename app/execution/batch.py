"""One field's values for many parents at once, and the errors among them, kept as graphql-core would find them.

Errors stand in the order of the answer, as if every field were resolved in turn, depth first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import FieldNode

Path = tuple[str | int, ...]


class _Broken:
    """Stands for a value that cannot be given: it takes its parent with it, unless null may stand there."""


BROKEN = _Broken()


class Fault(NamedTuple):
    """An error, the fields it was met at, and where below the value in question that was."""

    error: Exception
    nodes: list[FieldNode]
    path: Path = ()

    def under(self, key: str | int) -> "Fault":
        return self._replace(path=(key, *self.path))


Faults = dict[int, list[Fault]]
"""The errors in or below each value, by its place in the batch; most batches have none."""


@dataclass(slots=True)
class Batch:
    values: Sequence[Any]
    faults: Faults = field(default_factory=dict)

    def where_null_stands(self) -> "Batch":
        """The same at a nullable place: what is broken becomes null and its errors stay."""
        if not self.faults:
            return self
        return Batch([None if value is BROKEN else value for value in self.values], self.faults)

    def without_null(self, nodes: list[FieldNode], message: str) -> "Batch":
        """The same at a place for no null: a null there is an error."""
        if None not in self.values:
            return self
        faults = dict(self.faults)
        for place, value in enumerate(self.values):
            if value is None:
                faults[place] = [*faults.get(place, ()), Fault(TypeError(message), nodes)]
        return Batch([BROKEN if value is None else value for value in self.values], faults)


def each(values: Iterable[Any], make: Callable[[Any], Any], nodes: list[FieldNode]) -> Batch:
    """*make* of each value, once; null stays null, and what raises is broken."""
    made: list[Any] = []
    faults: Faults = {}
    rest = iter(values)
    while True:
        try:
            for value in rest:
                made.append(None if value is None else make(value))  # noqa: PERF401 - a comprehension would start anew
        except Exception as error:  # noqa: BLE001 - the last resort: it becomes an error of the answer
            faults[len(made)] = [Fault(error, nodes)]
            made.append(BROKEN)
        else:
            return Batch(made, faults)


def failed(count: int, error: Exception, nodes: list[FieldNode]) -> Batch:
    """A batch in which all values are broken by one error."""
    return Batch([BROKEN] * count, {place: [Fault(error, nodes)] for place in range(count)})
