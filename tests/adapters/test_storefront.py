"""How a Page is drawn: prices, its sentence for others, and the hosts that its policy names."""

from typing import Any

import pytest

from app.adapters.storefront import Storefront, price

PICTURED = {"sku": "S", "detailUrl": "https://shop.example/s", "brandName": None, "inStock": True, "price": None}


def page(products: int = 0, **published: Any) -> dict[str, Any]:
    items = [{**PICTURED, "title": "T", "imageUrl": f"https://h{n}.example/x.png"} for n in range(products)]
    shown = {"title": "Tents", "tagline": None, "template": "STANDARD", "logo": None, "hero": None, "sections": []}
    facts = {"slug": "north", "url": "https://ads.example/p/north", "brand": {"name": "North"}, "widgets": []}
    return {**facts, "published": {**shown, "products": items, **published}}


def text(words: str) -> dict[str, Any]:
    return {"kind": "TEXT", "heading": None, "text": words, "image": None, "products": []}


@pytest.mark.parametrize(
    ("decimal", "currency", "written"),
    [
        ("18.90", "USD", "$18.90"),
        ("1234567.00", "EUR", "€1,234,567.00"),
        ("0.50", "GBP", "£0.50"),
        ("1200", "JPY", "¥1,200"),
        ("18.90", "CHF", "18.90 CHF"),
    ],
)
def test_prices_are_written_as_shops_do(decimal, currency, written):
    assert price({"decimal": decimal, "currency": currency}) == written


@pytest.mark.parametrize(
    ("published", "said"),
    [
        ({"tagline": "For long trails", "sections": [text("Words")]}, "For long trails"),
        ({"sections": [text("Far from\n roads.")]}, "Far from roads."),
        ({}, "North: Tents"),
        ({"tagline": "x" * 201}, f"{'x' * 199}…"),
    ],
)
def test_a_page_is_told_in_a_sentence(published, said):
    html = Storefront("en", "Shop").draw(page(**published), None, "").html

    assert f'<meta name="description" content="{said}">' in html


@pytest.mark.parametrize(("hosts", "named"), [(0, "'none'"), (2, "https://h0.example https://h1.example")])
def test_a_policy_names_the_hosts_of_the_images(hosts, named):
    assert f"img-src {named};" in Storefront("en", "Shop").draw(page(hosts), None, "").csp


def test_a_policy_does_not_grow_beyond_twenty_hosts():
    assert "img-src http: https:;" in Storefront("en", "Shop").draw(page(21), None, "").csp
