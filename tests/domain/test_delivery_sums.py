"""How many auctions are judged whole, of those that wait to be recorded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.outcomes import Format
from app.domain.delivery.sums import JUDGED, WHOLE, Sample, Sums, stride
from app.domain.metrics import Placement


@pytest.mark.parametrize(
    ("auctions", "candidates", "each"),
    [(1, 10**6, 500), (500, 4, 1), (501, 3, 2), (500, 5, 2), (5_000, 0, 10), (10, 1_000, 5)],
)
def test_few_auctions_of_few_candidates_are_all_judged_whole(auctions, candidates, each):
    assert stride(auctions, candidates) == each


@given(st.integers(1, 10_000), st.integers(0, 100_000))
def test_however_many_wait_their_judging_is_bounded(auctions, candidates):
    judged = -(-auctions // stride(auctions, candidates))

    assert 1 <= judged <= WHOLE
    assert judged * candidates <= JUDGED + candidates


def drawn(sample, auctions, candidates):
    """The weights of those that were judged, all of which have so many candidates."""
    weights = []
    for weight in sample.weights(auctions):
        if weight:
            sample.judged(candidates)
            weights.append(weight)
    return weights


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=20), st.integers(0, 50_000))
def test_each_auction_is_stood_for_once_but_those_that_wait_for_the_next(batches, candidates):
    sample, seconds = Sample(candidates), 2 * (1 + candidates // JUDGED)
    weights = [weight for batch in [*batches, *[1] * seconds] for weight in drawn(sample, batch, candidates)]

    assert sum(batches) <= sum(weights) <= sum(batches) + seconds


@given(st.lists(st.integers(1, 3_000), min_size=5, max_size=30), st.integers(1, 50_000))
def test_in_the_long_run_no_more_are_judged_than_may_be(batches, candidates):
    sample = Sample(candidates)
    judged = sum(len(drawn(sample, batch, candidates)) for batch in batches)

    assert judged * candidates <= JUDGED * len(batches) + 2 * candidates


def test_a_mean_is_learnt_from_what_was_judged():
    sample = Sample()

    assert (len(drawn(sample, 4, 4_000)), sample.candidates) == (3, 2_312)


def test_what_could_not_be_written_is_added_to_what_came_since():
    then, now = ((hour, Placement.EMAIL, Format.BANNERS) for hour in (1, 2))
    sums = Sums(auctions={then: [1, 2, 3]}, demand={7: 10, 8: 20})
    sums.merge(Sums(auctions={then: [1, 1, 1], now: [4, 5, 6]}, demand={8: 1, 9: 2}))

    assert sums == Sums(auctions={then: [2, 3, 4], now: [4, 5, 6]}, demand={7: 10, 8: 21, 9: 2})
