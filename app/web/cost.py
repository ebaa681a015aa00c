"""What a document would cost and how deep it goes: one pass over it, each fragment weighed once, before validation."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from app.schema.directives import AccessDirective, AccessLevel, Cost, ListSize

CEILING = 10**9  # every figure saturates here: 100 fragments spread twice each would reach 2**100
MUTATION = 10  # a root field of Mutation without @cost
FOR_EVERYBODY = 500  # one that asks for no sign-in: passwords are hashed and letters sent, so 20 in a document
MAXIMUM = 100  # greatest page and greatest number of ids: what a variable may turn out to be
PAGE = 20  # a connection asked without `first` and `last`
LIST = 10  # a plain list that neither an argument nor @listSize bounds

Directive = TypeVar("Directive")

SLICES = frozenset({"first", "last"})
FIELDED = (GraphQLObjectType, GraphQLInterfaceType)
INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Weight:
    """The figures of a selection; `cost` is what the caller pays, the others are only limited."""

    cost: int = 0
    depth: int = 0  # levels of fields, leaves included; fragments and introspection add none
    width: int = 0  # fields side by side at the top, fragments opened
    introspection: int = 0  # levels of fields from __schema or __type down, leaves included
    introspected: int = 0  # fields selected there, fragments opened
    once: int = 0  # cost of what a connection has once, like totalCount: its page does not multiply it

    def beside(self, other: "Weight") -> "Weight":
        """Both in one selection set."""
        return Weight(
            min(self.cost + other.cost, CEILING),
            max(self.depth, other.depth),
            min(self.width + other.width, CEILING),
            max(self.introspection, other.introspection),
            min(self.introspected + other.introspected, CEILING),
            min(self.once + other.once, CEILING),
        )

    def under(self, price: int, size: int) -> "Weight":
        """Beneath a field that costs `price` and does `size` times what is selected on it."""
        cost = min(price + self.once + size * self.cost, CEILING)
        return Weight(cost, self.depth + 1, 1, self.introspection, self.introspected)

    def apart(self) -> "Weight":
        """Of a field that a connection has once."""
        return Weight(0, self.depth, self.width, self.introspection, self.introspected, self.cost)

    def introspecting(self) -> "Weight":
        """Of `__schema` or `__type` as an ordinary field: its depth is counted apart."""
        return Weight(self.cost, 1, 1, self.depth, self.cost)

    def most(self, other: "Weight") -> "Weight":
        """The greater of each figure, of two operations of which either may be run."""
        return Weight(
            max(self.cost, other.cost),
            max(self.depth, other.depth),
            max(self.width, other.width),
            max(self.introspection, other.introspection),
            max(self.introspected, other.introspected),
        )


NOTHING = Weight()


def weigh(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None = None) -> Weight:
    """Weigh the operation of that name; without a name the most that any operation weighs."""
    weights = weigh_each(schema, document)
    if operation_name is not None:
        return weights.get(operation_name, NOTHING)
    return reduce(Weight.most, weights.values(), NOTHING)


def weigh_each(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Weight]:
    """Weigh each operation by its name. Recursion is as deep as a definition's braces, which the gate has bounded."""
    scale = _Scale(schema, document)
    weights: dict[str | None, Weight] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            name = definition.name.value if definition.name else None
            weight = scale.selections(definition.selection_set, schema.get_root_type(definition.operation))
            weights[name] = weights.get(name, NOTHING).most(weight)
    return weights


class _Scale:
    """Weighs selections against a schema; fragments first, from those that spread nothing upwards."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        self.fragments: dict[str, Weight] = {}
        definitions = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        for name in _bottom_up(definitions):
            condition = definitions[name].type_condition.name.value
            self.fragments[name] = self.selections(definitions[name].selection_set, schema.get_type(condition))

    def selections(self, node: SelectionSetNode, parent: GraphQLNamedType | None) -> Weight:
        total = NOTHING
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                total = total.beside(self.field(selection, parent))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self.schema.get_type(condition.name.value) if condition else parent
                total = total.beside(self.selections(selection.selection_set, inner))
            else:
                name = cast("FragmentSpreadNode", selection).name.value
                total = total.beside(self.fragments.get(name, NOTHING))
        return total

    def field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Weight:
        field = self.schema.get_field(parent, node.name.value) if isinstance(parent, FIELDED) else None
        below = NOTHING
        if node.selection_set:
            below = self.selections(node.selection_set, get_named_type(field.type) if field else None)
        if node.name.value in INTROSPECTION and parent is self.schema.query_type:
            return below.under(1, 1).introspecting()
        weight = below.under(self._price(node, field, parent), _size(node, field, parent))
        return weight.apart() if _is_connection(parent) and field and not _is_list(field) else weight

    def _price(self, node: FieldNode, field: GraphQLField | None, parent: GraphQLNamedType | None) -> int:
        if node.name.value == "__typename":
            return 0
        if field is None or _introspects(parent):
            return 1
        if cost := _declared(field, Cost):
            return cost.weight
        if parent is self.schema.mutation_type:
            access = _declared(field, AccessDirective)
            return FOR_EVERYBODY if access and access.level is AccessLevel.PUBLIC else MUTATION
        return 0 if is_leaf_type(get_named_type(field.type)) else 1


def _size(node: FieldNode, field: GraphQLField | None, parent: GraphQLNamedType | None) -> int:
    """How many times what lies beneath the field is done: as said in the text, by default, or assumed.

    `first` and `last` stand on the connection and multiply its lists (nodes, edges), which then do not again.
    """
    if field is None or _introspects(parent):
        return 1
    declared = _declared(field, ListSize)
    assumed = (declared and declared.assumed_size) or None
    slices = _slices(field, declared)
    given = [a.value for a in node.arguments or () if a.name.value in slices]
    said = [_count(value, assumed or MAXIMUM) for value in given if not isinstance(value, NullValueNode)]
    said = said or [default for name in slices if isinstance(default := _default(field, name), int)]
    if said or assumed:
        return max(said) if said else assumed or 1
    if _is_list(field):
        return 1 if _is_connection(parent) else LIST
    return PAGE if slices else 1


def _slices(field: GraphQLField, declared: ListSize | None) -> frozenset[str]:
    """The arguments of the field that say how many items it gives."""
    usual = SLICES | {"ids"} if _is_list(field) else SLICES
    return frozenset((declared and declared.slicing_arguments) or usual) & field.args.keys()


def _default(field: GraphQLField, name: str) -> object:
    argument = field.args[name]
    return argument.default.value if argument.default else argument.default_value


def _count(value: ValueNode, most: int) -> int:
    """How many items an argument asks for; the text of an int may be of any length."""
    if isinstance(value, VariableNode):
        return most
    if isinstance(value, ListValueNode):
        return len(value.values)
    if not isinstance(value, IntValueNode):
        return 1
    if value.value.startswith("-"):
        return 0
    return int(value.value) if len(value.value) < 10 else CEILING


def _declared(field: GraphQLField, kind: type[Directive]) -> Directive | None:
    """Find a schema directive of the field as Strawberry keeps it."""
    definition = field.extensions.get("strawberry-definition")
    return next((d for d in getattr(definition, "directives", ()) if isinstance(d, kind)), None)


def _introspects(parent: GraphQLNamedType | None) -> bool:
    return parent is not None and parent.name.startswith("__")


def _is_list(field: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(field.type))


def _is_connection(parent: GraphQLNamedType | None) -> bool:
    return isinstance(parent, FIELDED) and "pageInfo" in parent.fields


def _bottom_up(fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    """Name each fragment after those it spreads; those in or above a cycle are left out, validation refuses them."""
    order = TopologicalSorter(
        {name: _spreads(node.selection_set) & fragments.keys() for name, node in fragments.items()}
    )
    with suppress(CycleError):
        order.prepare()
    while ready := order.get_ready():
        yield from ready
        order.done(*ready)


def _spreads(node: SelectionSetNode) -> set[str]:
    """Name the fragments spread anywhere beneath the selection set."""
    names: set[str] = set()
    open_sets = [node]
    while open_sets:
        for selection in open_sets.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                names.add(selection.name.value)
            elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                open_sets.append(selection.selection_set)
    return names
