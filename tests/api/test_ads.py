"""Ads: making them, pausing and resuming them, and what can never be undone."""

from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.people import (
    BAG_AD,
    DRAFT_AD,
    EDITOR,
    ISLAND,
    ISLAND_AD,
    LAMP,
    OLD,
    OUTSIDER,
    OWNER,
    SOUTH_PRODUCT,
    SPRING,
    STOPPED_AD,
    STRANGER,
    SUMMER,
    TENT,
    TENT_AD,
    gid,
)

USD = {"currency": "USD"}
CREATE = """mutation ($input: AdCreateInput!) { adCreate(input: $input) {
  ad { id title headline landing { ... on Product { id } } bid { micros currency decimal } interests { name }
    configuredStatus reviewStatus systemStop effectiveStatus statusReasons { code } campaign { id }
    createdAt updatedAt submittedAt stoppedAt version
    keywords(first: 10) { totalCount { value } nodes { text match bid { micros } } } }
  seq userErrors { code path ... on InvalidInput { constraint } ... on IllegalTransition { from insteadUse } } } }"""
STATE = "configuredStatus effectiveStatus version statusReasons { code remedyMutation }"
STEP = """mutation ($id: ID!) {{ {0}(input: {{id: $id}}) {{ ad {{ {1} }} seq
  userErrors {{ code message path ... on IllegalTransition {{ from attempted allowed insteadUse }} }} }} }}"""
PAUSE, RESUME = STEP.format("adPause", STATE), STEP.format("adResume", STATE)
SEE = f"query ($id: ID!) {{ ad(id: $id) {{ title {STATE} }} }}"
PERMISSIONS = """query ($id: ID!) { ad(id: $id) { permissions {
  pause { allowed denials { code message } } resume { allowed denials { code message } } } } }"""
MAY_CREATE = "query ($id: ID!) { campaign(id: $id) { permissions { createAd { allowed denials { code } } } } }"
NOON = "2026-11-20T12:00:00Z"
FULL = {
    "campaignId": SPRING,
    "title": " The tent ",
    "headline": "Sleeps two",
    "landing": {"productId": TENT},
    "bid": {"micros": "250000", **USD},
}


def create(api: Api, who=EDITOR, **changes: Any) -> dict:
    return api(CREATE, as_=who, input={**FULL, **changes}).data["adCreate"]


def refusals(answer: dict) -> list[tuple[str, str]]:
    return sorted((error["code"], ".".join(error["path"])) for error in answer["userErrors"])


def unchanged(api: Api) -> bool:
    """Whether nothing was written since the world was made."""
    counts = [api.rows(f"SELECT count(*) FROM {each}")[0][0] for each in ("change", "keyword", "ad_interest", "ad")]
    return counts == [0, 0, 0, 5] and api.rows("SELECT max(version) FROM ad") == [(1,)]


def interests(api: Api, number: int) -> list[str]:
    found = api("query ($n: Int!) { interests(first: $n) { nodes { id } } }", as_=EDITOR, n=number)
    return [each["id"] for each in found.data["interests"]["nodes"]]


def keyword(text: str, match: str = "EXACT", **more: Any) -> dict:
    return {"text": text, "match": match, **more}


def status(api: Api, id: str) -> str:
    answer = api("query ($id: ID!) { campaign(id: $id) { effectiveStatus } }", as_=EDITOR, id=id)
    return answer.data["campaign"]["effectiveStatus"]


# ---- making one


def test_an_ad_is_made_as_a_draft(api: Api):  # S81
    made = create(api)

    states = {"configuredStatus": "ENABLED", "reviewStatus": "DRAFT", "systemStop": "NONE", "effectiveStatus": "DRAFT"}
    times = {**dict.fromkeys(("createdAt", "updatedAt"), NOON), **dict.fromkeys(("submittedAt", "stoppedAt"))}
    assert made["ad"].pop("id")
    assert (made["userErrors"], made["seq"]) == ([], "1")
    texts = {"title": "The tent", "headline": "Sleeps two", "bid": {"micros": "250000", **USD, "decimal": "0.25"}}
    places = {"landing": {"id": TENT}, "campaign": {"id": SPRING}, "statusReasons": [{"code": "NOT_SUBMITTED"}]}
    target = {"interests": [], "keywords": {"totalCount": {"value": 0}, "nodes": []}}
    assert made["ad"] == {**texts, **places, **target, **states, **times, "version": 1}


def test_an_ad_has_interests_by_name_and_keywords_in_the_advertiser_s_order(api: Api):  # S49
    words = [keyword("zelt ", "PHRASE", bid={"micros": "300000", **USD}), keyword("Alpine tent", "NEGATIVE_EXACT")]
    first, second, third = interests(api, 3)
    ad = create(api, interestIds=[third, first, second, first], keywords=words)["ad"]

    names = [each["name"] for each in ad["interests"]]
    assert (len(names), names) == (3, sorted(names))
    assert ad["keywords"]["nodes"] == [
        {"text": "zelt", "match": "PHRASE", "bid": {"micros": "300000"}},
        {"text": "Alpine tent", "match": "NEGATIVE_EXACT", "bid": None},
    ]


def test_a_new_ad_is_written_to_history_without_moving_its_campaign(api: Api):
    create(api, campaignId=SUMMER)

    columns = "event, action, actor, subject_type"
    assert api.rows(f"SELECT {columns} FROM change") == [("AD_CREATED", "adCreate", "Ben Editor", "Ad")]
    assert status(api, SUMMER) == "PAUSED"


def test_every_invalid_field_of_an_ad_is_reported_at_once(api: Api):
    words = [keyword(" "), keyword("ok", bid={"micros": "1", **USD}), keyword("a b c d e f g h i j k")]
    made = create(
        api,
        title="",
        headline="h" * 121,
        landing={"productId": LAMP},
        bid={"micros": "1000000001", **USD},
        interestIds=[gid("Interest", "unknown")],
        keywords=words,
    )
    paths = ["bid.micros", "headline", "interestIds", "keywords.0.text", "keywords.1.bid.micros", "keywords.2.text"]
    assert refusals(made) == [("INVALID", path) for path in [*paths, "landing.productId", "title"]]
    assert made["ad"] is None
    assert unchanged(api)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"title": "t" * 51}, "title"),
        ({"title": "a\tb"}, "title"),
        ({"headline": "  "}, "headline"),
        ({"bid": {"micros": "9999", **USD}}, "bid.micros"),
        ({"bid": {"micros": "-250000", **USD}}, "bid.micros"),
        ({"bid": {"micros": "250000", "currency": "EUR"}}, "bid.currency"),
        ({"keywords": [keyword("x" * 81)]}, "keywords.0.text"),
        ({"keywords": [keyword("?!")]}, "keywords.0.text"),
        ({"keywords": [keyword("x", bid={"micros": "250000", "currency": "EUR"})]}, "keywords.0.bid.currency"),
        ({"keywords": [keyword(f"k{i}") for i in range(1001)]}, "keywords"),
    ],
)
def test_an_ad_that_cannot_be_is_refused(api: Api, changes, path):
    assert refusals(create(api, **changes)) == [("INVALID", path)]
    assert unchanged(api)


def test_no_ad_and_no_keyword_bids_less_than_the_reserve(api: Api):
    api.installation.services.reserve = 300_000
    made = create(api, keywords=[keyword("x", bid={"micros": "299999", **USD})])

    assert refusals(made) == [("INVALID", "bid.micros"), ("INVALID", "keywords.0.bid.micros")]
    assert unchanged(api)
    assert refusals(create(api, bid={"micros": "300000", **USD})) == []


def test_the_limits_themselves_are_allowed(api: Api):
    ad = create(
        api,
        title="t" * 50,
        headline="h" * 120,
        bid={"micros": "1000000000", **USD},
        interestIds=interests(api, 50),
        keywords=[keyword(f"{'k' * 70} {i}") for i in range(1000)],
    )["ad"]

    assert (len(ad["title"]), len(ad["headline"]), ad["bid"]["decimal"]) == (50, 120, "1000.00")
    assert (len(ad["interests"]), ad["keywords"]["totalCount"]["value"]) == (50, 1000)


def test_a_keyword_is_there_once_for_each_match_however_it_is_written(api: Api):
    words = [keyword("Red tent"), keyword("red  TENT"), keyword("red-tent", "BROAD"), keyword("RED tent!", "BROAD")]
    made = create(api, keywords=words)

    assert refusals(made) == [("INVALID", "keywords.1.text"), ("INVALID", "keywords.3.text")]
    assert {error["constraint"] for error in made["userErrors"]} == {"unique"}
    assert unchanged(api)


def test_letters_that_grow_when_folded_are_no_fault(api: Api):
    assert create(api, title=chr(0xFDFA) * 50)["ad"]["title"] == chr(0xFDFA) * 50


# ---- where it leads, and where it stands


def test_an_ad_leads_to_a_product_in_stock(api: Api):
    assert refusals(create(api, landing={"productId": LAMP})) == [("INVALID", "landing.productId")]
    assert unchanged(api)


@pytest.mark.parametrize("product", ["nonsense", SPRING, SOUTH_PRODUCT, gid("Product", "unknown")])
def test_an_ad_leads_to_a_product_of_its_own_catalogue(api: Api, product):
    assert refusals(create(api, landing={"productId": product})) == [("NOT_FOUND", "landing.productId")]
    assert unchanged(api)


@pytest.mark.parametrize("landing", [{}, {"productId": None}])
def test_an_ad_leads_somewhere(api: Api, landing):
    answer = api(CREATE, as_=EDITOR, input={**FULL, "landing": landing})

    assert (answer.status, answer.codes, answer.data) == (400, ["BAD_USER_INPUT"], None)
    assert unchanged(api)


def test_an_id_of_something_else_is_no_interest(api: Api):
    (good,) = interests(api, 1)

    for other in (TENT, "nonsense", gid("Interest", "unknown")):
        assert refusals(create(api, interestIds=[good, other])) == [("INVALID", "interestIds")]
    assert unchanged(api)


def test_an_ad_has_at_most_fifty_interests(api: Api):
    made = create(api, interestIds=interests(api, 51))

    error = {"code": "INVALID", "path": ["interestIds"], "constraint": "length <= 50"}
    assert made["userErrors"] == [error]
    assert unchanged(api)


def test_an_archived_campaign_gets_no_ads(api: Api):
    made = create(api, campaignId=OLD)

    error = {"code": "ILLEGAL_TRANSITION", "path": ["campaignId"], "from": "ARCHIVED", "insteadUse": "campaignCreate"}
    assert (made["ad"], made["userErrors"]) == (None, [error])
    assert unchanged(api)


@pytest.mark.parametrize("campaign", [ISLAND, gid("Campaign", "unknown"), "nonsense", TENT_AD])
def test_nobody_makes_ads_in_a_foreign_campaign(api: Api, campaign):
    assert refusals(create(api, campaignId=campaign)) == [("NOT_FOUND", "campaignId")]
    assert unchanged(api)


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER])
def test_a_stranger_makes_no_ads(api: Api, who):
    assert refusals(create(api, who)) == [("NOT_FOUND", "campaignId")]
    assert unchanged(api)


@pytest.mark.parametrize(
    ("campaign", "account", "expected"),
    [
        (SPRING, "ACTIVE", []),
        (SUMMER, "ACTIVE", []),
        (OLD, "ACTIVE", ["ILLEGAL_TRANSITION"]),
        (SPRING, "PAYMENT_HOLD", []),
        (SPRING, "SUSPENDED", ["GATE"]),
        (OLD, "CLOSED", ["GATE", "ILLEGAL_TRANSITION"]),
    ],
)
def test_whether_an_ad_can_be_made_is_said_beforehand(api: Api, campaign, account, expected):
    api.write("UPDATE account SET status = :status", status=account)
    seen = api(MAY_CREATE, as_=EDITOR, id=campaign).data["campaign"]["permissions"]["createAd"]

    assert sorted(each["code"] for each in seen["denials"]) == expected
    assert seen["allowed"] is (not expected)
    assert refusals(create(api, campaignId=campaign)) == [(code, "campaignId") for code in expected]


# ---- pausing and resuming


def test_an_ad_is_paused_at_once_and_resumed(api: Api):  # S62
    paused = api(PAUSE, as_=EDITOR, id=TENT_AD).data["adPause"]
    reasons = [{"code": "PAUSED_BY_USER", "remedyMutation": "adResume"}]
    after = {"configuredStatus": "PAUSED", "effectiveStatus": "PAUSED", "version": 2, "statusReasons": reasons}
    assert paused == {"ad": after, "seq": "1", "userErrors": []}

    resumed = api(RESUME, as_=EDITOR, id=TENT_AD).data["adResume"]
    after = {"configuredStatus": "ENABLED", "effectiveStatus": "RUNNING", "version": 3, "statusReasons": []}
    assert resumed == {"ad": after, "seq": "2", "userErrors": []}


def test_a_draft_can_be_paused_and_stays_a_draft(api: Api):
    paused = api(PAUSE, as_=EDITOR, id=DRAFT_AD).data["adPause"]["ad"]

    assert (paused["configuredStatus"], paused["effectiveStatus"]) == ("PAUSED", "DRAFT")
    assert [each["code"] for each in paused["statusReasons"]] == ["NOT_SUBMITTED", "PAUSED_BY_USER"]
    assert api(RESUME, as_=EDITOR, id=DRAFT_AD).data["adResume"]["ad"]["effectiveStatus"] == "DRAFT"


@pytest.mark.parametrize(("step", "attempted"), [("adPause", "PAUSED"), ("adResume", "ENABLED")])
@pytest.mark.parametrize("stop", ["OUT_OF_STOCK", "BILLING", "POLICY"])
def test_what_the_system_stopped_never_comes_back(api: Api, step, attempted, stop):
    api.write("UPDATE ad SET system_stop = :stop WHERE system_stop <> 'NONE'", stop=stop)
    (error,) = api(STEP.format(step, STATE), as_=OWNER, id=STOPPED_AD).data[step]["userErrors"]

    assert error.pop("message").endswith("replace it by a new ad.")
    refused = {"from": stop, "attempted": attempted, "allowed": [], "insteadUse": "adReplace"}
    assert error == {"code": "ILLEGAL_TRANSITION", "path": ["id"], **refused}
    assert unchanged(api)


@pytest.mark.parametrize(
    ("document", "ad", "state", "allowed"),
    [(RESUME, TENT_AD, "ENABLED", ["PAUSED"]), (PAUSE, BAG_AD, "PAUSED", ["ENABLED"])],
)
def test_an_illegal_step_says_which_are_allowed(api: Api, document, ad, state, allowed):
    api.write("UPDATE ad SET configured_status = 'PAUSED' WHERE title = 'The bag'")
    ((field, answer),) = api(document, as_=EDITOR, id=ad).data.items()

    (error,) = answer["userErrors"]
    assert (error["from"], error["attempted"], error["allowed"], error["insteadUse"]) == (state, state, allowed, None)
    assert (field, answer["ad"], answer["seq"]) == (field, None, None)
    assert unchanged(api)


@pytest.mark.parametrize(("step", "attempted"), [("adPause", "PAUSED"), ("adResume", "ENABLED")])
def test_in_an_archived_campaign_nothing_moves(api: Api, step, attempted):
    api.write("UPDATE campaign SET configured_status = 'ARCHIVED' WHERE name = 'Spring'")
    (error,) = api(STEP.format(step, STATE), as_=EDITOR, id=TENT_AD).data[step]["userErrors"]

    assert (error["code"], error["path"]) == ("ILLEGAL_TRANSITION", ["id"])
    assert (error["from"], error["attempted"], error["allowed"]) == ("ARCHIVED", attempted, [])
    assert unchanged(api)


def test_a_campaign_waits_when_its_last_approved_ad_is_paused(api: Api):
    seen = []
    for document, ad in ((PAUSE, TENT_AD), (PAUSE, BAG_AD), (RESUME, TENT_AD)):
        api(document, as_=EDITOR, id=ad)
        seen.append(status(api, SPRING))

    assert seen == ["RUNNING", "READY", "RUNNING"]


def test_an_ad_resumed_in_a_paused_campaign_stays_paused_by_it(api: Api):
    api(PAUSE, as_=EDITOR, id=TENT_AD)
    api("mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }", as_=EDITOR, id=SPRING)
    resumed = api(RESUME, as_=EDITOR, id=TENT_AD).data["adResume"]["ad"]

    assert (resumed["configuredStatus"], resumed["effectiveStatus"]) == ("ENABLED", "PAUSED")
    assert resumed["statusReasons"] == [{"code": "CAMPAIGN_PAUSED", "remedyMutation": "campaignResume"}]


@pytest.mark.parametrize("step", ["adPause", "adResume"])
@pytest.mark.parametrize("who", [STRANGER, OUTSIDER])
def test_a_stranger_cannot_touch_it(api: Api, who, step):
    answer = api(STEP.format(step, STATE), as_=who, id=TENT_AD)

    assert codes(answer, step) == ["NOT_FOUND"]
    assert api(SEE, as_=who, id=TENT_AD).data == {"ad": None}
    assert unchanged(api)


def test_an_ad_of_another_account_looks_like_none(api: Api):
    for id in (ISLAND_AD, gid("Ad", "unknown"), "nonsense", SPRING):
        assert api(SEE, as_=OWNER, id=id).body == {"data": {"ad": None}}
        assert codes(api(PAUSE, as_=OWNER, id=id), "adPause") == ["NOT_FOUND"]


@pytest.mark.parametrize("ad", [TENT_AD, BAG_AD, DRAFT_AD, STOPPED_AD])
@pytest.mark.parametrize("campaign", ["ENABLED", "ARCHIVED"])
def test_permissions_say_beforehand_what_mutations_would_say(api: Api, ad, campaign):
    api.write("UPDATE ad SET configured_status = 'PAUSED' WHERE title = 'The bag'")
    api.write("UPDATE campaign SET configured_status = :status WHERE name = 'Spring'", status=campaign)
    seen = api(PERMISSIONS, as_=EDITOR, id=ad).data["ad"]["permissions"]

    for step, field in (("pause", "adPause"), ("resume", "adResume")):
        rehearsed = STEP.format(field, STATE).replace("{id: $id})", "{id: $id}) @dryRun")
        said = api(rehearsed, as_=EDITOR, id=ad).data[field]["userErrors"]
        assert seen[step]["denials"] == [{"code": each["code"], "message": each["message"]} for each in said]
        assert seen[step]["allowed"] is (not said)
    assert unchanged(api)
