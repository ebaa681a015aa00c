"""Addresses of Pages: one normal form, limits to the character, words that are no brand's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Conflict, LimitExceeded
from app.domain.pages.slugs import MOST, MOST_FORMER, RESERVED, former_problem, normal, slug_problem, taken_problem


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("northpeak", "northpeak"),
        ("  North Peak ", "north-peak"),
        ("Café Müller", "cafe-muller"),
        ("Straße", "strasse"),
        ("a--b__c", "a-b-c"),
        ("-x-", "x"),
        ("山と道", ""),
        ("", ""),
    ],
)
def test_the_normal_form_of_a_name(text, form):  # S39
    assert normal(text) == form


@given(st.text(max_size=80))
def test_the_normal_form_is_its_own_and_can_be_an_address(text):
    form = normal(text)

    assert normal(form) == form
    if 3 <= len(form) <= MOST and form not in RESERVED and not form.isdigit():
        assert slug_problem(form) is None


@pytest.mark.parametrize(("slug", "fits"), [("ab", False), ("abc", True), ("a" * 60, True), ("a" * 61, False)])
def test_an_address_keeps_its_limits(slug, fits):
    assert (slug_problem(slug, "slug") is None) is fits


@pytest.mark.parametrize(
    ("slug", "advice"),
    [
        ("NorthPeak", "northpeak"),
        ("north peak", "north-peak"),
        ("-north", "north"),
        ("north--peak", "north-peak"),
        ("north/peak", "north-peak"),
        ("ñandú", "nandu"),
    ],
)
def test_another_form_is_refused_with_the_one_to_write(slug, advice):
    problem = slug_problem(slug, "slug")

    assert problem.path == ("slug",)
    assert f"write it as {advice}" in problem.message


def test_what_has_no_such_letters_gets_no_advice():
    assert "write it as" not in slug_problem("山と道").message


@pytest.mark.parametrize("slug", [*sorted(RESERVED), "12345"])
def test_words_that_are_no_brands_are_reserved(slug):
    assert slug_problem(slug) is not None


def test_reserved_words_are_in_normal_form():
    assert [word for word in RESERVED if normal(word) != word] == []


def test_an_address_that_led_to_one_brand_never_leads_to_another():
    problem = taken_problem("slug")

    assert (isinstance(problem, Conflict), problem.path) == (True, ("slug",))


def test_a_page_keeps_ten_earlier_addresses():
    assert former_problem(MOST_FORMER - 1) is None
    problem = former_problem(MOST_FORMER, "slug")
    assert (isinstance(problem, LimitExceeded), problem.limit, problem.path) == (True, 10, ("slug",))
