"""What people may do with campaigns and ads, step by step; what the system stopped stays stopped."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaigns.status import (
    AD,
    CAMPAIGN,
    REVIEW,
    AdFacts,
    ConfiguredStatus,
    ReviewStatus,
    SystemStop,
    ad_step_problem,
    archived_problem,
    servable,
)
from app.domain.errors import IllegalTransition, Refusal

ENABLED, PAUSED, ARCHIVED = ConfiguredStatus
DRAFT, IN_MODERATION, APPROVED, REJECTED = ReviewStatus
STOPS = [stop for stop in SystemStop if stop is not SystemStop.NONE]
CAMPAIGN_STEPS = {  # (from, to): None where it passes, else what is allowed and what helps
    (ENABLED, ENABLED): (("PAUSED",), None),
    (ENABLED, PAUSED): None,
    (ENABLED, ARCHIVED): (("PAUSED",), "campaignPause"),
    (PAUSED, ENABLED): None,
    (PAUSED, PAUSED): (("ARCHIVED", "ENABLED"), None),
    (PAUSED, ARCHIVED): None,
    (ARCHIVED, ENABLED): ((), None),
    (ARCHIVED, PAUSED): ((), None),
    (ARCHIVED, ARCHIVED): ((), None),
}
AD_STEPS = {
    (ENABLED, ENABLED): (("PAUSED",), None),
    (ENABLED, PAUSED): None,
    (ENABLED, ARCHIVED): (("PAUSED",), None),
    (PAUSED, ENABLED): None,
    (PAUSED, PAUSED): (("ENABLED",), None),
    (PAUSED, ARCHIVED): (("ENABLED",), None),
    (ARCHIVED, ENABLED): ((), None),
    (ARCHIVED, PAUSED): ((), None),
    (ARCHIVED, ARCHIVED): ((), None),
}
REVIEW_FOLLOWS = {
    DRAFT: ("IN_MODERATION",),
    IN_MODERATION: ("APPROVED", "REJECTED"),
    APPROVED: (),
    REJECTED: (),
}


def told(problem):
    """What a refused step tells a client, or None."""
    if problem is None:
        return None
    assert isinstance(problem, IllegalTransition)
    return problem.path, problem.state, problem.attempted, problem.allowed, problem.instead_use


def expected(steps, state, to):
    refusal = steps[state, to]
    return refusal and (("id",), state.value, to.value, *refusal)


def test_the_tables_have_every_step_there_is():
    assert list(CAMPAIGN_STEPS) == list(AD_STEPS) == list(product(ConfiguredStatus, repeat=2))


@pytest.mark.parametrize(("state", "to"), CAMPAIGN_STEPS)
def test_a_campaign_is_paused_resumed_and_archived_only_from_pause(state, to):  # S62
    assert told(CAMPAIGN.problem(state, to, "id")) == expected(CAMPAIGN_STEPS, state, to)


@pytest.mark.parametrize(("state", "to"), CAMPAIGN_STEPS)
def test_a_campaign_advances_exactly_where_nothing_is_in_the_way(state, to):
    if CAMPAIGN_STEPS[state, to] is None:
        assert CAMPAIGN.advance(state, to, "id") is to
        return
    with pytest.raises(Refusal) as refusal:
        CAMPAIGN.advance(state, to, "id")
    assert [told(problem) for problem in refusal.value.problems] == [expected(CAMPAIGN_STEPS, state, to)]


@pytest.mark.parametrize(("state", "to"), AD_STEPS)
def test_an_ad_is_paused_and_resumed_and_never_archived(state, to):  # S62
    assert told(AD.problem(state, to, "id")) == expected(AD_STEPS, state, to)


@pytest.mark.parametrize(("state", "to"), list(product(ReviewStatus, repeat=2)))
def test_an_ad_is_reviewed_once_and_never_drafted_again(state, to):  # S55, S56, I8
    allowed = REVIEW_FOLLOWS[state]
    passes = to.value in allowed

    assert told(REVIEW.problem(state, to, "id")) == (
        None if passes else (("id",), state.value, to.value, allowed, None)
    )


@pytest.mark.parametrize("campaign", [ENABLED, PAUSED])
@pytest.mark.parametrize("review", ReviewStatus)
@pytest.mark.parametrize(("state", "to"), [step for step in AD_STEPS if ARCHIVED not in step])
def test_an_ad_steps_the_same_whatever_its_review_and_its_campaigns_pause(state, to, review, campaign):
    ad = AdFacts(state, review, SystemStop.NONE)

    assert told(ad_step_problem(ad, campaign, to)) == expected(AD_STEPS, state, to)


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("to", ConfiguredStatus)
def test_an_ad_that_the_system_stopped_takes_no_step_in_any_combination(stop, to):  # S65, S79, I9
    for configured, review, campaign in product(ConfiguredStatus, ReviewStatus, ConfiguredStatus):
        problem = ad_step_problem(AdFacts(configured, review, stop), campaign, to)

        assert told(problem) == (("id",), stop.value, to.value, (), "adCreate")


@given(st.sampled_from(STOPS), st.lists(st.tuples(st.sampled_from(ConfiguredStatus), st.sampled_from(ReviewStatus))))
def test_a_stopped_ad_never_serves_again_whatever_is_tried_and_decided(stop, tries):  # I9, S65, S79
    configured = ENABLED
    for to, review in tries:
        ad = AdFacts(configured, review, stop)
        configured = configured if ad_step_problem(ad, ENABLED, to) else to
        assert not servable(AdFacts(configured, review, stop))
    assert configured is ENABLED


@pytest.mark.parametrize("configured", [ENABLED, PAUSED])
@pytest.mark.parametrize("to", ConfiguredStatus)
def test_the_ads_of_an_archived_campaign_take_no_step(configured, to):
    for review in ReviewStatus:
        problem = ad_step_problem(AdFacts(configured, review, SystemStop.NONE), ARCHIVED, to)

        assert told(problem) == (("id",), "ARCHIVED", to.value, (), "campaignCreate")


def test_an_archived_campaign_is_never_changed_again():
    problem = archived_problem(ARCHIVED, "UPDATED", "input", "id")

    assert told(problem) == (("input", "id"), "ARCHIVED", "UPDATED", (), "campaignCreate")


@pytest.mark.parametrize("configured", [ENABLED, PAUSED])
def test_an_enabled_or_paused_campaign_may_be_changed(configured):
    assert archived_problem(configured, "UPDATED", "id") is None


@pytest.mark.parametrize("configured", ConfiguredStatus)
@pytest.mark.parametrize("review", ReviewStatus)
@pytest.mark.parametrize("stop", SystemStop)
def test_an_ad_serves_only_approved_enabled_and_never_stopped(configured, review, stop):  # I9, I10
    facts = (configured, review, stop)

    assert servable(AdFacts(*facts)) is (facts == (ENABLED, ReviewStatus.APPROVED, SystemStop.NONE))
