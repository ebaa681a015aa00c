"""In which hour and day an event counts, how final a figure is, and how ratios round."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.metrics import FreshnessState, Hour, average, day_bounds, freshness, hour_of, ratio

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # clocks change by half an hour
    "America/Sao_Paulo",  # clocks changed at midnight
    "America/Havana",
    "Pacific/Apia",  # left out a day
]
CHANGES = [  # instants at which clocks change in one of the zones
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2024, 3, 10, 7, tzinfo=UTC),
    datetime(2024, 11, 3, 6, tzinfo=UTC),
    datetime(2024, 4, 6, 15, tzinfo=UTC),
    datetime(2024, 10, 5, 15, 30, tzinfo=UTC),
    datetime(2018, 2, 18, 2, tzinfo=UTC),
    datetime(2018, 11, 4, 3, tzinfo=UTC),
    datetime(2024, 3, 10, 5, tzinfo=UTC),
    datetime(2024, 11, 3, 5, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
]
NEAR_A_CHANGE = st.builds(
    lambda change, after: change + after, st.sampled_from(CHANGES), st.timedeltas(-2 * DAY, 2 * DAY)
)
ANY_TIME = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
INSTANT = NEAR_A_CHANGE | ANY_TIME
ZONE = st.sampled_from(ZONES).map(ZoneInfo)


def utc(text):
    return datetime.fromisoformat(f"{text}+00:00")


def hours_of(day, zone):
    """The distinct hours in which the events of a day count."""
    start, end = day_bounds(day, day, zone)
    return {hour_of(start + n * timedelta(minutes=15), zone) for n in range((end - start) // timedelta(minutes=15))}


@pytest.mark.parametrize(
    ("zone", "at", "starts_at", "day", "hour"),
    [
        ("UTC", "2024-01-01T00:59:59.999999", "2024-01-01T00:00", "2024-01-01", 0),
        ("Europe/Berlin", "2024-03-31T00:59:59", "2024-03-31T00:00", "2024-03-31", 1),
        ("Europe/Berlin", "2024-03-31T01:00", "2024-03-31T01:00", "2024-03-31", 3),
        ("Europe/Berlin", "2024-10-27T00:30", "2024-10-27T00:00", "2024-10-27", 2),
        ("Europe/Berlin", "2024-10-27T01:30", "2024-10-27T01:00", "2024-10-27", 2),
        ("America/New_York", "2024-03-10T06:59:59", "2024-03-10T06:00", "2024-03-10", 1),
        ("America/New_York", "2024-03-10T07:00", "2024-03-10T07:00", "2024-03-10", 3),
        ("America/New_York", "2024-11-03T05:30", "2024-11-03T05:00", "2024-11-03", 1),
        ("America/New_York", "2024-11-03T06:30", "2024-11-03T06:00", "2024-11-03", 1),
        ("Asia/Kolkata", "2024-01-01T18:29:59", "2024-01-01T17:30", "2024-01-01", 23),
        ("Asia/Kolkata", "2024-01-01T18:30", "2024-01-01T18:30", "2024-01-02", 0),
        ("Asia/Kathmandu", "2024-01-01T18:14:59", "2024-01-01T17:15", "2024-01-01", 23),
        ("Asia/Kathmandu", "2024-01-01T18:15", "2024-01-01T18:15", "2024-01-02", 0),
        ("Australia/Lord_Howe", "2024-04-06T14:45", "2024-04-06T14:00", "2024-04-07", 1),
        ("Australia/Lord_Howe", "2024-04-06T15:15", "2024-04-06T14:30", "2024-04-07", 1),
        ("Australia/Lord_Howe", "2024-04-06T15:30", "2024-04-06T15:30", "2024-04-07", 2),
        ("Australia/Lord_Howe", "2024-10-05T15:45", "2024-10-05T15:00", "2024-10-06", 2),
    ],
)
def test_an_event_counts_in_the_hour_that_the_accounts_clock_shows(zone, at, starts_at, day, hour):
    assert hour_of(utc(at), ZoneInfo(zone)) == Hour(utc(starts_at), date.fromisoformat(day), hour)


@given(INSTANT, ZONE)
def test_an_event_falls_within_its_hour_on_its_local_day(at, zone):
    found, local = hour_of(at, zone), at.astimezone(zone)

    assert found.starts_at <= at < found.starts_at + HOUR
    assert (found.day, found.hour) == (local.date(), local.hour)
    assert found.starts_at.tzinfo is UTC


@given(INSTANT, st.timedeltas(-3 * HOUR, 3 * HOUR), ZONE)
def test_two_events_share_an_hour_exactly_if_day_hour_and_offset_are_the_same(one, after, zone):
    clocks = [at.astimezone(zone) for at in (one, one + after)]
    same = len({(clock.date(), clock.hour, clock.utcoffset()) for clock in clocks}) == 1

    assert (hour_of(one, zone).starts_at == hour_of(one + after, zone).starts_at) is same


@given(INSTANT, ZONE, ZONE)
def test_the_hour_of_an_event_hangs_on_the_instant_not_on_how_it_was_written(at, zone, writer):
    assert hour_of(at.astimezone(writer), zone) == hour_of(at, zone)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2024-03-31", 23),
        ("Europe/Berlin", "2024-10-27", 25),
        ("Europe/Berlin", "2024-06-01", 24),
        ("America/New_York", "2024-03-10", 23),
        ("America/New_York", "2024-11-03", 25),
        ("Asia/Kathmandu", "2024-03-31", 24),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_a_day_has_23_24_or_25_hours_as_its_clocks_change(zone, day, hours):
    day, zone = date.fromisoformat(day), ZoneInfo(zone)
    start, end = day_bounds(day, day, zone)

    assert end - start == hours * HOUR
    assert len({each.starts_at for each in hours_of(day, zone)}) == hours


@pytest.mark.parametrize(
    ("day", "length"), [("2024-04-07", timedelta(hours=24.5)), ("2024-10-06", timedelta(hours=23.5))]
)
def test_clocks_that_change_by_half_an_hour_make_days_of_half_hours(day, length):
    start, end = day_bounds(date.fromisoformat(day), date.fromisoformat(day), ZoneInfo("Australia/Lord_Howe"))

    assert end - start == length


def test_the_bounds_of_days_include_the_first_and_the_last():
    assert day_bounds(date(2024, 10, 26), date(2024, 10, 28), ZoneInfo("Europe/Berlin")) == (
        utc("2024-10-25T22:00"),
        utc("2024-10-28T23:00"),
    )


@given(INSTANT, st.integers(-2, 2), st.integers(0, 2), ZONE)
def test_the_bounds_of_days_hold_exactly_the_events_that_count_on_them(at, shift, length, zone):
    first = hour_of(at, zone).day + shift * DAY
    start, end = day_bounds(first, first + length * DAY, zone)

    assert (start <= at < end) is (first <= hour_of(at, zone).day <= first + length * DAY)


@given(INSTANT, ZONE)
def test_one_day_ends_where_the_next_begins(at, zone):
    day = at.date()

    assert day_bounds(day, day, zone)[1] == day_bounds(day + DAY, day + DAY, zone)[0]


START, END = utc("2024-06-01T18:30"), utc("2024-06-02T18:30")  # a day in Kolkata
FINAL = END + 72 * HOUR


@pytest.mark.parametrize(
    ("now", "state", "complete_through"),
    [
        (START - DAY, "PROVISIONAL", START),
        (START - MOMENT, "PROVISIONAL", START),
        (START, "LIVE", START),
        (END - MOMENT, "LIVE", START),
        (END, "PROVISIONAL", START),
        (START + 72 * HOUR, "PROVISIONAL", START),
        (START + 73 * HOUR - MOMENT, "PROVISIONAL", START),
        (START + 73 * HOUR, "PROVISIONAL", START + HOUR),
        (FINAL - MOMENT, "PROVISIONAL", END - HOUR),
        (FINAL, "FINAL", END),
        (FINAL + 365 * DAY, "FINAL", END),
    ],
)
def test_figures_are_live_then_provisional_and_final_after_three_days(now, state, complete_through):  # S78, I14
    found = freshness(START, END, now, now)

    assert (found.state.value, found.complete_through, found.final_by) == (state, complete_through, FINAL)


def test_a_long_range_is_live_while_its_first_days_are_complete():  # S78
    found = freshness(START, START + 30 * DAY, START + 10 * DAY + 90 * timedelta(minutes=1), END + 90 * DAY)

    assert (found.state, found.complete_through) == (FreshnessState.LIVE, START + 7 * DAY + HOUR)


@given(INSTANT, ZONE, st.timedeltas(-2 * DAY, 5 * DAY))
def test_figures_are_final_exactly_when_they_are_complete_to_their_end(at, zone, later):  # I14
    start, end = day_bounds(at.date(), at.date() + DAY, zone)
    now = at + later
    found = freshness(start, end, now, now)

    assert (found.state is FreshnessState.FINAL) is (found.complete_through == end) is (now >= found.final_by)
    assert start <= found.complete_through <= max(start, now - 72 * HOUR)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (1, 3, "0.333333"),
        (2, 3, "0.666667"),
        (0, 5, "0"),
        (5, 5, "1"),
        (3, 2, "1.5"),
        (100, 1, "100"),
        (1, 1_000_000, "0.000001"),
        (1, 2_000_001, "0"),
        (1, 1_999_999, "0.000001"),
        (2**63 - 1, 1, "9223372036854775807"),
    ],
)
def test_a_ratio_has_at_most_six_places_and_no_noughts_behind(part, whole, shown):  # S50
    assert format(ratio(part, whole), "f") == shown


@given(st.integers(0, 2**62), st.integers(1, 2**62))
def test_a_ratio_is_the_nearest_of_its_places(part, whole):
    found = ratio(part, whole)

    assert isinstance(found, Decimal)
    assert abs(Fraction(found) - Fraction(part, whole)) <= Fraction(1, 2_000_000)


@pytest.mark.parametrize(
    ("amount", "count", "each"), [(5, 2, 3), (7, 2, 4), (1, 3, 0), (2, 3, 1), (0, 4, 0), (9, 3, 3)]
)
def test_an_average_is_in_whole_micros_half_up(amount, count, each):  # S50
    assert average(amount, count) == each


@given(st.integers(0, 2**63), st.integers(1, 2**63))
def test_an_average_is_off_by_at_most_half_a_micro(amount, count):
    assert abs(Fraction(average(amount, count)) - Fraction(amount, count)) <= Fraction(1, 2)


def test_without_anything_to_divide_by_there_is_no_figure():  # S50
    assert ratio(0, 0) is ratio(5, 0) is None
    assert average(0, 0) is average(5, 0) is None
