"""Sessions: what is known of them, when they were used, and when they get another secret or end."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import Answer, Api, codes
from tests.people import BOTH, EDITOR, NORTH, OUTSIDER, OWNER, PASSWORD, STRANGER, Person, gid

SIGN_IN = """mutation ($email: String!, $password: String!) { signIn(input: {email: $email, password: $password}) {
  user { id } sessionToken userErrors { code } } }"""
SESSIONS = """{ viewer { sessions { current createdAt lastSeenAt
  client { browser browserVersion os osVersion userAgent } } } }"""
SEEN = "{ viewer { sessions { lastSeenAt } } }"
WHO = "{ viewer { user { id } } }"
LEVEL = """mutation ($id: ID!, $level: MemberLevel!) { membershipSetLevel(input: {id: $id, level: $level}) {
  membership { level } sessionToken userErrors { code } } }"""
CHANGE = """mutation ($current: String!, $new: String!) {
  passwordChange(input: {currentPassword: $current, newPassword: $new}) {
    ok sessionToken seq userErrors { code path } } }"""
NAME = "mutation ($name: String!) { userUpdate(input: {name: $name}) { user { name } seq userErrors { code path } } }"
MAKE = """mutation ($id: ID!) { apiTokenCreate(input: {accountId: $id, name: "R",
  scopes: ["users:write"]}) { secret } }"""
KEPT = "SELECT token_hash, revoked_at FROM session ORDER BY id", 'SELECT password_hash, name FROM "user" ORDER BY id'
ANOTHER = "another long password"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
COOKIE = "endcap_session"


def in_browser(api: Api, document: str, cookie: str | None = None, **variables: Any) -> Answer:
    """Ask as a page of ours does; *cookie* is the session's token."""
    headers = {"origin": "http://127.0.0.1:8000", "x-requested-with": "x", "user-agent": FIREFOX}
    if cookie:
        headers["cookie"] = f"{COOKIE}={cookie}"
    return api.post({"query": document, "variables": variables}, headers=headers)


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].split(";")[0].removeprefix(f"{COOKIE}=")


def signed_in(api: Api, who: Person = OWNER, cookie: str | None = None) -> str:
    """The cookie of a browser where somebody has just signed in."""
    return cookie_of(in_browser(api, SIGN_IN, cookie, email=who.email, password=PASSWORD))


def is_open(api: Api, token: str) -> bool:
    return api(WHO, as_=token).status == 200


def kept(api: Api) -> list[Any]:
    return [api.rows(each) for each in KEPT]


def mine(who: Person) -> str:
    return gid("Membership", f"{who.key}-north")


def two_admins(api: Api) -> None:
    assert codes(api(LEVEL, as_=OWNER, id=mine(EDITOR), level="ADMIN"), "membershipSetLevel") == []


# ---- what is known of them


def test_a_session_says_what_it_began_in(api: Api):
    sessions = in_browser(api, SESSIONS, signed_in(api)).data["viewer"]["sessions"]
    (mine,) = [each for each in sessions if each["current"]]

    firefox = {"browser": "Firefox", "browserVersion": "128", "os": "Linux", "osVersion": None, "userAgent": FIREFOX}
    assert mine.pop("client") == firefox
    assert mine == {"current": True, "createdAt": "2026-11-20T12:00:00Z", "lastSeenAt": "2026-11-20T12:00:00Z"}


def test_a_program_is_no_browser(api: Api):
    token = api(SIGN_IN, email=OWNER.email, password=PASSWORD).data["signIn"]["sessionToken"]

    assert [each["client"] for each in api(SESSIONS, as_=token).data["viewer"]["sessions"]] == [None, None]


def seen(api: Api, document: str = SEEN, who: Person = OWNER) -> list[str]:
    """When somebody's sessions were seen, after a request of theirs."""
    api(document, as_=who)
    api.run(api.installation.services.seen.write)
    return [row["lastSeenAt"] for row in api(SEEN, as_=who).data["viewer"]["sessions"]]


@pytest.mark.parametrize("document", [SEEN, WHO, "{ serverInfo { version } }", "mutation { signOut @dryRun { ok } }"])
def test_whatever_is_asked_shows_that_a_session_is_used(api: Api, document):
    api.clock.pass_(hours=1)

    assert seen(api, document) == ["2026-11-20T13:00:00Z"]


def test_a_use_is_written_at_most_once_a_minute_and_never_by_the_request(api: Api):
    api.clock.pass_(hours=1)
    assert seen(api) == ["2026-11-20T13:00:00Z"]
    api.clock.pass_(seconds=59)
    api.statements.clear()
    assert seen(api) == ["2026-11-20T13:00:00Z"]
    assert [each for each in api.statements if each.startswith("UPDATE")] == []
    api.clock.pass_(seconds=1)

    assert seen(api) == ["2026-11-20T13:01:00Z"]
    assert len([each for each in api.statements if each.startswith("UPDATE")]) == 1


def test_who_is_nobody_leaves_no_note(api: Api):
    service = api.installation.services.seen
    assert api(WHO, as_="ecs_unknown").status == 401
    assert in_browser(api, WHO, "ecs_unknown").data == {"viewer": None}
    api.statements.clear()
    api.run(service.write)

    assert api.statements == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_session_that_others_hold_is_left_out_and_nobody_waits(api: Api):
    api.clock.pass_(hours=1)
    api(WHO, as_=OWNER)

    async def write_meanwhile() -> None:
        async with api.installation.database.writer.begin() as connection:
            await connection.execute(text("SELECT id FROM session FOR UPDATE"))
            async with asyncio.timeout(5):
                await api.installation.services.seen.write()

    api.run(write_meanwhile)
    assert api(SEEN, as_=OWNER).data["viewer"]["sessions"] == [{"lastSeenAt": "2026-11-20T12:00:00Z"}]


# ---- another level


def test_with_another_level_somebody_s_sessions_end(api: Api):
    other = signed_in(api, EDITOR)
    set_ = api(LEVEL, as_=OWNER, id=mine(EDITOR), level="ADMIN").data["membershipSetLevel"]

    assert set_ == {"membership": {"level": "ADMIN"}, "sessionToken": None, "userErrors": []}
    assert [is_open(api, each) for each in (EDITOR.token, other, OWNER.token, BOTH.token)] == [False, False, True, True]
    assert signed_in(api, EDITOR)


def test_the_level_that_somebody_has_ends_nothing(api: Api):
    before = kept(api)
    assert codes(api(LEVEL, as_=OWNER, id=mine(EDITOR), level="EDITOR"), "membershipSetLevel") == []

    assert kept(api) == before


@pytest.mark.parametrize("who", [STRANGER, EDITOR, OUTSIDER])
def test_a_level_that_is_refused_ends_nothing(api: Api, who):
    before = kept(api)
    (code,) = codes(api(LEVEL, as_=who, id=mine(BOTH), level="ADMIN"), "membershipSetLevel")

    assert code == ("FORBIDDEN" if who is EDITOR else "NOT_FOUND")
    assert kept(api) == before


def test_a_browser_that_changes_its_own_level_gets_another_cookie(api: Api):
    two_admins(api)
    cookie = signed_in(api)
    answer = in_browser(api, LEVEL, cookie, id=mine(OWNER), level="EDITOR")

    assert answer.data["membershipSetLevel"] == {
        "membership": {"level": "EDITOR"},
        "sessionToken": None,
        "userErrors": [],
    }
    assert cookie_of(answer) != cookie
    assert [is_open(api, each) for each in (cookie, OWNER.token, cookie_of(answer))] == [False, False, True]


def test_a_program_that_changes_its_own_level_gets_another_token_of_the_same_session(api: Api):
    two_admins(api)
    api.clock.pass_(days=13)
    set_ = api(LEVEL, as_=OWNER, id=mine(OWNER), level="EDITOR").data["membershipSetLevel"]

    assert not is_open(api, OWNER.token)
    assert api(WHO, as_=set_["sessionToken"]).data == {"viewer": {"user": {"id": OWNER.id}}}
    api.clock.pass_(days=1)  # it ends when it would have ended
    assert not is_open(api, set_["sessionToken"])


def test_an_api_token_that_changes_its_maker_s_level_gets_no_session(api: Api):
    two_admins(api)
    secret = api(MAKE, as_=OWNER, id=NORTH).data["apiTokenCreate"]["secret"]
    set_ = api(LEVEL, as_=secret, id=mine(OWNER), level="EDITOR").data["membershipSetLevel"]

    assert set_ == {"membership": {"level": "EDITOR"}, "sessionToken": None, "userErrors": []}
    assert not is_open(api, OWNER.token)


def test_a_rehearsed_level_hands_out_and_ends_nothing(api: Api):
    two_admins(api)
    before = kept(api)
    rehearsed = LEVEL.replace("level: $level})", "level: $level}) @dryRun")
    answer = api(rehearsed, as_=OWNER, id=mine(OWNER), level="EDITOR")

    assert answer.data["membershipSetLevel"] == {
        "membership": {"level": "EDITOR"},
        "sessionToken": None,
        "userErrors": [],
    }
    assert kept(api) == before


# ---- signing in anew


def test_who_signs_in_anew_ends_the_session_they_came_with(api: Api):
    first = signed_in(api)
    second = signed_in(api, BOTH, cookie=first)

    assert [is_open(api, each) for each in (first, second, OWNER.token)] == [False, True, True]


def test_who_fails_to_sign_in_anew_keeps_the_session_they_came_with(api: Api):
    cookie = signed_in(api)
    answer = in_browser(api, SIGN_IN, cookie, email=BOTH.email, password="a wrong password")

    assert codes(answer, "signIn") == ["INVALID"]
    assert "set-cookie" not in answer.headers
    assert is_open(api, cookie)


# ---- another password


def test_a_changed_password_ends_all_sessions_but_this_one_which_gets_another_token(api: Api):
    cookie = signed_in(api)
    answer = in_browser(api, CHANGE, cookie, current=PASSWORD, new=ANOTHER)

    changed = answer.data["passwordChange"]
    assert (changed["ok"], changed["sessionToken"], changed["userErrors"]) == (True, None, [])
    assert [is_open(api, each) for each in (cookie, OWNER.token, cookie_of(answer))] == [False, False, True]
    assert codes(api(SIGN_IN, email=OWNER.email, password=PASSWORD), "signIn") == ["INVALID"]
    assert codes(api(SIGN_IN, email=OWNER.email, password=ANOTHER), "signIn") == []


def test_a_program_gets_the_token_of_its_session_with_the_changed_password(api: Api):
    changed = api(CHANGE, as_=OWNER, current=PASSWORD, new=ANOTHER).data["passwordChange"]

    assert not is_open(api, OWNER.token)
    assert is_open(api, changed["sessionToken"])
    assert api.rows("SELECT event FROM change") == [("PASSWORD_CHANGED",)]


@pytest.mark.parametrize(
    ("current", "new", "path"),
    [
        ("a wrong password", ANOTHER, ["currentPassword"]),
        ("", ANOTHER, ["currentPassword"]),
        (PASSWORD, "short", ["newPassword"]),
        (PASSWORD, "x" * 201, ["newPassword"]),
    ],
)
def test_a_password_is_not_changed_without_the_current_one_and_a_good_one(api: Api, current, new, path):
    before = kept(api)
    answer = api(CHANGE, as_=OWNER, current=current, new=new).data["passwordChange"]

    assert answer == {"ok": None, "sessionToken": None, "seq": None, "userErrors": [{"code": "INVALID", "path": path}]}
    assert kept(api) == before


def test_wrong_current_passwords_count_as_failed_sign_ins(api: Api):
    before = kept(api)
    tries = [codes(api(CHANGE, as_=OWNER, current="a wrong one", new=ANOTHER), "passwordChange") for _ in range(5)]
    assert tries == [["INVALID"]] * 5

    assert codes(api(CHANGE, as_=OWNER, current=PASSWORD, new=ANOTHER), "passwordChange") == ["LIMIT"]
    assert codes(api(SIGN_IN, email=OWNER.email, password=PASSWORD), "signIn") == ["LIMIT"]
    assert kept(api) == before


@pytest.mark.parametrize("directive", ['@idempotent(key: "k")', "@dryRun"])
def test_a_password_is_neither_kept_with_a_key_nor_changed_by_a_rehearsal(api: Api, directive):
    before = kept(api)
    answer = api(
        CHANGE.replace("newPassword: $new})", f"newPassword: $new}}) {directive}"),
        as_=OWNER,
        current=PASSWORD,
        new=ANOTHER,
    )

    refused = answer.data["passwordChange"]
    assert refused["userErrors"] == ([] if directive == "@dryRun" else [{"code": "INVALID", "path": ["@idempotent"]}])
    assert refused["sessionToken"] is None
    assert kept(api) == before
    assert api.rows("SELECT count(*) FROM idempotency_key") == [(0,)]


def test_of_two_who_change_it_at_once_one_is_told(api: Api):
    async def both() -> list[Any]:
        bodies = [{"query": CHANGE, "variables": {"current": PASSWORD, "new": f"{ANOTHER} {i}"}} for i in range(2)]
        headers = {"authorization": f"Bearer {OWNER.token}"}
        asks = [api._request("POST", "/graphql", {"json": body, "headers": headers}) for body in bodies]
        return [(await each).json() for each in asyncio.as_completed(asks)]

    told = [each["data"]["passwordChange"] for each in api.run(both)]
    assert sorted(each["ok"] is True for each in told) == [False, True]
    assert api.rows("SELECT count(*) FROM change WHERE event = 'PASSWORD_CHANGED'") == [(1,)]


def test_a_token_changes_no_password_and_nobody_none(api: Api):
    secret = api(MAKE, as_=OWNER, id=NORTH).data["apiTokenCreate"]["secret"]
    before = kept(api)

    assert api(CHANGE, as_=secret, current=PASSWORD, new=ANOTHER).codes == ["MISSING_SCOPE"]
    assert api(CHANGE, current=PASSWORD, new=ANOTHER).codes == ["UNAUTHENTICATED"]
    assert kept(api) == before


def test_a_link_for_a_new_password_ends_with_the_changed_one(api: Api):
    api("mutation ($e: String!) { passwordResetRequest(input: {email: $e}) { ok } }", e=OWNER.email)
    token = api.token(OWNER.email)
    api(CHANGE, as_=OWNER, current=PASSWORD, new=ANOTHER)
    reset = 'mutation ($t: String!) { passwordReset(input: {token: $t, password: "%s"}) { userErrors { code } } }'

    assert codes(api(reset % "a third long password", t=token), "passwordReset") == ["INVALID"]


# ---- another name


def test_a_person_changes_their_name(api: Api):
    changed = api(NAME, as_=EDITOR, name="  Benno Editor ").data["userUpdate"]
    assert (changed["user"], changed["userErrors"]) == ({"name": "Benno Editor"}, [])

    again = api(NAME, as_=EDITOR, name="Benno Editor").data["userUpdate"]
    assert (again["user"], again["seq"]) == ({"name": "Benno Editor"}, None)
    assert api.rows("SELECT event FROM change") == [("USER_UPDATED",)]


@pytest.mark.parametrize("name", ["", "  ", "n" * 101, "a\nb"])
def test_a_name_is_a_line(api: Api, name):
    before = kept(api)
    refused = api(NAME, as_=EDITOR, name=name).data["userUpdate"]

    assert refused == {"user": None, "seq": None, "userErrors": [{"code": "INVALID", "path": ["name"]}]}
    assert kept(api) == before
