"""Handing in: submission, replacement, appeal; what is refused changes nothing."""

from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.moderating import ERRORS, STATE, appeal, decide, decided, in_state, queued, refusals, submit, world
from tests.people import (
    BAG,
    DRAFT_AD,
    EDITOR,
    ISLAND_AD,
    MODERATOR,
    OPERATOR,
    OUTSIDER,
    OWNER,
    SOUTH_PRODUCT,
    SPRING,
    STOPPED_AD,
    STRANGER,
    TENT,
    TENT_AD,
    gid,
)

UPDATE = "mutation ($id: ID!, $changes: AdChangesInput!) { adUpdate(input: {id: $id, changes: $changes}) { seq } }"
REPLACE = f"""mutation ($input: AdReplaceInput!) {{ adReplace(input: $input) {{ seq {ERRORS}
  original {{ id configuredStatus {STATE} replacedBy {{ id }} }}
  ad {{ id title headline version {STATE} replaces {{ id }} bid {{ micros }} landing {{ ... on Product {{ id }} }}
    keywords(first: 9) {{ nodes {{ text match }} }} moderation {{ status }} }} }} }}"""
SEE = f"query ($id: ID!) {{ ad(id: $id) {{ version {STATE} moderation {{ status }} replacedBy {{ id }} }} }}"
CREATE = f"mutation ($input: AdCreateInput!) {{ adCreate(input: $input) {{ ad {{ replaces {{ id }} }} {ERRORS} }} }}"
WORD = {"text": "gas stove", "match": "PHRASE"}


def change(api: Api, **changes: Any) -> None:
    assert api(UPDATE, as_=EDITOR, id=DRAFT_AD, changes=changes).data["adUpdate"]["seq"]


def replace(api: Api, id: str = TENT_AD, who=EDITOR, changes: Any = None, **more: Any) -> dict[str, Any]:
    return api(REPLACE, as_=who, input={"id": id, "changes": changes or {}, **more}).data["adReplace"]


# ---- submission


def test_a_draft_is_handed_in_and_waits_for_three_days_at_most(api: Api):  # S57
    done = submit(api)

    assert (done["userErrors"], done["ad"]["moderation"]) == ([], {"id": done["moderationCase"]["id"]})
    state = {"reviewStatus": "IN_MODERATION", "effectiveStatus": "IN_MODERATION", "systemStop": "NONE"}
    assert {name: done["ad"][name] for name in state} == state
    case = done["moderationCase"]
    times = ("2026-11-20T12:00:00Z", "2026-11-23T12:00:00Z", False, 1)
    assert (case["submittedAt"], case["dueAt"], case["overdue"], case["queuePosition"]) == times
    assert (case["status"], case["findings"], case["policyVersion"]) == ("QUEUED", [], 1)
    assert api.rows("SELECT event, action FROM change") == [("AD_SUBMITTED", "adSubmit")]


LEVEL = """mutation { serviceLevelSet(input: {kind: AD_MODERATION, duration: "PT24H", businessDays: false}) {
  userErrors { code } } }"""


def test_the_promise_is_what_the_operator_set(api: Api):  # S57
    assert api(LEVEL, as_=OPERATOR).errors == []
    assert submit(api)["moderationCase"]["dueAt"] == "2026-11-21T12:00:00Z"


def test_a_warning_goes_to_the_moderator_beside_the_ad(api: Api):
    change(api, headline="The best stove")
    case = submit(api)["moderationCase"]

    assert [(each["ruleId"], each["evidence"]) for each in case["findings"]] == [("CLAIM-1", "best")]
    assert case["status"] == "QUEUED"


def test_what_fails_the_check_is_refused_with_the_very_words(api: Api):  # S56
    change(api, headline="The best shit")
    before = world(api)
    refused = submit(api)

    (error,) = refused["userErrors"]
    assert (error["__typename"], error["code"], error["path"]) == ("PolicyViolation", "POLICY", ["id"])
    assert [(each["ruleId"], each["field"], each["evidence"]) for each in error["findings"]] == [
        ("LANGUAGE-1", "headline", "shit")
    ]
    assert (refused["ad"], refused["moderationCase"], refused["seq"]) == (None, None, None)
    assert world(api) == before


def test_a_product_out_of_stock_is_not_handed_in(api: Api):  # S79
    api.write("UPDATE product SET in_stock = false WHERE sku = 'N-3'")
    before = world(api)

    (error,) = submit(api)["userErrors"]
    assert [each["ruleId"] for each in error["findings"]] == ["LANDING-1"]
    assert world(api) == before


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("UPDATE account SET status = 'SUSPENDED'", [("GATE", "id")]),
        ("UPDATE account SET status = 'CLOSED'", [("GATE", "id")]),
        ("UPDATE account SET status = 'PAYMENT_HOLD'", []),
        ("UPDATE brand SET approved = false", [("GATE", "id")]),
        ("UPDATE campaign SET configured_status = 'ARCHIVED'", [("ILLEGAL_TRANSITION", "id")]),
        ("UPDATE campaign SET configured_status = 'PAUSED'", []),
        ("UPDATE campaign SET kind = 'SPONSORED_SEARCH'", [("INVALID", "id")]),
    ],
)
def test_a_draft_is_handed_in_where_nothing_is_in_the_way(api: Api, sql, refused):  # S37, S52
    api.write(sql)
    before = world(api)

    assert refusals(submit(api)) == refused
    assert (world(api) == before) is (refused != [])


def test_an_ad_among_search_results_needs_a_keyword_that_is_not_negative(api: Api):  # S47
    api.write("UPDATE campaign SET kind = 'SPONSORED_SEARCH'")
    change(api, keywords=[{"text": "toy", "match": "NEGATIVE_EXACT"}])
    assert refusals(submit(api)) == [("INVALID", "id")]

    change(api, keywords=[WORD, {"text": "toy", "match": "NEGATIVE_EXACT"}])
    assert submit(api)["userErrors"] == []


@pytest.mark.parametrize("state", ["QUEUED", "APPROVED", "REJECTED", "APPEALED"])
def test_an_ad_is_handed_in_once(api: Api, state):  # S55
    in_state(api, state)
    before = world(api)

    (error,) = submit(api)["userErrors"]
    assert (error["code"], error["attempted"]) == ("ILLEGAL_TRANSITION", "IN_MODERATION")
    assert error["insteadUse"] == (None if state == "QUEUED" else "adReplace")
    assert world(api) == before


def test_a_stale_version_is_not_handed_in(api: Api):
    change(api, title="Newer")
    before = world(api)

    assert refusals(submit(api, version=1)) == [("STALE_VERSION", "expectedVersion")]
    assert world(api) == before
    assert submit(api, version=2)["userErrors"] == []


def test_a_rehearsal_leaves_no_case_no_mail_and_no_job(api: Api):
    before = world(api)
    document = "mutation ($id: ID!) { adSubmit(input: {id: $id}) @dryRun { ad { reviewStatus } seq } }"

    assert api(document, as_=EDITOR, id=DRAFT_AD).data == {
        "adSubmit": {"ad": {"reviewStatus": "IN_MODERATION"}, "seq": None}
    }
    assert world(api) == before


# ---- replacement


def test_a_submitted_ad_is_paused_copied_linked_and_handed_in(api: Api):  # S55
    done = replace(api, changes={"headline": "Sleeps three", "keywords": [WORD]})

    original, copy = done["original"], done["ad"]
    assert (done["userErrors"], original["configuredStatus"]) == ([], "PAUSED")
    assert (original["replacedBy"], copy["replaces"]) == ({"id": copy["id"]}, {"id": TENT_AD})
    assert (copy["title"], copy["headline"], copy["bid"]) == ("The tent", "Sleeps three", {"micros": "350000"})
    assert (copy["landing"], copy["moderation"]) == ({"id": TENT}, {"status": "QUEUED"})
    assert (copy["keywords"]["nodes"], copy["reviewStatus"]) == ([WORD], "IN_MODERATION")
    events = ["AD_CREATED", "AD_REPLACED", "AD_PAUSED", "AD_SUBMITTED"]
    assert [event for (event,) in api.rows("SELECT event FROM change ORDER BY seq")] == events


@pytest.mark.parametrize(
    ("ways", "configured", "review"),
    [
        ({"pauseOriginal": False}, "ENABLED", "IN_MODERATION"),
        ({"submit": False}, "PAUSED", "DRAFT"),
        ({"pauseOriginal": False, "submit": False}, "ENABLED", "DRAFT"),
    ],
)
def test_the_original_may_run_on_and_the_copy_stay_a_draft(api: Api, ways, configured, review):
    done = replace(api, **ways)

    assert (done["original"]["configuredStatus"], done["ad"]["reviewStatus"]) == (configured, review)


@pytest.mark.parametrize("stop", ["OUT_OF_STOCK", "BILLING", "POLICY"])
def test_it_is_the_way_out_of_a_system_stop(api: Api, stop):  # S65, S66, S79
    api.write("UPDATE ad SET system_stop = :stop WHERE system_stop <> 'NONE'", stop=stop)
    done = replace(api, STOPPED_AD, changes={"landing": {"productId": BAG}})

    assert (done["userErrors"], done["ad"]["systemStop"]) == ([], "NONE")
    assert (done["original"]["systemStop"], done["original"]["configuredStatus"]) == (stop, "ENABLED")


def test_while_the_product_is_out_of_stock_the_stopped_ad_is_not_replaced(api: Api):  # S79
    before = world(api)
    assert refusals(replace(api, STOPPED_AD)) == [("INVALID", "changes.landing.productId")]
    assert world(api) == before

    api.write("UPDATE product SET in_stock = true")
    assert replace(api, STOPPED_AD)["userErrors"] == []


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"headline": "shit"}, ("POLICY", "id")),
        ({"title": None}, ("INVALID", "changes.title")),
        ({"bid": {"micros": "1", "currency": "USD"}}, ("INVALID", "changes.bid.micros")),
        ({"landing": {"productId": SOUTH_PRODUCT}}, ("NOT_FOUND", "changes.landing.productId")),
    ],
)
def test_a_replacement_that_cannot_be_leaves_the_original_running(api: Api, changes, refused):
    before = world(api)

    assert refusals(replace(api, changes=changes)) == [refused]
    assert world(api) == before


def test_an_ad_is_replaced_once(api: Api):
    first = replace(api)["ad"]["id"]
    before = world(api)

    assert refusals(replace(api)) == [("CONFLICT", "id")]
    assert world(api) == before
    assert replace(api, first)["userErrors"] == []


def test_a_draft_is_not_replaced_but_changed(api: Api):
    before = world(api)

    (error,) = replace(api, DRAFT_AD)["userErrors"]
    assert (error["code"], error["from"], error["insteadUse"]) == ("ILLEGAL_TRANSITION", "DRAFT", "adUpdate")
    assert world(api) == before


@pytest.mark.parametrize("id", [ISLAND_AD, gid("Ad", "unknown"), "nonsense"])
def test_a_foreign_ad_is_not_replaced(api: Api, id):
    before = world(api)

    assert refusals(replace(api, id)) == refusals(replace(api, who=STRANGER)) == [("NOT_FOUND", "id")]
    assert refusals(submit(api, id)) == refusals(submit(api, who=OUTSIDER)) == [("NOT_FOUND", "id")]
    assert world(api) == before


@pytest.mark.parametrize(
    ("replaced", "refused"),
    [(TENT_AD, []), (DRAFT_AD, ["ILLEGAL_TRANSITION"]), (ISLAND_AD, ["NOT_FOUND"]), (gid("Ad", "no"), ["NOT_FOUND"])],
)
def test_a_new_ad_may_take_the_place_of_a_submitted_one(api: Api, replaced, refused):
    texts = {"campaignId": SPRING, "title": "T", "headline": "H", "bid": {"micros": "350000", "currency": "USD"}}
    answer = api(CREATE, as_=EDITOR, input={**texts, "landing": {"productId": TENT}, "replacesAdId": replaced})

    assert codes(answer, "adCreate") == refused
    assert answer.data["adCreate"]["ad"] == (None if refused else {"replaces": {"id": replaced}})


# ---- appeal


def test_a_rejection_is_appealed_and_the_clock_starts_again(api: Api):
    in_state(api, "REJECTED")
    api.clock.pass_(days=1)
    case = appeal(api, message=" Look again. ")["moderationCase"]

    assert (case["status"], case["appealMessage"], case["dueAt"]) == ("APPEALED", "Look again.", "2026-11-24T12:00:00Z")
    assert (case["subject"]["reviewStatus"], case["queuePosition"]) == ("REJECTED", 1)
    assert api.rows("SELECT event, reason FROM change ORDER BY seq DESC LIMIT 1") == [("AD_APPEALED", "Look again.")]


@pytest.mark.parametrize("state", ["QUEUED", "CLAIMED", "APPROVED", "APPEALED", "CLAIMED AGAIN", "REJECTED AGAIN"])
def test_only_a_rejection_is_appealed_and_only_once(api: Api, state):
    in_state(api, state)
    before = world(api)

    (error,) = appeal(api)["userErrors"]
    assert (error["code"], error["attempted"], error["insteadUse"]) == ("ILLEGAL_TRANSITION", "APPEALED", "adReplace")
    assert world(api) == before


@pytest.mark.parametrize(("message", "code"), [("", "INVALID"), ("  ", "INVALID"), ("m" * 1001, "INVALID")])
def test_an_appeal_says_why(api: Api, message, code):
    in_state(api, "REJECTED")
    before = world(api)

    assert refusals(appeal(api, message=message)) == [(code, "message")]
    assert refusals(appeal(api, who=STRANGER)) == [("NOT_FOUND", "id")]
    assert world(api) == before


def test_a_draft_is_not_appealed_but_submitted(api: Api):
    before = world(api)

    (error,) = appeal(api)["userErrors"]
    assert (error["code"], error["insteadUse"]) == ("ILLEGAL_TRANSITION", "adSubmit")
    assert world(api) == before


# ---- what is effective follows


def test_what_is_effective_follows_every_step(api: Api):
    seen = []
    case = queued(api)
    for step in (lambda: None, lambda: claimed_by(api, case), lambda: decide(api, case, "REJECT"), lambda: appeal(api)):
        step()
        ad = api(SEE, as_=OWNER, id=DRAFT_AD).data["ad"]
        seen.append((ad["effectiveStatus"], [each["remedyMutation"] for each in ad["statusReasons"]]))

    assert seen == [("IN_MODERATION", [None])] * 2 + [("REJECTED", ["adReplace"])] * 2


def claimed_by(api: Api, case: str) -> None:
    api("mutation ($id: ID!) { moderationClaim(input: {id: $id}) { seq } }", as_=MODERATOR, id=case)


def test_an_approved_ad_runs_in_its_campaign(api: Api):
    decided(api)

    state = {"reviewStatus": "APPROVED", "effectiveStatus": "RUNNING", "systemStop": "NONE", "statusReasons": []}
    moderation = {"moderation": {"status": "APPROVED"}, "replacedBy": None, "version": 3}
    assert api(SEE, as_=OWNER, id=DRAFT_AD).data["ad"] == {**state, **moderation}


PERMISSIONS = """query ($id: ID!) { ad(id: $id) { permissions { submit { denials { code } }
  replace { denials { code } } appeal { denials { code } } stop { denials { code required } } } } }"""


@pytest.mark.parametrize("state", [None, "QUEUED", "APPROVED", "REJECTED", "APPEALED", "REJECTED AGAIN"])
def test_permissions_say_beforehand_what_would_be_said(api: Api, state):
    if state:
        in_state(api, state)
    seen = api(PERMISSIONS, as_=EDITOR, id=DRAFT_AD).data["ad"]["permissions"]
    dry = {"submit": submit, "replace": lambda it: replace(it, DRAFT_AD), "appeal": appeal}
    assert seen.pop("stop") == {"denials": [{"code": "FORBIDDEN", "required": "MODERATOR"}]}

    for name, step in dry.items():
        before = world(api)
        said = [error["code"] for error in step(api)["userErrors"]]
        assert [each["code"] for each in seen[name]["denials"]] == said
        if not said:
            return  # the step was carried out: what follows is another state
        assert world(api) == before


@pytest.mark.parametrize("bid", [None, {"micros": "90000", "currency": "USD"}])
def test_a_draft_that_bids_less_than_the_reserve_by_now_is_not_handed_in(api: Api, bid):
    change(api, keywords=[{**WORD, "bid": bid}])
    api.installation.services.reserve = 350_001 if bid is None else 100_000
    before = world(api)

    (error,) = submit(api)["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID", ["id"])
    assert "`adUpdate`" in error["message"]
    assert world(api) == before
    change(api, bid={"micros": "350001", "currency": "USD"}, keywords=[WORD])
    assert submit(api)["userErrors"] == []


def test_what_takes_the_place_of_an_ad_bids_the_reserve_at_least(api: Api):
    api.installation.services.reserve = 350_001
    before = world(api)

    assert refusals(replace(api)) == [("INVALID", "changes.bid.micros")]
    assert world(api) == before
