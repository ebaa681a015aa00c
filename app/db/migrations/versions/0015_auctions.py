"""Auctions as they were decided, their sums by the hour, pacing, and what is known of click rates."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0015"
down_revision = "0014"
PLACEMENTS = "SEARCH_RESULTS PRODUCT_DETAIL BRAND_PAGE PARTNER_SITE EMAIL"
FORMATS = "LISTINGS BANNERS"
OUTCOMES = (
    "CAMPAIGN_INACTIVE PAYMENT_HOLD NOT_APPROVED OUT_OF_STOCK OUT_OF_FLIGHT NO_TARGET_MATCH NEGATIVE_KEYWORD "
    "FREQUENCY_CAP DUPLICATE_PRODUCT BELOW_RESERVE BUDGET_EXHAUSTED PACED OUTRANKED WON"
)


def upgrade() -> None:
    _auctions()
    _hours()
    _paces()
    _rates()
    op.create_index("ix_metric_hour_starts_at", "metric_hour", ["starts_at"])


def _auctions() -> None:
    op.create_table(
        "auction",
        sa.Column("request_id", base.Text(128), nullable=False),
        _at("at"),
        _choice("placement", "placement", PLACEMENTS),
        _choice("format", "format", FORMATS),
        sa.Column("search_query", base.Text(500), nullable=True),
        sa.Column("slots", sa.Integer(), nullable=False),
        _number("reserve_micros"),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_auction"),
    )
    op.create_index("ix_auction_at", "auction", ["at"])


def _hours() -> None:
    op.create_table(
        "auction_hour",
        _at("starts_at"),
        _choice("placement", "placement", PLACEMENTS),
        _choice("format", "format", FORMATS),
        *map(_number, ("auctions", "won", "expected_clicks")),
        sa.PrimaryKeyConstraint("starts_at", "placement", "format", name="pk_auction_hour"),
    )
    op.create_table(
        "outcome_hour",
        _of("campaign", "outcome_hour"),
        _at("starts_at"),
        _choice("outcome", "outcome", OUTCOMES),
        _number("count"),
        sa.PrimaryKeyConstraint("campaign_id", "starts_at", "outcome", name="pk_outcome_hour"),
    )
    op.create_table(
        "bid_hour",
        _of("ad", "bid_hour"),
        _at("starts_at"),
        sa.Column("bin", sa.Integer(), nullable=False),
        *map(_number, ("count", "sum_ctr", "sum_cost")),
        sa.PrimaryKeyConstraint("ad_id", "starts_at", "bin", name="pk_bid_hour"),
    )


def _paces() -> None:
    op.create_table(
        "campaign_demand",
        _of("campaign", "campaign_demand"),
        _number("expected_micros"),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaign_demand"),
    )
    op.create_table(
        "campaign_pacing",
        _of("campaign", "campaign_pacing"),
        sa.Column("pass_through", sa.Integer(), nullable=False),
        sa.Column("rate_micros", sa.BigInteger(), nullable=True),
        _number("demand_micros"),
        sa.Column("share", sa.Integer(), nullable=False),
        _at("changed_at"),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaign_pacing"),
    )
    op.create_index("ix_campaign_pacing_changed_at", "campaign_pacing", ["changed_at"])
    op.create_table(
        "traffic_week",
        sa.Column("hour", sa.Integer(), nullable=False),
        _number("auctions"),
        _at("through"),
        sa.PrimaryKeyConstraint("hour", name="pk_traffic_week"),
    )


def _rates() -> None:
    op.create_table(
        "ad_click_rate",
        _of("ad", "ad_click_rate"),
        _choice("placement", "placement", PLACEMENTS),
        *map(_number, ("clicks", "exposed")),
        _at("through"),
        sa.PrimaryKeyConstraint("ad_id", "placement", name="pk_ad_click_rate"),
    )
    op.create_index("ix_ad_click_rate_through", "ad_click_rate", ["through"])


def downgrade() -> None:
    op.drop_index("ix_metric_hour_starts_at", "metric_hour")
    for name in ("ad_click_rate", "traffic_week", "campaign_pacing", "campaign_demand", "bid_hour", "outcome_hour"):
        op.drop_table(name)
    op.drop_table("auction_hour")
    op.drop_table("auction")


def _at(name: str) -> sa.Column:
    return sa.Column(name, base.UtcDateTime(), nullable=False)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _choice(name: str, kind: str, values: str) -> sa.Column:
    named = sa.Enum(*values.split(), name=kind, native_enum=False, create_constraint=True, length=40)
    return sa.Column(name, named, nullable=False)


def _of(owner: str, table: str) -> sa.Column:
    key = sa.ForeignKey(f"{owner}.id", name=f"fk_{table}_{owner}_id")
    return sa.Column(f"{owner}_id", sa.Uuid(), key, nullable=False)
