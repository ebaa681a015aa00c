"""The checks of campaigns and ads as people enter them: limits to the micro, every invalid field at once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.campaigns.drafts import (
    bid_problem,
    check_ad,
    check_campaign,
    check_page,
    check_product,
    reserve_problem,
)
from app.domain.campaigns.status import CampaignKind
from app.domain.errors import Findings, InvalidInput
from app.domain.money import Money

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
UNIT, MOST = 1_000_000, 10**15
ALL = {"name", "total_budget", "daily_budget", "start", "end"}
RANGE = "2000-01-01 <= at <= 2100-01-01"
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MINE, OTHER = UUID(int=1), UUID(int=2)


def euro(micros):
    return Money(micros, "EUR")


BID, RESERVE = euro(UNIT), 10_000
EDITED = ("title", "headline", "landing", "bid")
VALID = {
    "name": "Spring",
    "total_budget": euro(100 * UNIT),
    "daily_budget": euro(10 * UNIT),
    "start": NOW,
    "end": NOW + DAY,
}


def told(found):
    assert all(isinstance(problem, InvalidInput) for problem in found.problems)
    return [(".".join(problem.path), problem.constraint) for problem in found.problems]


def of_campaign(changed=ALL, **values):
    found = Findings()
    check_campaign(found, {**VALID, **values}, "EUR", NOW, changed=set(changed))
    return told(found)


def of_ad(title="Mug", headline="Holds tea", bid=BID, changed=EDITED, reserve=RESERVE):
    found = Findings()
    values = {"title": title, "headline": headline, "landing": 1, "bid": bid}
    check_ad(found, values, "EUR", reserve, changed=set(changed))
    return told(found)


def of_landing(product_in_stock):
    found = Findings()
    check_product(found, product_in_stock)
    return [(problem.code.value, ".".join(problem.path)) for problem in found.problems]


def test_a_whole_campaign_passes():  # S83
    assert of_campaign() == []


@pytest.mark.parametrize(
    ("name", "fits"),
    [("", False), (" ", False), ("S", True), ("S" * 80, True), (f" {'S' * 80} ", True), ("S" * 81, False)],
)
def test_a_campaign_has_a_name_of_1_to_80_characters(name, fits):
    assert of_campaign(name=name) == ([] if fits else [("name", "1 <= length <= 80")])


@pytest.mark.parametrize("field", ["total_budget", "daily_budget"])
@pytest.mark.parametrize(("micros", "fits"), [(UNIT, True), (UNIT - 1, False), (0, False), (-UNIT, False)])
def test_a_budget_is_at_least_one_unit(field, micros, fits):  # S69, S83
    values = {"daily_budget": None, field: euro(micros)}
    path = {"total_budget": "totalBudget.micros", "daily_budget": "dailyBudget.micros"}[field]

    assert of_campaign(**values) == ([] if fits else [(path, f"1000000 <= micros <= {MOST}")])


@pytest.mark.parametrize(("micros", "fits"), [(MOST, True), (MOST + 1, False)])
def test_a_budget_is_at_most_a_thousand_million_units(micros, fits):
    limit = f"1000000 <= micros <= {MOST}"

    both = of_campaign(total_budget=euro(micros), daily_budget=euro(micros))

    assert both == ([] if fits else [("totalBudget.micros", limit), ("dailyBudget.micros", limit)])


@pytest.mark.parametrize(("daily", "fits"), [(100 * UNIT, True), (100 * UNIT + 1, False)])
def test_a_daily_budget_is_at_most_the_total(daily, fits):
    expected = [] if fits else [("dailyBudget.micros", "micros <= 100000000")]

    assert of_campaign(daily_budget=euro(daily)) == expected


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"total_budget"}, ("totalBudget.micros", "micros >= 10000000")),
        ({"daily_budget"}, ("dailyBudget.micros", "micros <= 5000000")),
    ],
)
def test_either_budget_changed_alone_is_held_against_the_other_as_it_stands(changed, problem):
    found = of_campaign(changed, total_budget=euro(5 * UNIT), daily_budget=euro(10 * UNIT))

    assert found == [problem]


def test_budgets_that_are_left_out_are_not_checked_again():
    assert of_campaign({"name", "start", "end"}, total_budget=euro(0), daily_budget=euro(5)) == []


@pytest.mark.parametrize(
    ("field", "path"), [("total_budget", "totalBudget.currency"), ("daily_budget", "dailyBudget.currency")]
)
def test_a_budget_is_in_the_currency_of_the_account(field, path):
    assert of_campaign(**{field: Money(50 * UNIT, "USD"), "end": None}) == [(path, "currency = EUR")]


@pytest.mark.parametrize(
    ("start", "fits"), [(FIRST - MOMENT, False), (FIRST, True), (LAST, True), (LAST + MOMENT, False)]
)
def test_a_start_lies_between_2000_and_2100(start, fits):
    assert of_campaign(start=start, end=None) == ([] if fits else [("start", RANGE)])


@pytest.mark.parametrize(("end", "fits"), [(LAST, True), (LAST + MOMENT, False)])
def test_an_end_lies_before_2100(end, fits):
    assert of_campaign(end=end) == ([] if fits else [("end", RANGE)])


def test_an_end_before_2000_is_both_out_of_range_and_before_its_start():
    assert of_campaign(end=FIRST - MOMENT) == [("end", RANGE), ("end", "end > start")]


@pytest.mark.parametrize(("end", "fits"), [(NOW + DAY - MOMENT, False), (NOW + DAY, False), (NOW + DAY + MOMENT, True)])
def test_an_end_comes_after_the_start(end, fits):
    assert of_campaign(start=NOW + DAY, end=end) == ([] if fits else [("end", "end > start")])


@pytest.mark.parametrize(("end", "fits"), [(NOW - MOMENT, False), (NOW, False), (NOW + MOMENT, True)])
def test_an_end_that_is_given_lies_in_the_future(end, fits):
    expected = [] if fits else [("end", "end > now")]

    assert of_campaign(start=NOW - DAY, end=end) == of_campaign({"end"}, start=NOW - DAY, end=end) == expected


def test_a_start_may_lie_in_the_past():
    assert of_campaign(start=NOW - 365 * DAY) == []


def test_a_new_start_is_held_against_the_end_that_stands_but_not_that_end_against_now():
    assert of_campaign({"start"}, start=NOW, end=NOW) == [("end", "end > start")]
    assert of_campaign({"start"}, start=NOW - 2 * DAY, end=NOW - DAY) == []


def test_dates_that_are_left_out_are_not_checked_again():
    stale = {"start": NOW, "end": NOW - DAY}

    assert of_campaign({"name", "total_budget", "daily_budget"}, **stale) == []
    assert of_campaign({"end"}, start=FIRST - DAY) == []


def test_a_name_that_is_left_out_is_not_checked_again():
    assert of_campaign(ALL - {"name"}, name="") == []


def test_end_and_daily_budget_can_be_cleared():
    assert of_campaign({"end", "daily_budget"}, end=None, daily_budget=None) == []


def test_name_total_budget_and_start_cannot_be_cleared():
    assert of_campaign(name=None, total_budget=None, start=None) == [
        ("name", "required"),
        ("totalBudget", "required"),
        ("start", "required"),
    ]


def test_what_is_missing_but_was_not_asked_to_be_cleared_is_no_problem():
    assert of_campaign({"end"}, name=None, total_budget=None, start=None) == []


def test_every_invalid_field_of_a_campaign_is_told_at_once():
    bad = {"name": "", "total_budget": euro(0), "daily_budget": euro(1), "start": FIRST - DAY, "end": NOW}

    assert of_campaign(**bad) == [
        ("name", "1 <= length <= 80"),
        ("totalBudget.micros", f"1000000 <= micros <= {MOST}"),
        ("dailyBudget.micros", f"1000000 <= micros <= {MOST}"),
        ("dailyBudget.micros", "micros <= 0"),
        ("start", RANGE),
        ("end", "end > now"),
    ]


def test_a_whole_ad_passes():  # S81
    assert of_ad() == []


@pytest.mark.parametrize(("field", "most"), [("title", 50), ("headline", 120)])
def test_a_text_of_an_ad_keeps_its_limits(field, most):  # S81
    outside = [(field, f"1 <= length <= {most}")]

    assert of_ad(**{field: "M"}) == of_ad(**{field: "M" * most}) == []
    assert of_ad(**{field: ""}) == of_ad(**{field: "M" * (most + 1)}) == outside


@pytest.mark.parametrize(
    ("micros", "fits"),
    [(9_999, False), (10_000, True), (1_000 * UNIT, True), (1_000 * UNIT + 1, False), (0, False), (-10_000, False)],
)
def test_a_bid_is_between_the_reserve_and_a_thousand_units(micros, fits):  # S60
    assert of_ad(bid=euro(micros)) == ([] if fits else [("bid.micros", "10000 <= micros <= 1000000000")])


@pytest.mark.parametrize("reserve", [1, 50_000, 999 * UNIT])
def test_a_bid_below_the_reserve_is_told_how_much_it_takes(reserve):
    problem = bid_problem(euro(reserve - 1), "bid", currency="EUR", reserve=reserve)

    assert problem.message == f"The reserve is {euro(reserve).decimal} EUR: bid as much or more."
    assert (problem.path, problem.constraint) == (("bid", "micros"), f"{reserve} <= micros <= 1000000000")
    assert of_ad(bid=euro(reserve), reserve=reserve) == []


def test_a_draft_is_handed_in_with_no_bid_below_the_reserve():
    problem = reserve_problem([euro(60_000), euro(50_000), euro(49_999)], 50_000)

    assert (problem.path, problem.constraint) == (("id",), "bids >= 50000")
    assert problem.message == "A bid of 0.049999 is below the reserve of 0.05 EUR: raise it with `adUpdate`."
    assert reserve_problem([euro(50_000)], 50_000) is None


def test_every_invalid_field_of_an_ad_is_told_at_once():
    assert of_ad("", "\n", Money(0, "USD")) == [
        ("title", "1 <= length <= 50"),
        ("headline", "printable"),
        ("bid.currency", "currency = EUR"),
    ]


@pytest.mark.parametrize(
    ("in_stock", "found"),
    [(True, []), (False, [("INVALID", "landing.productId")]), (None, [("NOT_FOUND", "landing.productId")])],
)
def test_an_ad_lands_on_a_product_that_is_there_and_in_stock(in_stock, found):  # S48, S79
    assert of_landing(in_stock) == found


@pytest.mark.parametrize(
    ("kind", "of_brand", "found"),
    [
        (CampaignKind.SPONSORED_SEARCH, MINE, []),
        (CampaignKind.SPONSORED_SEARCH, OTHER, [("INVALID", "landing.brandPageId")]),
        (CampaignKind.SPONSORED_SEARCH, None, [("NOT_FOUND", "landing.brandPageId")]),
        (CampaignKind.ECOMMERCE_DISPLAY, MINE, [("INVALID", "landing.brandPageId")]),
        (CampaignKind.ECOMMERCE_DISPLAY, None, [("NOT_FOUND", "landing.brandPageId")]),
    ],
)
def test_a_search_ad_may_land_on_its_brands_page_and_a_display_ad_on_none(kind, of_brand, found):  # S47, S48
    problems = Findings()
    check_page(problems, kind, MINE, of_brand)

    assert [(each.code.value, ".".join(each.path)) for each in problems.problems] == found


def test_a_product_that_is_missing_is_told_apart_from_one_out_of_stock():
    missing, sold_out = Findings(), Findings()
    check_product(missing, None)
    check_product(sold_out, product_in_stock=False)

    assert "No such product" in missing.problems[0].message
    assert "out of stock" in sold_out.problems[0].message


def test_only_what_is_changed_of_an_ad_is_checked_and_nothing_can_be_cleared():
    assert of_ad(title="", headline=None, bid=None, changed=()) == []
    assert of_ad(None, None, None) == [("title", "required"), ("headline", "required"), ("bid", "required")]
