"""In a small shop one cause is planted, and the diagnosis finds it; and landscapes foretell what other bids bring."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from app.domain.campaigns.status import CampaignKind
from app.domain.delivery.causes import CauseKind
from app.domain.delivery.diagnosis import DeliveryVerdict, diagnose
from app.domain.delivery.inventory import ALWAYS, Flight
from app.domain.delivery.landscape import Landscape, calibration, points
from app.domain.delivery.outcomes import Outcome
from app.domain.delivery.unspent import DAY, Day, Known
from tests.delivery.shop import BID, CTR, MINE, Mine, Seen, shopped

BEFORE, ASKED, AUCTIONS = 7, 2, 200
WHOLE = Fraction(1)
NEVER = Flight(MINE, ALWAYS, ALWAYS, 10**15)
SLOWED = Flight(MINE, 0, ALWAYS, 10**15, pass_through=250_000)
LOST = [CauseKind.OUT_OF_STOCK, CauseKind.IN_MODERATION, CauseKind.BILLING, CauseKind.POLICY, CauseKind.PAUSED]
BARS = dict(
    zip(
        LOST,
        [
            Outcome.OUT_OF_STOCK,
            Outcome.NOT_APPROVED,
            Outcome.PAYMENT_HOLD,
            Outcome.NOT_APPROVED,
            Outcome.CAMPAIGN_INACTIVE,
        ],
        strict=True,
    )
)


@cache
def plan(seed: int) -> int:
    """The budget it is given: nine tenths of what it spends on a day where nothing is in its way."""
    return sum(shopped(seed, Mine(), AUCTIONS, day).spent for day in range(BEFORE)) * 9 // (BEFORE * 10)


def asked(seed: int, before: Mine, now: Mine, *, auctions: int = AUCTIONS, **more) -> Known:
    """Days of the shop: some before, then those that are asked about."""
    past = [day_of(shopped(seed, before, AUCTIONS, day), 0) for day in range(BEFORE)]
    seen = [shopped(seed, now, auctions, BEFORE + day) for day in range(ASKED)]
    days = [day_of(each, plan(seed)) for each in seen]
    whole = Landscape.of(now.bid, [found for each in seen for found in each.bins])
    return Known(CampaignKind.SPONSORED_SEARCH, days, past, [whole], **more)


def day_of(seen: Seen, planned: int) -> Day:
    return Day(DAY, planned, seen.spent, True, seen.outcomes, seen.impressions, seen.clicks)


def with_days(known: Known, **more) -> Known:
    return replace(known, days=[replace(day, **more) for day in known.days])


def planted(cause: CauseKind, seed: int) -> Known:
    """What is known where this cause, and no other, keeps the campaign from spending its budget."""
    fine, rare = Mine(), Mine(keywords=("red tent",))
    if cause in BARS:
        barred = asked(seed, fine, Mine(bar=BARS[cause]))
        return with_days(barred, lost={cause: WHOLE}) if cause is CauseKind.POLICY else barred
    unseen = {"spent": 0, "impressions": 0, "clicks": 0, "is_final": False}
    return {
        CauseKind.BID_TOO_LOW: lambda: asked(seed, fine, Mine(bid=BID // 3)),
        CauseKind.AUDIENCE_TOO_NARROW: lambda: asked(seed, rare, rare),
        CauseKind.INVENTORY_CHANGED: lambda: asked(seed, fine, fine, auctions=AUCTIONS // 4),
        CauseKind.BUDGET_PACED: lambda: asked(seed, fine, Mine(flight=SLOWED)),
        CauseKind.SCHEDULE: lambda: asked(seed, fine, Mine(flight=NEVER)),
        CauseKind.LOW_CTR: lambda: asked(seed, fine, Mine(ctr=CTR // 8), ctr=CTR // 8, typical_ctr=CTR),
        CauseKind.METRICS_NOT_FINAL: lambda: with_days(asked(seed, fine, fine), **unseen),
    }[cause]()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("cause", CauseKind)
def test_the_cause_that_was_planted_has_the_largest_share(cause, seed):
    diagnosis = diagnose(planted(cause, seed))

    assert diagnosis.verdict is DeliveryVerdict.UNDER_DELIVERING
    assert diagnosis.causes[0].kind is cause
    assert diagnosis.causes[0].share > Decimal("0.5")


@pytest.mark.parametrize("seed", range(3))
def test_without_a_cause_the_budget_is_spent(seed):
    assert diagnose(asked(seed, Mine(), Mine())).verdict is DeliveryVerdict.ON_TRACK


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("eighths", [4, 8, 12, 24])
def test_a_landscape_foretells_what_another_bid_brings(seed, eighths):
    """Wins within 5 %, clicks within 15 % up to three times the bid: the same auctions are held again with it."""
    now, bid = shopped(seed, Mine(), AUCTIONS * 5), BID * eighths // 8
    whole = Landscape.of(BID, now.bins)
    factor = calibration(now.clicks, whole.at(BID).ctr)
    (told,) = points([whole], [bid], factor)
    then = shopped(seed, Mine(bid=bid), AUCTIONS * 5)

    assert told.wins == pytest.approx(then.outcomes[Outcome.WON], rel=0.05)
    assert float(told.clicks) == pytest.approx(then.clicks, rel=0.15)


@pytest.mark.parametrize("seed", range(3))
def test_the_bid_that_is_suggested_spends_what_was_left(seed):
    low = Mine(bid=BID // 2)
    (cause, *_) = diagnose(asked(seed, Mine(), low)).causes
    better = replace(low, bid=cause.suggested_bid)

    assert cause.kind is CauseKind.BID_TOO_LOW
    assert low.bid < better.bid <= 3 * low.bid
    assert diagnose(asked(seed, Mine(), better)).spent_ratio > Decimal("0.85")
