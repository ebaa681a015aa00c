"""What people may do with campaigns and ads, step by step; what the system stopped stays stopped."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.accounts import AccountStatus
from app.domain.campaigns.status import (
    AD,
    CAMPAIGN,
    REVIEW,
    STOP,
    AdFacts,
    CampaignFacts,
    ConfiguredStatus,
    ReviewStatus,
    SystemStop,
    ad_reasons,
    ad_step_problem,
    archived_problem,
    campaign_reasons,
    draft_problem,
    eligible,
    replace_problem,
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
    REJECTED: ("APPROVED",),  # by an appeal
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

    instead = "adReplace" if state in (APPROVED, REJECTED) and to is IN_MODERATION else None
    assert told(REVIEW.problem(state, to, "id")) == (
        None if passes else (("id",), state.value, to.value, allowed, instead)
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

        assert told(problem) == (("id",), stop.value, to.value, (), "adReplace")


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


@pytest.mark.parametrize(("state", "to"), list(product(SystemStop, repeat=2)))
def test_a_system_stop_is_one_way(state, to):  # S65, S79, I9
    passes = state is SystemStop.NONE and to is not SystemStop.NONE

    assert (STOP.problem(state, to, "id") is None) is passes


@pytest.mark.parametrize("campaign", ConfiguredStatus)
@pytest.mark.parametrize("stop", SystemStop)
@pytest.mark.parametrize("review", ReviewStatus)
def test_only_a_draft_is_changed_and_only_what_was_submitted_is_replaced(review, stop, campaign):  # S55, I8
    ad = AdFacts(ENABLED, review, stop)
    change = draft_problem(ad, campaign, "UPDATED", "adReplace")
    replacing = replace_problem(ad, campaign, "id", replaced=False)

    assert (change is None) is (review is DRAFT and campaign is not ARCHIVED)
    assert (replacing is None) is (campaign is not ARCHIVED and (review is not DRAFT or stop is not SystemStop.NONE))
    assert replace_problem(ad, campaign, "id", replaced=True) is not None


FACTS = st.builds(  # an ad is never archived
    AdFacts, st.sampled_from([ENABLED, PAUSED]), st.sampled_from(ReviewStatus), st.sampled_from(SystemStop)
)


AROUND = (st.sampled_from(ConfiguredStatus), st.sampled_from(AccountStatus), st.booleans(), st.booleans())


@given(FACTS, *AROUND)
def test_only_approved_ads_of_approved_brands_in_active_accounts_with_a_card_are_eligible(  # I10
    ad, campaign, account, approved, paid
):
    is_eligible = eligible(ad, campaign, account, brand_approved=approved, has_card=paid)

    assert is_eligible is (
        (ad.configured, ad.review, ad.stop) == (ENABLED, APPROVED, SystemStop.NONE)
        and campaign is ENABLED
        and account is AccountStatus.ACTIVE
        and approved
        and paid
    )


@given(FACTS, *AROUND)
def test_what_runs_is_eligible(ad, campaign, account, approved, paid):  # I9, I10
    at = datetime(2026, 11, 20, tzinfo=UTC)
    facts = CampaignFacts(campaign, account, approved, paid, at, None, 10, 0, None, 0, has_approved_ad=servable(ad))

    if not ad_reasons(ad, campaign_reasons(facts, at)):
        assert eligible(ad, campaign, account, brand_approved=approved, has_card=paid)


STEPS = st.sampled_from([*ConfiguredStatus, *ReviewStatus, *SystemStop])


@given(st.lists(STEPS))
def test_whatever_is_tried_an_ad_that_was_stopped_never_serves_again(steps):  # I9
    ad, was_stopped = AdFacts(ENABLED, DRAFT, SystemStop.NONE), False
    for to in steps:
        if isinstance(to, ConfiguredStatus) and ad_step_problem(ad, ENABLED, to) is None:
            ad = replace(ad, configured=to)
        elif isinstance(to, ReviewStatus) and REVIEW.problem(ad.review, to) is None:
            ad = replace(ad, review=to)
        elif isinstance(to, SystemStop) and STOP.problem(ad.stop, to) is None:
            ad = replace(ad, stop=to)
        was_stopped = was_stopped or ad.stop is not SystemStop.NONE
        assert not (was_stopped and servable(ad))
        assert not servable(ad) or ad.review is APPROVED
