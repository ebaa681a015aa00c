"""The moderators' desk: claim a case, release it, decide it; stop what runs against the policy (S56, S57)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from app.db.scope import find, missing
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.moderation import CaseFinding, ModerationCase
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
from app.resolvers.moderation.submitting import note, of_ad

EVENTS = {rules.Decision.APPROVE: Event.AD_APPROVED, rules.Decision.REJECT: Event.AD_REJECTED}
OUTCOMES = {rules.Decision.APPROVE: rules.Outcome.APPROVED, rules.Decision.REJECT: rules.Outcome.REJECTED}


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
    campaign, ad, case = await _opened(work, id)
    expect_version(case, expected_version)
    found, to = Findings(), rules.DECIDES[decision]
    found.add(rules.decide_problem(facts(case), _moderator(work, case.account_id), to))
    rules.check_given(found, given, policy, required=decision is rules.Decision.REJECT)
    found.settle()
    findings = _findings(policy, given)
    await _find_anew(work, case, findings)
    case.status = rules.CASE.advance(case.status, to, "id")
    case.decided_by, case.decided_at, case.claimed_by, case.claimed_at = work.caller.user_id, work.now, None, None
    if ad.review_status is not rules.REVIEWS[decision]:  # an appeal may end as the first look did
        ad.review_status = states.REVIEW.advance(ad.review_status, rules.REVIEWS[decision], "id")
    work.emit(EVENTS[decision], ad, also={"findings": (None, [_told(each) for each in findings])} if findings else None)
    await refresh(work, campaign)
    await _tell(work, campaign, ad, case, OUTCOMES[decision], findings)
    return case


async def stop(work: Work, policy: Policy, id: UUID, reason: str, given: Sequence[rules.Given]) -> Ad:
    """Stop an ad for good because it breaks the policy; a new one may take its place."""
    campaign, ad = await ads.opened(_desk(work), id)
    if ad.submitted_at is None:
        raise missing(Ad)
    found = Findings()
    found.add(*rules.stop_problems(_moderator(work, ad.account_id), ads.facts(ad)))
    rules.check_text(found, reason, "reason", name="The reason", most=rules.MOST_MESSAGE)
    rules.check_given(found, given, policy, required=True)
    found.settle()
    case, findings = await of_ad(work, ad), _findings(policy, given)
    if case is not None:
        note(work, case, findings, await _count(work, case))
    ad.system_stop = states.STOP.advance(ad.system_stop, states.SystemStop.POLICY, "id")
    ad.stopped_at = work.now
    work.emit(Event.AD_STOPPED, ad, reason.strip(), also={"findings": (None, [_told(each) for each in findings])})
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


async def _opened(work: Work, id: UUID) -> tuple[Campaign, Ad, ModerationCase]:
    """A case for deciding, with its campaign and ad, locked in this order."""
    # unscoped: a moderator's desk
    ad_id = await work.session.scalar(select(ModerationCase.ad_id).where(ModerationCase.id == id))
    if ad_id is None:
        raise missing(ModerationCase)
    campaign, ad = await ads.opened(_desk(work), ad_id)
    return campaign, ad, await find(_desk(work), ModerationCase, id)


def _findings(policy: Policy, given: Sequence[rules.Given]) -> list[Finding]:
    return [
        Finding(
            each.kind,
            each.rule_id,
            policy.url_of(each.rule_id),
            each.field,
            each.explanation.strip(),
            each.evidence and each.evidence.strip(),
            each.fix and each.fix.strip(),
        )
        for each in given
    ]


async def _find_anew(work: Work, case: ModerationCase, findings: Sequence[Finding]) -> None:
    """What a moderator found, in the place of what one found before; what the rules found stays."""
    # unscoped: of a case that was opened before
    await work.session.execute(delete(CaseFinding).where(CaseFinding.case_id == case.id, ~CaseFinding.automatic))
    note(work, case, findings, await _count(work, case))


async def _count(work: Work, case: ModerationCase) -> int:
    # unscoped: of a case that was opened before
    rows = select(func.coalesce(func.max(CaseFinding.place) + 1, 0)).where(CaseFinding.case_id == case.id)
    return await work.session.scalar(rows) or 0


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
        findings=[_told(each) for each in findings],
    )


def _told(finding: Finding) -> dict[str, Any]:
    shown = ("rule_id", "field", "evidence", "explanation", "fix", "policy_url")
    return {name: getattr(finding, name) for name in shown}
