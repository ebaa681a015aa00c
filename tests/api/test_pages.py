"""Brand Pages, drafts first: one a brand, its content and address, kinds, widgets, and who may do what (S38-S45)."""

import pytest

from tests.conftest import Api
from tests.moderating import refusals
from tests.paging import TEXT, create, drafted, page, published, seen, wish, world
from tests.people import (
    BAG,
    BOTH,
    EDITOR,
    MODERATOR,
    NORTH_BRAND,
    OUTSIDER,
    OWNER,
    SOUTH_BRAND,
    SOUTH_PRODUCT,
    STRANGER,
    TENT,
    UNAPPROVED,
    gid,
)
from tests.pictures import begin, image, picture

BRAND = "query ($id: ID!) { node(id: $id) { ... on Brand { page { slug } } } }"
GRID = {"template": "PRODUCTS_GRID"}


def test_a_page_begins_as_a_draft_that_nobody_else_sees(api: Api):  # S38, S39
    made = create(api)["page"]

    assert (made["status"], made["public"], made["published"], made["moderation"]) == ("DRAFT", False, None, None)
    assert (made["slug"], made["url"]) == ("northpeak", "http://127.0.0.1:8000/p/northpeak")
    assert made["statusReasons"] == [
        {"code": "NOT_SUBMITTED", "message": "The Page is a draft", "remedyMutation": "brandPagePublish"}
    ]
    assert made["draft"]["title"] == "Northpeak"
    assert seen(api) is None


def test_a_brand_knows_its_page(api: Api):
    assert api(BRAND, as_=EDITOR, id=NORTH_BRAND).data["node"] == {"page": None}
    create(api)

    assert api(BRAND, as_=EDITOR, id=NORTH_BRAND).data["node"] == {"page": {"slug": "northpeak"}}


@pytest.mark.parametrize("kind", ["BASIC", "UPGRADED"])
def test_both_kinds_are_free(api: Api, kind):  # S43, S45
    made = create(api, kind=kind)["page"]

    assert (made["kind"], made["price"]) == (kind, {"micros": "0", "currency": "USD"})


def test_a_brand_has_one_page(api: Api):  # S42, I5
    create(api)
    before = world(api)
    (error,) = create(api, slug="north-two")["userErrors"]

    assert (error["code"], error["gate"], error["path"]) == ("GATE", "ONE_PAGE_PER_BRAND", ["brandId"])
    assert world(api) == before


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"brandId": SOUTH_BRAND}, [("NOT_FOUND", "brandId")]),
        ({"brandId": "nonsense"}, [("NOT_FOUND", "brandId")]),
        ({"brandId": gid("Brand", "none")}, [("NOT_FOUND", "brandId")]),
        ({"slug": "North Peak", "title": ""}, [("INVALID", "slug"), ("INVALID", "title")]),
        ({"slug": "admin"}, [("INVALID", "slug")]),
        ({"slug": "holy-shit"}, [("POLICY", "slug")]),
        ({"title": "x" * 81}, [("INVALID", "title")]),
    ],
)
def test_a_page_that_cannot_be_made_is_refused_with_every_reason(api: Api, sent, found):
    before = world(api)

    assert refusals(create(api, **sent)) == found
    assert world(api) == before


def test_an_address_belongs_to_one_page(api: Api):
    create(api)
    before = world(api)

    assert refusals(create(api, STRANGER, brandId=SOUTH_BRAND)) == [("CONFLICT", "slug")]
    assert world(api) == before


def test_a_brand_that_waits_for_its_review_may_prepare_its_page(api: Api):  # S37
    id = create(api, brandId=UNAPPROVED, slug="newcomer")["page"]["id"]
    codes = [each["code"] for each in page(api, id)["statusReasons"]]

    assert codes == ["BRAND_NOT_APPROVED", "NOT_SUBMITTED"]
    wish(api, "Update", id=id, sections=[TEXT])
    (error,) = wish(api, "Publish", id=id)["userErrors"]
    assert (error["code"], error["gate"]) == ("GATE", "BRAND_APPROVED")


def test_all_of_a_page_is_changed_and_kept_in_the_owners_order(api: Api):  # S40, S41
    logo, hero, id = image(api, 200, 200), image(api, 1200, 400), create(api)["page"]["id"]
    sections = [
        {"kind": "PRODUCTS", "heading": "To sleep", "productIds": [BAG, TENT]},
        {"kind": "IMAGE", "text": "A tent at dawn", "imageAssetId": hero},
        TEXT,
    ]
    images = {"logoAssetId": logo, "heroAssetId": hero}
    sent = {"title": " North ", "tagline": "Far out", "sections": sections, "productIds": [TENT, BAG], **GRID, **images}
    draft = wish(api, "Update", id=id, **sent)["page"]["draft"]

    assert (draft["title"], draft["tagline"], draft["template"]) == ("North", "Far out", "PRODUCTS_GRID")
    assert (draft["logo"]["id"], draft["hero"]["id"]) == (logo, hero)
    assert draft["products"] == [{"sku": "N-1"}, {"sku": "N-2"}]
    assert [(each["kind"], each["heading"], each["text"]) for each in draft["sections"]] == [
        ("PRODUCTS", "To sleep", None),
        ("IMAGE", None, "A tent at dawn"),
        ("TEXT", "Why we walk", "Far from roads."),
    ]
    assert draft["sections"][0]["products"] == [{"sku": "N-2"}, {"sku": "N-1"}]
    assert draft["sections"][1]["image"] == {"id": hero}


def test_what_is_left_out_stays_and_null_clears(api: Api):
    id = drafted(api)
    same = wish(api, "Update", id=id, title="Other")["page"]["draft"]
    assert (same["title"], same["tagline"], len(same["sections"])) == ("Other", "For long trails", 1)

    none = wish(api, "Update", id=id, tagline=None, sections=None, productIds=None, heroAssetId=None)["page"]["draft"]
    assert (none["title"], none["tagline"], none["sections"], none["products"]) == ("Other", None, [], [])


def test_a_change_that_changes_nothing_is_none(api: Api):
    id = drafted(api)
    before = world(api)

    assert wish(api, "Update", id=id, tagline=" For long trails ", sections=[TEXT])["userErrors"] == []
    assert world(api) == before


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"title": None}, [("INVALID", "title")]),
        ({"template": None}, [("INVALID", "template")]),
        ({"tagline": "x" * 161, "title": "\n"}, [("INVALID", "tagline"), ("INVALID", "title")]),
        ({"sections": [TEXT] * 21}, [("LIMIT", "sections")]),
        ({"sections": [TEXT, {"kind": "IMAGE"}]}, [("INVALID", "sections.1.imageAssetId")]),
        ({"sections": [{"kind": "PRODUCTS", "productIds": [TENT, TENT]}]}, [("INVALID", "sections.0.productIds.1")]),
        ({"productIds": [TENT, SOUTH_PRODUCT, "x"]}, [("NOT_FOUND", "productIds.1"), ("NOT_FOUND", "productIds.2")]),
        ({"sections": [{"kind": "IMAGE", "imageAssetId": "x"}]}, [("NOT_FOUND", "sections.0.imageAssetId")]),
        ({"logoAssetId": gid("Asset", "none")}, [("NOT_FOUND", "logoAssetId")]),
        ({"slug": "-"}, [("INVALID", "slug")]),
        ({"slug": "p", "title": ""}, [("INVALID", "slug"), ("INVALID", "title")]),
        ({"expectedVersion": 1, "title": ""}, [("STALE_VERSION", "expectedVersion")]),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_every_place(api: Api, sent, found):
    id = drafted(api)
    before = world(api)

    assert refusals(wish(api, "Update", id=id, **sent)) == found
    assert world(api) == before


def test_images_are_the_accounts_own_and_ready(api: Api):  # S41
    id, foreign = drafted(api), begin(api, picture(), who=STRANGER, accountId=gid("Account", "south"))["asset"]["id"]
    uploading, small = begin(api, picture())["asset"]["id"], image(api, 200, 100)
    before = world(api)

    assert refusals(wish(api, "Update", id=id, heroAssetId=foreign)) == [("NOT_FOUND", "heroAssetId")]
    assert refusals(wish(api, "Update", id=id, logoAssetId=uploading)) == [("INVALID", "logoAssetId")]
    assert refusals(wish(api, "Update", id=id, heroAssetId=small)) == [("INVALID", "heroAssetId")]
    assert world(api) == before
    assert wish(api, "Update", id=id, logoAssetId=small)["userErrors"] == []


@pytest.mark.parametrize("template", ["PRODUCTS_GRID", "PRODUCTS_SPOTLIGHT"])
def test_a_basic_page_has_the_standard_template(api: Api, template):  # S44, I6
    id = drafted(api, "BASIC")
    before = world(api)
    (error,) = wish(api, "Update", id=id, template=template)["userErrors"]

    assert (error["gate"], error["path"]) == ("PAGE_UPGRADED", ["template"])
    assert world(api) == before
    wish(api, "Upgrade", id=id)
    assert wish(api, "Update", id=id, template=template)["page"]["draft"]["template"] == template


def test_a_page_is_upgraded_once_and_for_good(api: Api):  # S43
    id = drafted(api, "BASIC")
    assert wish(api, "Upgrade", id=id)["page"]["kind"] == "UPGRADED"
    before = world(api)
    (error,) = wish(api, "Upgrade", id=id)["userErrors"]

    assert (error["code"], error["from"], error["allowed"]) == ("ILLEGAL_TRANSITION", "UPGRADED", [])
    assert world(api) == before


def test_a_basic_page_has_no_widgets(api: Api):  # S44, I6
    id = drafted(api, "BASIC")
    before = world(api)
    (error,) = wish(api, "SetWidget", id=id, kind="BEST_SELLERS", enabled=True)["userErrors"]

    assert (error["code"], error["gate"]) == ("GATE", "PAGE_UPGRADED")
    assert world(api) == before


def test_another_address_counts_at_once_and_the_earlier_one_leads_there(api: Api):  # S39
    id = published(api)
    moved = wish(api, "Update", id=id, slug="north-peak")["page"]

    assert (moved["slug"], moved["hasUnpublishedChanges"], moved["status"]) == ("north-peak", False, "PUBLISHED")
    assert [seen(api, each)["slug"] for each in ("northpeak", "north-peak", "North Peak")] == ["north-peak"] * 3


def test_an_earlier_address_of_a_page_is_never_another_brands(api: Api):
    wish(api, "Update", id=published(api), slug="north-peak")
    before = world(api)

    assert refusals(create(api, STRANGER, brandId=SOUTH_BRAND)) == [("CONFLICT", "slug")]
    assert world(api) == before


def test_a_page_may_take_an_earlier_address_back(api: Api):
    id = published(api)
    wish(api, "Update", id=id, slug="north-peak")

    assert wish(api, "Update", id=id, slug="northpeak")["page"]["slug"] == "northpeak"
    assert seen(api, "north-peak")["slug"] == "northpeak"


def test_an_address_that_nobody_has_seen_is_free_again(api: Api):
    wish(api, "Update", id=drafted(api), slug="north-peak")

    assert create(api, STRANGER, brandId=SOUTH_BRAND)["userErrors"] == []


def test_ten_earlier_addresses_lead_to_a_page_and_no_more(api: Api):
    id = published(api)
    for number in range(10):
        assert wish(api, "Update", id=id, slug=f"north-{number}")["userErrors"] == []
    before = world(api)

    assert refusals(wish(api, "Update", id=id, slug="north-10")) == [("LIMIT", "slug")]
    assert world(api) == before
    assert wish(api, "Update", id=id, slug="north-4")["userErrors"] == []


@pytest.mark.parametrize("who", [EDITOR, OWNER, BOTH])
def test_members_see_to_their_page(api: Api, who):  # S22
    id = drafted(api)

    assert page(api, id, who)["draft"]["title"] == "Northpeak"
    assert wish(api, "Update", who, id=id, title="Other")["userErrors"] == []


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER, MODERATOR])
@pytest.mark.parametrize("name", ["Update", "Upgrade", "Publish", "Unpublish"])
def test_to_strangers_a_page_is_none(api: Api, who, name):
    id = drafted(api)
    before = world(api)

    assert refusals(wish(api, name, who, id=id)) == [("NOT_FOUND", "id")]
    assert page(api, id, who) is None
    assert world(api) == before


def test_permissions_say_what_mutations_do(api: Api):
    def denied(found):
        return {name: [each["code"] for each in it["denials"]] for name, it in found["permissions"].items()}

    id, illegal = drafted(api, "BASIC"), ["ILLEGAL_TRANSITION"]
    steps = {"update": [], "setWidget": ["GATE"], "upgrade": [], "publish": [], "unpublish": illegal, "appeal": illegal}
    assert denied(page(api, id)) == steps
    wish(api, "Publish", id=id)

    assert denied(page(api, id)) == {**steps, "publish": ["CONFLICT"], "unpublish": []}


@pytest.mark.parametrize(("status", "shown"), [("SUSPENDED", False), ("CLOSED", False), ("PAYMENT_HOLD", True)])
def test_pages_of_a_suspended_account_are_not_shown_nor_changed(api: Api, status, shown):
    id = published(api)
    api.write(f"UPDATE account SET status = '{status}' WHERE name_key = 'north'")
    before = world(api)

    assert (seen(api) is not None, page(api, id)["public"], page(api, id)["searchable"]) == (shown, shown, shown)
    if not shown:
        assert refusals(wish(api, "Update", id=id, title="Other")) == [("GATE", "id")]
        assert world(api) == before


def test_history_tells_what_was_changed(api: Api):  # S18
    id = drafted(api)
    api.write("UPDATE change SET horizon = NULL")
    asked = "query ($a: ID!) { changeEvents(accountId: $a, last: 2) { nodes { action before after subject { id } } } }"
    made, changed = api(asked, as_=EDITOR, a=gid("Account", "north")).data["changeEvents"]["nodes"]

    assert (made["action"], made["after"]["title"], made["after"]["slug"]) == (
        "brandPageCreate",
        "Northpeak",
        "northpeak",
    )
    assert (changed["action"], changed["subject"]) == ("brandPageUpdate", {"id": id})
    assert changed["before"] == {"tagline": None, "sections": [], "products": []}
    assert (changed["after"]["tagline"], changed["after"]["products"]) == ("For long trails", [TENT])


def test_a_change_of_a_page_is_not_taken_back_and_says_what_helps(api: Api):
    drafted(api)
    asked = "query ($a: ID!) { changeEvents(accountId: $a, last: 1) { nodes { id revertible { allowed } } } }"
    (found,) = api(asked, as_=EDITOR, a=gid("Account", "north")).data["changeEvents"]["nodes"]
    revert = """mutation ($id: ID!) { it: changeRevert(input: {changeEventId: $id}) { userErrors { code
      ... on IllegalTransition { insteadUse } } } }"""

    assert found["revertible"] == {"allowed": False}
    assert api(revert, as_=EDITOR, id=found["id"]).data["it"]["userErrors"] == [
        {"code": "ILLEGAL_TRANSITION", "insteadUse": "brandPageUpdate"}
    ]
