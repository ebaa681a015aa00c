"""What follows from moderation: letters to those concerned, and the look at the page that an ad leads to."""

import pytest

from app.jobs.moderation import Landings
from app.resolvers.moderation import submitting
from tests.conftest import Api
from tests.moderating import CLAIMS, Shop, appeal, claim, claimed, decide, decided, in_state, queued, stop, world
from tests.people import BOTH, DRAFT_AD, EDITOR, MODERATOR, NORTH, OWNER, SECOND, STRANGER

MUTE = """mutation ($account: ID!) { notificationPreferencesSet(
  input: {accountId: $account, muted: [MODERATION_RESULT]}) { userErrors { code } } }"""
LEAVE = "mutation ($account: ID!) { membershipLeave(input: {accountId: $account}) { ok } }"


def subjects(api: Api, *people) -> list[list[str]]:
    return [[letter.subject for letter in api.mail(person.email)] for person in people]


def text(api: Api) -> str:
    """What the newest letter to EDITOR says, on one line."""
    return " ".join(api.mail(EDITOR.email)[0].text.split())


@pytest.mark.parametrize(("decision", "subject"), [("APPROVE", "approved"), ("REJECT", "not approved")])
def test_who_submitted_it_and_the_admins_are_told(api: Api, decision, subject):  # S24, S56
    decided(api, decision)

    told = [f"The stove: {subject}"]
    assert subjects(api, EDITOR, OWNER, BOTH, STRANGER, MODERATOR) == [told, told, [], [], []]


def test_nobody_is_told_who_mutes_it_or_has_left(api: Api):
    case = claimed(api)
    api(MUTE, as_=OWNER, account=NORTH)
    api(LEAVE, as_=EDITOR, account=NORTH)
    decide(api, case)

    assert subjects(api, EDITOR, OWNER) == [[], []]


def test_a_rejection_says_what_was_found_and_both_ways_out(api: Api):
    decided(api, "REJECT")
    said = text(api)

    assert 'the ad "The stove" of the campaign "Spring" is not approved' in said
    assert (
        '1. headline, "along": Nobody can check it. Leave it out. (rule CLAIM-1, https://shop.example/ad-policy#CLAIM-1)'
        in said
    )
    assert "replace it by one that mends this. If you think that we are wrong, appeal once" in said
    assert "MODERATOR" not in said
    assert MODERATOR.name not in said


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("APPROVED", "is approved. It is shown as soon as its campaign runs. Nothing is left to do."),
        ("APPROVED AFTER ALL", "again and approved it after all."),
        ("REJECTED AGAIN", "came to the same result: it is not approved."),
    ],
)
def test_an_approval_and_a_second_look_have_their_own_words(api: Api, state, words):
    in_state(api, state)
    letters = [" ".join(letter.text.split()) for letter in api.mail(EDITOR.email)]

    assert [words in letter for letter in letters].count(True) == 1


def test_a_stop_says_why(api: Api):
    decided(api)
    stop(api, DRAFT_AD)

    assert "was stopped for good, because it breaks the ad policy: Recalled." in text(api)
    assert subjects(api, EDITOR) == [["The stove: stopped for good", "The stove: approved"]]


@pytest.mark.parametrize("word", ["<b>tent</b>", "{{ name }}", "Tent & co"])
def test_what_advertisers_write_is_shown_as_it_is(api: Api, word):
    change = "mutation ($id: ID!, $changes: AdChangesInput!) { adUpdate(input: {id: $id, changes: $changes}) { seq } }"
    api(change, as_=EDITOR, id=DRAFT_AD, changes={"title": word})
    decided(api, "REJECT")

    (letter,) = api.mail(EDITOR.email)
    assert letter.subject == f"{word}: not approved"
    assert "<b>tent" not in letter.html


# ---- the page that an ad leads to


def shop(api: Api, said: str | None) -> Shop:
    made = Shop(said, [])
    handler = Landings(api.installation.policy, made).check
    api.installation.runner._handlers[submitting.CHECK_LANDING] = handler
    return made


CASE = """query ($id: ID!) { node(id: $id) { ... on ModerationCase { version status
  findings { ruleId field evidence automatic } } } }"""


def test_a_page_that_does_not_answer_stands_beside_the_case(api: Api):
    pages, case = shop(api, "it answered with the status 404"), queued(api)
    claim(api, case)
    api.work()

    finding = {
        "ruleId": "LANDING-2",
        "field": "landing",
        "evidence": "it answered with the status 404",
        "automatic": True,
    }
    seen = api(CASE, as_=MODERATOR, id=case).data["node"]
    assert pages.asked == ["https://shop.example/products/N-3"]
    assert seen == {"version": 3, "status": "CLAIMED", "findings": [finding]}
    assert decide(api, case, expectedVersion=2)["userErrors"][0]["code"] == "STALE_VERSION"


def test_a_page_that_answers_leaves_nothing(api: Api):
    case = queued(api)
    pages = shop(api, None)
    before = world(api)[:5]
    api.work()

    assert (len(pages.asked), world(api)[:5]) == (1, before)
    assert api(CASE, as_=MODERATOR, id=case).data["node"]["findings"] == []


def test_after_the_decision_no_page_is_asked_for(api: Api):
    pages = shop(api, "gone")
    decided(api)
    before = world(api)[:5]
    api.work()

    assert (pages.asked, world(api)[:5]) == ([], before)


def test_what_a_rule_found_stays_beside_a_later_decision(api: Api):
    shop(api, "gone")
    case = queued(api)
    api.work()
    claim(api, case)
    decide(api, case, "REJECT")
    appeal(api)
    claim(api, case, SECOND)
    seen = decide(api, case, "REJECT", SECOND, findings=[{**CLAIMS, "field": "title"}])["moderationCase"]

    assert [(each["ruleId"], each["field"]) for each in seen["findings"]] == [
        ("LANDING-2", "landing"),
        ("CLAIM-1", "title"),
    ]
