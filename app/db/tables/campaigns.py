"""Campaigns, their ads and keywords."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Folded, Keyed, Micros, Owned, Text, Versioned, choice
from app.domain.campaigns.status import CampaignKind, ConfiguredStatus, EffectiveStatus, ReviewStatus, SystemStop
from app.domain.campaigns.targeting import MatchType


class Campaign(Owned, Versioned, Base):
    """A budget with a schedule; `effective_status` and `reasons` are kept by transitions, spend and the clock."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("spent_micros <= total_budget_micros", name="budget"),
        Index("ix_campaign_account_created", "account_id", "created_at", "id"),
    )

    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brand.id"))
    kind: Mapped[CampaignKind] = mapped_column(choice(CampaignKind))
    name: Mapped[str] = mapped_column(Text(80))
    name_key: Mapped[str] = mapped_column(Folded(200))
    configured_status: Mapped[ConfiguredStatus] = mapped_column(
        choice(ConfiguredStatus), default=ConfiguredStatus.ENABLED
    )
    effective_status: Mapped[EffectiveStatus] = mapped_column(choice(EffectiveStatus))
    reasons: Mapped[list[str]] = mapped_column(JSON)
    currency: Mapped[str] = mapped_column(Text(3))
    total_budget_micros: Mapped[int] = mapped_column(Micros)
    daily_budget_micros: Mapped[int | None] = mapped_column(Micros)
    spent_micros: Mapped[int] = mapped_column(Micros, default=0)
    spent_today_micros: Mapped[int] = mapped_column(Micros, default=0)
    spent_on: Mapped[date | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    duplicated_from_id: Mapped[UUID | None]


class Ad(Owned, Versioned, Base):
    """An ad of a campaign; its content never changes once submitted (I8)."""

    __tablename__ = "ad"
    __table_args__ = (
        Index("ix_ad_campaign_created", "campaign_id", "created_at", "id"),
        Index("uq_ad_replaces_id", "replaces_id", unique=True),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), index=True)
    title: Mapped[str] = mapped_column(Text(50))
    title_key: Mapped[str] = mapped_column(Folded(200))
    headline: Mapped[str] = mapped_column(Text(120))
    image_id: Mapped[UUID | None] = mapped_column(ForeignKey("asset.id"))
    currency: Mapped[str] = mapped_column(Text(3))
    bid_micros: Mapped[int] = mapped_column(Micros)
    configured_status: Mapped[ConfiguredStatus] = mapped_column(
        choice(ConfiguredStatus), default=ConfiguredStatus.ENABLED
    )
    review_status: Mapped[ReviewStatus] = mapped_column(choice(ReviewStatus), default=ReviewStatus.DRAFT)
    system_stop: Mapped[SystemStop] = mapped_column(choice(SystemStop), default=SystemStop.NONE)
    effective_status: Mapped[EffectiveStatus] = mapped_column(choice(EffectiveStatus))
    reasons: Mapped[list[str]] = mapped_column(JSON)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("ad.id"))
    submitted_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]


class Keyword(Keyed, Base):
    """A keyword of an ad, in the order the advertiser gave."""

    __tablename__ = "keyword"
    __table_args__ = (Index("ix_keyword_ad_place", "ad_id", "place", "id"),)

    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"))
    place: Mapped[int]
    text: Mapped[str] = mapped_column(Text(80))
    match: Mapped[MatchType] = mapped_column(choice(MatchType))
    bid_micros: Mapped[int | None] = mapped_column(Micros)
    currency: Mapped[str] = mapped_column(Text(3))
