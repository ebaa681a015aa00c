"""Charges: the ladder, whole minor units, retries, what may be taken off, and the states they go through (S63-S66)."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.billing.charges import (
    CHARGE,
    OPEN,
    AdjustmentKind,
    ChargeStatus,
    Owed,
    Retries,
    adjustment_problems,
    payable_problem,
    relief,
    unpaid_problem,
    whole,
)
from app.domain.billing.ladder import LADDERS, Ladder, LadderKind
from app.domain.money import MICROS, Money, minor_unit

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CENT, YEN = minor_unit("USD"), minor_unit("JPY")
BUDGET, MONTHLY = LADDERS[LadderKind.BUDGET], LADDERS[LadderKind.MONTHLY]
LEGAL = {
    ("ACCRUING", "DUE"),
    ("DUE", "ATTEMPTING"),
    ("DUE", "PAID"),
    ("DUE", "CREDITED"),
    ("DUE", "WRITTEN_OFF"),
    ("ATTEMPTING", "PAID"),
    ("ATTEMPTING", "FAILED"),
    ("FAILED", "ATTEMPTING"),
    ("FAILED", "PAID"),
    ("FAILED", "CREDITED"),
    ("FAILED", "WRITTEN_OFF"),
    ("PAID", "CREDITED"),
}
AMOUNTS, UNITS = st.integers(-(10**15), 10**15), st.sampled_from([CENT, YEN])


@pytest.mark.parametrize(("a", "b"), list(product(ChargeStatus, repeat=2)))
def test_every_step_of_a_charge_is_legal_or_refused_as_written_here(a, b):
    assert (CHARGE.problem(a, b) is None) is ((a.value, b.value) in LEGAL)


def test_a_charge_is_owed_from_its_close_until_it_is_settled():
    assert {each.value for each in OPEN} == {"DUE", "ATTEMPTING", "FAILED"}


# ---- the ladder


@pytest.mark.parametrize(
    ("ladder", "thresholds"),
    [(BUDGET, [1, 5, 10, 20, 40, 80, 1234, 1234]), (MONTHLY, [1, 50, 150, 200, 350, 500, 500, 500])],
)
def test_thresholds_rise_step_by_step_to_a_share_of_the_budget_or_the_last_amount(ladder, thresholds):  # S63
    total = 12_340 * MICROS

    assert [ladder.threshold(step, total, CENT) for step in range(8)] == [each * MICROS for each in thresholds]


@pytest.mark.parametrize(("total", "unit", "threshold"), [(99_999, CENT, CENT), (100_009, CENT, CENT), (5, YEN, YEN)])
def test_a_tenth_of_a_small_budget_is_at_least_what_a_card_can_be_charged(total, unit, threshold):
    assert BUDGET.threshold(6, total, unit) == threshold


def test_nobody_climbs_beyond_the_last_step():
    assert [BUDGET.climb(step) for step in range(8)] == [1, 2, 3, 4, 5, 6, 6, 6]
    assert Ladder((MICROS,)).climb(0) == Ladder((MICROS,)).climb(1) == 1


@given(st.sampled_from([BUDGET, MONTHLY]), st.integers(0, 9), st.integers(0, 10**15), UNITS)
def test_a_threshold_is_more_than_nothing_and_no_lower_for_a_greater_budget(ladder, step, total, unit):
    assert 0 < ladder.threshold(step, total, unit) <= ladder.threshold(step, total + 1, unit)


# ---- whole minor units


@pytest.mark.parametrize(
    ("micros", "unit", "charged"),
    [(9_999, CENT, 0), (10_000, CENT, 10_000), (1_155_555, CENT, 1_150_000), (1_999_999, YEN, MICROS), (-1, CENT, 0)],
)
def test_a_charge_is_never_rounded_up(micros, unit, charged):
    assert whole(micros, unit) == charged


@given(AMOUNTS, UNITS)
def test_what_is_charged_is_whole_and_leaves_less_than_a_unit(micros, unit):
    charged = whole(micros, unit)

    assert charged % unit == 0
    assert charged == 0 if micros < 0 else 0 <= micros - charged < unit


@given(AMOUNTS, UNITS)
def test_relief_is_the_least_whole_amount_after_which_nothing_was_charged_too_much(unbilled, unit):  # S64
    given_back = relief(unbilled, unit)

    assert given_back % unit == 0
    assert given_back == 0 if unbilled >= 0 else 0 <= unbilled + given_back < unit


# ---- tried again


def test_a_charge_is_tried_again_after_the_days_of_the_schedule_and_then_given_up():  # S65
    retries = Retries((1, 3, 5))

    assert [retries.next_at(failures, NOW) for failures in (1, 2, 3, 4)] == [
        NOW + timedelta(days=1),
        NOW + timedelta(days=3),
        NOW + timedelta(days=5),
        None,
    ]
    assert Retries(()).next_at(1, NOW) is None


# ---- taken off, and paid


def test_what_is_left_is_the_amount_less_all_that_was_paid_set_off_and_taken_off():
    owed = Owed(amount=100, paid=10, offset=20, credited=30, written_off=5)

    assert (owed.left, owed.creditable) == (35, 65)


def problems(status, kind, cents, owed=None, currency="USD"):
    amount = Money(cents * CENT, currency)
    found = adjustment_problems(status, owed or Owed(100 * CENT), kind, amount, "USD", CENT)
    return [(each.code.value, each.path[0]) for each in found]


@pytest.mark.parametrize("kind", AdjustmentKind)
@pytest.mark.parametrize("status", ChargeStatus)
def test_only_a_charge_that_is_owed_or_paid_is_made_less(status, kind):
    allowed = {ChargeStatus.DUE, ChargeStatus.FAILED}
    allowed |= {ChargeStatus.PAID} if kind is AdjustmentKind.CREDIT else set()
    code = "CONFLICT" if status is ChargeStatus.ATTEMPTING else "ILLEGAL_TRANSITION"

    assert problems(status, kind, 1) == ([] if status in allowed else [(code, "id")])


@pytest.mark.parametrize(
    ("kind", "cents", "owed", "code"),
    [
        (AdjustmentKind.CREDIT, 100, Owed(100 * CENT, paid=100 * CENT), None),
        (AdjustmentKind.CREDIT, 101, Owed(100 * CENT), "INVALID"),
        (AdjustmentKind.CREDIT, 0, Owed(100 * CENT), "INVALID"),
        (AdjustmentKind.CREDIT, 0.5, Owed(100 * CENT), "INVALID CONFLICT"),
        (AdjustmentKind.CREDIT, 1.5, Owed(100 * CENT), "CONFLICT"),
        (AdjustmentKind.CREDIT, 1, Owed(100 * CENT, credited=100 * CENT), "CONFLICT"),
        (AdjustmentKind.CREDIT, 1, Owed(100 * CENT, credited=130 * CENT), "CONFLICT"),
        (AdjustmentKind.WRITE_OFF, 60, Owed(100 * CENT, offset=40 * CENT), None),
        (AdjustmentKind.WRITE_OFF, 61, Owed(100 * CENT, offset=40 * CENT), "INVALID"),
    ],
)
def test_no_more_is_taken_off_than_there_is_and_only_whole_minor_units(kind, cents, owed, code):
    amount = Money(int(cents * CENT), "USD")
    found = adjustment_problems(ChargeStatus.FAILED, owed, kind, amount, "USD", CENT)

    assert [each.code.value for each in found] == (code.split() if code else [])


def test_an_adjustment_is_in_the_currency_of_the_charge():
    assert problems(ChargeStatus.DUE, AdjustmentKind.CREDIT, 1, currency="EUR") == [("INVALID", "amount")]


@pytest.mark.parametrize(
    ("owed", "code"),
    [(None, "CONFLICT"), (ChargeStatus.ATTEMPTING, "CONFLICT"), (ChargeStatus.DUE, None), (ChargeStatus.FAILED, None)],
)
def test_a_balance_is_paid_where_one_is_owed_and_nobody_pays_it_already(owed, code):
    problem = payable_problem(owed)

    assert (problem.code.value if problem else None) == code


def test_a_campaign_that_was_given_up_takes_no_new_ad_before_it_is_paid():  # S66, I13
    assert unpaid_problem("id", given_up=False) is None
    assert unpaid_problem("id", given_up=True).remedy_mutation == "balancePay"
