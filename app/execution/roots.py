"""Root fields that are functions, and those left to graphql-core."""

from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import to_nodes
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from app.execution.batch import BROKEN, Batch, Fault, failed
from app.execution.folding import Unfoldable
from app.execution.objects import Field, Place, Run, Source
from app.execution.values import Position, settled


class CallField:
    """A root function: called by its resolver with everything Strawberry puts around it, its value completed here."""

    def __init__(self, key: str, place: Place, position: Position, otherwise: Position | None = None) -> None:
        self._key, self._place, self.position, self._otherwise = key, place, position, otherwise

    def or_else(self, plain: "CallField") -> "CallField":
        """The same, with the completion of *plain* where its own folds cannot answer."""
        return CallField(self._key, self._place, self.position, plain.position)

    async def complete(self, run: Run, source: Source) -> Batch:  # noqa: ARG002
        place, executor = self._place, run.executor
        try:
            path = Path(None, self._key, place.parent.name)
            info = executor.build_resolve_info(place.definition, place.nodes, place.parent, path)
            first = place.details[0]
            arguments = get_argument_values(
                place.definition,
                first.node,
                executor.variable_values,
                first.fragment_variable_values,
                executor.hide_suggestions,
            )
            given = Batch([place.definition.resolve(executor.root_value, info, **arguments)])  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - the last resort: it becomes an error of the answer
            given = failed(1, error, place.nodes)
        given = await settled(given, place)
        try:
            return await self.position.complete(run, given, None)
        except Unfoldable:
            if self._otherwise is None:
                raise
            return await self._otherwise.complete(run, given, None)


class EitherField:
    """A root field with folds, and without them where they cannot answer."""

    def __init__(self, folded: Field, plain: Field) -> None:
        self._folded: Field | None = folded
        self._plain = plain

    @property
    def sole(self) -> Field | None:
        """The field with folds, as long as they answer."""
        return self._folded

    async def complete(self, run: Run, source: Source) -> Batch:
        if self._folded is not None:
            try:
                return await self._folded.complete(run, source)
            except Unfoldable as found:
                if found.ever:
                    self._folded = None
        return await self._plain.complete(run, source)


class StockField:
    """A root field that graphql-core executes: introspection, and what has no plan. It is counted."""

    def __init__(self, parent: GraphQLObjectType, key: str, details: list[FieldDetails]) -> None:
        self._parent, self._key, self._details = parent, key, details

    @property
    def is_introspection(self) -> bool:
        return self._details[0].node.name.value.startswith("__")

    async def complete(self, run: Run, source: Source) -> Batch:  # noqa: ARG002
        executor = run.executor
        known = len(executor.collected_errors.errors)
        path = Path(None, self._key, self._parent.name)
        faults: list[Fault] = []
        nodes = to_nodes(self._details)
        try:
            value: Any = executor.execute_field(self._parent, executor.root_value, self._details, path, None)
            value = await value if executor.is_awaitable(value) else value
        except GraphQLError as error:
            value, faults = BROKEN, [Fault(error, nodes)]
        met = executor.collected_errors.errors
        faults = [*(Fault(error, nodes) for error in met[known:]), *faults]
        del met[known:]
        return Batch([value], {0: faults} if faults else {})
