"""The auction: rank by bid x predicted CTR, the price that keeps the slot, and who is looked at at all."""

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.auction import Walk, need, needed, posting, prices, rate_of, rivals
from app.domain.delivery.outcomes import Outcome

BIDS, RATES = st.integers(10_000, 5_000_000), st.integers(1, 400_000)
SLOTS = st.integers(1, 5)
RESERVES = st.integers(0, 2_000_000)


@dataclass(frozen=True)
class Bidder:
    ad: int
    bid: int
    rate: int

    @property
    def candidate(self):
        return posting(self.ad, self.ad, self.bid, self.rate)

    @property
    def rank(self):
        return -self.bid * self.rate, self.ad


BIDDERS = st.lists(st.builds(Bidder, st.integers(1, 60), BIDS, RATES), max_size=60, unique_by=lambda each: each.ad)
FEW = st.lists(
    st.builds(Bidder, st.integers(1, 9), st.integers(10_000, 10_030), st.integers(1, 3)),
    max_size=9,
    unique_by=lambda each: each.ad,
)
"""Bids and rates so close that ties are common."""
CROWDS = BIDDERS | FEW
MANY = 24


def held(bidders, reserve=0, slots=3, *, lists=1):
    """The winners of an auction among bidders in so many lists: (ad, price)."""
    ranked = [sorted(each.candidate for each in bidders if each.ad % lists == at) for at in range(lists)]
    walk = Walk(ranked, lambda each: Outcome.BELOW_RESERVE if each[3] < reserve else None)
    entrants = walk.until(slots + 1)
    return [(each[1], price) for each, price in zip(entrants, prices(entrants, reserve, slots), strict=False)]


def test_the_product_of_bid_and_rate_ranks_and_the_one_behind_sets_the_price():
    first, second, third = Bidder(1, 500_000, 20_000), Bidder(2, 900_000, 10_000), Bidder(3, 300_000, 10_000)

    assert held([third, first, second], 100_000, 2) == [(1, 450_000), (2, 300_000)]


def test_alone_one_pays_the_reserve():
    assert held([Bidder(1, 500_000, 20_000)], 100_000) == [(1, 100_000)]


def test_who_bids_less_than_the_reserve_neither_wins_nor_sets_a_price():
    assert held([Bidder(1, 500_000, 10_000), Bidder(2, 400_000, 12_000)], 450_000) == [(1, 450_000)]


def test_of_equals_the_lower_id_stands_first_and_pays_no_more():
    twins = [Bidder(2, 500_000, 10_000), Bidder(1, 500_000, 10_000)]

    assert held(twins, 0, 2) == [(1, 500_000), (2, 0)]


def test_to_stand_before_an_equal_of_lower_id_takes_a_micro_more():
    me, rival = posting(2, 2, 600_000, 10_000), posting(1, 1, 500_000, 10_000)

    assert (need(me, rival), need(posting(1, 1, 600_000, 10_000), posting(2, 2, 500_000, 10_000))) == (500_001, 500_000)


@given(CROWDS, RESERVES, SLOTS)
def test_a_price_is_at_least_the_reserve_and_at_most_the_bid(bidders, reserve, slots):
    bids = {each.ad: each.bid for each in bidders}

    for ad, price in held(bidders, reserve, slots):
        assert reserve <= price <= bids[ad]
        assert type(price) is int


@given(CROWDS, RESERVES, SLOTS)
def test_the_price_is_the_smallest_bid_that_keeps_the_slot(bidders, reserve, slots):
    winners = held(bidders, reserve, slots)

    for place, (ad, price) in enumerate(winners):
        others = [each for each in bidders if each.ad != ad]
        (me,) = [each for each in bidders if each.ad == ad]
        keeps = held([*others, Bidder(ad, price, me.rate)], reserve, slots)
        assert keeps[place][0] == ad
        lower = held([*others, Bidder(ad, price - 1, me.rate)], reserve, slots)
        assert place >= len(lower) or lower[place][0] != ad


@given(CROWDS, RESERVES, SLOTS, st.integers(1, 3_000_000), st.data())
def test_raising_ones_bid_never_lowers_ones_rank(bidders, reserve, slots, more, data):
    if not bidders:
        return
    me = data.draw(st.sampled_from(bidders))
    raised = [Bidder(each.ad, each.bid + more, each.rate) if each is me else each for each in bidders]
    before, after = ([ad for ad, _ in held(crowd, reserve, slots)] for crowd in (bidders, raised))

    assert me.ad not in before or after.index(me.ad) <= before.index(me.ad)


@given(CROWDS, RESERVES, SLOTS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_order_of_candidates_and_of_their_lists_changes_nothing(bidders, reserve, slots, random, lists):
    shuffled = random.sample(bidders, len(bidders))

    assert held(shuffled, reserve, slots, lists=lists) == held(bidders, reserve, slots)


@given(CROWDS, RESERVES, SLOTS)
def test_winners_are_the_best_of_those_who_bid_the_reserve(bidders, reserve, slots):
    able = sorted((each for each in bidders if each.bid >= reserve), key=lambda each: each.rank)

    assert [ad for ad, _ in held(bidders, reserve, slots)] == [each.ad for each in able[:slots]]


@given(CROWDS, RESERVES, SLOTS)
def test_the_price_to_win_any_slot_wins_one_and_a_micro_less_does_not(bidders, reserve, slots):
    entrants = sorted(each.candidate for each in bidders if each.bid >= reserve)

    behind, before = rivals(entrants, slots)
    for each in bidders:
        price = needed(each.candidate, behind if each.candidate in entrants[:slots] else before, reserve)
        others = [other for other in bidders if other is not each]
        assert each.ad in dict(held([*others, Bidder(each.ad, price, each.rate)], reserve, slots))
        assert each.ad not in dict(held([*others, Bidder(each.ad, price - 1, each.rate)], reserve, slots))


@given(BIDS, RATES)
def test_a_candidate_keeps_its_rate(bid, rate):
    assert rate_of(posting(1, 1, bid, rate)) == rate
    assert Fraction(-posting(1, 1, bid, rate)[0], bid) == rate


def test_only_as_many_are_judged_as_it_takes():
    judged = []
    crowd = sorted(Bidder(ad, 10_000 + ad, 10_000).candidate for ad in range(1, 10 * MANY))
    walk = Walk([crowd], judged.append)

    assert [each[1] for each in walk.until(3)] == [239, 238, 237]
    assert judged == crowd[:3]


def test_the_walk_goes_on_where_it_was_left_and_judges_each_ad_once():
    judged = []
    crowd = sorted(Bidder(ad, 10_000 + ad, 10_000).candidate for ad in range(1, 10 * MANY))
    walk = Walk([crowd[::2], crowd[1::2], crowd], judged.append)
    walk.until(3)
    walk.rest()

    assert walk.entrants == crowd
    assert judged == crowd


@given(CROWDS, st.integers(1, 4), st.integers(0, 4))
def test_however_many_are_refused_the_best_of_the_others_are_found(bidders, lists, divisor):
    def judge(each):
        return Outcome.PACED if each[1] % (divisor + 1) else None

    ranked = [sorted(each.candidate for each in bidders if each.ad % lists == at) for at in range(lists)]
    walk = Walk(ranked, judge)
    walk.rest()

    everyone = sorted(each.candidate for each in bidders)
    assert walk.entrants == [each for each in everyone if judge(each) is None]
    assert walk.refused == [(each, Outcome.PACED) for each in everyone if judge(each)]


def test_an_ad_counts_by_the_keyword_that_ranks_it_highest():
    low, high = posting(1, 1, 100_000, 10_000, 1), posting(1, 1, 200_000, 10_000, 2)
    walk = Walk([[low], [high]], lambda _: None)

    assert walk.until(5) == [high]


@pytest.mark.parametrize("slots", [1, 2])
def test_a_place_that_nobody_contends_costs_the_reserve(slots):
    crowd = [posting(ad, ad, 500_000, 10_000) for ad in range(1, slots + 1)]

    assert prices(crowd, 70_000, slots)[-1] == 70_000


def test_a_walk_is_gone_on_with_some_steps_at_a_time():
    crowd = sorted(Bidder(ad, 10_000 + ad, 10_000).candidate for ad in range(1, 6))
    walk = Walk([crowd], lambda _: None)

    assert [walk.further(2) for _ in range(3)] == [True, True, False]
    assert walk.entrants == crowd
