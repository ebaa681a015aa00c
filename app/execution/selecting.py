"""What a document selects of a type, as graphql-core collects it: fragments opened, @skip and @include decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import DirectiveNode, GraphQLObjectType, VariableNode, Visitor, visit
from graphql.execution.collect_fields import FieldDetails, collect_fields, collect_subfields
from graphql.execution.executor import Executor

from app.execution.objects import Place

Selections = Mapping[str, list[FieldDetails]]


class Selecting:
    """The selections of one operation, with the values that its @skip and @include have."""

    def __init__(self, executor: Executor) -> None:
        self._schema, self._fragments = executor.schema, executor.fragments
        self._variables, self._operation = executor.variable_values, executor.operation
        self.strawberry: Any = executor.schema._strawberry_schema  # type: ignore[attr-defined] # noqa: SLF001

    def roots(self, root: GraphQLObjectType) -> Selections:
        return collect_fields(self._schema, self._fragments, self._variables, root, self._operation).grouped_field_set

    def fields(self, kind: GraphQLObjectType, place: Place) -> Selections:
        return collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, kind, place.details
        ).grouped_field_set

    def possible(self, kind: Any) -> Sequence[GraphQLObjectType]:
        return self._schema.get_possible_types(kind)

    def definition(self, place: Place) -> Any:
        """The field as Strawberry knows it."""
        return place.definition.extensions.get("strawberry-definition")


def origin_of(kind: GraphQLObjectType) -> type:
    """The class behind a type; `object` for the types of introspection."""
    definition = kind.extensions.get("strawberry-definition")
    return definition.origin if definition is not None else object


def variables_of_directives(executor: Executor) -> tuple[str, ...]:
    """The variables that decide which fields are selected: those of @skip and @include."""
    names: dict[str, None] = {}

    class Finder(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            if node.name.value in ("skip", "include"):
                values = [argument.value for argument in node.arguments or ()]
                names.update(dict.fromkeys(value.name.value for value in values if isinstance(value, VariableNode)))

    for definition in (executor.operation, *(each.definition for each in executor.fragments.values())):
        visit(definition, Finder())
    return tuple(names)
