"""Test accounts: made by anybody, advertised in as in a real one, and apart from all that is real (S28)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api
from tests.moderating import stop
from tests.people import EDITOR, FEED, NORTH, OUTSIDER, STRANGER

USD = {"currency": "USD"}
CREATE = """mutation ($name: String!, $seed: Int) { sandboxAccountCreate(input: {name: $name, seed: $seed}) {
  account { id displayName isSandbox sandbox { seed now } currency billing { __typename }
    brands(first: 2) { nodes { id approved } } permissions { createCampaign { allowed } } }
  seq userErrors { code path message ... on LimitExceeded { limit } } } }"""
ADVANCE = """mutation ($account: ID!, $duration: Duration!, $shoppers: Int!) {
  sandboxAdvance(input: {accountId: $account, duration: $duration, shoppers: $shoppers}) {
    job { id kind status } seq userErrors { code path message } } }"""
PRODUCTS = """query ($id: ID!) { products(accountId: $id, query: "tent", first: 1) { nodes { id title } } }"""
CAMPAIGN = "mutation ($input: CampaignCreateInput!) { campaignCreate(input: $input) { campaign { id } } }"
AD = "mutation ($input: AdCreateInput!) { adCreate(input: $input) { ad { id } } }"
SUBMIT = """mutation ($id: ID!) { adSubmit(input: {id: $id}) { ad { id reviewStatus effectiveStatus campaign { id } }
  userErrors { code message } } }"""
LOOK = """query ($id: ID!, $job: ID!) { account(id: $id) { sandbox { seed now } campaigns(first: 1) { nodes {
    spent { micros } effectiveStatus metrics(range: {from: "2026-11-20", to: "2026-11-30"}) { impressions clicks } } } }
  job(id: $job) { kind status progress resultUrl userErrors { code } } }"""
FIGURES = "SELECT sum(impressions), sum(clicks), sum(spend_micros) FROM metric_hour WHERE account_id {} :id"


def create(api: Api, as_: Any = OUTSIDER, name: str = "Trial", seed: int | None = 7) -> Any:
    return api(CREATE, as_=as_, name=name, seed=seed).data["sandboxAccountCreate"]


def advance(api: Api, account: str, duration: str = "P1D", shoppers: int = 150, as_: Any = OUTSIDER) -> Any:
    asked = {"account": account, "duration": duration, "shoppers": shoppers}
    return api(ADVANCE, as_=as_, **asked).data["sandboxAdvance"]


@pytest.fixture
def trial(api: Api) -> Any:
    """A test account of OUTSIDER's, as the mutation answers it."""
    return create(api)["account"]


@pytest.fixture
def advertised(api: Api, trial: Any) -> Callable[[], Any]:
    """Has a campaign for a tent in it, with a submitted ad; what `adSubmit` answers."""

    def make(bid: str = "400000", word: str = "tent") -> Any:
        start, money = api.clock.now.isoformat(), {"micros": "50000000", **USD}
        asked = {"accountId": trial["id"], "brandId": trial["brands"]["nodes"][0]["id"], "kind": "SPONSORED_SEARCH"}
        asked |= {"name": "Tents", "totalBudget": money, "start": start}
        campaign = api(CAMPAIGN, as_=OUTSIDER, input=asked).data["campaignCreate"]["campaign"]["id"]
        product = api(PRODUCTS, as_=OUTSIDER, id=trial["id"]).data["products"]["nodes"][0]["id"]
        words = [{"text": word, "match": "BROAD"}]
        ad = {"campaignId": campaign, "title": "A tent", "headline": "For two people", "keywords": words}
        ad |= {"landing": {"productId": product}, "bid": {"micros": bid, **USD}}
        id = api(AD, as_=OUTSIDER, input=ad).data["adCreate"]["ad"]["id"]
        return api(SUBMIT, as_=OUTSIDER, id=id).data["adSubmit"]

    return make


def test_whoever_is_signed_in_makes_a_test_account_and_administers_it(api: Api):
    made = create(api)

    account = made["account"]
    assert (account["displayName"], account["isSandbox"], account["currency"]) == ("Trial", True, "USD")
    assert account["sandbox"] == {"seed": 7, "now": "2026-11-20T12:00:00Z"}
    assert account["brands"]["nodes"][0]["approved"] is True
    assert account["permissions"]["createCampaign"]["allowed"] is True
    assert api.rows("SELECT event, actor FROM change") == [("ACCOUNT_CREATED", "Otto Outsider")]


def test_a_real_account_has_no_clock_of_its_own(api: Api):
    document = "query ($id: ID!) { account(id: $id) { isSandbox sandbox { seed } } }"

    assert api(document, as_=EDITOR, id=NORTH).data == {"account": {"isSandbox": False, "sandbox": None}}


@pytest.mark.parametrize(("name", "seed", "path"), [("", 7, ["name"]), ("Trial", -1, ["seed"])])
def test_a_test_account_needs_a_name_and_a_seed_that_counts(api: Api, name, seed, path):
    made = create(api, name=name, seed=seed)

    assert (made["account"], [each["path"] for each in made["userErrors"]]) == (None, [path])
    assert api.rows("SELECT count(*) FROM sandbox") == [(0,)]


def test_a_person_has_five_test_accounts_at_most(api: Api):
    for _ in range(5):
        create(api)
    refused = create(api)

    assert [(each["code"], each["limit"]) for each in refused["userErrors"]] == [("LIMIT", 5)]
    assert api.rows("SELECT count(*) FROM sandbox") == [(5,)]


def test_its_ads_are_approved_as_they_are_submitted_and_nobody_has_to_look(api: Api, advertised):
    answer = advertised()

    assert answer["userErrors"] == []
    assert (answer["ad"]["reviewStatus"], answer["ad"]["effectiveStatus"]) == ("APPROVED", "RUNNING")
    assert api.rows("SELECT status FROM moderation_case WHERE decided_by IS NULL AND decided_at IS NOT NULL") == [
        ("APPROVED",)
    ]


def test_time_passes_and_shoppers_come(api: Api, trial, advertised):
    advertised()
    asked = advance(api, trial["id"], shoppers=1_000)  # of fewer it happens that none clicks
    api.work()
    found = api(LOOK, as_=OUTSIDER, id=trial["id"], job=asked["job"]["id"]).data

    assert (asked["job"]["kind"], asked["job"]["status"]) == ("SANDBOX_ADVANCE", "QUEUED")
    assert found["job"] == {
        "kind": "SANDBOX_ADVANCE",
        "status": "SUCCEEDED",
        "progress": "1",
        "resultUrl": None,
        "userErrors": [],
    }
    assert found["account"]["sandbox"]["now"] == "2026-11-21T12:00:00Z"
    (campaign,) = found["account"]["campaigns"]["nodes"]
    assert int(campaign["metrics"]["impressions"]) > 10
    assert int(campaign["spent"]["micros"]) > 0 < int(campaign["metrics"]["clicks"])


def test_the_clock_goes_on_from_where_it_has_come(api: Api, trial):
    for _ in range(2):
        advance(api, trial["id"], "PT6H")
        api.work()

    assert str(api.rows("SELECT now FROM sandbox")[0][0])[:16] == "2026-11-21 00:00"


def test_nothing_of_it_is_among_what_is_real(api: Api, trial, advertised):
    advertised()
    before = api.rows("SELECT campaign_id, sum(spend_micros) FROM metric_hour GROUP BY campaign_id ORDER BY 1")
    advance(api, trial["id"])
    api.work()
    after = api.rows("SELECT campaign_id, sum(spend_micros) FROM metric_hour GROUP BY campaign_id ORDER BY 1")

    assert len([row for row in after if row not in before]) == 1
    assert api.rows("SELECT DISTINCT market = '00000000-0000-0000-0000-000000000000' FROM auction_hour") in (
        [(False,)],
        [(0,)],
    )
    assert api.rows("SELECT count(*) FROM account_credit") == [(0,)]


REFUSED = [
    (NORTH, EDITOR, "P1D", 10, [("CONFLICT", ["accountId"])]),
    (None, OUTSIDER, "PT30M", 10, [("INVALID", ["duration"])]),
    (None, OUTSIDER, "P32D", 10, [("INVALID", ["duration"])]),
    (None, OUTSIDER, "P1D", 0, [("INVALID", ["shoppers"])]),
    (None, OUTSIDER, "P31D", 5_000, [("LIMIT", ["shoppers"])]),
]


@pytest.mark.parametrize(("account", "who", "duration", "shoppers", "problems"), REFUSED)
def test_what_cannot_be_advanced_is_refused_and_no_time_passes(
    api: Api, trial, account, who, duration, shoppers, problems
):
    answer = advance(api, account or trial["id"], duration, shoppers, as_=who)

    assert [(each["code"], each["path"]) for each in answer["userErrors"]] == problems
    assert answer["job"] is None
    assert api.rows("SELECT count(*) FROM account_job") == [(0,)]


def test_while_time_passes_it_is_not_let_pass_again(api: Api, trial):
    advance(api, trial["id"])
    refused = advance(api, trial["id"])

    assert [(each["code"], each["path"]) for each in refused["userErrors"]] == [("CONFLICT", ["accountId"])]
    assert api.rows("SELECT count(*) FROM account_job") == [(1,)]


def test_its_clock_is_never_more_than_a_year_ahead(api: Api, trial):
    api.write("UPDATE sandbox SET now = '2027-10-26 12:00:00.000000'")
    refused = advance(api, trial["id"], "P31D", 1)

    assert [(each["code"], each["path"]) for each in refused["userErrors"]] == [("LIMIT", ["duration"])]


def test_a_stranger_lets_no_time_pass(api: Api, trial):
    answer = advance(api, trial["id"], as_=STRANGER)

    assert [each["code"] for each in answer["userErrors"]] == ["NOT_FOUND"]
    assert api.rows("SELECT count(*) FROM account_job") == [(0,)]


def test_a_canceled_job_lets_no_time_pass(api: Api, trial):
    job = advance(api, trial["id"])["job"]["id"]
    api("mutation ($id: ID!) { jobCancel(input: {id: $id}) { job { id } } }", as_=OUTSIDER, id=job)
    api.work()

    assert api.rows("SELECT status FROM account_job") == [("CANCELED",)]
    assert str(api.rows("SELECT now FROM sandbox")[0][0])[:16] == "2026-11-20 12:00"


# ---- what keeps a budget from being spent is planted, and found


DIAGNOSIS = """query ($id: ID!, $window: DateRange) { deliveryDiagnosis(campaignId: $id, window: $window) {
  verdict budgetSpentRatio causes { kind share } } }"""
PAUSE = "mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }"
OUT = """mutation ($sku: String!, $at: DateTime!) {
  stockReport(input: {items: [{sku: $sku, inStock: false, at: $at}]}) { seq userErrors { message } } }"""
LAST = {"from": "2026-11-29", "to": "2026-11-30"}


def diagnosed(api: Api, campaign: str, window: Any = None) -> Any:
    answer = api(DIAGNOSIS, as_=OUTSIDER, id=campaign, window=window)
    return answer.data["deliveryDiagnosis"]


def passes(api: Api, account: str, duration: str = "P2D", shoppers: int = 2_400) -> None:
    assert advance(api, account, duration, shoppers)["userErrors"] == []
    api.work()


def run_out(api: Api, answer: Any) -> None:
    (sku,) = api.rows("SELECT sku FROM product JOIN ad ON ad.product_id = product.id WHERE ad.title = 'A tent'")[0]
    assert api(OUT, as_=FEED, sku=sku, at=api.clock.now.isoformat()).data["stockReport"]["userErrors"] == []


def pause(api: Api, answer: Any) -> None:
    api(PAUSE, as_=OUTSIDER, id=answer["ad"]["campaign"]["id"])


def stop_ad(api: Api, answer: Any) -> None:
    stop(api, answer["ad"]["id"])


PLANTED = [
    ("BID_TOO_LOW", {"bid": "60000"}, None),
    ("AUDIENCE_TOO_NARROW", {"word": "zeppelin"}, None),
    ("OUT_OF_STOCK", {}, run_out),
    ("PAUSED", {}, pause),
    ("POLICY", {}, stop_ad),
]


@pytest.mark.parametrize(("cause", "terms", "happens"), PLANTED)
def test_the_cause_that_was_planted_is_found(api: Api, trial, advertised, cause, terms, happens):
    answer = advertised(**terms)
    if happens:
        happens(api, answer)
    passes(api, trial["id"])
    found = diagnosed(api, answer["ad"]["campaign"]["id"])

    assert found["verdict"] in ("UNDER_DELIVERING", "NOT_SERVING")
    assert found["causes"][0]["kind"] == cause
    assert float(found["causes"][0]["share"]) > 0.5


def test_where_nothing_is_planted_the_budget_is_spent(api: Api, trial, advertised):
    answer = advertised()
    passes(api, trial["id"])

    assert diagnosed(api, answer["ad"]["campaign"]["id"])["verdict"] == "ON_TRACK"


def test_that_fewer_shoppers_come_than_did_is_found(api: Api, trial, advertised):
    answer = advertised()
    passes(api, trial["id"], "P8D", 600)
    passes(api, trial["id"], "P2D", 100)
    found = diagnosed(api, answer["ad"]["campaign"]["id"], LAST)

    assert found["causes"][0]["kind"] == "INVENTORY_CHANGED"
