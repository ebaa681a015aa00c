"""Cards: added by the processor's token, chosen, removed; only ADMINs see them, and no number ever gets in."""

from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.people import EDITOR, NORTH, OPERATOR, OUTSIDER, OWNER, SOUTH, SPRING, STRANGER, without_cards

ADD = """mutation ($id: ID!, $token: String!, $default: Boolean) {
  paymentMethodAdd(input: {accountId: $id, processorToken: $token, makeDefault: $default}) {
    paymentMethod { id brand funding last4 expiresOn isDefault status confirmationUrl addedAt addedBy { name } }
    userErrors { code path message ... on InvalidInput { constraint } ... on LimitExceeded { limit } } } }"""
DEFAULT = """mutation ($id: ID!) { paymentMethodSetDefault(input: {id: $id}) {
  paymentMethod { isDefault } userErrors { code path ... on IllegalTransition { insteadUse } } } }"""
REMOVE = """mutation ($id: ID!) { paymentMethodRemove(input: {id: $id}) {
  paymentMethod { status isDefault } userErrors { code path } } }"""
BILLING = """query ($id: ID!) { billing(accountId: $id) { account { displayName }
  paymentMethods { last4 isDefault status } } }"""
STATUS = "query ($id: ID!) { account(id: $id) { status statusReasons { code remedyMutation } } }"
SERVED = "query ($id: ID!) { campaign(id: $id) { effectiveStatus } }"
NUMBER = "4242 4242 4242 4242"


@pytest.fixture(scope="module")
def fill():
    return without_cards


def add(api: Api, token: str = "pretend_visa", who: Any = OWNER, id: str = NORTH, **given: Any) -> dict:
    return api(ADD, as_=who, id=id, token=token, **given).data["paymentMethodAdd"]


def card(api: Api, token: str = "pretend_visa", **given: Any) -> str:
    return add(api, token, **given)["paymentMethod"]["id"]


def cards(api: Api) -> list[tuple]:
    rows = api(BILLING, as_=OWNER, id=NORTH).data["billing"]["paymentMethods"]
    return [(each["last4"], each["isDefault"], each["status"]) for each in rows]


def status(api: Api, who: Any = OWNER) -> str:
    return api(STATUS, as_=who, id=NORTH).data["account"]["status"]


def test_a_card_is_added_by_its_token_and_the_first_is_the_default(api: Api):
    assert add(api)["paymentMethod"] | {"id": ""} == {
        "id": "",
        "brand": "VISA",
        "funding": "CREDIT",
        "last4": "4242",
        "expiresOn": "2029-11-30",
        "isDefault": True,
        "status": "ACTIVE",
        "confirmationUrl": None,
        "addedAt": "2026-11-20T12:00:00Z",
        "addedBy": None,
    }
    assert add(api, "pretend_amex")["paymentMethod"]["isDefault"] is False
    assert add(api, "pretend_mastercard", default=True)["paymentMethod"]["isDefault"] is True
    assert cards(api) == [("4242", False, "ACTIVE"), ("0005", False, "ACTIVE"), ("4444", True, "ACTIVE")]


def test_a_card_that_wants_a_confirmation_cannot_be_charged_yet(api: Api):
    waiting = add(api, "pretend_confirm")["paymentMethod"]

    assert (waiting["status"], waiting["isDefault"]) == ("ACTION_REQUIRED", False)
    assert waiting["confirmationUrl"] == "http://127.0.0.1:8000/dev/payments/confirm/card/pretend_confirm"
    assert codes(api(DEFAULT, as_=OWNER, id=waiting["id"]), "paymentMethodSetDefault") == ["CONFLICT"]
    assert cards(api) == [("3155", False, "ACTION_REQUIRED")]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("pretend_declined", "declined by its bank"),
        ("pretend_expired", "has expired"),
        ("pretend_unknown", "does not know this token"),
        ("", "1 to 255 characters"),
        ("t" * 256, "1 to 255 characters"),
        (NUMBER, "looks like a card number"),
    ],
)
def test_what_cannot_be_charged_is_refused_with_the_reason(api: Api, token, said):
    refused = add(api, token)

    (error,) = refused["userErrors"]
    assert (refused["paymentMethod"], error["code"], error["path"]) == (None, "INVALID", ["processorToken"])
    assert said in error["message"]
    assert api.rows("SELECT count(*) FROM payment_method") == api.rows("SELECT count(*) FROM change") == [(0,)]


def test_a_card_number_is_kept_nowhere_not_even_with_a_key(api: Api, caplog):
    document = ADD.replace("$default})", '$default}) @idempotent(key: "k")')
    answer = api(document, as_=OWNER, id=NORTH, token=NUMBER)

    assert "4242" not in answer.body["data"]["paymentMethodAdd"]["userErrors"][0]["message"]
    assert "4242" not in caplog.text
    for (table,) in api.rows(TABLES[api.installation.database.dialect.name]):
        assert "4242 4242" not in str(api.rows(f'SELECT * FROM "{table}"'))


TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


def test_history_knows_the_card_without_its_token(api: Api):
    add(api)

    ((event, after),) = api.rows("SELECT event, after FROM change")
    assert event == "PAYMENT_METHOD_ADDED"
    assert "4242" in str(after)
    assert "pretend_visa" not in str(after)


def test_the_same_card_is_not_added_twice_until_it_was_removed(api: Api):
    id = card(api)
    assert [(e["code"], e["path"]) for e in add(api)["userErrors"]] == [("CONFLICT", ["processorToken"])]

    api(REMOVE, as_=OWNER, id=id)
    assert add(api)["userErrors"] == []


def test_a_key_adds_one_card_however_often_it_is_sent(api: Api):
    document = ADD.replace("$default})", '$default}) @idempotent(key: "k")')
    first, again = (api(document, as_=OWNER, id=NORTH, token="pretend_visa").data for _ in range(2))

    assert first == again
    assert api.rows("SELECT count(*) FROM payment_method") == [(1,)]


def test_the_processor_is_asked_before_the_transaction_or_not_at_all(api: Api):
    document = f"""mutation @atomic {{
      a: campaignPause(input: {{id: "{SPRING}"}}) {{ userErrors {{ code }} }}
      b: paymentMethodAdd(input: {{accountId: "{NORTH}", processorToken: "pretend_visa"}}) {{ userErrors {{ code }} }}
    }}"""
    answer = api(document, as_=OWNER)

    assert answer.data == {name: {"userErrors": [{"code": "CONFLICT"}]} for name in "ab"}
    assert api.rows("SELECT count(*) FROM payment_method") == api.rows("SELECT count(*) FROM change") == [(0,)]


def test_an_account_has_room_for_twenty_cards(api: Api):
    for number in range(20):
        card(api, f"pretend_visa.{number}")

    (error,) = add(api)["userErrors"]
    assert (error["code"], error["limit"]) == ("LIMIT", 20)
    assert api.rows("SELECT count(*) FROM payment_method") == [(20,)]


# ---- choosing and removing


def test_another_card_is_chosen(api: Api):
    card(api)
    other = card(api, "pretend_amex")
    chosen = api(DEFAULT, as_=OWNER, id=other).data["paymentMethodSetDefault"]

    assert chosen == {"paymentMethod": {"isDefault": True}, "userErrors": []}
    assert cards(api) == [("4242", False, "ACTIVE"), ("0005", True, "ACTIVE")]
    assert codes(api(DEFAULT, as_=OWNER, id=other), "paymentMethodSetDefault") == []
    assert api.rows("SELECT count(*) FROM change WHERE event = 'PAYMENT_METHOD_MADE_DEFAULT'") == [(1,)]


def test_the_default_is_removed_last_and_then_serving_waits_for_another_card(api: Api):
    first, other = card(api), card(api, "pretend_amex")
    assert codes(api(REMOVE, as_=OWNER, id=first), "paymentMethodRemove") == ["CONFLICT"]
    assert api(REMOVE, as_=OWNER, id=other).data["paymentMethodRemove"]["paymentMethod"]["status"] == "REMOVED"
    assert status(api) == "ACTIVE"

    gone = api(REMOVE, as_=OWNER, id=first).data["paymentMethodRemove"]["paymentMethod"]
    assert gone == {"status": "REMOVED", "isDefault": False}
    assert (status(api), cards(api)) == ("PAYMENT_HOLD", [])
    assert api(SERVED, as_=OWNER, id=SPRING).data["campaign"]["effectiveStatus"] == "ACCOUNT_INACTIVE"
    card(api, "pretend_mastercard")
    assert (status(api), cards(api)) == ("ACTIVE", [("4444", True, "ACTIVE")])
    assert api(SERVED, as_=OWNER, id=SPRING).data["campaign"]["effectiveStatus"] == "RUNNING"


def test_a_card_that_could_not_be_charged_is_missed_by_nobody(api: Api):
    api(REMOVE, as_=OWNER, id=card(api, "pretend_confirm"))

    assert status(api) == "ACTIVE"


def test_only_a_card_that_can_be_charged_ends_the_wait(api: Api):
    api(REMOVE, as_=OWNER, id=card(api))
    card(api, "pretend_confirm")

    assert api(STATUS, as_=OWNER, id=NORTH).data["account"] == {
        "status": "PAYMENT_HOLD",
        "statusReasons": [{"code": "ACCOUNT_PAYMENT_HOLD", "remedyMutation": "paymentMethodAdd"}],
    }


def test_a_removed_card_stays_removed(api: Api):
    gone = card(api)
    api(REMOVE, as_=OWNER, id=gone)

    for document, name in ((REMOVE, "paymentMethodRemove"), (DEFAULT, "paymentMethodSetDefault")):
        assert codes(api(document, as_=OWNER, id=gone), name) == ["ILLEGAL_TRANSITION"]
    assert api.rows("SELECT count(*) FROM change WHERE event = 'PAYMENT_METHOD_REMOVED'") == [(1,)]


def test_a_card_past_its_last_day_is_expired_by_time_alone(api: Api):
    old = card(api)
    api.clock.pass_(days=3 * 370)
    api.write("UPDATE session SET expires_at = '2030-01-01 00:00:00.000000'")

    assert cards(api) == [("4242", True, "EXPIRED")]
    refused = api(DEFAULT, as_=OWNER, id=old).data["paymentMethodSetDefault"]["userErrors"]
    assert refused == [{"code": "ILLEGAL_TRANSITION", "path": ["id"], "insteadUse": "paymentMethodAdd"}]
    add(api, "pretend_amex")
    assert cards(api) == [("4242", False, "EXPIRED"), ("0005", True, "ACTIVE")]


# ---- who


def test_an_editor_sees_that_there_is_billing_and_no_card(api: Api):
    id = card(api)
    answer = api(BILLING, as_=EDITOR, id=NORTH)

    assert answer.data == {"billing": {"account": {"displayName": "North"}, "paymentMethods": None}}
    assert (answer.codes, answer.errors[0]["path"]) == (["FORBIDDEN"], ["billing", "paymentMethods"])
    for document, name in ((REMOVE, "paymentMethodRemove"), (DEFAULT, "paymentMethodSetDefault")):
        assert codes(api(document, as_=EDITOR, id=id), name) == ["FORBIDDEN"]
    assert cards(api) == [("4242", True, "ACTIVE")]


@pytest.mark.parametrize("token", ["pretend_visa", "pretend_declined"])
@pytest.mark.parametrize("who", [EDITOR, STRANGER, OUTSIDER, OPERATOR], ids=lambda who: who.key)
def test_for_others_the_processor_is_not_even_asked(api: Api, who, token):
    refused = add(api, token, who=who)

    code, path = ("FORBIDDEN", ["accountId"]) if who is EDITOR else ("NOT_FOUND", ["accountId"])
    assert [(error["code"], error["path"]) for error in refused["userErrors"]] == [(code, path)]
    assert api.rows("SELECT count(*) FROM payment_method") == [(0,)]


@pytest.mark.parametrize("who", [EDITOR, STRANGER], ids=lambda who: who.key)
def test_a_card_number_is_the_first_that_is_refused_whoever_sends_it(api: Api, who):
    (error,) = add(api, NUMBER, who=who)["userErrors"]

    assert (error["code"], error["path"], error["constraint"]) == ("INVALID", ["processorToken"], "no card number")
    assert api.rows("SELECT count(*) FROM payment_method") == [(0,)]


def test_strangers_find_no_billing_and_no_card(api: Api):
    id = card(api)

    assert api(BILLING, as_=STRANGER, id=NORTH).body == {"data": {"billing": None}}
    assert api(BILLING, as_=OWNER, id=SOUTH).body == {"data": {"billing": None}}
    assert codes(api(REMOVE, as_=STRANGER, id=id), "paymentMethodRemove") == ["NOT_FOUND"]


@pytest.mark.parametrize("account_status", ["SUSPENDED", "CLOSED"])
def test_an_account_that_may_do_nothing_takes_no_card(api: Api, account_status):
    id = card(api)
    api.write(f"UPDATE account SET status = '{account_status}'")

    assert [error["code"] for error in add(api, "pretend_amex")["userErrors"]] == ["GATE"]
    assert cards(api) == [("4242", True, "ACTIVE")]
    assert codes(api(REMOVE, as_=OWNER, id=id), "paymentMethodRemove") == []


def test_everybody_sees_which_cards_are_taken(api: Api):
    options = api("{ paymentOptions { brand funding } }").data["paymentOptions"]

    assert {"brand": "VISA", "funding": "DEBIT"} in options
    assert (len(options), {each["funding"] for each in options}) == (14, {"CREDIT", "DEBIT"})
