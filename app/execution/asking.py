"""The arguments of a declared field, as its read takes them."""

from typing import Any

from graphql import ArgumentNode, VariableNode, Visitor, visit
from graphql.execution.values import get_argument_values
from strawberry.types import Info
from strawberry.types.arguments import convert_arguments

from app.db.page import Window, window
from app.db.reads import Many
from app.domain.access import Level
from app.execution.objects import Place, Run
from app.execution.vocabulary import PAGING, ReadField


class Asking:
    """Turns a field's arguments into those of its read; raises what is wrong with them."""

    def __init__(self, field: ReadField, place: Place, strawberry_schema: Any) -> None:
        self._field, self._place, self._schema = field, place, strawberry_schema
        self._constant = not _has_variables(place.details[0].node.arguments)
        self._known: dict[str, Any] | None = None

    def arguments(self, run: Run) -> dict[str, Any]:
        """The arguments of a read without paging."""
        arguments = self._signed(run, self._given(run))
        if isinstance(self._field.declared, Many) and self._field.declared.scoped:
            arguments["scope"] = run.scope(Level.SIGNED_IN)
        return arguments

    @property
    def asks(self) -> bool:
        """Whether the field's signature asks who asks."""
        resolver = self._field.base_resolver
        return resolver is not None and resolver.info_parameter is not None

    def page(self, run: Run) -> tuple[dict[str, Any], Window]:
        """The arguments of a connection, and which part of it is wanted."""
        given = self._given(run)
        paging = {name: given.pop(name, None) for name in PAGING}
        arguments = self._signed(run, given)
        return arguments, window(self._field.declared.order(arguments.pop("sort", None)), **paging)  # type: ignore[union-attr]

    def _given(self, run: Run) -> dict[str, Any]:
        """The arguments as Python code takes them; those without variables are read once."""
        if self._known is None:
            converted = self._converted(run)
            if not self._constant:
                return converted
            self._known = converted
        return dict(self._known)

    def _converted(self, run: Run) -> dict[str, Any]:
        if not self._field.arguments:
            return {}
        first, executor = self._place.details[0], run.executor
        raw = get_argument_values(
            self._place.definition,
            first.node,
            executor.variable_values,
            first.fragment_variable_values,
            executor.hide_suggestions,
        )
        converter = self._schema.schema_converter
        return convert_arguments(
            raw, self._field.arguments, scalar_registry=converter.scalar_registry, config=self._schema.config
        )

    def _signed(self, run: Run, given: dict[str, Any]) -> dict[str, Any]:
        resolver = self._field.base_resolver
        if resolver is None:
            return {}
        if resolver.info_parameter:
            given["info"] = Info(_raw_info=run.info(self._place), _field=self._field)
        return resolver.wrapped_func(None, **given)  # type: ignore[call-arg]


def _has_variables(arguments: tuple[ArgumentNode, ...] | None) -> bool:
    return any(_finds_variable(argument) for argument in arguments or ())


def _finds_variable(node: ArgumentNode) -> bool:
    found: list[VariableNode] = []

    class Finder(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            found.append(node)

    visit(node, Finder())
    return bool(found)
