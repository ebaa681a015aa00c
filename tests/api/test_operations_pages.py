"""A page owner's day, by the documents of the contract: make, fill, publish, be found, mend, move, take back."""

from typing import Any

from tests.api.test_operations import answer
from tests.conftest import Api
from tests.paging import FOUND, TEXT
from tests.people import EDITOR, MODERATOR, NORTH, NORTH_BRAND, SECOND, TENT

NEW = {"brandId": NORTH_BRAND, "kind": "BASIC", "slug": "northpeak", "title": "Northpeak"}
FILLED = {"tagline": "For long trails", "sections": [TEXT], "productIds": [TENT]}
BAG_TITLE = "Summit sleeping bag"


def wish(api: Api, name: str, **sent: Any) -> Any:
    """What a mutation of Pages answers; it must not be refused."""
    done = answer(api, name, EDITOR, input=sent)[name[0].lower() + name[1:]]
    assert done["userErrors"] == []
    return done["page"]


def review(api: Api, decision: str = "APPROVE", who: Any = MODERATOR) -> Any:
    """The case at the head of the queue, as a moderator sees it, decided."""
    (case,) = answer(api, "ModerationQueue", who)["moderationQueue"]["nodes"]
    claimed = answer(api, "ModerationClaim", who, id=case["id"])["moderationClaim"]["moderationCase"]
    findings = [FOUND] if decision == "REJECT" else []
    sent = {"id": case["id"], "decision": decision, "findings": findings, "expectedVersion": claimed["version"]}
    assert answer(api, "ModerationDecide", who, input=sent)["moderationDecide"]["userErrors"] == []
    return claimed


def published(api: Api) -> str:
    id = wish(api, "BrandPageCreate", **NEW)["id"]
    wish(api, "BrandPageUpdate", id=id, **FILLED)
    wish(api, "BrandPagePublish", id=id)
    review(api)
    return id


def test_a_page_is_made_filled_published_and_reviewed(api: Api):
    id = wish(api, "BrandPageCreate", **NEW)["id"]
    assert wish(api, "BrandPageUpdate", id=id, expectedVersion=1, **FILLED)["version"] == 2
    assert wish(api, "BrandPagePublish", id=id)["moderation"]["queuePosition"] == 1
    seen = review(api)
    assert (seen["subject"]["brand"]["name"], seen["subject"]["published"]) == ("Northpeak", None)
    assert (seen["pageContent"]["tagline"], seen["pageContent"]["products"][0]["title"]) == (
        "For long trails",
        "Trail tent for two",
    )
    brands = answer(api, "BrandPages", EDITOR, accountId=NORTH)["account"]["brands"]["nodes"]
    (brand,) = [each for each in brands if each["name"] == "Northpeak"]
    assert (brand["page"]["status"], brand["page"]["searchable"]) == ("PUBLISHED", False)


def test_a_page_is_upgraded_given_widgets_and_found(api: Api):
    id = published(api)
    assert wish(api, "BrandPageUpgrade", id=id)["kind"] == "UPGRADED"
    widget = wish(api, "BrandPageSetWidget", id=id, kind="BEST_SELLERS", enabled=True)["widgets"][0]
    assert [each["title"] for each in widget["products"]] == ["Trail tent for two", "Summit sleeping bag"]

    (found,) = answer(api, "BrandPageSearch", None, query="northpek")["searchBrandPages"]["nodes"]
    assert (found["slug"], found["published"]["tagline"]) == ("northpeak", "For long trails")
    page = answer(api, "BrandPageBySlug", None, slug="northpeak")["brandPage"]
    assert page["widgets"][0]["products"][0]["price"]["decimal"] == "189.00"
    searched = answer(api, "BrandPageProducts", None, slug="northpeak", query="bags")["brandPageProducts"]
    assert ([each["title"] for each in searched["nodes"]], searched["totalCount"]["value"]) == ([BAG_TITLE], 1)


def test_a_page_is_rejected_appealed_mended_moved_and_taken_back(api: Api):
    id = published(api)
    wish(api, "BrandPageUpdate", id=id, tagline="The best of all")
    wish(api, "BrandPagePublish", id=id)
    review(api, "REJECT")
    seen = answer(api, "BrandPage", EDITOR, id=id)["node"]
    assert (seen["status"], seen["published"]["tagline"]) == ("REJECTED", "For long trails")
    allowed = [step for step, said in seen["permissions"].items() if said["allowed"]]
    assert allowed == ["update", "upgrade", "unpublish", "appeal"]
    appealed = answer(api, "BrandPageAppeal", EDITOR, input={"id": id, "message": "It is."})["brandPageAppeal"]
    assert appealed["moderationCase"]["status"] == "APPEALED"
    review(api, "APPROVE", SECOND)
    assert wish(api, "BrandPageUpdate", id=id, slug="north-peak")["url"] == "http://127.0.0.1:8000/p/north-peak"
    assert wish(api, "BrandPageUnpublish", id=id)["public"] is False
