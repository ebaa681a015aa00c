"""Auctions that are asked for alike at the same moment come to what each would come to by itself."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.alike import Alike
from app.domain.delivery.deciding import hold
from app.domain.delivery.inventory import ALWAYS, Flight
from app.domain.delivery.prediction import Rates
from tests.domain.test_delivery_deciding import BANNER, NOW, OFFERS, RUNNING, SLOT, SLOTS, banner, moment, offer, ranked

PACED = replace(RUNNING, id=UUID(int=901), pass_through=500_000)
FLIGHTS = [RUNNING, PACED, *(Flight(UUID(int=902 + many), 0, ALWAYS, 400_000 * many) for many in range(1, 4))]
ASKED = st.tuples(
    st.integers(0, 1),
    st.sampled_from("abcdefgh"),
    st.sampled_from([(), (), {501}]),
    st.sampled_from([(), (), {1}]),
)


def facts(held):
    return ranked(held), held.decisive(), held.reserve, held.winners


@given(OFFERS, st.lists(SLOTS, min_size=2, max_size=2), st.lists(ASKED, min_size=2, max_size=12))
def test_each_comes_to_what_it_would_by_itself(offers, slots, asked):
    alike, there, promised = Alike(), moment(offers, FLIGHTS), {}
    for place, request, taken, capped in asked:
        mine = replace(there, request_id=request, capped=capped, promised=promised)
        held = alike.hold(mine, slots[place], (), taken)

        assert facts(held) == facts(hold(mine, slots[place], (), taken))
        assert (held.slot, held.moment) == (slots[place], mine)
        for winner in held.winners:  # until budgets are used up
            flight = FLIGHTS[winner.offer.flight].id.int
            promised[flight] = promised.get(flight, 0) + winner.price


@given(OFFERS, SLOTS, st.integers(1, 3))
def test_who_is_judged_to_the_end_meanwhile_changes_nothing_for_others(offers, slot, times):
    alike, there = Alike(), moment(offers, FLIGHTS)
    held = [alike.hold(replace(there, request_id=str(number)), slot, (), ()) for number in range(times)]
    whole = [list(each.whole().entries()) for each in held]

    for number, entries in enumerate(whole):
        assert entries == list(hold(replace(there, request_id=str(number)), slot, (), ()).entries())
    again = alike.hold(replace(there, request_id="again"), slot, (), ())
    assert facts(again) == facts(hold(replace(there, request_id="again"), slot, (), ()))


SHARED = moment([offer(1), offer(2), offer(3)])


@pytest.mark.parametrize(
    ("another", "slot", "interests", "taken"),
    [
        (replace(SHARED, now=NOW + 1), SLOT, (), ()),
        (replace(SHARED, inventory=moment([offer(1)]).inventory), SLOT, (), ()),
        (replace(SHARED, rates=Rates(20_000)), SLOT, (), ()),
        (replace(SHARED, reserve=60_000), SLOT, (), ()),
        (replace(SHARED, capped={9}), SLOT, (), ()),
        (replace(SHARED, promised={900: 10**9}), SLOT, (), ()),
        (SHARED, replace(SLOT, query="tent"), (), ()),
        (SHARED, replace(SLOT, count=1), (), ()),
        (SHARED, replace(SLOT, floor=70_000), (), ()),
        (SHARED, SLOT, [UUID(int=5)], ()),
        (SHARED, SLOT, (), {777}),
    ],
)
def test_only_those_that_are_alike_are_held_once(another, slot, interests, taken):
    alike = Alike()
    first = alike.hold(SHARED, SLOT, (), ())

    assert alike.hold(replace(SHARED, request_id="2"), replace(SLOT, id="side"), (), ()).walk is first.walk
    assert alike.hold(another, slot, interests, taken).walk is not first.walk


def test_words_find_no_banners_and_a_floor_under_the_reserve_shuts_nobody_out():
    alike, banners = Alike(), replace(BANNER, query="tent")
    there = moment([banner(1), banner(2)])
    first = alike.hold(there, banners, (), ())

    assert first.winners
    for other in (replace(banners, query="boat"), replace(banners, floor=there.reserve)):
        assert alike.hold(there, other, (), ()).walk is first.walk


def test_whoever_stands_behind_and_can_pay_no_more_sets_no_price():
    alike, offers = Alike(), [offer(1, bid=300_000), offer(2, bid=200_000), offer(3, bid=90_000, flight=1)]
    there = moment(offers, [RUNNING, replace(RUNNING, id=UUID(int=901))])
    before = alike.hold(there, SLOT, (), ())
    after = alike.hold(replace(there, promised={901: 10**9}), SLOT, (), ())

    assert [ranked(each)[1] for each in (before, after)] == [(2, 2, 90_000), (2, 2, 50_000)]


def test_where_chance_holds_a_campaign_back_each_is_held_by_itself():
    alike, there = Alike(), moment([offer(1), offer(2, flight=1)], [RUNNING, PACED])
    first, second = (alike.hold(replace(there, request_id=id), SLOT, (), ()) for id in "ab")

    assert first.walk is not second.walk
