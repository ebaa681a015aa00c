"""Predicted click rates: what little is known of an ad makes it like its campaign, and that like everything."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.prediction import (
    EXAMINED,
    PPM,
    STRENGTH,
    UNKNOWN,
    Rates,
    Tally,
    examined,
    predicted,
    shrunk,
    tally,
)
from app.domain.metrics import Placement

RATES = st.integers(1, PPM)
TALLIES = st.integers(0, 10**7).flatmap(lambda shown: st.builds(Tally, st.integers(0, shown), st.just(shown)))
PLACES = st.dictionaries(st.sampled_from(Placement), TALLIES)
SEARCH, MAIL = Placement.SEARCH_RESULTS, Placement.EMAIL


def test_a_rate_lies_between_what_was_seen_and_what_is_known_of_the_whole():
    assert shrunk(Tally(30, 1_000), 10_000) == 20_000
    assert shrunk(Tally(0, 1_000), 10_000) == 5_000
    assert shrunk(Tally(300, 9_000), 10_000) == 31_000


def test_of_what_nothing_is_known_the_whole_is_all_that_is_known():
    assert predicted(Tally(), Tally(), 12_345) == 12_345
    assert Rates.of({}).overall == UNKNOWN


def test_an_ad_is_like_its_campaign_before_it_is_like_all():
    assert predicted(Tally(), Tally(50, 1_000), 10_000) == 30_000
    assert predicted(Tally(0, 9_000), Tally(50, 1_000), 10_000) == 3_000


@given(TALLIES, RATES)
def test_a_rate_is_never_outside_of_both(known, whole):
    rate = shrunk(known, whole)
    seen = known.clicks * PPM // known.exposures if known.exposures else whole

    assert min(seen, whole) - 1 <= rate <= max(seen, whole) + 1
    assert type(rate) is int


@given(TALLIES, RATES, st.integers(0, 1_000))
def test_more_clicks_never_lower_a_rate_nor_do_more_exposures_raise_it(known, whole, more):
    assert shrunk(Tally(known.clicks + more, known.exposures + more), whole) >= shrunk(known, whole)
    assert shrunk(Tally(known.clicks, known.exposures + more), whole) <= shrunk(known, whole)


@given(TALLIES, TALLIES, RATES)
def test_a_prediction_is_a_whole_number_of_parts_per_million_and_at_least_one(ad, campaign, overall):
    assert 1 <= predicted(ad, campaign, overall) <= PPM
    assert type(predicted(ad, campaign, overall)) is int


@given(RATES, st.integers(1, 10))
def test_what_is_known_well_is_as_it_was_seen(rate, times):
    known = Tally(rate * times * STRENGTH, PPM * times * STRENGTH)

    assert abs(shrunk(known, 500_000) - rate) <= 1


def test_a_position_counts_for_as_much_as_it_is_looked_at():
    assert (examined(1), examined(2), examined(3)) == (1_000_000, 600_000, 400_000)
    assert examined(99) == EXAMINED[-1]
    assert tally([(1, 100, 5), (2, 100, 3), (3, 100, 2)]) == Tally(10, 200)


def test_the_same_clicks_lower_down_are_worth_more():
    top, below = tally([(1, 1_000, 20)]), tally([(3, 1_000, 20)])

    assert shrunk(below, 10_000) > shrunk(top, 10_000)


def test_a_placement_where_more_is_clicked_makes_no_ad_better():
    rates = Rates(20_000, {SEARCH: 40_000, MAIL: 10_000})

    assert rates.alike({SEARCH: Tally(40, 1_000)}) == Tally(40, 2_000)
    assert rates.alike({SEARCH: Tally(40, 1_000), MAIL: Tally(10, 1_000)}) == Tally(50, 2_500)


def test_an_ad_is_clicked_more_where_more_is_clicked():
    rates = Rates(20_000, {SEARCH: 40_000, MAIL: 10_000})

    assert [rates.at(30_000, each) for each in (SEARCH, MAIL, Placement.BRAND_PAGE)] == [60_000, 15_000, 30_000]


@given(PLACES, RATES)
def test_rates_of_placements_are_whole_and_within_bounds(known, ctr):
    rates = Rates.of(known)

    assert all(1 <= rates.at(ctr, placement) <= PPM for placement in Placement)
    assert set(rates.placements) == set(known)
