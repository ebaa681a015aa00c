"""The life of a case: every step legal and illegal, who may take it, and what a decision must say."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.moderation import load
from app.domain.accounts import AccountStatus
from app.domain.campaigns.status import AdFacts, ConfiguredStatus, ReviewStatus, SystemStop
from app.domain.errors import Conflict, Findings, GateNotMet, IllegalTransition
from app.domain.findings import FindingKind
from app.domain.moderation.cases import (
    CASE,
    HELD,
    OPEN,
    CaseFacts,
    Given,
    ModerationStatus,
    Moderator,
    SubjectKind,
    appeal_problem,
    before_claim,
    check_given,
    claim_problem,
    decide_problem,
    is_overdue,
    own_account_problem,
    release_problem,
    stock_problem,
    submit_problems,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ME, OTHER, ADA = (UUID(int=n) for n in (1, 2, 3))
QUEUED, CLAIMED, APPROVED, REJECTED, APPEALED, WITHDRAWN = ModerationStatus
FOLLOWS = {
    QUEUED: {CLAIMED, WITHDRAWN},
    CLAIMED: {APPROVED, REJECTED, QUEUED, APPEALED, WITHDRAWN},
    APPROVED: set(),
    REJECTED: {APPEALED},
    APPEALED: {CLAIMED, WITHDRAWN},
    WITHDRAWN: set(),
}
STRANGER, MEMBER = Moderator(ME, is_member=False), Moderator(ME, is_member=True)
POLICY = load(None)
CLAIM = Given(FindingKind.CLAIM, "CLAIM-1", "headline", "Nobody can check it.")


def case(status, *, claimed_by=None, decided_by=None, appealed=False, submitted_by=ADA, hours=1):
    at = NOW - timedelta(hours=hours) if claimed_by else None
    return CaseFacts(status, submitted_by, claimed_by, at, decided_by, appealed)


def told(problem):
    """The kind of a refusal and what tells it from others of its kind."""
    if problem is None:
        return None
    if isinstance(problem, GateNotMet):
        return problem.gate.value
    return (problem.attempted, problem.allowed) if isinstance(problem, IllegalTransition) else type(problem).__name__


@pytest.mark.parametrize(("state", "to"), list(product(ModerationStatus, repeat=2)))
def test_a_case_takes_exactly_the_steps_there_are(state, to):  # S56, S57
    problem = CASE.problem(state, to, "id")

    assert (problem is None) is (to in FOLLOWS[state])
    assert problem is None or problem.allowed == tuple(sorted(each.value for each in FOLLOWS[state]))


@pytest.mark.parametrize(
    ("state", "to", "instead"),
    [
        (QUEUED, APPROVED, "moderationClaim"),
        (APPEALED, REJECTED, "moderationClaim"),
        (CLAIMED, CLAIMED, "moderationDecide"),
    ],
)
def test_a_refused_step_names_the_one_that_helps(state, to, instead):
    assert CASE.problem(state, to).instead_use == instead


@pytest.mark.parametrize("status", ModerationStatus)
def test_a_case_is_claimed_where_it_waits(status):
    waits = status in (QUEUED, APPEALED)
    allowed = tuple(sorted(each.value for each in FOLLOWS[status]))

    assert told(claim_problem(case(status, claimed_by=ME if status is CLAIMED else None), STRANGER)) == (
        None if waits else ("CLAIMED", allowed)
    )


def test_two_moderators_do_not_hold_one_case():
    assert told(claim_problem(case(CLAIMED, claimed_by=OTHER), STRANGER)) == "Conflict"
    assert told(decide_problem(case(CLAIMED, claimed_by=OTHER), STRANGER, APPROVED)) == "Conflict"


def test_an_appeal_is_looked_at_by_another_moderator():  # S56
    assert told(claim_problem(case(APPEALED, decided_by=ME, appealed=True), STRANGER)) == "SECOND_LOOK"
    assert claim_problem(case(APPEALED, decided_by=OTHER, appealed=True), STRANGER) is None


@pytest.mark.parametrize("status", ModerationStatus)
def test_no_moderator_decides_for_an_account_they_belong_to(status):
    mine = case(status, claimed_by=ME)

    for problem in (claim_problem(mine, MEMBER), decide_problem(mine, MEMBER, APPROVED), own_account_problem(MEMBER)):
        assert told(problem) == "NOT_OWN_ACCOUNT"
    assert told(claim_problem(case(status, submitted_by=ME), STRANGER)) == "NOT_OWN_ACCOUNT"
    assert own_account_problem(STRANGER) is None


@pytest.mark.parametrize("to", [APPROVED, REJECTED])
@pytest.mark.parametrize("status", ModerationStatus)
def test_only_what_one_has_claimed_is_decided(status, to):
    problem = decide_problem(case(status, claimed_by=ME), STRANGER, to)

    allowed = tuple(sorted(each.value for each in FOLLOWS[status]))
    assert told(problem) == (None if status is CLAIMED else (to.value, allowed))


@pytest.mark.parametrize("status", ModerationStatus)
def test_only_a_claim_is_released(status):
    problem = release_problem(case(status, claimed_by=ME), STRANGER, NOW)

    allowed = tuple(sorted(each.value for each in FOLLOWS[status]))
    assert told(problem) == (None if status is CLAIMED else ("RELEASED", allowed))


@pytest.mark.parametrize(("hours", "said"), [(1, "Conflict"), (23.99, "Conflict"), (24, None), (80, None)])
def test_another_s_claim_is_released_when_it_is_a_day_old(hours, said):
    assert told(release_problem(case(CLAIMED, claimed_by=OTHER, hours=hours), STRANGER, NOW)) == said
    assert timedelta(days=1) == HELD


def test_what_is_released_goes_back_to_where_it_waited():
    assert before_claim(case(CLAIMED)) is QUEUED
    assert before_claim(case(CLAIMED, appealed=True)) is APPEALED


@pytest.mark.parametrize("status", ModerationStatus)
def test_a_case_is_overdue_once_its_time_has_passed_and_nobody_decided(status):  # S57
    assert is_overdue(status, NOW - timedelta(seconds=1), NOW) is (status in OPEN)
    assert is_overdue(status, NOW, NOW) is False


@pytest.mark.parametrize("appealed", [False, True])
@pytest.mark.parametrize("stop", SystemStop)
@pytest.mark.parametrize("review", ReviewStatus)
def test_a_rejection_alone_is_appealed_and_once(review, stop, appealed):  # S56
    problem = appeal_problem(AdFacts(ConfiguredStatus.ENABLED, review, stop), appealed=appealed)

    may = review is ReviewStatus.REJECTED and stop is SystemStop.NONE and not appealed
    draft = review is ReviewStatus.DRAFT and stop is SystemStop.NONE
    assert (problem is None) is may
    assert may or problem.instead_use == ("adSubmit" if draft else "adReplace")


@given(
    st.sampled_from(ConfiguredStatus),
    st.sampled_from(ReviewStatus),
    st.sampled_from(SystemStop),
    st.sampled_from(ConfiguredStatus),
    st.sampled_from(AccountStatus),
    st.booleans(),
)
def test_a_draft_is_submitted_where_nothing_is_in_the_way(configured, review, stop, campaign, account, approved):
    problems = submit_problems(AdFacts(configured, review, stop), campaign, account, brand_approved=approved)

    fits = review is ReviewStatus.DRAFT and stop is SystemStop.NONE and campaign is not ConfiguredStatus.ARCHIVED
    may = account in (AccountStatus.ACTIVE, AccountStatus.PAYMENT_HOLD) and approved
    assert (problems == []) is (fits and may)
    assert all(problem.path == ("id",) for problem in problems)


def faults(*findings, required=True):
    found = Findings()
    check_given(found, findings, POLICY, SubjectKind.AD, required=required)
    return [(".".join(problem.path), problem.constraint) for problem in found.problems]


def test_a_rejection_has_findings_and_an_approval_has_none():  # S56
    assert faults() == [("findings", "length >= 1")]
    assert faults(CLAIM) == faults(required=False) == []
    assert faults(CLAIM, required=False) == [("findings", "length = 0")]


@pytest.mark.parametrize(
    ("finding", "path"),
    [
        (Given(FindingKind.CLAIM, "CLAIM-99", "title", "E"), "ruleId"),
        (Given(FindingKind.IMAGE, "CLAIM-1", "title", "E"), "kind"),
        (Given(FindingKind.CLAIM, "CLAIM-1", "budget", "E"), "field"),
        (Given(FindingKind.CLAIM, "CLAIM-1", "keywords.1000", "E"), "field"),
        (Given(FindingKind.CLAIM, "CLAIM-1", "title", " "), "explanation"),
        (Given(FindingKind.CLAIM, "CLAIM-1", "title", "e" * 1001), "explanation"),
        (Given(FindingKind.CLAIM, "CLAIM-1", "title", "e\x00"), "explanation"),
        (Given(FindingKind.CLAIM, "CLAIM-1", "title", "E", "e" * 501), "evidence"),
        (Given(FindingKind.CLAIM, "CLAIM-1", "title", "E", "e", "f" * 1001), "fix"),
    ],
)
def test_a_finding_that_cannot_be_is_told_by_its_place(finding, path):
    assert [place for place, _ in faults(CLAIM, finding)] == [f"findings.1.{path}"]


def test_fifty_findings_are_the_most():
    assert faults(*[CLAIM] * 50) == []
    assert faults(*[CLAIM] * 51) == [("findings", "length <= 50")]


@given(
    st.lists(
        st.tuples(st.sampled_from(["claim", "release", "APPROVED", "REJECTED", "appeal"]), st.sampled_from([ME, OTHER]))
    )
)
def test_whatever_is_tried_who_rejected_never_decides_the_appeal(steps):
    facts, looks = case(QUEUED), []
    for step, who in steps:
        someone = Moderator(who, is_member=False)
        if step == "claim" and claim_problem(facts, someone) is None:
            facts = CaseFacts(CLAIMED, ADA, who, NOW, facts.decided_by, facts.appealed)
        elif step == "release" and release_problem(facts, someone, NOW) is None:
            facts = CaseFacts(before_claim(facts), ADA, None, None, facts.decided_by, facts.appealed)
        elif step == "appeal" and facts.status is REJECTED and not facts.appealed:
            facts = CaseFacts(APPEALED, ADA, None, None, facts.decided_by, appealed=True)
        elif step.isupper() and decide_problem(facts, someone, ModerationStatus(step)) is None:
            facts = CaseFacts(ModerationStatus(step), ADA, None, None, who, facts.appealed)
            looks.append(who)
    assert len(looks) <= 2
    assert len(set(looks)) == len(looks)


def test_a_conflict_is_what_the_later_of_two_gets():
    assert isinstance(claim_problem(case(CLAIMED, claimed_by=OTHER), STRANGER), Conflict)


def test_what_is_out_of_stock_is_not_handed_in_whatever_the_policy_says():  # S79
    assert stock_problem(in_stock=True) is None
    problem = stock_problem(in_stock=False)
    assert (type(problem), problem and problem.path) == (Conflict, ("id",))
