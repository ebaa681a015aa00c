"""Pacing: a budget is spent in step with the day's shoppers, and what is held back can be replayed."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.pacing import (
    ALL,
    FLAT,
    HOURS,
    PPM,
    Day,
    Pace,
    day_budget,
    hour_of_week,
    learnt,
    paced,
    passes,
    week,
)

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
FRIDAY = MONDAY + timedelta(days=4)
DAY = Day(MONDAY, TUESDAY)
UNIT = 1_000_000
CAMPAIGN = UUID(int=7)
REAL = (2199, 2393, 2448, 3182, 2567, 2429, 2400, 2386, 2609, 2816, 3161, 4010)
REAL += (4690, 4860, 4467, 4105, 1803, 1051, 608, 428, 637, 1104, 1659, 1988)
"""The hours of a day of a real shop."""
MOMENTS = st.integers(0, 86_400).map(lambda second: MONDAY + timedelta(seconds=second))
AMOUNTS = st.integers(0, 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=HOURS, max_size=HOURS)


def at(hour):
    return MONDAY + timedelta(hours=hour)


# ---- the forecast


def test_hours_of_the_week_begin_on_monday():
    assert [hour_of_week(each) for each in (MONDAY, at(25.5), TUESDAY + timedelta(days=6))] == [0, 25, 0]


def test_the_forecast_moves_a_fifth_of_the_way():
    assert learnt(None, 50) == 50_000
    assert learnt(50_000, 100) == 60_000
    assert learnt(50_000, 0) == 40_000


def test_an_hour_that_was_never_seen_is_like_others_at_its_time_of_day():
    known = week({0: 100, 24: 300, 5: 800})

    assert (known[0], known[24], known[48], known[5], known[29], known[7]) == (100, 300, 200, 800, 800, 400)
    assert week({}) == FLAT


def test_a_day_that_is_expected_to_be_flat_passes_evenly():
    assert [DAY.share(at(hour)) for hour in (-1, 0, 6, 12, 18, 24, 30)] == [0, 0, 250_000, 500_000, 750_000, PPM, PPM]


def test_a_day_passes_as_its_shoppers_come():
    busy = Day(MONDAY, TUESDAY, (*(1_000,) * 12, *(3_000,) * 12) * 7)

    assert [busy.share(at(hour)) for hour in (6, 12, 18)] == [125_000, 250_000, 625_000]


def test_a_day_without_expected_shoppers_passes_by_the_clock():
    assert Day(MONDAY, TUESDAY, (0,) * HOURS).share(at(6)) == 250_000


def test_a_day_may_begin_at_half_past():
    day = Day(at(5.5), at(29.5))

    assert (day.share(at(5.5)), day.share(at(17.5)), day.share(at(29.5))) == (0, 500_000, PPM)


@given(WEIGHTS, MOMENTS, MOMENTS)
def test_a_share_never_falls_and_is_all_at_the_days_end(weights, one, other):
    day = Day(MONDAY, TUESDAY, weights)

    assert 0 <= day.share(min(one, other)) <= day.share(max(one, other)) <= PPM
    assert day.share(TUESDAY) == PPM


# ---- the budget of a day


@pytest.mark.parametrize(
    ("total", "spent_before", "daily", "ends", "budget"),
    [
        (100, 0, None, None, None),  # all at once
        (100, 0, 10, None, 10),
        (100, 95, 10, None, 5),
        (100, 20, None, FRIDAY, 20),  # a fourth of what is left
        (100, 20, 10, FRIDAY, 10),
        (100, 20, 30, FRIDAY, 20),
        (100, 20, None, at(12), 80),  # its last day
        (100, 20, None, MONDAY, None),
        (100, 120, 10, None, 0),
    ],
)
def test_what_a_campaign_may_spend_on_a_day(total, spent_before, daily, ends, budget):
    assert day_budget(total, spent_before, daily, ends, MONDAY, TUESDAY) == budget


# ---- the pace


def test_who_would_spend_twice_the_budget_enters_half_of_the_auctions():
    before = Pace(rate=200 * UNIT, demand=50 * UNIT, share=250_000)
    pace = paced(before, DAY, at(12), 100 * UNIT, 50 * UNIT, 100 * UNIT)

    assert pace == Pace(500_000, 200 * UNIT, 100 * UNIT, 500_000)


def test_who_has_spent_too_much_waits_and_who_has_spent_too_little_hurries():
    before = Pace(rate=400 * UNIT, demand=0, share=500_000 - 700)

    ahead = paced(before, DAY, at(12), 100 * UNIT, 60 * UNIT, 280_000)
    behind = paced(before, DAY, at(12), 100 * UNIT, 48 * UNIT, 280_000)
    assert (ahead.pass_through, behind.pass_through) == (0, 490_003)


@pytest.mark.parametrize(
    ("budget", "rate", "moment"),
    [(None, 200 * UNIT, at(12)), (100 * UNIT, None, at(12)), (100 * UNIT, 0, at(12)), (100 * UNIT, 10**12, at(23.9))],
)
def test_nothing_is_held_back_without_a_budget_or_a_rate_nor_when_the_day_ends(budget, rate, moment):
    before = Pace(rate=rate, share=DAY.share(moment))

    assert paced(before, DAY, moment, budget, 0, 0).pass_through == ALL


def test_the_rate_is_kept_where_a_new_day_begins_and_where_nothing_passed():
    begun = paced(Pace(700_000, 50 * UNIT, 9 * UNIT, 990_000), DAY, at(0.1), 10 * UNIT, 0, 10 * UNIT)
    held = paced(Pace(0, 50 * UNIT, 9 * UNIT, 400_000), DAY, at(12), 10 * UNIT, 0, 9 * UNIT)

    assert (begun.rate, held.rate) == (50 * UNIT, 50 * UNIT)


@given(
    st.builds(
        Pace, st.integers(0, ALL), st.none() | st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, PPM)
    ),
    MOMENTS,
    st.none() | st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
)
def test_a_pace_is_a_part_of_all_in_whole_numbers(before, now, budget, spent, demand):
    pace = paced(before, DAY, now, budget, spent, before.demand + demand)

    assert 0 <= pace.pass_through <= ALL
    assert {type(each) for each in (pace.pass_through, pace.demand, pace.share)} == {int}


@given(st.text(st.characters(exclude_categories=())), st.uuids(), st.integers(0, ALL), st.integers(0, ALL))
def test_what_passes_still_passes_where_more_does(request, campaign, one, other):
    less, more = sorted((one, other))

    assert passes(request, campaign, less) <= passes(request, campaign, more)
    assert passes(request, campaign, ALL)
    assert not passes(request, campaign, 0)


@pytest.mark.parametrize("part", [10_000, 250_000, 700_000])
def test_as_much_passes_as_is_said(part):
    passed = sum(passes(f"request {number}", CAMPAIGN, part) for number in range(20_000))

    assert abs(passed / 20_000 - part / PPM) < 0.01


def test_campaigns_are_held_back_apart():
    together = [
        (passes(f"request {number}", CAMPAIGN, 500_000), passes(f"request {number}", UUID(int=8), 500_000))
        for number in range(1_000)
    ]

    assert all(200 < together.count(pair) < 300 for pair in ((a, b) for a in (True, False) for b in (True, False)))


# ---- a day, with shoppers who differ from the forecast


def spent_in_a_day(seed, clicks_an_hour, times):
    """The part of its budget that a campaign spends which could spend so many *times* of it, and the error by hours."""
    chance, weights = Random(seed), tuple(each * 1_000 for each in REAL) * 7
    price, rate, pace, day = 300_000, 100_000, Pace(), Day(MONDAY, TUESDAY, weights)
    budget = clicks_an_hour * 24 * price
    come = [each * max(0.5, chance.gauss(1, 0.08)) for each in REAL]
    auctions = budget * times / (rate * price / PPM) * chance.gauss(1, 0.1) / sum(come) / 60
    spent, demand, hours = 0, 0, [0] * 24
    for minute in range(1440):
        pace = paced(pace, day, MONDAY + timedelta(minutes=minute), budget, spent, demand)
        passed = int(auctions * come[minute // 60] * pace.pass_through / PPM + chance.random())
        demand += passed * rate * price // max(1, pace.pass_through)
        clicks = sum(chance.random() < rate / PPM for _ in range(passed))
        charged = min(clicks * price, budget - spent)
        spent, hours[minute // 60] = spent + charged, hours[minute // 60] + charged
    errors = (abs(hours[hour] / budget - REAL[hour] / sum(REAL)) for hour in range(24))
    return spent / budget, sum(errors)


@pytest.mark.parametrize(("clicks_an_hour", "error"), [(12, 0.2), (40, 0.1)])
@pytest.mark.parametrize("times", [1.3, 4])
def test_a_budget_is_spent_by_the_days_end_and_in_step_with_the_shoppers(clicks_an_hour, times, error):
    days = [spent_in_a_day(seed, clicks_an_hour, times) for seed in range(2)]

    assert sum(spent for spent, _ in days) / 2 >= 0.98
    assert sum(off for _, off in days) / 2 <= error


def test_without_pacing_the_budget_would_be_gone_in_the_morning():
    whole = Day(MONDAY, TUESDAY, FLAT)

    assert paced(Pace(rate=400 * UNIT, share=0), whole, at(6), 100 * UNIT, 100 * UNIT, 0).pass_through == 0
