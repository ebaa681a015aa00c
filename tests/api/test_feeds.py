"""The retailer's feed: products written and stock reported in batches, and what a stock-out stops (S40, S79)."""

from typing import Any

import pytest

from tests.conftest import Api, codes
from tests.people import (
    BAG_AD,
    DRAFT_AD,
    EDITOR,
    FEED,
    OWNER,
    SPRING,
    STOPPED_AD,
    TENT,
    TENT_AD,
    gid,
)

UPSERT = """mutation ($items: [ProductInput!]!) { productUpsert(input: {items: $items}) {
  products { id sku title category inStock price { micros currency } } seq
  userErrors { __typename code message path } } }"""
REPORT = """mutation ($items: [StockInput!]!) { stockReport(input: {items: $items}) {
  products { sku inStock stockChangedAt } stoppedAdIds seq userErrors { __typename code message path } } }"""
AD = """query ($id: ID!) { ad(id: $id) { systemStop effectiveStatus stoppedAt version configuredStatus
  statusReasons { code remedyMutation } campaign { effectiveStatus } } }"""
RESUME = "mutation ($id: ID!) { adResume(input: {id: $id}) { userErrors { code } } }"
CUP = {
    "sku": "N-9",
    "title": "Cup",
    "vendorCode": "NORTH",
    "detailUrl": "https://shop.example/N-9",
    "category": ["Outdoors", "Kitchen"],
    "price": {"micros": "4500000", "currency": "EUR"},
}
EARLY, LATE = "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"


def upsert(api: Api, *items: dict[str, Any]) -> Any:
    return api(UPSERT, as_=FEED, items=list(items)).data["productUpsert"]


def stock(sku: str, at: str = LATE, *, there: bool = False) -> dict[str, Any]:
    return {"sku": sku, "inStock": there, "at": at}


def report(api: Api, *items: dict[str, Any]) -> Any:
    return api(REPORT, as_=FEED, items=list(items)).data["stockReport"]


def refused(payload: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


def ad(api: Api, id: str) -> Any:
    return api(AD, as_=EDITOR, id=id).data["ad"]


def products(api: Api) -> list[Any]:
    return api.rows("SELECT * FROM product ORDER BY sku")


# ---- products


def test_a_new_product_is_written_and_found(api: Api):
    payload = upsert(api, CUP)
    (cup,) = payload["products"]

    price = {"micros": "4500000", "currency": "EUR"}
    facts = {"sku": "N-9", "title": "Cup", "category": ["Outdoors", "Kitchen"], "inStock": True, "price": price}
    assert (payload["userErrors"], payload["seq"]) == ([], "1")
    assert cup == {"id": cup["id"], **facts}
    assert api.rows("SELECT event, actor, via FROM change") == [("PRODUCTS_IMPORTED", "Token feed", "API_TOKEN")]


def test_what_a_feed_does_not_say_of_a_known_product_stays(api: Api):
    api.write("UPDATE product SET description = 'Warm', ean = '4006381333931' WHERE sku = 'N-2'")
    report(api, stock("N-2"))
    (bag,) = upsert(api, {**CUP, "sku": "N-2", "title": "Bag"})["products"]

    assert (bag["id"], bag["title"], bag["inStock"]) == (gid("Product", "bag"), "Bag", False)
    assert api.rows("SELECT description, ean FROM product WHERE sku = 'N-2'") == [("Warm", "4006381333931")]


def test_writing_the_same_again_is_no_change(api: Api):
    upsert(api, CUP)
    again = upsert(api, CUP)

    assert (again["products"][0]["sku"], again["seq"]) == ("N-9", None)
    assert api.rows("SELECT count(*) FROM change") == [(1,)]


def test_a_sku_is_a_product_of_its_vendor(api: Api):
    (other,) = upsert(api, {**CUP, "sku": "N-1", "vendorCode": "SOUTH"})["products"]

    assert other["id"] != TENT
    assert api.rows("SELECT vendor_code FROM product WHERE sku = 'N-1' ORDER BY 1") == [("NORTH",), ("SOUTH",)]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"sku": ""}, ["sku"]),
        ({"sku": "S" * 65}, ["sku"]),
        ({"title": "T" * 501}, ["title"]),
        ({"title": "A\nB"}, ["title"]),
        ({"brandName": "B" * 101}, ["brandName"]),
        ({"vendorCode": " "}, ["vendorCode"]),
        ({"price": {"micros": "-1", "currency": "EUR"}}, ["price", "micros"]),
        ({"price": {"micros": "1", "currency": "euro"}}, ["price", "currency"]),
        ({"detailUrl": "javascript:alert(1)"}, ["detailUrl"]),
        ({"imageUrl": "https://"}, ["imageUrl"]),
        ({"category": ["a"] * 11}, ["category"]),
        ({"category": ["a", ""]}, ["category", "1"]),
    ],
)
def test_an_item_that_is_wrong_is_refused_by_itself(api: Api, fields, path):
    payload = upsert(api, CUP, {**CUP, "sku": "N-8", **fields})

    assert refused(payload) == [("INVALID", ["items", "1", *path])]
    assert [each["sku"] for each in payload["products"]] == ["N-9"]
    assert len(products(api)) == 6


def test_every_mistake_is_named_and_what_comes_twice_counts_once(api: Api):
    payload = upsert(api, CUP, {**CUP, "title": "", "detailUrl": "x"}, {**CUP, "title": "Mug"})

    paths = [["items", "1", "title"], ["items", "1", "detailUrl"], ["items", "2", "sku"]]
    assert refused(payload) == [("INVALID", path) for path in paths]
    assert [each["title"] for each in payload["products"]] == ["Cup"]


@pytest.mark.parametrize("send", ["products", "stock"])
def test_a_thousand_items_and_no_more(api: Api, send):
    before = products(api)
    one = (lambda n: {**CUP, "sku": f"X-{n}"}) if send == "products" else (lambda n: stock(f"X-{n}"))
    document, field = (UPSERT, "productUpsert") if send == "products" else (REPORT, "stockReport")
    document = document.replace("code message", "code ... on LimitExceeded { limit } message")
    (error,) = api(document, as_=FEED, items=[one(n) for n in range(1001)]).data[field]["userErrors"]

    assert (error["code"], error["path"], error["limit"]) == ("LIMIT", ["items"], 1000)
    assert products(api) == before


def test_nothing_is_nothing(api: Api):
    nothing = {"products": [], "seq": None, "userErrors": []}

    assert upsert(api) == nothing
    assert report(api) == {**nothing, "stoppedAdIds": []}


def test_a_retry_has_one_effect_and_names_again_what_was_refused(api: Api):
    document = REPORT.replace("(input: {items: $items})", '(input: {items: $items}) @idempotent(key: "r")')
    first, again = (api(document, as_=FEED, items=[stock("N-1"), stock("X")]).data for _ in range(2))

    assert first == again
    assert first["stockReport"]["stoppedAdIds"] == [TENT_AD]
    assert refused(first["stockReport"]) == [("NOT_FOUND", ["items", "1", "sku"])]
    assert api.rows("SELECT count(*) FROM change") == [(2,)]


# ---- stock


def test_a_product_out_of_stock_stops_its_ads_at_once(api: Api):
    payload = report(api, stock("N-1"))

    assert payload["products"] == [{"sku": "N-1", "inStock": False, "stockChangedAt": LATE}]
    assert (payload["stoppedAdIds"], payload["userErrors"], payload["seq"]) == ([TENT_AD], [], "2")
    assert ad(api, TENT_AD) == {
        "systemStop": "OUT_OF_STOCK",
        "effectiveStatus": "OUT_OF_STOCK",
        "stoppedAt": "2026-11-20T12:00:00Z",
        "version": 2,
        "configuredStatus": "ENABLED",
        "statusReasons": [{"code": "OUT_OF_STOCK", "remedyMutation": "adReplace"}],
        "campaign": {"effectiveStatus": "RUNNING"},
    }
    assert api.rows("SELECT event, subject_type, reason FROM change ORDER BY seq")[1] == (
        "AD_STOPPED",
        "Ad",
        "Its product ran out of stock",
    )


def test_a_campaign_without_another_ad_has_nothing_to_serve_any_more(api: Api):
    payload = report(api, stock("N-1"), stock("N-2"))

    assert payload["stoppedAdIds"] == sorted([TENT_AD, BAG_AD], key=payload["stoppedAdIds"].index)
    assert ad(api, BAG_AD)["campaign"] == {"effectiveStatus": "READY"}


def test_nothing_resumes_when_the_product_is_back(api: Api):
    report(api, stock("N-1", EARLY))
    back = report(api, stock("N-1", LATE, there=True))
    resumed = api(RESUME, as_=EDITOR, id=TENT_AD)

    assert (back["products"][0]["inStock"], back["stoppedAdIds"]) == (True, [])
    assert codes(resumed, "adResume") == ["ILLEGAL_TRANSITION"]
    assert ad(api, TENT_AD)["effectiveStatus"] == "OUT_OF_STOCK"


def test_a_draft_is_not_stopped_nor_what_was_stopped_before(api: Api):
    report(api, stock("N-4", EARLY, there=True))
    payload = report(api, stock("N-3"), stock("N-4"))

    assert payload["stoppedAdIds"] == []
    assert (ad(api, DRAFT_AD)["systemStop"], ad(api, STOPPED_AD)["stoppedAt"]) == ("NONE", None)


def test_reports_may_come_out_of_order_and_the_latest_moment_counts(api: Api):
    report(api, stock("N-1", LATE, there=True))
    payload = report(api, stock("N-1", EARLY))

    assert payload["products"] == [{"sku": "N-1", "inStock": True, "stockChangedAt": LATE}]
    assert (payload["stoppedAdIds"], payload["seq"]) == ([], None)
    assert ad(api, TENT_AD)["systemStop"] == "NONE"


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (stock("X-1"), ("NOT_FOUND", ["items", "1", "sku"])),
        (stock("N-2"), ("INVALID", ["items", "1", "sku"])),
        (stock("N-1", "2026-11-20T12:05:01Z"), ("INVALID", ["items", "1", "at"])),
        (stock("N-1", "1999-12-31T23:59:59Z"), ("INVALID", ["items", "1", "at"])),
        (stock(""), ("INVALID", ["items", "1", "sku"])),
    ],
)
def test_a_report_that_is_wrong_is_refused_by_itself(api: Api, item, error):
    payload = report(api, stock("N-2"), item)

    assert refused(payload) == [error]
    assert payload["stoppedAdIds"] == [BAG_AD]
    assert ad(api, TENT_AD)["systemStop"] == "NONE"


def test_admins_are_mailed_once_a_report_except_who_muted_that(api: Api):
    api.write("UPDATE membership SET level = 'ADMIN', muted = '[\"OUT_OF_STOCK\"]' WHERE level = 'EDITOR'")
    report(api, stock("N-1"), stock("N-2"))
    (letter,) = api.mail(OWNER.email)

    assert letter.subject == "2 ads of North stopped: out of stock"
    assert "put a new ad in the place of the old one" in letter.text
    assert api.mail(EDITOR.email) == []


def test_a_rehearsal_stops_nothing(api: Api):
    document = REPORT.replace("(input: {items: $items})", "(input: {items: $items}) @dryRun")
    payload = api(document, as_=FEED, items=[stock("N-1")]).data["stockReport"]

    assert payload["stoppedAdIds"] == [TENT_AD]
    assert ad(api, TENT_AD)["systemStop"] == "NONE"
    assert api.rows("SELECT count(*) FROM change, email_message") == [(0,)]


def test_an_ad_cannot_be_made_for_what_is_out_of_stock(api: Api):
    report(api, stock("N-1"))
    document = f"""mutation {{ adCreate(input: {{campaignId: "{SPRING}", title: "T", headline: "H",
      landing: {{productId: "{TENT}"}}, bid: {{micros: "500000", currency: "USD"}}}})
      {{ userErrors {{ code path }} }} }}"""
    error = {"code": "INVALID", "path": ["landing", "productId"]}

    assert api(document, as_=EDITOR).data["adCreate"]["userErrors"] == [error]


# ---- size


def count(api: Api) -> int:
    return len([sql for sql in api.statements if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))])


def test_a_thousand_products_take_as_few_statements_as_a_few(api: Api):
    found = []
    for size in (20, 1000):
        api.statements.clear()
        items = [{**CUP, "sku": f"{size}-{n}", "title": "A long title of a product " * 15} for n in range(size)]
        assert len(upsert(api, *items)["products"]) == size
        found.append(count(api))

    # caller; written (500 a statement), words, their slips (no new ones the second time); vendor's accounts, keys;
    # history; answer
    assert found == [9, 9]


def test_a_thousand_reports_take_as_few_statements_as_a_few(api: Api):
    upsert(api, *({**CUP, "sku": f"X-{n}"} for n in range(998)))
    for each in ("N-1", "N-2"):
        report(api, stock(each, EARLY, there=True))
    api.statements.clear()
    payload = report(api, stock("N-1"), stock("N-2"), *(stock(f"X-{n}") for n in range(998)))

    assert (len(payload["products"]), sorted(payload["stoppedAdIds"])) == (1000, sorted([TENT_AD, BAG_AD]))
    assert api.rows("SELECT count(*) FROM change WHERE event = 'PRODUCT_OUT_OF_STOCK'") == [(1000,)]
    assert count(api) == 20  # as many as of two products that stop ads of the same kinds


def test_the_account_of_the_vendor_sees_how_many_products_changed(api: Api):
    upsert(api, CUP, {**CUP, "sku": "N-8"}, {**CUP, "vendorCode": "NOBODY"})
    changes = api.rows("SELECT subject_type, after FROM change")

    assert [kind for kind, _ in changes] == ["Account"]
    assert "2" in str(changes[0][1])
