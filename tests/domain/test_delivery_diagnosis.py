"""Why only part of a budget was spent: verdicts, and causes by what each would have brought (S58, S59)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaigns.status import CampaignKind
from app.domain.delivery.causes import REMEDIES, CauseKind, explained
from app.domain.delivery.diagnosis import DISCLAIMER, DeliveryVerdict, diagnose, plans
from app.domain.delivery.landscape import Bin, Landscape
from app.domain.delivery.outcomes import Outcome, bin_of
from app.domain.delivery.unspent import DAY, Day, Known, shares

EXPLAINED = {DeliveryVerdict.UNDER_DELIVERING, DeliveryVerdict.NOT_SERVING}
BID, CTR = 400_000, 10_000
K = CauseKind
COUNT = st.integers(0, 10**7)
LOST = st.dictionaries(st.sampled_from(K), st.integers(1, 100), max_size=4).map(
    lambda parts: {kind: Fraction(part, 400) for kind, part in parts.items()}
)
DAYS = st.builds(
    Day,
    seconds=st.integers(0, DAY),
    plan=COUNT,
    spent=COUNT,
    is_final=st.booleans(),
    outcomes=st.dictionaries(st.sampled_from(Outcome), COUNT),
    impressions=COUNT,
    clicks=COUNT,
    lost=LOST,
)
BINS = st.dictionaries(st.integers(106, 230), st.builds(Bin, COUNT, COUNT, COUNT), max_size=5)
LANDSCAPES = st.builds(Landscape, st.integers(10_000, 10**9), BINS)
KNOWN = st.builds(
    Known,
    kind=st.sampled_from(CampaignKind),
    days=st.lists(DAYS, max_size=3),
    past=st.lists(DAYS, max_size=2) | DAYS.map(lambda day: [day] * 9),
    ads=st.lists(LANDSCAPES, max_size=3),
    left=st.integers(0, 10**9),
    kept_from=st.none() | st.sampled_from(K),
    ctr=st.none() | st.integers(0, 10**6),
    typical_ctr=st.none() | st.integers(1, 10**6),
)


def won(auctions, price=200_000, ctr=CTR):
    return bin_of(price), Bin(auctions, auctions * ctr, auctions * ctr * price)


def known(*days, auctions=1_000, beyond=0, **more):
    """A campaign of one ad whose auctions were won at half its bid; *beyond* needed one and a half times of it."""
    bins = [won(auctions * len(days)), won(beyond * len(days), 600_000)]
    ads = [Landscape.of(BID, bins)]
    return Known(**{"kind": CampaignKind.SPONSORED_SEARCH, "days": days, "ads": ads, **more})


def day(spent=500_000, plan=2_000_000, **more):
    """A day that spent a quarter of its plan, in 1,000 auctions."""
    return Day(
        DAY, plan, **{"spent": spent, "outcomes": {Outcome.WON: 1_000}, "impressions": 1_000, "clicks": 10, **more}
    )


def counted(**outcomes):
    return {Outcome[name]: count for name, count in {"WON": 1_000, **outcomes}.items()}


def told(found):
    return {cause.kind: cause.share for cause in found.causes}


FULL = Day(DAY, 2_000_000, 2_000_000, True, {Outcome.WON: 4_000}, 4_000, 40)
PLANTED = {
    K.BID_TOO_LOW: known(day(outcomes=counted(OUTRANKED=2_500)), beyond=2_500),
    K.AUDIENCE_TOO_NARROW: known(day(), past=[day()] * 9),
    K.INVENTORY_CHANGED: known(day(), past=[FULL] * 9),
    K.BUDGET_PACED: known(day(outcomes=counted(PACED=3_000))),
    K.OUT_OF_STOCK: known(day(outcomes=counted(OUT_OF_STOCK=3_000))),
    K.IN_MODERATION: known(day(outcomes=counted(NOT_APPROVED=3_000))),
    K.BILLING: known(day(outcomes=counted(PAYMENT_HOLD=3_000))),
    K.POLICY: known(day(outcomes=counted(NOT_APPROVED=3_000), lost={K.POLICY: Fraction(3, 4)})),
    K.PAUSED: known(day(outcomes=counted(CAMPAIGN_INACTIVE=3_000))),
    K.METRICS_NOT_FINAL: known(day(plan=500_000), day(500, 500_000, impressions=1, is_final=False)),
    K.LOW_CTR: known(day(), ctr=2_500, typical_ctr=10_000),
    K.SCHEDULE: known(day(outcomes=counted(OUT_OF_FLIGHT=3_000))),
}
IN_HOURS = [K.OUT_OF_STOCK, K.IN_MODERATION, K.BILLING, K.POLICY, K.PAUSED, K.SCHEDULE]


@given(KNOWN)
def test_shares_of_what_is_left_sum_to_one_and_nothing_is_negative(campaign):
    found = diagnose(campaign)

    assert sum(told(found).values()) == (1 if found.causes else 0)
    assert all(cause.share > 0 and cause.share.as_tuple().exponent == -4 for cause in found.causes)
    assert [cause.share for cause in found.causes] == sorted((c.share for c in found.causes), reverse=True)
    unspent = any(day.plan > day.spent for day in campaign.days) or campaign.kept_from is not None
    assert bool(found.causes) == (found.verdict in EXPLAINED and unspent)
    assert 0 <= found.spent_ratio <= 1
    assert min(vars(found.funnel).values()) >= 0


@given(st.dictionaries(st.sampled_from(K), st.fractions(0, 10**6, max_denominator=1_000), max_size=6))
def test_shares_differ_from_their_weights_by_less_than_a_place(weights):
    whole, found = sum(weights.values()), shares(weights)

    assert sum(found.values()) == (1 if whole else 0)
    for kind, weight in weights.items() if whole else ():
        assert abs(Fraction(found.get(kind, Decimal(0))) - weight / whole) < Fraction(1, 10_000)


@pytest.mark.parametrize("cause", CauseKind)
def test_a_cause_that_was_planted_is_found(cause):
    found = diagnose(PLANTED[cause])

    assert found.verdict is DeliveryVerdict.UNDER_DELIVERING
    assert found.causes[0].kind is cause
    assert found.causes[0].share > Decimal("0.7")


@pytest.mark.parametrize("cause", IN_HOURS)
@pytest.mark.parametrize("past", [(), [FULL] * 9])
def test_hours_lost_are_a_cause_though_nothing_was_counted_in_them(cause, past):
    found = diagnose(known(day(lost={cause: Fraction(3, 4)}), past=past))

    assert told(found) == {cause: Decimal("1.0000")}


@pytest.mark.parametrize("cause", IN_HOURS)
def test_what_keeps_a_campaign_from_being_served_at_all_is_its_cause(cause):
    silent = Day(DAY, 1_000_000, lost={cause: Fraction(1)})
    found = diagnose(Known(CampaignKind.ECOMMERCE_DISPLAY, [silent], kept_from=cause))

    assert (found.verdict, told(found)) == (DeliveryVerdict.NOT_SERVING, {cause: Decimal("1.0000")})
    assert told(diagnose(Known(CampaignKind.ECOMMERCE_DISPLAY, [], kept_from=cause))) == {cause: Decimal("1.0000")}


@pytest.mark.parametrize(
    ("campaign", "verdict"),
    [
        (Known(CampaignKind.SPONSORED_SEARCH, []), DeliveryVerdict.TOO_EARLY),
        (Known(CampaignKind.SPONSORED_SEARCH, [Day(DAY, 10**6)] * 9), DeliveryVerdict.TOO_EARLY),
        (known(Day(DAY - 1, 10**6, outcomes=counted())), DeliveryVerdict.TOO_EARLY),
        (known(Day(DAY, 10**6, outcomes=counted())), DeliveryVerdict.UNDER_DELIVERING),
        (known(day(1_799_999)), DeliveryVerdict.UNDER_DELIVERING),
        (known(day(1_800_000)), DeliveryVerdict.ON_TRACK),
        (known(day(3_000_000)), DeliveryVerdict.ON_TRACK),
        (known(day(), left=0), DeliveryVerdict.BUDGET_SPENT),
        (known(day(), left=0, kept_from=K.PAUSED), DeliveryVerdict.BUDGET_SPENT),
        (known(day(1_800_000), kept_from=K.PAUSED), DeliveryVerdict.NOT_SERVING),
    ],
)
def test_verdicts(campaign, verdict):
    assert diagnose(campaign).verdict is verdict


def test_two_causes_share_by_what_each_would_have_brought():
    found = diagnose(known(day(1_000_000, outcomes=counted(PACED=1_000, OUT_OF_STOCK=3_000))))

    assert told(found) == {K.OUT_OF_STOCK: Decimal("0.7500"), K.BUDGET_PACED: Decimal("0.2500")}
    assert found.spent_ratio == Decimal("0.5000")


def test_a_day_that_spent_its_plan_has_nothing_to_explain():
    paced = day(2_000_000, outcomes=counted(PACED=50_000))
    found = diagnose(known(*[paced] * 3, *[day(0, outcomes={}, lost={K.PAUSED: Fraction(1)})] * 3))

    assert told(found) == {K.PAUSED: Decimal("1.0000")}


def test_a_higher_bid_is_suggested_where_bids_are_the_cause():
    (bid, *_) = diagnose(PLANTED[K.BID_TOO_LOW]).causes

    assert bid.suggested_bid == 600_000
    assert bid.explanation == (
        "Others bid more in 2,500 of the 3,500 auctions that its ads were in; in 0 the bid was under the least price"
    )


def test_the_summary_names_the_greatest_cause():
    assert diagnose(PLANTED[K.PAUSED]).summary == (
        "25 % of what the budget allowed was spent, mainly because the campaign or its ads were paused"
    )
    assert diagnose(known(day(2_000_000))).summary == (
        "The campaign spends as planned: 100 % of what its budget allowed"
    )


def test_the_funnel_narrows_from_auctions_to_clicks():
    outcomes = {outcome: 2**place for place, outcome in enumerate(Outcome)}
    funnel = diagnose(known(day(outcomes=outcomes))).funnel

    assert vars(funnel) == {
        "opportunities": 2**14 - 1,
        "matched": 2**14 - 1 - 32 - 64,
        "eligible": 2**14 - 1 - 511,
        "entered": 4096 + 8192,
        "won": 8192,
        "viewed": 1_000,
        "clicked": 10,
    }


@pytest.mark.parametrize(
    ("left", "daily", "seconds", "after", "expected"),
    [
        (10, None, [DAY] * 4, DAY, [2, 2, 2, 2]),
        (10, 4, [DAY] * 4, DAY, [4, 4, 2, 0]),
        (100, 10, [DAY, DAY // 2], 0, [10, 5]),
        (0, None, [DAY], 0, [0]),
        (7, None, [0], 0, [0]),
        (7, None, [], DAY, []),
    ],
)
def test_a_budget_is_planned_over_its_days(left, daily, seconds, after, expected):
    assert plans(left, daily, seconds, after) == expected


@pytest.mark.parametrize(
    ("past", "dropped"),
    [([], 0), ([FULL] * 6, 0), ([FULL] * 7, 1), ([day()] * 28 + [FULL] * 2, 0), ([FULL] * 9 + [day()] * 28, 0)],
)
def test_what_is_usual_is_the_mean_of_28_days_of_which_seven_are_counted(past, dropped):
    assert told(diagnose(known(day(), past=past))).get(K.INVENTORY_CHANGED, 0) == dropped


@pytest.mark.parametrize("kind", CampaignKind)
@pytest.mark.parametrize("cause", CauseKind)
def test_every_cause_is_explained_and_has_a_remedy(cause, kind):
    names = ("outranked", "below", "entered", "seen", "usual", "auctions", "hours", "awaited", "ctr", "typical")

    assert "{" not in explained(cause, kind, dict.fromkeys(names, 1_234))
    assert REMEDIES[cause].words


def test_clicks_are_never_promised():
    assert DISCLAIMER.endswith("are never guaranteed")
