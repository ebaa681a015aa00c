"""The pages where holders of pretend cards confirm: in a development, and nowhere else."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from app.domain.billing.gateway import Outcome, Payment, PaymentTold
from app.jobs import payments
from tests.conftest import Api
from tests.people import NORTH, OWNER, without_cards

ADD = f"""mutation {{ paymentMethodAdd(input: {{accountId: "{NORTH}", processorToken: "pretend_confirm"}}) {{
  paymentMethod {{ confirmationUrl }} }} }}"""
STATUS = "SELECT status FROM payment_method"
CHARGE, ATTEMPT = UUID(int=1), UUID(int=2)
AT = "/dev/payments/confirm"
PAYMENT = f"{AT}/payment/{CHARGE}/{ATTEMPT}"


@pytest.fixture(scope="module")
def fill():
    return without_cards


def card(api: Api) -> str:
    """The path of the page that a card's address leads to."""
    url = api(ADD, as_=OWNER).data["paymentMethodAdd"]["paymentMethod"]["confirmationUrl"]
    assert url.startswith("http://127.0.0.1:8000/")
    return urlsplit(url).path


def answer(api: Api, path: str, word: str) -> Any:
    return api.request("POST", path, data={"answer": word})


def test_a_page_asks_and_changes_nothing(api: Api):
    page = api.request("GET", card(api))

    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "<h1>Confirm this card?</h1>" in page.text
    assert "script" not in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert api.rows(STATUS) == [("ACTION_REQUIRED",)]


@pytest.mark.parametrize(
    ("word", "title", "status"), [("yes", "Confirmed", "ACTIVE"), ("no", "Refused", "ACTION_REQUIRED")]
)
def test_an_answer_reaches_endcap_as_the_processor_tells_it(api: Api, word, title, status):
    page = answer(api, card(api), word)

    assert (page.status_code, f"<h1>{title}</h1>" in page.text) == (200, True)
    assert api.rows(STATUS) == [(status,)]
    assert api.rows("SELECT count(*) FROM gateway_message") == [(1,)]


@pytest.mark.parametrize("word", ["yes", "no"])
def test_an_answer_about_a_payment_is_told_and_known(api: Api, monkeypatch, word):
    heard: list[Any] = []

    async def settle(work: Any, news: Any, terms: Any) -> None:
        heard.append(news)

    monkeypatch.setattr(payments, "FOLLOWS", {PaymentTold: settle})
    gateway, asked = api.installation.gateway, Payment(CHARGE, ATTEMPT, 10_000, "USD", "pretend_confirm_payment")
    url = api.run(gateway.pay, asked, api.clock()).confirmation_url
    assert answer(api, urlsplit(url).path, word).status_code == 200
    (news,) = heard
    assert (news.charge_id, news.attempt_id, news.outcome.paid) == (CHARGE, ATTEMPT, word == "yes")
    assert isinstance(api.run(gateway.outcome, asked, api.clock()), Outcome)


@pytest.mark.parametrize("path", [f"{AT}/card/pretend_visa", f"{AT}/card/x", f"{AT}/payment/1/2", AT, f"{AT}/card/"])
def test_there_is_no_other_page(api: Api, path):
    assert api.request("GET", path).status_code == 404
    assert answer(api, path, "yes").status_code == 404


@pytest.mark.parametrize("word", ["", "maybe", "yes&answer=no", "y" * 100])
def test_anything_but_yes_and_no_is_no_answer(api: Api, word):
    assert answer(api, card(api), word).status_code in {400, 413}
    assert api.rows(STATUS) == [("ACTION_REQUIRED",)]


def test_the_pages_are_under_our_own_name_alone(api: Api):
    for path in (card(api), PAYMENT):
        for method in ("GET", "POST"):
            assert api.request(method, path, headers={"host": "evil.example"}).status_code == 421
    assert api.rows(STATUS) == [("ACTION_REQUIRED",)]


def test_production_has_none_of_them(configured):
    production = configured(env="production", base_url="https://ads.example", payments="pretend")

    for path in (f"{AT}/card/pretend_confirm", PAYMENT):
        assert production.request("GET", path, headers={"host": "ads.example"}).status_code == 404
