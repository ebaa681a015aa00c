"""The moderators' desk: the queue, claims, decisions, second looks, stops, and what the advertiser is told."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Api
from tests.moderating import (
    CLAIM,
    CLAIMS,
    claim,
    claimed,
    decide,
    in_state,
    queued,
    refusals,
    release,
    stop,
    world,
)
from tests.people import (
    BOTH,
    DRAFT_AD,
    EDITOR,
    MODERATOR,
    OWNER,
    SECOND,
    TENT_AD,
    gid,
)

QUEUE = """query ($filter: ModerationFilter, $sort: ModerationSort, $first: Int = 50) {
  moderationQueue(first: $first, filter: $filter, sort: $sort) { totalCount { value } nodes {
    id status overdue queuePosition claimedBy { name } findings { ruleId }
    subject { ... on Ad { id campaign { brand { name } } } }
    permissions { claim { allowed denials { code gate } } release { allowed } decide { allowed } } } } }"""
CASE_OF = """query ($id: ID!) { ad(id: $id) { moderation {
  status queuePosition permissions { claim { denials { code } } } } } }"""
STATES = (
    "QUEUED",
    "CLAIMED",
    "APPROVED",
    "REJECTED",
    "APPEALED",
    "CLAIMED AGAIN",
    "REJECTED AGAIN",
    "APPROVED AFTER ALL",
)


def queue(api: Api, who=MODERATOR, sort: str | None = None, **filter: Any) -> list[dict[str, Any]]:
    answer = api(QUEUE, as_=who, filter=filter, sort=sort)
    assert answer.errors == []
    return answer.data["moderationQueue"]["nodes"]


# ---- the queue


def test_who_took_a_case_up_sees_their_own_address_there(api: Api):
    claimed(api)
    document = "{ moderationQueue(first: 1) { nodes { claimedBy { name email } } } }"

    (seen,) = api(document, as_=MODERATOR).data["moderationQueue"]["nodes"]
    assert seen == {"claimedBy": {"name": "Mia Moderator", "email": MODERATOR.email}}
    assert api(document, as_=SECOND).codes == ["FORBIDDEN"]


def test_the_queue_shows_what_waits_the_soonest_due_first(api: Api):  # S57
    case = queued(api)
    (seen,) = queue(api)

    assert (seen["id"], seen["status"], seen["overdue"], seen["queuePosition"]) == (case, "QUEUED", False, 1)
    assert (seen["claimedBy"], seen["findings"]) == (None, [])
    assert seen["subject"] == {"id": DRAFT_AD, "campaign": {"brand": {"name": "Northpeak"}}}
    assert [seen["permissions"][step]["allowed"] for step in ("claim", "release", "decide")] == [True, False, False]


@pytest.mark.parametrize("state", STATES)
def test_what_is_decided_leaves_the_queue_and_is_found_by_its_status(api: Api, state):
    case = in_state(api, state)
    status = {"CLAIMED AGAIN": "CLAIMED", "REJECTED AGAIN": "REJECTED", "APPROVED AFTER ALL": "APPROVED"}.get(
        state, state
    )

    waits = status in ("QUEUED", "CLAIMED", "APPEALED")
    assert [each["id"] for each in queue(api)] == ([case] if waits else [])
    assert [each["status"] for each in queue(api, status=[status])] == [status]


@pytest.mark.parametrize(
    ("state", "filter", "found"),
    [
        ("QUEUED", {"claimed": "UNCLAIMED"}, True),
        ("QUEUED", {"claimed": "CLAIMED"}, False),
        ("CLAIMED", {"claimed": "MINE"}, True),
        ("CLAIMED AGAIN", {"claimed": "MINE"}, False),
        ("CLAIMED AGAIN", {"claimed": "CLAIMED"}, True),
        ("APPEALED", {"kind": ["CLAIM"]}, True),
        ("APPEALED", {"kind": ["IMAGE", "LANGUAGE"]}, False),
        ("QUEUED", {"kind": ["CLAIM"]}, False),
        ("QUEUED", {"subject": ["AD"]}, True),
        ("QUEUED", {"subject": []}, False),
        ("QUEUED", {"overdue": True}, False),
        ("QUEUED", {"overdue": False}, True),
    ],
)
def test_the_queue_is_filtered(api: Api, state, filter, found):
    in_state(api, state)

    assert bool(queue(api, **filter)) is found


def test_a_case_is_late_after_three_days(api: Api):  # S57
    queued(api)
    api.clock.pass_(days=3)
    assert [each["overdue"] for each in queue(api)] == [False]

    api.clock.pass_(seconds=1)
    assert [each["overdue"] for each in queue(api, overdue=True)] == [True]
    assert queue(api, overdue=False) == []


def test_the_place_in_the_queue_counts_those_that_wait(api: Api):
    case = queued(api)
    api.clock.pass_(hours=1)
    other = in_place(api)
    assert [(each["id"], each["queuePosition"]) for each in queue(api)] == [(case, 1), (other, 2)]
    assert [each["id"] for each in queue(api, sort="SUBMITTED_DESC")] == [other, case]

    claim(api, case)
    assert [(each["id"], each["queuePosition"]) for each in queue(api)] == [(case, None), (other, 1)]
    seen = api(CASE_OF, as_=EDITOR, id=DRAFT_AD).data["ad"]["moderation"]
    assert seen == {
        "status": "CLAIMED",
        "queuePosition": None,
        "permissions": {"claim": {"denials": [{"code": "FORBIDDEN"}]}},
    }


def in_place(api: Api) -> str:
    """The id of a second case: a replacement of TENT_AD."""
    document = "mutation ($id: ID!) { adReplace(input: {id: $id, changes: {}}) { ad { moderation { id } } } }"
    return api(document, as_=EDITOR, id=TENT_AD).data["adReplace"]["ad"]["moderation"]["id"]


@pytest.mark.parametrize("who", [OWNER, EDITOR])
def test_the_queue_is_the_moderators(api: Api, who):
    queued(api)
    answer = api(QUEUE, as_=who)

    assert (answer.data, answer.codes) == ({"moderationQueue": None}, ["FORBIDDEN"])


# ---- claims


@pytest.mark.parametrize("state", STATES)
def test_a_case_is_claimed_where_it_waits_and_nowhere_else(api: Api, state):
    case = in_state(api, state)
    before = world(api)
    answer = claim(api, case, SECOND)

    if state in ("QUEUED", "APPEALED"):
        assert (answer["userErrors"], answer["moderationCase"]["claimedBy"]) == ([], {"name": "Sol Second"})
        return
    assert refusals(answer) == [("CONFLICT" if state == "CLAIMED" else "ILLEGAL_TRANSITION", "id")]
    assert (answer["moderationCase"], world(api)) == (None, before)


def test_of_two_moderators_at_once_one_holds_the_case(api: Api):
    case = queued(api)

    async def both() -> list[Any]:
        asked = [{"query": CLAIM, "variables": {"id": case}} for _ in range(2)]
        headers = [{"authorization": f"Bearer {who.token}"} for who in (MODERATOR, SECOND)]
        sent = [
            api._request("POST", "/graphql", {"json": j, "headers": h}) for j, h in zip(asked, headers, strict=True)
        ]
        return [each.json()["data"]["moderationClaim"] for each in await asyncio.gather(*sent)]

    answers = api.run(both)
    assert sorted(len(each["userErrors"]) for each in answers) == [0, 1]
    assert [code for each in answers for code, _ in refusals(each)] == ["CONFLICT"]
    assert api.rows("SELECT count(*) FROM change WHERE event = 'MODERATION_CLAIMED'") == [(1,)]


@pytest.mark.parametrize("state", STATES)
def test_a_claim_is_put_back_where_it_came_from(api: Api, state):
    case = in_state(api, state)
    before, who = world(api), SECOND if state == "CLAIMED AGAIN" else MODERATOR
    answer = release(api, case, who)

    if state in ("CLAIMED", "CLAIMED AGAIN"):
        came_from = "QUEUED" if state == "CLAIMED" else "APPEALED"
        assert (answer["moderationCase"]["status"], answer["moderationCase"]["claimedBy"]) == (came_from, None)
        return
    assert refusals(answer) == [("ILLEGAL_TRANSITION", "id")]
    assert world(api) == before


def test_another_s_claim_is_put_back_only_after_a_day(api: Api):
    case = claimed(api)
    before = world(api)
    assert refusals(release(api, case, SECOND)) == [("CONFLICT", "id")]
    assert world(api) == before

    api.clock.pass_(days=1)
    assert release(api, case, SECOND)["moderationCase"]["status"] == "QUEUED"


def test_who_holds_a_case_is_not_in_the_account_s_history(api: Api):
    claimed(api)

    ((after,),) = api.rows("SELECT after FROM change WHERE event = 'MODERATION_CLAIMED'")
    assert "claimed_by" not in str(after)


# ---- decisions


@pytest.mark.parametrize("decision", ["APPROVE", "REJECT"])
@pytest.mark.parametrize("state", STATES)
def test_only_a_case_that_one_holds_is_decided(api: Api, state, decision):
    case = in_state(api, state)
    before, who = world(api), SECOND if state == "CLAIMED AGAIN" else MODERATOR
    answer = decide(api, case, decision, who)

    if state in ("CLAIMED", "CLAIMED AGAIN"):
        assert answer["moderationCase"]["status"] == {"APPROVE": "APPROVED", "REJECT": "REJECTED"}[decision]
        assert answer["moderationCase"]["decidedBy"] == {"name": who.name}
        return
    (error,) = answer["userErrors"]
    instead = "moderationClaim" if state in ("QUEUED", "APPEALED") else None
    assert (error["code"], error["insteadUse"]) == ("ILLEGAL_TRANSITION", instead)
    assert world(api) == before


def test_a_case_is_decided_by_who_holds_it(api: Api):
    case = claimed(api)
    before = world(api)

    assert refusals(decide(api, case, who=SECOND)) == [("CONFLICT", "id")]
    assert world(api) == before


def test_a_rejection_says_what_why_and_how_to_mend_it(api: Api):  # S56
    case = decide(api, claimed(api), "REJECT")["moderationCase"]

    (finding,) = case["findings"]
    assert finding == {**CLAIMS, "policyUrl": "https://shop.example/ad-policy#CLAIM-1", "automatic": False}
    assert (case["subject"]["effectiveStatus"], case["decidedAt"]) == ("REJECTED", "2026-11-20T12:00:00Z")
    assert api.rows("SELECT event, actor FROM change ORDER BY seq DESC LIMIT 1") == [("AD_REJECTED", "Mia Moderator")]


@pytest.mark.parametrize(
    ("decision", "findings", "path"),
    [
        ("REJECT", [], "findings"),
        ("APPROVE", [CLAIMS], "findings"),
        ("REJECT", [{**CLAIMS, "ruleId": "CLAIM-9"}], "findings.0.ruleId"),
        ("REJECT", [CLAIMS, {**CLAIMS, "kind": "IMAGE"}], "findings.1.kind"),
        ("REJECT", [{**CLAIMS, "field": "budget"}], "findings.0.field"),
        ("REJECT", [{**CLAIMS, "explanation": " "}], "findings.0.explanation"),
        ("REJECT", [CLAIMS] * 51, "findings"),
    ],
)
def test_a_decision_without_its_reasons_is_refused(api: Api, decision, findings, path):
    case = claimed(api)
    before = world(api)

    assert refusals(decide(api, case, decision, findings=findings)) == [("INVALID", path)]
    assert world(api) == before


def test_a_decision_on_what_changed_meanwhile_is_refused(api: Api):
    case = claimed(api)
    before = world(api)

    assert refusals(decide(api, case, expectedVersion=1)) == [("STALE_VERSION", "expectedVersion")]
    assert world(api) == before
    assert decide(api, case, expectedVersion=2)["userErrors"] == []


def test_an_appeal_gets_a_second_look_by_another_moderator(api: Api):  # S56
    case = in_state(api, "APPEALED")
    before = world(api)
    (error,) = claim(api, case)["userErrors"]
    assert (error["code"], error["gate"]) == ("GATE", "SECOND_LOOK")
    assert world(api) == before

    claim(api, case, SECOND)
    upheld = decide(api, case, "APPROVE", SECOND)["moderationCase"]
    assert (upheld["status"], upheld["subject"]["effectiveStatus"], upheld["findings"]) == ("APPROVED", "RUNNING", [])


def test_an_appeal_that_fails_has_the_findings_of_the_second_look(api: Api):
    case = in_state(api, "CLAIMED AGAIN")
    other = {**CLAIMS, "field": "title"}
    seen = decide(api, case, "REJECT", SECOND, findings=[other])["moderationCase"]

    assert [each["field"] for each in seen["findings"]] == ["title"]
    assert (seen["status"], seen["subject"]["reviewStatus"]) == ("REJECTED", "REJECTED")


def join(api: Api) -> None:
    """MODERATOR becomes a member of NORTH, in the place of BOTH."""
    names = {"joins": MODERATOR.name, "leaves": BOTH.name}
    user = 'SELECT id FROM "user" WHERE name'
    api.write(f"UPDATE membership SET user_id = ({user} = :joins) WHERE user_id = ({user} = :leaves)", **names)


def test_no_moderator_decides_for_an_account_they_belong_to(api: Api):
    case = queued(api)
    join(api)
    before = world(api)
    steps = (claim(api, case), decide(api, case), stop(api, TENT_AD))

    assert [[each["gate"] for each in step["userErrors"]] for step in steps] == [["NOT_OWN_ACCOUNT"]] * 3
    (seen,) = queue(api)
    assert seen["permissions"]["claim"]["denials"] == [{"code": "GATE", "gate": "NOT_OWN_ACCOUNT"}]
    assert world(api) == before


def test_who_joins_the_account_meanwhile_does_not_decide(api: Api):
    case = claimed(api)
    join(api)
    before = world(api)

    assert [each["gate"] for each in decide(api, case)["userErrors"]] == ["NOT_OWN_ACCOUNT"]
    assert world(api) == before


@pytest.mark.parametrize("id", [gid("ModerationCase", "unknown"), TENT_AD, "nonsense"])
def test_a_case_that_is_none_is_not_found(api: Api, id):
    before = world(api)

    for answer in (claim(api, id), release(api, id), decide(api, id)):
        assert refusals(answer) == [("NOT_FOUND", "id")]
    assert world(api) == before


def test_decisions_are_made_in_bulk_each_for_itself(api: Api):
    cases = [queued(api), in_place(api)]
    claim(api, cases[0])
    document = (
        "mutation ($a: ModerationDecideInput!, $b: ModerationDecideInput!) { a: moderationDecide(input: $a) { seq }"
    )
    document += " b: moderationDecide(input: $b) { seq userErrors { code } } }"
    a, b = ({"id": case, "decision": "APPROVE", "findings": []} for case in cases)
    answer = api(document, as_=MODERATOR, a=b, b=a).data

    assert (answer["a"]["seq"], answer["b"]["userErrors"]) == (None, [])
    assert sorted(each["status"] for each in queue(api, status=["APPROVED", "QUEUED"])) == ["APPROVED", "QUEUED"]


def test_a_retry_of_a_decision_answers_the_same(api: Api):
    case = claimed(api)
    document = """mutation ($input: ModerationDecideInput!) { moderationDecide(input: $input) @idempotent(key: "k") {
      seq moderationCase { id status } userErrors { code } } }"""
    sent = {"id": case, "decision": "APPROVE", "findings": []}
    first, again = (api(document, as_=MODERATOR, input=sent).data for _ in range(2))

    assert first == again
    assert first["moderationDecide"]["moderationCase"] == {"id": case, "status": "APPROVED"}
