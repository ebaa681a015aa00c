"""Stripe through the port, against a server that speaks its protocol: never twice, never its words, never a guess."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from app.adapters.payments.stripe import Stripe
from app.domain.billing.cards import CardBrand, CardFunding
from app.domain.billing.charges import ChargeFailure
from app.domain.billing.gateway import (
    Card,
    CardRefused,
    GatewayAway,
    Outcome,
    Payment,
)
from tests.adapters.stripe_server import BANK, KEY, PAN, StripeServer, served

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHARGE, FIRST, SECOND = UUID(int=1), UUID(int=11), UUID(int=12)
PAID = Outcome(paid=True, order="pi_1", amount=12_340_000)
SECRETS = ("whsec",)


@dataclass
class Shop:
    """The adapter and the server it asks."""

    server: StripeServer
    stripe: Stripe
    runner: asyncio.Runner

    def card(self, token: str = "pm_visa") -> Card:
        return self.runner.run(self.stripe.card(token, NOW))

    def payment(self, token: str = "pm_visa", attempt: UUID = FIRST, amount: int = 12_340_000, **more: Any) -> Payment:
        """A payment with a card that is set up, and of its customer."""
        customer = self.card(token).customer
        return Payment(CHARGE, attempt, amount, "USD", token, customer, **more)

    def pay(self, payment: Payment) -> Outcome:
        return self.runner.run(self.stripe.pay(payment, NOW))

    def outcome(self, payment: Payment) -> Outcome | None:
        return self.runner.run(self.stripe.outcome(payment, NOW))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with served() as server, asyncio.Runner() as runner:
        stripe = Stripe(KEY, "pk_test", SECRETS, "https://ads.example", server.url)
        yield Shop(server, stripe, runner)
        runner.run(stripe.close())


def failed(failure: str, order: str | None = "pi_1", url: str | None = None) -> Outcome:
    return Outcome(paid=False, failure=ChargeFailure[failure], order=order, confirmation_url=url)


# ---- cards


def test_a_card_is_set_up_for_charges_without_its_holder_and_has_a_customer(shop: Shop):
    assert shop.card() == Card(CardBrand.VISA, CardFunding.CREDIT, "4242", date(2028, 2, 29), None, "cus_1")
    ((asked),) = [given for _, path, given in shop.server.asked if path == "setup_intents"]
    assert (asked["return_url"], asked["payment_method_types"]) == ("https://ads.example", {"0": "card"})


def test_a_customer_is_made_once_for_a_card_however_often_it_is_added(shop: Shop):
    assert [shop.card("pm_visa").customer, shop.card("pm_visa").customer, shop.card("pm_amex").customer] == [
        "cus_1",
        "cus_1",
        "cus_2",
    ]
    assert shop.server.customers == ["cus_1", "cus_2"]


@pytest.mark.parametrize(
    ("token", "brand", "funding"), [("pm_amex", "AMERICAN_EXPRESS", "CREDIT"), ("pm_prepaid", "OTHER", "PREPAID")]
)
def test_brands_and_fundings_are_told_in_words_of_ours(shop: Shop, token, brand, funding):
    assert (shop.card(token).brand.name, shop.card(token).funding.name) == (brand, funding)


def test_a_card_whose_bank_wants_to_ask_has_an_address_where_it_does(shop: Shop):
    assert shop.card("pm_setup_asks").confirmation_url == f"{BANK}/pm_setup_asks"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("pm_setup_refused", "The card was declined by its bank: take another card."),
        ("pm_setup_expired", "The card has expired: take another card."),
        ("pm_setup_stuck", "The payment processor cannot charge this card: take another card."),
        ("pm_unknown", "The payment processor does not know this token: enter the card again."),
        ("tok_visa", "The payment processor does not know this token: enter the card again."),
        ("pm_bank_account", "That is no card: take a card."),
    ],
)
def test_what_is_no_card_to_charge_is_refused_in_words_for_people(shop: Shop, token, words):
    with pytest.raises(CardRefused) as refused:
        shop.card(token)

    assert str(refused.value) == words


@pytest.mark.parametrize("token", ["", "..", "../customers", "pm_a/../../customers", "pm_a?b=c", "pm_\N{SNOWMAN}"])
def test_a_token_is_never_a_path_to_something_else(shop: Shop, token):
    with pytest.raises(CardRefused):
        shop.card(token)

    assert shop.server.asked == []


# ---- payments


def test_a_payment_is_one_intent_with_both_ids(shop: Shop):
    assert shop.pay(shop.payment()) == PAID
    assert shop.server.paid == [1234]
    (intent,) = shop.server.intents.values()
    assert intent["metadata"] == {"charge_id": str(CHARGE), "attempt_id": str(FIRST)}
    assert (intent["currency"], intent["customer"]) == ("usd", "cus_1")


@pytest.mark.parametrize(
    ("currency", "micros", "number"),
    [
        ("EUR", 12_340_000, 1234),
        ("JPY", 1_234_000_000, 1234),
        ("KWD", 12_340_000, 12_340),
        ("ISK", 12_000_000, 1200),
        ("UGX", 5_000_000, 500),
        ("HUF", 12_340_000, 1234),
    ],
)
def test_an_amount_is_in_the_unit_that_stripe_counts_in(shop: Shop, currency, micros, number):
    assert shop.pay(replace(shop.payment(), amount=micros, currency=currency)) == replace(PAID, amount=micros)
    assert shop.server.paid == [number]


@pytest.mark.parametrize(("currency", "micros"), [("USD", 12_345_678), ("JPY", 1_500_000), ("KWD", 12_345_000)])
def test_a_part_of_a_minor_unit_is_never_rounded(shop: Shop, currency, micros):
    payment = replace(shop.payment(), amount=micros, currency=currency)

    with pytest.raises(ValueError, match="no whole minor units"):
        shop.pay(payment)
    assert shop.server.intents == {}


@pytest.mark.parametrize(
    ("token", "failure"),
    [("pm_declined", "DECLINED"), ("pm_no_funds", "INSUFFICIENT_FUNDS"), ("pm_expired", "CARD_EXPIRED")],
)
def test_a_decline_has_its_reason_and_is_told_again(shop: Shop, token, failure):
    payment = shop.payment(token)

    assert [shop.pay(payment), shop.outcome(payment), shop.pay(payment)] == [failed(failure)] * 3
    assert (shop.server.paid, len(shop.server.charges)) == ([], 1)


def test_the_same_attempt_has_one_effect_however_often_it_is_sent(shop: Shop):
    payment = shop.payment()

    assert [shop.pay(payment) for _ in range(3)] == [PAID] * 3
    assert shop.pay(replace(payment, order="pi_1")) == PAID
    assert shop.server.paid == [1234]


def test_a_charge_that_is_paid_is_not_paid_by_another_attempt_whose_amount_was_not_taken(shop: Shop):
    shop.pay(shop.payment())

    assert shop.pay(shop.payment("pm_amex", SECOND, 9_000_000, order="pi_1")) == PAID
    assert shop.pay(shop.payment("pm_amex", SECOND)) == PAID
    assert shop.server.paid == [1234]


def test_another_attempt_with_the_same_card_takes_its_own_amount(shop: Shop):
    shop.pay(shop.payment("pm_no_funds"))
    shop.server.methods["pm_visa"] = shop.server.methods["pm_no_funds"] | {"id": "pm_visa"}

    assert shop.pay(shop.payment("pm_visa", SECOND, 20_000_000, order="pi_1")) == replace(PAID, amount=20_000_000)
    assert shop.server.paid == [2000]
    assert shop.server.intents["pi_1"]["metadata"] == {"charge_id": str(CHARGE), "attempt_id": str(SECOND)}


def test_with_another_card_the_order_is_canceled_before_a_new_one(shop: Shop):
    shop.pay(shop.payment("pm_declined"))
    second = shop.payment("pm_visa", SECOND, order="pi_1")

    assert [shop.pay(second), shop.pay(second), shop.outcome(second)] == [replace(PAID, order="pi_2")] * 3
    assert [each["status"] for each in shop.server.intents.values()] == ["canceled", "succeeded"]
    assert shop.server.paid == [1234]


def test_what_an_earlier_attempt_came_to_is_not_taken_for_this_one(shop: Shop):
    shop.pay(shop.payment("pm_declined"))

    assert shop.outcome(shop.payment("pm_declined", SECOND, order="pi_1")) is None
    assert shop.outcome(replace(shop.payment(), charge_id=UUID(int=2))) is None


def test_a_payment_that_takes_its_time_is_neither_paid_nor_failed(shop: Shop):
    payment = shop.payment("pm_slow")

    assert [shop.pay(payment), shop.outcome(payment)] == [Outcome(paid=None, order="pi_1")] * 2


# ---- confirmations


def test_a_holder_who_must_confirm_is_led_to_their_bank_and_the_same_order_is_paid(shop: Shop):
    payment = shop.payment("pm_asks")
    asks = failed("CONFIRMATION_REQUIRED", url=f"{BANK}/pi_1")

    assert [shop.pay(payment), shop.outcome(payment), shop.pay(payment)] == [asks] * 3
    shop.server.agree("pi_1")
    assert [shop.outcome(payment), shop.pay(payment)] == [PAID, PAID]
    assert shop.server.paid == [1234]


def test_an_attempt_after_one_that_nobody_confirmed_has_an_order_of_its_own(shop: Shop):
    shop.pay(shop.payment("pm_asks"))

    again = shop.pay(shop.payment("pm_asks", SECOND, order="pi_1"))
    assert again == failed("CONFIRMATION_REQUIRED", "pi_2", f"{BANK}/pi_2")
    assert shop.server.intents["pi_1"]["status"] == "canceled"


def test_an_order_that_is_confirmed_while_it_is_to_be_canceled_stays_paid(shop: Shop):
    shop.pay(shop.payment("pm_asks"))
    second = shop.payment("pm_visa", SECOND, order="pi_1")
    cancel = shop.server._cancel
    shop.server._cancel = lambda intent, given: (shop.server.agree("pi_1"), cancel(intent, given))

    with pytest.raises(GatewayAway):
        shop.pay(second)
    assert shop.outcome(second) == PAID
    assert (shop.server.paid, len(shop.server.intents)) == ([1234], 1)


# ---- when the answer does not come


@pytest.mark.parametrize("lost", ["payment_intents", "payment_intents/search", "payment_intents/pi_1/confirm"])
@pytest.mark.parametrize("lags", [True, False])
def test_what_was_charged_without_an_answer_is_charged_once(shop: Shop, lost, lags):
    payment, shop.server.lost, shop.server.search_lags = shop.payment(), lost, lags
    with pytest.raises(GatewayAway):
        shop.pay(payment)

    known = shop.outcome(payment)
    assert known == (PAID if lost.endswith("confirm") and not lags else None)
    assert shop.pay(payment) == PAID
    assert shop.server.paid == [1234]


def test_a_stripe_that_is_silent_is_not_waited_for_and_asked_again(shop: Shop):
    hasty = Stripe(KEY, "pk_test", SECRETS, "https://ads.example", shop.server.url, seconds=2)
    payment, shop.server.silent = shop.payment(), "payment_intents/pi_1/confirm"
    with pytest.raises(GatewayAway):
        shop.runner.run(hasty.pay(payment, NOW))

    assert shop.runner.run(hasty.outcome(payment, NOW)) == PAID
    assert shop.server.paid == [1234]
    shop.runner.run(hasty.close())


def test_another_attempt_waits_until_the_search_knows_the_order(shop: Shop):
    shop.server.lost, shop.server.search_lags = "payment_intents/pi_1/confirm", True
    with pytest.raises(GatewayAway):
        shop.pay(shop.payment())
    with pytest.raises(GatewayAway):
        shop.pay(shop.payment(attempt=SECOND))

    shop.server.search_lags = False
    assert shop.pay(shop.payment(attempt=SECOND)) == PAID
    assert shop.server.paid == [1234]


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
def test_a_busy_stripe_says_nothing_of_a_payment(shop: Shop, status):
    payment = shop.payment()
    shop.server.answers = [(200, {"data": []}), (status, {"error": {"type": "api_error", "message": PAN}})] * 2

    for _ in range(2):
        with pytest.raises(GatewayAway):
            shop.pay(payment)
    assert shop.pay(payment) == PAID
    assert shop.server.paid == [1234]


def test_a_stripe_that_cannot_be_reached_says_nothing_at_all(shop: Shop):
    away = Stripe(KEY, "pk", SECRETS, "https://ads.example", "http://127.0.0.1:9")
    payment = shop.payment()

    for asked in (away.card("pm_visa", NOW), away.pay(payment, NOW), away.outcome(payment, NOW)):
        with pytest.raises(GatewayAway):
            shop.runner.run(asked)
    shop.runner.run(away.close())


# ---- what stripe says of mistakes


@pytest.mark.parametrize(("status", "kind"), [(400, "invalid_request_error"), (401, "x"), (403, "y"), (404, "z")])
def test_any_other_error_is_the_processors(shop: Shop, status, kind):
    payment = shop.payment()
    shop.server.answers = [(200, {"data": []}), (status, {"error": {"type": kind, "message": PAN}})]

    assert shop.pay(payment) == failed("PROCESSOR_ERROR", None)
    assert shop.server.paid == []


def test_a_wrong_key_refuses_no_card_and_tells_nothing_of_a_payment(shop: Shop):
    other = Stripe("sk_wrong", "pk", SECRETS, "https://ads.example", shop.server.url)
    payment = shop.payment()

    for asked in (other.card("pm_visa", NOW), other.outcome(payment, NOW)):
        with pytest.raises(GatewayAway):
            shop.runner.run(asked)
    assert shop.runner.run(other.pay(payment, NOW)) == failed("PROCESSOR_ERROR", None)
    shop.runner.run(other.close())


@pytest.mark.parametrize("token", ["pm_setup_refused", "pm_unknown", "pm_declined", "pm_asks"])
def test_a_number_in_stripes_words_reaches_neither_people_nor_logs(shop: Shop, caplog, token):
    caplog.set_level(0)
    with capture_logs() as logs:
        try:
            said: Any = shop.pay(shop.payment(token))
        except CardRefused as refused:
            said = [str(refused), refused.args, refused.__cause__]
    assert PAN not in f"{said}{logs}{caplog.text}"


def test_an_error_is_logged_by_the_request_that_an_operator_can_look_up(shop: Shop, caplog):
    caplog.set_level(0)
    payment = replace(shop.payment(), customer="cus_9")
    with capture_logs() as logs:
        assert shop.pay(payment) == failed("PROCESSOR_ERROR", None)
    (line,) = logs
    told = {"event": "Stripe refused", "log_level": "warning", "kind": "InvalidRequestError", "status": 400}
    assert line == told | {"request": f"req_{len(shop.server.asked)}"}
    assert PAN not in f"{logs}{caplog.text}"
