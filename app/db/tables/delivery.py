"""Auctions as they were decided, what they add up to by the hour, and what pacing and prediction have learnt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Micros, Text, choice
from app.domain.delivery.markets import REAL
from app.domain.delivery.outcomes import Format, Outcome
from app.domain.metrics import Placement


class Auction(Keyed, Base):
    """One auction, kept for some days; `entries` has the best of its candidates, each with its outcome.

    It is `complete` where every candidate was judged: of a very busy second only some auctions are.
    """

    __tablename__ = "auction"

    market: Mapped[UUID] = mapped_column(default=REAL, server_default=REAL.hex)
    request_id: Mapped[str] = mapped_column(Text(128))
    at: Mapped[datetime] = mapped_column(index=True)
    placement: Mapped[Placement] = mapped_column(choice(Placement))
    format: Mapped[Format] = mapped_column(choice(Format))
    search_query: Mapped[str | None] = mapped_column(Text(500))
    interests: Mapped[list[str]] = mapped_column(JSON)
    slots: Mapped[int]
    reserve_micros: Mapped[int] = mapped_column(Micros)
    currency: Mapped[str] = mapped_column(Text(3))
    complete: Mapped[bool]
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class AuctionHour(Base):
    """How many auctions a market had in an hour of UTC, how many ads won, and the clicks that were expected of them.

    A campaign took no part, NO_TARGET_MATCH, in those of its format that `outcome_hour` does not count for it.
    """

    __tablename__ = "auction_hour"

    market: Mapped[UUID] = mapped_column(primary_key=True, default=REAL)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    placement: Mapped[Placement] = mapped_column(choice(Placement), primary_key=True)
    format: Mapped[Format] = mapped_column(choice(Format), primary_key=True)
    auctions: Mapped[int] = mapped_column(BigInteger)
    won: Mapped[int] = mapped_column(BigInteger)
    expected_clicks: Mapped[int] = mapped_column(BigInteger)  # in millionths


class OutcomeHour(Base):
    """In how many auctions of an hour of UTC a campaign came how far: of its ads the one that came furthest counts."""

    __tablename__ = "outcome_hour"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class BidHour(Base):
    """By what price of a click an ad would have won: a histogram of the auctions in which its bid decided.

    Bin b holds prices p (micros) with 2^(b/8) <= p < 2^((b+1)/8). Each slot has a price of its own; what it has more
    than the one below is in that bin (`rungs`). `sum_ctr` adds predicted CTRs (parts per million), `sum_cost` what the
    clicks would have cost: CTR x price, in micros.
    """

    __tablename__ = "bid_hour"

    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    bin: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    sum_ctr: Mapped[int] = mapped_column(BigInteger)
    sum_cost: Mapped[int] = mapped_column(Micros)


class Demand(Base):
    """What a campaign's winners were expected to cost, as if nothing had been held back; every process adds to it."""

    __tablename__ = "campaign_demand"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    expected_micros: Mapped[int] = mapped_column(Micros)


class Pacing(Base):
    """How a campaign is paced (domain/delivery/pacing.py): written by one job, read by every process that serves."""

    __tablename__ = "campaign_pacing"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    pass_through: Mapped[int]
    rate_micros: Mapped[int | None] = mapped_column(Micros)
    demand_micros: Mapped[int] = mapped_column(Micros)
    share: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(index=True)


class ClickRate(Base):
    """What is known of an ad in a placement since its first hour, `through` the last hour that was added.

    `exposed` adds impressions, each times the millionths of shoppers who look at its position.
    """

    __tablename__ = "ad_click_rate"

    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"), primary_key=True)
    placement: Mapped[Placement] = mapped_column(choice(Placement), primary_key=True)
    clicks: Mapped[int] = mapped_column(BigInteger)
    exposed: Mapped[int] = mapped_column(BigInteger)
    through: Mapped[datetime] = mapped_column(index=True)


class Traffic(Base):
    """How many auctions a market expects in an hour of the week, in thousandths; `through` the hour learnt last."""

    __tablename__ = "traffic_week"

    market: Mapped[UUID] = mapped_column(primary_key=True, default=REAL)
    hour: Mapped[int] = mapped_column(primary_key=True)
    auctions: Mapped[int] = mapped_column(BigInteger)
    through: Mapped[datetime]
