"""Endcap's tables as SQLAlchemy models: the columns that operations A to D need."""

import os
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey
from sqlalchemy import Enum as Choice
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=10, max_overflow=0
)
Big = Annotated[int, mapped_column(BigInteger)]
new_session = async_sessionmaker(engine, expire_on_commit=False)


class AccountStatus(Enum):
    ACTIVE = "ACTIVE"
    PAYMENT_HOLD = "PAYMENT_HOLD"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class MemberLevel(Enum):
    EDITOR = "EDITOR"
    ADMIN = "ADMIN"


class CampaignKind(Enum):
    ECOMMERCE_DISPLAY = "ECOMMERCE_DISPLAY"
    SPONSORED_SEARCH = "SPONSORED_SEARCH"


class EffectiveStatus(Enum):
    DRAFT = "DRAFT"
    IN_MODERATION = "IN_MODERATION"
    REJECTED = "REJECTED"
    SCHEDULED = "SCHEDULED"
    READY = "READY"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    OUT_OF_BUDGET = "OUT_OF_BUDGET"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    STOPPED_BILLING = "STOPPED_BILLING"
    STOPPED_POLICY = "STOPPED_POLICY"
    ACCOUNT_INACTIVE = "ACCOUNT_INACTIVE"
    ENDED = "ENDED"
    ARCHIVED = "ARCHIVED"


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), Enum: Choice(Enum, native_enum=False)}  # noqa: RUF012


class User(Base):
    __tablename__ = "user"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Session(Base):
    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Account(Base):
    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    name_key: Mapped[str]
    status: Mapped[AccountStatus]
    currency: Mapped[str]


class Membership(Base):
    __tablename__ = "membership"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    level: Mapped[MemberLevel]
    status: Mapped[str]


class Campaign(Base):
    __tablename__ = "campaign"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str]
    kind: Mapped[CampaignKind]
    configured_status: Mapped[str]
    effective_status: Mapped[EffectiveStatus]
    currency: Mapped[str]
    total_budget_micros: Mapped[Big]
    spent_micros: Mapped[Big]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Ad(Base):
    __tablename__ = "ad"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    title: Mapped[str]
    effective_status: Mapped[EffectiveStatus]
    currency: Mapped[str]
    bid_micros: Mapped[Big]
    created_at: Mapped[datetime]


class MetricHour(Base):
    __tablename__ = "metric_hour"

    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"), primary_key=True)
    placement: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    day: Mapped[date]
    impressions: Mapped[Big]
    clicks: Mapped[Big]
    spend_micros: Mapped[Big]


class Change(Base):
    """A line of history."""

    __tablename__ = "change"

    seq: Mapped[Big] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(default=uuid4)
    at: Mapped[datetime]
    account_id: Mapped[UUID | None]
    actor_user_id: Mapped[UUID | None]
    actor: Mapped[str]
    via: Mapped[str]
    event: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
