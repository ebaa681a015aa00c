"""Products as the retailer's file names them: every broken field of a record at once, and never a fault."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import UNKEPT, batch_problem, detail_url, is_news, listed, product, reported, singly
from app.domain.errors import Refusal
from app.domain.money import Money

SHOP = "https://shop.example/p/{sku}"
RECORD = {
    "sku": "MUG/1",
    "title": "Mug",
    "part": "Kitchen",
    "brand": "Acme",
    "price_cents": 1250,
    "description": " Holds tea.\nAnd coffee. ",
    "ean": "4006381333931",
    "image_url": "https://shop.example/mug.jpg",
    "released": "2026-11-21",
}
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.integers(), max_size=2) | ANY_TEXT
ADDRESS = ANY_TEXT.map(lambda text: f"https://{text}")


def broken(**fields):
    """The fields that a record is refused for; none if it is taken."""
    try:
        product({**RECORD, **fields}, SHOP, "EUR")
    except Refusal as refusal:
        return [problem.path[0] for problem in refusal.problems]
    return []


def test_a_record_becomes_a_product():
    assert product(RECORD, SHOP, "EUR") == {
        "sku": "MUG/1",
        "title": "Mug",
        "part": "Kitchen",
        "brand_name": "Acme",
        "ean": "4006381333931",
        "price_micros": 12_500_000,
        "currency": "EUR",
        "description": "Holds tea.\nAnd coffee.",
        "detail_url": "https://shop.example/p/MUG%2F1",
        "image_url": "https://shop.example/mug.jpg",
        "released": date(2026, 11, 21),
    }


@pytest.mark.parametrize("empty", [None, ""])
def test_a_record_needs_no_more_than_sku_and_title(empty):
    optional = ("part", "brand", "description", "ean", "image_url", "released")
    found = product({"sku": "M", "title": "Mug", **dict.fromkeys(optional, empty)}, SHOP, "EUR")

    assert {name: value for name, value in found.items() if value is not None} == {
        "sku": "M",
        "title": "Mug",
        "currency": "EUR",
        "detail_url": "https://shop.example/p/M",
    }


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("https://shop.example/p/{sku}.html", "https://shop.example/p/a%2Fb%20%26.html"),
        ("https://shop.example/p", "https://shop.example/p/a%2Fb%20%26"),
        ("https://shop.example/p/", "https://shop.example/p/a%2Fb%20%26"),
    ],
)
def test_a_sku_is_one_segment_of_the_address_of_its_page(template, address):
    assert detail_url(template, "a/b &") == address


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("sku", ["M", "M" * 64], ["", " ", "M" * 65, "a\x00", None, 5]),
        ("title", ["M", "M" * 500], ["", "M" * 501, "a\nb", None, 5]),
        ("part", ["", "M" * 300, None], ["M" * 301, 5]),
        ("brand", ["", "M" * 100, None], ["M" * 101, "\ud800"]),
        ("ean", ["", "1" * 14, None], ["1" * 15, 4006381333931]),
        ("price_cents", [0, 10**11, None], [-1, 10**11 + 1, True, 1.5, "5"]),
        ("description", ["", "M" * 10_000, "a\nb", None], ["M" * 10_001, "a\x00", "\ud800", 5]),
        ("released", ["2026-02-28", "", None], ["2026-02-30", "soon", 20261121]),
    ],
)
def test_a_field_of_a_record_keeps_its_limits(field, good, bad):
    assert [broken(**{field: value}) for value in good] == [[]] * len(good)
    assert [broken(**{field: value}) for value in bad] == [[field]] * len(bad)


@pytest.mark.parametrize(
    "good", ["http://a.example", "HTTPS://A.example/", "https://a.example/ä.jpg", "https://a.example/" + "x" * 1982]
)
def test_a_picture_is_at_an_address_of_the_web(good):
    assert broken(image_url=good) == []


@pytest.mark.parametrize(
    "bad",
    [
        "javascript:alert(1)",
        "ftp://a.example/mug",
        "/mug.jpg",
        "http:",
        "http:///mug.jpg",
        "https://?mug",
        "https://a.example/a b",
        "https://a.example/\x00",
        "https://a.example/\ud800",
        "https://a.example/" + "x" * 1983,
        5,
    ],
)
def test_a_picture_is_never_anywhere_else(bad):  # S81
    assert broken(image_url=bad) == ["image_url"]


def test_every_broken_field_of_a_record_is_told_at_once():
    assert sorted(broken(**dict.fromkeys(RECORD, 1.5))) == sorted(RECORD)


@given(st.fixed_dictionaries(dict.fromkeys(RECORD, ANYTHING) | {"image_url": ANYTHING | ADDRESS}))
def test_a_broken_record_is_refused_by_field_and_never_a_fault(record):
    assert set(broken(**record)) <= set(RECORD)


@given(st.fixed_dictionaries({"sku": ANY_TEXT, "title": ANY_TEXT, "description": ANY_TEXT, "image_url": ADDRESS}))
def test_whatever_record_is_taken_can_be_kept_in_a_database(record):
    if not broken(**record):
        texts = [value for value in product(record, SHOP, "EUR").values() if isinstance(value, str)]
        assert all(text.encode() and "\x00" not in text for text in texts)


ITEM = {
    "sku": " MUG/1 ",
    "title": "Mug",
    "brand_name": None,
    "price": Money(12_500_000, "EUR"),
    "category": None,
    "detail_url": "https://shop.example/p",
    "image_url": None,
    "vendor_code": "V",
}
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_an_item_of_a_feed_becomes_a_product():
    assert listed(ITEM, "USD") == {
        "vendor_code": "V",
        "sku": "MUG/1",
        "title": "Mug",
        "brand_name": None,
        "price_micros": 12_500_000,
        "currency": "EUR",
        "category": [],
        "detail_url": "https://shop.example/p",
        "image_url": None,
    }
    assert listed({**ITEM, "price": None}, "USD")["currency"] == "USD"


@given(st.sampled_from(sorted(set(ITEM) - {"price", "category"})), ANY_TEXT | ADDRESS)
def test_no_text_of_a_feed_is_a_fault(field, text):
    with suppress(Refusal):
        kept = listed({**ITEM, field: text}, "USD")
        assert not any(UNKEPT.search(value) for value in kept.values() if isinstance(value, str))


@pytest.mark.parametrize(("count", "fits"), [(0, True), (1000, True), (1001, False)])
def test_a_batch_has_at_most_a_thousand_items(count, fits):
    assert (batch_problem(count) is None) is fits


@pytest.mark.parametrize(("minutes", "taken"), [(-60, True), (5, True), (6, False)])
def test_a_report_of_stock_is_not_of_the_future(minutes, taken):
    item = {"sku": "A", "in_stock": True, "at": NOW + timedelta(minutes=minutes)}
    good, problems = singly([item], lambda each: reported(each, NOW), lambda each: each["sku"])

    assert (list(good), [problem.path for problem in problems]) == (
        ([0], []) if taken else ([], [("items", "0", "at")])
    )


def test_the_latest_moment_counts():
    later = NOW + timedelta(seconds=1)

    assert [is_news(later, NOW), is_news(NOW, None), is_news(NOW, NOW), is_news(NOW, later)] == [
        True,
        True,
        False,
        False,
    ]
