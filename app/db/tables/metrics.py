"""Events as they were counted, the keys that make each count once, and their rollups by the hour."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.db.base import Base, Micros, Text, choice
from app.domain.delivery.attribution import After
from app.domain.delivery.events import EventKind
from app.domain.delivery.traffic import InvalidTraffic
from app.domain.metrics import Placement

KNOWN = text("shopper IS NOT NULL")  # unscoped: the condition of an index


class EventKey(Base):
    """The key of an event that was counted (I11). It outlives the event, and the time in which events are taken.

    `at` is when it happened; the keys of replayed logs, which may be replayed again at any time, are never forgotten.
    """

    __tablename__ = "event_key"
    __table_args__ = (Index("ix_event_key_forget_on", "forget_on"),)

    auction_id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    slot: Mapped[str] = mapped_column(Text(64), primary_key=True)
    kind: Mapped[EventKind] = mapped_column(choice(EventKind), primary_key=True)
    at: Mapped[datetime]
    forget_on: Mapped[date | None]


class InHour:
    """What happened in an hour of the account's time zone as it was then: its start, local day, and hour 0 to 23."""

    starts_at: Mapped[datetime]
    day: Mapped[date]
    hour: Mapped[int]


class AdEvent(InHour, Base):
    """One impression or click. Rows are only added, and dropped by the day: what is unique about them is in EventKey.

    On PostgreSQL it is parted by the day of `starts_at`, of which there is no index: it would be taken for an hour
    that runs, whose rows no statistics know, and read whole. The key of the mapping is none of the table's.
    """

    __tablename__ = "ad_event"
    __table_args__ = (
        Index("ix_ad_event_day", "day"),
        Index("ix_ad_event_shopper", "shopper", "at", sqlite_where=KNOWN, postgresql_where=KNOWN),
        {"postgresql_partition_by": "RANGE (starts_at)"},
    )

    auction_id: Mapped[UUID] = mapped_column(Uuid())
    slot: Mapped[str] = mapped_column(Text(64))
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"))
    at: Mapped[datetime]
    placement: Mapped[Placement] = mapped_column(choice(Placement))
    position: Mapped[int]
    target: Mapped[int]
    shopper: Mapped[int | None] = mapped_column(BigInteger)
    price_micros: Mapped[int] = mapped_column(Micros)
    charged_micros: Mapped[int] = mapped_column(Micros)
    invalid: Mapped[InvalidTraffic | None] = mapped_column(choice(InvalidTraffic))

    __mapper_args__ = {"primary_key": (auction_id, slot, kind)}  # noqa: RUF012


class DetailPageView(InHour, Base):
    """A visit of a product's page that is owed to an ad (S51), with the rule by which it is; `id` is from its key."""

    __tablename__ = "detail_page_view"
    __table_args__ = (
        Index("ix_detail_page_view_starts_at", "starts_at"),
        Index("ix_detail_page_view_shopper", "shopper", "product_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    shopper: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    placement: Mapped[Placement] = mapped_column(choice(Placement))
    position: Mapped[int]
    target: Mapped[int]
    after: Mapped[After] = mapped_column(choice(After))
    touched_at: Mapped[datetime]
    rule: Mapped[str] = mapped_column(Text(100))


class Rollup:
    """Additive counters of an ad in one hour of the account's time zone."""

    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"), primary_key=True)
    placement: Mapped[Placement] = mapped_column(choice(Placement), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("product.id"))  # none where the ad leads to a Page
    day: Mapped[date]
    hour: Mapped[int]
    impressions: Mapped[int] = mapped_column(BigInteger, default=0)
    clicks: Mapped[int] = mapped_column(BigInteger, default=0)
    unbilled_clicks: Mapped[int] = mapped_column(BigInteger, default=0)
    invalid_clicks: Mapped[int] = mapped_column(BigInteger, default=0)
    spend_micros: Mapped[int] = mapped_column(Micros, default=0)

    @declared_attr
    def detail_page_views_after_click(cls) -> Mapped[int]:  # noqa: N805
        return mapped_column(BigInteger, default=0, server_default="0")

    @declared_attr
    def detail_page_views_after_view(cls) -> Mapped[int]:  # noqa: N805
        return mapped_column(BigInteger, default=0, server_default="0")


class MetricHour(Rollup, Base):
    """What an ad did in an hour, by placement and position."""

    __tablename__ = "metric_hour"
    __table_args__ = (
        Index("ix_metric_hour_account_day", "account_id", "day"),
        Index("ix_metric_hour_campaign_day", "campaign_id", "day"),
        Index("ix_metric_hour_ad_day", "ad_id", "day"),
        Index("ix_metric_hour_starts_at", "starts_at"),
    )


class TargetHour(Rollup, Base):
    """The same by keyword or interest, of what was shown for one: `target` is 1 + its place among the ad's."""

    __tablename__ = "target_hour"
    __table_args__ = (Index("ix_target_hour_account_day", "account_id", "day"),)

    target: Mapped[int] = mapped_column(primary_key=True)


class MetricBounds(Base):
    """One row: before which moment all figures are final, and from which on all events are kept (None: ever)."""

    __tablename__ = "metric_bounds"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    final_before: Mapped[datetime]
    kept_from: Mapped[datetime | None]
