"""What applicants do: begin, tell step by step, submit, answer, withdraw (S1, S4, S7, S8, S13, S16, S34, S35, S74)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.db.keys import any_of
from app.db.tables.identity import User
from app.db.tables.onboarding import InfoRequest, Registration
from app.db.work import Work, expect_version
from app.domain.errors import Conflict, Findings, LimitExceeded, Problem, Refusal
from app.domain.events import Event
from app.domain.notices import EmailKind
from app.domain.onboarding import registration as rules
from app.domain.onboarding.details import MOST_NOTE, PHONES, TEXTS, check_details, e164
from app.domain.onboarding.paths import PATHS, RegistrationPath, RegistrationPurpose
from app.domain.onboarding.registration import OPEN, QUEUED, REGISTRATION
from app.domain.policy import BusinessCalendar, due, resumed
from app.domain.text import fold, line, paragraphs, text_problem
from app.resolvers import notices, policy
from app.resolvers.onboarding import terms
from app.resolvers.onboarding.reads import facts, locked


async def create(work: Work, path: RegistrationPath) -> Registration:
    """Begin an application by one of the five paths (S4); it is the applicant's alone until it is submitted."""
    await _check_room(work)
    made = begun(work, path, RegistrationPurpose.NEW_ACCOUNT)
    work.emit(Event.REGISTRATION_CREATED, made, path=path.value)
    return made


def begun(work: Work, path: RegistrationPath, purpose: RegistrationPurpose) -> Registration:
    """A new registration of the caller."""
    if work.caller.user_id is None:
        raise TypeError("a person applies")
    return work.add(Registration(applicant_id=work.caller.user_id, path=path, purpose=purpose, status=rules.DRAFT))


async def update(work: Work, id: UUID, given: Mapping[str, Any], expected: int | None) -> Registration:
    """Keep what is told, by column; what is absent stays, None clears. What is missing is a blocker, not an error."""
    registration = await locked(work, id, own=True)
    expect_version(registration, expected)
    refuse(rules.update_problems(await facts(work, registration)))
    found = Findings()
    check_details(found, given, notices.address_problem)
    found.settle()
    for name, value in given.items():
        setattr(registration, name, _kept(name, value))
    registration.brand_key = registration.brand_name and fold(registration.brand_name)
    registration.vendor_key = registration.vendor_code and registration.vendor_code.lower()
    work.emit(Event.REGISTRATION_UPDATED, registration)
    return registration


def _kept(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    if name in PHONES:
        return e164(value)
    return paragraphs(value) if name in TEXTS else line(value)


async def submit(work: Work, id: UUID, expected: int | None, calendar: BusinessCalendar) -> Registration:
    """Hand it to the reviewers (S13): the promise begins, and the contact is mailed the terms (S11)."""
    registration = await locked(work, id, own=True)
    expect_version(registration, expected)
    refuse(rules.submit_problems(await facts(work, registration)))
    await _check_once(work, registration)
    return await hand_in(work, registration, calendar)


async def hand_in(work: Work, registration: Registration, calendar: BusinessCalendar) -> Registration:
    """It joins the queue, those that replace an account first (S35)."""
    promise = await policy.level(work, PATHS[registration.path].promise)
    registration.status = REGISTRATION.advance(registration.status, rules.SUBMITTED, "id")
    registration.submitted_at, registration.due_at = work.now, due(work.now, promise, calendar)
    registration.follows = 0 if registration.replaced_account else 1
    work.emit(Event.REGISTRATION_SUBMITTED, registration, status=registration.status.value)
    invitation = await terms.invite(work, registration)
    said = {"until": moment(registration.due_at), "contact": invitation.contact_name}
    await tell(work, registration, EmailKind.REGISTRATION_RECEIVED, **said)
    return registration


async def provide(work: Work, id: UUID, message: str, calendar: BusinessCalendar) -> Registration:
    """Answer what the reviewers asked (S74): their clock goes on where it stood."""
    registration = await locked(work, id, own=True)
    found = Findings()
    found.add(text_problem(message, "message", name="The answer", most=MOST_NOTE))
    found.add(*rules.answer_problems(await facts(work, registration)))
    found.settle()
    asked = select(InfoRequest).where(InfoRequest.registration_id == id)  # unscoped: of the caller's own registration
    request = (await work.session.scalars(asked.order_by(InfoRequest.id.desc()).limit(1))).one()
    request.answer, request.answered_at = paragraphs(message), work.now
    promise = await policy.level(work, PATHS[registration.path].promise)
    rest = timedelta(seconds=registration.seconds_left or 0)
    registration.status = REGISTRATION.advance(registration.status, rules.IN_REVIEW, "id")
    registration.due_at = resumed(work.now, rest, promise, calendar)
    registration.clock_stopped_at = registration.seconds_left = None
    work.emit(Event.REGISTRATION_INFO_PROVIDED, registration, status=registration.status.value)
    await terms.follow_contact(work, registration)
    return registration


async def withdraw(work: Work, id: UUID) -> Registration:
    """Take an application back (S16); the invitation to the terms ends with it."""
    registration = await locked(work, id, own=True)
    refuse(rules.withdraw_problems(await facts(work, registration)))
    registration.status = REGISTRATION.advance(registration.status, rules.WITHDRAWN, "id")
    registration.decided_at, registration.clock_stopped_at = work.now, None
    work.emit(Event.REGISTRATION_WITHDRAWN, registration, status=registration.status.value)
    await terms.revoke(work, registration)
    return registration


# ---- shared with the review


def refuse(problems: list[Problem]) -> None:
    if problems:
        raise Refusal(*problems)


def moment(at: Any) -> str:
    """A time as mail says it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


async def tell(work: Work, registration: Registration, kind: EmailKind, **facts: Any) -> None:
    """Mail the applicant at the address they have proved."""
    applicant = await work.session.get_one(User, registration.applicant_id)
    known = {"name": applicant.name, "brand": registration.brand_name}
    notices.owe(work, kind, applicant.email, None, registration.account_id, **known, **facts)


async def _check_room(work: Work) -> None:
    mine = select(func.count()).select_from(Registration)  # unscoped: the caller's own
    mine = mine.where(Registration.applicant_id == work.caller.user_id, any_of(Registration.status, list(OPEN)))
    if (await work.session.scalar(mine) or 0) >= rules.MOST_OPEN:
        message = f"A person has at most {rules.MOST_OPEN} open applications: withdraw one first."
        raise Refusal(LimitExceeded(message=message, path=("path",), limit=rules.MOST_OPEN))


async def _check_once(work: Work, registration: Registration) -> None:
    """One person applies once at a time for a brand of a vendor."""
    mine = select(Registration.id).where(Registration.id != registration.id)  # unscoped: the caller's own
    same = (Registration.vendor_key == registration.vendor_key, Registration.brand_key == registration.brand_key)
    mine = mine.where(Registration.applicant_id == registration.applicant_id, *same)
    if await work.session.scalar(mine.where(any_of(Registration.status, list(QUEUED))).limit(1)):
        message = "You have an application for this brand in review already: follow that one, or withdraw it."
        raise Refusal(Conflict(message=message, path=("id",)))
