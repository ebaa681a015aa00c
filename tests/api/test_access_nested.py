"""Access: every nested field that says who may use it, asked by all others."""

import pytest

from app.schema.relay import NODES
from tests.api.preparing import OF_OTHERS, every_scope_but, holder, level, prepared, scope, token
from tests.api.samples import NESTED, it, parent
from tests.conftest import Api
from tests.people import (
    BOTH,
    EDITOR,
    FEED,
    OPERATOR,
    OUTSIDER,
    OWNER,
    STRANGER,
)


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_feeds_token_sees_no_node(api: Api, name):
    assert api(prepared(api, NESTED[name]), as_=FEED).body == {"data": {"node": None}}


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_guarded_field_is_shown_to_an_admin(api: Api, name):
    answer = api(prepared(api, NESTED[name]), as_=holder(name, OF_OTHERS[name]))

    assert answer.errors == []
    assert it(answer) is not None


@pytest.mark.parametrize("name", [name for name, field in OF_OTHERS.items() if level(field) == "ADMIN"])
def test_an_editor_gets_null_for_what_takes_an_admin_and_the_rest_stays(api: Api, name):
    document = prepared(api, NESTED[name])
    for who in (EDITOR, BOTH):
        answer = api(document, as_=who)
        assert (answer.status, answer.codes, answer.errors[0]["path"][-1]) == (200, ["FORBIDDEN"], "it")
        assert (it(answer), len(answer.data["node"]["id"]) > 20) == (None, True)


@pytest.mark.parametrize("name", [name for name, field in OF_OTHERS.items() if level(field) == "MODERATOR"])
def test_a_member_gets_null_for_what_takes_a_moderator_and_the_rest_stays(api: Api, name):
    document = prepared(api, NESTED[name])

    for who in (OWNER, EDITOR):
        answer = api(document, as_=who)
        assert (answer.codes, answer.data["node"]["it"]) == (["FORBIDDEN"], None)
        assert len(answer.data["node"]["id"]) > 20


@pytest.mark.parametrize("name", [name for name, field in OF_OTHERS.items() if level(field) == "EDITOR"])
def test_an_editor_sees_what_takes_an_editor(api: Api, name):
    document = prepared(api, NESTED[name])
    answer = api(document, as_=EDITOR)

    hidden = name.startswith(
        ("Invitation.", "Membership.", "Registration.")
    )  # the parent takes an ADMIN, or is one's own
    assert answer.errors == []
    assert (answer.data["node"] is None) is hidden
    assert hidden or it(answer) is not None


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_token_without_the_scope_of_a_nested_field_gets_null(api: Api, name):
    document, kind = prepared(api, NESTED[name]), parent(name)
    answer = api(document, as_=token(api, *every_scope_but(scope(OF_OTHERS[name])))["secret"])

    hidden = NODES[kind].scope in (None, scope(OF_OTHERS[name]))  # the parent takes the same scope, or a person
    assert answer.data == {"node": None} if hidden else it(answer) is None
    assert answer.codes == ([] if hidden else ["MISSING_SCOPE"])


@pytest.mark.parametrize("name", OF_OTHERS)
def test_strangers_do_not_even_see_the_parent(api: Api, name):
    document = prepared(api, NESTED[name])

    for who in (STRANGER, OUTSIDER, OPERATOR, None):
        assert api(document, as_=who).body == {"data": {"node": None}}
