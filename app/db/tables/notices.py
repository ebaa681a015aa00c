"""Mail that is owed: written with the change, sent by a job."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Text, choice
from app.domain.notices import EmailKind, EmailStatus


class EmailMessage(Keyed, Base):
    """A message of the outbox: what it says is rendered from `parameters` when it is sent, so no secret rests here."""

    __tablename__ = "email_message"

    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[EmailKind] = mapped_column(choice(EmailKind, checked=False))
    to: Mapped[str] = mapped_column(Text(254))
    subject_id: Mapped[UUID | None] = mapped_column(index=True)  # what its one-time link opens
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[EmailStatus] = mapped_column(choice(EmailStatus), default=EmailStatus.QUEUED, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text(500))
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
