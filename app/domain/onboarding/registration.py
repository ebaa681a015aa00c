"""A registration: its states, what still stands in its way, and who may do what with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from app.domain.accounts import InvitationStatus
from app.domain.errors import Conflict, Gate, GateNotMet, IllegalTransition, Problem
from app.domain.onboarding.paths import PATHS, RegistrationPath, RegistrationPurpose
from app.domain.states import Lifecycle

MOST_OPEN = 20  # applications of one person
REMIND_EVERY = timedelta(days=1)


class RegistrationStatus(Enum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    INFO_REQUESTED = "INFO_REQUESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


DRAFT, SUBMITTED, IN_REVIEW, INFO_REQUESTED, APPROVED, REJECTED, WITHDRAWN = RegistrationStatus
OPEN = (DRAFT, SUBMITTED, IN_REVIEW, INFO_REQUESTED)
QUEUED = (SUBMITTED, IN_REVIEW, INFO_REQUESTED)
RUNNING = (SUBMITTED, IN_REVIEW)
"""While the clock of the promise runs (S74)."""
EDITABLE = (DRAFT, INFO_REQUESTED)

REGISTRATION = Lifecycle(
    "registration",
    {
        DRAFT: frozenset({SUBMITTED, WITHDRAWN}),
        SUBMITTED: frozenset({IN_REVIEW, WITHDRAWN}),
        IN_REVIEW: frozenset({SUBMITTED, INFO_REQUESTED, APPROVED, REJECTED, WITHDRAWN}),
        INFO_REQUESTED: frozenset({IN_REVIEW, REJECTED, WITHDRAWN}),
        APPROVED: frozenset(),
        REJECTED: frozenset(),
        WITHDRAWN: frozenset(),
    },
    instead={
        **{(SUBMITTED, to): "registrationClaim" for to in (INFO_REQUESTED, APPROVED, REJECTED)},
        **{(state, SUBMITTED): "registrationCreate" for state in (REJECTED, WITHDRAWN)},
        (INFO_REQUESTED, SUBMITTED): "registrationProvideInfo",
    },
)
TERMS = Lifecycle(
    "terms invitation",
    {
        InvitationStatus.PENDING: frozenset(InvitationStatus) - {InvitationStatus.PENDING},
        **{state: frozenset() for state in InvitationStatus if state is not InvitationStatus.PENDING},
    },
    instead={
        (state, InvitationStatus.ACCEPTED): "registrationResendTermsInvitation"
        for state in (InvitationStatus.DECLINED, InvitationStatus.REVOKED, InvitationStatus.EXPIRED)
    },
)


@dataclass(frozen=True)
class Facts:
    """What the rules ask of a registration; each field is a column of how it is read."""

    path: RegistrationPath
    purpose: RegistrationPurpose
    status: RegistrationStatus
    applicant_id: UUID
    person_name: str | None
    work_email: str | None
    person_phone: str | None
    company: str | None
    brand_name: str | None
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    vendor_code: str | None
    replaced_account: str | None
    login_proved_at: datetime | None
    secondary_needed: bool
    secondary_email: str | None
    terms_status: InvitationStatus | None
    vendor_has_account: bool
    claimed_by: UUID | None
    conflicted: str | None
    """Ids of the members of accounts this is about, apart by spaces: they do not decide on it."""


FACTS = tuple(Facts.__dataclass_fields__)
_DETAILS = "registrationUpdate"


def obstacles(facts: Facts) -> Iterator[GateNotMet]:
    """Everything that stands in the way of an approval (I1), with what helps, in the order of the wizard."""
    info, new = PATHS[facts.path], facts.purpose is RegistrationPurpose.NEW_ACCOUNT
    if info.login and facts.login_proved_at is None:
        message = "Sign in with the login of this path first, or register by another."
        yield _gate(Gate.LOGIN_PROVED, message, "registrationLoginBegin", "id")
    if new and not (facts.person_name and facts.work_email and facts.person_phone and (info.login or facts.company)):
        message = "Give your name, work e-mail and phone" + ("." if info.login else ", and the company you work for.")
        yield _gate(Gate.PERSONAL_DETAILS, message, _DETAILS, "personal")
    if not facts.brand_name:
        yield _gate(Gate.BRAND_DETAILS, "Give the name of the brand.", _DETAILS, "brand", "brandName")
    if info.contact and not (facts.contact_name and facts.contact_email and (facts.contact_phone or not new)):
        message = "Name your contact at the brand, with e-mail and phone: they authorise you to advertise for it."
        yield _gate(Gate.BRAND_CONTACT, message, _DETAILS, "brand", "contactEmail")
    if not facts.vendor_code:
        message = "Give the vendor code; the vendor has it from the retailer."
        yield _gate(Gate.VENDOR_CODE, message, _DETAILS, "brand", "vendorCode")
    if new and facts.vendor_has_account and not facts.replaced_account:
        message = "This vendor has an account already: say which one this replaces, and why."
        yield _gate(Gate.REPLACEMENT_NOTICE, message, _DETAILS, "replacesAccountNotice")
    yield from _later(facts)


def _later(facts: Facts) -> Iterator[GateNotMet]:
    """What is asked for once it is submitted."""
    if facts.secondary_needed and not facts.secondary_email:
        message = "Name a second contact at the brand: the reviewers asked for one."
        yield _gate(Gate.SECONDARY_CONTACT, message, _DETAILS, "secondaryContact")
    if facts.status is INFO_REQUESTED:
        message = "Answer what the reviewers asked."
        yield _gate(Gate.INFO_PROVIDED, message, "registrationProvideInfo", "id")
    if facts.terms_status is not InvitationStatus.ACCEPTED:
        message = "The terms are not accepted yet: the mailed link leads to them."
        yield _gate(Gate.TERMS_ACCEPTED, message, "registrationResendTermsInvitation", "id")


AFTER_SUBMISSION = (Gate.SECONDARY_CONTACT, Gate.INFO_PROVIDED, Gate.TERMS_ACCEPTED)


def blockers(facts: Facts) -> list[Gate]:
    """The gates that are still closed; a registration that has ended has none."""
    return [each.gate for each in obstacles(facts)] if facts.status in OPEN else []


def submit_problems(facts: Facts) -> list[Problem]:
    """S13: nothing is submitted before its details are complete."""
    found: list[Problem] = [each for each in obstacles(facts) if each.gate not in AFTER_SUBMISSION]
    return _only(facts, DRAFT, SUBMITTED) or found


def answer_problems(facts: Facts) -> list[Problem]:
    """An answer goes back to the reviewers with all they asked for; the terms may follow."""
    if facts.status is not INFO_REQUESTED:
        return [_misplaced(facts.status, "ANSWER")]
    waits = (Gate.INFO_PROVIDED, Gate.TERMS_ACCEPTED)
    return [each for each in obstacles(facts) if each.gate not in waits]


def update_problems(facts: Facts) -> list[Problem]:
    """S16: details change until they are submitted, and again while the reviewers wait for more."""
    if facts.status in EDITABLE:
        return []
    allowed = tuple(sorted(each.value for each in EDITABLE))
    message = f"The registration is {facts.status.value}: it is changed only while it is {' or '.join(allowed)}."
    instead = "registrationWithdraw" if facts.status in OPEN else "registrationCreate"
    given = {"state": facts.status.value, "attempted": "UPDATE", "allowed": allowed, "instead_use": instead}
    return [IllegalTransition(message=message, path=("id",), **given)]  # type: ignore[arg-type]


def withdraw_problems(facts: Facts) -> list[Problem]:
    return _step(facts, WITHDRAWN)


def resend_terms_problems(facts: Facts) -> list[Problem]:
    """The terms are mailed on submission, and again until they are accepted."""
    if facts.status not in QUEUED:
        return update_problems(facts) or [_misplaced(facts.status, "SEND_TERMS", "registrationSubmit")]
    if facts.terms_status is InvitationStatus.ACCEPTED:
        return [Conflict(message="The terms are accepted already.", path=("id",))]
    return [each for each in obstacles(facts) if each.gate is Gate.BRAND_CONTACT]


def claim_problems(facts: Facts, reviewer: UUID | None) -> list[Problem]:
    """One reviewer works on it at a time, and nobody on an application of their own (NOT_OWN_ACCOUNT)."""
    if facts.status in (IN_REVIEW, INFO_REQUESTED):
        return [*_own(facts, reviewer), *_claimed_by_another(facts, reviewer)]
    return _step(facts, IN_REVIEW) or _own(facts, reviewer)


def release_problems(facts: Facts, reviewer: UUID | None, *, operator: bool = False) -> list[Problem]:
    """Who claimed it gives it back; an operator may do it for somebody who is away."""
    return _only(facts, IN_REVIEW, SUBMITTED) or ([] if operator else _claimed_by_another(facts, reviewer))


def request_problems(facts: Facts, reviewer: UUID | None) -> list[Problem]:
    return _decide(facts, INFO_REQUESTED, reviewer)


def reject_problems(facts: Facts, reviewer: UUID | None) -> list[Problem]:
    return _decide(facts, REJECTED, reviewer)


def approve_problems(facts: Facts, reviewer: UUID | None) -> list[Problem]:
    """I1: approved implies no blockers."""
    return _decide(facts, APPROVED, reviewer) or list(obstacles(facts))


def _decide(facts: Facts, to: RegistrationStatus, reviewer: UUID | None) -> list[Problem]:
    return _step(facts, to) or [*_own(facts, reviewer), *_claimed_by_another(facts, reviewer)]


def _step(facts: Facts, to: RegistrationStatus) -> list[Problem]:
    problem = REGISTRATION.problem(facts.status, to, "id")
    return [problem] if problem else []


def _only(facts: Facts, state: RegistrationStatus, to: RegistrationStatus) -> list[Problem]:
    """A step that is this one's only from that state: others lead to the same for other reasons."""
    if facts.status is state:
        return []
    return _step(facts, to) or [_misplaced(facts.status, to.value)]


def _own(facts: Facts, reviewer: UUID | None) -> list[Problem]:
    conflicted = {UUID(each) for each in (facts.conflicted or "").split()}
    if reviewer not in {facts.applicant_id, *conflicted}:
        return []
    message = "You applied for this yourself, or belong to an account of this vendor: leave it to another reviewer."
    return [GateNotMet(message=message, path=("id",), gate=Gate.NOT_OWN_ACCOUNT)]


def _claimed_by_another(facts: Facts, reviewer: UUID | None) -> list[Problem]:
    if facts.claimed_by == reviewer:
        return []
    return [Conflict(message="Another reviewer works on it: it is theirs until they release it.", path=("id",))]


def _misplaced(status: RegistrationStatus, attempted: str, instead: str | None = None) -> IllegalTransition:
    """The step belongs to another state."""
    allowed = tuple(sorted(each.value for each in REGISTRATION.next[status]))
    message = f"The registration is {status.value}: this is not its turn."
    given = {"state": status.value, "attempted": attempted, "allowed": allowed, "instead_use": instead}
    return IllegalTransition(message=message, path=("id",), **given)  # type: ignore[arg-type]


def _gate(gate: Gate, message: str, remedy: str, *path: str) -> GateNotMet:
    return GateNotMet(message=message, path=path, gate=gate, remedy_mutation=remedy)
