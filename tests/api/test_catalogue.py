"""The catalogue: searching the products of one's vendor, and the taxonomy of interests."""

from typing import Any

import pytest

from tests.conftest import Answer, Api
from tests.people import (
    BAG,
    BOTH,
    EDITOR,
    LAMP,
    NORTH,
    NORTH_BRAND,
    OPERATOR,
    OUTSIDER,
    OWNER,
    SOUTH,
    SOUTH_BRAND,
    SOUTH_PRODUCT,
    SPRING,
    STOVE,
    STRANGER,
    TENT,
    UNAPPROVED,
    gid,
)

PRODUCTS = """query ($account: ID!, $query: String, $filter: ProductFilter, $sort: ProductSort) {
  products(accountId: $account, query: $query, filter: $filter, sort: $sort, first: 50) {
    totalCount { value precision } nodes { id sku } } }"""
WHOLE = """query ($id: ID!) { node(id: $id) { ... on Product {
  sku title brandName price { micros currency } detailUrl imageUrl inStock stockChangedAt } } }"""
INTERESTS = """query ($query: String, $first: Int, $after: String) {
  interests(query: $query, first: $first, after: $after) {
    totalCount { value precision } nodes { id name path } pageInfo { hasNextPage endCursor } } }"""
NAMES = {TENT: "tent", BAG: "bag", STOVE: "stove", LAMP: "lamp", SOUTH_PRODUCT: "kite"}


def ask(api: Api, who=EDITOR, account: str = NORTH, **arguments: Any) -> Answer:
    return api(PRODUCTS, as_=who, account=account, **arguments)


def found(api: Api, *about: Any, **arguments: Any) -> list[str]:
    """The products found, by their short names, in order."""
    answer = ask(api, *about, **arguments)
    assert answer.errors == []
    products = answer.data["products"]
    assert products["totalCount"] == {"value": len(products["nodes"]), "precision": "EXACT"}
    return [NAMES[each["id"]] for each in products["nodes"]]


# ---- whose products


@pytest.mark.parametrize("who", [OWNER, EDITOR, BOTH])
def test_members_see_the_products_of_their_own_vendor(api: Api, who):
    assert found(api, who) == ["stove", "lamp", "bag", "tent"]
    assert found(api, STRANGER, SOUTH) == ["kite"]


@pytest.mark.parametrize("who", [STRANGER, OUTSIDER, OPERATOR])
def test_a_foreign_catalogue_looks_like_none(api: Api, who):
    for account in (NORTH, gid("Account", "unknown"), "nonsense", SPRING):
        answer = ask(api, who, account)
        assert (answer.status, answer.data, answer.codes) == (200, {"products": None}, ["NOT_FOUND"])
        assert answer.errors[0]["extensions"]["argument"] == ["accountId"]


def test_a_product_shows_what_the_retailer_said(api: Api):
    unknown = dict.fromkeys(("price", "imageUrl", "stockChangedAt"))
    facts = {"sku": "N-3", "title": "Ember gas stove", "brandName": "Ember", "inStock": True, **unknown}
    url = "https://shop.example/products/N-3"

    assert api(WHOLE, as_=EDITOR, id=STOVE).data["node"] == {**facts, "detailUrl": url}
    assert api(WHOLE, as_=EDITOR, id=TENT).data["node"]["price"] == {"micros": "189000000", "currency": "USD"}


# ---- searching: more of it in test_search.py


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("lümen", ["lamp"]),
        ("LÜMEN", ["lamp"]),
        ("lu\u0308men", ["lamp"]),
        ("TENT", ["lamp", "tent"]),
        ("tent trail", ["tent", "lamp"]),
        ("  for   two ", ["tent"]),
        ("tent stove", ["stove", "lamp", "tent"]),
        ("northpeak bag", ["bag", "lamp", "tent"]),
        ("ember", ["stove"]),
        ("N-2", ["bag"]),
        ("%", []),
        ("_", []),
        ("t_nt", []),
        ("\\", []),
        ("'; --", []),
        ("kite", []),
        ("x " * 400, []),
        (" ", ["stove", "lamp", "bag", "tent"]),
        ("", ["stove", "lamp", "bag", "tent"]),
        (None, ["stove", "lamp", "bag", "tent"]),
    ],
)
def test_products_are_searched_by_their_words(api: Api, query, names):
    assert found(api, query=query) == names


# ---- narrowing


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ({"inStock": True}, ["stove", "bag", "tent"]),
        ({"inStock": False}, ["lamp"]),
        ({"inStock": None}, ["stove", "lamp", "bag", "tent"]),
        ({"brandIds": [NORTH_BRAND]}, ["lamp", "bag", "tent"]),
        ({"brandIds": [NORTH_BRAND, UNAPPROVED]}, ["lamp", "bag", "tent"]),
        ({"brandIds": [UNAPPROVED]}, []),
        ({"brandIds": [SOUTH_BRAND]}, []),
        ({"brandIds": [gid("Brand", "unknown")]}, []),
        ({"brandIds": [NORTH_BRAND], "inStock": True}, ["bag", "tent"]),
        ({"brandIds": None}, ["stove", "lamp", "bag", "tent"]),
        ({}, ["stove", "lamp", "bag", "tent"]),
        (None, ["stove", "lamp", "bag", "tent"]),
    ],
)
def test_products_can_be_narrowed(api: Api, filter, names):
    assert found(api, filter=filter) == names


def test_a_foreign_brand_opens_no_foreign_product(api: Api):
    api.write("UPDATE product SET brand_name = 'Southwind', brand_key = 'southwind' WHERE sku = 'N-1'")

    assert found(api, BOTH, filter={"brandIds": [SOUTH_BRAND]}) == []
    assert found(api, BOTH, SOUTH, filter={"brandIds": [SOUTH_BRAND]}) == ["kite"]


@pytest.mark.parametrize("brand", ["nonsense", SPRING])
def test_a_brand_is_named_by_the_id_of_one(api: Api, brand):
    answer = ask(api, filter={"brandIds": [NORTH_BRAND, brand]})

    assert (answer.data, answer.codes) == ({"products": None}, ["NOT_FOUND"])
    assert answer.errors[0]["extensions"]["argument"] == ["filter", "brandIds", "1"]


# ---- sorting


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("TITLE_ASC", ["stove", "lamp", "bag", "tent"]),
        ("PRICE_ASC", ["lamp", "bag", "tent", "stove"]),
        ("PRICE_DESC", ["tent", "bag", "lamp", "stove"]),
        ("RELEVANCE", ["stove", "lamp", "bag", "tent"]),
        (None, ["stove", "lamp", "bag", "tent"]),
    ],
)
def test_products_can_be_sorted_and_an_unknown_price_comes_last(api: Api, sort, names):
    assert found(api, sort=sort) == names


@pytest.mark.parametrize("sort", ["PRICE_ASC", "PRICE_DESC"])
def test_pages_go_on_behind_products_without_a_price(api: Api, sort):
    api.write("UPDATE product SET price_micros = NULL WHERE sku IN ('N-1', 'N-3')")
    page = """query ($account: ID!, $sort: ProductSort, $after: String) {
      products(accountId: $account, sort: $sort, first: 1, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""
    seen, after = [], None
    for _ in range(4):
        products = api(page, as_=EDITOR, account=NORTH, sort=sort, after=after).data["products"]
        seen.append(NAMES[products["nodes"][0]["id"]])
        after = products["pageInfo"]["endCursor"]

    assert products["pageInfo"]["hasNextPage"] is False
    assert seen[:2] == (["lamp", "bag"] if sort == "PRICE_ASC" else ["bag", "lamp"])
    assert sorted(seen[2:]) == ["stove", "tent"]


# ---- interests


def test_the_taxonomy_has_72_interests_by_name_and_can_be_paged_through(api: Api):
    seen, after, sizes = [], None, []
    while after is not None or not sizes:
        answer = api(INTERESTS, as_=OUTSIDER, first=20, after=after).data["interests"]
        assert answer["totalCount"] == {"value": 72, "precision": "EXACT"}
        seen += [each["name"] for each in answer["nodes"]]
        sizes.append(len(answer["nodes"]))
        after = answer["pageInfo"]["endCursor"] if answer["pageInfo"]["hasNextPage"] else None

    assert sizes == [20, 20, 20, 12]
    assert (len(set(seen)), seen) == (72, sorted(seen, key=str.lower))


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("camp", [["Outdoors and sport", "Camping"]]),
        ("CAMP ing", []),
        ("make-up", [["Beauty", "Make-up"]]),
        ("  Hair  ", [["Beauty", "Hair care"]]),
        ("garden", [["Garden and tools"], ["Garden and tools", "Gardening"]]),
        ("%", []),
        ("_", []),
        ("zzz", []),
    ],
)
def test_interests_can_be_searched_by_a_part_of_their_name(api: Api, query, paths):
    answer = api(INTERESTS, as_=EDITOR, first=100, query=query).data["interests"]

    assert [each["path"] for each in answer["nodes"]] == paths
    assert answer["totalCount"]["value"] == len(paths)


def test_an_interest_has_the_same_id_everywhere(api: Api):
    (camping,) = api(INTERESTS, as_=EDITOR, first=1, query="camping").data["interests"]["nodes"]
    again = api("query ($id: ID!) { node(id: $id) { ... on Interest { name path } } }", as_=OWNER, id=camping["id"])

    assert again.data["node"] == {"name": "Camping", "path": ["Outdoors and sport", "Camping"]}
    assert api(INTERESTS, first=1).codes == ["UNAUTHENTICATED"]
