"""Work that is owed: written with the change that owes it, done later under a lease."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Text, choice
from app.domain.jobs import JobStatus


class Job(Keyed, Base):
    """One thing to do. `fence` counts its claims: who claimed it before finds another number, and ends nothing."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_status_due_at", "status", "due_at"),)

    kind: Mapped[str] = mapped_column(Text(64))
    name: Mapped[str | None] = mapped_column(Text(64), unique=True)  # of what is there once: a task of the schedule
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[JobStatus] = mapped_column(choice(JobStatus), default=JobStatus.QUEUED)
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    last_error: Mapped[str | None] = mapped_column(Text(500))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
