"""The mailbox of a development: its letters are read in a browser, under our own name, and nowhere in production."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.people import NORTH, OWNER

INVITE = f"""mutation ($name: String!) {{ userInvite(input: {{
  accountId: "{NORTH}", name: $name, email: "nia@example.com", level: EDITOR}}) {{ userErrors {{ code }} }} }}"""
PRODUCTION = {"env": "production", "base_url": "https://ads.example"}


def listed(api: Api, **options: Any) -> Any:
    return api.request("GET", "/mailbox", **options)


def test_letters_are_listed_and_read(api: Api):
    assert "No mail yet." in listed(api).text
    api(INVITE, as_=OWNER, name="<i>Nia</i>")
    (letter,) = api.mail("nia@example.com")

    page = listed(api)
    assert f'<a href="/mailbox/{letter.id}">Ada Owner invites you to North</a>' in page.text
    assert page.headers["cache-control"] == "no-store"
    read = api.request("GET", f"/mailbox/{letter.id}")
    assert "Hello &lt;i&gt;Nia&lt;/i&gt;," in read.text
    assert "script-src" not in read.headers["content-security-policy"]
    assert "default-src 'none'" in read.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/mailbox/0190fa3e-0000-7000-8000-000000000000", "/mailbox/x"])
def test_there_is_no_other_letter(api: Api, path):
    assert api.request("GET", path).status_code == 404


def test_under_a_foreign_name_no_letter_is_shown(api: Api):
    api(INVITE, as_=OWNER, name="Nia")
    (letter,) = api.mail("nia@example.com")

    for path in ("/mailbox", f"/mailbox/{letter.id}"):
        answer = api.request("GET", path, headers={"host": "evil.example"})
        assert (answer.status_code, "Nia" in answer.text) == (421, False)


def test_where_mail_is_sent_there_is_no_mailbox(configured):
    assert listed(configured(**PRODUCTION), headers={"host": "ads.example"}).status_code == 404
