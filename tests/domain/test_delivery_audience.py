"""How many shoppers there are for an ad that is still to be made, read off auctions that were held."""

from decimal import Decimal
from fractions import Fraction
from uuid import NAMESPACE_DNS, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaigns.targeting import Keyword, MatchType
from app.domain.delivery.audience import Estimate, Held, Seat, by_keywords, estimate, size

FULL = Held(100_000, 2, [Seat(400_000, 10_000, True), Seat(200_000, 10_000, True)])
EMPTY = Held(100_000, 1, [])
SEATS = st.lists(st.builds(Seat, st.integers(10_000, 10**9), st.integers(1, 10**6), st.booleans()), max_size=4)
RANKED = SEATS.map(lambda seats: sorted(seats, key=lambda seat: -seat.bid * seat.ctr))
HELD = st.builds(Held, st.integers(1, 10**6), st.integers(1, 4), RANKED)


def words(*texts, match=MatchType.BROAD):
    return [Keyword(text, match) for text in texts]


@pytest.mark.parametrize(
    ("keywords", "meets"),
    [
        (words("tent"), True),
        (words("tent red"), True),
        (words("tent red", match=MatchType.PHRASE), False),
        (words("red tent", match=MatchType.EXACT), True),
        (words("lamp", "tent"), True),
        (words("lamp"), False),
        ([*words("tent"), *words("red", match=MatchType.NEGATIVE_PHRASE)], False),
        ([], False),
    ],
)
def test_searches_are_met_by_keywords(keywords, meets):
    assert by_keywords(keywords)("Red tents") is meets


@pytest.mark.parametrize(
    ("bid", "expected"),
    [
        (500_000, Estimate(1_000, Decimal("10.00"), 4_000_000)),
        (400_000, Estimate(1_000, Decimal("6.00"), 1_200_000)),
        (300_000, Estimate(1_000, Decimal("6.00"), 1_200_000)),
        (200_000, Estimate(0, Decimal("0.00"), 0)),
        (None, Estimate(1_000, Decimal("6.00"), 1_200_000)),
    ],
)
def test_an_ad_stands_where_its_bid_puts_it(bid, expected):
    """The first slot costs what the one behind bids, and is looked at by all; the second by 60 %."""
    assert estimate([FULL], bid, Fraction(1_000)) == expected


def test_alone_it_pays_the_reserve_and_under_it_gets_nothing():
    assert estimate([EMPTY], 100_000, Fraction(100)) == Estimate(100, Decimal("1.00"), 100_000)
    assert estimate([EMPTY], 99_999, Fraction(100)) == Estimate(0, Decimal("0.00"), 0)
    assert estimate([], 100_000, Fraction(100)) == Estimate(0, Decimal("0.00"), 0)


@pytest.mark.parametrize("there", [9, 500, 20_000])
def test_a_sample_by_ids_tells_how_many_there_are(there):
    ids = sorted(uuid5(NAMESPACE_DNS, str(number)) for number in range(there))

    assert size(ids[:1_000], 1_000) == pytest.approx(there, rel=0.1)


@given(st.lists(HELD, max_size=6), st.integers(10_000, 10**9), st.integers(10_000, 10**9), st.fractions(0, 10**6))
def test_a_higher_bid_never_brings_less(sample, bid, other, times):
    low, high = (estimate(sample, each, times) for each in sorted([bid, other]))

    assert 0 <= low.impressions <= high.impressions
    assert 0 <= low.clicks <= high.clicks
    assert 0 <= low.spend <= high.spend
