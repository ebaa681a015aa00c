"""What auctions know never changes: a change gives another inventory, and the one before answers as before."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaigns.targeting import Keyword, MatchType
from app.domain.delivery.inventory import Inventory
from app.domain.delivery.matching import Query
from app.domain.delivery.outcomes import Format, Outcome
from app.domain.delivery.sharded import SHARDS, Sharded
from tests.domain.test_delivery_deciding import RUNNING, banner, offer

CHANGES = st.dictionaries(st.integers(0, 2_000), st.none() | st.integers())


def found(inventory, query="red tent"):
    """The ads that a search finds."""
    lists = inventory.listings.of_query(Query(query))
    return sorted(inventory.offers[each[2]].id.int for ranked in lists for each in ranked)


def test_an_ad_keeps_its_place_when_it_changes():
    before = Inventory().with_offers([offer(1), offer(2)])
    after = before.with_offers([offer(1, bar=Outcome.OUT_OF_STOCK)])

    assert (before.offer(UUID(int=1)).bar, after.offer(UUID(int=1)).bar) == (None, Outcome.OUT_OF_STOCK)
    assert [after.ads.get(UUID(int=each)) for each in (1, 2, 3)] == [0, 1, None]
    assert after.listings is before.listings


def test_an_ad_that_leaves_is_found_no_more_and_one_that_comes_is():
    before = Inventory().with_offers([offer(1), offer(2), banner(3, 10)])
    after = before.with_offers([offer(4)], gone=[UUID(int=2), UUID(int=3), UUID(int=99)])

    assert (found(before), found(after)) == ([1, 2], [1, 4])
    assert (before.offer(UUID(int=2)) is None, after.offer(UUID(int=2)) is None) == (False, True)
    assert not after.index(Format.BANNERS).holds_any


def test_another_rate_ranks_an_ad_anew():
    before = Inventory().with_offers([offer(1), offer(2)])
    after = before.with_offers([offer(2, ctr=20_000)])

    firsts = [inventory.listings.of_query(Query("tent"))[0][0][1] for inventory in (before, after)]
    assert firsts == [1, 2]


def test_a_draft_that_was_aimed_anew_is_found_by_its_new_keywords_only():
    before = Inventory().with_offers([offer(1)])
    after = before.with_offers([offer(1, keywords=[Keyword("lamp", MatchType.EXACT)])])

    assert (found(after), found(after, "lamp")) == ([], [1])


def test_campaigns_come_and_change():
    before = Inventory().with_flights([RUNNING])
    other = replace(RUNNING, id=UUID(int=901))
    after = before.with_flights([replace(RUNNING, left=1), other, replace(other, left=2)])

    assert (before.flight(RUNNING.id).left, after.flight(RUNNING.id).left) == (RUNNING.left, 1)
    assert (after.flight(other.id).left, len(after.flights)) == (2, 2)
    assert after.flight(UUID(int=1)) is None


@given(CHANGES, CHANGES)
def test_a_mapping_in_shards_is_a_mapping_that_stays_as_it_was(first, second):
    before = Sharded((key, value) for key, value in first.items() if value is not None)
    after, known = before.changed(second), {key: value for key, value in first.items() if value is not None}
    changed = {key: value for key, value in {**known, **second}.items() if value is not None}

    assert {key: before.get(key) for key in before} == known
    assert {key: after.get(key) for key in after} == changed
    assert (len(before), len(after)) == (len(known), len(changed))


def test_a_change_copies_only_what_it_touches():
    before = Sharded((number, number) for number in range(10 * SHARDS))
    after = before.changed({1: 2})

    assert sum(a is not b for a, b in zip(before._shards, after._shards, strict=True)) == 1
    assert before.changed({}) is before
