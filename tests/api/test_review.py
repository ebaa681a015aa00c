"""The reviewers' desk: one queue, one reviewer a case, questions that stop the clock, and decisions."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Api
from tests.people import NORTH, OPERATOR, OUTSIDER, OWNER, REVIEWER, SECOND_REVIEWER, STRANGER
from tests.registrations import accept, claimed, do, draft, gates, kept, ready, state, submitted, wish

QUEUE = """query ($filter: RegistrationFilter, $sort: RegistrationSort) {
  reviewQueue(first: 10, filter: $filter, sort: $sort) {
  nodes { brandName queuePosition overdue applicant { email } claimedBy { name } staffNotes { note author { name } } }
  totalCount { value } } }"""
VIEWER = (
    "{ viewer { memberships { level organization { name kind } account { displayName currency timeZone status } } } }"
)
SERVICE = """mutation ($input: ServiceLevelSetInput!) { serviceLevelSet(input: $input) {
  serviceLevel { kind duration businessDays } userErrors { code path } } }"""


def queue(api: Api, who: Any = REVIEWER, **asked: Any) -> list[Any]:
    return api(QUEUE, as_=who, **asked).data["reviewQueue"]["nodes"]


def names(api: Api, **asked: Any) -> list[str]:
    return [each["brandName"] for each in queue(api, **asked)]


def codes(payload: Any) -> list[str]:
    return [each["code"] for each in payload["userErrors"]]


# ---- the queue


def test_the_queue_is_ordered_by_due_time_and_shows_no_drafts(api: Api):
    submitted(api, brandName="First")
    api.clock.pass_(hours=1)
    submitted(api, STRANGER, brandName="Second")
    draft(api, brandName="Draft")

    assert [(each["brandName"], each["queuePosition"]) for each in queue(api)] == [("First", 1), ("Second", 2)]
    assert queue(api)[0]["applicant"] == {"email": OUTSIDER.email}
    assert names(api, sort="SUBMITTED_DESC") == ["Second", "First"]
    assert names(api, filter={"status": ["DRAFT"]}) == []


def test_the_queue_is_searched_and_filtered(api: Api):
    claimed(api, brandName="Claimed", vendorCode="CODE")
    submitted(api, STRANGER, brandName="Free")
    expected = {"MINE": ["Claimed"], "UNCLAIMED": ["Free"], "CLAIMED": ["Claimed"]}

    assert {whose: names(api, filter={"claimed": whose}) for whose in expected} == expected
    assert [each["brandName"] for each in queue(api, SECOND_REVIEWER, filter={"claimed": "MINE"})] == []
    found = {word: names(api, filter={"query": word}) for word in ("free", "cod", "stranger", "nothing")}
    assert found == {"free": ["Free"], "cod": ["Claimed"], "stranger": ["Free"], "nothing": []}
    assert names(api, filter={"path": ["KDP"]}) == []
    assert names(api, filter={"replacesAccount": True}) == []
    assert len(names(api, filter={"replacesAccount": False})) == 2


def test_what_is_late_is_overdue_and_can_be_asked_for(api: Api):
    id = submitted(api)
    assert names(api, filter={"overdue": True}) == []
    api.clock.pass_(hours=48, seconds=1)

    assert names(api, filter={"overdue": True}) == ["Alpenglow"]
    assert names(api, filter={"overdue": False}) == []
    assert state(api, id)["overdue"] is True


# ---- claiming


def test_a_case_is_claimed_released_and_claimed_again(api: Api):
    id = claimed(api)
    assert queue(api)[0]["claimedBy"] == {"name": "Rita Reviewer"}
    assert do(api, "registrationClaim", REVIEWER, id=id)["userErrors"] == []
    assert do(api, "registrationRelease", REVIEWER, id=id)["registration"]["status"] == "SUBMITTED"

    assert do(api, "registrationClaim", SECOND_REVIEWER, id=id)["registration"]["status"] == "IN_REVIEW"
    assert queue(api)[0]["claimedBy"] == {"name": "Rolf Reviewer"}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("registrationClaim", {}),
        ("registrationRelease", {}),
        ("registrationApprove", {}),
        ("registrationReject", {"reason": "R"}),
        ("registrationRequestInfo", {"message": "M"}),
    ],
)
def test_what_another_claimed_is_left_to_them(api: Api, name, more):
    id = ready(api)
    before = kept(api)

    assert codes(do(api, name, SECOND_REVIEWER, id=id, **more)) == ["CONFLICT"]
    assert kept(api) == before


def test_of_two_who_claim_at_once_one_has_it(api: Api):
    id = submitted(api)
    body = {"query": wish("registrationClaim"), "variables": {"input": {"id": id}}}

    async def both() -> list[Any]:
        asks = (
            api._request("POST", "/graphql", {"json": body, "headers": {"authorization": f"Bearer {who.token}"}})
            for who in (REVIEWER, SECOND_REVIEWER)
        )
        return [codes(each.json()["data"]["registrationClaim"]) for each in await asyncio.gather(*asks)]

    assert sorted(api.run(both)) == [[], ["CONFLICT"]]


@pytest.mark.parametrize("name", ["registrationApprove", "registrationReject", "registrationRequestInfo"])
def test_what_nobody_claimed_is_not_decided(api: Api, name):
    id, more = submitted(api), {"registrationReject": {"reason": "R"}, "registrationRequestInfo": {"message": "M"}}
    before = kept(api)
    (refused,) = do(api, name, REVIEWER, id=id, **more.get(name, {}))["userErrors"]

    assert (refused["code"], refused["insteadUse"]) == ("ILLEGAL_TRANSITION", "registrationClaim")
    assert kept(api) == before


def test_nobody_reviews_their_own_application(api: Api):
    id = submitted(api, REVIEWER)
    before = kept(api)

    assert gates(do(api, "registrationClaim", REVIEWER, id=id)) == ["NOT_OWN_ACCOUNT"]
    assert kept(api) == before
    assert do(api, "registrationClaim", SECOND_REVIEWER, id=id)["userErrors"] == []


def test_nobody_reviews_what_is_about_an_account_of_theirs(api: Api):
    notice = {"existingAccountName": "North", "reason": "Other agency"}
    id = draft(api, vendorCode="NORTH")
    do(api, "registrationUpdate", id=id, replacesAccountNotice=notice)
    do(api, "registrationSubmit", id=id)
    api.write('UPDATE "user" SET staff = \'["REVIEWER"]\' WHERE email = :email', email=OWNER.email)

    assert gates(do(api, "registrationClaim", OWNER, id=id)) == ["NOT_OWN_ACCOUNT"]
    assert do(api, "registrationClaim", REVIEWER, id=id)["userErrors"] == []


def test_a_draft_is_no_business_of_the_reviewers(api: Api):
    id = draft(api)
    before = kept(api)
    for name, more in (("registrationClaim", {}), ("registrationAddStaffNote", {"note": "N"})):
        assert codes(do(api, name, REVIEWER, id=id, **more)) == ["NOT_FOUND"]

    assert api("query ($id: ID!) { node(id: $id) { id } }", as_=REVIEWER, id=id).data == {"node": None}
    assert kept(api) == before


# ---- asking


def test_the_clock_stands_still_while_the_applicant_is_asked(api: Api):
    id = claimed(api)  # due in 48 hours
    api.work()
    api.clock.pass_(hours=8)
    asked = do(api, "registrationRequestInfo", REVIEWER, id=id, message="Which products?")["registration"]
    assert (asked["dueAt"], asked["clockStoppedAt"]) == (None, "2026-11-20T20:00:00Z")
    assert (asked["status"], asked["queuePosition"]) == ("INFO_REQUESTED", None)
    letter = api.mail(OUTSIDER.email)[0]
    assert "“Which products?”" in letter.text
    api.clock.pass_(days=5)
    assert state(api, id)["overdue"] is False

    answered = do(api, "registrationProvideInfo", id=id, message="Tents")["registration"]
    assert (answered["dueAt"], answered["clockStoppedAt"]) == ("2026-11-27T12:00:00Z", None)  # 40 hours were left


def test_twenty_questions_are_enough(api: Api):
    id = claimed(api)
    for _ in range(20):
        do(api, "registrationRequestInfo", REVIEWER, id=id, message="Which?")
        do(api, "registrationProvideInfo", id=id, message="These")
    before = kept(api)

    assert codes(do(api, "registrationRequestInfo", REVIEWER, id=id, message="Which?")) == ["LIMIT"]
    assert kept(api) == before


@pytest.mark.parametrize(
    ("name", "field"),
    [("registrationRequestInfo", "message"), ("registrationReject", "reason"), ("registrationAddStaffNote", "note")],
)
def test_a_word_to_the_applicant_or_the_others_is_never_empty(api: Api, name, field):
    id = claimed(api)
    before = kept(api)
    for text in ("", " \n ", "x" * 2_001):
        (refused,) = do(api, name, REVIEWER, id=id, **{field: text})["userErrors"]
        assert (refused["code"], refused["path"]) == ("INVALID", [field])
    assert kept(api) == before


def test_notes_are_the_reviewers_own(api: Api):
    id = submitted(api)
    do(api, "registrationAddStaffNote", REVIEWER, id=id, note="Called the vendor manager.\nAll right.")

    assert queue(api)[0]["staffNotes"] == [
        {"note": "Called the vendor manager.\nAll right.", "author": {"name": "Rita Reviewer"}}
    ]
    mine = api("query ($id: ID!) { registration(id: $id) { status staffNotes { note } } }", as_=OUTSIDER, id=id)
    assert (mine.data["registration"], mine.codes) == ({"status": "SUBMITTED", "staffNotes": None}, ["FORBIDDEN"])


# ---- deciding


def test_approval_makes_account_brand_and_first_admin_at_once_and_says_so(api: Api):
    id = ready(api)
    assert api(VIEWER, as_=OUTSIDER).data["viewer"]["memberships"] == []
    assert do(api, "registrationApprove", REVIEWER, id=id)["registration"]["status"] == "APPROVED"

    account = {"displayName": "Alpenglow", "currency": "USD", "timeZone": "UTC", "status": "ACTIVE"}
    membership = {"level": "ADMIN", "organization": {"name": "Agency", "kind": "AGENCY"}, "account": account}
    assert api(VIEWER, as_=OUTSIDER).data["viewer"]["memberships"] == [membership]
    assert api.rows("SELECT name, approved, vendor_code FROM brand WHERE name = 'Alpenglow'")[0][2] == "ALPEN"
    assert api.mail(OUTSIDER.email)[0].subject == "Alpenglow is approved"
    shown = api(
        "query ($id: ID!) { registration(id: $id) { account { brands(first: 1) { nodes { approved } } } } }",
        as_=OUTSIDER,
        id=id,
    )
    assert shown.data["registration"]["account"]["brands"]["nodes"] == [{"approved": True}]


def test_nothing_is_approved_before_the_terms_are_accepted(api: Api):
    id = claimed(api)
    before = kept(api)

    assert gates(do(api, "registrationApprove", REVIEWER, id=id)) == ["TERMS_ACCEPTED"]
    assert kept(api) == before
    accept(api)
    assert do(api, "registrationApprove", REVIEWER, id=id)["userErrors"] == []


def test_of_two_cases_of_one_vendor_the_second_needs_the_notice(api: Api):
    first, second = ready(api), ready(api, STRANGER, brandName="Alpenglow Kids", contactEmail="k@alpenglow.example")
    body = [{"query": wish("registrationApprove"), "variables": {"input": {"id": id}}} for id in (first, second)]
    headers = {"authorization": f"Bearer {REVIEWER.token}"}

    async def both() -> list[Any]:
        asks = (api._request("POST", "/graphql", {"json": each, "headers": headers}) for each in body)
        return [gates(each.json()["data"]["registrationApprove"]) for each in await asyncio.gather(*asks)]

    assert sorted(api.run(both)) == [[], ["REPLACEMENT_NOTICE"]]
    assert api.rows("SELECT count(*) FROM account WHERE vendor_code = 'ALPEN'") == [(1,)]


def test_a_rejection_carries_its_reason(api: Api):
    id = ready(api)
    rejected = do(api, "registrationReject", REVIEWER, id=id, reason="The contact does not know you.")["registration"]

    assert (rejected["status"], rejected["rejectionReason"]) == ("REJECTED", "The contact does not know you.")
    assert "“The contact does not know you.”" in api.mail(OUTSIDER.email)[0].text
    assert api.rows("SELECT count(*) FROM account") == [(2,)]
    before = kept(api)
    assert codes(do(api, "registrationApprove", REVIEWER, id=id)) == ["ILLEGAL_TRANSITION"]
    assert kept(api) == before


def test_a_decision_about_an_old_version_is_refused(api: Api):
    id = ready(api)
    version, before = state(api, id)["version"], kept(api)
    for name, more in (
        ("registrationApprove", {}),
        ("registrationReject", {"reason": "R"}),
        ("registrationRequestInfo", {"message": "M"}),
    ):
        assert codes(do(api, name, REVIEWER, id=id, expectedVersion=version - 1, **more)) == ["STALE_VERSION"]
    assert kept(api) == before


def test_what_is_rehearsed_makes_nothing(api: Api):
    id = ready(api)
    before = kept(api)
    document = wish("registrationApprove").replace("(input: $input)", "(input: $input) @dryRun")
    answer = api(document, as_=REVIEWER, input={"id": id}).data["registrationApprove"]

    assert (answer["registration"]["status"], answer["userErrors"]) == ("APPROVED", [])
    assert kept(api) == before


# ---- reminders and promises


def test_reviewers_are_reminded_of_what_is_late_once_a_day(api: Api):
    submitted(api)
    api.work()
    api.clock.pass_(hours=48, minutes=1)
    for _ in range(3):
        api.clock.pass_(minutes=10)
        api.work()

    subject = "Overdue: the application for Alpenglow"
    assert [[each.subject for each in api.mail(who.email)] for who in (REVIEWER, SECOND_REVIEWER)] == [[subject]] * 2
    assert api.mail(OPERATOR.email) == []
    api.clock.pass_(days=1)
    api.work()
    assert len(api.mail(REVIEWER.email)) == 2


def test_who_claimed_it_is_reminded_alone_and_nobody_while_the_clock_stands_still(api: Api):
    id = claimed(api)
    asked = claimed(api, STRANGER, brandName="Asked")
    do(api, "registrationRequestInfo", REVIEWER, id=asked, message="Which?")
    api.clock.pass_(days=3)
    api.work()

    assert [each.subject for each in api.mail(REVIEWER.email)] == ["Overdue: the application for Alpenglow"]
    assert api.mail(SECOND_REVIEWER.email) == []
    assert state(api, id)["overdue"] is True


def test_the_operator_promises_something_else_from_now_on(api: Api):
    before = submitted(api)
    given = {"kind": "AGENCY_ACCESS_REVIEW", "duration": "P1D", "businessDays": True}
    assert api(SERVICE, as_=OPERATOR, input=given).data["serviceLevelSet"] == {"serviceLevel": given, "userErrors": []}
    levels = api("{ serviceLevels { kind duration businessDays } }").data["serviceLevels"]

    assert given in levels
    assert len(levels) == 4
    assert state(api, before)["dueAt"] == "2026-11-22T12:00:00Z"
    assert state(api, submitted(api, STRANGER), STRANGER)["dueAt"] == "2026-11-23T12:00:00Z"  # Friday to Monday


@pytest.mark.parametrize("duration", ["PT0H", "P91D"])
def test_a_promise_has_limits(api: Api, duration):
    before = kept(api)
    given = {"kind": "AD_MODERATION", "duration": duration, "businessDays": False}

    refused = api(SERVICE, as_=OPERATOR, input=given).data["serviceLevelSet"]
    assert refused == {"serviceLevel": None, "userErrors": [{"code": "INVALID", "path": ["duration"]}]}
    assert kept(api) == before


def test_a_key_answers_the_same_promise_again(api: Api):
    given = {"kind": "AD_MODERATION", "duration": "P2D", "businessDays": False}
    document = SERVICE.replace("(input: $input)", '(input: $input) @idempotent(key: "k")')
    first, again = (api(document, as_=OPERATOR, input=given).data for _ in range(2))

    assert first == again
    assert first["serviceLevelSet"]["serviceLevel"] == given
    assert api.rows("SELECT count(*) FROM change WHERE event = 'SERVICE_LEVEL_SET'") == [(1,)]


def test_a_member_of_staff_is_no_member_of_what_they_approved(api: Api):
    do(api, "registrationApprove", REVIEWER, id=ready(api))

    assert api(VIEWER, as_=REVIEWER).data["viewer"]["memberships"] == []
    assert api("query ($id: ID!) { account(id: $id) { id } }", as_=REVIEWER, id=NORTH).data == {"account": None}
