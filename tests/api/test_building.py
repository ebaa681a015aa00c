"""`python -m bench pages`: the Pages of the largest brands of a catalogue, built through GraphQL alone."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.pages import Brand, Site, build, largest
from tests.conftest import ADDRESS, Api
from tests.paging import seen
from tests.people import FEED, MODERATOR, OTHER_FEED, PASSWORD

STAFF = (MODERATOR.email, PASSWORD)
WORDS = ("lantern", "candle", "heater")


def record(brand: str, number: int, **more: Any) -> dict[str, Any]:
    title = f"{brand} {WORDS[number % 3]} number {number}"
    facts = {"sku": f"{brand[:2]}{number}", "title": title, "brand": brand, "price_cents": 100 + number}
    return {**facts, "image_url": "http://images.example/1.jpg", **more}


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Three brands of nine, seven and two products; one has no price and no image."""
    made = [record(brand, n) for brand, most in (("Glow & Co", 9), ("Embers", 6), ("Tiny", 2)) for n in range(most)]
    made.append(record("Embers", 6, price_cents=None, image_url=""))
    path = tmp_path / "catalogue.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, made)).encode()))
    return path


def site(api: Api) -> Site:
    """The API as the script reaches it; its jobs run whenever it waits. Staff may do both desks' work."""
    api.write("""UPDATE "user" SET staff = :staff WHERE email = :email""", email=MODERATOR.email, staff=BOTH_DESKS)
    return Site(lambda method, path, **sent: api.request(method, path.removeprefix(ADDRESS), **sent), api.work)


BOTH_DESKS = '["MODERATOR", "REVIEWER"]'


def test_the_largest_brands_come_first(catalogue: Path):
    brands = largest(catalogue, 2)

    assert [(each.name, each.code, len(each.products)) for each in brands] == [
        ("Glow & Co", "GLOW-CO", 9),
        ("Embers", "EMBERS", 7),
    ]
    assert brands[0].topics == ["candle", "heater", "lantern"]
    assert replace(brands[0], name="Candle").topics == ["heater", "lantern"]


def test_a_catalogue_may_be_plain_and_a_brand_small(tmp_path: Path):
    path = tmp_path / "catalogue.jsonl"
    path.write_text(json.dumps(record("Tiny", 1)))

    assert largest(path, 5) == [Brand("Tiny", [record("Tiny", 1)])]
    assert largest(path, 5)[0].topics == []


def test_pages_are_built_and_everybody_sees_them(api: Api, catalogue: Path):  # S38-S45
    built = build(site(api), largest(catalogue, 2), STAFF, FEED)

    assert [(each.brand, each.kind, each.products, each.url) for each in built] == [
        ("Glow & Co", "UPGRADED", 9, f"{ADDRESS}/p/glow-co-shop"),
        ("Embers", "BASIC", 7, f"{ADDRESS}/p/embers-shop"),
    ]
    glow, embers = seen(api, "glow-co-shop"), seen(api, "embers-shop")
    assert [each["heading"] for each in glow["published"]["sections"]] == [
        "About Glow & Co",
        *map(str.title, sorted(WORDS)),
    ]
    assert [len(each["products"]) for each in glow["published"]["sections"]] == [0, 3, 3, 3]
    assert (glow["published"]["template"], glow["searchable"], embers["searchable"]) == (*SPOTLIGHT, True, False)
    assert [each["enabled"] for each in glow["widgets"] + embers["widgets"]] == [True, True, False, False]
    assert (api.request("GET", "/p/glow-co-shop").status_code, api.request("GET", "/p/tiny-shop").status_code) == (
        200,
        404,
    )


SPOTLIGHT = ("PRODUCTS_SPOTLIGHT",)


def test_a_refusal_ends_it_with_its_words(api: Api, catalogue: Path):
    brands = largest(catalogue, 1)

    with pytest.raises(RuntimeError, match="MISSING_SCOPE"):
        build(site(api), brands, STAFF, OTHER_FEED)
    assert api.rows("SELECT count(*) FROM brand_page") == [(0,)]
