"""What counts once, and what a click costs: the budgets are hard caps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery import AdEvent, EventKind, LogLine, Purse
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
    shopper="s1",
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
        {"shopper": None},
        {"price": 1},
    ],
)
def test_the_same_auction_slot_and_kind_are_the_same_event_whatever_else_arrives(difference):  # I11
    assert replace(CLICK, **difference).key == CLICK.key


@pytest.mark.parametrize("difference", [{"auction_id": UUID(int=3)}, {"slot": "side"}, {"kind": EventKind.IMPRESSION}])
def test_another_auction_slot_or_kind_is_another_event(difference):  # I11
    assert replace(CLICK, **difference).key != CLICK.key


def test_an_impression_costs_nothing():  # S60
    assert Purse(total=100).charge(AdEvent(**{**vars(CLICK), "kind": EventKind.IMPRESSION, "price": 0}).price) == 0


@given(PRICES, AMOUNT)
def test_a_campaign_spends_the_sum_of_its_prices_or_its_budget(prices, budget):  # I7, S69
    purse = Purse(budget)

    charged = sum(purse.charge(price) for price in prices)

    assert charged == min(sum(prices), budget)
    assert (purse.total, purse.day) == (budget - charged, None)


@given(PRICES, AMOUNT, AMOUNT)
def test_with_a_daily_budget_the_day_is_a_cap_too(prices, budget, daily):  # I7, S69
    purse = Purse(budget, daily)

    charged = sum(purse.charge(price) for price in prices)

    assert charged == min(sum(prices), budget, daily)
    assert (purse.total, purse.day) == (budget - charged, daily - charged)


@given(st.lists(PRICES, max_size=5), AMOUNT, AMOUNT)
def test_over_many_days_neither_the_days_nor_the_life_of_a_campaign_overspends(days, budget, daily):  # I7
    left, expected = budget, budget
    for prices in days:
        purse = Purse(left, daily)
        charged = sum(purse.charge(price) for price in prices)
        assert charged == min(sum(prices), daily, left)
        left = purse.total
    for prices in days:
        expected -= min(sum(prices), daily, expected)
    assert left == expected >= 0


@given(PRICES.flatmap(lambda prices: st.tuples(st.just(prices), st.permutations(prices))), AMOUNT, AMOUNT)
def test_the_order_of_clicks_changes_nothing_in_the_sum(orders, budget, daily):  # I7
    spent = [sum(map(Purse(budget, daily).charge, prices)) for prices in orders]

    assert spent[0] == spent[1]


@given(st.integers(), st.integers(), st.none() | st.integers())
def test_a_click_costs_between_nothing_and_its_price(price, total, day):  # S60, S61
    assert 0 <= Purse(total, day).charge(price) <= max(0, price)


@pytest.mark.parametrize(
    ("purse", "price", "charged"),
    [
        (Purse(10), 10, 10),
        (Purse(10), 11, 10),
        (Purse(0), 5, 0),
        (Purse(10, 0), 5, 0),
        (Purse(10, 4), 5, 4),
        (Purse(4, 10), 5, 4),
        (Purse(-3), 5, 0),
        (Purse(10, -3), 5, 0),
        (Purse(10, 10), -5, 0),
    ],
)
def test_the_last_click_costs_what_is_left_and_later_ones_nothing(purse, price, charged):  # S69
    assert purse.charge(price) == charged


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
