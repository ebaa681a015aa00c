"""The executor: root fields of a mutation run one by one, and a unit of work ends when its payload is resolved."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial
from typing import Any, Protocol

from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfoHelpers,
    OperationDefinitionNode,
    OperationType,
    ValueNode,
    located_error,
)
from graphql.execution.values import get_directive_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.db.engine import is_undone
from app.domain.errors import Refusal
from app.execution.batch import BROKEN, Batch
from app.execution.folding import Unfoldable
from app.execution.objects import Objects, Run, Things
from app.execution.plans import Plan, Plans

TRIES = 3  # of a transaction
Results = dict[str, Any]
Execute = Callable[[str], Awaitable[Any]]
"""(response name) -> value of the root field, or raises what makes the whole answer null."""


class Unit(Protocol):
    """What a request's context keeps of the mutation that runs: which transaction, under which directives."""

    atomic: bool
    refused: set[str]

    def enter(self, name: str, directives: Mapping[str, Mapping[str, Any]]) -> None: ...
    async def settle(self) -> None: ...
    async def abandon(self) -> None: ...
    async def release(self) -> bool: ...


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Runs plans where it is given any; graphql-core's executor else. Ends each mutation's transaction."""

    plans: Plans | None = None
    document: bytes | None = None  # under which plans are kept

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Made whenever a resolver is told of it: kept, it and the executor hold each other, and all of a request."""
        return GraphQLResolveInfoHelpers(self.gather_async_work, self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, _: GraphQLResolveInfoHelpers) -> None:  # type: ignore[override] - an attribute there
        """graphql-core's own are let go."""

    @cached_property
    def plan(self) -> Plan | None:
        """What executes the operation; None: graphql-core does."""
        if self.plans is None:
            return None
        try:
            return self.plans.of(self)
        except GraphQLError:  # null for @skip or @include: graphql-core says so at each place it selects there
            return None

    def execute_operation(self, serially: bool | None = None) -> Any:
        """The root selection by its plan: fields of a query as one object, those of a mutation one by one."""
        return super().execute_operation(serially) if self.plan is None else self._responded(self.plan)

    async def execute_for_session(self, session: str) -> ExecutionResult | None:
        """The answer of a query whose one statement finds out who asks; None: execute it for a caller who is known.

        Whatever is not plainly permitted, there and right is None, so that refusals are made in one place.
        """
        sole = self.plan and self.plan.sole
        if sole is None:
            return None
        key, field = sole
        run = Run(self, self.context_value, session)
        try:
            done = await field.complete_for_session(run, self.context_value.now)
        except (Unfoldable, Exception):  # noqa: BLE001 - the last resort: the other way meets it again, and says so
            return None
        return None if done is None else ExecutionResult({key: done.values[0]}, None)

    async def _responded(self, plan: Plan) -> ExecutionResult:
        try:
            if self.operation.operation is OperationType.MUTATION:
                data = await self._serially(plan.nodes, self._planned_field(plan.root))
            else:
                data = await self._planned(plan.root)
        except GraphQLError as error:
            self.collected_errors.errors.append(error)
            data = None
        return ExecutionResult(data, self.collected_errors.errors or None)

    async def _planned(self, plan: Objects) -> Any:
        return self._told(await plan.complete(Run(self, self.context_value), Things([self.root_value])))

    def _planned_field(self, plan: Objects) -> Any:
        async def run(name: str) -> Any:
            part = Objects({name: plan.fields[name]})
            return (await self._planned(part))[name]

        return run

    def _told(self, done: Batch) -> Any:
        """The one value of a batch, its errors told as graphql-core does; raises the one that broke it."""
        (value,) = done.values
        errors = [located_error(fault.error, fault.nodes, list(fault.path)) for fault in done.faults.get(0, ())]
        self.collected_errors.errors.extend(errors[:-1] if value is BROKEN else errors)
        if value is BROKEN:
            raise errors[-1]
        return value

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
            result = self.execute_field(parent_type, source_value, grouped_field_set[name], place, position_context)
            return await result if self.is_awaitable(result) else result

        return self._serially({name: details[0].node for name, details in grouped_field_set.items()}, run)

    async def _serially(self, nodes: Mapping[str, FieldNode], run: Execute) -> Results:
        """Run the root fields in turn, each in a transaction of its own or, under @atomic, in one."""
        unit: Unit = self.context_value.unit
        unit.atomic = self._directive("atomic", self.operation) is not None
        if unit.atomic:
            return await self._again(partial(self._together, nodes, run))
        return {name: await self._again(partial(self._in_unit, name, node, run)) for name, node in nodes.items()}

    async def _together(self, nodes: Mapping[str, FieldNode], run: Execute) -> Results:
        """Run the root fields in one transaction: one refusal undoes and refuses all the others."""
        unit: Unit = self.context_value.unit
        unit.refused.clear()
        results = {name: await self._in_unit(name, node, run) for name, node in nodes.items()}
        if not await unit.release():
            for name, node in nodes.items():
                if name not in unit.refused:
                    results[name] = await self._in_unit(name, node, run)
        return results

    async def _again(self, attempt: Callable[[], Awaitable[Any]]) -> Any:
        """What a transaction answers; where the database undid it, or was lost before its end, it is done again.

        Mutations lock in one order, but an @atomic operation locks in the order of its fields.
        """
        known = list(self.collected_errors.errors)
        for _ in range(TRIES - 1):
            try:
                return await attempt()
            except GraphQLError as error:
                if not is_undone(error.original_error):
                    raise
                self.collected_errors = type(self.collected_errors)()
                self.collected_errors.errors.extend(known)
        return await attempt()

    async def _in_unit(self, name: str, node: FieldNode, run: Execute) -> Any:
        unit: Unit = self.context_value.unit
        unit.enter(name, self._directives(node))
        known = len(self.collected_errors.errors)
        try:
            result = await run(name)
            self._raise_fault(known)
            await unit.settle()
        except BaseException as fault:
            await unit.abandon()
            if isinstance(fault, GraphQLError) or not isinstance(fault, Exception):
                raise
            raise GraphQLError(str(fault), node, path=[name], original_error=fault) from fault
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
    """Whether an error is an answer (a refusal, a denial, a mistake of the caller's) and no fault of ours."""
    return isinstance(error.original_error, Refusal) or "code" in (error.extensions or {}) or is_mistake(error)


def is_mistake(error: GraphQLError) -> bool:
    """Whether a value in the document cannot be taken, as a variable's null can not where its default could.

    Validation lets such a variable stand; graphql-core finds the null when it coerces the argument, and names its node.
    """
    cause = error.original_error
    return isinstance(cause, GraphQLError) and isinstance((cause.nodes or [None])[0], ValueNode)
