"""Ads that lead to a brand's Page: which may, when they are served, and what their figures say (S47, S48)."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.moderating import claim, decide, refusals, submit
from tests.paging import TEXT, create, decided, drafted, published, wish, world
from tests.people import (
    BAG,
    EDITOR,
    MODERATOR,
    NORTH,
    NORTH_BRAND,
    SOUTH_BRAND,
    SPRING,
    STRANGER,
    TENT,
    TENT_AD,
    UNAPPROVED,
    gid,
)

USD = {"currency": "USD"}
CAMPAIGN = """mutation ($input: CampaignCreateInput!) { it: campaignCreate(input: $input) {
  campaign { id } userErrors { message } } }"""
LANDING = "landing { __typename ... on Product { sku } ... on BrandPage { slug public } } landingUrl"
STATE = f"id reviewStatus effectiveStatus statusReasons {{ code remedyMutation }} {LANDING}"
ERRORS = "userErrors { code path message }"
CREATE = f"mutation ($input: AdCreateInput!) {{ it: adCreate(input: $input) {{ ad {{ {STATE} }} {ERRORS} }} }}"
UPDATE = f"mutation ($input: AdUpdateInput!) {{ it: adUpdate(input: $input) {{ ad {{ {STATE} }} {ERRORS} }} }}"
REPLACE = f"mutation ($input: AdReplaceInput!) {{ it: adReplace(input: $input) {{ ad {{ {STATE} }} {ERRORS} }} }}"
COPY = """mutation ($input: CampaignDuplicateInput!) { it: campaignDuplicate(input: $input) { userErrors { code }
  campaign { ads(first: 5) { nodes { landing { ... on BrandPage { slug } } } } } } }"""
AD = f"query ($id: ID!) {{ ad(id: $id) {{ {STATE} }} }}"
AT_THE_DESK = f"query ($id: ID!) {{ node(id: $id) {{ ... on Ad {{ {LANDING} }} }} }}"
OF_CAMPAIGN = "query ($id: ID!) { campaign(id: $id) { effectiveStatus statusReasons { code remedyMutation } } }"
LIST = (
    f"query ($id: ID!) {{ campaign(id: $id) {{ ads(first: 9, sort: TITLE_ASC) {{ nodes {{ title {LANDING} }} }} }} }}"
)
WAITS = [{"code": "PAGE_NOT_PUBLISHED", "remedyMutation": "brandPagePublish"}]
KEYWORD = {"text": "tent", "match": "BROAD"}


def searching(api: Api, brand: str = NORTH_BRAND) -> str:
    """The id of a campaign of sponsored search that runs."""
    budget, start = {"micros": "50000000", **USD}, "2026-11-01T00:00:00Z"
    sent = {"accountId": NORTH, "brandId": brand, "kind": "SPONSORED_SEARCH", "name": "Search", "totalBudget": budget}
    return api(CAMPAIGN, as_=EDITOR, input={**sent, "start": start}).data["it"]["campaign"]["id"]


def ad(api: Api, campaign: str, page: str, **more: Any) -> dict[str, Any]:
    """An ad that leads to a Page."""
    sent = {"campaignId": campaign, "title": "All of it", "headline": "See all", "landing": {"brandPageId": page}}
    sent |= {"bid": {"micros": "500000", **USD}, "keywords": [KEYWORD], **more}
    return api(CREATE, as_=EDITOR, input=sent).data["it"]


def approved(api: Api, campaign: str, page: str) -> str:
    """The id of an ad that leads to a Page and was approved."""
    id = ad(api, campaign, page)["ad"]["id"]
    case = submit(api, id)["moderationCase"]["id"]
    claim(api, case)
    decide(api, case)
    return id


def state(api: Api, id: str) -> tuple[str, Any]:
    found = api(AD, as_=EDITOR, id=id).data["ad"]
    return found["effectiveStatus"], found["statusReasons"]


def test_a_search_ad_leads_to_its_brands_page(api: Api):  # S47
    made = ad(api, searching(api), drafted(api))["ad"]

    assert made["landing"] == {"__typename": "BrandPage", "slug": "northpeak", "public": False}
    assert made["landingUrl"] == "http://127.0.0.1:8000/p/northpeak"


def test_a_display_ad_leads_to_a_product_alone(api: Api):  # S48
    page = drafted(api)
    before = world(api)

    assert refusals(ad(api, SPRING, page, keywords=[])) == [("INVALID", "landing.brandPageId")]
    assert world(api) == before


def foreign(api: Api) -> str:
    return create(api, STRANGER, brandId=SOUTH_BRAND, slug="southwind")["page"]["id"]


def of_another_brand(api: Api) -> str:
    return create(api, brandId=UNAPPROVED, slug="newcomer")["page"]["id"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (foreign, "NOT_FOUND"),
        (of_another_brand, "INVALID"),
        (lambda _: gid("BrandPage", "none"), "NOT_FOUND"),
        (lambda _: "nonsense", "NOT_FOUND"),
        (lambda _: TENT, "NOT_FOUND"),
    ],
)
def test_a_landing_is_the_page_of_the_campaigns_own_brand(api: Api, make, code):
    campaign, page = searching(api), make(api)
    before = world(api)

    assert refusals(ad(api, campaign, page)) == [(code, "landing.brandPageId")]
    assert world(api) == before


@pytest.mark.parametrize("landing", [{"productId": TENT, "brandPageId": "x"}, {"brandPageId": None}, {}])
def test_an_ad_leads_to_one_thing(api: Api, landing):
    campaign = searching(api)
    sent = {
        "campaignId": campaign,
        "title": "T",
        "headline": "H",
        "landing": landing,
        "bid": {"micros": "500000", **USD},
    }
    answer = api(CREATE, as_=EDITOR, input=sent)

    assert answer.codes == ["BAD_USER_INPUT"]


def test_an_ad_is_served_once_its_page_is_public_and_no_longer_than_that(api: Api):  # S47
    page, campaign = drafted(api), searching(api)
    id = approved(api, campaign, page)
    assert state(api, id) == ("READY", WAITS)
    assert api(OF_CAMPAIGN, as_=EDITOR, id=campaign).data["campaign"] == {
        "effectiveStatus": "READY",
        "statusReasons": WAITS,
    }
    decided(api, page)
    assert (state(api, id), state(api, TENT_AD)[0]) == (("RUNNING", []), "RUNNING")
    assert api(OF_CAMPAIGN, as_=EDITOR, id=campaign).data["campaign"]["effectiveStatus"] == "RUNNING"

    wish(api, "Unpublish", id=page)
    assert state(api, id) == ("READY", WAITS)
    wish(api, "Publish", id=page)
    assert state(api, id) == ("RUNNING", [])


def test_what_is_reviewed_or_rejected_of_a_public_page_stops_no_ad(api: Api):
    page, campaign = published(api), searching(api)
    id = approved(api, campaign, page)
    wish(api, "Update", id=page, title="Newer")
    decided(api, page, "REJECT")

    assert state(api, id) == ("RUNNING", [])


def test_an_ad_of_a_campaign_with_others_waits_alone(api: Api):
    page, campaign = drafted(api), searching(api)
    id = approved(api, campaign, page)
    other = ad(api, campaign, page, landing={"productId": TENT})["ad"]["id"]
    case = submit(api, other)["moderationCase"]["id"]
    claim(api, case)
    decide(api, case)

    assert (state(api, id), state(api, other)) == (("READY", WAITS), ("RUNNING", []))
    assert api(OF_CAMPAIGN, as_=EDITOR, id=campaign).data["campaign"]["effectiveStatus"] == "RUNNING"


def test_a_draft_may_lead_elsewhere_and_a_submitted_ad_is_replaced(api: Api):  # S55
    page, campaign = published(api), searching(api)
    id = ad(api, campaign, page)["ad"]["id"]
    to_product = {"id": id, "changes": {"landing": {"productId": BAG}}}
    changed = api(UPDATE, as_=EDITOR, input=to_product).data["it"]["ad"]
    assert (changed["landing"], changed["landingUrl"]) == (
        {"__typename": "Product", "sku": "N-2"},
        "https://shop.example/products/N-2",
    )
    submit(api, id)
    back = {"id": id, "changes": {"landing": {"brandPageId": page}}}
    made = api(REPLACE, as_=EDITOR, input=back).data["it"]
    assert (made["userErrors"], made["ad"]["landing"]["slug"]) == ([], "northpeak")


def test_a_copy_of_a_campaign_leads_where_the_original_does(api: Api):
    campaign = searching(api)
    ad(api, campaign, drafted(api))
    sent = {"id": campaign, "name": "Copy", "start": "2026-12-01T00:00:00Z"}
    copy = api(COPY, as_=EDITOR, input=sent).data["it"]

    assert copy == {"userErrors": [], "campaign": {"ads": {"nodes": [{"landing": {"slug": "northpeak"}}]}}}


def test_a_list_of_ads_leads_to_products_and_pages(api: Api):
    page, campaign = published(api), searching(api)
    ad(api, campaign, page)
    ad(api, campaign, page, title="One of it", landing={"productId": TENT})
    shown = api(LIST, as_=EDITOR, id=campaign).data["campaign"]["ads"]["nodes"]

    assert [(each["title"], each["landing"]["__typename"]) for each in shown] == [
        ("All of it", "BrandPage"),
        ("One of it", "Product"),
    ]
    api.statements.clear()
    api(LIST.replace("landingUrl", ""), as_=EDITOR, id=campaign)
    assert len(api.statements) == 1, "both types are folded into the statement of the ads"


def test_a_page_of_products_out_of_stock_keeps_its_ads(api: Api):  # S79
    page, campaign = published(api), searching(api)
    id = approved(api, campaign, page)
    sent = [{"sku": "N-1", "inStock": False, "at": "2026-11-20T11:00:00Z"}]
    report = """mutation ($items: [StockInput!]!) { stockReport(input: {items: $items}) { stoppedAdIds } }"""
    stopped = api(report, as_="eci_feed", items=sent).data["stockReport"]["stoppedAdIds"]

    assert (stopped, state(api, id)) == ([TENT_AD], ("RUNNING", []))


def test_the_policy_is_asked_beforehand_and_the_preview_shows_where_it_leads(api: Api):  # S53, S56
    page = published(api)
    check = """query ($input: PolicyPrecheckInput!) { policyPrecheck(input: $input) { verdict } }"""
    preview = "query ($id: ID!) { adPreview(adId: $id, placement: EMAIL) { landingUrl } }"
    sent = {"headline": "See all", "landing": {"brandPageId": page}}
    id = ad(api, searching(api), page)["ad"]["id"]

    assert api(check, as_=EDITOR, input=sent).data == {"policyPrecheck": {"verdict": "PASS"}}
    assert api(check, as_=STRANGER, input=sent).codes == ["NOT_FOUND"]
    assert api(preview, as_=EDITOR, id=id).data["adPreview"] == {"landingUrl": "http://127.0.0.1:8000/p/northpeak"}


def test_a_moderator_sees_where_an_ad_leads(api: Api):
    id = ad(api, searching(api), drafted(api, sections=[TEXT]))["ad"]["id"]
    submit(api, id)

    assert api(AT_THE_DESK, as_=MODERATOR, id=id).data["node"]["landing"]["slug"] == "northpeak"


def test_no_page_is_asked_whether_it_answers(api: Api):
    """Our own Pages answer while we do."""
    submit(api, ad(api, searching(api), drafted(api))["ad"]["id"])

    assert api.rows("SELECT kind FROM job WHERE kind = 'moderation.check_landing'") == []
