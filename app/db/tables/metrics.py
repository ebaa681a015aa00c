"""Events as they were counted, and their rollup by the hour."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Micros, Text, choice
from app.domain.delivery import EventKind
from app.domain.metrics import Placement


class AdEvent(Base):
    """One counted event; the primary key is what makes it count once (I11)."""

    __tablename__ = "ad_event"

    auction_id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    slot: Mapped[str] = mapped_column(Text(64), primary_key=True)
    kind: Mapped[EventKind] = mapped_column(choice(EventKind), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"))
    at: Mapped[datetime]
    placement: Mapped[Placement] = mapped_column(choice(Placement))
    position: Mapped[int]
    shopper: Mapped[str | None] = mapped_column(Text(128))
    price_micros: Mapped[int] = mapped_column(Micros)
    charged_micros: Mapped[int] = mapped_column(Micros)


class MetricHour(Base):
    """Additive counters of an ad, placement and position in one hour of the account's time zone."""

    __tablename__ = "metric_hour"
    __table_args__ = (
        Index("ix_metric_hour_account_day", "account_id", "day"),
        Index("ix_metric_hour_campaign_day", "campaign_id", "day"),
        Index("ix_metric_hour_ad_day", "ad_id", "day"),
    )

    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"), primary_key=True)
    placement: Mapped[Placement] = mapped_column(choice(Placement), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    day: Mapped[date]
    hour: Mapped[int]
    impressions: Mapped[int] = mapped_column(BigInteger, default=0)
    clicks: Mapped[int] = mapped_column(BigInteger, default=0)
    unbilled_clicks: Mapped[int] = mapped_column(BigInteger, default=0)
    invalid_clicks: Mapped[int] = mapped_column(BigInteger, default=0)
    spend_micros: Mapped[int] = mapped_column(Micros, default=0)
