"""Stripe from end to end: a card that is added, asked about by its bank, confirmed; what an operator sets for it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.adapters.payments.signing import sign
from tests.adapters.stripe_server import BANK, KEY, PAN, StripeServer, served
from tests.conftest import Api
from tests.people import NORTH, OWNER, without_cards

PATH, SECRET = "/v1/payments/told", "whsec_loopback"
ADD = """mutation ($id: ID!, $token: String!) { paymentMethodAdd(input: {accountId: $id, processorToken: $token}) {
  paymentMethod { brand last4 expiresOn status confirmationUrl } userErrors { code path message } } }"""
KEPT = "SELECT processor_token, customer, status FROM payment_method"
PROCESSOR = "{ serverInfo { paymentProcessor { name publishableKey scriptUrl } } }"


@pytest.fixture(scope="module")
def fill():
    return without_cards


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with served() as stripe:
        yield stripe


@pytest.fixture
def shop(configured: Callable[..., Api], server: StripeServer) -> Api:
    """An installation that asks Stripe."""
    keys = {"stripe_key": KEY, "stripe_publishable_key": "pk_test", "stripe_webhook_secrets": SECRET}
    return configured(payments="stripe", stripe_address=server.url, **keys)


def add(shop: Api, token: str) -> dict[str, Any]:
    return shop(ADD, as_=OWNER, id=NORTH, token=token).data["paymentMethodAdd"]


def tell(shop: Api, kind: str, token: str, id: str = "evt_1") -> int:
    event = {"id": id, "type": kind, "data": {"object": {"payment_method": token}}}
    body = json.dumps(event).encode()
    headers = {"stripe-signature": sign(SECRET, body, shop.clock()), "content-type": "application/json"}
    return shop.request("POST", PATH, content=body, headers=headers).status_code


def test_a_card_is_kept_with_its_customer_whom_history_does_not_know(shop: Api):
    assert add(shop, "pm_visa")["paymentMethod"] == {
        "brand": "VISA",
        "last4": "4242",
        "expiresOn": "2028-02-29",
        "status": "ACTIVE",
        "confirmationUrl": None,
    }
    assert shop.rows(KEPT) == [("pm_visa", "cus_1", "ACTIVE")]
    assert "cus_1" not in str(shop.rows("SELECT before, after FROM change"))


def test_a_card_that_its_bank_asks_about_is_active_once_stripe_tells(shop: Api):
    added = add(shop, "pm_setup_asks")["paymentMethod"]
    assert (added["status"], added["confirmationUrl"]) == ("ACTION_REQUIRED", f"{BANK}/pm_setup_asks")

    assert tell(shop, "setup_intent.setup_failed", "pm_setup_asks") == 200
    assert shop.rows(KEPT) == [("pm_setup_asks", "cus_1", "ACTION_REQUIRED")]
    assert [tell(shop, "setup_intent.succeeded", "pm_setup_asks", "evt_2") for _ in range(2)] == [200, 200]
    assert shop.rows(KEPT) == [("pm_setup_asks", "cus_1", "ACTIVE")]


def test_what_stripe_refuses_is_refused_in_our_words(shop: Api, caplog, logs):
    (error,) = add(shop, "pm_setup_refused")["userErrors"]

    assert (error["code"], error["path"]) == ("INVALID", ["processorToken"])
    assert error["message"] == "The card was declined by its bank: take another card."
    assert PAN not in f"{caplog.text}{logs}"
    assert shop.rows(KEPT) == []


def test_a_stripe_that_does_not_answer_is_no_fault_of_the_card(shop: Api, server: StripeServer):
    server.answers = [(503, {})]
    (error,) = add(shop, "pm_visa")["userErrors"]

    assert (error["code"], error["path"]) == ("CONFLICT", ["processorToken"])
    assert error["message"] == "The payment processor does not answer right now: try again in a minute."
    assert shop.rows(KEPT) == []


def test_a_browser_learns_what_it_needs_for_a_token(shop: Api, api: Api):
    wanted = {"name": "Stripe", "publishableKey": "pk_test", "scriptUrl": "https://js.stripe.com/v3/"}
    assert shop(PROCESSOR).data["serverInfo"]["paymentProcessor"] == wanted

    wanted = {"name": "Pretend payments", "publishableKey": None, "scriptUrl": None}
    assert api(PROCESSOR).data["serverInfo"]["paymentProcessor"] == wanted


def test_pages_of_the_pretend_processor_are_not_there(shop: Api):
    assert shop.request("GET", "/dev/payments/confirm/card/pretend_confirm").status_code == 404
