"""Visits and the ads they are owed to: last touch, a click before a view, within windows (S51)."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.attribution import After, Touch, Windows, is_refresh, owed_to
from app.domain.delivery.traffic import CLOCKS_APART
from app.domain.metrics import Placement

VISITED = datetime(2026, 11, 26, 14, 30, tzinfo=UTC)
RULES = Windows()
SECOND = timedelta(seconds=1)


def touch(after: After, ago: timedelta, number: int = 1) -> Touch:
    key = (UUID(int=number), "1", UUID(int=number))
    return Touch(after, VISITED - ago, *key, Placement.SEARCH_RESULTS, 1, 0)


def click(number: int = 1, **ago: float) -> Touch:
    return touch(After.CLICK, timedelta(**ago), number)


def view(number: int = 1, **ago: float) -> Touch:
    return touch(After.VIEW, timedelta(**ago), number)


TOUCHES = st.lists(
    st.builds(
        touch,
        st.sampled_from(After),
        st.timedeltas(timedelta(days=-1), timedelta(days=20)),
        st.integers(1, 5),
    ),
    max_size=8,
)
WINDOWS = st.builds(
    Windows, *[st.timedeltas(timedelta(0), timedelta(days=20))] * 2, st.timedeltas(SECOND, timedelta(hours=1))
)


@pytest.mark.parametrize(
    ("touches", "owed"),
    [
        ([], None),
        ([click(days=14)], 0),
        ([click(days=14, seconds=1)], None),
        ([view(hours=24)], 0),
        ([view(hours=24, seconds=1)], None),
        ([click(1, days=3), click(2, days=2)], 1),
        ([view(1, hours=3), view(2, hours=2)], 1),
        ([click(1, days=13), view(2, seconds=1)], 0),
        ([click(1, days=15), view(2, hours=1)], 1),
        ([click(seconds=-5)], 0),
        ([click(seconds=-5.001)], None),
    ],
)
def test_a_visit_is_owed_to_the_last_click_else_to_the_last_view(touches, owed):
    assert owed_to(touches, VISITED, RULES) == (None if owed is None else touches[owed])


@given(TOUCHES, WINDOWS)
def test_what_a_visit_is_owed_to_lies_in_its_window_and_no_click_was_passed_over(touches, windows):
    found = owed_to(touches, VISITED, windows)
    within = [t for t in touches if -CLOCKS_APART <= VISITED - t.at <= windows.of(t.after)]

    assert (found is None) is (within == [])
    if found is not None:
        clicks = [t for t in within if t.after is After.CLICK]
        assert found in (clicks or within)
        assert found.at == max(t.at for t in clicks or within)


@given(TOUCHES, WINDOWS, st.randoms(use_true_random=False))
def test_the_order_in_which_touches_are_known_changes_nothing(touches, windows, chance: Random):
    shuffled = chance.sample(touches, len(touches))

    assert owed_to(shuffled, VISITED, windows) == owed_to(touches, VISITED, windows)


@given(TOUCHES, WINDOWS, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_longer_windows_owe_no_fewer_visits(touches, windows, more):
    longer = Windows(windows.click + more, windows.view + more, windows.refresh)

    assert owed_to(touches, VISITED, windows) is None or owed_to(touches, VISITED, longer) is not None


@pytest.mark.parametrize(
    ("others", "again"), [([], False), ([30], False), ([29.999], True), ([-29.999], True), ([31, 3600, 1], True)]
)
def test_a_visit_within_thirty_seconds_of_another_is_the_same(others, again):
    assert is_refresh(VISITED, [VISITED - timedelta(seconds=ago) for ago in others], RULES) is again


def test_the_rule_is_written_out():
    assert str(RULES) == "last touch; click 1209600 s before view 86400 s; refresh 30 s"
