"""Charges with their lines and attempts, and the ledger: what billing keeps, and what of it is only ever added to."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0019"
down_revision = "0018"
ACCRUING = sa.text("status = 'ACCRUING'")
OWED = sa.text("status IN ('DUE', 'ATTEMPTING', 'FAILED')")
UNANSWERED = sa.text("answered_at IS NULL")
ONLY_ADDED = ("charge_line", "click_reversal", "charge_adjustment", "ledger_transfer")
SAID = "the ledger is only ever added to"
KEPT = ("unbilled_micros", "balance_micros", "ladder_step", "ledger_length", "ledger_digest")


def upgrade() -> None:
    _charge()
    _ledger_transfer()
    _charge_adjustment()
    _charge_attempt()
    _click_reversal()
    _charge_line()
    _of_campaigns()
    op.add_column("account_credit", sa.Column("limit_micros", base.Micros(), nullable=False, server_default="0"))
    op.execute("UPDATE account_credit SET limit_micros = left_micros")
    for table in ONLY_ADDED:
        _guard(table)


def _of_campaigns() -> None:
    """Never in a batch: making the table anew would drop its triggers."""
    for name in KEPT[:2]:
        op.add_column("campaign", sa.Column(name, base.Micros(), nullable=False, server_default="0"))
    for name in KEPT[2:4]:
        op.add_column("campaign", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("campaign", sa.Column("ledger_digest", base.Text(64), nullable=False, server_default=""))
    unbilled = sa.text("unbilled_micros > 0")
    op.create_index("ix_campaign_unbilled", "campaign", ["id"], sqlite_where=unbilled, postgresql_where=unbilled)


def _charge() -> None:
    op.create_table(
        "charge",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column(
            "status",
            _choice("chargestatus", "ACCRUING DUE ATTEMPTING PAID FAILED CREDITED WRITTEN_OFF"),
            nullable=False,
        ),
        sa.Column("cause", _choice("chargecause", "THRESHOLD MONTH_END"), nullable=True),
        sa.Column("threshold_micros", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", base.UtcDateTime(), nullable=False),
        sa.Column("due_at", base.UtcDateTime(), nullable=True),
        sa.Column("charged_at", base.UtcDateTime(), nullable=True),
        sa.Column("next_attempt_at", base.UtcDateTime(), nullable=True),
        sa.Column(
            "failure",
            _choice(
                "chargefailure",
                "DECLINED INSUFFICIENT_FUNDS CARD_EXPIRED CONFIRMATION_REQUIRED NO_PAYMENT_METHOD PROCESSOR_ERROR",
            ),
            nullable=True,
        ),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=True),
        sa.Column("processor_order", base.Text(255), nullable=True),
        sa.Column("lines_count", sa.Integer(), nullable=False),
        sa.Column("digest", base.Text(64), nullable=False),
        sa.Column("carried_micros", sa.BigInteger(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("reversed_micros", sa.BigInteger(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("paid_micros", sa.BigInteger(), nullable=False),
        sa.Column("offset_micros", sa.BigInteger(), nullable=False),
        sa.Column("credited_micros", sa.BigInteger(), nullable=False),
        sa.Column("written_off_micros", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_charge_account_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_charge_campaign_id"),
        sa.ForeignKeyConstraint(["payment_method_id"], ["payment_method.id"], name="fk_charge_payment_method_id"),
        sa.PrimaryKeyConstraint("id", name="pk_charge"),
    )
    op.create_index("ix_charge_account_id", "charge", ["account_id"])
    op.create_index("ix_charge_account_opened", "charge", ["account_id", "opened_at", "id"])
    op.create_index("ix_charge_campaign_opened", "charge", ["campaign_id", "opened_at", "id"])
    op.create_index("ix_charge_next_attempt", "charge", ["next_attempt_at"])
    op.create_index(
        "uq_charge_accruing", "charge", ["campaign_id"], unique=True, sqlite_where=ACCRUING, postgresql_where=ACCRUING
    )
    op.create_index("uq_charge_owed", "charge", ["campaign_id"], unique=True, sqlite_where=OWED, postgresql_where=OWED)


def _ledger_transfer() -> None:
    op.create_table(
        "ledger_transfer",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _choice(
                "transferkind", "ACCRUAL REVERSAL CHARGE RELIEF PAYMENT CREDIT WRITE_OFF CREDIT_GIVEN CREDIT_TAKEN"
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("digest", base.Text(64), nullable=False),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_ledger_transfer_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_ledger_transfer_account_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_ledger_transfer_campaign_id"),
        sa.PrimaryKeyConstraint("campaign_id", "number", name="pk_ledger_transfer"),
    )
    op.create_index("ix_ledger_transfer_account", "ledger_transfer", ["account_id", "kind"])
    op.create_index("uq_ledger_transfer_source", "ledger_transfer", ["kind", "source_id"], unique=True)


def _charge_adjustment() -> None:
    op.create_table(
        "charge_adjustment",
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("adjustmentkind", "CREDIT WRITE_OFF"), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("reason", base.Text(500), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_charge_adjustment_account_id"),
        sa.ForeignKeyConstraint(["by_user_id"], ["user.id"], name="fk_charge_adjustment_by_user_id"),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_charge_adjustment_charge_id"),
        sa.PrimaryKeyConstraint("id", name="pk_charge_adjustment"),
    )
    op.create_index("ix_charge_adjustment_account_id", "charge_adjustment", ["account_id"])
    op.create_index("ix_charge_adjustment_charge_id", "charge_adjustment", ["charge_id"])


def _charge_attempt() -> None:
    op.create_table(
        "charge_attempt",
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=True),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", base.UtcDateTime(), nullable=True),
        sa.Column("succeeded", sa.Boolean(), nullable=True),
        sa.Column(
            "failure",
            _choice(
                "chargefailure",
                "DECLINED INSUFFICIENT_FUNDS CARD_EXPIRED CONFIRMATION_REQUIRED NO_PAYMENT_METHOD PROCESSOR_ERROR",
            ),
            nullable=True,
        ),
        sa.Column("confirmation_url", base.Text(2000), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_charge_attempt_account_id"),
        sa.ForeignKeyConstraint(["by_user_id"], ["user.id"], name="fk_charge_attempt_by_user_id"),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_charge_attempt_charge_id"),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_method.id"], name="fk_charge_attempt_payment_method_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_charge_attempt"),
    )
    op.create_index("ix_charge_attempt_account_id", "charge_attempt", ["account_id"])
    op.create_index("uq_charge_attempt_number", "charge_attempt", ["charge_id", "number"], unique=True)
    op.create_index(
        "uq_charge_attempt_open",
        "charge_attempt",
        ["charge_id"],
        unique=True,
        sqlite_where=UNANSWERED,
        postgresql_where=UNANSWERED,
    )


def _click_reversal() -> None:
    op.create_table(
        "click_reversal",
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("reason", base.Text(500), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_click_reversal_account_id"),
        sa.ForeignKeyConstraint(["by_user_id"], ["user.id"], name="fk_click_reversal_by_user_id"),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_click_reversal_charge_id"),
        sa.PrimaryKeyConstraint("id", name="pk_click_reversal"),
    )
    op.create_index("ix_click_reversal_account_id", "click_reversal", ["account_id"])
    op.create_index("ix_click_reversal_charge_id", "click_reversal", ["charge_id"])


def _charge_line() -> None:
    op.create_table(
        "charge_line",
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("auction_id", sa.Uuid(), nullable=False),
        sa.Column("slot", base.Text(64), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", base.Text(3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["ad_id"], ["ad.id"], name="fk_charge_line_ad_id"),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_charge_line_charge_id"),
        sa.PrimaryKeyConstraint("id", name="pk_charge_line"),
    )
    op.create_index("uq_charge_line_click", "charge_line", ["auction_id", "slot"], unique=True)
    op.create_index("uq_charge_line_number", "charge_line", ["charge_id", "number"], unique=True)


def _guard(table: str) -> None:
    """Whoever writes to the database, and however: a row that was added stays, and stays as it is."""
    if _is_postgresql():
        op.execute(
            f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{SAID}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_kept()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        name = f"{table}_{verb.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{SAID}'); END")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    op.drop_index("ix_campaign_unbilled", "campaign")
    for name in KEPT:
        op.drop_column("campaign", name)
    op.drop_column("account_credit", "limit_micros")
    for table in ("ledger_transfer", "charge_adjustment", "click_reversal", "charge_line", "charge_attempt", "charge"):
        op.drop_table(table)
    for table in ONLY_ADDED if _is_postgresql() else ():
        op.execute(f"DROP FUNCTION {table}_kept()")
