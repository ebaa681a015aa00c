"""Business time and durations: over weekends, holidays and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.calendar import business_days
from app.domain.errors import Findings
from app.domain.policy import (
    PROMISED,
    BusinessCalendar,
    ServiceLevel,
    ServiceLevelKind,
    check_document,
    due,
    duration_problem,
    left,
    length,
    resumed,
)

UTC_ZONE, BERLIN, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WEEKDAYS = BusinessCalendar(UTC_ZONE, business_days("", ()))
THREE_DAYS, TWO_DAYS = ServiceLevel("P3D", business_days=True), ServiceLevel("PT48H", business_days=False)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "until"),
    [
        ("2026-11-16T09:00", "2026-11-19T09:00"),  # Monday to Thursday
        ("2026-11-18T09:00", "2026-11-23T09:00"),  # Wednesday to Monday
        ("2026-11-20T15:30", "2026-11-25T15:30"),  # Friday to Wednesday
        ("2026-11-21T15:30", "2026-11-26T00:00"),  # a Saturday counts from Monday
        ("2026-11-22T23:59", "2026-11-26T00:00"),
        ("2026-12-30T12:00", "2027-01-04T12:00"),
    ],
)
def test_three_business_days_leave_weekends_out(start, until):
    assert due(at(start), THREE_DAYS, WEEKDAYS) == at(until)


def test_48_hours_go_by_the_clock():
    assert due(at("2026-11-20T15:30"), TWO_DAYS, WEEKDAYS) == at("2026-11-22T15:30")


@pytest.mark.parametrize(
    ("place", "closed", "until"),
    [
        ("", (), "2026-12-28T09:00"),
        ("DE", (), "2026-12-29T09:00"),  # the 25th; the 26th is a Saturday
        ("US", (), "2026-12-29T09:00"),
        ("DE", ("2026-12-24", "2026-12-28"), "2026-12-31T09:00"),
    ],
)
def test_holidays_and_further_days_are_no_business_days(place, closed, until):
    calendar = BusinessCalendar(UTC_ZONE, business_days(place, closed))

    assert due(at("2026-12-23T09:00"), THREE_DAYS, calendar) == at(until)


def test_a_part_of_a_country_has_holidays_of_its_own():
    assert business_days("DE", ())(date(2026, 1, 6)) is True
    assert business_days("DE-BY", ())(date(2026, 1, 6)) is False  # Epiphany, in Bavaria


def test_weekends_are_those_of_the_place():
    works = business_days("SA", ())

    assert [works(date(2026, 11, day)) for day in (19, 20, 21, 22)] == [True, False, False, True]  # Friday, Saturday


@pytest.mark.parametrize(
    ("zone", "start", "until"),
    [
        (NEW_YORK, "2026-11-21T03:00", "2026-11-26T03:00"),  # there it is still Friday
        (BERLIN, "2026-11-20T22:59", "2026-11-25T22:59"),
        (BERLIN, "2026-11-20T23:00", "2026-11-25T23:00"),  # there it is Saturday: from Monday to Thursday, 00:00
        (BERLIN, "2026-10-23T10:00", "2026-10-28T11:00"),  # the same wall clock after the change of the clock
        (NEW_YORK, "2026-03-05T15:00", "2026-03-10T14:00"),
    ],
)
def test_days_are_those_of_the_retailers_zone(zone, start, until):
    calendar = BusinessCalendar(zone, business_days("", ()))

    assert due(at(start), THREE_DAYS, calendar) == at(until)


def test_a_clock_that_stood_still_goes_on_where_it_stood():
    until = due(at("2026-11-19T09:00"), THREE_DAYS, WEEKDAYS)  # Thursday to Tuesday
    rest = left(at("2026-11-20T12:00"), until, THREE_DAYS, WEEKDAYS)  # asked on Friday: a day and 21 hours

    assert (until, rest) == (at("2026-11-24T09:00"), timedelta(days=1, hours=21))
    assert resumed(at("2026-11-21T18:00"), rest, THREE_DAYS, WEEKDAYS) == at("2026-11-24T21:00")
    assert resumed(at("2026-11-25T06:00"), rest, THREE_DAYS, WEEKDAYS) == at("2026-11-27T03:00")


def test_hours_stand_still_as_well():
    rest = left(at("2026-11-20T12:00"), at("2026-11-21T12:00"), TWO_DAYS, WEEKDAYS)

    assert rest == timedelta(hours=24)
    assert resumed(at("2026-11-30T12:00"), rest, TWO_DAYS, WEEKDAYS) == at("2026-12-01T12:00")


@pytest.mark.parametrize("level", [THREE_DAYS, TWO_DAYS])
def test_what_is_overdue_has_nothing_left(level):
    assert left(at("2026-11-27T12:00"), at("2026-11-20T12:00"), level, WEEKDAYS) == timedelta()


moments = st.integers(0, 10 * 365 * 86_400).map(lambda seconds: at("2020-01-01T00:00") + timedelta(seconds=seconds))
lengths = st.integers(0, 30 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@given(moments, lengths, lengths)
def test_business_time_adds_up(start, first, second):
    calendar = BusinessCalendar(UTC_ZONE, business_days("DE", ("2026-12-24",)))
    middle = calendar.after(start, first)

    assert calendar.after(middle, second) == calendar.after(start, first + second)
    assert calendar.between(start, middle) == first


@given(moments, lengths, st.sampled_from([UTC_ZONE, BERLIN, NEW_YORK]))
def test_what_is_due_falls_on_a_business_day_and_never_before_the_start(start, business, zone):
    calendar = BusinessCalendar(zone, business_days("", ()))
    end = calendar.after(start, business)

    assert end >= start
    assert calendar.works_on(end.astimezone(zone).date())


def test_a_calendar_without_business_days_is_a_mistake():
    with pytest.raises(ValueError, match="no business day"):
        due(at("2026-11-20T12:00"), THREE_DAYS, BusinessCalendar(UTC_ZONE, lambda _: False))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("P3D", timedelta(days=3)),
        ("PT48H", timedelta(hours=48)),
        ("P1DT12H30M", timedelta(days=1, hours=12, minutes=30)),
        ("PT90M", timedelta(minutes=90)),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("P1W", None),
        ("3D", None),
        ("P-1D", None),
        ("P1.5D", None),
        ("PT1S", None),
        ("P\u0663D", None),
    ],
)
def test_a_duration_is_days_hours_and_minutes(text, known):
    assert length(text) == known


@pytest.mark.parametrize(
    ("text", "fits"), [("P90D", True), ("P90DT1M", False), ("PT0H", False), ("PT1M", True), ("?", False)]
)
def test_a_promise_is_some_time_and_at_most_a_quarter(text, fits):
    assert (duration_problem(text, "duration") is None) is fits


def test_what_is_promised_at_first_is_what_the_rules_say():
    promised = {kind.value: (level.duration, level.business_days) for kind, level in PROMISED.items()}

    assert set(PROMISED) == set(ServiceLevelKind)
    assert promised["AGENCY_ACCESS_REVIEW"] == ("PT48H", False)
    assert promised["BRAND_REGISTRATION_REVIEW"] == ("P3D", True)
    assert all(length(level.duration) for level in PROMISED.values())


def test_a_document_comes_into_force_now_or_later():
    now, found = at("2026-11-20T12:00"), Findings()
    check_document(found, "T", "# T\n\n1. One", now, now)
    assert found.problems == []

    check_document(found, "", "", now - timedelta(seconds=1), now)
    assert [each.path for each in found.problems] == [("title",), ("markdown",), ("effectiveAt",)]
