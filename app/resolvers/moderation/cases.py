"""What cases about ads and about Pages share: queue, findings, appeal, withdraw."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from app.db.tables.moderation import CaseFinding, ModerationCase
from app.db.work import Work
from app.domain.events import Event
from app.domain.findings import Finding
from app.domain.moderation import cases as rules
from app.domain.moderation.rules import Image, Policy, Subject
from app.domain.policy import BusinessCalendar, ServiceLevelKind, due
from app.resolvers.policy import level


async def queue(
    work: Work, policy: Policy, calendar: BusinessCalendar, findings: Iterable[Finding], **subject: UUID
) -> ModerationCase:
    """A new case about what the caller hands in, with what the rules found."""
    kind = rules.SubjectKind.AD if "ad_id" in subject else rules.SubjectKind.BRAND_PAGE
    case = ModerationCase(subject_kind=kind, policy_version=policy.version, **subject)
    case.submitted_by, case.submitted_at, case.due_at = work.caller.user_id, work.now, await due_at(work, calendar)
    work.add(case)
    await work.session.flush()
    note(work, case, findings)
    return case


def note(work: Work, case: ModerationCase, findings: Iterable[Finding], after: int = 0) -> None:
    """Write findings beside a case, behind the *after* that it has."""
    for place, each in enumerate(findings, after):
        work.add(CaseFinding(case_id=case.id, place=place, **asdict(each)))


async def find_anew(work: Work, case: ModerationCase, findings: Sequence[Finding]) -> None:
    """What a moderator found, in the place of what one found before; what the rules found stays."""
    # unscoped: of a case that was opened before
    await work.session.execute(delete(CaseFinding).where(CaseFinding.case_id == case.id, ~CaseFinding.automatic))
    note(work, case, findings, await count(work, case))


async def count(work: Work, case: ModerationCase) -> int:
    """The place of the next finding."""
    # unscoped: of a case that was opened before
    rows = select(func.coalesce(func.max(CaseFinding.place) + 1, 0)).where(CaseFinding.case_id == case.id)
    return await work.session.scalar(rows) or 0


async def appeal(work: Work, calendar: BusinessCalendar, case: ModerationCase, message: str) -> None:
    """Put a rejected case back for another moderator's look."""
    case.status = rules.CASE.advance(case.status, rules.ModerationStatus.APPEALED, "id")
    case.appeal_message, case.appealed_at, case.due_at = message.strip(), work.now, await due_at(work, calendar)


async def due_at(work: Work, calendar: BusinessCalendar) -> datetime:
    """Until when a moderator decides, as it is promised now (S57)."""
    return due(work.now, await level(work, ServiceLevelKind.AD_MODERATION), calendar)


def withdraw(work: Work, case: ModerationCase, reason: str) -> None:
    """Nobody decides the case any more: what it was about is taken back."""
    case.status = rules.CASE.advance(case.status, rules.ModerationStatus.WITHDRAWN, "id")
    case.claimed_by = case.claimed_at = None
    work.emit(Event.MODERATION_WITHDRAWN, case, reason, status=case.status.value)


def given(policy: Policy, findings: Sequence[rules.Given]) -> list[Finding]:
    """A moderator's findings, with where each rule can be read."""
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
        for each in findings
    ]


def told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as history and letters tell them."""
    shown = ("rule_id", "field", "evidence", "explanation", "fix", "policy_url")
    return [{name: getattr(each, name) for name in shown} for each in findings]


def pictured(asset: Any) -> Image | None:
    """What the policy asks of an image: its sizes are known once it is READY."""
    if asset is None or not asset.width:
        return None
    return Image(asset.content_type.rpartition("/")[2].upper(), asset.width, asset.height)


def subject(title: str, headline: str, product: Any, keywords: Sequence[str], asset: Any) -> Subject:
    """An ad as the policy looks at it; without a *product* it leads to a Page."""
    picture = pictured(asset)
    if product is None:
        return Subject(title, headline, "", in_stock=True, keywords=tuple(keywords), image=picture)
    name = f"{product.brand_name or ''} {product.title}".strip()
    return Subject(title, headline, name, product.in_stock, tuple(keywords), picture)
