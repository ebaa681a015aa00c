"""Invoices and credit notes, numbered without gaps, and only ever added to."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0023"
down_revision = "0022"
SAID = "the ledger is only ever added to"


def upgrade() -> None:
    _invoice()
    op.create_table(
        "invoice_counter",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_invoice_counter_account_id"),
        sa.PrimaryKeyConstraint("account_id", "year", name="pk_invoice_counter"),
    )
    _guard()


def _invoice() -> None:
    op.create_table(
        "invoice",
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("number", base.Text(80), nullable=False),
        sa.Column("kind", _choice("invoicekind", "INVOICE CREDIT_NOTE"), nullable=False),
        sa.Column("corrects", base.Text(80), nullable=True),
        sa.Column("reason", base.Text(500), nullable=True),
        sa.Column("issuer", base.Text(1000), nullable=False),
        sa.Column("account_name", base.Text(100), nullable=False),
        sa.Column("vendor_code", base.Text(40), nullable=False),
        sa.Column("campaign_name", base.Text(80), nullable=False),
        sa.Column("issued_at", base.UtcDateTime(), nullable=False),
        sa.Column("time_zone", base.Text(64), nullable=False),
        sa.Column("first_click_at", base.UtcDateTime(), nullable=True),
        sa.Column("last_click_at", base.UtcDateTime(), nullable=True),
        sa.Column("ads", sa.JSON(), nullable=False),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("carried_in_micros", sa.BigInteger(), nullable=False),
        sa.Column("reversed_micros", sa.BigInteger(), nullable=False),
        sa.Column("carried_out_micros", sa.BigInteger(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("digest", base.Text(64), nullable=False),
        sa.Column("download_key", base.Text(64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_invoice_account_id"),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_invoice_charge_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invoice"),
    )
    op.create_index("ix_invoice_account_id", "invoice", ["account_id"])
    op.create_index("ix_invoice_account_issued", "invoice", ["account_id", "issued_at", "id"])
    op.create_index("ix_invoice_charge_issued", "invoice", ["charge_id", "issued_at", "id"])
    op.create_index("uq_invoice_number", "invoice", ["number"], unique=True)
    op.create_index("uq_invoice_place", "invoice", ["account_id", "year", "place"], unique=True)


def _guard() -> None:
    """What was issued stays, and stays as it is (as 0019 has it for the ledger)."""
    if _is_postgresql():
        op.execute(
            "CREATE FUNCTION invoice_kept() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{SAID}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER invoice_kept BEFORE UPDATE OR DELETE ON invoice "
            "FOR EACH ROW EXECUTE FUNCTION invoice_kept()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        name = f"invoice_{verb.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON invoice BEGIN SELECT RAISE(ABORT, '{SAID}'); END")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    op.drop_table("invoice_counter")
    op.drop_table("invoice")
    if _is_postgresql():
        op.execute("DROP FUNCTION invoice_kept()")
