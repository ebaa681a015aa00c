"""A login elsewhere as a person walks it: in a browser, from the registration to the pretend provider and back."""

from typing import Any

import httpx2
import pytest

from tests.conftest import Live
from tests.web.logging_in import BEGIN, CREATE, PROVED

SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { user { name } sessionToken } }"""
ASK = """async ([query, variables]) => (await fetch("/graphql", {
  method: "POST", headers: {"content-type": "application/json", "x-requested-with": "page"},
  body: JSON.stringify({query, variables}) })).json()"""
WIDTHS = [(1280, 800), (360, 640)]


def asked(page: Any, document: str, **variables: Any) -> Any:
    """What the API answers a page of our own, which has the session in a cookie."""
    return page.evaluate(ASK, [document, variables])["data"]


@pytest.fixture
def page(live: Live, chromium: Any) -> Any:
    page = chromium.new_page()
    page.goto(f"{live.url}/healthz")
    signed_in = asked(page, SIGN_IN, email=live.email, password=live.password)["signIn"]
    assert (signed_in["user"]["name"], signed_in["sessionToken"]) == ("Ada Brandt", None)
    yield page
    page.close()


def begun(page: Any, path: str, to: str) -> tuple[str, str]:
    id = asked(page, CREATE, path=path)["registrationCreate"]["registration"]["id"]
    return id, asked(page, BEGIN, id=id, to=to)["registrationLoginBegin"]["authorizationUrl"]


@pytest.mark.browser
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])  # the same origin, and another
def test_a_person_proves_a_login_by_pressing_a_button(live: Live, page, host):
    home = f"{live.url.replace('127.0.0.1', host)}/healthz"
    id, url = begun(page, "KDP", home)
    page.goto(url)
    page.get_by_role("button", name="Continue as Vera Vendor").click()
    page.wait_for_url(f"{home}?login=proved")

    page.goto(f"{live.url}/healthz")
    seen = asked(page, PROVED, id=id)["registration"]
    assert seen["loginProvedAt"] is not None
    assert "LOGIN_PROVED" not in seen["blockers"]


@pytest.mark.browser
def test_a_person_may_be_somebody_else_or_deny(live: Live, page):
    home = f"{live.url}/healthz"
    id, url = begun(page, "VENDOR_CENTRAL", home)
    page.goto(url)
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{home}?login=denied")
    assert asked(page, PROVED, id=id)["registration"]["loginProvedAt"] is None

    page.goto(asked(page, BEGIN, id=id, to=home)["registrationLoginBegin"]["authorizationUrl"])
    page.get_by_label("Somebody else").fill("Nia New")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{home}?login=proved")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_the_page_of_the_provider_fits_and_runs_no_script(live: Live, page, chromium, width, height):
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.set_viewport_size({"width": width, "height": height})
    page.goto(begun(page, "VENDOR_EXPRESS", f"{live.url}/healthz")[1])

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("button").count() == 5
    assert page.locator("script").count() == 0
    assert wrong == []


@pytest.mark.browser
def test_a_browser_that_is_sent_the_callback_of_another_proves_nothing(live: Live, page, chromium):
    id, url = begun(page, "ADVANTAGE_CENTRAL", f"{live.url}/healthz")
    page.goto(url)
    callback = httpx2.post(page.url, data={"person": "Kim Author"}).headers["location"]

    victim = chromium.new_context().new_page()
    victim.goto(callback)
    assert victim.url == f"{live.url}/healthz?login=other_session"
    page.goto(f"{live.url}/healthz")
    assert asked(page, PROVED, id=id)["registration"]["loginProvedAt"] is None
