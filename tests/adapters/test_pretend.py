"""The pretend processor through the port: all outcomes there are, once each, and what it tells."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.adapters.payments.pretend import CARDS, Pretend
from app.domain.billing.charges import ChargeFailure
from app.domain.billing.gateway import (
    CardRefused,
    CardTold,
    GatewayAway,
    NoticeRefused,
    Outcome,
    Payment,
    PaymentTold,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHARGE, FIRST, SECOND = UUID(int=1), UUID(int=11), UUID(int=12)
ORDER = f"pretend_{CHARGE.hex}"
PAID = Outcome(paid=True, order=ORDER)
TAKEN = replace(PAID, amount=12_340_000)
PAGES = "http://endcap.example/dev/payments/confirm"


def payment(token: str = "pretend_visa", attempt: UUID = FIRST, charge: UUID = CHARGE) -> Payment:
    return Payment(charge, attempt, 12_340_000, "USD", token)


@pytest.fixture
def pretend() -> Pretend:
    return Pretend("http://endcap.example")


def card(pretend: Pretend, token: str) -> Any:
    return asyncio.run(pretend.card(token, NOW))


def pay(pretend: Pretend, payment: Payment) -> Outcome:
    return asyncio.run(pretend.pay(payment, NOW))


def outcome(pretend: Pretend, payment: Payment) -> Outcome | None:
    return asyncio.run(pretend.outcome(payment, NOW))


def failed(failure: str, url: str | None = None) -> Outcome:
    return Outcome(paid=False, failure=ChargeFailure[failure], order=ORDER, confirmation_url=url)


@pytest.mark.parametrize("token", CARDS)
def test_every_card_has_others_of_its_kind(pretend, token):
    one, other = card(pretend, token), card(pretend, f"{token}.2-b")

    assert (one.last4, one.brand, one.funding) == (other.last4, other.brand, other.funding)
    assert (one.brand, one.funding) in pretend.takes
    assert one.expires_on == (date(2026, 11, 30) if token == "pretend_expires" else date(2029, 11, 30))


@pytest.mark.parametrize(
    "token",
    [
        "pretend_declined",
        "pretend_expired",
        "pretend_declined.1",
        "pretend",
        "",
        "x",
        "pretend_visa.",
        "pretend_visa./",
    ],
)
def test_what_is_no_card_is_refused(pretend, token):
    with pytest.raises(CardRefused):
        card(pretend, token)
    assert pay(pretend, payment(token)) == failed("DECLINED")


def test_a_card_to_be_confirmed_has_a_page_of_its_own(pretend):
    assert card(pretend, "pretend_confirm.a").confirmation_url == f"{PAGES}/card/pretend_confirm.a"
    assert card(pretend, "pretend_visa").confirmation_url is None
    assert pretend.asks_about("pretend_confirm.a")
    assert not pretend.asks_about("pretend_visa")


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("pretend_visa", PAID),
        ("pretend_expires", PAID),
        ("pretend_confirm", PAID),
        ("pretend_decline_charge.7", failed("DECLINED")),
        ("pretend_no_funds", failed("INSUFFICIENT_FUNDS")),
        ("pretend_confirm_payment", failed("CONFIRMATION_REQUIRED", f"{PAGES}/payment/{CHARGE}/{FIRST}")),
    ],
)
def test_a_charge_comes_to_what_the_token_says_however_often_it_is_sent(pretend, token, said):
    assert [pay(pretend, payment(token)), outcome(pretend, payment(token)), pay(pretend, payment(token))] == [said] * 3


def test_a_payment_whose_answer_is_lost_happened_all_the_same(pretend):
    sent = payment("pretend_timeout")
    with pytest.raises(GatewayAway):
        pay(pretend, sent)

    assert [outcome(pretend, sent), pay(pretend, sent)] == [PAID, PAID]


def test_a_charge_that_is_paid_stays_so_whatever_is_tried_next(pretend):
    pay(pretend, payment())

    assert pay(pretend, payment("pretend_decline_charge", SECOND)) == TAKEN
    assert outcome(pretend, payment("pretend_decline_charge", SECOND)) is None


def test_the_same_attempt_has_the_effect_of_its_first_sending(pretend):
    pay(pretend, payment("pretend_no_funds"))

    assert pay(pretend, payment("pretend_visa")) == failed("INSUFFICIENT_FUNDS")
    assert pay(pretend, payment("pretend_visa", SECOND)) == PAID


def test_another_process_has_heard_of_nothing(pretend):
    pay(pretend, payment())

    assert outcome(Pretend(), payment()) is None
    assert outcome(pretend, replace(payment(), charge_id=UUID(int=2))) is None
    assert pay(Pretend(), payment()) == PAID


@pytest.mark.parametrize("yes", [True, False])
def test_what_a_holder_answered_is_told_and_remembered(pretend, yes):
    asked = payment("pretend_confirm_payment")
    pay(pretend, asked)
    answer = TAKEN if yes else failed("DECLINED")
    headers, body = pretend.message(PaymentTold(CHARGE, FIRST, answer), NOW)

    assert pretend.told(headers, body, NOW).news == PaymentTold(CHARGE, FIRST, answer)
    assert [outcome(pretend, asked), pay(pretend, asked)] == [answer, answer]


def test_a_charge_that_was_confirmed_is_not_refused_afterwards(pretend):
    pay(pretend, payment())
    headers, body = pretend.message(PaymentTold(CHARGE, FIRST, failed("DECLINED")), NOW)

    assert pretend.told(headers, body, NOW).news == PaymentTold(CHARGE, FIRST, TAKEN)


def test_each_message_has_a_name_of_its_own(pretend):
    news = CardTold("pretend_confirm", usable=True)
    told = [pretend.told(*pretend.message(news, NOW), NOW) for _ in range(2)]

    assert [each.news for each in told] == [news, news]
    assert told[0].id != told[1].id


def test_nobody_else_can_tell_anything(pretend):
    headers, body = Pretend().message(CardTold("pretend_confirm", usable=True), NOW)

    with pytest.raises(NoticeRefused):
        pretend.told(headers, body, NOW)
    with pytest.raises(NoticeRefused):
        pretend.told({}, body, NOW)
    own, body = pretend.message(CardTold("pretend_confirm", usable=True), NOW)
    with pytest.raises(NoticeRefused):
        pretend.told(own, body, NOW + timedelta(seconds=301))
