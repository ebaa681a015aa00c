"""What Stripe tells by itself: believed by its signature and its time, and said in words of ours."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.adapters.payments.signing import sign
from app.adapters.payments.stripe import Stripe
from app.domain.billing.charges import ChargeFailure
from app.domain.billing.gateway import CardTold, NoticeRefused, Outcome, PaymentTold, Told

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHARGE, FIRST = UUID(int=1), UUID(int=11)
PAID = Outcome(paid=True, order="pi_1", amount=12_340_000)
SECRETS = ("whsec_new", "whsec_old")


@pytest.fixture
def stripe() -> Stripe:
    return Stripe("sk_test", "pk_test", SECRETS, "https://ads.example")


def told(stripe: Stripe, body: bytes, header: str, now: datetime = NOW) -> Told:
    return stripe.told({"stripe-signature": header}, body, now)


def failed(failure: str) -> Outcome:
    return Outcome(paid=False, failure=ChargeFailure[failure], order="pi_1")


def event(kind: str, about: dict[str, Any], id: str = "evt_1") -> bytes:
    return json.dumps({"id": id, "object": "event", "type": kind, "data": {"object": about}}).encode()


def signed(kind: str, about: dict[str, Any], secret: str = SECRETS[0]) -> tuple[bytes, str]:
    body = event(kind, about)
    return body, sign(secret, body, NOW)


INTENT = {
    "currency": "usd",
    "amount_received": 1234,
    "id": "pi_1",
    "metadata": {"charge_id": str(CHARGE), "attempt_id": str(FIRST)},
}
NO_FUNDS = {"last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"}}
ASKED = {"last_payment_error": {"code": "authentication_required", "decline_code": "authentication_required"}}
SETUP_ERROR = {"payment_method": None, "last_setup_error": {"payment_method": {"id": "pm_visa"}}}


@pytest.mark.parametrize(
    ("kind", "about", "news"),
    [
        ("payment_intent.succeeded", INTENT, PaymentTold(CHARGE, FIRST, PAID)),
        (
            "payment_intent.payment_failed",
            INTENT | NO_FUNDS,
            PaymentTold(CHARGE, FIRST, failed("INSUFFICIENT_FUNDS")),
        ),
        ("payment_intent.payment_failed", INTENT, PaymentTold(CHARGE, FIRST, failed("DECLINED"))),
        ("payment_intent.payment_failed", INTENT | ASKED, None),
        ("payment_intent.succeeded", {"id": "pi_2", "metadata": {}}, None),
        ("payment_intent.succeeded", {"id": "pi_2", "metadata": {"charge_id": "x", "attempt_id": "y"}}, None),
        ("payment_intent.canceled", INTENT, None),
        ("setup_intent.succeeded", {"payment_method": "pm_visa"}, CardTold("pm_visa", usable=True)),
        ("setup_intent.setup_failed", SETUP_ERROR, CardTold("pm_visa", usable=False)),
        ("setup_intent.setup_failed", {"payment_method": None, "last_setup_error": None}, None),
        ("customer.created", {"id": "cus_1"}, None),
    ],
)
def test_a_message_is_told_in_words_of_ours(stripe: Stripe, kind, about, news):
    assert told(stripe, *signed(kind, about)) == Told("evt_1", news)


def test_while_a_secret_is_renewed_both_are_believed(stripe: Stripe):
    body = event("setup_intent.succeeded", {"payment_method": "pm_visa"})
    new, old, other = (sign(secret, body, NOW) for secret in (*SECRETS, "whsec_other"))

    assert told(stripe, body, new) == told(stripe, body, old) == told(stripe, body, f"{other},{old.partition(',')[2]}")
    with pytest.raises(NoticeRefused, match="another secret"):
        told(stripe, body, other)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400, -86_400])
def test_a_message_of_another_time_is_refused(stripe: Stripe, seconds):
    body, header = signed("payment_intent.succeeded", INTENT)
    later = datetime.fromtimestamp(NOW.timestamp() + seconds, UTC)

    with pytest.raises(NoticeRefused, match="300 seconds"):
        told(stripe, body, header, later)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_now(stripe: Stripe, seconds):
    body, header = signed("payment_intent.succeeded", INTENT)
    later = datetime.fromtimestamp(NOW.timestamp() + seconds, UTC)

    assert told(stripe, body, header, later).id == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=00",
        f"t={int(NOW.timestamp())}",
        f"t={int(NOW.timestamp())},v0=00",
        "t=-1,v1=00",
        "t=\N{ARABIC-INDIC DIGIT ONE},v1=00",
        "t=9999999999999999999999,v1=00",
        "t=1,t=2,v1=00",
        f"t={int(NOW.timestamp())},v1=\N{SNOWMAN}",
    ],
)
def test_what_is_no_signature_is_refused(stripe: Stripe, header):
    with pytest.raises(NoticeRefused):
        told(stripe, event("payment_intent.succeeded", INTENT), header)


def test_a_body_that_was_changed_is_refused(stripe: Stripe):
    body, header = signed("payment_intent.succeeded", INTENT)

    with pytest.raises(NoticeRefused, match="another body"):
        told(stripe, body + b" ", header)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b'{"id": 1, "type": "x"}', b"\xff"])
def test_a_signed_message_that_cannot_be_read_is_refused(stripe: Stripe, body):
    with pytest.raises(NoticeRefused, match="cannot be read"):
        told(stripe, body, sign(SECRETS[0], body, NOW))
