"""Tokens of the retailer's feeds, categories, copies of campaigns, and a history that is read in its order."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0010"
down_revision = "0009"
VIAS, FORMER_VIAS = (
    "'SESSION', 'API_TOKEN', 'STAFF', 'JOB', 'COMMAND_LINE'",
    "'SESSION', 'API_TOKEN', 'JOB', 'COMMAND_LINE'",
)
# A transaction has its number before it takes a `seq`, and the horizon is looked for after that: one more than the
# greatest number that any transaction of this database has by then (those of others have 32 bits of it).
NUMBERED = """
CREATE FUNCTION endcap_take_number() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN PERFORM pg_current_xact_id(); RETURN NULL; END $$
"""
HORIZON = """
CREATE FUNCTION endcap_horizon() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE mine bigint := pg_current_xact_id()::text::bigint; latest bigint;
BEGIN
  PERFORM pg_stat_clear_snapshot();
  SELECT max(a.backend_xid::text::bigint) INTO latest FROM pg_stat_activity a WHERE a.datname = current_database();
  RETURN greatest(mine, mine - mine % 4294967296 + coalesce(latest, 0)) + 1;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "ingest_token",
        sa.Column("name", base.Text(80), nullable=False),
        sa.Column("prefix", base.Text(16), nullable=False),
        sa.Column("token_hash", base.Text(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("last_used_at", base.UtcDateTime(), nullable=True),
        sa.Column("expires_at", base.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_ingest_token_token_hash")),
    )
    op.add_column("product", sa.Column("category", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("ix_product_sku", "product", ["sku"])
    op.add_column("campaign", sa.Column("duplicated_from_id", sa.Uuid(), nullable=True))
    with op.batch_alter_table("change", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint(op.f("ck_change_via"), type_="check")
        table.create_check_constraint(op.f("ck_change_via"), f"via IN ({VIAS})")
        table.add_column(sa.Column("reverts_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("horizon", sa.BigInteger(), nullable=True))
        table.create_foreign_key("fk_change_reverts_id", "change", ["reverts_id"], ["id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(NUMBERED)
        op.execute(HORIZON)
        number = "BEFORE INSERT ON change FOR EACH STATEMENT EXECUTE FUNCTION endcap_take_number()"
        op.execute(f"CREATE TRIGGER endcap_number {number}")
        op.execute("ALTER TABLE change ALTER COLUMN horizon SET DEFAULT endcap_horizon()")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE change ALTER COLUMN horizon DROP DEFAULT")
        op.execute("DROP TRIGGER endcap_number ON change")
        op.execute("DROP FUNCTION endcap_horizon")
        op.execute("DROP FUNCTION endcap_take_number")
    op.execute("UPDATE change SET via = 'SESSION' WHERE via = 'STAFF'")
    with op.batch_alter_table("change", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint("fk_change_reverts_id", type_="foreignkey")
        table.drop_column("reverts_id")
        table.drop_column("horizon")
        table.drop_constraint(op.f("ck_change_via"), type_="check")
        table.create_check_constraint(op.f("ck_change_via"), f"via IN ({FORMER_VIAS})")
    op.drop_column("campaign", "duplicated_from_id")
    op.drop_index("ix_product_sku", "product")
    op.drop_column("product", "category")
    op.drop_table("ingest_token")
