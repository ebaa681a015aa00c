"""The terms: the contact at the brand is mailed a single-use link, and accepts or declines (S9, S11, S12)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.engine import Database
from app.db.keys import Selection
from app.db.tables.identity import User
from app.db.tables.onboarding import Registration, TermsInvitation
from app.db.tables.policy import PolicyDocument
from app.db.work import Work
from app.domain.accounts import InvitationStatus, invitation_status, resend_problem
from app.domain.errors import Findings, InvalidInput
from app.domain.events import Event
from app.domain.identity import LIFETIMES, Purpose
from app.domain.notices import EmailKind
from app.domain.onboarding import registration as rules
from app.domain.onboarding.details import MOST_NOTE
from app.domain.onboarding.registration import TERMS
from app.domain.policy import PolicyDocumentKind
from app.domain.text import line, line_problem, mailbox, paragraphs, text_problem
from app.resolvers import notices, policy
from app.resolvers.identity import links
from app.resolvers.identity.secret import digest
from app.resolvers.onboarding.reads import facts, locked, terms


def addressee(registration: Registration) -> tuple[str, str]:
    """Name and address of who accepts: the contact at the brand, or the applicant who has proved the brand's login."""
    if registration.contact_email:
        return registration.contact_name or registration.contact_email, registration.contact_email
    return registration.person_name or "", registration.work_email or ""


async def invite(work: Work, registration: Registration) -> TermsInvitation:
    """Mail the terms that are in force now; the version stays the one that was mailed."""
    document = await policy.current(work, PolicyDocumentKind.AGREEMENT)
    name, email = addressee(registration)
    invitation = TermsInvitation(registration_id=registration.id, document_id=document.id, made_at=work.now)
    invitation.contact_name, invitation.contact_email = name, email
    await _mail(work, registration, work.add(invitation))
    work.emit(Event.TERMS_SENT, invitation)
    return invitation


async def resend(work: Work, id: UUID) -> Registration:
    """Mail the terms again, with a new link: at most every ten minutes (S12)."""
    registration = await locked(work, id, own=True)
    invitation = await _latest(work, registration)
    found = Findings()
    found.add(*rules.resend_terms_problems(await facts(work, registration)))
    found.settle()
    if invitation is None:
        raise LookupError("a registration in the queue without an invitation to its terms")
    found.add(resend_problem(invitation.sent_at, work.now))
    found.settle()
    if _status(work, invitation) is InvitationStatus.PENDING and not _moved(registration, invitation):
        await _end_links(work, invitation)
        await _mail(work, registration, invitation)
        work.emit(Event.TERMS_SENT, invitation)
        return registration
    await _end(work, invitation)
    await invite(work, registration)
    return registration


async def follow_contact(work: Work, registration: Registration) -> None:
    """Where the contact has changed, the new one is asked: what the former one said is theirs."""
    invitation = await _latest(work, registration)
    if invitation is None or _moved(registration, invitation):
        if invitation is not None:
            await _end(work, invitation)
        await invite(work, registration)


async def revoke(work: Work, registration: Registration) -> None:
    """The registration has ended: nobody is to answer any more."""
    invitation = await _latest(work, registration)
    if invitation is not None:
        await _end(work, invitation)


async def accept(work: Work, secret: str, version: int, full_name: str) -> TermsInvitation:
    """Accept the version that was shown, by one's full name."""
    registration, invitation = await _answering(work, secret, InvitationStatus.ACCEPTED)
    document = await work.session.get_one(PolicyDocument, invitation.document_id)
    found = Findings()
    found.add(line_problem(full_name, "fullName", name="Your full name", most=100))
    if version != document.version:
        message = f"You were shown version {document.version} of the terms: accept that one."
        limit = f"documentVersion = {document.version}"
        found.add(InvalidInput(message=message, path=("documentVersion",), constraint=limit))
    found.settle()
    await links.redeem(work, secret, Purpose.TERMS)
    invitation.status = TERMS.advance(invitation.status, InvitationStatus.ACCEPTED, "token")
    invitation.answered_at, invitation.full_name = work.now, line(full_name)
    work.emit(Event.TERMS_ACCEPTED, invitation, registration=str(registration.id), version=document.version)
    return invitation


async def decline(work: Work, secret: str, reason: str | None) -> TermsInvitation:
    """Say no; the applicant is told."""
    registration, invitation = await _answering(work, secret, InvitationStatus.DECLINED)
    found = Findings()
    if reason is not None:
        found.add(text_problem(reason, "reason", name="The reason", most=MOST_NOTE))
    found.settle()
    await links.redeem(work, secret, Purpose.TERMS)
    invitation.status = TERMS.advance(invitation.status, InvitationStatus.DECLINED, "token")
    invitation.answered_at, invitation.reason = work.now, reason and paragraphs(reason)
    work.emit(Event.TERMS_DECLINED, invitation, registration=str(registration.id))
    applicant = await work.session.get_one(User, registration.applicant_id)
    said = {"contact": invitation.contact_name, "reason": invitation.reason, "brand": registration.brand_name}
    account = registration.account_id
    notices.owe(work, EmailKind.TERMS_DECLINED, applicant.email, None, account, name=applicant.name, **said)
    return invitation


async def shown(work: Work, id: UUID) -> Any:
    """An invitation as its holder sees it, after what they have just answered."""
    await work.flush()
    return (await work.session.execute(terms().where(TermsInvitation.id == id))).one()


async def preview(database: Database, secret: str, now: datetime) -> Any:
    """What the holder of a link may see before they answer; None where it opens nothing."""
    given = {"digest": digest(secret), "purpose": Purpose.TERMS, "now": now}
    async with database.reading() as connection:
        return (await connection.execute(_preview(), given)).first()


def _preview() -> Selection:
    opened = links.opened().subquery("opened")
    return terms().where(TermsInvitation.id == select(opened.c.subject_id).scalar_subquery())


async def _answering(work: Work, secret: str, to: InvitationStatus) -> tuple[Registration, TermsInvitation]:
    """The invitation of a link that is not used up yet, locked after its registration."""
    id = await links.subject(work, secret, Purpose.TERMS)
    # unscoped: the link is what opens them
    of = await work.session.scalar(select(TermsInvitation.registration_id).where(TermsInvitation.id == id))
    # unscoped: for the reason above
    registration = await work.session.get_one(Registration, of, with_for_update={"key_share": True})
    # unscoped: for the reason above
    invitation = await work.session.get_one(TermsInvitation, id, with_for_update={"key_share": True})
    TERMS.advance(_status(work, invitation), to, "token")
    return registration, invitation


async def _latest(work: Work, registration: Registration) -> TermsInvitation | None:
    # unscoped: of the registration given
    rows = select(TermsInvitation).where(TermsInvitation.registration_id == registration.id)
    return await work.session.scalar(rows.order_by(TermsInvitation.id.desc()).limit(1).with_for_update(key_share=True))


def _moved(registration: Registration, invitation: TermsInvitation) -> bool:
    return mailbox(addressee(registration)[1]) != mailbox(invitation.contact_email)


def _status(work: Work, invitation: TermsInvitation) -> InvitationStatus:
    return invitation_status(invitation.status, invitation.expires_at, work.now)


async def _end(work: Work, invitation: TermsInvitation) -> None:
    """Take an open invitation back, or leave its answer as it is; its links open nothing any more."""
    await _end_links(work, invitation)
    if invitation.status is not InvitationStatus.PENDING:
        return
    to = InvitationStatus.REVOKED if _status(work, invitation) is InvitationStatus.PENDING else InvitationStatus.EXPIRED
    invitation.status = TERMS.advance(invitation.status, to)
    work.emit(Event.TERMS_REVOKED, invitation, registration=str(invitation.registration_id))


async def _end_links(work: Work, invitation: TermsInvitation) -> None:
    await links.void(work, Purpose.TERMS, invitation.id)
    await notices.withdraw(work, invitation.id)


async def _mail(work: Work, registration: Registration, invitation: TermsInvitation) -> None:
    """Mail the link, whose time begins anew."""
    applicant = await work.session.get_one(User, registration.applicant_id)
    invitation.sent_at, invitation.expires_at = work.now, work.now + LIFETIMES[Purpose.TERMS]
    said = {
        "name": invitation.contact_name,
        "applicant": registration.person_name or applicant.name,
        "company": registration.company,
        "brand": registration.brand_name,
        "until": f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC",
    }
    notices.owe(work, EmailKind.TERMS, invitation.contact_email, invitation.id, registration.account_id, **said)
