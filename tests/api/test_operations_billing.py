"""The documents of the pages for charges and of FINANCE's desk, as an app would send them, with exact answers."""

from tests.api.test_operations import answer
from tests.charging import EURO, clicks, minutes, pay_with
from tests.conftest import Api
from tests.people import CASHIER, EDITOR, NORTH, OWNER, SPRING

DOLLAR = {"micros": "1000000", "currency": "USD"}
CENT = {"micros": "10000", "currency": "USD"}


def owed(api: Api) -> str:
    """The id of a charge of 1.00 that could not be paid."""
    pay_with(api, "pretend_decline_charge")
    clicks(api, EURO)
    minutes(api)
    return answer(api, "Charges", EDITOR, accountId=NORTH)["billing"]["charges"]["nodes"][1]["id"]


def test_the_page_of_charges(api: Api):
    id = owed(api)
    page = answer(api, "Charges", EDITOR, accountId=NORTH, filter={"status": ["FAILED"]})["billing"]["charges"]
    charge = answer(api, "Charge", EDITOR, id=id)["charge"]
    proof = answer(api, "BillingProof", EDITOR, accountId=NORTH)["billing"]["proof"]

    assert [(each["id"], each["failure"], each["campaign"]["name"]) for each in page["nodes"]] == [
        (id, "DECLINED", "Spring")
    ]
    assert [line["cost"] for line in charge["lines"]["nodes"]] == [DOLLAR]
    assert (charge["amount"]["decimal"], charge["attempts"][0]["failure"]) == ("1.00", "DECLINED")
    assert (proof["clickCost"], proof["charged"], proof["balanced"]) == (DOLLAR, DOLLAR, True)


def test_paying_a_balance(api: Api):
    owed(api)
    given = {"campaignId": SPRING, "paymentMethodId": pay_with(api, "pretend_visa")}
    begun = answer(api, "BalancePay", input=given, key="k")["balancePay"]
    minutes(api)

    assert (begun["charge"]["status"], begun["userErrors"]) == ("ATTEMPTING", [])
    page = answer(api, "Billing", OWNER, accountId=NORTH)["billing"]
    assert (page["balance"]["micros"], page["ladder"][0]) == (
        "0",
        {"step": 1, "amount": DOLLAR, "totalBudgetShare": None},
    )
    assert page["ladder"][-1] == {"step": 7, "amount": None, "totalBudgetShare": "0.1"}


def test_the_desk_of_finance(api: Api):
    id = owed(api)
    line = answer(api, "Charge", id=id)["charge"]["lines"]["nodes"][0]["clickId"]
    queue = answer(api, "FinanceQueue", CASHIER)["financeQueue"]
    credited = answer(api, "ChargeAdjust", CASHIER, input={"id": id, "amount": CENT, "reason": "R"}, key="k")
    given = {"campaignId": SPRING, "clickIds": [line], "reason": "A bot"}
    reversed_ = answer(api, "ChargeReverseClicks", CASHIER, input=given, key="r")["chargeReverseClicks"]
    limited = answer(api, "CreditLimitSet", CASHIER, input={"accountId": NORTH, "limit": DOLLAR, "reason": "R"})

    assert [(each["id"], each["status"]) for each in queue["nodes"]] == [(id, "FAILED")]
    assert credited["chargeAdjust"]["charge"] == {"id": id, "status": "FAILED", "credited": CENT}
    assert reversed_["charge"]["amount"] == {"micros": "0", "currency": "USD"}
    assert limited["creditLimitSet"]["limit"] == DOLLAR
    assert answer(api, "FinanceQueue", CASHIER)["financeQueue"]["nodes"] == []
