"""What the payment processor tells by HTTP: believed by its signature alone, and each message once."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from app.domain.billing.gateway import CardTold, Outcome, PaymentTold
from app.jobs import payments
from tests.charging import EURO, clicks, minutes, pay_with, told
from tests.conftest import Api
from tests.people import NORTH, OWNER, SOUTH, STRANGER, without_cards

PATH = "/v1/payments/told"
CONFIRMED = CardTold("pretend_confirm", usable=True)
EVENTS = "SELECT event, actor, via FROM change ORDER BY seq"
MESSAGES = "SELECT count(*) FROM gateway_message"


ADD = """mutation ($id: ID!, $token: String!) {
  paymentMethodAdd(input: {accountId: $id, processorToken: $token}) { paymentMethod { id } userErrors { code } } }"""
REMOVE = "mutation ($id: ID!) { paymentMethodRemove(input: {id: $id}) { userErrors { code } } }"
BILLING = "query ($id: ID!) { billing(accountId: $id) { paymentMethods { last4 isDefault status } } }"
STATUS = "query ($id: ID!) { account(id: $id) { status } }"


@pytest.fixture(scope="module")
def fill():
    return without_cards


def add(api: Api, token: str, who: Any = OWNER, id: str = NORTH) -> dict[str, Any]:
    return api(ADD, as_=who, id=id, token=token).data["paymentMethodAdd"]["paymentMethod"]


def cards(api: Api) -> list[tuple[Any, ...]]:
    rows = api(BILLING, as_=OWNER, id=NORTH).data["billing"]["paymentMethods"]
    return [(each["last4"], each["isDefault"], each["status"]) for each in rows]


def status(api: Api) -> str:
    return api(STATUS, as_=OWNER, id=NORTH).data["account"]["status"]


def message(api: Api, news: Any = CONFIRMED) -> dict[str, Any]:
    """A message that the processor signed now."""
    headers, body = api.installation.services.gateway.message(news, api.clock())
    return {"headers": dict(headers), "content": body}


def tell(api: Api, sent: dict[str, Any]) -> int:
    return api.request("POST", PATH, **sent).status_code


def waiting(api: Api) -> str:
    return add(api, "pretend_confirm")["id"]


def test_a_card_that_its_holder_confirmed_can_be_charged_and_is_the_default(api: Api):
    waiting(api)

    assert tell(api, message(api)) == 200
    assert cards(api) == [("3155", True, "ACTIVE")]
    assert api.rows("SELECT confirmation_url FROM payment_method") == [(None,)]
    assert api.rows(EVENTS)[1:] == [("PAYMENT_METHOD_CONFIRMED", "Payment processor", "JOB")]


def test_it_does_not_take_the_place_of_a_default_that_can_be_charged(api: Api):
    add(api, "pretend_amex")
    waiting(api)

    tell(api, message(api))
    assert cards(api) == [("0005", True, "ACTIVE"), ("3155", False, "ACTIVE")]


def test_it_takes_the_place_of_a_default_that_expired(api: Api):
    add(api, "pretend_expires")
    waiting(api)
    api.clock.now = datetime(2026, 12, 1, 12, tzinfo=UTC)

    tell(api, message(api))
    assert cards(api) == [("8210", False, "EXPIRED"), ("3155", True, "ACTIVE")]


def test_it_ends_the_wait_for_a_card(api: Api):
    api(REMOVE, as_=OWNER, id=add(api, "pretend_visa")["id"])
    waiting(api)
    assert status(api) == "PAYMENT_HOLD"

    tell(api, message(api))
    assert status(api) == "ACTIVE"
    assert [event for event, *_ in api.rows(EVENTS)][-2:] == ["PAYMENT_METHOD_CONFIRMED", "ACCOUNT_RELEASED"]


def test_a_card_that_is_confirmed_past_its_last_day_is_no_default(api: Api):
    waiting(api)
    api.write("UPDATE payment_method SET expires_on = :day", day=date(2026, 11, 19))

    tell(api, message(api))
    assert cards(api) == [("3155", False, "EXPIRED")]


@pytest.mark.parametrize("news", [CardTold("pretend_confirm", usable=False), CardTold("pretend_none", usable=True)])
def test_what_was_refused_or_is_unknown_changes_nothing(api: Api, news):
    waiting(api)

    assert tell(api, message(api, news)) == 200
    assert cards(api) == [("3155", False, "ACTION_REQUIRED")]
    assert len(api.rows(EVENTS)) == 1


def test_a_card_that_waits_for_nobody_stays_as_it_is(api: Api):
    add(api, "pretend_visa")

    assert tell(api, message(api, CardTold("pretend_visa", usable=True))) == 200
    assert (cards(api), len(api.rows(EVENTS))) == ([("4242", True, "ACTIVE")], 1)


def test_a_card_is_confirmed_in_every_account_that_has_it(api: Api):
    waiting(api)
    add(api, "pretend_confirm", who=STRANGER, id=SOUTH)

    tell(api, message(api))
    assert api.rows("SELECT DISTINCT status, is_default FROM payment_method") in ([("ACTIVE", 1)], [("ACTIVE", True)])


# ---- once


def test_a_message_that_comes_again_has_no_effect_again(api: Api):
    sent = message(api)
    assert tell(api, sent) == 200
    waiting(api)

    assert tell(api, sent) == 200
    assert cards(api) == [("3155", False, "ACTION_REQUIRED")]
    assert api.rows(MESSAGES) == [(1,)]


def test_a_message_that_comes_at_the_same_time_has_one_effect(api: Api):
    waiting(api)
    sent = message(api)

    async def many() -> list[int]:
        asked = (api._request("POST", PATH, sent) for _ in range(5))
        return [each.status_code for each in await asyncio.gather(*asked)]

    assert api.run(many) == [200] * 5
    assert [event for event, *_ in api.rows(EVENTS)].count("PAYMENT_METHOD_CONFIRMED") == 1


def test_messages_in_the_wrong_order_come_to_the_same(api: Api):
    waiting(api)
    refused, confirmed = message(api, CardTold("pretend_confirm", usable=False)), message(api)

    assert [tell(api, confirmed), tell(api, refused)] == [200, 200]
    assert cards(api) == [("3155", True, "ACTIVE")]


def test_a_message_whose_effect_fails_is_not_noted_and_may_come_again(api: Api, monkeypatch):
    waiting(api)
    sent, right = message(api), payments.FOLLOWS

    async def fail(work: Any, news: Any, terms: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(payments, "FOLLOWS", {CardTold: fail})
    with pytest.raises(RuntimeError, match="planted"):
        tell(api, sent)
    assert api.rows(MESSAGES) == [(0,)]
    monkeypatch.setattr(payments, "FOLLOWS", right)
    assert (tell(api, sent), cards(api)) == (200, [("3155", True, "ACTIVE")])


def test_a_payment_that_its_holder_confirmed_settles_the_charge_once(api: Api):
    pay_with(api, "pretend_confirm_payment")
    clicks(api, EURO)
    minutes(api)
    assert told(api, "status", "failure")[0] == ("FAILED", "CONFIRMATION_REQUIRED")
    ((charge, attempt),) = api.rows("SELECT charge_id, id FROM charge_attempt")
    sent = message(api, PaymentTold(UUID(str(charge)), UUID(str(attempt)), Outcome(paid=True)))

    assert [tell(api, sent), tell(api, sent), api.rows(MESSAGES)] == [200, 200, [(1,)]]
    assert told(api, "status", "failure")[0] == ("PAID", None)
    assert api.rows("SELECT amount_micros FROM ledger_transfer WHERE kind = 'PAYMENT'") == [(EURO,)]


def test_messages_are_forgotten_after_thirty_days(api: Api):
    tell(api, message(api))
    for days, left in ((30, 1), (1, 0)):
        api.clock.pass_(days=days)
        api.work()
        assert api.rows(MESSAGES) == [(left,)]


# ---- refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"headers": {}}, "cannot be read"),
        ({"headers": {"pretend-signature": "t=1,v1=00"}}, "another secret"),
        ({"content": b"{}"}, "another body"),
    ],
)
def test_what_the_processor_did_not_sign_is_refused_and_changes_nothing(api: Api, change, said):
    waiting(api)
    answer = api.request("POST", PATH, **message(api) | change)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "NOTICE_REFUSED")
    assert said in error["message"]
    assert (cards(api), api.rows(MESSAGES)) == ([("3155", False, "ACTION_REQUIRED")], [(0,)])


def test_an_old_message_is_refused(api: Api):
    waiting(api)
    sent = message(api)
    api.clock.pass_(seconds=301)

    assert tell(api, sent) == 400
    assert cards(api) == [("3155", False, "ACTION_REQUIRED")]


def test_a_message_needs_no_origin_and_no_caller_but_our_name(api: Api):
    sent = message(api)
    headers = sent["headers"]

    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site", "authorization": "Bearer x"}
    assert tell(api, sent | {"headers": headers | {"host": "evil.example"}}) == 421
    assert tell(api, sent | {"headers": headers | {"content-encoding": "gzip"}}) == 415
    assert api.rows(MESSAGES) == [(0,)]
    assert tell(api, sent | {"headers": headers | foreign}) == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_messages_are_posted(api: Api, method):
    assert api.request(method, PATH).status_code == 405


def test_a_great_message_is_not_read_to_its_end(api: Api):
    assert api.request("POST", PATH, content=b"x" * 262_145).status_code == 413


def test_a_database_that_is_away_is_no_reason_to_forget_a_message(api: Api, monkeypatch):
    async def fail(work: Any, news: Any, terms: Any) -> None:
        raise OSError("planted")

    monkeypatch.setattr(payments, "FOLLOWS", {CardTold: fail})
    answer = api.request("POST", PATH, **message(api))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
