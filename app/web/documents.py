"""Documents parsed, weighed and validated once each: limits refuse, mistakes are returned to the client."""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    VariableDefinitionNode,
    assert_valid_schema,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule
from graphql.validation.validate import ValidationAbortedError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.web.cost import NOTHING, Weight, weigh_each
from app.web.gate import Asked, Limits, Refused, nesting

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

ERRORS = 10  # some print the whole literal they are about: 20 take 250 ms, 10 take 50
MESSAGE = 500  # characters; graphql-core quotes names and values of any length
COMPARISONS = 20_000  # pairs of fields of one name, as graphql-core counts them: 25 ms; its own 500,000 take 300 ms
KEPT_BYTES = 32_768
KEPT_TOKENS = 200_000  # about 300 bytes each once parsed: 60 MB

# Strings and comments, as graphql-core's lexer reads them; possessive, so linear on any bytes.
QUIET = rb'"""(?:[^"\\]++|\\"""|\\|"(?!""))*+(?:""")?|"(?:[^"\\\r\n]++|\\.)*+"?|#[^\r\n]*+'
STRING_OR_COMMENT = re.compile(QUIET)
NUMBER = rb"-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
TOKEN = re.compile(QUIET + rb"|[_A-Za-z][_0-9A-Za-z]*+|" + NUMBER + rb"|\.\.\.|[^\s,\xef\xbb\xbf]")


class BoundedMergeRule(OverlappingFieldsCanBeMergedRule):
    """The one rule whose work grows with the square of the document: it gives up early."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = COMPARISONS


RULES: tuple[type[ASTValidationRule], ...] = (
    *(BoundedMergeRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


@dataclass(frozen=True)
class Document:
    """A document within all limits; with errors it must not be executed."""

    node: DocumentNode
    weights: dict[str | None, Weight]
    errors: list[GraphQLError]
    digest: bytes

    def weight(self, operation_name: str | None) -> Weight:
        """Weight of the operation that would be run."""
        if operation_name is None and len(self.weights) == 1:
            return next(iter(self.weights.values()))
        return self.weights.get(operation_name, NOTHING)

    def operation(self, operation_name: str | None, method: str = "POST") -> OperationDefinitionNode | None:
        """Find the operation that would be run, None if the name fits none or several; a mutation needs POST."""
        found = [o for o in _operations(self.node) if operation_name in (None, o.name and o.name.value)]
        if len(found) != 1:
            return None
        if method == "GET" and found[0].operation is OperationType.MUTATION:
            raise Refused(405, "METHOD_NOT_ALLOWED", "Mutations must be sent by POST", {"Allow": "POST"})
        return found[0]


class Documents:
    """Every text that came lately, with what became of it; bounded by number and by tokens."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        rules: Iterable[type[ASTValidationRule]] = (),
        *,
        kept: int = 1000,
        suggestions: bool = True,
    ) -> None:
        assert_valid_schema(schema)  # remembered by the schema; the first document shall not wait for it
        self.schema = schema
        self.limits = limits
        self.rules = (*RULES, *rules)
        self.kept = kept
        self.suggestions = suggestions
        self._known: OrderedDict[bytes, tuple[Document | Refused, int]] = OrderedDict()
        self._tokens = 0

    def prepare(self, asked: Asked) -> Document:
        """Parse, weigh and validate, or remember having done so; raises Refused where a limit is exceeded."""
        text = asked.query.encode("utf-8", "surrogatepass")
        _limit("document bytes", len(text), self.limits.document_bytes, "move values into variables")
        digest = sha256(text).digest()
        if digest in self._known:
            self._known.move_to_end(digest)
            outcome = self._known[digest][0]
        else:
            tokens = sum(1 for _ in TOKEN.finditer(text))
            outcome = self._judge(asked.query, text, tokens, digest)
            if len(text) <= KEPT_BYTES:
                self._keep(digest, outcome, tokens)
        if isinstance(outcome, Refused):
            raise replace(outcome)
        return outcome

    def _judge(self, query: str, text: bytes, tokens: int, digest: bytes) -> Document | Refused:
        try:
            return self._read(query, text, tokens, digest)
        except Refused as refused:
            return replace(refused)  # without the traceback, which would be kept with it

    def _read(self, query: str, text: bytes, tokens: int, digest: bytes) -> Document:
        limits = self.limits
        _limit("tokens", tokens, limits.document_tokens, "split the query")
        levels = nesting(STRING_OR_COMMENT.sub(b"", text))
        _limit("nesting of brackets", levels, limits.document_nesting, "ask for less at once")
        try:
            node = parse(query, max_tokens=limits.document_tokens)
        except GraphQLError as error:
            return Document(DocumentNode(definitions=()), {}, [_coded(error, PARSE_FAILED)], digest)
        check_shape(node, limits)
        weights = weigh_each(self.schema, node)
        for operation in _operations(node):
            check_weight(weights[operation.name and operation.name.value], operation, limits)
        return Document(node, weights, self._validate(node), digest)

    def _validate(self, node: DocumentNode) -> list[GraphQLError]:
        # One less than what is reported: graphql-core adds that it stopped.
        errors = validate(self.schema, node, self.rules, ERRORS - 1, hide_suggestions=not self.suggestions)
        if errors and isinstance(errors[-1], ValidationAbortedError) and len(errors) < ERRORS:
            _refuse("too many fields of one name to compare: use fewer fragments side by side or split the query")
        return [_coded(error, VALIDATION_FAILED) for error in errors]

    def _keep(self, digest: bytes, outcome: Document | Refused, tokens: int) -> None:
        parsed = 0 if isinstance(outcome, Refused) else tokens
        self._known[digest] = (outcome, parsed)
        self._tokens += parsed
        while len(self._known) > self.kept or self._tokens > KEPT_TOKENS:
            _, (_, forgotten) = self._known.popitem(last=False)
            self._tokens -= forgotten


def check_shape(node: DocumentNode, limits: Limits) -> None:
    """Refuse too much of anything that can be counted without the schema."""
    operations = _operations(node)
    fragments = [d for d in node.definitions if isinstance(d, FragmentDefinitionNode)]
    _limit("operations", len(operations), limits.operations, "send them in several documents")
    _limit("fragments", len(fragments), limits.fragments, "split the query")
    variables = [o.variable_definitions or () for o in operations]
    _limit("variables", max(map(len, variables), default=0), limits.variables, "use an input object")
    open_sets: list[SelectionSetNode] = []
    for part in chain(operations, fragments, *variables):
        _check_node(part, open_sets, limits)
    while open_sets:
        selections = open_sets.pop().selections
        _limit("selections in one set", len(selections), limits.selections, "split the query")
        for selection in selections:
            _check_node(selection, open_sets, limits)


def check_weight(weight: Weight, operation: OperationDefinitionNode, limits: Limits) -> None:
    """Refuse an operation that would cost too much or goes too deep."""
    is_mutation = operation.operation is OperationType.MUTATION
    width = limits.mutation_fields if is_mutation else limits.root_fields
    _limit("root fields", weight.width, width, "send them in several requests")
    _limit("depth", weight.depth, limits.depth, "ask for less at once")
    _limit("introspection depth", weight.introspection, limits.introspection_depth, "ask for fewer levels of ofType")
    _limit("introspection fields", weight.introspected, limits.introspection_fields, "ask for the schema only once")
    _limit("cost", weight.cost, limits.cost, "ask for fewer items (first) or split the query")


Part = OperationDefinitionNode | FragmentDefinitionNode | VariableDefinitionNode | SelectionNode


def _check_node(part: Part, open_sets: list[SelectionSetNode], limits: Limits) -> None:
    """Count the directives of one node, and lay its selection set by for later."""
    _limit("directives on one node", len(part.directives or ()), limits.directives, "repeat none")
    if selections := getattr(part, "selection_set", None):
        open_sets.append(selections)


def _operations(node: DocumentNode) -> list[OperationDefinitionNode]:
    return [d for d in node.definitions if isinstance(d, OperationDefinitionNode)]


def _limit(what: str, figure: int, most: int, advice: str) -> None:
    if figure > most:
        _refuse(f"{what} {figure} exceeds {most}: {advice}")


def _refuse(message: str) -> None:
    raise Refused(400, "TOO_COMPLEX", message)


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    """Copy an error with its code, shortened, and without the traceback that holds the parser."""
    message = error.message if len(error.message) <= MESSAGE else error.message[:MESSAGE] + "..."
    return GraphQLError(message, error.nodes, error.source, error.positions, extensions={"code": code})
