"""Hours lost: when something was off, and which cause took an ad's time."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaigns.status import ReasonCode, ReviewStatus, SystemStop
from app.domain.delivery.causes import OF_STATUS, CauseKind
from app.domain.delivery.stoppages import (
    Ad,
    Life,
    Span,
    Stop,
    adless,
    cardless,
    life,
    off,
    scheduled,
    shares_lost,
    switched,
)
from app.domain.events import Event

START = datetime(2026, 11, 1, tzinfo=UTC)
BUDGETS = {ReasonCode.TOTAL_BUDGET_SPENT, ReasonCode.DAILY_BUDGET_SPENT}


def at(hour):
    return START + timedelta(hours=hour)


def span(start, end):
    return Span(at(start), at(end))


DAY = span(0, 24)
SPAN = st.tuples(st.integers(-30, 60), st.integers(-30, 60)).map(lambda pair: span(min(pair), max(pair)))
LIFE = st.builds(Life, SPAN, st.lists(st.builds(Stop, st.sampled_from(sorted(OF_STATUS, key=str)), SPAN), max_size=5))


@pytest.mark.parametrize(
    ("switches", "is_off", "spans"),
    [
        ([], False, []),
        ([], True, [DAY]),
        ([(6, True)], True, [span(6, 24)]),
        ([(6, False)], False, [span(0, 6)]),
        ([(6, True), (9, False)], False, [span(6, 9)]),
        ([(6, False), (9, True), (12, False)], False, [span(0, 6), span(9, 12)]),
        ([(0, False)], False, []),
    ],
)
def test_switches_tell_when_something_was_off(switches, is_off, spans):
    assert off([(at(hour), to) for hour, to in switches], DAY, is_off=is_off) == spans


@pytest.mark.parametrize(
    ("stops", "lost"),
    [
        ([], {}),
        ([(ReasonCode.PAUSED_BY_USER, 6, 12)], {CauseKind.PAUSED: Fraction(1, 4)}),
        (
            [(ReasonCode.PAUSED_BY_USER, 6, 12), (ReasonCode.OUT_OF_STOCK, 9, 24)],
            {CauseKind.PAUSED: Fraction(1, 8), CauseKind.OUT_OF_STOCK: Fraction(5, 8)},
        ),
        ([(ReasonCode.NOT_STARTED, -9, 48)], {CauseKind.SCHEDULE: Fraction(1)}),
        ([(ReasonCode.IN_MODERATION, 24, 48)], {}),
    ],
)
def test_the_weightiest_reason_takes_the_time(stops, lost):
    life = Life(DAY, [Stop(reason, span(start, end)) for reason, start, end in stops])

    assert shares_lost([life], [DAY]) == [lost]


def test_an_ad_counts_from_its_submission_until_it_is_replaced():
    paused = [Stop(ReasonCode.PAUSED_BY_USER, span(0, 24))]
    lives = [Life(span(0, 6), paused), Life(span(6, 24), [])]

    assert shares_lost(lives, [DAY, span(0, 6), span(24, 48)]) == [
        {CauseKind.PAUSED: Fraction(1, 4)},
        {CauseKind.PAUSED: Fraction(1)},
        {},
    ]


@given(st.lists(LIFE, max_size=4), st.lists(SPAN, max_size=4))
def test_no_more_time_is_lost_than_there_was(lives, spans):
    for lost in shares_lost(lives, spans):
        assert all(share > 0 for share in lost.values())
        assert sum(lost.values()) <= 1


def test_every_reason_has_a_cause_but_a_spent_budget():
    assert set(ReasonCode) - set(OF_STATUS) == BUDGETS


def lost(*lives):
    return shares_lost(lives, [DAY])[0]


def ad(**more):
    """One that was approved long ago, and what differs from that."""
    facts = {"submitted_at": at(-48), "review": ReviewStatus.APPROVED, "decided_at": at(-24), "is_paused": False}
    return Ad(**{**facts, "stop": SystemStop.NONE, "stopped_at": None, "replaced_at": None, **more})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (ad(), {}),
        (ad(decided_at=None), {}),
        (ad(decided_at=at(6)), {CauseKind.IN_MODERATION: Fraction(1, 4)}),
        (ad(review=ReviewStatus.IN_MODERATION, decided_at=None), {CauseKind.IN_MODERATION: 1}),
        (
            ad(review=ReviewStatus.REJECTED, decided_at=at(6)),
            {CauseKind.IN_MODERATION: Fraction(1, 4), CauseKind.POLICY: Fraction(3, 4)},
        ),
        (ad(stop=SystemStop.OUT_OF_STOCK, stopped_at=at(18)), {CauseKind.OUT_OF_STOCK: Fraction(1, 4)}),
        (ad(stop=SystemStop.BILLING, stopped_at=at(-9)), {CauseKind.BILLING: 1}),
        (ad(stop=SystemStop.POLICY, stopped_at=at(12)), {CauseKind.POLICY: Fraction(1, 2)}),
        (ad(is_paused=True), {CauseKind.PAUSED: 1}),
        (ad(submitted_at=at(12), decided_at=at(18)), {CauseKind.IN_MODERATION: Fraction(1, 2)}),
        (ad(is_paused=True, replaced_at=at(-1)), {}),
        (ad(replaced_at=at(12), stop=SystemStop.POLICY, stopped_at=at(6)), {CauseKind.POLICY: Fraction(1, 2)}),
    ],
)
def test_an_ads_own_story_tells_when_it_was_not_served(told, expected):
    assert lost(life(told, [], [], DAY)) == expected


@pytest.mark.parametrize(
    ("events", "now", "expected"),
    [
        ([(6, Event.CAMPAIGN_PAUSED), (12, Event.CAMPAIGN_RESUMED)], [], {CauseKind.PAUSED: Fraction(1, 4)}),
        ([(18, Event.ACCOUNT_HELD)], [ReasonCode.ACCOUNT_PAYMENT_HOLD], {CauseKind.BILLING: Fraction(1, 4)}),
        ([(6, Event.ACCOUNT_REINSTATED)], [], {CauseKind.POLICY: Fraction(1, 4)}),
        ([(12, Event.ACCOUNT_CLOSED)], [], {CauseKind.PAUSED: Fraction(1, 2)}),
        ([], [ReasonCode.CAMPAIGN_PAUSED], {CauseKind.PAUSED: 1}),
        ([], [], {}),
    ],
)
def test_history_tells_what_all_its_ads_share(events, now, expected):
    stops = switched([(at(hour), event) for hour, event in events], DAY, now)

    assert lost(life(ad(), stops, [], DAY)) == expected


@pytest.mark.parametrize(
    ("cards", "share"),
    [
        ([], 1),
        ([(-48, 48)], 0),
        ([(6, 48)], Fraction(1, 4)),
        ([(-9, 6), (12, 48)], Fraction(1, 4)),
        ([(12, 48), (-9, 6)], Fraction(1, 4)),
        ([(-9, 18), (3, 6)], Fraction(1, 4)),
        ([(-9, -3), (30, 48)], 1),
    ],
)
def test_the_time_without_a_card_is_lost_to_billing(cards, share):
    stops = cardless([span(*each) for each in cards], DAY)

    assert lost(life(ad(), stops, [], DAY)) == ({CauseKind.BILLING: share} if share else {})


def test_an_ads_own_pauses_are_told_by_history_too():
    paused = [(at(6), Event.AD_PAUSED), (at(12), Event.AD_RESUMED)]

    assert lost(life(ad(), [], paused, DAY)) == {CauseKind.PAUSED: Fraction(1, 4)}


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [(-9, None, 0), (6, None, Fraction(1, 4)), (-9, 18, Fraction(1, 4)), (6, 18, Fraction(1, 2)), (30, 40, 1)],
)
def test_a_schedule_takes_the_time_around_it(starts, ends, expected):
    stops = scheduled(at(starts), None if ends is None else at(ends), DAY)

    assert lost(life(ad(), stops, [], DAY)).get(CauseKind.SCHEDULE, 0) == expected


def test_before_its_first_ad_a_campaign_has_nothing_to_serve():
    late = life(ad(submitted_at=at(6), decided_at=at(6)), [], [], DAY)

    assert lost(late, *adless([late], [], DAY)) == {CauseKind.IN_MODERATION: Fraction(1, 4)}
    assert lost(*adless([], [], DAY)) == {CauseKind.IN_MODERATION: 1}
    assert adless([life(ad(), [], [], DAY)], [], DAY) == []
