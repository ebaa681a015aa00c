"""What other bids would have brought: bins, points in between, and how far a bid is suggested."""

from decimal import Decimal
from fractions import Fraction
from math import log2
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaigns.drafts import GREATEST_BID
from app.domain.delivery.landscape import (
    BidPoint,
    Bin,
    Ladder,
    Landscape,
    calibration,
    check_bids,
    edge,
    points,
    suggested,
    together,
    usual_bids,
)
from app.domain.delivery.outcomes import Entry, Outcome, bin_of
from app.domain.errors import Findings
from app.domain.money import Money

RESERVE = 10_000
CPC = st.integers(1, GREATEST_BID)
BIN = st.builds(Bin, st.integers(0, 10**6), st.integers(0, 10**11), st.integers(0, 10**17))
LANDSCAPE = st.builds(Landscape.of, CPC, st.lists(st.tuples(st.integers(100, 240), BIN), max_size=30))


def landscape(*auctions, bid=200_000):
    """One of auctions of a CPC that was needed and a predicted CTR in parts per million."""
    return Landscape.of(bid, ((bin_of(need), Bin(1, ctr, ctr * need)) for need, ctr in auctions))


@given(CPC)
def test_a_cpc_lies_in_its_bin(need):
    assert edge(bin_of(need)) <= need < edge(bin_of(need) + 1)


@pytest.mark.parametrize("need", [1, 2, 10_000, 100_000, 350_000, 2**20, GREATEST_BID])
def test_there_are_eight_bins_an_octave(need):
    assert bin_of(need) == int(8 * log2(need))
    assert bin_of(2 * need) == bin_of(need) + 8


@given(LANDSCAPE, CPC, CPC)
def test_a_higher_bid_never_brings_less(known, bid, other):
    low, high = known.at(min(bid, other)), known.at(max(bid, other))

    assert (low.count, low.ctr, low.cost) <= (high.count, high.ctr, high.cost)
    assert low.ctr <= high.ctr
    assert low.cost <= high.cost


@given(LANDSCAPE, st.lists(CPC, min_size=1, max_size=20), st.fractions(Fraction(1, 10), 10))
def test_points_rise_with_the_bid_and_nothing_is_negative(known, bids, factor):
    found = points([known], bids, factor)

    assert [point.bid for point in found] == sorted(set(bids))
    for figures in zip(*((p.wins, p.clicks, p.spend) for p in found), strict=True):
        assert list(figures) == sorted(figures)
        assert figures[0] >= 0
    assert all(point.marginal_cpc is None or point.marginal_cpc >= 0 for point in found)


def test_a_bid_above_every_price_wins_all():
    known = landscape((100_000, 20_000), (250_000, 10_000), (900_000, 5_000))

    assert known.at(GREATEST_BID) == Bin(3, 35_000, 20_000 * 100_000 + 10_000 * 250_000 + 5_000 * 900_000)
    assert known.at(90_000) == Bin()
    assert Landscape(200_000).at(GREATEST_BID) == Bin()


def test_within_a_bin_prices_are_spread_evenly():
    least, above = edge(150), edge(151)
    known = Landscape.of(100_000, [(150, Bin(100, 1_000_000, 10**12))])

    assert known.at(least - 1).count == 0
    assert known.at((least + above) // 2).count == 50
    assert known.at(above - 1).count == 100


def test_what_an_ad_has_won_is_told_exactly_and_nothing_else_at_its_bid():
    bid, place = 350_000, bin_of(350_000)
    known = Landscape.of(bid, [(place, Bin(100, 1_000_000, 10**12)), (place + 1, Bin(50, 500_000, 10**12))])

    assert [known.at(each).count for each in (edge(place) - 1, bid - 1, bid, edge(place + 1) - 1)] == [0, 99, 100, 100]
    assert together([known, known], bid) == Bin(200, 2_000_000, 2 * 10**12)


def test_bins_of_the_same_place_are_added_up():
    assert Landscape.of(1, [(120, Bin(1, 2, 3)), (119, Bin(1, 1, 1)), (120, Bin(10, 20, 30))]).bins == {
        119: Bin(1, 1, 1),
        120: Bin(11, 22, 33),
    }


def test_a_point_says_what_a_further_click_costs():
    known = landscape(*[(100_000, 10_000)] * 1_000, *[(300_000, 10_000)] * 500)
    found = points([known], [500_000, 200_000, 600_000], Fraction(3, 2))

    assert found == [
        BidPoint(200_000, 1_000, Decimal("15.00"), 1_500_000, 100_000),
        BidPoint(500_000, 1_500, Decimal("22.50"), 3_750_000, 300_000),
        BidPoint(600_000, 1_500, Decimal("22.50"), 3_750_000, None),
    ]


@pytest.mark.parametrize(
    ("clicks", "promised", "factor"),
    [
        (0, 0, Fraction(1)),
        (80, 180_000_000, Fraction(1, 2)),
        (380, 180_000_000, Fraction(2)),
        (0, 20_000_000, Fraction(1, 2)),
    ],
)
def test_clicks_are_calibrated_on_those_there_were(clicks, promised, factor):
    assert calibration(clicks, promised) == factor


def test_usual_bids_reach_from_half_to_three_times_in_whole_cents():
    found = usual_bids(330_000, RESERVE)

    assert (found[0], found[-1], len(found)) == (160_000, 990_000, 21)
    assert [bid for bid in found if bid % 10_000] == []
    assert usual_bids(RESERVE, RESERVE) == [10_000, 20_000, 30_000]
    assert usual_bids(GREATEST_BID, RESERVE)[-1] == GREATEST_BID


@pytest.mark.parametrize(
    ("more", "bid"),
    [(1, 250_000), (500_000, 270_000), (1_000_001, 450_000), (10**12, 500_000), (0, None)],
)
def test_the_least_bid_that_spends_what_is_left_is_suggested(more, bid):
    known = landscape(*[(250_000, 10_000)] * 400, *[(455_000, 10_000)] * 400, *[(700_000, 10_000)] * 400)

    assert suggested([known], more, RESERVE) == bid


def test_no_bid_is_suggested_where_none_brings_more():
    assert suggested([landscape((90_000, 10_000))], 10**9, RESERVE) is None
    assert suggested([], 10**9, RESERVE) is None


@pytest.mark.parametrize(
    ("bids", "paths"),
    [
        ([Money(RESERVE, "USD"), Money(GREATEST_BID, "USD")], []),
        ([], [("bids",)]),
        ([Money(RESERVE, "USD")] * 51, [("bids",)]),
        (
            [Money(RESERVE - 1, "USD"), Money(GREATEST_BID + 1, "USD")],
            [("bids", "0", "micros"), ("bids", "1", "micros")],
        ),
        ([Money(RESERVE, "EUR")], [("bids", "0", "currency")]),
    ],
)
def test_bids_that_make_no_sense_are_named(bids, paths):
    found = Findings()
    check_bids(found, bids, "USD", RESERVE)

    assert [problem.path for problem in found.problems] == paths


def entry(number, bid, outcome, need, rank=None):
    return Entry(UUID(int=number), UUID(int=99), bid, 10_000, outcome, need, rank)


def rungs(entries, reserve, slots):
    ladder = Ladder(entries, reserve, slots)
    return [(each.ad, place, found) for each in entries for place, found in ladder.rungs(each)]


AUCTION = [
    entry(1, 900_000, Outcome.WON, 200_000, 1),
    entry(2, 400_000, Outcome.WON, 200_000, 2),
    entry(3, 200_000, Outcome.OUTRANKED, 400_000),
    entry(4, 80_000, Outcome.BELOW_RESERVE, 400_000),
    entry(5, 700_000, Outcome.PACED, None),
]


@pytest.mark.parametrize(
    ("ad", "expected"),
    [
        (1, [(200_000, 1, 6_000, 6_000 * 200_000), (400_000, 0, 4_000, 10_000 * 400_000 - 6_000 * 200_000)]),
        (2, [(200_000, 1, 6_000, 6_000 * 200_000), (900_000, 0, 4_000, 10_000 * 900_000 - 6_000 * 200_000)]),
        (3, [(400_000, 1, 6_000, 6_000 * 400_000), (900_000, 0, 4_000, 10_000 * 900_000 - 6_000 * 400_000)]),
        (4, [(400_000, 1, 6_000, 6_000 * 400_000), (900_000, 0, 4_000, 10_000 * 900_000 - 6_000 * 400_000)]),
        (5, []),
    ],
)
def test_each_slot_of_an_auction_is_a_rung_with_what_it_has_more_than_the_one_below(ad, expected):
    """Two slots, the lower one looked at by 60 %: what an ad would have had is all up to its bid."""
    found = [(place, each) for id, place, each in rungs(AUCTION, 100_000, 2) if id == UUID(int=ad)]

    assert found == [(bin_of(need), Bin(count, ctr, cost)) for need, count, ctr, cost in expected]


def test_alone_an_ad_needs_the_reserve_for_the_first_slot():
    alone = [entry(1, 900_000, Outcome.WON, 100_000, 1)]

    assert rungs(alone, 100_000, 3) == [(UUID(int=1), bin_of(100_000), Bin(1, 10_000, 10_000 * 100_000))]


def test_better_slots_far_beyond_a_bid_are_left_out():
    low = entry(2, 20_000, Outcome.OUTRANKED, 200_000)
    rivals = [entry(1, 10**9, Outcome.WON, 20_000, 1), entry(3, 200_000, Outcome.WON, 20_000, 2)]

    assert [each for ad, _, each in rungs([*rivals, low], 10_000, 2) if ad == low.ad] == [
        Bin(1, 6_000, 6_000 * 200_000)
    ]


def test_near_its_bid_an_ad_has_won_what_stands_in_the_bin_of_the_bid_and_lost_what_stands_above():
    rivals = [entry(1, 400_000, Outcome.WON, 350_000, 1), entry(2, 350_000, Outcome.OUTRANKED, 400_000)]
    places = {ad.int: place for ad, place, _ in rungs(rivals, 10_000, 1)}

    assert bin_of(350_000) + 1 == bin_of(400_000)
    assert places == {1: bin_of(350_000), 2: bin_of(350_000) + 1}
    close = [entry(1, 350_001, Outcome.WON, 350_000, 1), entry(2, 350_000, Outcome.OUTRANKED, 350_001)]
    assert {ad.int: place for ad, place, _ in rungs(close, 10_000, 1)} == places
