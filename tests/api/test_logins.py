"""What is refused of a login elsewhere before a browser goes anywhere, and what the directives make of it."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.people import OUTSIDER, STRANGER, gid
from tests.web.logging_in import BEGIN, PAGE, answered, applied, bearer, begin, sent, told, visit

ME = bearer(OUTSIDER)


def refusal(api: Api, id: str, to: str = PAGE, who: Any = OUTSIDER) -> list[tuple[str, list[str]]]:
    answer = begin(api, id, who, to).data["registrationLoginBegin"]
    assert (answer["registration"], answer["authorizationUrl"]) == (None, None)
    assert api.rows("SELECT count(*) FROM login_attempt") == [(0,)]
    return [(each["code"], each["path"]) for each in answer["userErrors"]]


def test_the_login_of_a_foreign_or_unknown_registration_is_not_begun(api: Api):
    id = applied(api)

    assert refusal(api, id, who=STRANGER) == [("NOT_FOUND", ["id"])]
    assert refusal(api, gid("Registration", "none")) == [("NOT_FOUND", ["id"])]
    assert refusal(api, gid("Campaign", "spring")) == [("NOT_FOUND", ["id"])]


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "https://127.0.0.1:8000@evil.example/", "javascript:alert(1)", ""]
)
def test_nobody_comes_back_to_a_foreign_page(api: Api, to):
    assert refusal(api, applied(api), to) == [("INVALID", ["returnTo"])]


def test_all_problems_are_said_at_once(api: Api):
    id = applied(api, path="REPRESENT_VENDOR")

    assert refusal(api, id, "https://evil.example/") == [("INVALID", ["id"]), ("INVALID", ["returnTo"])]


def test_a_registration_that_moved_on_begins_no_login(api: Api):
    id = applied(api)
    api("mutation ($id: ID!) { registrationWithdraw(input: {id: $id}) { seq } }", as_=OUTSIDER, id=id)

    assert refusal(api, id) == [("ILLEGAL_TRANSITION", ["id"])]


def test_a_login_that_is_not_set_up_is_not_begun(api: Api):
    id = applied(api)
    logins = api.installation.services.logins
    logins.clients = {name: each for name, each in logins.clients.items() if name != "KDP"}

    assert refusal(api, id) == [("INVALID", ["id"])]
    (error,) = begin(api, id).data["registrationLoginBegin"]["userErrors"]
    assert "ENDCAP_LOGIN_KDP" in error["message"]


def test_a_rehearsal_begins_nothing(api: Api):
    dry = BEGIN.replace("returnTo: $to})", "returnTo: $to}) @dryRun")
    answer = api(dry, as_=OUTSIDER, id=applied(api), to=PAGE).data["registrationLoginBegin"]

    assert api.rows("SELECT count(*) FROM login_attempt") == [(0,)]
    assert visit(api, answer["authorizationUrl"], ME).status_code == 400


def test_a_repeated_key_begins_one_login_and_shows_its_address_once(api: Api):
    keyed, id = BEGIN.replace("returnTo: $to})", 'returnTo: $to}) @idempotent(key: "k")'), applied(api)
    first, second = (api(keyed, as_=OUTSIDER, id=id, to=PAGE).data["registrationLoginBegin"] for _ in range(2))

    assert second == {**first, "authorizationUrl": None}
    assert told(sent(api, answered(api, first["authorizationUrl"], ME), ME)) == "proved"


def test_a_session_that_has_just_begun_may_begin_a_login(api: Api):
    id = applied(api)
    both = f"""mutation ($id: ID!, $to: URL!) {{
      signIn(input: {{email: "{OUTSIDER.email}", password: "a password for tests"}}) {{ sessionToken }}
      registrationLoginBegin(input: {{id: $id, returnTo: $to}}) {{ authorizationUrl }} }}"""
    data = api(both, id=id, to=PAGE).data
    session = {"authorization": f"Bearer {data['signIn']['sessionToken']}"}

    url = data["registrationLoginBegin"]["authorizationUrl"]
    assert told(sent(api, answered(api, url, session), session)) == "proved"
