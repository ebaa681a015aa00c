"""Registrations with what was asked and noted about them, and the terms that the brand's contact accepts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Folded, Keyed, Text, Versioned, choice
from app.domain.accounts import InvitationStatus
from app.domain.onboarding.paths import RegistrationPath, RegistrationPurpose
from app.domain.onboarding.registration import RegistrationStatus


class Registration(Keyed, Versioned, Base):
    """An application for an account or a further brand; it belongs to the applicant, not to an account."""

    __tablename__ = "registration"
    __table_args__ = (
        Index("ix_registration_applicant_created", "applicant_id", "created_at", "id"),
        Index("ix_registration_queue", "status", "follows", "due_at", "id"),
    )

    applicant_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    path: Mapped[RegistrationPath] = mapped_column(choice(RegistrationPath))
    purpose: Mapped[RegistrationPurpose] = mapped_column(choice(RegistrationPurpose))
    status: Mapped[RegistrationStatus] = mapped_column(choice(RegistrationStatus), default=RegistrationStatus.DRAFT)
    person_name: Mapped[str | None] = mapped_column(Text(100))
    work_email: Mapped[str | None] = mapped_column(Text(254))
    person_phone: Mapped[str | None] = mapped_column(Text(20))
    company: Mapped[str | None] = mapped_column(Text(100))
    brand_name: Mapped[str | None] = mapped_column(Text(100))
    brand_key: Mapped[str | None] = mapped_column(Folded(200))
    contact_name: Mapped[str | None] = mapped_column(Text(100))
    contact_email: Mapped[str | None] = mapped_column(Text(254))
    contact_phone: Mapped[str | None] = mapped_column(Text(20))
    vendor_code: Mapped[str | None] = mapped_column(Text(40))
    vendor_key: Mapped[str | None] = mapped_column(Folded(80), index=True)
    secondary_name: Mapped[str | None] = mapped_column(Text(100))
    secondary_email: Mapped[str | None] = mapped_column(Text(254))
    secondary_phone: Mapped[str | None] = mapped_column(Text(20))
    note: Mapped[str | None] = mapped_column(LongText)
    replaced_account: Mapped[str | None] = mapped_column(Text(100))
    replaced_agency: Mapped[str | None] = mapped_column(Text(100))
    replaced_reason: Mapped[str | None] = mapped_column(LongText)
    follows: Mapped[int] = mapped_column(default=1)  # in the queue: 0 where it replaces an account, which comes first
    login_proved_at: Mapped[datetime | None]
    secondary_needed: Mapped[bool] = mapped_column(default=False)
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]  # as it was when the clock was stopped, while that stands still
    clock_stopped_at: Mapped[datetime | None]
    seconds_left: Mapped[int | None]  # of the promise, while the clock stands still
    reminded_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    rejection_reason: Mapped[str | None] = mapped_column(LongText)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("brand.id"), index=True)


class InfoRequest(Keyed, Base):
    """What a reviewer asked, and the answer (S72, S74)."""

    __tablename__ = "info_request"

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    message: Mapped[str] = mapped_column(LongText)
    need_secondary_contact: Mapped[bool]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(LongText)
    answered_at: Mapped[datetime | None]


class StaffNote(Keyed, Base):
    """What reviewers tell each other about a registration; no applicant sees it."""

    __tablename__ = "staff_note"

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(LongText)
    at: Mapped[datetime]


class TermsInvitation(Keyed, Base):
    """The invitation to accept the terms (S11): to whom it went, and which version of the document they saw (S12)."""

    __tablename__ = "terms_invitation"

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("policy_document.id"))
    contact_name: Mapped[str] = mapped_column(Text(100))
    contact_email: Mapped[str] = mapped_column(Text(254))
    status: Mapped[InvitationStatus] = mapped_column(choice(InvitationStatus), default=InvitationStatus.PENDING)
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    full_name: Mapped[str | None] = mapped_column(Text(100))  # of who accepted, as they signed
    reason: Mapped[str | None] = mapped_column(LongText)  # of who declined
