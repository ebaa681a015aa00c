"""People and tokens: signing in and out, who asks, and what an integration's token may do, and until when."""

from datetime import datetime, timedelta

import httpx2
import pytest
import time_machine
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables.identity import ApiToken
from app.domain.access import TOKEN_SCOPES
from tests.conftest import Answer, Api, codes
from tests.people import (
    BOTH,
    EDITOR,
    ISLAND,
    NORTH,
    NOW,
    OPERATOR,
    OUTSIDER,
    OWNER,
    PASSWORD,
    PEOPLE,
    SOUTH,
    SPRING,
    STRANGER,
    gid,
    uid,
)

SIGN_IN = """mutation ($email: String!, $password: String!) { signIn(input: {email: $email, password: $password}) {
  user { id email } sessionToken seq
  userErrors { __typename code message path ... on LimitExceeded { limit retryAt } } } }"""
SIGN_OUT = "mutation { signOut { ok userErrors { code } } }"
ME = "{ viewer { user { id name email } staffLevels memberships { level account { displayName } } } }"
WHO = "{ viewer { user { id } } }"
CREATE = """mutation ($input: ApiTokenCreateInput!) { apiTokenCreate(input: $input) {
  token { id name prefix scopes createdBy { id } createdAt lastUsedAt expiresAt revokedAt } secret seq
  userErrors { __typename code path ... on AccessDenied { required have } ... on LimitExceeded { limit } } } }"""
REVOKE = """mutation ($id: ID!) { apiTokenRevoke(input: {id: $id}) {
  token { id revokedAt } seq userErrors { code path ... on AccessDenied { required have } } } }"""
CAMPAIGN = "query ($id: ID!) { campaign(id: $id) { name } }"
TOKENS = "query ($id: ID!) { account(id: $id) { displayName apiTokens { id name lastUsedAt revokedAt } } }"
INVITE = """mutation ($account: ID!) { userInvite(input: {accountId: $account, name: "N", email: "n@example.com",
  level: EDITOR}) { seq userErrors { code ... on AccessDenied { required have } } } }"""
ALL = tuple(TOKEN_SCOPES)
BROWSER = {"origin": "http://127.0.0.1:8000"}
NAME = "endcap_session"


def sign_in(api: Api, email: str = OWNER.email, password: str = PASSWORD) -> dict:
    return api(SIGN_IN, email=email, password=password).data["signIn"]


def sign_in_from(api: Api, address: str, email: str, password: str) -> dict:
    """Sign in from another address on the network than the fixture's."""

    async def ask() -> dict:
        transport = httpx2.ASGITransport(api.installation.application, client=(address, 50_000))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            body = {"query": SIGN_IN, "variables": {"email": email, "password": password}}
            return (await client.post("/graphql", json=body)).json()["data"]["signIn"]

    return api.run(ask)


def in_browser(api: Api, document: str, cookie: str | None = None, **more: str) -> Answer:
    """Ask as a page of ours does; *cookie* is the session's token."""
    headers = {**BROWSER, **more, **({"cookie": f"{NAME}={cookie}"} if cookie else {})}
    variables = {"email": OWNER.email, "password": PASSWORD} if "$email" in document else {}
    return api.post({"query": document, "variables": variables}, headers=headers)


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].split(";")[0].removeprefix(f"{NAME}=")


def make(api: Api, *scopes: str, as_=OWNER, account: str = NORTH, **more: str) -> dict:
    """An API token: what `apiTokenCreate` answers."""
    asked = {"accountId": account, "name": "Feed", "scopes": list(scopes), **more}
    return api(CREATE, as_=as_, input=asked).data["apiTokenCreate"]


def secret(api: Api, *scopes: str, **more) -> str:
    return make(api, *scopes, **more)["secret"]


def count(api: Api, table: str) -> int:
    return api.rows(f"SELECT count(*) FROM {table}")[0][0]


# ---- signing in


def test_a_program_gets_a_token_that_opens_its_person_s_accounts(api: Api):
    answer = api(SIGN_IN, email=OWNER.email, password=PASSWORD)
    signed = answer.data["signIn"]

    assert (signed["user"], signed["userErrors"]) == ({"id": OWNER.id, "email": OWNER.email}, [])
    assert signed["sessionToken"].startswith("ecs_")
    assert len(signed["sessionToken"]) == 4 + 43  # 256 bits
    assert "set-cookie" not in answer.headers
    assert api(WHO, as_=signed["sessionToken"]).data == {"viewer": {"user": {"id": OWNER.id}}}


def test_a_browser_gets_a_cookie_and_no_token(api: Api):
    answer = in_browser(api, SIGN_IN)
    name, *attributes = answer.headers["set-cookie"].split("; ")

    assert answer.data["signIn"]["sessionToken"] is None
    assert answer.data["signIn"]["user"]["id"] == OWNER.id
    assert name.startswith(f"{NAME}=ecs_")
    expires = "expires=Fri, 04 Dec 2026 12:00:00 GMT"
    assert {each.lower() for each in attributes} == {"httponly", "samesite=lax", "path=/", expires.lower()}


def test_a_cookie_works_only_with_a_header_that_no_foreign_page_can_send(api: Api):
    cookie = cookie_of(in_browser(api, SIGN_IN))

    with_header = in_browser(api, WHO, cookie, **{"x-requested-with": "x"})
    without = in_browser(api, WHO, cookie)
    assert with_header.data == {"viewer": {"user": {"id": OWNER.id}}}
    assert (without.status, without.codes, without.data) == (403, ["CSRF"], None)


def test_a_cookie_without_its_header_changes_nothing(api: Api):
    cookie = cookie_of(in_browser(api, SIGN_IN))
    refused = in_browser(api, SIGN_OUT, cookie)

    assert (refused.status, refused.codes) == (403, ["CSRF"])
    assert in_browser(api, WHO, cookie, **{"x-requested-with": "x"}).data["viewer"] is not None


def test_every_sign_in_is_a_session_of_its_own(api: Api):
    first, second = sign_in(api)["sessionToken"], sign_in(api)["sessionToken"]
    api(SIGN_OUT, as_=first)

    assert first != second
    assert api(WHO, as_=second).data["viewer"] is not None


def test_an_unknown_address_and_a_wrong_password_are_answered_alike(api: Api):
    unknown = sign_in(api, email="nobody@example.com")
    wrong = sign_in(api, password="not the password")

    message = "No user has this e-mail address and password."
    error = {"__typename": "InvalidInput", "code": "INVALID", "message": message, "path": ["password"]}
    assert unknown == wrong == {"user": None, "sessionToken": None, "seq": None, "userErrors": [error]}
    assert count(api, "session") == len(PEOPLE)


@pytest.mark.parametrize("email", ["OWNER@EXAMPLE.COM", " Owner@Example.com "])
def test_an_address_is_the_same_in_any_case(api: Api, email):
    assert sign_in(api, email=email)["user"] == {"id": OWNER.id, "email": OWNER.email}


@pytest.mark.parametrize("email", ["öwner@example.com", "\uff4fwner@example.com", "own er@example.com"])
def test_an_address_that_only_looks_alike_is_another_one(api: Api, email):
    assert sign_in(api, email=email)["user"] is None
    assert count(api, "session") == len(PEOPLE)


@pytest.mark.parametrize(
    ("email", "password"),
    [("", ""), (OWNER.email, ""), (OWNER.email, "x" * 60_000), ("x" * 60_000, PASSWORD), (chr(0xFDFA) * 900, PASSWORD)],
)
def test_whatever_is_typed_is_at_most_wrong(api: Api, email, password):
    refused = sign_in(api, email=email, password=password)

    assert [error["code"] for error in refused["userErrors"]] == ["INVALID"]
    assert count(api, "session") == len(PEOPLE)


def test_only_the_very_password_fits_even_beyond_its_greatest_length(api: Api):
    assert sign_in(api, password=f"{PASSWORD} ")["user"] is None
    assert sign_in(api, password=PASSWORD.upper())["user"] is None


# ---- too many tries


def fail(api: Api, times: int, email: str = OWNER.email) -> list[str]:
    return [error["code"] for _ in range(times) for error in sign_in(api, email, "wrong")["userErrors"]]


def test_after_five_failed_tries_even_the_right_password_waits(api: Api):
    with time_machine.travel(NOW, tick=False):
        assert fail(api, 5) == ["INVALID"] * 5
        blocked = sign_in(api)

    (error,) = blocked["userErrors"]
    assert (blocked["user"], blocked["sessionToken"]) == (None, None)
    assert datetime.fromisoformat(error.pop("retryAt")) == NOW + timedelta(minutes=15)
    assert error.pop("message").startswith("Too many failed tries.")
    assert error == {"__typename": "LimitExceeded", "code": "LIMIT", "path": ["email"], "limit": 5}
    assert count(api, "session") == len(PEOPLE)


def test_tries_are_counted_for_the_account_wherever_they_come_from(api: Api):
    for place in range(5):
        sign_in_from(api, f"198.51.100.{place}", OWNER.email.upper(), "wrong")

    there = sign_in_from(api, "198.51.100.99", OWNER.email, PASSWORD)
    assert [error["code"] for error in there["userErrors"]] == ["LIMIT"]
    assert sign_in_from(api, "198.51.100.99", EDITOR.email, PASSWORD)["user"]["id"] == EDITOR.id


def test_tries_are_counted_for_the_address_whomever_they_are_for(api: Api):
    for person in ("a@example.com", "b@example.com", EDITOR.email, STRANGER.email, BOTH.email):
        fail(api, 1, person)

    assert [error["code"] for error in sign_in(api)["userErrors"]] == ["LIMIT"]
    assert sign_in_from(api, "198.51.100.1", OWNER.email, PASSWORD)["user"]["id"] == OWNER.id


def test_an_unknown_account_is_blocked_like_a_known_one(api: Api):
    assert fail(api, 6, "nobody@example.com") == ["INVALID"] * 5 + ["LIMIT"]


def test_a_quarter_of_an_hour_later_the_password_works_again(api: Api):
    with time_machine.travel(NOW, tick=False) as traveller:
        fail(api, 5)
        traveller.shift(timedelta(minutes=14, seconds=59))
        early = sign_in(api)
        traveller.shift(timedelta(seconds=2))
        late = sign_in(api)

    assert [error["code"] for error in early["userErrors"]] == ["LIMIT"]
    assert late["user"]["id"] == OWNER.id


def test_tries_while_blocked_do_not_lengthen_the_wait(api: Api):
    with time_machine.travel(NOW, tick=False) as traveller:
        fail(api, 5)
        traveller.shift(timedelta(minutes=10))
        assert fail(api, 3) == ["LIMIT"] * 3
        traveller.shift(timedelta(minutes=5, seconds=1))

        assert sign_in(api)["user"]["id"] == OWNER.id


def test_success_does_not_count(api: Api):
    fail(api, 4)

    assert [sign_in(api)["user"] is not None for _ in range(6)] == [True] * 6
    assert fail(api, 2) == ["INVALID", "LIMIT"]


# ---- sessions


def test_signing_out_ends_the_session_at_once(api: Api):
    token = sign_in(api)["sessionToken"]
    assert api(SIGN_OUT, as_=token).data == {"signOut": {"ok": True, "userErrors": []}}

    again = api(WHO, as_=token)
    assert (again.status, again.codes, again.data) == (401, ["UNAUTHENTICATED"], None)
    assert again.headers["www-authenticate"] == "Bearer"
    assert api(WHO, as_=OWNER).data["viewer"] is not None  # another session of the same person


def test_signing_out_takes_the_browser_s_cookie_away(api: Api):
    cookie = cookie_of(in_browser(api, SIGN_IN))
    out = in_browser(api, SIGN_OUT, cookie, **{"x-requested-with": "x"})

    assert out.data["signOut"]["ok"] is True
    assert out.headers["set-cookie"].startswith(f'{NAME}="";')
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert in_browser(api, WHO, cookie, **{"x-requested-with": "x"}).data == {"viewer": None}


def test_a_rehearsed_sign_out_ends_nothing(api: Api):
    cookie = cookie_of(in_browser(api, SIGN_IN))
    out = in_browser(api, "mutation { signOut @dryRun { ok } }", cookie, **{"x-requested-with": "x"})

    assert out.data == {"signOut": {"ok": True}}
    assert "set-cookie" not in out.headers
    assert in_browser(api, WHO, cookie, **{"x-requested-with": "x"}).data["viewer"] is not None


def test_a_rehearsed_sign_in_hands_out_no_session(api: Api):
    answer = in_browser(api, SIGN_IN.replace(") {\n", ") @dryRun {\n", 1))

    assert answer.data["signIn"]["user"]["id"] == OWNER.id
    assert "set-cookie" not in answer.headers
    assert count(api, "session") == len(PEOPLE)


def test_a_sign_out_that_was_undone_keeps_the_cookie(api: Api):
    cookie = cookie_of(in_browser(api, SIGN_IN))
    both = f'mutation @atomic {{ signOut {{ ok }} campaignPause(input: {{id: "{ISLAND}"}}) {{ seq }} }}'
    out = in_browser(api, both, cookie, **{"x-requested-with": "x"})

    assert out.data == {"signOut": {"ok": None}, "campaignPause": {"seq": None}}
    assert "set-cookie" not in out.headers
    assert in_browser(api, WHO, cookie, **{"x-requested-with": "x"}).data["viewer"] is not None


def test_nobody_cannot_sign_out(api: Api):
    answer = api(SIGN_OUT)

    assert (answer.data, answer.codes) == (None, ["UNAUTHENTICATED"])
    assert api.rows("SELECT count(*) FROM session WHERE revoked_at IS NOT NULL") == [(0,)]


def test_a_session_lasts_fourteen_days(api: Api):
    token = sign_in(api)["sessionToken"]
    api.clock.pass_(days=13, hours=23)
    assert api(WHO, as_=token).data["viewer"] is not None
    api.clock.pass_(hours=1)

    expired = api(WHO, as_=token)
    assert (expired.status, expired.codes) == (401, ["UNAUTHENTICATED"])


def test_an_expired_cookie_is_nobody_s(api: Api):
    cookie = cookie_of(in_browser(api, SIGN_IN))
    api.clock.pass_(days=15)

    assert in_browser(api, WHO, cookie, **{"x-requested-with": "x"}).data == {"viewer": None}


@pytest.mark.parametrize("header", ["Bearer ecs_unknown", "Bearer eca_unknown", "Bearer ", "Basic eDp5", "ecs_owner"])
def test_a_header_without_a_known_token_is_refused_rather_than_ignored(api: Api, header):
    answer = api.post({"query": WHO}, headers={"authorization": header})

    assert (answer.status, answer.codes, answer.data) == (401, ["UNAUTHENTICATED"], None)


# ---- the viewer


def test_nobody_is_no_viewer(api: Api):
    assert api(ME).data == {"viewer": None}
    assert api(ME).errors == []


def member(level: str, account: str) -> dict:
    return {"level": level, "account": {"displayName": account}}


@pytest.mark.parametrize(
    ("person", "staff", "memberships"),
    [
        (OWNER, [], [member("ADMIN", "North")]),
        (EDITOR, [], [member("EDITOR", "North")]),
        (STRANGER, [], [member("ADMIN", "South")]),
        (BOTH, [], [member("EDITOR", "North"), member("ADMIN", "South")]),
        (OUTSIDER, [], []),
        (OPERATOR, ["OPERATOR"], []),
    ],
    ids=lambda value: getattr(value, "key", ""),
)
def test_the_viewer_is_the_person_with_levels_and_accounts(api: Api, person, staff, memberships):
    user = {"id": person.id, "name": person.name, "email": person.email}

    assert api(ME, as_=person).data == {"viewer": {"user": user, "staffLevels": staff, "memberships": memberships}}


def test_memberships_are_sorted_by_the_account_s_name_and_only_those_that_hold(api: Api):
    names = "query { viewer { memberships { account { displayName } } } }"
    api.write("UPDATE account SET display_name = 'able', name_key = 'able' WHERE display_name = 'South'")
    seen = api(names, as_=BOTH).data["viewer"]["memberships"]
    assert [each["account"]["displayName"] for each in seen] == ["able", "North"]

    api.write("UPDATE membership SET status = 'REMOVED' WHERE level = 'EDITOR'")
    assert api(names, as_=BOTH).data["viewer"]["memberships"] == [{"account": {"displayName": "able"}}]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('query: "nor"', ["North"]),
        ('query: "OUT"', ["South"]),
        ('query: "th"', ["North", "South"]),
        ('query: "%"', []),
        ('query: "_orth"', []),
        ('query: ""', ["North", "South"]),
        ("first: 1", ["North"]),
        ('query: "th", first: 1', ["North"]),
        ("first: 100", ["North", "South"]),
    ],
)
def test_memberships_can_be_searched_and_cut(api: Api, arguments, names):
    asked = f"{{ viewer {{ memberships({arguments}) {{ account {{ displayName }} }} }} }}"
    seen = api(asked, as_=BOTH).data["viewer"]["memberships"]

    assert [each["account"]["displayName"] for each in seen] == names


# ---- secrets


def texts(api: Api, table: str) -> str:
    return str(api.rows(f"SELECT * FROM {table}"))


def test_no_secret_stands_in_the_database(api: Api):
    session, token = sign_in(api)["sessionToken"], secret(api, "accounts:read")
    tables = ("session", "api_token", "change", "idempotency_key", "email_message")
    kept = "".join(texts(api, each) for each in tables)

    for shown in (session, token, PASSWORD):
        assert shown not in kept
        assert shown[4:] not in kept
    assert session[:12] not in kept
    assert token[:12] in kept  # the prefix to recognise it by, 48 of 256 bits
    assert token[:13] not in kept


def test_a_change_of_tokens_keeps_no_hash_of_the_secret(api: Api):
    token = secret(api, "accounts:read")
    (kept,) = api.rows("SELECT token_hash FROM api_token")

    assert token
    assert kept[0] not in texts(api, "change")


# ---- tokens of integrations: making one


def test_an_admin_makes_a_token_and_sees_its_secret_once(api: Api):
    made = make(api, "metrics:read", "campaigns:read", "metrics:read", expiresAt="2026-12-01T01:00:00+01:00")

    token = made["token"]
    assert token.pop("id")
    assert made["secret"].startswith(token.pop("prefix"))
    assert token == {
        "name": "Feed",
        "scopes": ["campaigns:read", "metrics:read"],
        "createdBy": {"id": OWNER.id},
        "createdAt": "2026-11-20T12:00:00Z",
        "lastUsedAt": None,
        "expiresAt": "2026-12-01T00:00:00Z",
        "revokedAt": None,
    }
    assert (made["userErrors"], made["seq"]) == ([], "1")


@pytest.mark.parametrize(
    ("who", "account", "error"),
    [
        (EDITOR, NORTH, {"__typename": "AccessDenied", "code": "FORBIDDEN", "required": "ADMIN", "have": "EDITOR"}),
        (BOTH, NORTH, {"__typename": "AccessDenied", "code": "FORBIDDEN", "required": "ADMIN", "have": "EDITOR"}),
        (STRANGER, NORTH, {"__typename": "NotFound", "code": "NOT_FOUND"}),
        (OUTSIDER, NORTH, {"__typename": "NotFound", "code": "NOT_FOUND"}),
        (OPERATOR, NORTH, {"__typename": "NotFound", "code": "NOT_FOUND"}),
        (OWNER, "nonsense", {"__typename": "NotFound", "code": "NOT_FOUND"}),
        (OWNER, SPRING, {"__typename": "NotFound", "code": "NOT_FOUND"}),
    ],
)
def test_only_an_admin_makes_tokens(api: Api, who, account, error):
    made = make(api, "accounts:read", as_=who, account=account)

    assert made == {"token": None, "secret": None, "seq": None, "userErrors": [{**error, "path": ["accountId"]}]}
    assert (count(api, "api_token"), count(api, "change")) == (0, 0)


def test_every_invalid_field_of_a_token_is_reported_at_once(api: Api):
    wrong = {"accountId": NORTH, "name": " ", "scopes": ["x:y"], "expiresAt": "2026-11-20T12:00:00Z"}
    made = api(CREATE, as_=OWNER, input=wrong).data["apiTokenCreate"]

    assert {error["path"][0] for error in made["userErrors"]} == {"name", "scopes", "expiresAt"}
    assert {error["code"] for error in made["userErrors"]} == {"INVALID"}
    assert (made["secret"], count(api, "api_token")) == (None, 0)


@pytest.mark.parametrize(
    "wrong", [{"name": "n" * 81}, {"name": "a\nb"}, {"scopes": []}, {"scopes": ["accounts:read", "accounts:rule"]}]
)
def test_a_token_has_a_name_and_known_scopes(api: Api, wrong):
    asked = {"accountId": NORTH, "name": "n" * 80, "scopes": ["accounts:read"], **wrong}
    made = api(CREATE, as_=OWNER, input=asked).data["apiTokenCreate"]

    assert [(error["code"], error["path"]) for error in made["userErrors"]] == [("INVALID", list(wrong))]
    assert count(api, "api_token") == 0


async def fill(api: Api, number: int) -> None:
    """Tokens of NORTH, as if made before."""
    facts = {"account_id": uid("north"), "created_by": uid("owner"), "scopes": [], "created_at": NOW}
    async with AsyncSession(api.installation.database.writer) as session, session.begin():
        session.add_all(ApiToken(name="Old", prefix="eca_", token_hash=str(i), **facts) for i in range(number))


def test_an_account_has_at_most_fifty_tokens(api: Api):
    first = make(api, "accounts:read")["token"]["id"]
    api.run(fill, api, 49)
    refused = make(api, "accounts:read")

    limit = {"__typename": "LimitExceeded", "code": "LIMIT", "path": ["accountId"], "limit": 50}
    assert (refused["userErrors"], refused["secret"], count(api, "api_token")) == ([limit], None, 50)
    assert make(api, "accounts:read", as_=STRANGER, account=SOUTH)["secret"] is not None  # others have room
    api(REVOKE, as_=OWNER, id=first)
    assert make(api, "accounts:read")["secret"] is not None


# ---- tokens of integrations: using one


def test_a_token_reads_what_its_scope_opens_and_nothing_else(api: Api):
    token = secret(api, "campaigns:read")
    assert api(CAMPAIGN, as_=token, id=SPRING).data == {"campaign": {"name": "Spring"}}

    outside = api("query ($id: ID!) { account(id: $id) { displayName } }", as_=token, id=NORTH)
    assert (outside.data, outside.codes) == ({"account": None}, ["MISSING_SCOPE"])


def test_a_token_without_the_scope_of_a_mutation_changes_nothing(api: Api):
    token = secret(api, "campaigns:read")
    pause = "mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }"
    answer = api(pause, as_=token, id=SPRING)

    assert (answer.data, answer.codes) == (None, ["MISSING_SCOPE"])
    assert count(api, "change") == 1  # the token itself
    assert api(CAMPAIGN, as_=OWNER, id=SPRING).data == {"campaign": {"name": "Spring"}}


def test_a_nested_field_without_its_scope_is_null_and_the_rest_stays(api: Api):
    token = secret(api, "campaigns:read")
    nested = "query ($id: ID!) { campaign(id: $id) { name account { displayName } } }"
    answer = api(nested, as_=token, id=SPRING)

    assert answer.data == {"campaign": {"name": "Spring", "account": None}}
    assert (answer.codes, answer.errors[0]["path"]) == (["MISSING_SCOPE"], ["campaign", "account"])


@pytest.mark.parametrize(
    "document",
    [
        SIGN_OUT,
        f'mutation {{ apiTokenCreate(input: {{accountId: "{NORTH}", name: "n", scopes: ["users:read"]}}) {{ seq }} }}',
        f'mutation {{ apiTokenRevoke(input: {{id: "{gid("ApiToken", "x")}"}}) {{ seq }} }}',
    ],
)
def test_fields_without_a_scope_are_for_people_only(api: Api, document):
    token = secret(api, *ALL)
    answer = api(document, as_=token)

    assert (answer.data, answer.codes) == (None, ["MISSING_SCOPE"])
    assert (count(api, "api_token"), count(api, "change")) == (1, 1)


def test_a_token_never_sees_the_tokens_of_its_account(api: Api):
    answer = api(TOKENS, as_=secret(api, *ALL), id=NORTH)

    assert answer.data == {"account": {"displayName": "North", "apiTokens": None}}
    assert answer.codes == ["MISSING_SCOPE"]


def test_a_token_stays_in_its_account_whatever_its_creator_may_see(api: Api):
    token = secret(api, *ALL, as_=BOTH, account=SOUTH)

    assert api(CAMPAIGN, as_=token, id=ISLAND).data == {"campaign": {"name": "Island"}}
    assert api(CAMPAIGN, as_=token, id=SPRING).data == {"campaign": None}
    pause = "mutation ($id: ID!) { campaignPause(input: {id: $id}) { userErrors { code } } }"
    assert codes(api(pause, as_=token, id=SPRING), "campaignPause") == ["NOT_FOUND"]
    catalogue = "query ($id: ID!) { products(accountId: $id, first: 1) { nodes { sku } } }"
    assert api(catalogue, as_=token, id=NORTH).codes == ["NOT_FOUND"]


def test_a_token_shows_no_other_membership_of_its_creator(api: Api):
    seen = api(ME, as_=secret(api, *ALL, as_=BOTH, account=SOUTH))

    assert seen.errors == []
    assert seen.data["viewer"]["memberships"] == [member("ADMIN", "South")]
    assert seen.data["viewer"]["user"]["id"] == BOTH.id


def test_what_a_token_does_is_written_under_its_name(api: Api):
    api(INVITE, as_=secret(api, "users:write"), account=NORTH)

    written = api.rows("SELECT actor, via, event FROM change WHERE seq = 2")
    assert written == [("Token Feed", "API_TOKEN", "USER_INVITED")]


def used(api: Api) -> str | None:
    ((last,),) = [[each["lastUsedAt"]] for each in api(TOKENS, as_=OWNER, id=NORTH).data["account"]["apiTokens"]]
    return last


def test_the_last_use_is_noted_to_the_minute(api: Api):
    token = secret(api, "campaigns:read")
    assert used(api) is None
    seen = []
    for seconds in (0, 59, 2):
        api.clock.pass_(seconds=seconds)
        api(CAMPAIGN, as_=token, id=SPRING)
        seen.append(used(api))

    assert seen == ["2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", "2026-11-20T12:01:01Z"]


def test_an_unknown_secret_notes_no_use(api: Api):
    token = secret(api, "campaigns:read")

    assert api(WHO, as_=f"{token}x").status == 401
    assert used(api) is None


# ---- tokens of integrations: their end


def dead(api: Api, token: str) -> bool:
    answer = api(CAMPAIGN, as_=token, id=SPRING)
    return (answer.status, answer.codes, answer.data) == (401, ["UNAUTHENTICATED"], None)


def test_a_token_ends_at_its_expiry(api: Api):
    token = secret(api, "campaigns:read", expiresAt="2026-11-21T12:00:00Z")
    api.clock.pass_(hours=23, minutes=59)
    assert not dead(api, token)
    api.clock.pass_(minutes=1)

    assert dead(api, token)


def test_a_token_without_an_expiry_lasts(api: Api):
    token = secret(api, "campaigns:read")
    api.clock.pass_(days=4000)

    assert not dead(api, token)


def test_a_revoked_token_ends_at_once_and_leaves_the_list(api: Api):
    made = make(api, "campaigns:read")
    api.clock.pass_(minutes=5)
    revoked = api(REVOKE, as_=OWNER, id=made["token"]["id"]).data["apiTokenRevoke"]

    token = {"id": made["token"]["id"], "revokedAt": "2026-11-20T12:05:00Z"}
    assert revoked == {"token": token, "seq": "2", "userErrors": []}
    assert dead(api, made["secret"])
    assert api(TOKENS, as_=OWNER, id=NORTH).data["account"]["apiTokens"] == []


def test_revoking_twice_changes_nothing_more(api: Api):
    id = make(api, "campaigns:read")["token"]["id"]
    api(REVOKE, as_=OWNER, id=id)
    api.clock.pass_(minutes=5)
    again = api(REVOKE, as_=OWNER, id=id).data["apiTokenRevoke"]

    assert again == {"token": {"id": id, "revokedAt": "2026-11-20T12:00:00Z"}, "seq": None, "userErrors": []}
    assert count(api, "change") == 2


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (EDITOR, {"code": "FORBIDDEN", "path": ["id"], "required": "ADMIN", "have": "EDITOR"}),
        (STRANGER, {"code": "NOT_FOUND", "path": ["id"]}),
    ],
)
def test_nobody_else_revokes_a_token(api: Api, who, error):
    made = make(api, "campaigns:read")
    refused = api(REVOKE, as_=who, id=made["token"]["id"]).data["apiTokenRevoke"]

    assert refused == {"token": None, "seq": None, "userErrors": [error]}
    assert not dead(api, made["secret"])
    assert count(api, "change") == 1


def test_a_token_dies_with_its_creator_s_membership(api: Api):
    token = secret(api, "campaigns:read")
    api.write("UPDATE membership SET status = 'REMOVED' WHERE level = 'ADMIN'")

    assert dead(api, token)


def test_a_token_has_its_creator_s_level_of_today(api: Api):
    token = secret(api, *ALL)
    members = "query ($id: ID!) { account(id: $id) { displayName members(first: 9) { nodes { id } } } }"
    assert len(api(members, as_=token, id=NORTH).data["account"]["members"]["nodes"]) == 3
    api.write("UPDATE membership SET level = 'EDITOR'")

    demoted = api(members, as_=token, id=NORTH)
    assert (demoted.data, demoted.codes) == ({"account": {"displayName": "North", "members": None}}, ["FORBIDDEN"])
    refused = api(INVITE, as_=token, account=NORTH).data["userInvite"]
    assert refused["userErrors"] == [{"code": "FORBIDDEN", "required": "ADMIN", "have": "EDITOR"}]
    assert (count(api, "invitation"), count(api, "change")) == (0, 1)
