"""Card numbers are found wherever people write them, and other long numbers are left alone."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.billing.cards import check_text
from app.domain.billing.numbers import ISSUED, fits_luhn, quotes_card_number
from app.domain.errors import Findings, Refusal

NUMBERS = (
    "4242424242424242",
    "4000000000000000006",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "6500000000000002",
    "30569309025904",
    "36227206271667",
    "3566002020360505",
    "6200000000000005",
    "8171999927660000",
)
BETWEEN = st.sampled_from(["", " ", "-", ".", "\N{NO-BREAK SPACE}", "\N{EN DASH}", "  ", "- "])


def with_check_digit(digits):
    return next([*digits, last] for last in range(10) if fits_luhn([*digits, last]))


@st.composite
def issued(draw):
    """A number of a network that is taken."""
    first, last, lengths = draw(st.sampled_from(ISSUED))
    begin = [int(digit) for digit in str(draw(st.integers(int(first), int(last))))]
    rest = draw(st.sampled_from(lengths)) - len(begin) - 1
    return with_check_digit([*begin, *draw(st.lists(st.integers(0, 9), min_size=rest, max_size=rest))])


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("form", ["{}", "card: {}.", "3 {} 12/28 123", "tok_{}", "({})", "\n{}\n"])
def test_the_test_numbers_of_all_networks_are_found(number, form):  # S67
    assert quotes_card_number(form.format(number))


@given(issued(), BETWEEN, st.integers(1, 6))
def test_every_number_of_a_network_is_found_in_whatever_groups(number, between, size):
    groups = ["".join(map(str, number[at : at + size])) for at in range(0, len(number), size)]

    assert quotes_card_number(f"my card {between.join(groups)}, thanks")


@given(issued())
def test_digits_of_other_scripts_are_digits(number):
    assert quotes_card_number("".join(chr(ord("\N{ARABIC-INDIC DIGIT ZERO}") + digit) for digit in number))
    assert quotes_card_number("".join(chr(ord("\N{FULLWIDTH DIGIT ZERO}") + digit) for digit in number))


@given(issued(), st.integers(1, 9))
def test_with_another_check_digit_it_is_no_card(number, more):
    other = [*number[:-1], (number[-1] + more) % 10]

    assert not quotes_card_number("".join(map(str, other)))


@given(issued().filter(lambda number: len(number) == 19), st.sampled_from(["7{}", "{}7", "a{}", "{}z"]))
def test_a_part_of_something_longer_is_no_card(number, form):
    assert not quotes_card_number(form.format("".join(map(str, number))))


@given(st.uuids())
def test_no_uuid_is_a_card(id):
    assert not quotes_card_number(f"{id} {id.hex} {urlsafe_b64encode(f'Campaign:{id}'.encode()).decode()}")


@pytest.mark.parametrize(
    "text",
    [
        "4006381333931",  # EAN-13
        "09780201379624",  # GTIN-14
        "978-3-16-148410-0",  # ISBN-13
        "+49 1512 3456789",
        "+44 20 7946 0958",
        "2026-11-26T22:30:00.123456",
        "1700000000000",  # milliseconds
        "1850123456789012345",  # a snowflake
        "4111-1111-1111",
        "https://shop.example/p/12345678",
        "DE89 3704 0044 0532 0130 00",  # IBAN
        "00000000-4242-4242-4242-424242424242",
        "4242424242424242424242",
        "0" * 16,
        "",
    ],
)
def test_other_long_numbers_are_none(text):
    assert not quotes_card_number(text)


@given(st.integers(0, 10**13 - 1))
def test_thirteen_digits_are_an_article_or_a_telephone(number):
    assert not quotes_card_number(f"{number:013}")


def test_a_number_is_found_after_many_others():
    assert quotes_card_number("1 " * 300 + NUMBERS[0])
    assert not quotes_card_number("1-" * 100_000 + NUMBERS[0]), "that would take long"


def test_a_text_that_quotes_one_is_refused_without_quoting_it():
    found = Findings()
    check_text(found, "Spring 2026", "name")
    check_text(found, f"pay by {NUMBERS[0]}", "keywords", "3", "text")

    with pytest.raises(Refusal) as refused:
        found.settle()
    (problem,) = refused.value.problems
    assert (problem.path, problem.constraint) == (("keywords", "3", "text"), "no card number")
    assert NUMBERS[0] not in problem.message
