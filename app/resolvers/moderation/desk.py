"""The moderators' desk: claim a case, release it, decide it; stop what runs against the policy (S56, S57)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.scope import find, missing
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.moderation import ModerationCase
from app.db.tables.pages import BrandPage
from app.db.work import Work, expect_version
from app.domain.access import EVERYTHING
from app.domain.campaigns import status as states
from app.domain.errors import Findings, Problem, Refusal
from app.domain.events import Event
from app.domain.findings import Finding
from app.domain.moderation import cases as rules
from app.domain.moderation.rules import Policy
from app.domain.notices import EmailKind
from app.resolvers import notices
from app.resolvers.campaigns import ad as ads
from app.resolvers.campaigns.effect import refresh
from app.resolvers.moderation import cases, pages
from app.resolvers.moderation.submitting import of_ad

EVENTS = {rules.Decision.APPROVE: Event.AD_APPROVED, rules.Decision.REJECT: Event.AD_REJECTED}


async def claim(work: Work, id: UUID) -> ModerationCase:
    """Take a case up: nobody else decides it while the claim holds."""
    case = await find(_desk(work), ModerationCase, id)
    _settle(rules.claim_problem(facts(case), _moderator(work, case.account_id)))
    case.status = rules.CASE.advance(case.status, rules.ModerationStatus.CLAIMED, "id")
    case.claimed_by, case.claimed_at = work.caller.user_id, work.now
    work.emit(Event.MODERATION_CLAIMED, case, status=case.status.value)  # by whom is the desk's business
    return case


async def release(work: Work, id: UUID) -> ModerationCase:
    """Put a case back; another's claim only when it is a day old."""
    case = await find(_desk(work), ModerationCase, id)
    _settle(rules.release_problem(facts(case), _moderator(work, case.account_id), work.now))
    case.status = rules.CASE.advance(case.status, rules.before_claim(facts(case)), "id")
    case.claimed_by = case.claimed_at = None
    work.emit(Event.MODERATION_RELEASED, case, status=case.status.value)
    return case


async def decide(
    work: Work,
    policy: Policy,
    id: UUID,
    decision: rules.Decision,
    given: Sequence[rules.Given],
    expected_version: int | None,
) -> ModerationCase:
    """Approve or reject what was claimed; a rejection says what, why and how to mend it, and the advertiser is told."""
    subject, case = await _opened(work, id)
    expect_version(case, expected_version)
    found, to = Findings(), rules.DECIDES[decision]
    found.add(rules.decide_problem(facts(case), _moderator(work, case.account_id), to))
    rules.check_given(found, given, policy, case.subject_kind, required=decision is rules.Decision.REJECT)
    found.settle()
    findings = cases.given(policy, given)
    await cases.find_anew(work, case, findings)
    case.status = rules.CASE.advance(case.status, to, "id")
    case.decided_by, case.decided_at, case.claimed_by, case.claimed_at = work.caller.user_id, work.now, None, None
    if isinstance(subject, BrandPage):
        await pages.settle(work, subject, case, decision, findings)
    else:
        await _settle_ad(work, *subject, case, decision, findings)
    return case


async def _settle_ad(
    work: Work,
    campaign: Campaign,
    ad: Ad,
    case: ModerationCase,
    decision: rules.Decision,
    findings: Sequence[Finding],
) -> None:
    """What a decision makes of an ad."""
    if ad.review_status is not rules.REVIEWS[decision]:  # an appeal may end as the first look did
        ad.review_status = states.REVIEW.advance(ad.review_status, rules.REVIEWS[decision], "id")
    work.emit(EVENTS[decision], ad, also={"findings": (None, cases.told(findings))} if findings else None)
    await refresh(work, campaign)
    await _tell(work, campaign, ad, case, rules.OUTCOMES[decision], findings)


async def wave_through(work: Work, ad: Ad) -> None:
    """Approve what a test account hands in, as soon as the rules let it: nobody real is shown it (S28)."""
    account = await work.session.get_one(Account, ad.account_id)  # unscoped: of an ad that was opened before
    case = await of_ad(work, ad) if account.is_sandbox else None
    if case is None:
        return
    for to in (rules.ModerationStatus.CLAIMED, rules.ModerationStatus.APPROVED):
        case.status = rules.CASE.advance(case.status, to, "id")
    case.decided_at = work.now
    campaign = await work.session.get_one(Campaign, ad.campaign_id)  # unscoped: likewise
    ad.review_status = states.REVIEW.advance(ad.review_status, states.ReviewStatus.APPROVED, "id")
    work.emit(Event.AD_APPROVED, ad, "A test account's ads are approved by themselves")
    await refresh(work, campaign)


async def stop(work: Work, policy: Policy, id: UUID, reason: str, given: Sequence[rules.Given]) -> Ad:
    """Stop an ad for good because it breaks the policy; a new one may take its place."""
    campaign, ad = await ads.opened(_desk(work), id)
    if ad.submitted_at is None:
        raise missing(Ad)
    found = Findings()
    found.add(*rules.stop_problems(_moderator(work, ad.account_id), ads.facts(ad)))
    rules.check_text(found, reason, "reason", name="The reason", most=rules.MOST_MESSAGE)
    rules.check_given(found, given, policy, rules.SubjectKind.AD, required=True)
    found.settle()
    case, findings = await of_ad(work, ad), cases.given(policy, given)
    if case is not None:
        cases.note(work, case, findings, await cases.count(work, case))
    ad.system_stop = states.STOP.advance(ad.system_stop, states.SystemStop.POLICY, "id")
    ad.stopped_at = work.now
    work.emit(Event.AD_STOPPED, ad, reason.strip(), also={"findings": (None, cases.told(findings))})
    await refresh(work, campaign)
    await _tell(work, campaign, ad, case, rules.Outcome.STOPPED, findings, reason.strip())
    return ad


def facts(case: Any) -> rules.CaseFacts:
    return rules.CaseFacts(
        case.status,
        case.submitted_by,
        case.claimed_by,
        case.claimed_at,
        case.decided_by,
        appealed=case.appealed_at is not None,
    )


def _desk(work: Work) -> Work:
    """The same Work, at the desk: a moderator's reach is every account."""
    return replace(work, scope=EVERYTHING)


def _moderator(work: Work, account_id: UUID) -> rules.Moderator:
    return rules.Moderator(work.caller.user_id, account_id in work.caller.grants)


def _settle(problem: Problem | None) -> None:
    if problem:
        raise Refusal(problem)


async def _opened(work: Work, id: UUID) -> tuple[tuple[Campaign, Ad] | BrandPage, ModerationCase]:
    """A case for deciding, with the campaign and ad, or the Page, that it is about: locked before it."""
    # unscoped: a moderator's desk
    rows = select(ModerationCase.ad_id, ModerationCase.brand_page_id).where(ModerationCase.id == id)
    about = (await work.session.execute(rows)).first()
    if about is None:
        raise missing(ModerationCase)
    at_desk = _desk(work)
    if about.ad_id is not None:
        return await ads.opened(at_desk, about.ad_id), await find(at_desk, ModerationCase, id)
    return await find(at_desk, BrandPage, about.brand_page_id), await find(at_desk, ModerationCase, id)


async def _tell(
    work: Work,
    campaign: Campaign,
    ad: Ad,
    case: ModerationCase | None,
    outcome: rules.Outcome,
    findings: Sequence[Finding],
    reason: str = "",
) -> None:
    """A letter to who submitted the ad and to the account's ADMINs (S24, S56)."""
    await notices.owe_admins(
        work,
        EmailKind.MODERATION_RESULT,
        ad.account_id,
        also=case.submitted_by if case else None,
        ad=ad.title,
        campaign=campaign.name,
        outcome=outcome.value,
        appealed=case is not None and case.appealed_at is not None,
        reason=reason,
        findings=cases.told(findings),
    )
