"""Shoppers find public UPGRADED Pages by the brand's name, however they write it (S44, I6)."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.paging import TEXT, create, decided, drafted, published, wish
from tests.people import EDITOR, OWNER, gid

SEARCH = """query ($query: String!, $first: Int, $after: String) {
  searchBrandPages(query: $query, first: $first, after: $after) {
    totalCount { value } nodes { slug brand { name } published { title } } pageInfo { endCursor hasNextPage } } }"""
NAMES = ("Northpeak", "Northwind Outdoor", "Café Müller", "Ember", "Be")


def found(api: Api, query: str, **more: Any) -> list[str]:
    answer = api(SEARCH, query=query, **{"first": 10, **more})
    return [each["slug"] for each in answer.data["searchBrandPages"]["nodes"]]


def of_brand(api: Api, name: str) -> None:
    """A public UPGRADED Page of another brand of NORTH."""
    key = name.lower().replace(" ", "-").replace("é", "e").replace("ü", "u")
    columns = "id, account_id, name, name_key, vendor_code, approved, created_at"
    like = "SELECT :id, account_id, :name, :key, vendor_code, approved, created_at FROM brand WHERE name = 'Northpeak'"
    id = f"0198{len(key):04}-{sum(map(ord, key)):04}-7000-8000-000000000001"
    is_sqlite = api.installation.database.dialect.name == "sqlite"
    sent = {"id": id.replace("-", "") if is_sqlite else id, "name": name, "key": key.replace("-", " ")}
    api.write(f"INSERT INTO brand ({columns}) {like if is_sqlite else like.replace(':id', ':id ::uuid')}", **sent)
    (brand,) = [
        each["id"]
        for each in api(BRANDS, as_=OWNER, id=gid("Account", "north")).data["node"]["brands"]["nodes"]
        if each["name"] == name
    ]
    page = create(api, brandId=brand, slug=f"{key}-page")["page"]["id"]
    wish(api, "Update", id=page, sections=[TEXT])
    decided(api, page)


BRANDS = "query ($id: ID!) { node(id: $id) { ... on Account { brands(first: 50) { nodes { id name } } } } }"


@pytest.fixture
def street(api: Api) -> Api:
    """Five brands with Pages that shoppers find."""
    published(api)
    for name in NAMES[1:]:
        of_brand(api, name)
    return api


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("Northpeak", ["northpeak", "northwind-outdoor-page"]),
        ("NORTHPEAK", ["northpeak", "northwind-outdoor-page"]),
        ("nörthpéak", ["northpeak", "northwind-outdoor-page"]),
        ("nortpeak", ["northpeak"]),
        ("northpaek", ["northpeak", "northwind-outdoor-page"]),
        ("northpeak tents for two", ["northpeak"]),
        ("nor", ["northpeak", "northwind-outdoor-page"]),
        ("cafe muller", ["cafe-muller-page"]),
        ("muler", ["cafe-muller-page"]),
        ("embr", ["ember-page"]),
        ("be", ["be-page"]),
        ("zzz", []),
        ("tent", []),
        ("", []),
        ("  ", []),
        ("%_'\"\\", []),
        ("x" * 5000, []),
    ],
)
def test_a_brand_is_found_however_it_is_written(street: Api, query, slugs):  # S44
    assert found(street, query) == slugs


def test_pages_of_a_search_are_paged_without_gaps(street: Api):
    everything, after, seen = found(street, "nor"), None, []
    while True:
        answer = street(SEARCH, query="nor", first=1, after=after).data["searchBrandPages"]
        seen += [each["slug"] for each in answer["nodes"]]
        after = answer["pageInfo"]["endCursor"]
        if not answer["pageInfo"]["hasNextPage"]:
            break

    assert (seen, answer["totalCount"]) == (everything, {"value": 2})


def test_a_basic_page_is_not_found_until_it_is_upgraded(api: Api):  # S44, I6
    id = published(api, "BASIC")
    assert found(api, "northpeak") == []
    wish(api, "Upgrade", id=id)

    assert found(api, "northpeak") == ["northpeak"]


def test_what_is_not_public_is_not_found(api: Api):  # S44
    id = drafted(api)
    assert found(api, "northpeak") == []
    decided(api, id)
    assert found(api, "northpeak") == ["northpeak"]
    wish(api, "Unpublish", id=id)

    assert found(api, "northpeak") == []


def test_the_page_of_a_suspended_account_is_not_found(api: Api):
    published(api)
    api.write("UPDATE account SET status = 'SUSPENDED' WHERE name_key = 'north'")

    assert found(api, "northpeak") == []


@pytest.mark.parametrize("first", [0, 101])
def test_a_search_keeps_the_limits_of_lists(api: Api, first):
    answer = api(SEARCH, query="northpeak", first=first)

    assert (answer.data, answer.codes) == (None, ["INVALID"])


def test_a_page_is_told_by_its_brand(api: Api):
    published(api)
    (node,) = api(SEARCH, as_=EDITOR, query="northpeak", first=1).data["searchBrandPages"]["nodes"]

    assert node == {"slug": "northpeak", "brand": {"name": "Northpeak"}, "published": {"title": "Northpeak"}}
