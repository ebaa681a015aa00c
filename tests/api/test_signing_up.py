"""Signing up, proving an address, a forgotten password, and the sessions one has."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Answer, Api, codes
from tests.people import EDITOR, NORTH, OUTSIDER, OWNER, PASSWORD

NEW, LONG = "nia@example.com", "a long new password"
SIGN_UP = """mutation ($email: String = "nia@example.com", $name: String = "Nia New", $password: String!) {
  signUp(input: {email: $email, name: $name, password: $password}) {
    ok seq userErrors { code message path ... on LimitExceeded { limit retryAt } } } }"""
VERIFY = """mutation ($token: String!, $password: String = "a long new password") {
  emailVerify(input: {token: $token, password: $password}) {
  user { name email emailVerified } sessionToken userErrors { code path } } }"""
RESEND = "mutation ($email: String!) { emailVerifyResend(input: {email: $email}) { ok seq userErrors { code } } }"
ASK = "mutation ($email: String!) { passwordResetRequest(input: {email: $email}) { ok seq userErrors { code } } }"
RESET = """mutation ($token: String!, $password: String!) {
  passwordReset(input: {token: $token, password: $password}) { ok userErrors { code path } } }"""
SIGN_IN = """mutation ($email: String!, $password: String!) { signIn(input: {email: $email, password: $password}) {
  user { name } sessionToken userErrors { code message ... on GateNotMet { gate } } } }"""
VIEWER = "{ viewer { user { name } } }"
SESSIONS = "{ viewer { sessions { id current ipAddress createdAt expiresAt revokedAt } } }"
REVOKE = "mutation ($id: ID!) { sessionRevoke(input: {id: $id}) { session { id revokedAt } userErrors { code } } }"
THERE = {"ok": True, "userErrors": []}


def sign_up(api: Api, **given: Any) -> Any:
    return api(SIGN_UP, **{"password": LONG, **given}).data["signUp"]


def signed_in(api: Api, email: str, password: str) -> Answer:
    return api(SIGN_IN, email=email, password=password)


def people(api: Api) -> Any:
    return api.rows('SELECT name, email, email_verified FROM "user" WHERE email_key = :key', key=NEW)


def test_a_person_signs_up_proves_the_address_and_is_in(api: Api):
    assert sign_up(api) == {**THERE, "seq": "1"}
    assert people(api) == [("Nia New", NEW, False)]

    verified = api(VERIFY, token=api.token(NEW)).data["emailVerify"]
    token = verified.pop("sessionToken")
    assert verified == {"user": {"name": "Nia New", "email": NEW, "emailVerified": True}, "userErrors": []}
    assert api(VIEWER, as_=token).data == {"viewer": {"user": {"name": "Nia New"}}}
    assert signed_in(api, NEW, LONG).data["signIn"]["user"] == {"name": "Nia New"}


def test_the_letter_names_the_person_and_leads_to_the_app(api: Api):
    sign_up(api)
    (letter,) = api.mail(NEW)

    assert letter.subject == "Confirm your address for Endcap"
    assert "Hello Nia New," in letter.text
    assert "http://127.0.0.1:8000/verify?token=ecl_" in letter.text


def test_nobody_is_in_before_the_address_is_proved(api: Api):
    sign_up(api)
    refused = signed_in(api, NEW, LONG).data["signIn"]

    assert (refused["user"], refused["sessionToken"]) == (None, None)
    assert [(error["code"], error["gate"]) for error in refused["userErrors"]] == [("GATE", "EMAIL_VERIFIED")]
    assert codes(signed_in(api, NEW, "a wrong password"), "signIn") == ["INVALID"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"password": "too short"}, "password"),
        ({"password": "x" * 201}, "password"),
    ],
)
def test_a_sign_up_names_what_is_wrong_and_makes_nobody(api: Api, given, path):
    made = sign_up(api, **given)

    assert made["ok"] is None
    assert [(error["code"], error["path"]) for error in made["userErrors"]] == [("INVALID", [path])]
    assert people(api) == []
    assert api.rows("SELECT count(*) FROM email_message") == [(0,)]


def test_an_address_that_is_known_gets_the_same_answer_and_a_way_in_by_mail(api: Api):
    known, unknown = sign_up(api, email="Owner@Example.com", name="Eve"), sign_up(api)

    assert {**known, "seq": None} == {**unknown, "seq": None} == {**THERE, "seq": None}
    assert [letter.subject for letter in api.mail(OWNER.email)] == ["Set a new password for Endcap"]
    assert signed_in(api, OWNER.email, PASSWORD).data["signIn"]["user"] == {"name": "Ada Owner"}
    assert signed_in(api, OWNER.email, LONG).data["signIn"]["user"] is None


@pytest.mark.parametrize("first", [True, False])
def test_a_stranger_who_signs_up_with_ones_address_gets_nowhere(api: Api, first):
    """Whoever comes last: the owner reads the mail, the stranger knows the password, and it takes both."""
    theirs = {"name": "Eve", "password": "a stranger's password"}
    for given in (theirs, {}) if first else ({}, theirs):
        sign_up(api, **given)
        api.token(NEW)
        api.clock.pass_(seconds=1)
    owners = api(VERIFY, token=api.token(NEW), password=LONG).data["emailVerify"]

    if first:
        assert owners["user"]["name"] == "Nia New"
    else:
        assert owners["userErrors"] == [{"code": "INVALID", "path": ["password"]}]
        assert people(api) == [("Eve", NEW, False)]
    assert signed_in(api, NEW, theirs["password"]).data["signIn"]["user"] is None


def test_of_many_who_sign_up_at_once_with_one_address_all_get_the_same_answer(api: Api):
    headers = {"accept": "application/graphql-response+json"}
    body = {"query": SIGN_UP, "variables": {"password": LONG}}

    async def all_at_once() -> list[Any]:
        ask = (api._request("POST", "/graphql", {"json": body, "headers": headers}) for _ in range(4))
        return [response.json()["data"]["signUp"]["ok"] for response in await asyncio.gather(*ask)]

    assert api.run(all_at_once) == [True] * 4
    assert people(api) == [("Nia New", NEW, False)]


def test_a_rehearsed_proof_signs_nobody_in(api: Api):
    sign_up(api)
    document = """mutation ($token: String!, $password: String!) {
      a: emailVerify(input: {token: $token, password: $password}) @dryRun { user { name } }
      b: signOut { ok } }"""
    answer = api(document, token=api.token(NEW), password=LONG)

    assert (answer.data, answer.codes) == (None, ["UNAUTHENTICATED"])
    assert people(api) == [("Nia New", NEW, False)]


def test_an_address_is_mailed_to_as_the_latest_sign_up_writes_it(api: Api):
    sign_up(api, email="a@fa\N{LATIN SMALL LETTER SHARP S}.example")
    sign_up(api, email="a@fass.example")

    assert len(api.mail("a@fass.example")) == 1


def test_forms_that_were_refused_do_not_count_as_mail(api: Api):
    for _ in range(9):
        assert sign_up(api, password="short")["ok"] is None
    assert sign_up(api)["ok"]


def test_the_latest_sign_up_counts_and_ends_the_links_of_those_before(api: Api):
    sign_up(api, name="Eve", password="a stranger's password")
    strange = api.token(NEW)
    api.clock.pass_(seconds=1)
    sign_up(api)

    assert codes(api(VERIFY, token=strange), "emailVerify") == ["INVALID"]
    api(VERIFY, token=api.token(NEW))
    assert people(api) == [("Nia New", NEW, True)]
    assert signed_in(api, NEW, "a stranger's password").data["signIn"]["user"] is None


@pytest.mark.parametrize("days", [0, 8])
def test_a_link_works_once_and_for_a_week(api: Api, days):
    sign_up(api)
    token = api.token(NEW)
    if days == 0:
        assert codes(api(VERIFY, token=token), "emailVerify") == []
    api.clock.pass_(days=days)

    refused = api(VERIFY, token=token).data["emailVerify"]
    assert refused["userErrors"] == [{"code": "INVALID", "path": ["token"]}]
    assert (refused["user"], refused["sessionToken"]) == (None, None)
    assert people(api)[0][2] == (days == 0)


def test_a_link_opens_nothing_but_what_it_is_for(api: Api):
    sign_up(api)
    api(ASK, email=OWNER.email)

    assert codes(api(RESET, token=api.token(NEW), password=LONG), "passwordReset") == ["INVALID"]
    assert codes(api(VERIFY, token=api.token(OWNER.email)), "emailVerify") == ["INVALID"]
    for token in ("", "ecl_", "x" * 5000, OWNER.token):
        assert codes(api(VERIFY, token=token), "emailVerify") == ["INVALID"]


def test_the_proof_is_mailed_again_to_whom_it_concerns(api: Api):
    sign_up(api)
    api.token(NEW)
    for email in (NEW, OWNER.email, "nobody@example.com"):
        answer = api(RESEND, email=email).data["emailVerifyResend"]
        assert {**answer, "seq": None} == {**THERE, "seq": None}

    assert [len(api.mail(email)) for email in (NEW, OWNER.email, "nobody@example.com")] == [2, 0, 0]
    assert codes(api(VERIFY, token=api.token(NEW)), "emailVerify") == []


def test_mail_is_asked_for_five_times_in_a_quarter_of_an_hour(api: Api):
    for _ in range(5):
        assert sign_up(api)["ok"]
    refused = sign_up(api)

    (error,) = refused["userErrors"]
    assert (error["code"], error["path"], error["limit"]) == ("LIMIT", ["email"], 5)
    assert error["retryAt"] is not None
    assert codes(api(ASK, email=OWNER.email), "passwordResetRequest") == ["LIMIT"], "of one network address"
    assert len(api.mail(NEW)) == 5


# ---- a forgotten password


def test_a_new_password_ends_all_sessions_and_the_old_one(api: Api):
    assert {**api(ASK, email="OWNER@example.com").data["passwordResetRequest"], "seq": None} == {**THERE, "seq": None}
    assert api(RESET, token=api.token(OWNER.email), password=LONG).data == {"passwordReset": THERE}

    assert api(VIEWER, as_=OWNER).status == 401
    assert signed_in(api, OWNER.email, PASSWORD).data["signIn"]["user"] is None
    assert signed_in(api, OWNER.email, LONG).data["signIn"]["user"] == {"name": "Ada Owner"}
    assert api(VIEWER, as_=EDITOR).data == {"viewer": {"user": {"name": "Ben Editor"}}}


def test_nobody_learns_whether_an_address_is_known(api: Api):
    known, unknown = (api(ASK, email=email).data for email in (OWNER.email, "nobody@example.com"))

    assert known["passwordResetRequest"]["ok"] is unknown["passwordResetRequest"]["ok"] is True
    assert api.mail("nobody@example.com") == []


@pytest.mark.parametrize("minutes", [0, 61])
def test_the_link_for_a_password_works_once_and_for_an_hour(api: Api, minutes):
    api(ASK, email=OWNER.email)
    token = api.token(OWNER.email)
    if minutes == 0:
        api(RESET, token=token, password=LONG)
    api.clock.pass_(minutes=minutes)
    answer = api(RESET, token=token, password="another long password")

    assert answer.data == {"passwordReset": {"ok": None, "userErrors": [{"code": "INVALID", "path": ["token"]}]}}
    assert signed_in(api, OWNER.email, "another long password").data["signIn"]["user"] is None


def test_a_password_that_is_too_short_leaves_the_link_as_it_is(api: Api):
    api(ASK, email=OWNER.email)
    token = api.token(OWNER.email)

    short = api(RESET, token=token, password="short").data["passwordReset"]
    assert short["userErrors"] == [{"code": "INVALID", "path": ["password"]}]
    assert api(VIEWER, as_=OWNER).status == 200
    assert api(RESET, token=token, password=LONG).data == {"passwordReset": THERE}


# ---- sessions


def test_a_person_sees_their_own_sessions_and_which_one_asks(api: Api):
    api.clock.pass_(hours=1)
    signed_in(api, EDITOR.email, PASSWORD)
    sessions = api(SESSIONS, as_=EDITOR).data["viewer"]["sessions"]

    assert [each["current"] for each in sessions] == [False, True]
    assert (sessions[0]["ipAddress"], sessions[0]["createdAt"]) == ("203.0.113.9", "2026-11-20T13:00:00Z")
    assert api(SESSIONS).data == {"viewer": None}


def test_a_token_sees_no_sessions(api: Api):
    make = f"""mutation {{ apiTokenCreate(input: {{accountId: "{NORTH}", name: "n", scopes: ["users:read"]}}) {{
      secret }} }}"""
    secret = api(make, as_=OWNER).data["apiTokenCreate"]["secret"]
    answer = api(SESSIONS, as_=secret)

    assert (answer.data, answer.codes) == ({"viewer": {"sessions": None}}, ["MISSING_SCOPE"])


def test_a_session_is_ended_by_its_person_alone(api: Api):
    token = signed_in(api, EDITOR.email, PASSWORD).data["signIn"]["sessionToken"]
    (other,) = [each for each in api(SESSIONS, as_=EDITOR).data["viewer"]["sessions"] if not each["current"]]

    for stranger in (OWNER, OUTSIDER):
        assert codes(api(REVOKE, as_=stranger, id=other["id"]), "sessionRevoke") == ["NOT_FOUND"]
    assert api(VIEWER, as_=token).status == 200
    ended = api(REVOKE, as_=EDITOR, id=other["id"]).data["sessionRevoke"]
    assert ended["session"] == {"id": other["id"], "revokedAt": "2026-11-20T12:00:00Z"}
    assert api(VIEWER, as_=token).status == 401
    assert len(api(SESSIONS, as_=EDITOR).data["viewer"]["sessions"]) == 1
