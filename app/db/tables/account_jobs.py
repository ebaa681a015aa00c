"""Jobs of accounts, as their people see them; what does them is a job of the table `job`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Owned, Text, choice
from app.domain.account_jobs import AccountJobStatus, JobKind


class AccountJob(Owned, Base):
    """Something that takes long. `attempt` is the fence of the claim that does it: an earlier one changes nothing.

    The result is a file of the storage while `result_key` is set; its addresses are sealed with `download_key`.
    """

    __tablename__ = "account_job"
    __table_args__ = (Index("ix_account_job_account_created", "account_id", "created_at", "id"),)
    type_name = "Job"

    kind: Mapped[JobKind] = mapped_column(choice(JobKind))
    status: Mapped[AccountJobStatus] = mapped_column(choice(AccountJobStatus), default=AccountJobStatus.QUEUED)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempt: Mapped[int] = mapped_column(default=0)
    steps_done: Mapped[int] = mapped_column(BigInteger, default=0)
    steps_total: Mapped[int] = mapped_column(BigInteger, default=0)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    result_key: Mapped[str | None] = mapped_column(Text(200))
    result_name: Mapped[str | None] = mapped_column(Text(120))
    result_type: Mapped[str | None] = mapped_column(Text(80))
    download_key: Mapped[str | None] = mapped_column(Text(64))
    result_expires_at: Mapped[datetime | None]
    discard_at: Mapped[datetime | None] = mapped_column(index=True)  # when its files go; null once they have
    created_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
