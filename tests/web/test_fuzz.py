"""Whatever a client sends: no fault of ours, and every error has a code and a request id."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.resolvers.accounts.reads import BRANDS_OF_ACCOUNT, INVITATIONS_OF_ACCOUNT, MEMBERS_OF_ACCOUNT
from app.resolvers.campaigns.reads import AD_ORDERS, CAMPAIGN_ORDERS, KEYWORDS_OF_AD
from app.resolvers.catalogue import INTERESTS, PRODUCTS
from tests import people
from tests.conftest import Api
from tests.documents import LONGER_FOLDED, operations
from tests.paging import add_page
from tests.people import NORTH, OWNER, TENT_AD, uid

CHECKS = list(HealthCheck)
MANY = settings(max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=CHECKS)


@pytest.fixture(scope="module")
def fill() -> Any:
    """The world with a Page."""
    return add_page


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


# ---- any operation


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
            api.write("UPDATE account SET status = 'ACTIVE'")  # or closed it
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


# ---- any cursor: its mark is no secret

FORGED = [None, 0, True, 1.5, [], {}, {"u": "0"}, "", "a", "a\0b", "0", "-0", "1e3", "0" * 32, str(uid("spring"))]
FORGED += [str(number) for number in (2**31, 2**40, 2**63, 2**64 - 1, -(2**63))]
FORGED += ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-01", "0001-01-01T00:00:00.000000Z"]
FORGED += ["9999-12-31T23:59:59.999999Z", "2026-11-01T00:00:00.000000+00:00"]
FITTING = {"id": "0" * 32, "rank": "0", "price_up": "0", "price_down": str(2**62), "place": "1"}
FITTING |= dict.fromkeys(("created_at", "since", "starts_at", "ends_or_never"), "2026-11-01T00:00:00.000000Z")
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
    cursor = urlsafe_b64encode(order.mark + orjson.dumps(forged)).decode().rstrip("=")
    variables = {"id": TENT_AD if place.startswith("ad(") else NORTH, "cursor": cursor}
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
