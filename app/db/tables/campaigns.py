"""Campaigns, their ads and keywords."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Folded, Keyed, Micros, Owned, Text, Versioned, choice
from app.domain.campaigns.status import CampaignKind, ConfiguredStatus, EffectiveStatus, ReviewStatus, SystemStop
from app.domain.campaigns.targeting import MatchType

UNBILLED = text("unbilled_micros > 0")  # unscoped: the condition of an index


class Campaign(Owned, Versioned, Base):
    """A budget with a schedule; `effective_status` and `reasons` are kept by transitions, spend and the clock."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("spent_micros <= total_budget_micros", name="budget"),
        Index("ix_campaign_account_created", "account_id", "created_at", "id"),
        Index("ix_campaign_unbilled", "id", sqlite_where=UNBILLED, postgresql_where=UNBILLED),
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
    payment_method_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_method.id"))  # None: the default
    unbilled_micros: Mapped[int] = mapped_column(Micros, default=0)  # this and what follows: by the ledger alone
    balance_micros: Mapped[int] = mapped_column(Micros, default=0)  # owed of closed charges; below 0: to the advertiser
    ladder_step: Mapped[int] = mapped_column(default=0)
    ledger_length: Mapped[int] = mapped_column(default=0)
    ledger_digest: Mapped[str] = mapped_column(Text(64), default="")


class Ad(Owned, Versioned, Base):
    """An ad of a campaign, leading to a product or a Page; its content never changes once submitted (I8)."""

    __tablename__ = "ad"
    __table_args__ = (
        Index("ix_ad_campaign_created", "campaign_id", "created_at", "id"),
        Index("uq_ad_replaces_id", "replaces_id", unique=True),
        CheckConstraint("(product_id IS NULL) <> (brand_page_id IS NULL)", name="landing"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("product.id"), index=True)
    brand_page_id: Mapped[UUID | None] = mapped_column(ForeignKey("brand_page.id"), index=True)
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
