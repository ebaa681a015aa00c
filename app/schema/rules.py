"""Validation rules of our own: where executable directives may stand."""

from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    ValidationRule,
)

ON_ROOT_FIELDS = ("idempotent", "dryRun")


class DirectivesOnRootFields(ValidationRule):
    """@idempotent and @dryRun stand on root fields of a mutation only: deeper ones would not do what they say."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        roots = [each for each in node.selection_set.selections if isinstance(each, FieldNode)]
        dry = sum(_has(each, "dryRun") for each in roots)
        if _has(node, "atomic") and 0 < dry < len(roots):
            message = "@dryRun stands on every root field of an @atomic operation, or on none."
            self.report_error(GraphQLError(message, node))

    def enter_directive(self, node: DirectiveNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> None:
        if node.name.value not in ON_ROOT_FIELDS:
            return
        nodes = [each for each in ancestors if not isinstance(each, list | tuple)]
        fields = [each for each in nodes if isinstance(each, FieldNode)]
        operations = [each for each in nodes if isinstance(each, OperationDefinitionNode)]
        if len(fields) != 1 or not operations or operations[0].operation is not OperationType.MUTATION:
            where = "only on a root field of a mutation, written in the operation itself"
            self.report_error(GraphQLError(f"@{node.name.value} may stand {where}.", node))


def _has(node: FieldNode | OperationDefinitionNode, directive: str) -> bool:
    return any(each.name.value == directive for each in node.directives or ())


class NoNulCharacters(ValidationRule):
    """Text with U+0000 cannot be kept by every database: refused before it gets anywhere."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            self.report_error(GraphQLError("Text must not contain the character U+0000.", node))


RULES = (DirectivesOnRootFields, NoNulCharacters)
