"""Searching products: what is found, and in which order, alike on SQLite and PostgreSQL."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from app.db.keys import any_of
from app.db.page import ordered
from app.db.tables.catalogue import Product
from app.domain.search import Search
from app.resolvers.catalogue import PRODUCTS, ProductSort, matching
from app.wiring import Installation
from tests.conftest import Answer, Api
from tests.people import EDITOR, FEED, NORTH, NORTH_BRAND, SOUTH, STRANGER, gid

FIND = """query ($account: ID!, $query: String, $filter: ProductFilter, $sort: ProductSort, $after: String,
  $first: Int = 100) { products(accountId: $account, query: $query, filter: $filter, sort: $sort, first: $first,
  after: $after) { totalCount { value } nodes { sku } pageInfo { hasNextPage endCursor } } }"""
UPSERT = """mutation ($items: [ProductInput!]!) { productUpsert(input: {items: $items}) {
  products { sku } userErrors { message } } }"""
# sku: title, brand, part number, description, price in cents
SHELF = {
    "toner": ("Brother TN-2110 toner cartridge", "Brother", "TN-2110", "Black", 5_000),
    "fake": ("Toner cartridge", "Acme", "AC-1", "Replaces Brother TN-2110, prints 1,500 pages", 2_000),
    "hub": ("USB-C hub", "Sandberg", "336-20", "Four ports", 3_000),
    "watch": ("Denver SW-350 smartwatch", "Denver", "SW-350", "With GPS", 9_000),
    "card": ("Memory card 32 GB", "Kingston", "SDC4/32GB", "microSD", 1_500),
    "bank": ("Wireless power bank", "Anker", "A1263", "Charges everything", 4_000),
    "batteries": ("Rechargeable batteries AA", "Varta", "56706", "Ready to use", 1_000),
    "café": ("Crème Café machine", "Müller", "KF 520", "Ten cups", 12_000),
    "keyboard": ("Comfort keyboard", "Cherry", "G84-5400", "Keyboard with a trackball", 8_000),
    "cover": ("Cover", "Cherry", "WetEx", "For a keyboard", 700),
    "rest": ("Keyboard wrist rest with a gel filling in black", "Cherry", "K-5", "Soft", 1_900),
}
CUP = {"vendorCode": "NORTH", "detailUrl": "https://shop.example/c"}


async def shelf(installation: Installation) -> None:
    """NORTH sells what is on the shelf, and nothing else."""
    async with installation.database.writer.begin() as connection:
        await connection.exec_driver_sql("UPDATE product SET vendor_code = 'OLD' WHERE vendor_code = 'NORTH'")
    names = ("title", "brand", "part", "description", "price_cents")
    records = [{"sku": sku, **dict(zip(names, facts, strict=True))} for sku, facts in SHELF.items()]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "products.jsonl"
        file.write_text("\n".join(map(json.dumps, records)))
        imported = await installation.importing(file, "NORTH").run(strict=True)
    assert (imported.written, imported.broken) == (len(SHELF), [])


@pytest.fixture(scope="module")
def fill():
    return shelf


def ask(api: Api, who=EDITOR, account: str = NORTH, **arguments: Any) -> Answer:
    return api(FIND, as_=who, account=account, **arguments)


def found(api: Api, query: str | None, **arguments: Any) -> list[str]:
    """The skus found, the best first."""
    answer = ask(api, query=query, **arguments)
    assert (answer.status, answer.errors) == (200, [])
    products = answer.data["products"]
    assert products["totalCount"] == {"value": len(products["nodes"])}
    return [each["sku"] for each in products["nodes"]]


def upsert(api: Api, **item: Any) -> None:
    assert api(UPSERT, as_=FEED, items=[{**CUP, **item}]).data["productUpsert"]["userErrors"] == []


# ---- what is found


@pytest.mark.parametrize(
    ("query", "sku"),
    [
        ("café", "café"),
        ("CAFE", "café"),
        ("cafe\u0301", "café"),
        ("creme", "café"),
        ("muller", "café"),
        ("Müllers", "café"),
        ("battery", "batteries"),
        ("Batteries", "batteries"),
        ("usb-c", "hub"),
        ("usbc", "hub"),
        ("usb c", "hub"),
        ("smart watch", "watch"),
        ("smartwatches", "watch"),
        ("powerbank", "bank"),
        ("power-bank", "bank"),
        ("32gb", "card"),
        ("32 gb", "card"),
        ("micro sd", "card"),
        ("gps", "watch"),
        ("keybo", "keyboard"),
        ("keybord", "keyboard"),
        ("rechargable", "batteries"),
        ("56706", "batteries"),
        ("336 20", "hub"),
        ("g845400", "keyboard"),
        ("5400", "keyboard"),
        ("sdc4-32gb", "card"),
        ("batteries xyzzy", "batteries"),
        ("xyzzy rechargable plugh batteries", "batteries"),
    ],
)
def test_the_product_that_is_meant_comes_first(api: Api, query, sku):
    assert found(api, query)[:1] == [sku]


@pytest.mark.parametrize("query", ["TN-2110", "tn2110", "tn 2110", "Tn_2110", " TN - 2110 "])
def test_a_part_number_brings_its_product_first_however_it_is_written(api: Api, query):
    assert found(api, query) == ["toner", "fake"]


def test_a_sku_is_found_as_a_part_number_is(api: Api):
    upsert(api, sku="N-77/1", title="Nameless thing")
    upsert(api, sku="X-1", title="Case for N-77/1, N-77/1 and N-77/1")

    assert found(api, "n-77/1") == found(api, "N77 1") == ["N-77/1", "X-1"]


def test_title_counts_more_than_description_and_both_more_than_either(api: Api):
    upsert(api, sku="title", title="Zither one two")
    upsert(api, sku="told", title="One two three", category=["Zither"])
    upsert(api, sku="both", title="Zither one two", category=["Zither"])
    upsert(api, sku="twice", title="Zither zither one")

    assert found(api, "zither") == ["twice", "both", "title", "told"]


def test_the_brand_counts_as_the_title_does(api: Api):
    upsert(api, sku="branded", title="Lamp", brandName="Zither")
    upsert(api, sku="titled", title="Zither lamp", category=["x"])
    upsert(api, sku="told", title="Lamp", category=["Zither"])

    assert found(api, "zither") == ["branded", "titled", "told"]


def test_among_equals_the_one_told_in_fewer_words_comes_first_then_the_title(api: Api):
    for sku, title in (("c", "Zither with a stand"), ("b", "Zither two"), ("a", "Zither one")):
        upsert(api, sku=sku, title=title)

    assert found(api, "zither") == ["a", "b", "c"]


def test_products_with_every_word_come_before_those_with_some(api: Api):
    assert found(api, "keyboard cover cherry") == ["cover", "keyboard", "rest"]
    assert found(api, "toner cartridge pages")[0] == "fake"


def test_what_is_found_by_other_orders_has_as_many_of_the_words_as_any(api: Api):
    assert found(api, "cherry keyboard") == ["keyboard", "cover", "rest"]
    assert found(api, "cherry keyboard gel", sort="PRICE_ASC") == ["rest"]
    assert found(api, "cherry keyboard xyzzy", sort="PRICE_ASC") == ["cover", "rest", "keyboard"]
    assert found(api, "toner smartwatch xyzzy", sort="PRICE_DESC") == ["watch", "toner", "fake"]
    assert found(api, "toner cartridge", sort="TITLE_ASC") == ["toner", "fake"]


def test_others_follow_only_where_few_products_have_every_word(api: Api):
    for number in range(19):
        upsert(api, sku=f"Z{number:02}", title="Zither lamp")
    upsert(api, sku="other", title="Zither")
    assert found(api, "zither lamp")[-1] == "other"

    upsert(api, sku="Z19", title="Zither lamp")
    assert found(api, "zither lamp") == [f"Z{number:02}" for number in range(20)]


def test_a_word_that_products_have_is_not_taken_for_a_slip(api: Api):
    upsert(api, sku="table", title="Tables")
    upsert(api, sku="cable", title="Cables")

    assert (found(api, "table"), found(api, "cable")) == (["table"], ["cable"])
    assert found(api, "xable") == ["cable", "table"]


# ---- whose, and which


def test_only_products_of_the_vendor_are_found(api: Api):
    upsert(api, sku="S-9", title="Keyboard xyzzy", vendorCode="SOUTH")

    assert found(api, "xyzzy") == found(api, "_534f555448") == found(api, "S-9") == []
    assert found(api, "keyboard") == ["keyboard", "cover", "rest"]
    assert found(api, "keyboard", who=STRANGER, account=SOUTH) == ["S-9"]
    assert (
        found(api, "comfort", who=STRANGER, account=SOUTH) == found(api, "confort", who=STRANGER, account=SOUTH) == []
    )
    assert ask(api, STRANGER, NORTH, query="keyboard").codes == ["NOT_FOUND"]
    assert ask(api, query="keyboard", account=gid("Account", "unknown")).codes == ["NOT_FOUND"]


def test_a_search_looks_only_among_what_the_filter_leaves(api: Api):
    api.write("UPDATE product SET in_stock = false WHERE sku = 'keyboard'")
    api.write("UPDATE product SET brand_key = 'northpeak' WHERE sku = 'cover'")

    assert found(api, "comfort keyboard", filter={"inStock": True}) == ["cover", "rest"]
    assert found(api, "keyboard", filter={"inStock": False}) == ["keyboard"]
    assert found(api, "comfort keyboard", filter={"brandIds": [NORTH_BRAND]}) == ["cover"]
    assert found(api, "toner", filter={"brandIds": [NORTH_BRAND]}) == []


def skus(api: Api, query: str, condition: Any) -> list[str]:
    """The skus found among products under a condition, as a Page's own read finds them."""
    rows = ordered(matching(literal("NORTH"), Search.of(query), condition), PRODUCTS.orders[ProductSort.RELEVANCE])

    async def read() -> list[str]:
        async with api.installation.database.reading() as connection:
            return [row.sku for row in await connection.execute(rows)]

    return api.run(read)


def test_a_shopper_searches_among_the_products_of_a_page(api: Api):
    chosen = select(Product.id).where(Product.sku.in_(["cover", "rest", "hub"]))
    on_page = any_of(Product.id, chosen)

    assert skus(api, "keyboard", on_page) == ["cover", "rest"]
    assert skus(api, "comfort keybord", on_page) == ["cover", "rest"]
    assert skus(api, "toner", on_page) == skus(api, "%", on_page) == []
    assert sorted(skus(api, " ", on_page)) == ["cover", "hub", "rest"]


# ---- as it changes


def test_a_product_is_found_by_what_it_is_now(api: Api):
    upsert(api, sku="hub", title="Docking station", brandName="Sandberg")

    assert found(api, "docking") == ["hub"]
    assert found(api, "usb-c") == found(api, "usbc") == []
    assert found(api, "four ports") == found(api, "336-20") == ["hub"]  # which the feed did not name


def test_a_product_that_is_gone_is_not_found(api: Api):
    api.write("DELETE FROM product WHERE sku = 'hub'")
    upsert(api, sku="new", title="Nothing like it")

    assert found(api, "usb-c hub") == []
    assert found(api, "nothing") == ["new"]


def test_stock_changes_nothing_of_what_is_found(api: Api):
    report = (
        'mutation { stockReport(input: {items: [{sku: "hub", inStock: false, at: "2026-11-20T11:00:00Z"}]}) { seq } }'
    )
    api(report, as_=FEED)

    assert found(api, "usb-c hub", filter={"inStock": False}) == ["hub"]


def test_pages_go_on_where_they_were_while_products_come_and_go(api: Api):
    for number in range(6):
        upsert(api, sku=f"Z{number}", title=f"Zither {'of oak ' * number}")
    first = ask(api, query="zither", first=2).data["products"]
    upsert(api, sku="better", title="Zither zither")
    upsert(api, sku="more", title="Harp", category=["zither"])
    api.write("DELETE FROM product WHERE sku = 'Z1'")
    then = ask(api, query="zither", first=3, after=first["pageInfo"]["endCursor"]).data["products"]

    assert [[each["sku"] for each in page["nodes"]] for page in (first, then)] == [["Z0", "Z1"], ["more", "Z2", "Z3"]]
    assert then["totalCount"] == {"value": 7}


# ---- whatever is typed


HOSTILE = ['"', "'", '"usb', "usb*", "*", "AND", "OR OR", "NOT hub", "NEAR(usb hub, 2)", "words : usb", "^usb", "-usb"]
HOSTILE += [
    "usb & hub | !x",
    "usb:*",
    "usb <-> hub",
    "(usb",
    "usb)",
    "\\",
    "%",
    "_",
    "=336",
    "_4e4f525448",
    "usb + hub",
]
HOSTILE += [
    "{}",
    ";--",
    "1e400",
    "0x",
    "..",
    "--",
    "/*",
    "\x01",
    "a\nb\tc",
    "x" * 10_000,
    "x " * 5_000,
    "usb-" * 100,
    "a-" + "x" * 9_000,
]
HOSTILE += ["😀", "usb😀hub", "\u200b", "\u0301", "\ufb01", "\ufdfa" * 50, "电脑" * 30, " ".join(map(str, range(40)))]


@pytest.mark.parametrize("query", HOSTILE)
def test_whatever_is_typed_is_searched_for(api: Api, query):
    for sort in ("RELEVANCE", "PRICE_DESC"):
        answer = ask(api, query=query, sort=sort)
        assert (answer.status, answer.errors) == (200, [])


@pytest.mark.parametrize("query", ["%", "_", "\\", "t_ner", "t%ner", "'; --", '""', "😀", "!!", "* *", "()"])
def test_signs_stand_for_themselves_and_are_in_no_product(api: Api, query):
    assert found(api, query) == []


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def test_any_text_is_searched_for(api: Api):
    several = settings(
        max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    pieces = st.sampled_from(["usb", "hub", "tn-2110", "AND", "NEAR(", '"', "'", "*", ":", "\\", "é", "电", "😀", " "])

    @several
    @given(TEXTS | st.lists(pieces, max_size=12).map(" ".join))
    def answers(query: str) -> None:
        answer = ask(api, query=query)
        assert (answer.status, [code for code in answer.codes if code != "INVALID"]) == (200, [])

    answers()


def test_a_blank_query_looks_for_nothing(api: Api):
    by_title = sorted(SHELF, key=lambda sku: SHELF[sku][0].lower().replace("è", "e").replace("é", "e"))

    for query in (None, "", "  ", "\t\n"):
        assert found(api, query) == by_title
