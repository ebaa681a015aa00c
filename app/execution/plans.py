"""Plans are kept: by document, operation and the variables that decide what is selected."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode
from graphql.execution.executor import Executor
from sqlalchemy import Dialect

from app.execution.objects import Field, Objects
from app.execution.planner import Planner
from app.execution.relations import RootOneField
from app.execution.roots import CallField, EitherField, StockField
from app.execution.selecting import variables_of_directives

KEPT = 500  # operations; a plan and its statements take some 50 kB
VARIANTS = 8  # of one operation, by its @skip and @include


@dataclass(frozen=True)
class Plan:
    """What executes an operation: its root selection, and the nodes of its root fields by response name."""

    root: Objects
    nodes: Mapping[str, FieldNode]

    @property
    def sole(self) -> tuple[str, RootOneField] | None:
        """The one root field, with its name, if its statement can find out by itself who asks."""
        if len(self.root.fields) != 1:
            return None
        ((key, field),) = self.root.fields.items()
        field = field.sole if isinstance(field, EitherField) else field
        return (key, field) if isinstance(field, RootOneField) and field.is_sole else None


@dataclass
class _Operation:
    shaping: tuple[str, ...]
    variants: OrderedDict[tuple[Any, ...], Plan] = field(default_factory=OrderedDict)


class Plans:
    """The plans for one database; those not used for the longest are forgotten.

    Without *folds* every relation is a statement of its own: what answers where the database cannot make the JSON.
    """

    def __init__(self, dialect: Dialect, *, folds: bool = True) -> None:
        self._dialect, self._folds = dialect, folds
        self._known: OrderedDict[tuple[bytes, str | None], _Operation] = OrderedDict()
        self.fallbacks: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, executor: Any) -> Plan:
        """The plan of an executor's operation, made now if need be; what it leaves to graphql-core is counted."""
        plan = self._kept(executor) if executor.document is not None else self._made(executor)
        for each in plan.root.fields.values():
            if isinstance(each, StockField):
                self.fallbacks["introspection" if each.is_introspection else "operation"] += 1
        return plan

    def _kept(self, executor: Any) -> Plan:
        name = executor.operation.name
        key = executor.document, name and name.value
        operation = self._known.get(key)
        if operation is None:
            operation = self._known[key] = _Operation(variables_of_directives(executor))
            _forget(self._known, KEPT)
        self._known.move_to_end(key)
        given = executor.variable_values.coerced
        shape = tuple(given.get(name) for name in operation.shaping)
        if shape not in operation.variants:
            operation.variants[shape] = self._made(executor)
            _forget(operation.variants, VARIANTS)
        return operation.variants[shape]

    def _made(self, executor: Executor) -> Plan:
        root: Any = executor.schema.get_root_type(executor.operation.operation)
        folding = Planner(executor, self._dialect, folds=self._folds)
        fields = folding.operation(root)
        if folding.has_folds:
            plain = Planner(executor, self._dialect, folds=False).operation(root)
            fields = {key: _either(field, plain[key]) for key, field in fields.items()}
        nodes = {key: details[0].node for key, details in folding.roots(root).items()}
        return Plan(Objects(fields), nodes)


def _either(folded: Field, plain: Field) -> Field:
    if isinstance(folded, CallField) and isinstance(plain, CallField):
        return folded.or_else(plain)
    return EitherField(folded, plain)


def _forget(known: OrderedDict[Any, Any], most: int) -> None:
    if len(known) > most:
        known.popitem(last=False)
