"""Access: every root field asked by tokens, with the scope and without, of people and of feeds."""

import json

import pytest

from app.domain.access import TOKEN_SCOPES
from tests.api.preparing import OF_ROOTS, every_scope_but, level, prepared, scope, token, world
from tests.api.samples import ROOT_FIELDS
from tests.conftest import Api
from tests.people import (
    OPERATOR,
    OTHER_FEED,
    OWNER,
)


@pytest.mark.parametrize("name", [name for name, field in OF_ROOTS.items() if level(field) != "PUBLIC"])
def test_a_token_without_the_scope_is_refused(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    secret = token(api, *every_scope_but(scope(OF_ROOTS[name])))["secret"]
    api("{ serverInfo { version } }", as_=secret)  # its use is noted
    before = world(api)
    answer = api(document, as_=secret)

    assert (answer.codes, answer.data in (None, {"it": None})) == (["MISSING_SCOPE"], True)
    assert world(api) == before


@pytest.mark.parametrize("name", [name for name, field in OF_ROOTS.items() if level(field) == "INGEST"])
def test_what_is_for_feeds_takes_their_token_with_the_scope_and_no_person(api: Api, name):
    before = world(api)
    answers = [api(ROOT_FIELDS[name].document, as_=who) for who in (OTHER_FEED, OWNER, OPERATOR)]

    assert [answer.codes for answer in answers] == [["MISSING_SCOPE"], ["FORBIDDEN"], ["FORBIDDEN"]]
    assert {str(answer.data) for answer in answers} == {"None"}
    assert world(api) == before


@pytest.mark.parametrize("name", [n for n, field in OF_ROOTS.items() if level(field) not in ("PUBLIC", "INGEST")])
def test_a_feeds_token_reaches_nothing_else(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    api.write("UPDATE ingest_token SET scopes = :all", all=json.dumps(sorted(TOKEN_SCOPES)))
    before = world(api)
    answer = api(document, as_=OTHER_FEED)

    assert answer.codes == ["FORBIDDEN" if scope(OF_ROOTS[name]) in TOKEN_SCOPES else "MISSING_SCOPE"]
    assert answer.data in (None, {"it": None})
    assert world(api) == before


OF_ACCOUNTS = [name for name, field in OF_ROOTS.items() if scope(field) in TOKEN_SCOPES and level(field) != "INGEST"]


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_a_token_with_the_scope_passes(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    answer = api(document, as_=token(api, scope(OF_ROOTS[name]))["secret"])

    assert answer.errors == []
    assert answer.data["it"].get("userErrors", []) == []
