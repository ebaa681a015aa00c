"""Money is exact: micros in, decimals out, bounds to the micro."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.money import GREATEST, MICROS, MINOR_UNITS, Money, amount_problem, minor_unit

AMOUNTS = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("micros", "shown"),
    [
        (0, "0.00"),
        (1, "0.000001"),
        (10, "0.00001"),
        (105_000, "0.105"),
        (100_000, "0.10"),
        (12_500_000, "12.50"),
        (100_000_000, "100.00"),
        (1_234_567_890_123, "1234567.890123"),
        (-10_000, "-0.01"),
        (GREATEST, "1000000000.00"),
        (2**63 - 1, "9223372036854.775807"),
    ],
)
def test_an_amount_shows_at_least_two_places_and_never_an_exponent(micros, shown):
    assert str(Money(micros, "EUR").decimal) == shown


@given(AMOUNTS)
def test_a_decimal_is_exactly_its_micros(micros):
    assert Money(micros, "EUR").decimal * MICROS == micros


@given(AMOUNTS)
def test_a_decimal_has_two_places_or_as_many_as_it_needs(micros):
    places = -Money(micros, "EUR").decimal.as_tuple().exponent

    assert 2 <= places <= 6
    assert places == 2 or micros % 10 ** (6 - places + 1) != 0


@given(AMOUNTS, AMOUNTS)
def test_amounts_of_a_currency_are_ordered_as_their_micros(one, other):
    assert (Money(one, "EUR") < Money(other, "EUR")) is (one < other)


def test_the_same_micros_of_two_currencies_are_two_amounts():
    assert Money(1, "EUR") != Money(1, "USD")


def test_a_decimal_is_the_same_whatever_rounding_is_in_force():
    with localcontext(rounding="ROUND_UP"):
        assert Money(123_456, "EUR").decimal == Decimal("0.123456")


@pytest.mark.parametrize(
    ("micros", "fits"), [(9, False), (10, True), (11, True), (19, True), (20, True), (21, False), (-10, False)]
)
def test_an_amount_lies_within_its_bounds_both_included(micros, fits):
    problem = amount_problem(Money(micros, "EUR"), "bid", currency="EUR", least=10, most=20, name="the bid")

    assert (problem is None) is fits


def test_an_amount_out_of_bounds_names_the_bounds_in_micros():
    problem = amount_problem(Money(21, "EUR"), "ads", "0", "bid", currency="EUR", least=10, most=20, name="the bid")

    assert isinstance(problem, InvalidInput)
    assert (problem.path, problem.constraint) == (("ads", "0", "bid", "micros"), "10 <= micros <= 20")


@pytest.mark.parametrize(("micros", "fits"), [(10**15, True), (10**15 + 1, False)])
def test_without_a_bound_of_its_own_an_amount_ends_at_a_thousand_million_units(micros, fits):
    problem = amount_problem(Money(micros, "EUR"), "budget", currency="EUR", least=1, name="the budget")

    assert (problem is None) is fits


@pytest.mark.parametrize("currency", ["USD", "eur", "", "EURO"])
@pytest.mark.parametrize("micros", [5, 15])
def test_another_currency_is_the_first_problem_of_an_amount(currency, micros):
    problem = amount_problem(Money(micros, currency), "bid", currency="EUR", least=10, most=20, name="the bid")

    assert isinstance(problem, InvalidInput)
    assert (problem.path, problem.constraint) == (("bid", "currency"), "currency = EUR")


@pytest.mark.parametrize(
    ("currency", "micros"),
    [
        ("USD", 10_000),
        ("EUR", 10_000),
        ("HUF", 10_000),
        ("JPY", 1_000_000),
        ("ISK", 1_000_000),
        ("MGA", 1_000_000),
        ("KWD", 10_000),
        ("TND", 10_000),
    ],
)
def test_the_least_charge_is_a_whole_unit_or_a_hundredth_and_never_a_thousandth(currency, micros):
    assert minor_unit(currency) == micros


def test_the_currencies_without_a_minor_unit_are_those_of_the_standard():
    assert len(MINOR_UNITS) == 18
    assert all(len(code) == 3 and code.isupper() for code in MINOR_UNITS)
