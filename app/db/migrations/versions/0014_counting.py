"""Keys of events that outlive them, detail page views, rollups by target, credits, and events parted by the day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0014"
down_revision = "0013"
PLACEMENTS = "SEARCH_RESULTS PRODUCT_DETAIL BRAND_PAGE PARTNER_SITE EMAIL"
KINDS = "IMPRESSION CLICK DETAIL_PAGE_VIEW"
REASONS = "KNOWN_BOT PREFETCH ADDRESS_RATE SHOPPER_RATE NO_IMPRESSION TOO_FAST REPEATED"
COUNTERS = "impressions clicks unbilled_clicks invalid_clicks spend_micros"
VIEWS = "detail_page_views_after_click detail_page_views_after_view"
EVENTS = [
    "auction_id",
    "slot",
    "kind",
    "account_id",
    "ad_id",
    "at",
    "placement",
    "position",
    "shopper",
    "price_micros",
    "charged_micros",
]
KNOWN = sa.text("shopper IS NOT NULL")


def upgrade() -> None:
    _keys()
    op.execute("CREATE TEMPORARY TABLE former_event AS SELECT * FROM ad_event")
    op.drop_table("ad_event")
    _events()
    _detail_page_views()
    _rollups()
    _bounds()
    _move(_with_hours)
    op.execute("INSERT INTO event_key SELECT auction_id, slot, kind, at, NULL FROM ad_event")
    op.execute("DROP TABLE former_event")


def downgrade() -> None:
    op.execute("CREATE TEMPORARY TABLE former_event AS SELECT * FROM ad_event WHERE invalid IS NULL")
    for table in ("ad_event", "detail_page_view", "target_hour", "account_credit", "metric_bounds", "event_key"):
        op.drop_table(table)
    for name in VIEWS.split():
        op.drop_column("metric_hour", name)
    _former_events()
    _move(_without_hours)
    op.execute("DROP TABLE former_event")


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def _to(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))


def _keys() -> None:
    op.create_table(
        "event_key",
        sa.Column("auction_id", sa.Uuid(), nullable=False),
        sa.Column("slot", base.Text(64), nullable=False),
        sa.Column("kind", _choice("eventkind", KINDS), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("forget_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("auction_id", "slot", "kind", name=op.f("pk_event_key")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_event_key_forget_on", "event_key", ["forget_on"])


def _events() -> None:
    op.create_table(
        "ad_event",
        sa.Column("auction_id", sa.Uuid(), nullable=False),
        sa.Column("slot", base.Text(64), nullable=False),
        sa.Column("kind", _choice("eventkind", KINDS), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("placement", _choice("placement", PLACEMENTS), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("shopper", sa.BigInteger(), nullable=True),
        sa.Column("price_micros", sa.BigInteger(), nullable=False),
        sa.Column("charged_micros", sa.BigInteger(), nullable=False),
        sa.Column("invalid", _choice("invalidtraffic", REASONS), nullable=True),
        *_in_hour(),
        _to("ad_event", "account_id", "account"),
        _to("ad_event", "ad_id", "ad"),
        postgresql_partition_by="RANGE (starts_at)",
    )
    op.create_index("ix_ad_event_starts_at", "ad_event", ["starts_at"])
    op.create_index("ix_ad_event_shopper", "ad_event", ["shopper", "at"], sqlite_where=KNOWN, postgresql_where=KNOWN)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE ad_event_rest PARTITION OF ad_event DEFAULT")
        for days in range(-4, 8):
            _part(datetime.now(UTC).date() + timedelta(days))


def _part(day: date) -> None:
    bounds = f"FROM ('{day} 00:00+00') TO ('{day + timedelta(1)} 00:00+00')"
    op.execute(f"CREATE TABLE ad_event_{day:%Y%m%d} PARTITION OF ad_event FOR VALUES {bounds}")


def _in_hour() -> list[sa.Column[Any]]:
    return [
        sa.Column("starts_at", base.UtcDateTime(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
    ]


def _detail_page_views() -> None:
    op.create_table(
        "detail_page_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("shopper", sa.BigInteger(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("placement", _choice("placement", PLACEMENTS), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("after", _choice("after", "CLICK VIEW"), nullable=False),
        sa.Column("touched_at", base.UtcDateTime(), nullable=False),
        sa.Column("rule", base.Text(100), nullable=False),
        *_in_hour(),
        *(_to("detail_page_view", f"{each}_id", each) for each in ("account", "ad", "product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detail_page_view")),
    )
    op.create_index("ix_detail_page_view_starts_at", "detail_page_view", ["starts_at"])
    op.create_index("ix_detail_page_view_shopper", "detail_page_view", ["shopper", "product_id", "at"])


def _rollups() -> None:
    owners = ("ad", "account", "campaign", "product")
    for name in VIEWS.split():
        op.add_column("metric_hour", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "target_hour",
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("placement", _choice("placement", PLACEMENTS), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *(
            sa.Column(f"{each}_id", sa.Uuid(), nullable=each == "product") for each in owners
        ),  # none: it leads to a Page
        *_in_hour(),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTERS.split()),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in VIEWS.split()),
        *(_to("target_hour", f"{each}_id", each) for each in owners),
        sa.PrimaryKeyConstraint("ad_id", "placement", "position", "starts_at", "target", name=op.f("pk_target_hour")),
    )
    op.create_index("ix_target_hour_account_day", "target_hour", ["account_id", "day"])
    op.create_table(
        "account_credit",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("left_micros", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("left_micros >= 0", name=op.f("ck_account_credit_left")),
        _to("account_credit", "account_id", "account"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_credit")),
    )


def _bounds() -> None:
    bounds = op.create_table(
        "metric_bounds",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("final_before", base.UtcDateTime(), nullable=False),
        sa.Column("kept_from", base.UtcDateTime(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_metric_bounds_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_bounds")),
    )
    op.bulk_insert(bounds, [{"id": 1, "final_before": datetime(2000, 1, 1, tzinfo=UTC), "kept_from": None}])


def _former_events() -> None:
    op.create_table(
        "ad_event",
        sa.Column("auction_id", sa.Uuid(), nullable=False),
        sa.Column("slot", base.Text(64), nullable=False),
        sa.Column("kind", _choice("eventkind", "IMPRESSION CLICK"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("placement", _choice("placement", PLACEMENTS), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shopper", base.Text(128), nullable=True),
        sa.Column("price_micros", sa.BigInteger(), nullable=False),
        sa.Column("charged_micros", sa.BigInteger(), nullable=False),
        _to("ad_event", "account_id", "account"),
        _to("ad_event", "ad_id", "ad"),
        sa.PrimaryKeyConstraint("auction_id", "slot", "kind", name=op.f("pk_ad_event")),
    )


def _move(changed: Any) -> None:
    """Copy the former events into the new table, each as *changed* says."""
    connection = op.get_bind()
    kinds = {"auction_id": sa.Uuid(), "account_id": sa.Uuid(), "ad_id": sa.Uuid(), "at": base.UtcDateTime()}
    former = sa.table("former_event", *(sa.column(name, kinds.get(name)) for name in EVENTS))
    into = sa.Table("ad_event", sa.MetaData(), autoload_with=connection)
    for name in kinds.keys() | ({"starts_at"} & set(into.c.keys())):
        into.c[name].type = kinds.get(name, base.UtcDateTime())
    rows = connection.execute(sa.select(former)).mappings().all()
    zones = dict(connection.execute(sa.text("SELECT id, time_zone FROM account").columns(id=sa.Uuid())).all())
    moved = [changed(dict(row), ZoneInfo(zones[row["account_id"]])) for row in rows]
    if moved:
        connection.execute(sa.insert(into), moved)


def _with_hours(row: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Which hour it counted in; its shopper is no more than a word of the log's, which no digest is known of."""
    local = row["at"].astimezone(zone)
    begun = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    hour = {"starts_at": row["at"] - begun, "day": local.date(), "hour": local.hour}
    return {**row, **hour, "target": 0, "shopper": None, "invalid": None}


def _without_hours(row: dict[str, Any], _: ZoneInfo) -> dict[str, Any]:
    shopper = row["shopper"]
    return {**row, "shopper": shopper if shopper is None else str(shopper)}
