"""Random valid operations over any schema: merged fields, fragments in fragments, directives, variables, arguments."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

USUAL = 2000
"""Operations of all tests of this folder together in the usual run."""
WANTED = int(os.environ.get("ENDCAP_TEST_OPERATIONS", USUAL))


def many(usual: int) -> settings:
    """*usual* examples, or as many times that as ENDCAP_TEST_OPERATIONS is more than usual (and those at random)."""
    return settings(
        max_examples=max(1, usual * WANTED // USUAL),
        derandomize=WANTED == USUAL,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True)
class Operation:
    """A document, and variables for two requests of it."""

    document: str
    variables: tuple[dict[str, Any], dict[str, Any]]


Pool = Callable[[str, str], Sequence[Any]]
"""(name of the argument or input field, name of its type) -> JSON values to draw from."""
ABSENT = object()
PARTS = st.sampled_from(["field"] * 7 + ["leaves"] * 2 + ["inline", "inline", "spread", "spread", "typename"])
DIRECTIVES = st.sampled_from(
    [""] * 40
    + [" @skip(if: $b0)", " @include(if: $b0)", " @skip(if: $b1)", " @include(if: $b1)", " @include(if: $b2)"]
    + [" @skip(if: false)", " @include(if: true)", " @skip(if: true)", " @skip(if: $b1) @include(if: $b0)"]
)
BOOLEANS = {"b0": "Boolean!", "b1": "Boolean! = true", "b2": "Boolean = true"}
GIVEN = {
    "b0": st.booleans(),
    "b1": st.booleans() | st.just(ABSENT),
    "b2": st.sampled_from([True, False] * 5 + [ABSENT]),
}
NULLS = GIVEN["b2"] | st.none()
SELDOM, HUNDRED = st.sampled_from([False] * 3 + [True]), st.integers(1, 100)
ONCE_OR_MORE = st.integers(1, 4)


def literal(value: Any, kind: Any) -> str:
    """JSON as GraphQL writes it."""
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if value is None:
        return "null"
    if isinstance(kind, GraphQLList):
        return f"[{', '.join(literal(each, kind.of_type) for each in value)}]"
    if isinstance(kind, GraphQLInputObjectType):
        return f"{{{', '.join(f'{name}: {literal(each, kind.fields[name].type)}' for name, each in value.items())}}}"
    return value if isinstance(kind, GraphQLEnumType) else json.dumps(value)


def is_leaf(found: GraphQLField) -> bool:
    return is_leaf_type(get_named_type(found.type)) and not found.args


@dataclass
class Writer:
    """A document in the making, valid by the way it is made."""

    schema: GraphQLSchema
    draw: Any
    pool: Pool
    size: int = 30
    most: Mapping[str, int] = field(default_factory=dict)
    """How deep fields of a name may stand."""
    habits: Mapping[str, int] = field(default_factory=dict)
    """How often of a hundred times an optional argument is given, where that is not half of them."""
    avoiding: Sequence[frozenset[str]] = (frozenset(),)
    """Names of fields, of which one group is not selected anywhere: what keeps an operation from being interesting."""
    nulls: bool = True
    """Whether a variable of @skip and @include may be null, which is no matter of validation."""
    declared: dict[str, tuple[str, tuple[Any, Any]]] = field(default_factory=dict)
    fragments: dict[str, tuple[Any, str]] = field(default_factory=dict)
    keys: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """What each response name stands for: it is the same all over, so that fields can always be merged."""
    asked: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    avoided: frozenset[str] = frozenset()

    def operation(self, names: Sequence[str]) -> Operation:
        """A query that has one of the root fields *names*."""
        root, self.avoided = self.schema.query_type, self.draw(st.sampled_from(self.avoiding))
        parts = [self.field(root, self.draw(st.sampled_from(names)), 4)]
        parts += [self.part(root, 4, 0) for _ in range(self.draw(st.integers(0, 2)))]
        return self.written(self.draw(st.permutations(parts)))

    def written(self, parts: Sequence[str]) -> Operation:
        """The document of these fields and fragments, with all that they use."""
        body = f"{{ {' '.join(parts)} }}"
        variables = ", ".join(f"${name}: {kind}" for name, (kind, _) in self.declared.items())
        texts = [f"fragment {name} on {kind} {text}" for name, (kind, text) in self.fragments.items()]
        given = tuple(
            {name: values[at] for name, (_, values) in self.declared.items() if values[at] is not ABSENT}
            for at in (0, 1)
        )
        return Operation("\n".join([f"query{f'({variables})' if variables else ''} {body}", *texts]), given)

    def selection(self, kind: Any, depth: int, nesting: int = 0) -> str:
        return f"{{ {' '.join(self.part(kind, depth, nesting) for _ in range(self.draw(ONCE_OR_MORE)))} }}"

    def part(self, kind: Any, depth: int, nesting: int) -> str:
        """A field, `__typename`, or a fragment with parts of its own."""
        self.size -= 1
        names = self.names(kind, depth)
        chosen = self.draw(PARTS) if self.size > 0 and nesting < 3 else "field"
        if chosen == "inline":
            on = self.draw(st.sampled_from([None, *self.overlapping(kind)]))
            condition = f" on {on}" if on else ""
            return f"...{condition}{self.directives()} {self.selection(on or kind, depth, nesting + 1)}"
        if chosen == "spread":
            return f"...{self.spread(kind, depth, nesting)}{self.directives()}"
        if chosen == "leaves" and (leaves := self.are_plain(kind, names)):
            return " ".join(self.draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=8, unique=True)))
        if chosen == "typename" or not names:
            return f"{self.draw(st.sampled_from(['', 'kind: ']))}__typename{self.directives()}"
        inner = [name for name in names if not is_leaf_type(get_named_type(kind.fields[name].type))]
        deep = inner and self.draw(HUNDRED) <= 60
        return self.field(kind, self.draw(st.sampled_from(inner if deep else names)), depth)

    def names(self, kind: Any, depth: int) -> list[str]:
        """The fields that may stand here; where it is deep or long enough only leaves."""
        ends = depth <= 0 or self.size <= 0
        fields = getattr(kind, "fields", {}).items()
        return [
            name
            for name, each in fields
            if name not in self.avoided
            if is_leaf_type(get_named_type(each.type)) or (not ends and depth > 4 - self.most.get(name, 9))
        ]

    def are_plain(self, kind: Any, names: Sequence[str]) -> list[str]:
        """Those of the names that are leaves without arguments, and may be selected as they are."""
        found = {name: kind.fields[name] for name in names}
        plain = {name: (name, "", str(each.type)) for name, each in found.items() if is_leaf(each)}
        return [name for name, stands in plain.items() if self.keys.setdefault(name, stands) == stands]

    def overlapping(self, kind: Any) -> list[Any]:
        """The types of which a fragment may be here."""
        mine = self._possible(kind)
        kinds = [kind, *mine, *(each for each in self.schema.type_map.values() if is_abstract_type(each))]
        return [each for each in kinds if self._possible(each) & mine]

    def _possible(self, kind: Any) -> set[Any]:
        return set(self.schema.get_possible_types(kind)) if is_abstract_type(kind) else {kind}

    def spread(self, kind: Any, depth: int, nesting: int) -> str:
        """A fragment that is there already, or a new one."""
        mine = self._possible(kind)
        fitting = [name for name, (on, _) in self.fragments.items() if self._possible(on) & mine]
        if fitting and self.draw(st.booleans()):
            return self.draw(st.sampled_from(fitting))
        on = self.draw(st.sampled_from(self.overlapping(kind)))
        text = self.selection(on, min(depth, 1), nesting + 1)
        name = f"F{len(self.fragments)}"
        self.fragments[name] = on, text
        return name

    def field(self, kind: Any, name: str, depth: int) -> str:
        found = kind.fields[name]
        stands = name, self.arguments(kind, name, found.args), str(found.type)
        alias = self.draw(st.sampled_from([name, name, f"{name}2", "x"]))
        if self.keys.setdefault(alias, stands) != stands:
            alias = next((key for key, each in self.keys.items() if each == stands), f"y{len(self.keys)}")
            self.keys[alias] = stands
        inner = get_named_type(found.type)
        below = "" if is_leaf_type(inner) else f" {self.selection(inner, depth - 1)}"
        shown = name if alias == name else f"{alias}: {name}"
        return f"{shown}{stands[1]}{self.directives()}{below}"

    def directives(self) -> str:
        found = self.draw(DIRECTIVES)
        for name, kind in BOOLEANS.items():
            if f"${name}" in found and name not in self.declared:
                given = NULLS if name == "b2" and self.nulls else GIVEN[name]
                self.declared[name] = kind, (self.draw(given), self.draw(given))
        return found

    def arguments(self, kind: Any, name: str, arguments: Mapping[str, Any]) -> str:
        """New ones, or the same as another time, so that fields merge."""
        if not arguments:
            return ""
        known = self.asked.setdefault((str(kind), name), [])
        if known and self.draw(st.booleans()):
            return self.draw(st.sampled_from(known))
        given = [self.argument(each, found.type) for each, found in arguments.items() if self.gives(each, found)]
        known.append(f"({', '.join(given)})" if given else "")
        return known[-1]

    def gives(self, name: str, argument: Any) -> bool:
        return isinstance(argument.type, GraphQLNonNull) or self.draw(HUNDRED) <= self.habits.get(name, 50)

    def argument(self, name: str, kind: Any) -> str:
        value = self.value(name, kind) if self.habits.get(name, 50) < 90 else self._sure(name, kind)
        if self.draw(SELDOM):
            return f"{name}: {literal(self.draw(value), kind)}"
        variable, values = f"v{len(self.declared)}", (value, value)
        optional = not isinstance(kind, GraphQLNonNull) and self.habits.get(name, 50) < 90
        given = tuple(ABSENT if optional and self.draw(SELDOM) else self.draw(each) for each in values)
        self.declared[variable] = str(kind), given
        return f"{name}: ${variable}"

    def value(self, name: str, kind: Any) -> st.SearchStrategy[Any]:
        """JSON for an input type."""
        if isinstance(kind, GraphQLNonNull):
            return self._sure(name, kind.of_type)
        return st.sampled_from([False, True, True, True]).flatmap(
            lambda given: self._sure(name, kind) if given else st.none()
        )

    def _sure(self, name: str, kind: Any) -> st.SearchStrategy[Any]:
        if isinstance(kind, GraphQLList):
            return st.lists(self.value(name, kind.of_type), max_size=3)
        if isinstance(kind, GraphQLInputObjectType):
            members = {each: self.value(each, found.type) for each, found in kind.fields.items()}
            return st.fixed_dictionaries({}, optional=members)
        if isinstance(kind, GraphQLEnumType):
            return st.sampled_from(list(kind.values))
        return st.sampled_from(self.pool(name, kind.name))


@st.composite
def operations(draw: Any, schema: GraphQLSchema, names: Sequence[str], pool: Pool, **how: Any) -> Operation:
    return Writer(schema, draw, pool, **how).operation(names)
