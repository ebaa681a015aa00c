"""Cases of moderation and what was found in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned, Text, Versioned, choice
from app.domain.findings import FindingKind
from app.domain.moderation.cases import ModerationStatus, SubjectKind


class ModerationCase(Owned, Versioned, Base):
    """The review of an ad, or of a snapshot of a Page, from its submission on; an appeal goes on with it."""

    __tablename__ = "moderation_case"
    __table_args__ = (
        Index("ix_moderation_case_due", "status", "due_at", "id"),
        Index("uq_moderation_case_content_id", "content_id", unique=True),
        CheckConstraint("(ad_id IS NULL) <> (brand_page_id IS NULL)", name="subject"),
        CheckConstraint("(brand_page_id IS NULL) = (content_id IS NULL)", name="snapshot"),
    )

    subject_kind: Mapped[SubjectKind] = mapped_column(choice(SubjectKind, checked=False), default=SubjectKind.AD)
    ad_id: Mapped[UUID | None] = mapped_column(ForeignKey("ad.id"), unique=True)
    brand_page_id: Mapped[UUID | None] = mapped_column(ForeignKey("brand_page.id"), index=True)
    content_id: Mapped[UUID | None] = mapped_column(ForeignKey("page_content.id"))
    status: Mapped[ModerationStatus] = mapped_column(choice(ModerationStatus), default=ModerationStatus.QUEUED)
    policy_version: Mapped[int]
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    claimed_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    appeal_message: Mapped[str | None] = mapped_column(LongText)
    appealed_at: Mapped[datetime | None]


class CaseFinding(Keyed, Base):
    """Something found by a rule or by a moderator, in the order it was found."""

    __tablename__ = "case_finding"
    __table_args__ = (Index("ix_case_finding_place", "case_id", "place", "id"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("moderation_case.id"))
    place: Mapped[int]
    kind: Mapped[FindingKind] = mapped_column(choice(FindingKind))
    rule_id: Mapped[str] = mapped_column(Text(60))
    policy_url: Mapped[str] = mapped_column(Text(2000))
    field: Mapped[str] = mapped_column(Text(40))
    evidence: Mapped[str | None] = mapped_column(LongText)
    explanation: Mapped[str] = mapped_column(LongText)
    fix: Mapped[str | None] = mapped_column(LongText)
    automatic: Mapped[bool]
