"""ADMINs are told 30 days before a card's last day, once, where something is charged to it."""

from typing import Any

import pytest

from tests.api.test_billing import card
from tests.api.test_campaign_payment import choose
from tests.api.test_no_card import ends
from tests.conftest import Api
from tests.people import BOTH, EDITOR, NORTH, OWNER, STRANGER, SUMMER

SUBJECT = "A card of North expires soon"
MUTE = """mutation ($id: ID!, $kinds: [EmailKind!]!) {
  notificationPreferencesSet(input: {accountId: $id, muted: $kinds}) { userErrors { code } } }"""
HISTORY = """query ($id: ID!) { changeEvents(accountId: $id, last: 9, filter: {actions: ["cards.warn"]}) {
  nodes { actor after revertible { denials { message } } } } }"""
ARCHIVE = 'mutation { campaignArchive(input: {id: "%s"}) { userErrors { code } } }'


def warned(api: Api, who: Any = OWNER) -> int:
    """How many letters about cards somebody has; time goes on until the task has run again."""
    api.clock.pass_(hours=6)
    api.work()
    return [letter.subject for letter in api.mail(who.email)].count(SUBJECT)


@pytest.mark.parametrize(
    ("day", "letters"), [("2026-12-20", 1), ("2026-12-21", 0), ("2026-11-20", 1), ("2026-11-19", 0)]
)
def test_the_letter_goes_out_30_days_before_the_last_day_and_never_after_it(api: Api, day, letters):
    ends(api, day)

    assert warned(api) == letters


def test_it_goes_out_once_and_to_admins_alone(api: Api):
    ends(api, "2026-12-01")

    assert [warned(api) for _ in range(3)] == [1, 1, 1]
    assert warned(api, EDITOR) == warned(api, STRANGER) == warned(api, BOTH) == 0


def test_what_it_says(api: Api):
    ends(api, "2026-12-01")
    api.work()
    (letter,) = api.mail(OWNER.email)

    assert letter.subject == SUBJECT
    words = " ".join(letter.text.split())
    assert (
        "Hello Ada Owner, the Visa card ending in 4242, which campaigns of North are charged to, can be charged"
        in words
    )
    assert "until 2026-12-01. Add another card before then" in words
    assert "Stop mail of this kind" in letter.html


def test_history_tells_of_it(api: Api):
    ends(api, "2026-12-01")
    api.work()
    (told,) = api(HISTORY, as_=OWNER, id=NORTH).data["changeEvents"]["nodes"]

    assert (told["actor"], told["after"]) == ("Endcap", {"warnedAt": "2026-11-20T12:00:00+00:00"})
    assert "`paymentMethodAdd`" in told["revertible"]["denials"][0]["message"]


def test_a_card_that_nothing_is_charged_to_goes_without_notice(api: Api):
    other = card(api, "pretend_amex")
    ends(api, "2026-12-01", "0005")
    assert warned(api) == 0

    choose(api, other, campaign=SUMMER)
    assert warned(api) == 1


def test_an_archived_campaign_is_charged_nothing_any_more(api: Api):
    choose(api, card(api, "pretend_amex"), campaign=SUMMER)
    ends(api, "2026-12-01", "0005")
    assert api(ARCHIVE % SUMMER, as_=OWNER).data["campaignArchive"]["userErrors"] == []

    assert warned(api) == 0


def test_whoever_muted_the_kind_is_not_mailed(api: Api):  # S24
    answer = api(MUTE, as_=OWNER, id=NORTH, kinds=["PAYMENT_METHOD_EXPIRING"])
    assert answer.data["notificationPreferencesSet"]["userErrors"] == []
    ends(api, "2026-12-01")

    assert warned(api) == 0
    assert api.rows("SELECT count(*) FROM change WHERE event = 'PAYMENT_METHOD_EXPIRING'") == [(1,)]


@pytest.mark.parametrize("state", ["is_sandbox = true", "status = 'CLOSED'"])
def test_where_no_real_money_is_charged_nobody_is_warned(api: Api, state):  # S28
    api.write(f"UPDATE account SET {state} WHERE name_key = 'north'")
    ends(api, "2026-12-01")

    assert warned(api) == 0
