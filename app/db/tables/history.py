"""History: every change with its sequence number, and the keys that make a retry one effect."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.db.base import Base, Sequence, Text, choice
from app.domain.access import Via
from app.domain.events import Event


class Change(Base):
    """One change, written in the transaction that made it; `before` and `after` hold the fields that changed.

    On PostgreSQL `horizon` is what the next transaction's number was when the row had got its `seq`: whoever took a
    lower one has a lower number (db/history.py).
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_account_seq", "account_id", "seq"),
        {"sqlite_autoincrement": True},
    )
    type_name = "ChangeEvent"

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid7)
    at: Mapped[datetime]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    actor_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    actor: Mapped[str] = mapped_column(Text(100))
    via: Mapped[Via] = mapped_column(choice(Via))
    event: Mapped[Event] = mapped_column(choice(Event, checked=False))
    action: Mapped[str] = mapped_column(Text(64))
    subject_type: Mapped[str] = mapped_column(Text(40))
    subject_id: Mapped[UUID] = mapped_column(index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(Text(1000))
    reverts_id: Mapped[UUID | None] = mapped_column(ForeignKey("change.id"))
    horizon: Mapped[int | None] = mapped_column(BigInteger)


class IdempotencyKey(Base):
    """What a key of a caller did: the digest of its input, the ids it answered with, and the sequence number."""

    __tablename__ = "idempotency_key"

    caller_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text(255), primary_key=True)
    field: Mapped[str] = mapped_column(Text(64))
    digest: Mapped[str] = mapped_column(Text(64))
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    seq: Mapped[int | None] = mapped_column(Sequence)
    created_at: Mapped[datetime] = mapped_column(index=True)
