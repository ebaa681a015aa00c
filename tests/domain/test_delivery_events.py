"""What counts once, and what a click costs: the budgets are hard caps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.events import (
    EARLIEST,
    AdEvent,
    EventKind,
    LogLine,
    Purse,
    Visit,
    charge,
    is_too_old,
    kept_for,
)
from app.domain.delivery.token import CLICK_VALID, shopper_of
from app.domain.errors import Refusal
from app.domain.metrics import Placement

AMOUNT = st.integers(0, 10**6)
PRICES = st.lists(AMOUNT, max_size=30)
CLICK = AdEvent(
    auction_id=UUID(int=1),
    slot="top",
    kind=EventKind.CLICK,
    ad_id=UUID(int=2),
    at=datetime(2026, 11, 21, 20, 0, tzinfo=UTC),
    placement=Placement.SEARCH_RESULTS,
    position=1,
    shopper=shopper_of("s1"),
    price=250_000,
)
RECORD = {"timestamp": "2024-06-01T12:00:00+02:00", "item_id": "7", "position": "3", "click": "1", "user": "s1"}
NONSENSE = st.none() | st.text(st.characters(exclude_categories=()), max_size=12)


def broken(**fields):
    """The fields that a line of a foreign log is refused for; none if it is read."""
    try:
        LogLine.parse({**RECORD, **fields})
    except Refusal as refusal:
        return [problem.path[0] for problem in refusal.problems]
    return []


@pytest.mark.parametrize(
    "difference",
    [
        {"ad_id": UUID(int=3)},
        {"at": CLICK.at + timedelta(days=2)},
        {"placement": Placement.EMAIL},
        {"position": 2},
        {"shopper": 0},
        {"target": 3},
        {"price": 1},
    ],
)
def test_the_same_auction_slot_and_kind_are_the_same_event_whatever_else_arrives(difference):  # I11
    assert replace(CLICK, **difference).key == CLICK.key


@pytest.mark.parametrize("difference", [{"auction_id": UUID(int=3)}, {"slot": "side"}, {"kind": EventKind.IMPRESSION}])
def test_another_auction_slot_or_kind_is_another_event(difference):  # I11
    assert replace(CLICK, **difference).key != CLICK.key


@given(PRICES, AMOUNT)
def test_a_campaign_spends_the_sum_of_its_prices_or_its_budget(prices, budget):  # I7, S69
    purse = Purse(budget)

    charged = sum(charge(price, purse) for price in prices)

    assert charged == min(sum(prices), budget)
    assert purse.left == budget - charged


@given(PRICES, st.lists(AMOUNT, min_size=1, max_size=3))
def test_budget_day_and_credit_are_caps_alike(prices, caps):  # I7, S69
    purses = [Purse(cap) for cap in caps]

    charged = sum(charge(price, *purses) for price in prices)

    assert charged == min(sum(prices), *caps)
    assert [purse.left for purse in purses] == [cap - charged for cap in caps]


@given(st.lists(PRICES, max_size=5), AMOUNT, AMOUNT)
def test_over_many_days_neither_the_days_nor_the_life_of_a_campaign_overspends(days, budget, daily):  # I7
    whole, expected = Purse(budget), budget
    for prices in days:
        left, day = whole.left, Purse(daily)
        charged = sum(charge(price, whole, day) for price in prices)
        assert charged == min(sum(prices), daily, left)
    for prices in days:
        expected -= min(sum(prices), daily, expected)
    assert whole.left == expected >= 0


@given(PRICES.flatmap(lambda prices: st.tuples(st.just(prices), st.permutations(prices))), AMOUNT, AMOUNT)
def test_the_order_of_clicks_changes_nothing_in_the_sum(orders, budget, daily):  # I7
    spent = []
    for prices in orders:
        purses = [Purse(budget), Purse(daily)]
        spent.append(sum(charge(price, *purses) for price in prices))

    assert spent[0] == spent[1]


@given(st.integers(), st.lists(st.integers(), min_size=1, max_size=3))
def test_a_click_costs_between_nothing_and_its_price(price, caps):  # S60, S61
    assert 0 <= charge(price, *map(Purse, caps)) <= max(0, price)


@pytest.mark.parametrize(
    ("caps", "price", "charged"),
    [
        ([10], 10, 10),
        ([10], 11, 10),
        ([0], 5, 0),
        ([10, 0], 5, 0),
        ([10, 4], 5, 4),
        ([4, 10], 5, 4),
        ([10, 10, 3], 5, 3),
        ([-3], 5, 0),
        ([10, -3], 5, 0),
        ([10, 10], -5, 0),
    ],
)
def test_the_last_click_costs_what_is_left_and_later_ones_nothing(caps, price, charged):  # S69
    assert charge(price, *map(Purse, caps)) == charged


VISIT = Visit("v1", "N-1", shopper_of("s1"), CLICK.at)


@pytest.mark.parametrize("difference", [{"sku": "N-2"}, {"shopper": 1}, {"at": CLICK.at + timedelta(days=2)}])
def test_the_shops_own_id_of_a_visit_is_its_key(difference):  # I11
    assert replace(VISIT, **difference).key == VISIT.key
    assert replace(VISIT, event_id="v2").key != VISIT.key


HORIZON = CLICK.at - timedelta(hours=72)


@pytest.mark.parametrize(
    ("at", "final_before", "old"),
    [
        (CLICK.at, HORIZON, False),
        (HORIZON + timedelta(microseconds=1), HORIZON, False),
        (HORIZON, HORIZON - timedelta(hours=1), True),
        (CLICK.at - timedelta(hours=1), CLICK.at, True),
        (CLICK.at, CLICK.at, False),
    ],
)
def test_what_would_change_final_figures_is_too_old(at, final_before, old):  # I14
    assert is_too_old(at, CLICK.at, final_before) is old


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=60)), st.timedeltas(timedelta(0), CLICK_VALID))
def test_a_key_outlives_the_time_in_which_its_token_is_taken(served, keep, after):
    """Whatever moment within the token's validity is reported, and however late it is reported."""
    latest = served + CLICK_VALID + timedelta(hours=72)

    assert (served + after + kept_for(keep)).date() > latest.date()
    assert is_too_old(served + CLICK_VALID, latest, EARLIEST)


def test_a_line_of_a_foreign_log_is_an_impression_and_perhaps_its_click():
    at = datetime(2024, 6, 1, 10, 0, tzinfo=UTC)

    assert LogLine.parse(RECORD) == LogLine(at, item=7, position=3, clicked=True, shopper="s1")
    assert LogLine.parse(RECORD).at.tzinfo is UTC
    assert LogLine.parse({**RECORD, "click": "0"}).clicked is False


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("item_id", ["0", "1000000"], ["-1", "1000001", "1.5", "", None, "٣", "1" * 5000]),
        ("position", ["1", "1000"], ["0", "1001", "first", None]),
        ("click", ["0", "1"], ["2", "-1", "yes", None]),
        ("user", ["s", "s" * 128, "Ann B"], ["", "s" * 129, "a\x00", "a\nb", "\ud800", None]),
        (
            "timestamp",
            ["2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"],
            ["1999-12-31T23:59:59Z", "2100-01-01T00:00:01Z", "2024-06-01T12:00:00", "noon", "", None],
        ),
    ],
)
def test_a_field_of_a_log_line_keeps_its_limits(field, good, bad):
    assert [broken(**{field: value}) for value in good] == [[]] * len(good)
    assert [broken(**{field: value}) for value in bad] == [[field]] * len(bad)


@given(st.fixed_dictionaries(dict.fromkeys(RECORD, NONSENSE)))
def test_a_broken_log_line_is_refused_by_field_and_never_a_fault(record):
    assert set(broken(**record)) <= set(RECORD)


def test_every_broken_field_of_a_log_line_is_told_at_once():
    assert sorted(broken(**dict.fromkeys(RECORD))) == sorted(RECORD)
