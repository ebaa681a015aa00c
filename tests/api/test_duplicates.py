"""Copies of campaigns: the same again, with its ads as drafts."""

from typing import Any

import pytest

from app.db.ids import parse
from app.db.tables.campaigns import Ad
from app.resolvers.campaigns.content import COLUMNS
from tests.conftest import Api
from tests.people import EDITOR, OUTSIDER, SPRING, STRANGER, TENT
from tests.pictures import picture, uploaded

COPY = """mutation ($input: CampaignDuplicateInput!) { campaignDuplicate(input: $input) { seq
  original { id } campaign { id name effectiveStatus version duplicatedFrom { id } totalBudget { micros } start
    ads(first: 50, sort: CREATED_ASC) { nodes { title headline reviewStatus systemStop landing { ... on Product { id } }
      bid { micros } interests { name } keywords(first: 9) { nodes { text match bid { micros } } } } } }
  userErrors { code path message } } }"""
TARGET = """mutation ($campaign: ID!, $tent: ID!, $interests: [ID!]) { adCreate(input: {campaignId: $campaign,
  title: "Rich", headline: "H", landing: {productId: $tent}, bid: {micros: "250000", currency: "USD"},
  interestIds: $interests, keywords: [{text: "two tents", match: EXACT, bid: {micros: "90000", currency: "USD"}},
    {text: "tent", match: NEGATIVE_PHRASE}]}) { userErrors { code } } }"""
WANTED = {"id": SPRING, "name": "Spring again", "start": "2026-12-01T00:00:00Z"}


def copy(api: Api, as_: Any = EDITOR, **fields: Any) -> Any:
    return api(COPY, as_=as_, input={**WANTED, **fields}).data["campaignDuplicate"]


def test_a_total_budget_below_the_days_of_the_original_is_at_fault_itself(api: Api):
    api.write("UPDATE campaign SET daily_budget_micros = 20000000 WHERE name = 'Spring'")
    payload = copy(api, totalBudget={"micros": "5000000", "currency": "USD"})

    assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [("INVALID", ["totalBudget", "micros"])]
    assert api.rows("SELECT count(*) FROM campaign WHERE name = 'Spring again'") == [(0,)]


def test_what_is_archived_can_be_copied(api: Api):
    for step in ("campaignPause", "campaignArchive"):
        done = api(f'mutation {{ it: {step}(input: {{id: "{SPRING}"}}) {{ userErrors {{ code }} }} }}', as_=EDITOR)
        assert done.data["it"]["userErrors"] == []

    assert copy(api)["campaign"]["effectiveStatus"] == "SCHEDULED"


def kept(api: Api) -> list[Any]:
    return [api.rows(f"SELECT count(*) FROM {table}") for table in ("campaign", "ad", "keyword", "change")]


def test_a_copy_has_the_ads_as_drafts_and_says_whence_it_came(api: Api):
    payload = copy(api)
    made = payload["campaign"]

    assert (payload["original"], made["duplicatedFrom"]) == ({"id": SPRING}, {"id": SPRING})
    assert (made["name"], made["start"], made["version"]) == ("Spring again", "2026-12-01T00:00:00Z", 1)
    assert (made["effectiveStatus"], made["totalBudget"]) == ("SCHEDULED", {"micros": "100000000"})
    ads = made["ads"]["nodes"]
    assert sorted(ad["title"] for ad in ads) == ["The bag", "The lamp", "The stove", "The tent"]
    assert {(ad["reviewStatus"], ad["systemStop"]) for ad in ads} == {("DRAFT", "NONE")}
    assert api.rows("SELECT count(*) FROM change") == [(5,)]


def test_interests_keywords_landing_and_bids_are_copied(api: Api):
    camping = api('{ interests(query: "camping", first: 1) { nodes { id } } }', as_=EDITOR).data["interests"]["nodes"]
    api(TARGET, as_=EDITOR, campaign=SPRING, tent=TENT, interests=[camping[0]["id"]])
    (ad,) = [each for each in copy(api)["campaign"]["ads"]["nodes"] if each["title"] == "Rich"]

    assert (ad["landing"], ad["bid"], ad["interests"]) == ({"id": TENT}, {"micros": "250000"}, [{"name": "Camping"}])
    assert ad["keywords"]["nodes"] == [
        {"text": "two tents", "match": "EXACT", "bid": {"micros": "90000"}},
        {"text": "tent", "match": "NEGATIVE_PHRASE", "bid": None},
    ]


def test_a_copy_without_ads_and_with_another_budget(api: Api):
    made = copy(api, withAds=False, totalBudget={"micros": "5000000", "currency": "USD"})["campaign"]

    assert (made["ads"]["nodes"], made["totalBudget"]) == ([], {"micros": "5000000"})


def test_the_original_stays_as_it_is(api: Api):
    before = (
        api.rows("SELECT * FROM ad WHERE title = 'The tent'"),
        api.rows("SELECT * FROM campaign WHERE name = 'Spring'"),
    )
    copy(api)

    assert api.rows("SELECT * FROM campaign WHERE name = 'Spring'") == before[1]
    assert len(api.rows("SELECT * FROM ad WHERE title = 'The tent'")) == 2


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, ("INVALID", ["name"])),
        ({"end": "2026-11-30T00:00:00Z"}, ("INVALID", ["end"])),
        ({"totalBudget": {"micros": "1", "currency": "USD"}}, ("INVALID", ["totalBudget", "micros"])),
        ({"id": TENT}, ("NOT_FOUND", ["id"])),
    ],
)
def test_a_wrong_copy_is_refused_and_nothing_is_made(api: Api, fields, error):
    before = kept(api)
    payload = copy(api, **fields)

    assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [error]
    assert (payload["campaign"], kept(api)) == (None, before)


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER])
def test_a_stranger_copies_nothing(api: Api, who):
    before = kept(api)

    assert [each["code"] for each in copy(api, who)["userErrors"]] == ["NOT_FOUND"]
    assert kept(api) == before


def test_more_ads_than_can_be_copied_are_refused(api: Api):
    columns = "account_id, campaign_id, product_id, title_key, headline, currency, bid_micros, configured_status, "
    columns += "review_status, system_stop, effective_status, reasons, version, created_at, updated_at"
    hundred = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
    key = "lower(hex(randomblob(16)))" if api.installation.database.dialect.name == "sqlite" else "gen_random_uuid()"
    api.write(
        f"INSERT INTO ad (id, title, {columns}) {hundred}"
        f"SELECT {key}, 'n', {columns} FROM n, ad WHERE title = 'The tent'"
    )
    before = kept(api)
    (error,) = copy(api)["userErrors"]

    assert (error["code"], error["path"], "100 ads" in error["message"]) == ("LIMIT", ["withAds"], True)
    assert kept(api) == before


STATE = {"id", "account_id", "campaign_id", "configured_status", "review_status", "system_stop", "effective_status"}
STATE |= {"reasons", "replaces_id", "submitted_at", "stopped_at", "version", "created_at", "updated_at"}


def test_every_column_of_an_ad_is_content_that_is_copied_or_state_that_begins_anew():
    assert {column.name for column in Ad.__table__.columns} == {*COLUMNS} | STATE
    assert STATE.isdisjoint(COLUMNS)


def test_the_image_is_copied(api: Api):
    image = parse(uploaded(api, picture()))[1]
    column = image.hex if api.installation.database.dialect.name == "sqlite" else str(image)
    api.write(f"UPDATE ad SET image_id = '{column}' WHERE title = 'The stove'")
    copy(api)

    assert len(set(api.rows("SELECT image_id FROM ad WHERE title = 'The stove'"))) == 1
    assert api.rows("SELECT count(*) FROM ad WHERE image_id IS NOT NULL") == [(2,)]
