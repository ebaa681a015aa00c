"""Cards, accounts that wait for one, and one organization for all of its people."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from app.db import base
from app.domain.text import fold

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _cards()
    with op.batch_alter_table("account") as table:
        table.add_column(sa.Column("awaits_card", sa.Boolean(), nullable=False, server_default=sa.false()))
    _unite_organizations()


def _cards() -> None:
    op.create_table(
        "payment_method",
        sa.Column("processor_token", base.Text(255), nullable=False),
        sa.Column(
            "brand",
            _choice("cardbrand", "VISA MASTERCARD AMERICAN_EXPRESS DISCOVER DINERS_CLUB JCB UNIONPAY OTHER"),
            nullable=False,
        ),
        sa.Column("funding", _choice("cardfunding", "CREDIT DEBIT PREPAID UNKNOWN"), nullable=False),
        sa.Column("last4", base.Text(4), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("status", _choice("paymentmethodstatus", "ACTION_REQUIRED ACTIVE EXPIRED REMOVED"), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("confirmation_url", base.Text(500), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", base.UtcDateTime(), nullable=False),
        sa.Column("removed_at", base.UtcDateTime(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_payment_method_account_id")),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_payment_method_added_by")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_payment_method_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_method")),
    )
    op.create_index("ix_payment_method_account_id", "payment_method", ["account_id"])
    for name, columns, where in (
        ("uq_payment_method_token", ["account_id", "processor_token"], sa.text("status <> 'REMOVED'")),
        ("uq_payment_method_default", ["account_id"], sa.text("is_default")),
    ):
        op.create_index(name, "payment_method", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _unite_organizations() -> None:
    """Members of one account who named the same organization get one row of it: the first."""
    uuid = sa.Uuid()
    member = sa.table("membership", *(sa.column(name, uuid) for name in ("id", "account_id", "organization_id")))
    organization = sa.table("organization", sa.column("id", uuid), sa.column("name", base.Text(100)))
    rows = sa.select(member.c.id, member.c.account_id, organization.c.id, organization.c.name)
    rows = rows.join_from(member, organization, member.c.organization_id == organization.c.id)
    first: dict[tuple[UUID, str], UUID] = {}
    for id, account_id, organization_id, name in op.get_bind().execute(rows.order_by(organization.c.id)).all():
        kept = first.setdefault((account_id, fold(name)), organization_id)
        if kept != organization_id:
            op.execute(member.update().where(member.c.id == id).values(organization_id=kept))


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    op.execute("ALTER TABLE account DROP COLUMN awaits_card")  # a batch would drop what other tables refer to
    op.drop_table("payment_method")
