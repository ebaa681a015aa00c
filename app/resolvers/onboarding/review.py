"""What reviewers do: claim, ask, note, reject, and be reminded of what is late (S35, S71-S74)."""

from uuid import UUID

from sqlalchemy import func, or_, select

from app.db.keys import any_of
from app.db.tables.identity import User
from app.db.tables.onboarding import InfoRequest, Registration, StaffNote
from app.db.work import Work, expect_version
from app.domain.access import Level
from app.domain.errors import Findings, LimitExceeded, Refusal
from app.domain.events import Event
from app.domain.notices import EmailKind
from app.domain.onboarding import registration as rules
from app.domain.onboarding.details import MOST_NOTE
from app.domain.onboarding.paths import PATHS
from app.domain.onboarding.registration import REGISTRATION, RUNNING
from app.domain.policy import BusinessCalendar, left
from app.domain.text import paragraphs, text_problem
from app.resolvers import notices, policy
from app.resolvers.identity.people import staff
from app.resolvers.onboarding import terms
from app.resolvers.onboarding.application import moment, refuse, tell
from app.resolvers.onboarding.reads import facts, locked

MOST_REQUESTS, MOST_NOTES = 20, 100


async def claim(work: Work, id: UUID) -> Registration:
    """Take a case from the queue; claiming one's own again changes nothing."""
    registration = await locked(work, id)
    refuse(rules.claim_problems(await facts(work, registration), work.caller.user_id))
    if registration.status is rules.SUBMITTED:
        registration.status = REGISTRATION.advance(registration.status, rules.IN_REVIEW, "id")
        registration.claimed_by = work.caller.user_id
        work.emit(Event.REGISTRATION_CLAIMED, registration, status=registration.status.value)
    return registration


async def release(work: Work, id: UUID) -> Registration:
    """Give a case back to the queue, where it has its place as before."""
    registration = await locked(work, id)
    operates = work.caller.holds(Level.OPERATOR)
    refuse(rules.release_problems(await facts(work, registration), work.caller.user_id, operator=operates))
    registration.status = REGISTRATION.advance(registration.status, rules.SUBMITTED, "id")
    registration.claimed_by = None
    work.emit(Event.REGISTRATION_RELEASED, registration, status=registration.status.value)
    return registration


async def ask(
    work: Work, id: UUID, message: str, expected: int | None, calendar: BusinessCalendar, *, secondary: bool
) -> Registration:
    """Ask the applicant for more, or for a second contact (S72, S74): the clock stands still until they answer."""
    registration = await locked(work, id)
    expect_version(registration, expected)
    found = Findings()
    found.add(text_problem(message, "message", name="The question", most=MOST_NOTE))
    found.add(*rules.request_problems(await facts(work, registration), work.caller.user_id))
    found.settle()
    await _check_room(work, InfoRequest, registration.id, MOST_REQUESTS)
    request = InfoRequest(registration_id=registration.id, message=paragraphs(message), asked_at=work.now)
    request.asked_by, request.need_secondary_contact = work.caller.user_id, secondary
    work.add(request)
    promise = await policy.level(work, PATHS[registration.path].promise)
    registration.status = REGISTRATION.advance(registration.status, rules.INFO_REQUESTED, "id")
    rest = left(work.now, registration.due_at or work.now, promise, calendar)
    registration.clock_stopped_at, registration.seconds_left = work.now, int(rest.total_seconds())
    registration.secondary_needed = registration.secondary_needed or secondary
    work.emit(Event.REGISTRATION_INFO_REQUESTED, registration, status=registration.status.value)
    await tell(work, registration, EmailKind.INFO_NEEDED, message=request.message, secondary=secondary)
    return registration


async def reject(work: Work, id: UUID, reason: str, expected: int | None) -> Registration:
    """Say no, with the reason (S15); the invitation to the terms ends with it."""
    registration = await locked(work, id)
    expect_version(registration, expected)
    found = Findings()
    found.add(text_problem(reason, "reason", name="The reason", most=MOST_NOTE))
    found.add(*rules.reject_problems(await facts(work, registration), work.caller.user_id))
    found.settle()
    registration.status = REGISTRATION.advance(registration.status, rules.REJECTED, "id")
    registration.decided_at, registration.clock_stopped_at = work.now, None
    registration.rejection_reason = paragraphs(reason)
    work.emit(Event.REGISTRATION_REJECTED, registration, registration.rejection_reason, status=rules.REJECTED.value)
    await terms.revoke(work, registration)
    await tell(work, registration, EmailKind.REGISTRATION_REJECTED, reason=registration.rejection_reason)
    return registration


async def note(work: Work, id: UUID, text: str) -> Registration:
    """Leave a note for other reviewers (S35)."""
    registration = await locked(work, id)
    found = Findings()
    found.add(text_problem(text, "note", name="The note", most=MOST_NOTE))
    found.settle()
    await _check_room(work, StaffNote, registration.id, MOST_NOTES)
    made = StaffNote(registration_id=registration.id, note=paragraphs(text), at=work.now)
    made.author_id = work.caller.user_id  # type: ignore[assignment] - the guard lets in people only
    work.emit(Event.STAFF_NOTE_ADDED, work.add(made))
    return registration


async def remind(work: Work) -> None:
    """Mail whoever claimed what is overdue, or else all reviewers: once a day each."""
    again = or_(Registration.reminded_at.is_(None), Registration.reminded_at <= work.now - rules.REMIND_EVERY)
    # unscoped: the schedule looks after all of them
    late = select(Registration).where(any_of(Registration.status, list(RUNNING)), Registration.due_at < work.now, again)
    for registration in await work.session.scalars(late.with_for_update(key_share=True)):
        registration.reminded_at = work.now
        claimed = registration.claimed_by
        people = [await work.session.get_one(User, claimed)] if claimed else await staff(work, Level.REVIEWER)
        applicant = await work.session.get_one(User, registration.applicant_id)
        said = {"brand": registration.brand_name, "applicant": applicant.name, "claimed": claimed is not None}
        until = moment(registration.due_at)
        for each in people:
            notices.owe(work, EmailKind.REVIEW_OVERDUE, each.email, None, None, name=each.name, until=until, **said)
        work.emit(Event.REVIEW_OVERDUE, registration, reminded=len(people))


async def _check_room(work: Work, table: type[InfoRequest] | type[StaffNote], id: UUID, most: int) -> None:
    # unscoped: of the registration that is locked
    count = select(func.count()).select_from(table).where(table.registration_id == id)
    if (await work.session.scalar(count) or 0) >= most:
        raise Refusal(LimitExceeded(message=f"A registration has at most {most} of these.", path=("id",), limit=most))
