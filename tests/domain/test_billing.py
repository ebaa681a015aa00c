"""Cards: their states, what can be charged, and that a card number is never taken for a token."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.billing.cards import (
    MOST_CARDS,
    PAYMENT_METHOD,
    PaymentMethodStatus,
    charge_problem,
    check_token,
    choice_problem,
    default_leaves_problem,
    holds_card_number,
    method_status,
    room_problem,
)
from app.domain.errors import Refusal

TODAY = date(2026, 11, 20)
LEGAL = {
    ("ACTION_REQUIRED", "ACTIVE"),
    ("ACTION_REQUIRED", "EXPIRED"),
    ("ACTION_REQUIRED", "REMOVED"),
    ("ACTIVE", "EXPIRED"),
    ("ACTIVE", "REMOVED"),
    ("EXPIRED", "REMOVED"),
}
NUMBERS = ("4242424242424242", "5555555555554444", "378282246310005", "6011111111111117", "30569309025904")
SEPARATORS = st.sampled_from(["", " ", "-", ".", "_", " - ", "\N{NO-BREAK SPACE}", "\N{EN DASH}", "/", "\t"])


def with_check_digit(digits):
    total = sum(digits[-2::-2]) + sum(sum(divmod(2 * each, 10)) for each in digits[-1::-2])
    return [*digits, -total % 10]


def refusal(token):
    with pytest.raises(Refusal) as refused:
        check_token(token)
    (problem,) = refused.value.problems
    return problem


@pytest.mark.parametrize(("a", "b"), list(product(PaymentMethodStatus, repeat=2)))
def test_every_step_of_a_card_is_legal_or_refused_as_written_here(a, b):
    problem = PAYMENT_METHOD.problem(a, b)

    assert (problem is None) is ((a.value, b.value) in LEGAL)
    if b is PaymentMethodStatus.ACTIVE and a.value in ("EXPIRED", "REMOVED"):
        assert problem.instead_use == "paymentMethodAdd"


@pytest.mark.parametrize("stored", PaymentMethodStatus)
@pytest.mark.parametrize(("day", "late"), [(19, True), (20, False), (21, False)])
def test_a_card_expires_after_its_last_day_by_time_alone(stored, day, late):
    seen = method_status(stored, date(2026, 11, day), TODAY)

    assert seen is (PaymentMethodStatus.EXPIRED if late and stored is not PaymentMethodStatus.REMOVED else stored)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("form", ["{}", "tok_{}", "card {} 12/28 123", "x{}y", "\N{FULLWIDTH DIGIT ONE}{}"])
def test_known_test_numbers_are_found_wherever_they_stand(number, form):  # S67
    assert holds_card_number(form.format(number))


@given(st.lists(st.integers(0, 9), min_size=11, max_size=18), st.lists(SEPARATORS, min_size=18, max_size=18))
def test_every_number_that_fits_luhn_is_found_whatever_stands_between_its_digits(digits, between):
    number = with_check_digit(digits)
    text = "".join(f"{digit}{separator}" for digit, separator in zip(number, [*between, ""], strict=False))

    assert holds_card_number(f"pm_{text}")


@given(st.text("0123456789", max_size=11) | st.text("abcdefgh_-", max_size=60))
def test_fewer_digits_are_no_card(text):
    assert not holds_card_number(text)


@pytest.mark.parametrize("number", ["1234567890123", "pm_1N8x2e4L0kQ7", "pretend_visa.2"])
def test_what_does_not_fit_is_no_card(number):
    assert not holds_card_number(number)


@pytest.mark.parametrize("token", ["4242 4242 4242 4242", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "4242-4242-4242-4242 exp 12/29"])
def test_a_card_number_is_refused_without_being_repeated(token):
    problem = refusal(token)

    assert (problem.path, problem.constraint) == (("processorToken",), "no card number")
    assert token not in problem.message


@pytest.mark.parametrize("token", ["", "  ", "t" * 256, "a\nb", "4" * 100_000])
def test_a_token_is_a_short_line(token):
    assert refusal(token).constraint in ("1 <= length <= 255", "printable")


@pytest.mark.parametrize(("count", "refused"), [(0, False), (MOST_CARDS - 1, False), (MOST_CARDS, True)])
def test_an_account_has_room_for_twenty_cards(count, refused):
    problem = room_problem(count)

    assert (problem is not None) is refused
    assert not refused or problem.limit == 20


@pytest.mark.parametrize(("others", "refused"), [(0, False), (1, True), (2, True)])
def test_the_default_goes_last(others, refused):
    assert (default_leaves_problem(others) is not None) is refused


@pytest.mark.parametrize("status", PaymentMethodStatus)
def test_nothing_is_charged_to_a_card_but_an_active_one(status):
    problem = charge_problem(status, "paymentMethodId")

    assert (problem is None) is (status is PaymentMethodStatus.ACTIVE)
    if problem is not None:
        is_over = status in (PaymentMethodStatus.EXPIRED, PaymentMethodStatus.REMOVED)
        assert getattr(problem, "instead_use", None) == ("paymentMethodAdd" if is_over else None)
        assert problem.path == ("paymentMethodId",)
        assert is_over or "confirmationUrl" in problem.message


def test_another_card_than_the_default_takes_an_admin():  # S23, S85
    problem = choice_problem("EDITOR", "paymentMethodId")

    assert (problem.required, problem.have, problem.path) == ("ADMIN", "EDITOR", ("paymentMethodId",))
