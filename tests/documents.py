"""Random operations of Endcap's own schema: values that fit, that nearly fit, and that do not."""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from hypothesis import strategies as st

from tests import people
from tests.paging import NORTH_PAGE
from tests.people import NORTH, OWNER

RARELY, SOMETIMES = st.sampled_from([False] * 9 + [True]), st.sampled_from([False] * 3 + [True])
IDS = {
    "Account": [NORTH],
    "BrandPage": [NORTH_PAGE],
    "Brand": [people.NORTH_BRAND, people.UNAPPROVED],
    "Campaign": [people.SPRING, people.SUMMER, people.OLD],
    "Ad": [people.TENT_AD, people.BAG_AD, people.DRAFT_AD, people.STOPPED_AD],
    "Product": [people.TENT, people.BAG, people.STOVE, people.LAMP],
}
EVERY_ID = sum(IDS.values(), [people.SOUTH, people.ISLAND, people.ISLAND_AD, people.SOUTH_PRODUCT, OWNER.id])
ODD_TEXT = ["", " ", "\0", "\ud800", "%", "_", "\\", "'; --", "\u202e", "\u2028", "x" * 10_000]
LONGER_FOLDED = [
    "\ufdfa" * 50,
    "\u0130" * 50,
    "\N{GREEK SMALL LETTER ALPHA WITH OXIA AND YPOGEGRAMMENI}" * 50,
    "ß" * 50,
]
EMAILS = ["\ufdfa" * 60 + "@example.com", "ü@ä.example", f"{'a' * 64}@{'b' * 63}.{'c' * 63}.example", "@", '"a b"@c.d']
TEXTS = st.text(max_size=50) | st.sampled_from(ODD_TEXT) | st.sampled_from(LONGER_FOLDED) | st.sampled_from(EMAILS)
LARGE = [str(10**15), str(10**15 + 1), str(2**63 - 1), str(2**63), str(-(2**63)), "-1", "0", "1e9", "\u0663"]
DAYS = ["2000-01-01", "2099-12-31", "0001-01-01", "9999-12-31", "2024-02-30", "1-1-1", "2026-11-21"]
MOMENTS = ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z"]
MOMENTS += ["9999-12-31T23:59:59-14:00", "2026-11-01", "2100-01-01T00:00:00Z"]
GOOD: dict[str, list[Any]] = {
    "Int": [1, 2, 100],
    "Boolean": [True, False],
    "String": ["Autumn", "tent"],
    "BigInt": ["350000", "50000000"],
    "Date": ["2026-11-01", "2026-11-19"],
    "DateTime": ["2026-11-01T00:00:00Z", "2026-12-01T00:00:00+01:00"],
    "URL": ["http://127.0.0.1:8000/registration"],
    "Duration": ["P2D", "PT48H"],
    "currency": ["USD"],
    "email": ["n@example.com", "m@example.com", OWNER.email],
    "scopes": ["metrics:read"],
}
ODD: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.sampled_from([-(2**31), -1, 0, 101, 2**31 - 1, 2**31, 10**17, 10**30, 1.5]) | st.integers(),
    "Boolean": st.just(0),
    "String": TEXTS,
    "BigInt": st.sampled_from(LARGE) | st.integers().map(str) | st.integers(),
    "Date": st.sampled_from(DAYS) | st.dates().map(str),
    "DateTime": st.sampled_from(MOMENTS) | st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
    "URL": st.sampled_from(["javascript:alert(1)", "//x", "http://[", "https://x.example"]) | TEXTS,
    "Duration": st.sampled_from(["P91D", "PT0H", "P1W", "-P1D", "P999D"]) | TEXTS,
    "ID": st.sampled_from(EVERY_ID) | TEXTS,
}


@st.composite
def values(draw: Any, kind: Any, name: str, about: str) -> Any:
    """JSON for an input type, mostly good; *name* is the argument's or field's, *about* the root field's."""
    if isinstance(kind, GraphQLNonNull):
        return draw(values(kind.of_type, name, about))
    if isinstance(kind, GraphQLList):
        return draw(st.lists(values(kind.of_type, name, about), min_size=draw(st.integers(0, 1)), max_size=3))
    if isinstance(kind, GraphQLInputObjectType):
        return draw(objects(kind, about))
    if isinstance(kind, GraphQLEnumType):
        return draw(st.sampled_from(list(kind.values)))
    if draw(RARELY):
        return draw(ODD[kind.name])
    return draw(st.sampled_from(ids(name, about) if kind.name == "ID" else GOOD.get(name) or GOOD[kind.name]))


def ids(name: str, about: str) -> list[str]:
    """Those of the kind that the argument speaks of, or else the root field."""
    named = about if name in ("id", "ids") else name
    return next((known for kind, known in IDS.items() if named.lower().startswith(kind.lower())), EVERY_ID)


@st.composite
def objects(draw: Any, kind: GraphQLInputObjectType, about: str) -> dict[str, Any]:
    made = {}
    for name, member in kind.fields.items():
        if isinstance(member.type, GraphQLNonNull) or draw(st.booleans()):
            made[name] = draw(values(member.type, name, about))
    return made


@dataclass
class Document:
    """An operation in the making: random selections of the schema, every argument a variable."""

    schema: GraphQLSchema
    draw: Any
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fields: int = 0

    def variable(self, kind: Any, value: Any) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = value
        self.declared.append(f"${name}: {kind}")
        return f"${name}"

    def arguments(self, arguments: dict[str, Any], about: str) -> str:
        """The required ones, `first`, and each other now and then."""
        given = []
        for name, argument in arguments.items():
            if name == "first" and not self.draw(RARELY):
                given.append("first: 3")
            elif isinstance(argument.type, GraphQLNonNull) or self.draw(SOMETIMES):
                value = self.draw(values(argument.type, name, about))
                given.append(f"{name}: {self.variable(argument.type, value)}")
        return f"({', '.join(given)})" if given else ""

    def field(self, kind: Any, name: str, depth: int, directives: str = "") -> str:
        self.fields += 1
        alias, found = f"f{self.fields}", kind.fields[name]
        inner = get_named_type(found.type)
        below = "" if is_leaf_type(inner) else f" {{ {self.selection(inner, depth)} }}"
        return f"{alias}: {name}{self.arguments(found.args, name)}{directives}{below}"

    def selection(self, kind: Any, depth: int) -> str:
        """Up to four fields of a type; at the bottom only leaves."""
        if is_abstract_type(kind):
            kinds = self.draw(st.lists(st.sampled_from(self.schema.get_possible_types(kind)), max_size=3, unique=True))
            return " ".join(["__typename", *(f"... on {each} {{ {self.selection(each, depth)} }}" for each in kinds)])
        names = [name for name, each in kind.fields.items() if depth > 0 or is_leaf_type(get_named_type(each.type))]
        chosen = self.draw(st.lists(st.sampled_from(names), max_size=4, unique=True)) if names else []
        return " ".join(["__typename", *(self.field(kind, name, depth - 1) for name in chosen)])

    def mutation(self, kind: Any, name: str) -> str:
        directive = self.draw(st.sampled_from(["", "", "", " @dryRun", " @idempotent"]))
        if directive == " @idempotent":
            directive += f"(key: {self.variable('String!', self.draw(st.just('key') | TEXTS))})"
        return self.field(kind, name, 4, directive)


@st.composite
def operations(draw: Any, schema: GraphQLSchema, root: Any, name: str) -> tuple[str, dict[str, Any]]:
    """A valid document with that root field, and variables that may be anything their types allow, and more."""
    made, asks = Document(schema, draw), root is schema.query_type
    names = [name, *draw(st.lists(st.sampled_from(list(root.fields)), max_size=1))]
    parts = [made.field(root, each, 5) if asks else made.mutation(root, each) for each in names]
    declared = f"({', '.join(made.declared)})" if made.declared else ""
    atomic = " @atomic" if not asks and draw(SOMETIMES) else ""
    return f"{'query' if asks else 'mutation'} {declared}{atomic} {{ {' '.join(parts)} }}", made.variables
