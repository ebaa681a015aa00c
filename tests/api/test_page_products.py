"""Apps search among the products of the brand whose public Page is at an address, as shoppers do on the Page itself."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.paging import published, wish
from tests.people import FEED, OUTSIDER, OWNER, STOVE

SEARCH = """query ($slug: String!, $query: String, $first: Int = 10, $after: String) {
  brandPageProducts(slug: $slug, query: $query, first: $first, after: $after) {
    nodes { sku } totalCount { value } pageInfo { hasNextPage endCursor } } }"""


def found(api: Api, query: str | None = None, slug: str = "northpeak", who: Any = None) -> list[str]:
    answer = api(SEARCH, as_=who, slug=slug, query=query)
    return [each["sku"] for each in answer.data["brandPageProducts"]["nodes"]]


@pytest.mark.parametrize("who", [None, OUTSIDER, OWNER, FEED])
def test_everybody_finds_the_brands_products(api: Api, who):
    published(api)

    assert found(api, "tents", who=who) == ["N-4", "N-1"]


@pytest.mark.parametrize("query", [None, "", "  "])
def test_without_words_it_is_all_of_them_by_title(api: Api, query):
    published(api)

    assert found(api, query) == ["N-4", "N-2", "N-1"]  # no stove, which is another brand's


@pytest.mark.parametrize("query", ["kite", "S-1", "stove", "%", "\x01", "x" * 5000])
def test_what_is_not_the_brands_is_not_found(api: Api, query):
    published(api)

    assert found(api, query) == []


def test_what_the_page_shows_is_found_whosever_brand_it_is(api: Api):
    id = published(api, sections=[{"kind": "PRODUCTS", "productIds": [STOVE]}], productIds=[])
    assert found(api, "stove") == ["N-3"]
    wish(api, "Update", id=id, sections=[{"kind": "TEXT", "text": "Words"}])

    assert found(api, "stove") == ["N-3"]  # the draft shows it no more, the public Page does


@pytest.mark.parametrize("slug", ["nobody", "", "../x", "%", "x" * 500])
def test_where_no_page_is_nothing_is_found(api: Api, slug):
    published(api)

    assert found(api, "tent", slug) == []


def test_a_page_that_is_not_public_tells_nothing(api: Api):
    id = published(api)
    wish(api, "Update", id=id, slug="north-peak")
    assert found(api, "bag", "northpeak") == found(api, "bag", "North-Peak") == ["N-2"]
    wish(api, "Unpublish", id=id)

    assert (found(api, "bag", "northpeak"), found(api, None, "north-peak")) == ([], [])


def test_a_product_page_by_page(api: Api):
    published(api)
    first = api(SEARCH, slug="northpeak", query=None, first=2).data["brandPageProducts"]
    then = api(SEARCH, slug="northpeak", query=None, first=2, after=first["pageInfo"]["endCursor"]).data

    assert (first["totalCount"]["value"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert [each["sku"] for each in then["brandPageProducts"]["nodes"]] == ["N-1"]
