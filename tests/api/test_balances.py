"""What is owed is paid by hand, credited, written off, limited; a campaign that owes takes no new ad (S66, I13)."""

from typing import Any

import pytest

from tests.charging import EURO, balance, charges, clicks, lines, minutes, pay_with, proof, told
from tests.conftest import Api, codes
from tests.people import CASHIER, EDITOR, NORTH, NORTH_CARD, OPERATOR, OWNER, SPRING, SUMMER, TENT, TENT_AD

PAY = """mutation ($id: ID!, $card: ID!, $key: String!) {
  balancePay(input: {campaignId: $id, paymentMethodId: $card}) @idempotent(key: $key) {
    seq charge { id status } userErrors { code message path } } }"""
KEYLESS = """mutation ($id: ID!, $card: ID!) { balancePay(input: {campaignId: $id, paymentMethodId: $card}) {
  charge { status } userErrors { code path ... on InvalidInput { constraint } } } }"""
ADJUST = """mutation ($id: ID!, $amount: MoneyInput!, $kind: ChargeAdjustmentKind!, $key: String!) {
  chargeAdjust(input: {id: $id, amount: $amount, kind: $kind, reason: "A mistake"}) @idempotent(key: $key) {
    charge { status credited { micros } } userErrors { code message path } } }"""
REVERSE = """mutation ($id: ID!, $clicks: [ID!]!, $key: String! = "k") {
  chargeReverseClicks(input: {campaignId: $id, clickIds: $clicks, reason: "A bot"}) @idempotent(key: $key) {
    charge { amount { micros } } userErrors { code path } } }"""
LIMIT = """mutation ($id: ID!, $limit: MoneyInput) {
  creditLimitSet(input: {accountId: $id, limit: $limit, reason: "R"}) { limit { micros } userErrors { code path } } }"""
LEFT = "query ($id: ID!) { billing(accountId: $id) { creditLimit { micros } creditLeft { micros } } }"
NEW = """mutation ($campaign: ID!, $product: ID!) { adCreate(input: {campaignId: $campaign, title: "T", headline: "H",
  landing: {productId: $product}, bid: {micros: "500000", currency: "USD"}}) {
  ad { id } userErrors { code message path ... on GateNotMet { gate remedyMutation } } } }"""
REPLACE = """mutation ($id: ID!) { adReplace(input: {id: $id, changes: {title: "T"}}) {
  ad { id } userErrors { code ... on GateNotMet { gate remedyMutation } } } }"""
MAY = """query ($id: ID!) { campaign(id: $id) { permissions {
  payBalance { allowed denials { code } } createAd { allowed denials { code gate } } } } }"""


def usd(micros: int) -> dict[str, Any]:
    return {"micros": str(micros), "currency": "USD"}


def given_up(api: Api) -> str:
    """A charge of 1.00 that failed for good."""
    pay_with(api, "pretend_decline_charge")
    clicks(api, EURO)
    minutes(api)
    for days in (1, 3, 5):
        api.clock.pass_(days=days)
        minutes(api, 1)
    return charges(api)[-1]["id"]


def paid(api: Api, *prices: int) -> str:
    clicks(api, *prices)
    minutes(api)
    return charges(api)[-1]["id"]


def adjust(api: Api, id: str, micros: int, kind: str = "CREDIT", who: Any = CASHIER, key: str = "k") -> dict:
    return api(ADJUST, as_=who, id=id, amount=usd(micros), kind=kind, key=key).data["chargeAdjust"]


def test_a_campaign_that_owes_takes_no_new_ad_until_its_balance_is_paid(api: Api):
    given_up(api)
    refused = api(NEW, as_=EDITOR, campaign=SPRING, product=TENT).data["adCreate"]["userErrors"]
    assert [(each["code"], each["gate"], each["remedyMutation"]) for each in refused] == [
        ("GATE", "BALANCE_PAID", "balancePay")
    ]
    assert codes(api(REPLACE, as_=EDITOR, id=TENT_AD), "adReplace") == ["GATE"]
    assert api.rows("SELECT count(*) FROM ad WHERE created_at > '2026-11-21'") == [(0,)]
    api(PAY, as_=OWNER, id=SPRING, card=pay_with(api, "pretend_visa"), key="k")
    minutes(api)

    assert told(api, "status", "failure")[0] == ("PAID", None)
    assert api(REPLACE, as_=EDITOR, id=TENT_AD).data["adReplace"]["ad"]
    assert api.rows("SELECT DISTINCT system_stop FROM ad WHERE title = 'The tent'") == [("BILLING",)]


def test_what_may_be_done_says_so_beforehand(api: Api):
    before = api(MAY, as_=OWNER, id=SPRING).data["campaign"]["permissions"]
    given_up(api)

    assert before["createAd"]["allowed"]
    assert before["payBalance"]["denials"] == [{"code": "CONFLICT"}]
    assert api(MAY, as_=OWNER, id=SPRING).data["campaign"]["permissions"] == {
        "payBalance": {"allowed": True, "denials": []},
        "createAd": {"allowed": False, "denials": [{"code": "GATE", "gate": "BALANCE_PAID"}]},
    }
    denied = api(MAY, as_=EDITOR, id=SPRING).data["campaign"]["permissions"]["payBalance"]
    assert denied["denials"] == [{"code": "FORBIDDEN"}]


def test_a_balance_is_paid_once_however_often_it_is_asked_for(api: Api):
    given_up(api)
    card = pay_with(api, "pretend_visa")
    answers = [api(PAY, as_=OWNER, id=SPRING, card=card, key="k").data["balancePay"] for _ in range(3)]
    other = api(PAY, as_=OWNER, id=SPRING, card=card, key="other").data["balancePay"]

    assert [(each["seq"], each["charge"]["status"]) for each in answers] == [(answers[0]["seq"], "ATTEMPTING")] * 3
    assert (other["charge"], [each["code"] for each in other["userErrors"]]) == (None, ["CONFLICT"])
    minutes(api)
    assert len(told(api, "attempts")[0][0]) == 5
    assert balance(api) == (0, 0, 0)


def test_paying_takes_a_key_an_admin_a_card_and_something_that_is_owed(api: Api):
    nothing = api(PAY, as_=OWNER, id=SPRING, card=NORTH_CARD, key="k").data["balancePay"]["userErrors"]
    given_up(api)

    assert nothing[0]["message"] == "Nothing is owed for this campaign."
    (keyless,) = api(KEYLESS, as_=OWNER, id=SPRING, card=NORTH_CARD).data["balancePay"]["userErrors"]
    assert keyless == {"code": "INVALID", "path": ["@idempotent", "key"], "constraint": "required"}
    assert codes(api(PAY, as_=EDITOR, id=SPRING, card=NORTH_CARD, key="k"), "balancePay") == ["FORBIDDEN"]
    assert codes(api(PAY, as_=OWNER, id=SPRING, card=SPRING, key="k"), "balancePay") == ["NOT_FOUND"]
    assert told(api, "status")[0] == ("FAILED",)


def test_a_payment_by_hand_that_fails_leaves_what_was_planned(api: Api):
    pay_with(api, "pretend_decline_charge")
    paid(api, EURO)
    api(PAY, as_=OWNER, id=SPRING, card=pay_with(api, "pretend_no_funds"), key="k")
    minutes(api)

    ((status, failure, again), _) = told(api, "status", "failure", "nextAttemptAt")
    assert (status, failure, again) == ("FAILED", "INSUFFICIENT_FUNDS", "2026-11-21T12:01:00Z")


def test_a_credit_of_a_paid_charge_is_taken_off_the_next(api: Api):
    id = paid(api, EURO)
    assert adjust(api, id, 300_000)["charge"] == {"status": "PAID", "credited": {"micros": "300000"}}
    assert balance(api) == (0, 300_000, 0)
    clicks(api, 5 * EURO, start=5)
    minutes(api)

    assert api.rows("SELECT amount_micros FROM charge_attempt ORDER BY at") == [(EURO,), (4_700_000,)]
    assert balance(api) == (0, 0, 0)
    assert adjust(api, id, 700_000, key="rest")["charge"]["status"] == "CREDITED"
    assert proof(api)["balanced"] is True


def test_what_a_campaign_is_owed_serves_the_others_of_the_account_too(api: Api):
    adjust(api, paid(api, EURO), 1_000_000)
    other = api(NEW, as_=EDITOR, campaign=SUMMER, product=TENT).data["adCreate"]["ad"]["id"]
    clicks(api, 1_300_000, ad=other)
    minutes(api)

    assert api.rows("SELECT amount_micros, offset_micros, paid_micros FROM charge WHERE due_at IS NOT NULL") == [
        (1_000_000, 0, 1_000_000),
        (1_300_000, 1_000_000, 300_000),
    ]
    assert balance(api) == (0, 0, 0)
    assert proof(api)["balanced"] is True


@pytest.mark.parametrize(
    ("micros", "kind", "code", "path"),
    [
        (1_010_000, "CREDIT", "INVALID", ["amount", "micros"]),
        (0, "CREDIT", "INVALID", ["amount", "micros"]),
        (15_000, "CREDIT", "CONFLICT", ["amount"]),
        (10_000, "WRITE_OFF", "ILLEGAL_TRANSITION", ["id"]),
    ],
)
def test_a_charge_is_not_made_less_by_what_it_is_not(api: Api, micros, kind, code, path):
    id = paid(api, EURO)
    (problem,) = adjust(api, id, micros, kind)["userErrors"]

    assert (problem["code"], problem["path"]) == (code, path)
    assert told(api, "status", "credited")[0] == ("PAID", 0)
    assert api.rows("SELECT count(*) FROM charge_adjustment") == [(0,)]


def test_a_debt_that_is_written_off_is_owed_no_longer_and_lets_new_ads_in(api: Api):
    id = given_up(api)

    assert adjust(api, id, EURO, "WRITE_OFF")["charge"] == {"status": "WRITTEN_OFF", "credited": {"micros": "1000000"}}
    assert balance(api) == (0, 0, 0)
    assert api(REPLACE, as_=EDITOR, id=TENT_AD).data["adReplace"]["ad"]


def test_only_finance_makes_charges_less(api: Api):
    id = paid(api, EURO)

    for who in (OWNER, OPERATOR):
        assert api(ADJUST, as_=who, id=id, amount=usd(10_000), kind="CREDIT", key="k").codes == ["FORBIDDEN"]
    assert told(api, "credited")[0] == (0,)


def test_clicks_found_invalid_before_they_are_charged_are_not_charged(api: Api):
    clicks(api, 400_000, 300_000)
    first = lines(api, charges(api)[0]["id"])[0]["clickId"]
    answer = api(REVERSE, as_=CASHIER, id=SPRING, clicks=[first]).data["chargeReverseClicks"]

    assert answer == {"charge": {"amount": {"micros": "300000"}}, "userErrors": []}
    assert told(api, "amount", "reversed") == [(300_000, 400_000)]
    assert (proof(api)["validClicks"], proof(api)["balanced"], balance(api)) == ("1", True, (0, 0, 300_000))
    assert [each["invalid"] for each in lines(api, charges(api)[0]["id"])] == [True, False]


@pytest.mark.parametrize("shoppers", ["known", "NULL"])
def test_clicks_found_invalid_are_marked_among_the_events_whoever_clicked(api: Api, shoppers):
    clicks(api, 400_000, 300_000)
    if shoppers == "NULL":
        api.write("UPDATE ad_event SET shopper = NULL")
    first = lines(api, charges(api)[0]["id"])[0]["clickId"]
    api(REVERSE, as_=CASHIER, id=SPRING, clicks=[first])

    events = api.rows("SELECT price_micros, charged_micros, invalid FROM ad_event ORDER BY price_micros")
    assert events == [(300_000, 300_000, None), (400_000, 0, "REVIEWED")]


def test_clicks_found_invalid_after_they_were_charged_are_given_back_at_once(api: Api):
    id = paid(api, 604_000, 400_000)
    click = lines(api, id)[0]["clickId"]
    api(REVERSE, as_=CASHIER, id=SPRING, clicks=[click])

    assert told(api, "status", "amount", "credited") == [("PAID", EURO, 600_000), ("ACCRUING", 0, 0)]
    assert balance(api) == (0, 600_000, 0)
    again = api(REVERSE, as_=CASHIER, id=SPRING, clicks=[click], key="again")
    assert codes(again, "chargeReverseClicks") == ["CONFLICT"]
    assert (proof(api)["clickCost"], proof(api)["balanced"]) == ({"micros": "400000"}, True)
    assert balance(api) == (0, 600_000, 0)


def test_an_account_spends_no_more_than_it_may_owe_until_it_pays(api: Api):
    assert api(LIMIT, as_=CASHIER, id=NORTH, limit=usd(1_500_000)).data["creditLimitSet"]["userErrors"] == []
    clicks(api, 900_000, 900_000)
    assert balance(api) == (0, 0, 1_500_000)
    assert api(LEFT, as_=EDITOR, id=NORTH).data["billing"]["creditLeft"] == {"micros": "0"}
    minutes(api)

    assert api(LEFT, as_=EDITOR, id=NORTH).data["billing"] == {
        "creditLimit": {"micros": "1500000"},
        "creditLeft": {"micros": "1500000"},
    }
    api(LIMIT, as_=CASHIER, id=NORTH, limit=None)
    assert api(LEFT, as_=EDITOR, id=NORTH).data["billing"] == {"creditLimit": None, "creditLeft": None}


def test_finance_sees_what_is_owed_by_whom(api: Api):
    queue = "{ financeQueue(first: 5) { nodes { status amount { micros } campaign { name } } } }"
    given_up(api)

    assert api(queue, as_=CASHIER).data["financeQueue"]["nodes"] == [
        {"status": "FAILED", "amount": {"micros": "1000000"}, "campaign": {"name": "Spring"}}
    ]
    assert api(queue, as_=OWNER).codes == ["FORBIDDEN"]
