"""Campaigns: what members can do with them, and what nobody else can."""

import pytest

from tests.conftest import Api, codes
from tests.people import (
    EDITOR,
    ISLAND,
    NORTH,
    NORTH_BRAND,
    OLD,
    OUTSIDER,
    OWNER,
    SOUTH,
    SOUTH_BRAND,
    SPRING,
    STRANGER,
    SUMMER,
    UNAPPROVED,
    gid,
)

STATE = "configuredStatus effectiveStatus version statusReasons { code remedyMutation }"
STEP = """mutation ($id: ID!) {{ {0}(input: {{id: $id}}) {{
  campaign {{ {1} }} userErrors {{ code path
    ... on IllegalTransition {{ from attempted allowed insteadUse }} }} seq }} }}"""
PAUSE, RESUME, ARCHIVE = (STEP.format(f"campaign{step}", STATE) for step in ("Pause", "Resume", "Archive"))
CREATE = """mutation ($input: CampaignCreateInput!) { campaignCreate(input: $input) {
  campaign { id name kind effectiveStatus totalBudget { micros currency decimal } dailyBudget { micros }
    start end version brand { name } statusReasons { code } }
  userErrors { code path ... on InvalidInput { constraint } ... on GateNotMet { gate } } seq } }"""
UPDATE = """mutation ($input: CampaignUpdateInput!) { campaignUpdate(input: $input) {
  campaign { name totalBudget { micros } dailyBudget { micros } end effectiveStatus version }
  userErrors { code path ... on InvalidInput { constraint } ... on StaleVersion { currentVersion } } seq } }"""
SEE = f"query ($id: ID!) {{ campaign(id: $id) {{ name totalBudget {{ micros }} {STATE} }} }}"
USD = {"currency": "USD"}
FULL = {
    "accountId": NORTH,
    "brandId": NORTH_BRAND,
    "kind": "SPONSORED_SEARCH",
    "name": "  Autumn ",
    "totalBudget": {"micros": "50000000", **USD},
    "dailyBudget": {"micros": "5000000", **USD},
    "start": "2026-11-01T00:00:00Z",
    "end": "2026-12-24T18:00:00+01:00",
}


def unchanged(api: Api) -> bool:
    """Whether nothing was written since the world was made."""
    return api.rows("SELECT count(*) FROM change") == [(0,)] and api.rows("SELECT max(version) FROM campaign") == [(1,)]


def test_a_campaign_is_made_enabled_and_waits_for_an_ad(api: Api):  # S48, S83
    made = api(CREATE, as_=EDITOR, input=FULL).data["campaignCreate"]

    assert made["campaign"].pop("id")
    assert made["campaign"] == {
        "name": "Autumn",
        "kind": "SPONSORED_SEARCH",
        "effectiveStatus": "READY",
        "totalBudget": {"micros": "50000000", "currency": "USD", "decimal": "50.00"},
        "dailyBudget": {"micros": "5000000"},
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-12-24T17:00:00Z",
        "version": 1,
        "brand": {"name": "Northpeak"},
        "statusReasons": [{"code": "NO_APPROVED_AD"}],
    }
    assert (made["userErrors"], made["seq"]) == ([], "1")


def test_every_invalid_field_of_a_new_campaign_is_reported_at_once(api: Api):
    wrong = {
        **FULL,
        "name": " ",
        "totalBudget": {"micros": "1", **USD},
        "dailyBudget": {"micros": "5000000", "currency": "EUR"},
        "start": "1999-01-01T00:00:00Z",
        "end": "2026-01-01T00:00:00Z",
    }
    made = api(CREATE, as_=EDITOR, input=wrong).data["campaignCreate"]

    assert made["campaign"] is None
    paths = {".".join(error["path"]) for error in made["userErrors"]}
    assert paths == {"name", "totalBudget.micros", "dailyBudget.currency", "dailyBudget.micros", "start", "end"}
    assert unchanged(api)
    assert api.rows("SELECT count(*) FROM campaign") == [(4,)]


@pytest.mark.parametrize(
    ("brand", "expected"),
    [(SOUTH_BRAND, ("NOT_FOUND", None)), (UNAPPROVED, ("GATE", "BRAND_APPROVED")), ("nonsense", ("NOT_FOUND", None))],
)
def test_a_campaign_belongs_to_an_approved_brand_of_its_account(api: Api, brand, expected):
    made = api(CREATE, as_=OWNER, input={**FULL, "brandId": brand}).data["campaignCreate"]

    assert [(error["code"], error.get("gate")) for error in made["userErrors"]] == [expected]
    assert made["userErrors"][0]["path"] == ["brandId"]
    assert unchanged(api)


def test_an_unknown_brand_is_reported_beside_other_problems(api: Api):
    answer = api(CREATE, as_=OWNER, input={**FULL, "brandId": "nonsense", "name": ""}).data["campaignCreate"]

    assert [error["path"] for error in answer["userErrors"]] == [["brandId"], ["name"]]
    assert unchanged(api)


SAME = """mutation ($input: CampaignCreateInput!) { campaignCreate(input: $input) {
  userErrors { __typename code message path helpUrl } } }"""


def test_malformed_unknown_and_foreign_ids_answer_alike(api: Api):
    ids = ("nonsense", gid("Brand", "unknown"), SOUTH_BRAND, SPRING)
    answers = [api(SAME, as_=OWNER, input={**FULL, "brandId": id}).data for id in ids]

    assert answers == [answers[0]] * 4
    assert unchanged(api)


def test_nobody_makes_campaigns_in_a_foreign_account(api: Api):
    answer = api(CREATE, as_=EDITOR, input={**FULL, "accountId": SOUTH})

    assert codes(answer, "campaignCreate") == ["NOT_FOUND"]
    assert unchanged(api)


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED"])
def test_a_suspended_account_gets_no_new_campaign(api: Api, status):
    api.write("UPDATE account SET status = :status", status=status)
    answer = api(CREATE, as_=OWNER, input=FULL)

    assert codes(answer, "campaignCreate") == ["GATE"]
    assert unchanged(api)


def test_an_editor_pauses_a_campaign_and_serving_stops_at_once(api: Api):
    paused = api(PAUSE, as_=EDITOR, id=SPRING).data["campaignPause"]

    reasons = [{"code": "PAUSED_BY_USER", "remedyMutation": "campaignResume"}]
    expected = {"configuredStatus": "PAUSED", "effectiveStatus": "PAUSED", "version": 2, "statusReasons": reasons}
    assert paused == {"campaign": expected, "userErrors": [], "seq": "1"}
    ads = api.rows("SELECT title, effective_status FROM ad WHERE title IN ('The tent', 'The stove') ORDER BY title")
    assert ads == [("The stove", "DRAFT"), ("The tent", "PAUSED")]


def test_a_paused_campaign_runs_again_when_it_is_resumed(api: Api):
    api(PAUSE, as_=EDITOR, id=SPRING)
    resumed = api(RESUME, as_=EDITOR, id=SPRING).data["campaignResume"]

    assert resumed["campaign"]["effectiveStatus"] == "RUNNING"
    assert resumed["campaign"]["statusReasons"] == []
    assert api.rows("SELECT effective_status FROM ad WHERE title = 'The tent'") == [("RUNNING",)]


@pytest.mark.parametrize("step", ["Pause", "Resume", "Archive"])
@pytest.mark.parametrize("who", [STRANGER, OUTSIDER])
def test_a_stranger_cannot_touch_it(api: Api, who, step):
    answer = api(STEP.format(f"campaign{step}", STATE), as_=who, id=SPRING)

    assert codes(answer, f"campaign{step}") == ["NOT_FOUND"]
    assert api(SEE, as_=OWNER, id=SPRING).data["campaign"]["configuredStatus"] == "ENABLED"
    assert unchanged(api)


@pytest.mark.parametrize(
    ("step", "campaign", "state", "attempted", "allowed", "instead"),
    [
        ("Pause", SUMMER, "PAUSED", "PAUSED", ["ARCHIVED", "ENABLED"], None),
        ("Resume", SPRING, "ENABLED", "ENABLED", ["PAUSED"], None),
        ("Archive", SPRING, "ENABLED", "ARCHIVED", ["PAUSED"], "campaignPause"),
        ("Resume", OLD, "ARCHIVED", "ENABLED", [], None),
    ],
)
def test_an_illegal_step_says_which_are_allowed(api: Api, step, campaign, state, attempted, allowed, instead):
    answer = api(STEP.format(f"campaign{step}", STATE), as_=EDITOR, id=campaign).data[f"campaign{step}"]

    error = {"from": state, "attempted": attempted, "allowed": allowed, "insteadUse": instead}
    assert answer["userErrors"] == [{"code": "ILLEGAL_TRANSITION", "path": ["id"], **error}]
    assert (answer["campaign"], answer["seq"]) == (None, None)
    assert unchanged(api)


def test_a_paused_campaign_is_archived_for_good(api: Api):
    archived = api(ARCHIVE, as_=EDITOR, id=SUMMER).data["campaignArchive"]["campaign"]

    assert (archived["configuredStatus"], archived["effectiveStatus"]) == ("ARCHIVED", "ARCHIVED")
    assert archived["statusReasons"][0]["code"] == "ARCHIVED"


def test_an_update_changes_what_is_given_and_clears_what_is_null(api: Api):
    api(UPDATE, as_=EDITOR, input={"id": SPRING, "dailyBudget": {"micros": "9000000", **USD}})
    changed = {"id": SPRING, "name": "Spring 2", "dailyBudget": None, "expectedVersion": 2}
    updated = api(UPDATE, as_=EDITOR, input=changed).data["campaignUpdate"]

    assert updated["campaign"] == {
        "name": "Spring 2",
        "totalBudget": {"micros": "100000000"},
        "dailyBudget": None,
        "end": None,
        "effectiveStatus": "RUNNING",
        "version": 3,
    }


def test_a_stale_version_is_refused_with_the_current_one(api: Api):
    api(UPDATE, as_=EDITOR, input={"id": SPRING, "name": "First"})
    answer = api(UPDATE, as_=OWNER, input={"id": SPRING, "name": "Second", "expectedVersion": 1})

    stale = {"code": "STALE_VERSION", "path": ["expectedVersion"], "currentVersion": 2}
    assert answer.data["campaignUpdate"]["userErrors"] == [stale]
    assert api(SEE, as_=OWNER, id=SPRING).data["campaign"]["name"] == "First"


def test_a_budget_below_what_is_spent_becomes_what_is_spent(api: Api):  # S69
    budget = {"id": SPRING, "totalBudget": {"micros": "1000000", **USD}}
    updated = api(UPDATE, as_=EDITOR, input=budget).data["campaignUpdate"]

    assert updated["campaign"]["totalBudget"] == {"micros": "2500000"}
    assert updated["campaign"]["effectiveStatus"] == "OUT_OF_BUDGET"


@pytest.mark.parametrize("field", ["name", "totalBudget", "start"])
def test_a_required_field_cannot_be_cleared(api: Api, field):
    answer = api(UPDATE, as_=EDITOR, input={"id": SPRING, field: None}).data["campaignUpdate"]

    assert answer["userErrors"] == [{"code": "INVALID", "path": [field], "constraint": "required"}]
    assert unchanged(api)


def test_an_update_that_changes_nothing_writes_nothing(api: Api):
    answer = api(UPDATE, as_=EDITOR, input={"id": SPRING, "name": "Spring"}).data["campaignUpdate"]

    assert (answer["campaign"]["version"], answer["seq"]) == (1, None)
    assert unchanged(api)


def test_an_archived_campaign_is_never_changed_again(api: Api):
    answer = api(UPDATE, as_=EDITOR, input={"id": OLD, "name": "New life"})

    assert codes(answer, "campaignUpdate") == ["ILLEGAL_TRANSITION"]
    assert unchanged(api)


def test_a_campaign_of_another_account_looks_like_none(api: Api):
    assert api(SEE, as_=OWNER, id=ISLAND).data == {"campaign": None}
    assert api(SEE, as_=OWNER, id="nonsense").data == {"campaign": None}


PERMISSIONS = """query ($id: ID!) { campaign(id: $id) { permissions {
  update { allowed } pause { allowed denials { code } } resume { allowed denials { code message } }
  archive { allowed } createAd { allowed } } } }"""


def test_permissions_say_beforehand_what_mutations_would_say(api: Api):
    seen = api(PERMISSIONS, as_=EDITOR, id=SPRING).data["campaign"]["permissions"]

    assert seen["pause"] == {"allowed": True, "denials": []}
    assert [denial["code"] for denial in seen["resume"]["denials"]] == ["ILLEGAL_TRANSITION"]
    assert (seen["update"]["allowed"], seen["createAd"]["allowed"], seen["archive"]["allowed"]) == (True, True, False)
    refused = api(
        "mutation ($id: ID!) { campaignResume(input: {id: $id}) { userErrors { message } } }", as_=EDITOR, id=SPRING
    )
    assert refused.data["campaignResume"]["userErrors"][0]["message"] == seen["resume"]["denials"][0]["message"]


def test_time_begins_and_ends_campaigns(api: Api):
    later = {"id": SPRING, "start": "2026-11-21T00:00:00Z", "end": "2026-11-22T00:00:00Z"}
    assert api(UPDATE, as_=EDITOR, input=later).data["campaignUpdate"]["campaign"]["effectiveStatus"] == "SCHEDULED"
    seen = []
    for _ in range(2):
        api.clock.pass_(days=1)
        api.work()
        seen.append(api(SEE, as_=OWNER, id=SPRING).data["campaign"]["effectiveStatus"])

    assert seen == ["RUNNING", "ENDED"]
