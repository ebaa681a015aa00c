"""The pages that links in mail lead to, walked through in a browser from an invitation to the account."""

import re
import time
from email import message_from_bytes, policy
from typing import Any

import httpx2
import pytest

from tests.conftest import Api, Live
from tests.registrations import BRAND, DETAILS, READ, wish
from tests.web.asking import ask

PATHS = ("/verify", "/reset", "/invitation", "/terms")
NEW, PASSWORD = "nia@example.com", "a long password"
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { sessionToken userErrors { message } } }"""
ACCOUNTS = "{ viewer { memberships { level account { id displayName } } } }"
INVITE = """mutation ($account: ID!, $email: String!) {
  userInvite(input: {accountId: $account, name: "Nia", email: $email, level: EDITOR}) { userErrors { message } } }"""


def sent(live: Live, document: str, token: str | None = None, **variables: Any) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    body = {"query": document, "variables": variables}
    return httpx2.post(f"{live.url}/graphql", json=body, headers=headers).json()["data"]


def link(live: Live, subject: str, to: str = NEW) -> str:
    """The link of the letter with that subject, once it has come."""
    for _ in range(100):
        for path in live.mail.glob("*.eml"):
            message: Any = message_from_bytes(path.read_bytes(), policy=policy.default)
            if subject in message["Subject"] and message["To"] == to:
                return re.search(r"http\S+token=\S+", message.get_body(("plain",)).get_content()).group()  # type: ignore[union-attr]
        time.sleep(0.1)
    raise TimeoutError(subject)


@pytest.mark.parametrize("path", PATHS)
def test_opening_a_link_does_nothing_and_the_page_runs_only_its_own_script(api: Api, path):
    page = api.request("GET", f"{path}?token=ecl_x", headers={"accept": "text/html"})

    assert (page.status_code, page.headers["referrer-policy"]) == (200, "no-referrer")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert re.search(
        r"default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; connect", policy
    )
    assert api.rows("SELECT count(*) FROM change") == [(0,)]


def test_an_installation_with_an_app_of_its_own_has_none_of_these_pages(configured):
    alone = configured(app_url="https://console.example")

    assert [alone.request("GET", path).status_code for path in PATHS] == [404] * len(PATHS)
    assert ask(alone, "{ __typename }", {}).status == 200
    assert alone.installation.letters._address == "https://console.example"


@pytest.mark.browser
def test_a_person_goes_from_the_invitation_to_the_account_by_mail_alone(live: Live, chromium):
    admin = sent(live, SIGN_IN, email=live.email, password=live.password)["signIn"]["sessionToken"]
    account = sent(live, ACCOUNTS, admin)["viewer"]["memberships"][0]["account"]
    assert sent(live, INVITE, admin, account=account["id"], email=NEW) == {"userInvite": {"userErrors": []}}
    page = chromium.new_page()
    page.goto(link(live, "invites you"))
    page.get_by_text(f"invites you to {account['displayName']}, as an editor").wait_for()

    page.get_by_role("button", name="I am new here").click()
    page.get_by_label("Name").fill("Nia New")
    page.get_by_label("E-mail address").fill(NEW)
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Sign up").click()
    page.get_by_text("A password has 12 to 200 characters.").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("heading", name="Look into your mailbox").wait_for()

    page.goto(link(live, "Confirm your address"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm the address").click()
    page.get_by_text("Welcome, Nia New.").wait_for()
    page.goto(link(live, "invites you"))
    page.get_by_text("You are signed in as Nia New.").wait_for()
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Accepted").wait_for()
    page.goto(link(live, "invites you"))
    page.get_by_role("heading", name="No open invitation").wait_for()
    page.close()

    token = sent(live, SIGN_IN, email=NEW, password=PASSWORD)["signIn"]["sessionToken"]
    assert sent(live, ACCOUNTS, token) == {"viewer": {"memberships": [{"level": "EDITOR", "account": account}]}}


@pytest.mark.browser
def test_the_contact_reads_the_terms_and_accepts_them_by_name(live: Live, chromium):
    token = sent(live, SIGN_IN, email=live.email, password=live.password)["signIn"]["sessionToken"]
    id = sent(live, wish("registrationCreate"), token, input={"path": "REPRESENT_VENDOR"})["registrationCreate"]
    id = {"id": id["registration"]["id"]}
    sent(live, wish("registrationUpdate"), token, input={**id, **DETAILS})
    sent(live, wish("registrationSubmit"), token, input=id)
    page = chromium.new_page()
    page.goto(link(live, "asks you to accept", BRAND["contactEmail"]))
    page.get_by_role("heading", name="The terms for Alpenglow").wait_for()
    page.get_by_role("article", name="The terms").get_by_text("The brand authorises the applicant").wait_for()

    page.get_by_role("button", name="Accept the terms").click()
    page.get_by_text("Your full name must have 1 to 100 characters").wait_for()
    page.get_by_label("Your full name").fill("Carla Contact")
    page.get_by_role("button", name="Accept the terms").click()
    page.get_by_role("heading", name="Accepted").wait_for()
    page.reload()
    page.get_by_role("heading", name="No open question").wait_for()
    page.close()
    assert sent(live, READ, token, **id)["registration"]["termsInvitation"]["status"] == "ACCEPTED"
