"""Charges: closed at thresholds and month ends, paid by cards, tried again, given up; down to each click (S63-S66)."""

from hashlib import sha256

from tests.charging import EURO, balance, charges, clicks, lines, minutes, pay_with, proof, told
from tests.conftest import Api
from tests.people import EDITOR, NORTH, OWNER, SPRING, STRANGER, TENT_AD

STOPS = "SELECT DISTINCT system_stop FROM ad JOIN campaign c ON c.id = campaign_id WHERE c.name = 'Spring' ORDER BY 1"
AUCTIONS = "SELECT name FROM campaign WHERE effective_status = 'RUNNING' AND name = 'Spring'"
MONEY = """query ($id: ID!) { campaign(id: $id) {
  unbilled { micros } nextThreshold { micros } balanceDue { micros } } }"""


def test_a_campaign_is_charged_at_its_threshold_and_then_at_a_higher_one(api: Api):
    clicks(api, 400_000, 500_000)
    minutes(api)
    assert told(api, "status", "amount") == [("ACCRUING", 900_000)]
    clicks(api, 255_555, start=2)
    minutes(api)

    assert told(api, "status", "cause", "amount", "carriedIn", "carriedOut", "threshold") == [
        ("PAID", "THRESHOLD", 1_150_000, 0, 5_555, EURO),
        ("ACCRUING", None, 5_555, 5_555, 0, 5 * EURO),
    ]
    assert balance(api) == (0, 0, 5_555)
    assert proof(api)["balanced"] is True


def test_the_threshold_climbs_with_each_charge_that_was_paid(api: Api):
    for place, price in enumerate((1, 5, 10, 20, 40)):
        clicks(api, price * EURO // 2, price * EURO // 2, start=2 * place)
        minutes(api)

    assert told(api, "status", "threshold") == [
        *[("PAID", each * EURO) for each in (1, 5, 10, 20, 40)],
        ("ACCRUING", 80 * EURO),
    ]
    found = api(MONEY, as_=OWNER, id=SPRING).data["campaign"]
    assert {name: int(each["micros"]) for name, each in found.items()} == {
        "unbilled": 0,
        "nextThreshold": 80 * EURO,
        "balanceDue": 0,
    }


def test_what_no_threshold_has_caught_is_charged_when_the_account_s_month_ends(api: Api):
    api.write("UPDATE account SET time_zone = 'America/New_York' WHERE name_key = 'north'")
    clicks(api, 420_000)
    api.clock.now = api.clock.now.replace(month=12, day=1, hour=4, minute=58)  # 23:58 in New York
    minutes(api, 1)
    assert told(api, "status") == [("ACCRUING",)]
    minutes(api, 2)

    assert told(api, "status", "cause", "amount") == [("PAID", "MONTH_END", 420_000), ("ACCRUING", None, 0)]
    assert int(api(MONEY, as_=OWNER, id=SPRING).data["campaign"]["nextThreshold"]["micros"]) == EURO


def test_a_charge_that_fails_is_tried_again_by_schedule_and_then_given_up(api: Api):
    pay_with(api, "pretend_decline_charge")
    clicks(api, EURO)
    minutes(api)
    assert told(api, "status", "failure", "nextAttemptAt")[0] == ("FAILED", "DECLINED", "2026-11-21T12:01:00Z")
    assert api.rows(STOPS) == [("NONE",), ("OUT_OF_STOCK",)]
    for days in (1, 3, 5):
        api.clock.pass_(days=days)
        minutes(api, 1)

    ((status, attempts, again), _) = told(api, "status", "attempts", "nextAttemptAt")
    assert (status, [each["failure"] for each in attempts], again) == ("FAILED", ["DECLINED"] * 4, None)
    assert balance(api) == (EURO, 0, 0)
    assert api.rows(STOPS) == [("BILLING",), ("NONE",), ("OUT_OF_STOCK",)]  # a draft is not stopped
    assert api.rows(AUCTIONS) == []


def test_the_admins_are_told_of_each_failure_and_of_the_end(api: Api):
    pay_with(api, "pretend_no_funds")
    clicks(api, EURO)
    minutes(api)
    first = api.mail(OWNER.email)[0]
    for days in (1, 3, 5):
        api.clock.pass_(days=days)
        minutes(api, 1)
    last = api.mail(OWNER.email)[0]

    assert first.subject == last.subject == "Spring: 1.00 USD could not be charged"
    words, ending = " ".join(first.text.split()), " ".join(last.text.split())
    assert "could not be charged: the card does not have enough funds. We try again on 2026-11-21." in words
    assert "This was the last attempt, so the ads of the campaign were stopped for good." in ending
    assert api.mail(EDITOR.email) == []


def test_a_charge_whose_answer_never_came_is_asked_about_and_paid_once(api: Api):
    pay_with(api, "pretend_timeout")
    clicks(api, EURO)
    minutes(api, 4)

    ((status, attempts), _) = told(api, "status", "attempts")
    assert (status, [each["succeeded"] for each in attempts]) == ("PAID", [True])
    assert api.rows("SELECT count(*) FROM ledger_transfer WHERE kind = 'PAYMENT'") == [(1,)]


def test_without_a_card_nothing_is_asked_of_anybody_and_the_charge_fails(api: Api):
    api.write("UPDATE payment_method SET expires_on = '2026-11-19'")
    clicks(api, EURO)
    minutes(api)

    assert told(api, "status", "failure")[0] == ("FAILED", "NO_PAYMENT_METHOD")
    pay_with(api, "pretend_visa")
    api.clock.pass_(days=1)
    minutes(api, 1)
    assert told(api, "status", "failure")[0] == ("PAID", None)


def test_the_next_charge_waits_until_the_one_before_is_settled(api: Api):
    card = pay_with(api, "pretend_decline_charge")
    clicks(api, EURO)
    minutes(api)
    clicks(api, 9 * EURO, start=1)
    minutes(api)
    assert told(api, "status", "amount") == [("FAILED", EURO), ("ACCRUING", 9 * EURO)]
    pay_with(api, "pretend_visa")
    api.clock.pass_(days=1)
    minutes(api)

    assert told(api, "status", "amount", "threshold")[:2] == [("PAID", EURO, EURO), ("PAID", 9 * EURO, 5 * EURO)]
    assert card


def test_a_charge_expands_to_its_clicks_and_its_digest_is_made_of_them(api: Api):
    clicks(api, 600_000, 500_000)
    minutes(api)
    paid = charges(api)[-1]
    found, digest = lines(api, paid["id"]), ""
    for each in found:
        said = (digest, each["clickId"], each["adId"], each["auctionId"], each["at"], each["cost"]["micros"])
        digest = sha256(" ".join(said).encode()).hexdigest()

    assert [(each["adId"], each["cost"]["micros"], each["invalid"]) for each in found] == [
        (TENT_AD, "600000", False),
        (TENT_AD, "500000", False),
    ]
    assert paid["digest"] == digest
    assert proof(api)["digest"] == sha256(f"{paid['id']} {digest}".encode()).hexdigest()


def test_a_click_that_is_told_twice_is_on_one_line(api: Api):
    for _ in range(2):
        clicks(api, 300_000)

    assert (proof(api)["validClicks"], proof(api)["clickCost"]) == ("1", {"micros": "300000"})
    assert balance(api) == (0, 0, 300_000)


def test_charges_are_the_members_own(api: Api):
    clicks(api, EURO)
    minutes(api)
    id = charges(api, EDITOR)[0]["id"]
    mine = "query ($id: ID!) { charge(id: $id) { status paymentMethod { last4 } } }"

    assert api(mine, as_=STRANGER, id=id).data == {"charge": None}
    assert api("query ($id: ID!) { billing(accountId: $id) { unbilled { micros } } }", as_=STRANGER, id=NORTH).data == {
        "billing": None
    }
    seen = api(mine, as_=EDITOR, id=id)
    assert (seen.data["charge"]["paymentMethod"], seen.codes) == (None, ["FORBIDDEN"])


def test_test_accounts_are_never_charged(api: Api):
    api.write("UPDATE account SET is_sandbox = true WHERE name_key = 'north'")
    clicks(api, 3 * EURO)
    minutes(api)

    assert told(api, "status", "amount") == [("ACCRUING", 3 * EURO)]


def test_only_admins_see_where_a_payment_is_confirmed(api: Api):
    pay_with(api, "pretend_confirm_payment")
    clicks(api, EURO)
    minutes(api)
    seen = "query ($id: ID!) { charge(id: $id) { failure attempts { failure confirmationUrl } } }"
    admin, editor = (api(seen, as_=who, id=charges(api)[-1]["id"]) for who in (OWNER, EDITOR))

    assert admin.data["charge"]["failure"] == "CONFIRMATION_REQUIRED"
    assert "/dev/payments/confirm/payment/" in admin.data["charge"]["attempts"][0]["confirmationUrl"]
    assert (editor.data["charge"]["attempts"][0]["confirmationUrl"], editor.codes) == (None, ["FORBIDDEN"])
