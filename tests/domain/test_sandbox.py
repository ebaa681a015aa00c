"""Test accounts: how many, how long, how far ahead."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain import sandbox as rules
from app.domain.errors import Conflict, Findings, LimitExceeded

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def found(duration, shoppers):
    findings = Findings()
    rules.check_advance(findings, duration, shoppers)
    return [(type(each).__name__, each.path) for each in findings.problems]


def test_a_person_has_room_for_five():
    assert rules.room_problem(4) is None
    assert isinstance(rules.room_problem(5), LimitExceeded)


@pytest.mark.parametrize(
    ("duration", "shoppers", "problems"),
    [
        (HOUR, 1, []),
        (31 * DAY, 967, []),
        (6 * DAY, 5_000, []),
        (HOUR - timedelta(seconds=1), 1, [("InvalidInput", ("duration",))]),
        (31 * DAY + HOUR, 1, [("InvalidInput", ("duration",))]),
        (DAY, 0, [("InvalidInput", ("shoppers",))]),
        (DAY, 5_001, [("InvalidInput", ("shoppers",))]),
        (31 * DAY, 968, [("LimitExceeded", ("shoppers",))]),
    ],
)
def test_how_long_and_for_how_many(duration, shoppers, problems):
    assert found(duration, shoppers) == problems


@pytest.mark.parametrize(("seed", "count"), [(0, 0), (2**31 - 1, 0), (-1, 1), (2**31, 1)])
def test_a_seed_is_a_whole_number_that_graphql_can_say(seed, count):
    findings = Findings()
    rules.seed_problem(findings, seed)

    assert len(findings.problems) == count


def test_its_clock_is_never_behind_ours():
    assert rules.begins(NOW - DAY, NOW) == NOW
    assert rules.begins(NOW + DAY, NOW) == NOW + DAY


def test_time_passes_once_at_a_time_and_not_for_ever():
    assert rules.advance_problem(NOW + 366 * DAY, NOW, runs=False) is None
    assert isinstance(rules.advance_problem(NOW + 366 * DAY + HOUR, NOW, runs=False), LimitExceeded)
    assert isinstance(rules.advance_problem(NOW + DAY, NOW, runs=True), Conflict)
