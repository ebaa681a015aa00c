"""Moderation: the life of a case, who may decide it, and what a decision must say (S56, S57)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from app.domain.accounts import AccountStatus, active_problem
from app.domain.campaigns import status as ads
from app.domain.errors import Conflict, Findings, Gate, GateNotMet, IllegalTransition, InvalidInput, Problem
from app.domain.findings import FindingKind
from app.domain.moderation.rules import Policy
from app.domain.states import Lifecycle
from app.domain.text import UNKEPT

HELD = timedelta(days=1)
"""How long a claim keeps others away: then any moderator may release it."""
MOST_FINDINGS, MOST_MESSAGE = 50, 1000


class ModerationStatus(Enum):
    QUEUED = "QUEUED"
    CLAIMED = "CLAIMED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    APPEALED = "APPEALED"
    WITHDRAWN = "WITHDRAWN"


class SubjectKind(Enum):
    """What a case is about."""

    AD = "AD"
    BRAND_PAGE = "BRAND_PAGE"


_NUMBER = r"\.[0-9]{1,3}"
_SECTION = rf"sections({_NUMBER}(\.(heading|text|image|products({_NUMBER})?))?)?"
FIELDS = {
    SubjectKind.AD: re.compile(rf"title|headline|landing|image|bid|interests|keywords({_NUMBER})?"),
    SubjectKind.BRAND_PAGE: re.compile(rf"title|tagline|slug|template|logo|hero|products({_NUMBER})?|{_SECTION}"),
}
NAMED = {
    SubjectKind.AD: "of the ad: title, headline, landing, image, bid, interests, keywords or keywords.0",
    SubjectKind.BRAND_PAGE: "of the Page: title, tagline, slug, template, logo, hero, products.0 or sections.0.text",
}


class Decision(Enum):
    APPROVE = "APPROVE"
    REJECT = "REJECT"


class Outcome(Enum):
    """What the advertiser is told."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    STOPPED = "STOPPED"


_S = ModerationStatus
CASE = Lifecycle(
    "case",
    next={
        _S.QUEUED: frozenset({_S.CLAIMED, _S.WITHDRAWN}),
        _S.CLAIMED: frozenset({_S.APPROVED, _S.REJECTED, _S.QUEUED, _S.APPEALED, _S.WITHDRAWN}),
        _S.APPROVED: frozenset(),
        _S.REJECTED: frozenset({_S.APPEALED}),
        _S.APPEALED: frozenset({_S.CLAIMED, _S.WITHDRAWN}),
        _S.WITHDRAWN: frozenset(),
    },
    instead={
        **{(state, to): "moderationClaim" for state in (_S.QUEUED, _S.APPEALED) for to in (_S.APPROVED, _S.REJECTED)},
        (_S.CLAIMED, _S.CLAIMED): "moderationDecide",
    },
)
"""A claim that is released goes back to where it came from: the queue, or the appeals.

Only a Page is withdrawn, by a newer draft or by its owner: a submitted ad stays (S55).
"""
OPEN = (_S.QUEUED, _S.CLAIMED, _S.APPEALED)
WAITING = (_S.QUEUED, _S.APPEALED)
DECIDES = {Decision.APPROVE: _S.APPROVED, Decision.REJECT: _S.REJECTED}
OUTCOMES = {Decision.APPROVE: Outcome.APPROVED, Decision.REJECT: Outcome.REJECTED}
REVIEWS = {Decision.APPROVE: ads.ReviewStatus.APPROVED, Decision.REJECT: ads.ReviewStatus.REJECTED}


@dataclass(frozen=True)
class CaseFacts:
    """What a step of a case hangs on."""

    status: ModerationStatus
    submitted_by: UUID | None
    claimed_by: UUID | None
    claimed_at: datetime | None
    decided_by: UUID | None
    appealed: bool


@dataclass(frozen=True)
class Moderator:
    """Who wants to do something with a case."""

    user_id: UUID | None
    is_member: bool  # of the account that the case belongs to


@dataclass(frozen=True)
class Given:
    """A finding as a moderator writes it."""

    kind: FindingKind
    rule_id: str
    field: str
    explanation: str
    evidence: str | None = None
    fix: str | None = None


def is_overdue(status: ModerationStatus, due_at: datetime, now: datetime) -> bool:
    return status in OPEN and due_at < now


def submit_problems(
    ad: ads.AdFacts, campaign: ads.ConfiguredStatus, account: AccountStatus, *, brand_approved: bool
) -> list[Problem]:
    """Everything in the way of a submission but what the policy says of the content (S37, S52, I10)."""
    if ad.stop is not ads.SystemStop.NONE:
        return [ads.stopped_problem(ad.stop, ads.ReviewStatus.IN_MODERATION.value)]
    step = ads.REVIEW.problem(ad.review, ads.ReviewStatus.IN_MODERATION, "id")
    over = ads.archived_problem(campaign, "SUBMITTED", "id")
    brand = None if brand_approved else GateNotMet(message=UNAPPROVED, path=("id",), gate=Gate.BRAND_APPROVED)
    return [each for each in (step, over, active_problem(account, "id"), brand) if each is not None]


def stock_problem(*, in_stock: bool) -> Problem | None:
    """What is out of stock is not handed in (S79), whatever the operator's policy says of it."""
    message = "The product is out of stock: wait until it is back, or lead the ad to another."
    return None if in_stock else Conflict(message=message, path=("id",))


UNAPPROVED = "The brand is not approved yet."


def own_account_problem(moderator: Moderator, submitted_by: UUID | None = None) -> Problem | None:
    """No moderator decides for an account they belong to, nor on what they submitted themselves."""
    if not moderator.is_member and (submitted_by is None or submitted_by != moderator.user_id):
        return None
    message = "You belong to this account: another moderator decides."
    return GateNotMet(message=message, path=("id",), gate=Gate.NOT_OWN_ACCOUNT)


def stop_problems(moderator: Moderator, ad: ads.AdFacts) -> list[Problem]:
    """Everything in the way of stopping an ad for good: it was stopped before, or one's own account's (I9)."""
    step = ads.STOP.problem(ad.stop, ads.SystemStop.POLICY, "id")
    return [each for each in (own_account_problem(moderator), step) if each is not None]


def claim_problem(case: CaseFacts, moderator: Moderator) -> Problem | None:
    """Why a moderator cannot take up a case: another holds it, or is to have the second look."""
    if own := own_account_problem(moderator, case.submitted_by):
        return own
    if case.status is _S.CLAIMED and case.claimed_by != moderator.user_id:
        return Conflict(message="Another moderator has claimed the case: take another one.", path=("id",))
    if case.status is _S.APPEALED and case.decided_by == moderator.user_id:
        message = "You rejected this: another moderator looks at the appeal."
        return GateNotMet(message=message, path=("id",), gate=Gate.SECOND_LOOK)
    return CASE.problem(case.status, _S.CLAIMED, "id")


def release_problem(case: CaseFacts, moderator: Moderator, now: datetime) -> Problem | None:
    """Why a claim cannot be given back: there is none, or another's is still fresh."""
    if case.status is not _S.CLAIMED:
        return _unclaimed(case.status)
    fresh = case.claimed_at is not None and now < case.claimed_at + HELD
    if case.claimed_by != moderator.user_id and fresh:
        return Conflict(message="Another moderator has claimed the case, less than a day ago.", path=("id",))
    return None


def _unclaimed(status: ModerationStatus) -> Problem:
    return IllegalTransition(
        message=f"The case is {status.value}: nobody has claimed it.",
        path=("id",),
        state=status.value,
        attempted="RELEASED",
        allowed=tuple(sorted(each.value for each in CASE.next[status])),
    )


def decide_problem(case: CaseFacts, moderator: Moderator, to: ModerationStatus) -> Problem | None:
    """Why a moderator cannot decide a case: it is not claimed, or by another."""
    if own := own_account_problem(moderator, case.submitted_by):
        return own
    if case.status is _S.CLAIMED and case.claimed_by != moderator.user_id:
        return Conflict(message="Another moderator has claimed the case: only they decide it.", path=("id",))
    return CASE.problem(case.status, to, "id")


def before_claim(case: CaseFacts) -> ModerationStatus:
    """Where a case goes that is released."""
    return _S.APPEALED if case.appealed else _S.QUEUED


def appeal_problem(ad: ads.AdFacts, *, appealed: bool) -> Problem | None:
    """Only a rejection can be appealed, once; the way out after that is another ad (S56)."""
    if ad.stop is not ads.SystemStop.NONE:
        return ads.stopped_problem(ad.stop, _S.APPEALED.value)
    if ad.review is ads.ReviewStatus.REJECTED and not appealed:
        return None
    said = "An appeal was made already" if appealed else f"The ad is {ad.review.value}: only a rejection is appealed"
    return IllegalTransition(
        message=f"{said}.",
        path=("id",),
        state=ad.review.value,
        attempted=_S.APPEALED.value,
        allowed=(),
        instead_use="adReplace" if ad.review is not ads.ReviewStatus.DRAFT else "adSubmit",
    )


def check_text(found: Findings, text: str | None, *path: str, name: str, most: int) -> None:
    """Collect what is wrong with a text of several lines; None is none."""
    if text is None:
        return
    if UNKEPT.search(text) or not 1 <= len(text.strip()) <= most:
        found.invalid(f"{name} must have 1 to {most} characters.", *path, constraint=f"1 <= length <= {most}")


def check_given(found: Findings, given: Sequence[Given], policy: Policy, kind: SubjectKind, *, required: bool) -> None:
    """Collect what is wrong with a moderator's findings: a rejection names at least one, each by a rule (S56)."""
    if required and not given:
        found.invalid("Say what is wrong: a rejection has findings.", "findings", constraint="length >= 1")
    if not required and given:
        message = "An approval has no findings: reject it, or leave them out."
        found.invalid(message, "findings", constraint="length = 0")
    if len(given) > MOST_FINDINGS:
        limit = f"length <= {MOST_FINDINGS}"
        found.invalid(f"At most {MOST_FINDINGS} findings.", "findings", constraint=limit)
        return
    for place, each in enumerate(given):
        path = ("findings", str(place))
        found.add(_rule_problem(each, policy, *path))
        if not FIELDS[kind].fullmatch(each.field):
            constraint = NAMED[kind].partition(":")[0]
            found.invalid(f"Name a field {NAMED[kind]}.", *path, "field", constraint=f"a field {constraint}")
        check_text(found, each.explanation, *path, "explanation", name="The explanation", most=1000)
        check_text(found, each.evidence, *path, "evidence", name="The evidence", most=500)
        check_text(found, each.fix, *path, "fix", name="The fix", most=1000)


def _rule_problem(given: Given, policy: Policy, *path: str) -> Problem | None:
    rule = policy.by_id.get(given.rule_id)
    if rule is None:
        message = f"The policy has no such rule: it has {', '.join(policy.by_id)}."
        return InvalidInput(message=message, path=(*path, "ruleId"), constraint="a rule of the policy")
    if rule.kind is not given.kind:
        message = f"The rule {rule.id} is of the kind {rule.kind.value}."
        return InvalidInput(message=message, path=(*path, "kind"), constraint=rule.kind.value)
    return None
