"""An auction from candidates to winners: each candidate has one outcome, the first that applies in a fixed order."""

from dataclasses import replace
from itertools import product as every
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.accounts import AccountStatus
from app.domain.campaigns.status import AdFacts, ConfiguredStatus, ReviewStatus, SystemStop, eligible
from app.domain.campaigns.targeting import Keyword, MatchType
from app.domain.delivery.deciding import TOO_LOW, Moment, hold
from app.domain.delivery.inventory import ALWAYS, Flight, Inventory, Offer
from app.domain.delivery.matching import aims_of_interests, aims_of_keywords
from app.domain.delivery.outcomes import Format, Outcome, bar_of_ad, bar_of_campaign, first
from app.domain.delivery.prediction import Rates
from app.domain.delivery.requests import Slot
from app.domain.metrics import Placement

NOW = 1_000_000
KEYWORDS = (Keyword("red tent", MatchType.BROAD), Keyword("tent", MatchType.EXACT))
WITH_NEGATIVE = (*KEYWORDS, Keyword("used", MatchType.NEGATIVE_PHRASE))
SLOT = Slot("top", Placement.SEARCH_RESULTS, Format.LISTINGS, 2, "red tent")
BANNER = Slot("side", Placement.PARTNER_SITE, Format.BANNERS, 1)
RUNNING = Flight(UUID(int=900), 0, ALWAYS, 10**9)


def offer(number, *, bid=100_000, flight=0, keywords=KEYWORDS, landing=None, ctr=10_000, **more):
    aims, negatives = aims_of_keywords(enumerate(keywords), bid)
    facts = {"format": Format.LISTINGS, "bar": None, **more}
    landing = UUID(int=500 + number if landing is None else landing)
    texts = {"title": f"Ad {number}", "headline": "Take it along", "image": None}
    return Offer(
        UUID(int=number), flight, landing, bid=bid, ctr=ctr, negatives=negatives, aims=(*aims,), **texts, **facts
    )


def banner(number, *interests, **more):
    aims = aims_of_interests([UUID(int=each) for each in interests], 100_000)
    return replace(offer(number, **more), format=Format.BANNERS, aims=tuple(aims), negatives=None)


def moment(offers, flights=(RUNNING,), **more):
    inventory = Inventory().with_flights(flights).with_offers(offers)
    return Moment(inventory, Rates(10_000), NOW, "request 1", 50_000, **more)


def outcomes(held):
    return {entry.ad.int: entry.outcome for entry in held.entries()}


def ranked(held):
    return [(winner.offer.id.int, winner.rank, winner.price) for winner in held.winners]


def test_the_best_bids_win_and_the_others_are_outranked():
    held = hold(moment([offer(1), offer(2, bid=300_000), offer(3, bid=200_000)]), SLOT, (), ())

    assert ranked(held) == [(2, 1, 200_000), (3, 2, 100_001)]
    assert outcomes(held) == {2: Outcome.WON, 3: Outcome.WON, 1: Outcome.OUTRANKED}


def test_each_entry_says_what_was_bid_what_would_have_won_and_what_it_costs():
    first, second, third = hold(
        moment([offer(1), offer(2, bid=300_000), offer(3, bid=200_000)]), SLOT, (), ()
    ).entries()

    assert (first.rank, first.price, first.bid, first.need) == (1, 200_000, 300_000, 100_001)
    assert (second.rank, second.price, second.bid, second.need) == (2, 100_001, 200_000, 100_001)
    assert (third.rank, third.price, third.bid, third.need) == (None, None, 100_000, 200_000)
    assert (third.ctr, third.campaign) == (10_000, RUNNING.id)


PAUSED = replace(RUNNING, id=UUID(int=901))
ENDED = replace(RUNNING, id=UUID(int=902), ends=NOW)
TO_COME = replace(RUNNING, id=UUID(int=903), begins=NOW + 1)
SPENT = replace(RUNNING, id=UUID(int=904), left=0)
HELD_BACK = replace(RUNNING, id=UUID(int=905), pass_through=0)
FLIGHTS = (RUNNING, ENDED, TO_COME, SPENT, HELD_BACK)


@pytest.mark.parametrize(
    ("outcome", "facts"),
    [
        (Outcome.PAYMENT_HOLD, {"bar": Outcome.PAYMENT_HOLD}),
        (Outcome.OUT_OF_FLIGHT, {"flight": 1}),
        (Outcome.OUT_OF_FLIGHT, {"flight": 2}),
        (Outcome.NEGATIVE_KEYWORD, {"keywords": (*KEYWORDS, Keyword("red", MatchType.NEGATIVE_PHRASE))}),
        (Outcome.NEGATIVE_KEYWORD, {"keywords": (*KEYWORDS, Keyword("red tents", MatchType.NEGATIVE_EXACT))}),
        (Outcome.DUPLICATE_PRODUCT, {"landing": 777}),
        (Outcome.BELOW_RESERVE, {"bid": 49_999}),
        (Outcome.BUDGET_EXHAUSTED, {"flight": 3}),
        (Outcome.PACED, {"flight": 4}),
        (Outcome.WON, {"keywords": (*KEYWORDS, Keyword("blue", MatchType.NEGATIVE_PHRASE))}),
    ],
)
def test_what_keeps_an_ad_out(outcome, facts):
    held = hold(moment([offer(1, bid=60_000), offer(2, **{"bid": 900_000, **facts})], FLIGHTS), SLOT, (), {777})

    assert outcomes(held) == {1: Outcome.WON, 2: outcome}
    assert 1 in [winner.offer.id.int for winner in held.winners]


def test_who_was_shown_an_ad_often_enough_is_not_shown_it_again():
    held = hold(moment([offer(1), offer(2)], capped={2}), SLOT, (), ())

    assert outcomes(held) == {1: Outcome.WON, 2: Outcome.FREQUENCY_CAP}


def test_what_is_promised_already_is_not_promised_again():
    few = replace(RUNNING, left=5_000)

    assert outcomes(hold(moment([offer(1)], [few], promised={900: 4_999}), SLOT, (), ())) == {1: Outcome.WON}
    assert outcomes(hold(moment([offer(1)], [few], promised={900: 5_000}), SLOT, (), ())) == {
        1: Outcome.BUDGET_EXHAUSTED
    }


def test_of_two_ads_of_one_product_the_better_one_stands():
    held = hold(moment([offer(1, bid=90_000, landing=7), offer(2, bid=200_000, landing=7), offer(3)]), SLOT, (), ())

    assert outcomes(held) == {2: Outcome.WON, 3: Outcome.WON, 1: Outcome.DUPLICATE_PRODUCT}


def test_an_ad_that_is_held_back_leaves_its_place_to_another_of_the_product():
    held = hold(moment([offer(1, landing=7), offer(2, bid=200_000, landing=7, flight=4)], FLIGHTS), SLOT, (), ())

    assert outcomes(held) == {2: Outcome.PACED, 1: Outcome.WON}


def test_the_products_of_one_auction_are_not_those_of_the_next():
    there, taken = moment([offer(1), offer(2)]), set()
    first = hold(there, replace(SLOT, count=1), (), taken)
    taken |= {winner.offer.landing.int for winner in first.winners}
    second = hold(there, replace(SLOT, id="next"), (), taken)

    assert (ranked(first), ranked(second)) == ([(1, 1, 100_000)], [(2, 1, 50_000)])
    assert outcomes(second) == {1: Outcome.DUPLICATE_PRODUCT, 2: Outcome.WON}


def test_a_winner_says_by_which_of_its_keywords_it_was_found():
    held = hold(moment([offer(1)]), replace(SLOT, query="tents"), (), ())

    assert [winner.target for winner in held.winners] == [2]


def test_the_request_may_ask_for_more_than_the_least_price():
    assert ranked(hold(moment([offer(1)]), replace(SLOT, floor=80_000), (), ())) == [(1, 1, 80_000)]


def test_banners_are_found_by_interests_and_those_without_any_are_for_anybody():
    there = moment([banner(1, 10), banner(2, 11), banner(3), offer(4)])

    assert outcomes(hold(there, replace(BANNER, count=3), [UUID(int=10)], ())) == {1: Outcome.WON, 3: Outcome.WON}


def test_listings_are_none_of_the_banners():
    assert outcomes(hold(moment([banner(1), offer(2)]), SLOT, (), ())) == {2: Outcome.WON}


# ---- the order of outcomes


def test_outcomes_stand_in_the_order_in_which_they_are_tested():
    assert [outcome.value for outcome in Outcome] == [
        "CAMPAIGN_INACTIVE",
        "PAYMENT_HOLD",
        "NOT_APPROVED",
        "OUT_OF_STOCK",
        "OUT_OF_FLIGHT",
        "NO_TARGET_MATCH",
        "NEGATIVE_KEYWORD",
        "FREQUENCY_CAP",
        "DUPLICATE_PRODUCT",
        "BELOW_RESERVE",
        "BUDGET_EXHAUSTED",
        "PACED",
        "OUTRANKED",
        "WON",
    ]


FAULTS = {
    Outcome.NOT_APPROVED: {"bar": Outcome.NOT_APPROVED},
    Outcome.OUT_OF_FLIGHT: {"flight": 1},
    Outcome.NEGATIVE_KEYWORD: {"keywords": (*KEYWORDS, Keyword("red", MatchType.NEGATIVE_PHRASE))},
    Outcome.DUPLICATE_PRODUCT: {"landing": 777},
    Outcome.BELOW_RESERVE: {"bid": 40_000},
}


@pytest.mark.parametrize(("first", "second"), [(a, b) for a, b in every(FAULTS, FAULTS) if a is not b])
def test_of_two_reasons_the_first_counts(first, second):
    facts = {**FAULTS[first], **FAULTS[second]}
    held = hold(moment([offer(1, **facts)], FLIGHTS), SLOT, (), {777})

    assert outcomes(held) == {1: min((first, second), key=list(Outcome).index)}


def test_pacing_is_asked_of_those_alone_who_could_pay():
    broke = replace(HELD_BACK, left=0)

    assert outcomes(hold(moment([offer(1)], [broke]), SLOT, (), ())) == {1: Outcome.BUDGET_EXHAUSTED}


BOTH = (True, False)
FACTS = list(every(ConfiguredStatus, ReviewStatus, SystemStop, BOTH, ConfiguredStatus, AccountStatus, BOTH, BOTH))


@pytest.mark.parametrize("in_stock", [True, False])
def test_only_approved_ads_of_approved_brands_in_active_accounts_may_enter(in_stock):  # I9, I10
    for *facts, campaign, account, approved, paid in FACTS:
        ad, around = AdFacts(*facts), {"brand_approved": approved, "has_card": paid}
        barred = first(bar_of_ad(ad, in_stock=in_stock), bar_of_campaign(campaign, account, **around))
        assert (barred is None) is (in_stock and eligible(ad, campaign, account, **around))


@pytest.mark.parametrize(
    ("facts", "in_stock", "expected"),
    [
        ({"configured": ConfiguredStatus.PAUSED, "stop": SystemStop.BILLING}, True, Outcome.CAMPAIGN_INACTIVE),
        ({"stop": SystemStop.BILLING}, False, Outcome.PAYMENT_HOLD),
        ({"review": ReviewStatus.IN_MODERATION}, False, Outcome.NOT_APPROVED),
        ({"stop": SystemStop.POLICY}, True, Outcome.NOT_APPROVED),
        ({"landing_public": False}, True, Outcome.NOT_APPROVED),
        ({"landing_public": False, "stop": SystemStop.BILLING}, True, Outcome.PAYMENT_HOLD),
        ({"stop": SystemStop.OUT_OF_STOCK}, True, Outcome.OUT_OF_STOCK),
        ({}, False, Outcome.OUT_OF_STOCK),
        ({}, True, None),
    ],
)
def test_what_bars_an_ad_from_every_auction(facts, in_stock, expected):
    good = {"configured": ConfiguredStatus.ENABLED, "review": ReviewStatus.APPROVED, "stop": SystemStop.NONE}

    assert bar_of_ad(AdFacts(**{**good, **facts}), in_stock=in_stock) is expected


@pytest.mark.parametrize(
    ("campaign", "account", "approved", "paid", "expected"),
    [
        (ConfiguredStatus.PAUSED, AccountStatus.PAYMENT_HOLD, False, False, Outcome.CAMPAIGN_INACTIVE),
        (ConfiguredStatus.ENABLED, AccountStatus.SUSPENDED, False, False, Outcome.CAMPAIGN_INACTIVE),
        (ConfiguredStatus.ENABLED, AccountStatus.PAYMENT_HOLD, False, True, Outcome.PAYMENT_HOLD),
        (ConfiguredStatus.ENABLED, AccountStatus.ACTIVE, False, False, Outcome.PAYMENT_HOLD),
        (ConfiguredStatus.ENABLED, AccountStatus.ACTIVE, False, True, Outcome.NOT_APPROVED),
        (ConfiguredStatus.ENABLED, AccountStatus.ACTIVE, True, True, None),
    ],
)
def test_what_bars_all_ads_of_a_campaign(campaign, account, approved, paid, expected):
    assert bar_of_campaign(campaign, account, brand_approved=approved, has_card=paid) is expected


@pytest.mark.parametrize("own", [None, Outcome.CAMPAIGN_INACTIVE, Outcome.OUT_OF_STOCK])
@pytest.mark.parametrize("of_campaign", [None, Outcome.PAYMENT_HOLD])
def test_of_an_ads_bar_and_its_campaigns_the_first_counts(own, of_campaign):
    flights = [replace(RUNNING, bar=of_campaign)]
    known = [each for each in Outcome if each in (own, of_campaign)]

    assert outcomes(hold(moment([offer(1, bar=own)], flights), SLOT, (), ())) == {1: [*known, Outcome.WON][0]}


# ---- whatever there is


BARS = st.none() | st.sampled_from(list(Outcome)[:4])
OFFERS = st.lists(
    st.builds(
        offer,
        st.integers(1, 99),
        bid=st.integers(10_000, 400_000),
        flight=st.integers(0, 4),
        keywords=st.sampled_from([KEYWORDS, WITH_NEGATIVE, KEYWORDS[:1]]),
        landing=st.integers(1, 30),
        ctr=st.integers(1, 50_000),
        bar=BARS,
    ),
    max_size=40,
    unique_by=lambda each: each.id,
)
SLOTS = st.builds(
    Slot,
    st.just("top"),
    st.sampled_from(Placement),
    st.just(Format.LISTINGS),
    st.integers(1, 5),
    st.sampled_from(["red tent", "tent", "used red tent", "lamp"]),
    floor=st.integers(0, 200_000),
)


@given(OFFERS, SLOTS, st.sets(st.integers(1, 30), max_size=5), st.sets(st.integers(1, 99), max_size=9))
def test_each_candidate_gets_one_outcome_and_winners_paid_what_they_may(offers, slot, taken, capped):
    held = hold(moment(offers, FLIGHTS, capped=capped), slot, (), taken)
    entries = list(held.entries())
    known = {each.id: each for each in offers}

    assert len({entry.ad for entry in entries}) == len(entries)
    assert [entry.rank for entry in entries if entry.outcome is Outcome.WON] == list(range(1, len(held.winners) + 1))
    for entry in entries:
        assert (entry.price is None) is (entry.outcome is not Outcome.WON)
        assert (entry.need is None) is (entry.outcome not in {Outcome.WON, *TOO_LOW})
        assert entry.outcome is not Outcome.WON or held.reserve <= entry.price <= entry.bid == known[entry.ad].bid
        assert entry.outcome is not Outcome.WON or known[entry.ad].bar is None  # I10
    assert len({winner.offer.landing for winner in held.winners}) == len(held.winners)


@given(OFFERS, SLOTS)
def test_those_who_decided_an_auction_are_its_winners_and_the_one_behind(offers, slot):
    held = hold(moment(offers, FLIGHTS), slot, (), ())
    decided = held.decisive()
    let_in = [entry for entry in held.entries() if entry.outcome in {Outcome.WON, Outcome.OUTRANKED}]

    assert decided == let_in[: slot.count + 1]
    assert held.decisive() == decided  # also where all were judged meanwhile


@given(OFFERS, SLOTS, st.randoms(use_true_random=False))
def test_the_order_in_which_ads_are_known_changes_nothing(offers, slot, random):
    shuffled = random.sample(offers, len(offers))
    one, other = (hold(moment(each, FLIGHTS), slot, (), ()) for each in (offers, shuffled))

    assert list(one.entries()) == list(other.entries())
    assert ranked(one) == ranked(other)
