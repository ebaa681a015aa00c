"""The built schema and its SDL, as the house tests read them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    parse,
)

from app.schema.root import Schema, build

ROOTS = ("Query", "Mutation", "Subscription")


@cache
def schema() -> Schema:
    return build()


@cache
def sdl() -> DocumentNode:
    return parse(schema().as_str())


def objects(document: DocumentNode) -> dict[str, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode]:
    kinds = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode
    return {node.name.value: node for node in document.definitions if isinstance(node, kinds)}


def fields(document: DocumentNode, *types: str) -> Iterator[tuple[str, FieldDefinitionNode]]:
    """`Type.field` and the field, of the types named or of all."""
    for name, node in objects(document).items():
        if not types or name in types:
            yield from ((f"{name}.{field.name.value}", field) for field in node.fields or ())


def guards(field: FieldDefinitionNode) -> list[dict[str, Any]]:
    """The arguments of each @access of a field."""
    found = [each for each in field.directives or () if each.name.value == "access"]
    return [{each.name.value: each.value.value for each in guard.arguments or ()} for guard in found]


def is_required(field: FieldDefinitionNode) -> bool:
    return isinstance(field.type, NonNullTypeNode)


def named(node: Any) -> str:
    """The name of a type, whatever wraps it."""
    while not isinstance(node, NamedTypeNode):
        node = node.type
    return node.name.value


def described(node: Any) -> str:
    return node.description.value if node.description else ""
