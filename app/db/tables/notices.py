"""Mail that is owed: written with the change, sent by a job."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Text, choice


class EmailKind(Enum):
    INVITATION = "INVITATION"


class EmailStatus(Enum):
    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    DEAD = "DEAD"


class EmailMessage(Keyed, Base):
    """A message of the outbox: what it says is rendered from `parameters` when it is sent, so no secret rests here."""

    __tablename__ = "email_message"

    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[EmailKind] = mapped_column(choice(EmailKind, checked=False))
    to: Mapped[str] = mapped_column(Text(254))
    subject: Mapped[str] = mapped_column(Text(255))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[EmailStatus] = mapped_column(choice(EmailStatus), default=EmailStatus.QUEUED, index=True)
    queued_at: Mapped[datetime]
