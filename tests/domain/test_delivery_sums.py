"""How many auctions are judged whole, of those that wait to be recorded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.sums import JUDGED, WHOLE, stride


@pytest.mark.parametrize(
    ("auctions", "candidates", "each"),
    [(1, 10**6, 50), (500, 40, 1), (501, 40, 2), (500, 41, 2), (5_000, 0, 10), (100, 1_000, 5)],
)
def test_few_auctions_of_few_candidates_are_all_judged_whole(auctions, candidates, each):
    assert stride(auctions, candidates) == each


@given(st.integers(1, 10_000), st.integers(0, 100_000))
def test_however_many_wait_their_judging_is_bounded(auctions, candidates):
    judged = -(-auctions // stride(auctions, candidates))

    assert 1 <= judged <= WHOLE
    assert judged * candidates <= JUDGED + candidates
