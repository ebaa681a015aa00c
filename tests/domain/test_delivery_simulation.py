"""A simulated world: the same by the same seed, in one go as piece by piece, with the rates that it promises."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.events import EventKind
from app.domain.delivery.prediction import PPM, examined
from app.domain.delivery.reports import CLOCKS
from app.domain.delivery.requests import OF_HTTP, check
from app.domain.delivery.simulation.dice import Dice
from app.domain.delivery.simulation.goods import FLOORS, TOPICS
from app.domain.delivery.simulation.shopper import Habits, Shown, reports
from app.domain.delivery.simulation.world import Lull, World
from app.domain.errors import Findings

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEEDS = st.integers(0, 2**31)
STEADY = Habits(again=0, late=0, skew=0, visits=PPM, returns=0)


def world(seed: int = 7, shoppers: int = 500, **more) -> World:
    return World(seed, TOPICS, shoppers, floors=FLOORS, **more)


def shown(number: int = 0, ctr: int = PPM) -> Shown:
    return Shown(MONDAY, f"token {number:040}", "SKU", ctr)


# ---- chance


def test_the_same_names_throw_the_same_whatever_the_machine():
    dice = Dice(7, "ids")

    assert [dice.below(1_000) for _ in range(4)] == [246, 618, 347, 853]
    assert [Dice(7, "ids").throw() for _ in range(2)] == [Dice(7, "ids").throw()] * 2
    assert Dice(7, "ids").throw() != Dice(8, "ids").throw()


@given(SEEDS, st.integers(1, 10**6))
def test_what_is_thrown_is_below_what_was_asked(seed, most):
    dice = Dice(seed)

    assert all(0 <= dice.below(most) < most for _ in range(20))


@given(SEEDS)
def test_what_never_happens_and_what_always_does(seed):
    dice = Dice(seed)

    assert not any(dice.happens(0) for _ in range(20))
    assert all(dice.happens(PPM) for _ in range(20))


def test_waiting_takes_as_long_as_it_should_on_average():
    dice = Dice("waits")

    assert mean(dice.wait(1_000) for _ in range(20_000)) == pytest.approx(1_000, rel=0.03)


def test_weights_are_kept_to():
    dice = Dice("weights")
    times = Counter(dice.among([1, 1, 4]) for _ in range(10_000))

    assert (times.keys(), times[0] / 10_000) == ({0, 2}, pytest.approx(0.25, abs=0.02))


# ---- who comes


@given(SEEDS, st.lists(st.integers(1, 100), max_size=6))
def test_shoppers_are_the_same_in_one_go_and_piece_by_piece(seed, minutes):
    cuts = [MONDAY, *(MONDAY + timedelta(minutes=sum(minutes[: at + 1])) for at in range(len(minutes)))]
    end, whole = cuts[-1], world(seed, 200)
    pieces = [look for begins, until in pairwise(cuts) for look in whole.looks(begins, until)]

    assert pieces == whole.looks(MONDAY, end)


def test_another_seed_or_another_shop_has_other_shoppers():
    day = [[look.at for look in each.looks(MONDAY, MONDAY + DAY)] for each in (world(7), world(8), world(7, name="b"))]

    assert day[0] != day[1] != day[2] != day[0]


def test_as_many_come_in_a_week_as_are_said_to():
    assert len(world(shoppers=2_000).looks(MONDAY, MONDAY + 7 * DAY)) == pytest.approx(14_000, rel=0.03)


def test_they_come_in_order_each_asks_once_and_within_the_limits_of_a_request():
    looks, found = world().looks(MONDAY, MONDAY + DAY), Findings()
    for look in looks:
        check(found, look.request, OF_HTTP)

    assert found.problems == []
    assert [look.at for look in looks] == sorted(look.at for look in looks)
    assert len({look.request.id for look in looks}) == len(looks)


def test_in_a_lull_fewer_come_and_before_and_after_it_the_same():
    quiet = world(shoppers=2_000, lulls=[Lull(MONDAY + DAY, MONDAY + 2 * DAY, 25)])
    days = [
        [len(each.looks(MONDAY + n * DAY, MONDAY + (n + 1) * DAY)) for n in range(3)]
        for each in (world(shoppers=2_000), quiet)
    ]

    assert (days[1][0], days[1][2]) == (days[0][0], days[0][2])
    assert days[1][1] == pytest.approx(days[0][1] / 4, rel=0.15)


# ---- what they do


@given(SEEDS, st.text(max_size=20), st.integers(1, 12))
def test_further_down_an_ad_is_clicked_less_by_whoever_it_is(seed, words, position):
    whole = world(seed)
    first = whole.ctr(words, 1)

    assert whole.rate // 2 <= first <= whole.rate * 2
    assert whole.ctr(words, position) == pytest.approx(first * examined(position) / PPM, abs=2)


def test_an_ad_is_clicked_as_often_as_its_rate_says():
    kinds = Counter(
        each.report.kind for number in range(5_000) for each in reports("s", shown(number, 100_000), STEADY)
    )

    assert kinds[EventKind.IMPRESSION] == 5_000
    assert kinds[EventKind.CLICK] == pytest.approx(500, rel=0.1)
    assert kinds[EventKind.DETAIL_PAGE_VIEW] == kinds[EventKind.CLICK]


@given(st.integers(0, 10**9))
def test_a_view_comes_before_its_click_and_both_before_the_visit(number):
    told = list(reports("s", shown(number), STEADY))

    assert [each.report.kind for each in told] == list(EventKind)
    assert [each.report.at for each in told] == sorted(each.report.at for each in told)
    assert told[0].report.at > MONDAY
    assert all(each.at >= each.report.at for each in told)


@given(st.integers(0, 10**9))
def test_what_is_late_or_comes_twice_says_the_same_and_clocks_are_off_by_less_than_is_taken(number):
    crooked = Habits(again=PPM, late=PPM, skew=2_000)
    told = [each.report for each in reports("s", shown(number), crooked)]

    assert told[::2] == told[1::2]
    steady = [each.report for each in reports("s", shown(number), Habits(again=PPM, late=PPM, skew=0))]
    assert all(abs(one.at - other.at) < CLOCKS for one, other in zip(told, steady, strict=True))
