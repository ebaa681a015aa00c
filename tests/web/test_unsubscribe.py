"""Muting a kind of mail by the link in its letters: without signing in, for weeks, and nothing else (S24, RFC 8058)."""

import re
from typing import Any

import pytest

from tests.conftest import Api
from tests.people import NORTH, OPERATOR, OWNER, SOUTH, STRANGER, gid

SUSPEND = """mutation ($id: ID!) { accountSuspend(input: {id: $id, reason: "R"}) { userErrors { code } } }"""
REINSTATE = SUSPEND.replace("Suspend", "Reinstate")
MUTED = "query ($id: ID!) { node(id: $id) { ... on Membership { mutedEmails } } }"
UNMUTE = f'mutation {{ notificationPreferencesSet(input: {{accountId: "{NORTH}", muted: []}}) {{ seq }} }}'


def letter(api: Api, id: str = NORTH, to: Any = OWNER) -> Any:
    """A letter about an account."""
    for document in (SUSPEND, REINSTATE):
        api(document, as_=OPERATOR, id=id)
    return api.mail(to.email)[0]


def path(letter: Any) -> str:
    return letter.leaving.removeprefix("http://127.0.0.1:8000")


def muted(api: Api, who: Any = OWNER, account: str = "north") -> list[str]:
    return api(MUTED, as_=who, id=gid("Membership", f"{who.key}-{account}")).data["node"]["mutedEmails"]


def test_a_letter_says_in_header_text_and_html_how_to_get_no_more_of_its_kind(api: Api):
    sent = letter(api)

    assert re.fullmatch(r"http://127.0.0.1:8000/unsubscribe\?token=ecl_[\w-]{43}", sent.leaving)
    assert f"Stop mail of this kind: {sent.leaving}" in sent.text
    assert f'<a href="{sent.leaving}">Stop mail of this kind</a>' in sent.html
    (raw, *_) = api.installation.mailer._folder.glob(f"{sent.id}.eml")  # type: ignore[attr-defined]
    header = raw.read_text()
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in header
    assert "List-Unsubscribe: <http://127.0.0.1:8000/unsubscribe?token=" in header.replace("\n ", "")


def test_opening_the_link_shows_and_the_button_mutes(api: Api):
    here = path(letter(api))
    page = api.request("GET", here)
    assert (page.status_code, muted(api)) == (200, [])
    assert "account suspended” about North" in page.text
    assert "unsafe" not in page.headers["content-security-policy"]

    done = api.request("POST", here, content="List-Unsubscribe=One-Click")
    assert (done.status_code, muted(api)) == (200, ["ACCOUNT_SUSPENDED"])
    assert api.rows("SELECT actor, event FROM change ORDER BY seq DESC LIMIT 1") == [
        ("The reader of a letter", "MAIL_MUTED")
    ]
    before = len(api.mail(OWNER.email))
    letter(api)
    assert len(api.mail(OWNER.email)) == before


def test_a_link_works_more_than_once_and_for_weeks_and_changes_nothing_twice(api: Api):
    first, second = path(letter(api)), path(letter(api))
    api.clock.pass_(days=89)
    for here in (first, second, first):
        assert api.request("POST", here).status_code == 200
    assert api.rows("SELECT count(*) FROM change WHERE event = 'MAIL_MUTED'") == [(1,)]

    api.clock.pass_(days=1)
    assert api.request("POST", first).status_code == 404


def test_it_mutes_one_kind_of_one_person_in_one_account(api: Api):
    letter(api, SOUTH, STRANGER)
    api.request("POST", path(letter(api)))

    assert (muted(api), muted(api, STRANGER, "south")) == (["ACCOUNT_SUSPENDED"], [])
    api(UNMUTE, as_=OWNER)
    assert muted(api) == []


@pytest.mark.parametrize("token", ["", "ecl_unknown", "x" * 5000, "%00", "ecs_owner"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_such_link_opens_nothing(api: Api, method, token):
    assert api.request(method, f"/unsubscribe?token={token}").status_code == 404
    assert api.rows("SELECT count(*) FROM change") == [(0,)]


def test_a_link_of_another_purpose_opens_nothing_here_and_this_one_nothing_elsewhere(api: Api):
    here = path(letter(api))
    api(f'mutation {{ passwordResetRequest(input: {{email: "{OWNER.email}"}}) {{ ok }} }}')
    other = api.token(OWNER.email)
    assert api.request("POST", f"/unsubscribe?token={other}").status_code == 404

    reset = 'mutation ($t: String!) { passwordReset(input: {token: $t, password: "a long password"}) { ok } }'
    assert api(reset, t=here.partition("=")[2]).data == {"passwordReset": {"ok": None}}
    assert muted(api) == []


def test_the_link_of_a_member_who_has_left_opens_nothing(api: Api):
    here = path(letter(api))
    api.write("UPDATE membership SET status = 'REMOVED' WHERE level = 'ADMIN'")

    assert (api.request("GET", here).status_code, api.request("POST", here).status_code) == (404, 404)


def test_a_letter_that_nobody_wants_any_more_is_not_sent(api: Api):
    api(SUSPEND, as_=OPERATOR, id=NORTH)
    api.write("UPDATE membership SET muted = '[\"ACCOUNT_SUSPENDED\"]'")

    assert api.mail(OWNER.email) == []
    state = "no longer wanted: its reader has muted it, or is no ADMIN any more"
    assert api.rows("SELECT status, last_error FROM email_message") == [("DEAD", state)]


def test_an_installation_with_an_app_of_its_own_unsubscribes_here_all_the_same(configured):
    alone = configured(app_url="https://console.example")

    assert alone.request("GET", "/unsubscribe?token=x").status_code == 404
    assert "opens nothing" in alone.request("GET", "/unsubscribe?token=x").text


def test_a_link_past_its_time_is_deleted_and_no_other(api: Api):
    letter(api)
    count = "SELECT purpose FROM one_time_link ORDER BY purpose"
    api("mutation ($e: String!) { passwordResetRequest(input: {email: $e}) { ok } }", e=OWNER.email)
    api.mail(OWNER.email)
    api.clock.pass_(days=89)
    api.work()
    assert api.rows(count) == [("LEAVING",), ("LEAVING",), ("PASSWORD_RESET",)]

    api.clock.pass_(days=1)
    api.work()
    assert api.rows(count) == [("PASSWORD_RESET",)]
