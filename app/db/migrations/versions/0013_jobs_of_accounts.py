"""Jobs of accounts."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0013"
down_revision = "0012"
KINDS = ("REPORT", "SANDBOX_ADVANCE")
STATES = ("QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELED")


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name="jobkind", native_enum=False, create_constraint=True, length=40)
    status = sa.Enum(*STATES, name="accountjobstatus", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "account_job",
        sa.Column("kind", kind, nullable=False),
        sa.Column("status", status, nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("steps_done", sa.BigInteger(), nullable=False),
        sa.Column("steps_total", sa.BigInteger(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("result_key", base.Text(200), nullable=True),
        sa.Column("result_name", base.Text(120), nullable=True),
        sa.Column("result_type", base.Text(80), nullable=True),
        sa.Column("download_key", base.Text(64), nullable=True),
        sa.Column("result_expires_at", base.UtcDateTime(), nullable=True),
        sa.Column("discard_at", base.UtcDateTime(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("finished_at", base.UtcDateTime(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_account_job_created_by")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_job_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_job")),
    )
    op.create_index("ix_account_job_account_id", "account_job", ["account_id"])
    op.create_index("ix_account_job_account_created", "account_job", ["account_id", "created_at", "id"])
    op.create_index("ix_account_job_discard_at", "account_job", ["discard_at"])


def downgrade() -> None:
    op.drop_table("account_job")
