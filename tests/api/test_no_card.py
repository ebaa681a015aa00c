"""A campaign is served only while a card can be charged for it: how that comes and goes, and what auctions do (I10)."""

from tests.api.test_billing import DEFAULT, REMOVE, card
from tests.api.test_campaign_payment import BUDGET, CREATE, choose
from tests.api.test_effect import anew, seen
from tests.conftest import Api
from tests.deciding import BANNER, eventually, winners
from tests.people import (
    BAG_AD,
    EDITOR,
    ISLAND_AD,
    NORTH_CARD,
    OUTSIDER,
    OWNER,
    REVIEWER,
    SPRING,
    TENT_AD,
    without_cards,
)
from tests.registrations import do, ready

WORDS = """query ($id: ID!) { campaign(id: $id) { statusReasons { code message remedy remedyMutation } } }"""
NEW = """query ($id: ID!) { registration(id: $id) { account { id brands(first: 1) { nodes { id } } } } }"""
CODES = "query ($id: ID!) { campaign(id: $id) { statusReasons { code } } }"
RUNS = ("RUNNING", "RUNNING", [], [])
WAITS = ("ACCOUNT_INACTIVE", "ACCOUNT_INACTIVE", ["NO_PAYMENT_METHOD"], ["NO_PAYMENT_METHOD"])
EVERYBODY = sorted([TENT_AD, BAG_AD, ISLAND_AD])


def ends(api: Api, day: str = "2026-11-20", digits: str = "4242") -> None:
    """The last day of NORTH's cards that end in some digits; today, where nothing else is said."""
    mine = "account_id = (SELECT id FROM account WHERE name_key = 'north')"
    api.write(f"UPDATE payment_method SET expires_on = '{day}' WHERE {mine} AND last4 = '{digits}'")


def expired(api: Api) -> None:
    """NORTH's default has come to its last day, and the day is over."""
    ends(api)
    api.clock.pass_(hours=12)
    api.work()


def without_any(api: Api) -> None:
    """As accounts are that were there before they needed a card."""
    api.run(without_cards, api.installation)


# ---- how it comes and goes


def test_without_a_card_a_campaign_waits_and_says_what_helps(api: Api):
    without_any(api)
    anew(api)
    assert seen(api) == WAITS
    assert api(WORDS, as_=EDITOR, id=SPRING).data["campaign"]["statusReasons"] == [
        {
            "code": "NO_PAYMENT_METHOD",
            "message": "No card can be charged for it",
            "remedy": "Add a card",
            "remedyMutation": "paymentMethodAdd",
        }
    ]

    card(api)
    assert seen(api) == RUNS


def test_a_card_that_is_not_confirmed_does_not_help(api: Api):
    without_any(api)
    anew(api)
    card(api, "pretend_confirm")

    assert seen(api) == WAITS


def test_with_the_last_card_removed_it_waits_for_another(api: Api):  # S33
    api(REMOVE, as_=OWNER, id=NORTH_CARD)
    codes = ["ACCOUNT_PAYMENT_HOLD", "NO_PAYMENT_METHOD"]
    assert seen(api) == ("ACCOUNT_INACTIVE", "ACCOUNT_INACTIVE", codes, codes)

    card(api)
    assert seen(api) == RUNS


def test_a_card_is_good_on_its_last_day_and_no_longer(api: Api):
    ends(api)
    api.clock.pass_(hours=12, microseconds=-1)
    api.work()
    assert seen(api) == RUNS

    api.clock.pass_(minutes=1)
    api.work()
    assert seen(api) == WAITS
    assert api.rows("SELECT event FROM change WHERE action = 'cards.expire'") == [("PAYMENT_METHOD_EXPIRED",)]
    card(api, "pretend_amex")
    assert seen(api) == RUNS


def test_another_default_sets_it_going(api: Api):
    other = card(api, "pretend_amex")
    expired(api)
    assert seen(api) == WAITS

    api(DEFAULT, as_=OWNER, id=other)
    assert seen(api) == RUNS


def test_its_own_card_is_as_good_as_the_default(api: Api):
    other = card(api, "pretend_amex")
    choose(api, other)
    expired(api)
    assert seen(api) == RUNS

    choose(api, None)
    assert seen(api) == WAITS
    choose(api, other)
    assert seen(api) == RUNS


def test_where_its_own_card_is_past_the_default_pays(api: Api):
    choose(api, card(api, "pretend_amex"))
    ends(api, digits="0005")
    api.clock.pass_(hours=12)
    api.work()

    assert seen(api) == RUNS


def test_with_its_own_card_removed_it_follows_a_default_that_is_past(api: Api):
    other, _ = card(api, "pretend_amex"), card(api, "pretend_mastercard")
    choose(api, other)
    expired(api)
    assert seen(api) == RUNS

    api(REMOVE, as_=OWNER, id=other)
    assert seen(api) == WAITS


def test_accounts_that_were_there_before_are_told_by_the_clock(api: Api):
    without_any(api)
    api.work()

    assert seen(api) == WAITS
    assert api.rows("SELECT DISTINCT status, awaits_card FROM account") == [("ACTIVE", False)]


def test_a_test_account_needs_no_card(api: Api):  # S28
    without_any(api)
    api.write("UPDATE account SET is_sandbox = true WHERE name_key = 'north'")
    anew(api)

    assert seen(api) == RUNS


def test_an_account_of_an_approved_registration_begins_without_a_card(api: Api):  # S15
    id = ready(api)
    do(api, "registrationApprove", REVIEWER, id=id)
    account = api(NEW, as_=OUTSIDER, id=id).data["registration"]["account"]
    wanted = {"accountId": account["id"], "brandId": account["brands"]["nodes"][0]["id"], "name": "First"}
    wanted |= {"kind": "SPONSORED_SEARCH", **BUDGET, "start": "2026-11-20T12:00:00Z"}
    made = api(CREATE, as_=OUTSIDER, input=wanted).data["campaignCreate"]["campaign"]["id"]
    assert codes(api, made) == ["NO_PAYMENT_METHOD", "NO_APPROVED_AD"]

    card(api, who=OUTSIDER, id=account["id"])
    assert codes(api, made) == ["NO_APPROVED_AD"]


def codes(api: Api, id: str) -> list[str]:
    reasons = api(CODES, as_=OUTSIDER, id=id).data["campaign"]["statusReasons"]
    return [each["code"] for each in reasons]


def test_one_accounts_cards_are_nothing_to_another(api: Api):
    api(REMOVE, as_=OWNER, id=NORTH_CARD)

    assert api.rows("SELECT effective_status FROM campaign WHERE name_key = 'island'") == [("RUNNING",)]


# ---- auctions


def served(api: Api) -> list[str]:
    return sorted(winners(api, BANNER))


def test_nothing_is_served_without_a_card_and_all_of_it_again_with_one(api: Api):  # I10
    assert served(api) == EVERYBODY
    expired(api)
    assert eventually(api, lambda: served(api) == [ISLAND_AD])

    card(api, "pretend_amex")
    assert eventually(api, lambda: served(api) == EVERYBODY)
    api(REMOVE, as_=OWNER, id=NORTH_CARD)
    assert served(api) == EVERYBODY


def test_auctions_that_are_begun_with_know_it_too(api: Api):  # I10
    without_any(api)

    assert served(api) == []


def test_a_campaign_with_a_card_of_its_own_is_served_alone(api: Api):
    other = card(api, "pretend_amex")
    expired(api)
    assert eventually(api, lambda: served(api) == [ISLAND_AD])

    choose(api, other)
    assert eventually(api, lambda: served(api) == EVERYBODY)
    choose(api, None)
    assert eventually(api, lambda: served(api) == [ISLAND_AD])


def test_another_default_is_served_with_at_once(api: Api):
    other = card(api, "pretend_amex")
    expired(api)
    assert eventually(api, lambda: served(api) == [ISLAND_AD])

    api(DEFAULT, as_=OWNER, id=other)
    assert eventually(api, lambda: served(api) == EVERYBODY)
