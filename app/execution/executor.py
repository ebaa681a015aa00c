"""The executor: root fields of a mutation run one by one, and a unit of work ends when its payload is resolved."""

from collections.abc import Mapping
from typing import Any, Protocol

from graphql import FieldNode, GraphQLError, GraphQLObjectType, OperationDefinitionNode
from graphql.execution.values import get_directive_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.domain.errors import Refusal

Results = dict[str, Any]


class Unit(Protocol):
    """What a request's context keeps of the mutation that runs: which transaction, under which directives."""

    atomic: bool
    refused: set[str]

    def enter(self, name: str, directives: Mapping[str, Mapping[str, Any]]) -> None: ...
    async def settle(self) -> None: ...
    async def abandon(self) -> None: ...
    async def release(self) -> bool: ...


class Executor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, with the end of each mutation's transaction after its payload."""

    def execute_fields_serially(  # type: ignore[override]
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        async def run(name: str) -> Any:
            place = Path(path, name, parent_type.name)
            return await self._root(
                name, grouped_field_set[name], self.execute_field, parent_type, source_value, place, position_context
            )

        return self._serially(list(grouped_field_set), run)

    async def _serially(self, names: list[str], run: Any) -> Results:
        """Run the root fields in turn; under @atomic one refusal undoes and refuses all the others."""
        unit: Unit = self.context_value.unit
        unit.atomic = self._directive("atomic", self.operation) is not None
        results = {name: await run(name) for name in names}
        if unit.atomic and not await unit.release():
            for name in names:
                if name not in unit.refused:
                    results[name] = await run(name)
        return results

    async def _root(
        self, name: str, details: Any, execute: Any, parent: Any, source: Any, path: Path, where: Any
    ) -> Any:
        unit: Unit = self.context_value.unit
        unit.enter(name, self._directives(details[0].node))
        known = len(self.collected_errors.errors)
        try:
            result = execute(parent, source, details, path, where)
            if self.is_awaitable(result):
                result = await result
            self._raise_fault(known)
            await unit.settle()
        except BaseException as fault:
            await unit.abandon()
            if isinstance(fault, GraphQLError) or not isinstance(fault, Exception):
                raise
            raise GraphQLError(str(fault), details[0].node, path=[name], original_error=fault) from fault
        return result

    def _raise_fault(self, known: int) -> None:
        """Raise the first fault below the payload: what was written must not stay where its answer failed."""
        errors = self.collected_errors.errors
        for error in errors[known:]:
            if not is_expected(error):
                errors.remove(error)
                raise error

    def _directives(self, node: FieldNode) -> dict[str, dict[str, Any]]:
        found = {each.name.value: self._directive(each.name.value, node) for each in node.directives or ()}
        return {name: values for name, values in found.items() if values is not None}

    def _directive(self, name: str, node: FieldNode | OperationDefinitionNode) -> dict[str, Any] | None:
        definition = self.schema.get_directive(name)
        return get_directive_values(definition, node, self.variable_values) if definition else None


def is_expected(error: GraphQLError) -> bool:
    """Whether an error is an answer (a refusal, a denial) and no fault of ours."""
    return isinstance(error.original_error, Refusal) or "code" in (error.extensions or {})
