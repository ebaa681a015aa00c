"""Test accounts with a clock of their own, and markets: their auctions and forecasts are apart from the real ones."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0018"
down_revision = "0017"
REAL = "0" * 32
MARKETS = {
    "auction_hour": ["starts_at", "placement", "format"],
    "traffic_week": ["hour"],
}
"""The tables whose rows are told apart by their market from now on, with the keys they had."""


def upgrade() -> None:
    op.create_table(
        "sandbox",
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", name="fk_sandbox_account_id"), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("now", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_sandbox"),
    )
    op.add_column("auction", sa.Column("market", sa.Uuid(), nullable=False, server_default=REAL))
    for table, keys in MARKETS.items():
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("market", sa.Uuid(), nullable=False, server_default=REAL))
            batch.drop_constraint(f"pk_{table}", type_="primary")
            batch.create_primary_key(f"pk_{table}", ["market", *keys])


def downgrade() -> None:
    op.drop_table("sandbox")
    _forget("auction")
    op.drop_column("auction", "market")
    for table, keys in MARKETS.items():
        _forget(table)
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"pk_{table}", type_="primary")
            batch.drop_column("market")
            batch.create_primary_key(f"pk_{table}", keys)


def _forget(table: str) -> None:
    """Rows of test accounts have no place in what was there before."""
    rows = sa.table(table, sa.column("market", sa.Uuid()))
    op.execute(sa.delete(rows).where(rows.c.market != UUID(REAL)))
