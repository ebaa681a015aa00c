"""Whatever a client sends: no fault of ours, and every error has a code and a request id."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.page import encode
from app.resolvers.accounts import BRANDS_OF_ACCOUNT, INVITATIONS_OF_ACCOUNT, MEMBERS_OF_ACCOUNT
from app.resolvers.campaigns.reads import AD_ORDERS, CAMPAIGN_ORDERS, KEYWORDS_OF_AD
from app.resolvers.catalogue import INTERESTS, PRODUCTS
from tests import people
from tests.conftest import Api
from tests.people import NORTH, OWNER, TENT_AD

CHECKS = list(HealthCheck)
MANY = settings(max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=CHECKS)


def ask(api: Api, body: bytes, *headers: tuple[bytes, bytes]) -> Any:
    """POST as OWNER; the headers come last, and so may stand for the usual ones."""
    usual = {b"content-type": b"application/json", b"accept": b"application/graphql-response+json"}
    usual |= {b"authorization": f"Bearer {OWNER.token}".encode(), **dict(headers)}
    return api.request("POST", "/graphql", content=body, headers=list(usual.items()))


def codes(answer: Any) -> list[str]:
    """Codes of the top-level errors of an answer that is none of our faults."""
    assert answer.status_code < 500, answer.text
    errors = answer.json().get("errors", [])
    assert all(error["extensions"]["requestId"] for error in errors)
    found = [error["extensions"]["code"] for error in errors]
    assert "INTERNAL" not in found
    return found


# ---- any body, any header

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates, too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)
QUERIES = st.sampled_from(["{ __typename }", "mutation { signOut { ok } }", "{", "query A { viewer { __typename } }"])
MEMBERS = {
    "query": QUERIES | JSON,
    "variables": st.dictionaries(TEXT, JSON, max_size=3) | JSON,
    "operationName": st.sampled_from(["A", "B", ""]) | JSON,
    "extensions": st.just({"persistedQuery": {"version": 1, "sha256Hash": "0"}}) | JSON,
}
BODIES = st.binary() | (st.fixed_dictionaries({}, optional=MEMBERS) | JSON).map(
    lambda value: json.dumps(value).encode()
)
NAMES = ["accept", "content-type", "content-encoding", "content-length", "cookie", "origin", "host", "authorization"]
NAMES += ["sec-fetch-site", "x-requested-with", "access-control-request-method", "forwarded"]
KNOWN = [
    "application/json",
    "application/json; charset=latin-1",
    "*/*;q=0",
    "text/html",
    "null",
    "http://localhost:5173",
]
KNOWN += ["127.0.0.1:8000", "Bearer ecs_owner", "Bearer eca_", "endcap_session=ecs_owner", "gzip", "cross-site", "-1"]
VALUES = st.sampled_from(KNOWN).map(str.encode) | st.binary(max_size=30)
MEDIA = ("application/json", "application/graphql-response+json")
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES).map(str.encode), VALUES), max_size=3)


def test_any_body_under_any_headers_gets_an_answer(api: Api):
    seen: set[int] = set()

    @MANY
    @given(BODIES, st.just([]) | HEADERS)
    def holds(body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        answer = ask(api, body, *headers)
        seen.add(answer.status_code)
        if answer.status_code != 406:  # neither of our media types is wanted: the reason is plain text
            assert answer.status_code == 200 or codes(answer)
            assert answer.headers["content-type"].partition(";")[0] in MEDIA

    holds()
    assert seen >= {200, 400, 403, 406, 415, 421}


# ---- any operation: values that fit, that nearly fit, and that do not

RARELY, SOMETIMES = st.sampled_from([False] * 9 + [True]), st.sampled_from([False] * 3 + [True])
IDS = {
    "Account": [NORTH],
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


def test_no_operation_makes_a_fault(api: Api):
    schema, seen = api.installation.schema._schema, set[str]()
    roots = [(root, name) for root in (schema.query_type, schema.mutation_type) for name in root.fields]

    for root, name in roots:

        @settings(MANY, max_examples=12)
        @given(operations(schema, root, name))
        def holds(asked: tuple[str, dict[str, Any]]) -> None:
            document, variables = asked
            api.write("UPDATE session SET revoked_at = NULL")  # the one before may have signed out, or put all away
            api.write("UPDATE campaign SET configured_status = 'ENABLED'")
            answer = ask(api, json.dumps({"query": document, "variables": variables}).encode())
            seen.update(codes(answer) or ["answered"])

        holds()
    assert seen >= {"answered", "BAD_REQUEST", "BAD_USER_INPUT", "INVALID"}
    written = {event for (event,) in api.rows("SELECT DISTINCT event FROM change")}
    assert written >= {"CAMPAIGN_PAUSED", "API_TOKEN_CREATED", "USER_INVITED"}


@pytest.mark.parametrize("name", LONGER_FOLDED)
def test_names_that_grow_when_they_are_folded_are_kept(api: Api, name):
    """Half of the letters there are become longer without accents and capitals; the columns for sorting have an end."""
    update = "mutation ($id: ID!, $to: String!) { campaignUpdate(input: {id: $id, name: $to}) { campaign { name } } }"
    find = """query ($id: ID!, $part: String!) { account(id: $id) {
      campaigns(first: 1, filter: {query: $part}) { nodes { name } } } }"""
    updated = api(update, as_=OWNER, id=people.SPRING, to=name)
    found = api(find, as_=OWNER, id=NORTH, part=name)

    assert updated.data == {"campaignUpdate": {"campaign": {"name": name}}}
    assert found.data["account"]["campaigns"]["nodes"] == [{"name": name}]


# ---- any cursor: its signature is no secret

FORGED = [None, 0, 2**40, 2**63, 2**64 - 1, -(2**63), True, "a", "a\0b", 1.5, [], {}, {"x": "y"}, {"u": 1}, {"u": "0"}]
FORGED += [{"t": "0001-01-01T00:00:00+14:00"}, {"t": "9999-12-31T23:59:59-14:00"}, {"t": "2026-11-01"}]
FORGED += [{"u": "0" * 32}, {"d": "0001-01-01"}, {"t": "2026-11-01T00:00:00Z", "u": "0"}]
FITTING = {"id": {"u": "0" * 32}, "rank": 0, "price_up": 0, "price_down": 2**62, "place": 1}
FITTING |= {name: {"t": "2026-11-01T00:00:00Z"} for name in ("created_at", "since", "starts_at", "ends_or_never")}
BELOW = {"brands": BRANDS_OF_ACCOUNT, "members": MEMBERS_OF_ACCOUNT, "invitations": INVITATIONS_OF_ACCOUNT}
LISTS = [
    *((f"products(accountId: $id, sort: {sort.value}", order) for sort, order in PRODUCTS.orders.items()),
    *((f"account(id: $id) {{ campaigns(sort: {sort.value}", order) for sort, order in CAMPAIGN_ORDERS.items()),
    *((f"account(id: $id) {{ ads(sort: {sort.value}", order) for sort, order in AD_ORDERS.items()),
    *((f"account(id: $id) {{ {name}(", read.orders[None]) for name, read in BELOW.items()),
    ("ad(id: $id) { keywords(", KEYWORDS_OF_AD.orders[None]),
    ("node(id: $id) { id } interests(", INTERESTS.orders[None]),
]


@st.composite
def forgeries(draw: Any) -> tuple[str, dict[str, str]]:
    """A page of a list, from a cursor that the list could have made but for the values in it."""
    place, order = draw(st.sampled_from(LISTS))
    forged = [draw(st.just(FITTING.get(name, "a")) | st.sampled_from(FORGED)) for name in order.columns]
    part = f"{place} first: 2, {draw(st.sampled_from(['after', 'before']))}: $cursor) {{ nodes {{ __typename }} }}"
    closing = "}" * (part.count("{") - part.count("}"))
    variables = {"id": TENT_AD if place.startswith("ad(") else NORTH, "cursor": encode(order, forged)}
    return f"query ($id: ID!, $cursor: String!) {{ {part} {closing} }}", variables


def test_no_cursor_makes_a_fault(api: Api):
    seen: set[str] = set()

    @MANY
    @given(forgeries())
    def holds(asked: tuple[str, dict[str, str]]) -> None:
        document, variables = asked
        answer = ask(api, json.dumps({"query": document, "variables": variables}).encode())
        seen.update(codes(answer) or ["answered"])

    holds()
    assert seen == {"answered", "INVALID"}
