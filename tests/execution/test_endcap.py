"""Random operations over Endcap's own schema, as different people, three ways: folds, rows and graphql-core.

Denials and masked faults are compared like all else; what graphql-core cannot promise is told in test_declared.py.
"""

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLObjectType
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.throttle import MemoryThrottle
from app.db.ids import parse
from app.wiring import WINDOW_MINUTES
from tests.conftest import Api, told
from tests.documents import Document, operations
from tests.execution.answers import same, settled
from tests.execution.operations import many
from tests.paging import add_page
from tests.people import EDITOR, NORTH, OWNER, STRANGER

TOKEN = """mutation ($account: ID!) { apiTokenCreate(input: {accountId: $account, name: "Few", scopes:
  ["accounts:read", "campaigns:read"]}) { secret userErrors { message } } }"""
NEW = re.compile(rb"[0-9a-f]{12}7[0-9a-f]{19}")  # a UUIDv7; those of the world are of version 5


@pytest.fixture(scope="module")
def fill() -> Any:
    """The world with a Page."""
    return add_page


def people(api: Api) -> dict[str, str | None]:
    """Tokens of those who ask."""
    few = api(TOKEN, as_=OWNER, account=NORTH).data["apiTokenCreate"]["secret"]
    return {"OWNER": OWNER.token, "EDITOR": EDITOR.token, "STRANGER": STRANGER.token, "token": few, "nobody": None}


def answers(api: Api, document: str, variables: dict[str, Any], token: str | None) -> dict[str, Any]:
    """What each engine answers: its status and body, without the number of the request and the ids of new things."""
    headers = {"accept": "application/graphql-response+json", "content-type": "application/json"}
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    content = json.dumps({"query": document, "variables": variables}).encode()
    options = {"content": content, "headers": headers}
    found = {}
    for name, installation in {"folds": api.installation, **api.others}.items():
        response = api.run(api._request, "POST", "/graphql", options, installation)
        found[name] = response.status_code, _known(told(response.json()))
    return found


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_known(each) for each in value]
    return "new" if isinstance(value, str) and _is_new(value) else value


def _is_new(text: str) -> bool:
    """Whether it is a secret, the id of a thing just made, or a cursor at it."""
    named = parse(text)
    if named is not None:
        return named[1].version == 7
    try:
        return bool(re.match("ec[a-z]_", text) or NEW.search(urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except ValueError:
        return False


def agree(found: dict[str, Any]) -> Any:
    """The answer that all engines agree on, which is no fault of ours."""
    (status, body), (other, reference) = found["folds"], found["graphql-core"]
    assert same(body, found["rows"][1]), found
    assert status == other == found["rows"][0], found
    if "data" not in body:
        assert same(body, reference), found
    else:
        assert same(settled(body), settled(reference)), found
    assert "INTERNAL" not in {error["extensions"]["code"] for error in body.get("errors", ())}, found
    return body


def test_random_queries_are_answered_alike(api: Api):
    schema, seen, tokens = api.installation.schema._schema, set[str](), people(api)
    roots = st.sampled_from(list(schema.query_type.fields))

    @many(160)
    @given(roots.flatmap(lambda name: operations(schema, schema.query_type, name)), st.sampled_from(list(tokens)))
    def holds(asked: tuple[str, dict[str, Any]], who: str) -> None:
        body = agree(answers(api, *asked, tokens[who]))
        seen.update(error["extensions"]["code"] for error in body.get("errors", ()))
        seen.update(name for name, value in (body.get("data") or {}).items() if value is not None)

    holds()
    assert seen >= {"f1", "UNAUTHENTICATED", "MISSING_SCOPE"}


def test_a_total_of_which_no_figure_is_asked_for(api: Api):
    """What is left of the statement without its sums has a row for each hour that was counted."""
    document = """query ($id: ID!) { account(id: $id) {
      metrics(range: {from: "2026-11-01", to: "2026-11-19"}) { __typename } } }"""
    body = agree(answers(api, document, {"id": NORTH}, OWNER.token))

    assert body == {"data": {"account": {"metrics": {"__typename": "MetricRow"}}}}


@st.composite
def rehearsals(draw: Any, schema: Any, root: GraphQLObjectType) -> tuple[str, dict[str, Any]]:
    """A mutation that changes nothing."""
    made = Document(schema, draw)
    part = made.field(root, draw(st.sampled_from(list(root.fields))), 4, " @dryRun")
    declared = f"({', '.join(made.declared)})" if made.declared else ""
    return f"mutation {declared} {{ {part} }}", made.variables


def test_random_mutations_are_rehearsed_alike(api: Api, monkeypatch):
    monkeypatch.setattr("app.resolvers.accounts.sandbox.rules.GREATEST_SEED", 0)  # one that is not given is drawn
    for each in (api.installation, *api.others.values()):  # tries are counted for each, by the second: let them pass
        each.services = replace(each.services, throttle=MemoryThrottle(1_000_000, WINDOW_MINUTES))
    schema, seen, tokens = api.installation.schema._schema, set[str](), people(api)

    @many(320)
    @given(rehearsals(schema, schema.mutation_type), st.sampled_from([*["OWNER"] * 3, *tokens]))
    def holds(asked: tuple[str, dict[str, Any]], who: str) -> None:
        body = agree(answers(api, *asked, tokens[who]))
        seen.update(error["extensions"]["code"] for error in body.get("errors", ()))
        seen.update(name for name, value in (body.get("data") or {}).items() if value is not None)

    holds()
    assert seen >= {"f1", "UNAUTHENTICATED"}
    assert seen & {"BAD_USER_INPUT", "BAD_REQUEST"}


def test_a_selection_too_wide_for_a_fold_is_answered_all_the_same(api: Api):
    names = " ".join(f"a{place}: name" for place in range(190))
    document = f"query ($id: ID!) {{ account(id: $id) {{ campaigns(first: 2) {{ nodes {{ {names} }} }} }} }}"
    body = agree(answers(api, document, {"id": NORTH}, OWNER.token))

    assert [len(each) for each in body["data"]["account"]["campaigns"]["nodes"]] == [190, 190]
