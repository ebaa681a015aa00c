"""Automated widgets: what they show, from which signals, and when it is computed again (S44)."""

import pytest

from tests.conftest import Api
from tests.paging import TABLES, drafted, page, published, seen, wish
from tests.people import FEED, TENT

STOCK = "mutation ($items: [StockInput!]!) { stockReport(input: {items: $items}) { userErrors { message } } }"
FIRST = """query ($id: ID!, $first: Int) { node(id: $id) { ... on BrandPage { widgets { kind computedAt
  products(first: $first) { sku } } } } }"""


def shown(api: Api, id: str, kind: str = "BEST_SELLERS") -> list[str]:
    (widget,) = [each for each in page(api, id)["widgets"] if each["kind"] == kind]
    return [each["sku"] for each in widget["products"]]


def enable(api: Api, id: str, kind: str = "BEST_SELLERS", enabled: bool = True) -> None:
    assert wish(api, "SetWidget", id=id, kind=kind, enabled=enabled)["userErrors"] == []


def stock(api: Api, sku: str, in_stock: bool) -> None:
    at = api.clock.now.isoformat()
    assert api(STOCK, as_=FEED, items=[{"sku": sku, "inStock": in_stock, "at": at}]).data


def later(api: Api, **time: float) -> None:
    api.clock.pass_(**time)
    api.work()


def test_best_sellers_are_the_brands_products_by_clicks(api: Api):  # S44
    id = drafted(api)
    enable(api, id)

    assert shown(api, id) == ["N-1", "N-2"]  # 7 clicks and 1; the stove is another brand's, the lamp out of stock
    assert shown(api, id, "RECOMMENDATIONS") == []


@pytest.mark.parametrize("after", ["click", "view"])
def test_visits_of_a_products_page_count_three_times_a_click(api: Api, after):  # S44, S51
    seen_ = f"UPDATE metric_hour SET detail_page_views_after_{after} = :number WHERE clicks = 1 AND campaign_id = "
    of = f"{seen_}(SELECT id FROM campaign WHERE name = 'Spring')"
    id = drafted(api)
    api.write(of, number=2)
    enable(api, id)
    assert shown(api, id) == ["N-1", "N-2"]  # 7 and 1 + 2 x 3, the newer first of equals
    api.write(of, number=3)
    later(api, hours=1)

    assert shown(api, id) == ["N-2", "N-1"]


def test_the_public_sees_a_widget_as_soon_as_it_is_shown(api: Api):
    id = published(api)
    assert [each["products"] for each in seen(api)["widgets"]] == [[], []]
    enable(api, id)
    assert [each["sku"] for each in seen(api)["widgets"][0]["products"]] == ["N-1", "N-2"]
    enable(api, id, enabled=False)

    assert [each["products"] for each in seen(api)["widgets"]] == [[], []]


def test_recommended_is_what_is_neither_shown_nor_sold_best(api: Api):
    stock(api, "N-4", in_stock=True)
    id = drafted(api, productIds=[TENT])
    enable(api, id, "RECOMMENDATIONS")

    assert shown(api, id, "RECOMMENDATIONS") == ["N-4"]


def test_what_runs_out_of_stock_gives_its_place_at_once(api: Api):  # S79
    id = drafted(api)
    enable(api, id)
    stock(api, "N-1", in_stock=False)
    first = api(FIRST, as_="ecs_editor", id=id, first=1).data["node"]["widgets"][0]["products"]

    assert (shown(api, id), first) == (["N-2"], [{"sku": "N-2"}])


def test_widgets_are_computed_again_every_hour(api: Api):
    id = drafted(api)
    enable(api, id)
    api.write("UPDATE metric_hour SET clicks = 0 WHERE product_id = (SELECT id FROM product WHERE sku = 'N-1')")
    later(api, minutes=50)
    assert shown(api, id) == ["N-1", "N-2"]
    later(api, minutes=20)

    assert shown(api, id) == ["N-2"]


def test_signals_of_more_than_four_weeks_ago_count_for_nothing(api: Api):
    id = drafted(api)
    enable(api, id)
    api.write("UPDATE metric_hour SET day = '2026-10-22' WHERE day = '2026-11-19'")
    api.write("UPDATE metric_hour SET day = '2026-10-23' WHERE day = '2026-11-18'")
    later(api, hours=1)

    assert shown(api, id) == ["N-1"]  # its two clicks of four weeks ago, to the day


def test_what_is_not_shown_is_not_computed(api: Api):
    id = drafted(api)
    later(api, hours=2)
    widgets = api(FIRST, as_="ecs_editor", id=id, first=12).data["node"]["widgets"]

    assert [each["computedAt"] for each in widgets] == [None, None]


def test_computing_twice_does_no_more_than_once(api: Api):
    enable(api, drafted(api))
    tables = [each for each in TABLES if each != "page_widget"]
    before = api.kept(*tables)
    later(api, hours=2)

    assert api.kept(*tables) == before


@pytest.mark.parametrize(("first", "code"), [(0, "INVALID"), (101, "INVALID"), (-1, "INVALID")])
def test_a_widget_gives_one_to_a_hundred_products(api: Api, first, code):
    answer = api(FIRST, as_="ecs_editor", id=drafted(api), first=first)

    assert set(answer.codes) == {code}
