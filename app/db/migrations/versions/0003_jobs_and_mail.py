"""Jobs under a lease, one-time links, mail that is sent, and memberships that may begin again."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0003"
down_revision = "0002"
ACTIVE = sa.text("status = 'ACTIVE'")


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("kind", base.Text(64), nullable=False),
        sa.Column("name", base.Text(64), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("status", _choice("jobstatus", "QUEUED RUNNING DONE DEAD"), nullable=False),
        sa.Column("due_at", base.UtcDateTime(), nullable=False),
        sa.Column("leased_until", base.UtcDateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", base.Text(500), nullable=True),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("ended_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("name", name=op.f("uq_job_name")),
    )
    op.create_index("ix_job_status_due_at", "job", ["status", "due_at"])
    op.create_table(
        "one_time_link",
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", base.Text(64), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("expires_at", base.UtcDateTime(), nullable=False),
        sa.Column("used_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_one_time_link_secret_hash")),
    )
    op.create_index("ix_one_time_link_subject_id", "one_time_link", ["subject_id"])
    _mail()
    with op.batch_alter_table("membership") as table:
        table.drop_constraint("uq_membership_user_id_account_id", type_="unique")
        table.add_column(sa.Column("muted", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index(
        "uq_membership_active",
        "membership",
        ["user_id", "account_id"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )


def _mail() -> None:
    """What was owed before mail could be sent is not kept: no job sends it, and nobody waits for it any more."""
    op.execute("DELETE FROM email_message")
    with op.batch_alter_table("email_message") as table:
        table.drop_column("subject")
        table.add_column(sa.Column("subject_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("last_error", base.Text(500), nullable=True))
        table.add_column(sa.Column("sent_at", base.UtcDateTime(), nullable=True))
    op.create_index("ix_email_message_subject_id", "email_message", ["subject_id"])
    with op.batch_alter_table("invitation") as table:
        table.add_column(sa.Column("mailed_at", base.UtcDateTime(), nullable=True))
    op.execute("UPDATE invitation SET mailed_at = created_at")
    with op.batch_alter_table("invitation") as table:
        table.alter_column("mailed_at", existing_type=base.UtcDateTime(), nullable=False)


def _choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    op.drop_index("uq_membership_active", "membership")
    op.execute("DELETE FROM membership WHERE status = 'REMOVED'")
    with op.batch_alter_table("membership") as table:
        table.create_unique_constraint("uq_membership_user_id_account_id", ["user_id", "account_id"])
        table.drop_column("muted")
    with op.batch_alter_table("invitation") as table:
        table.drop_column("mailed_at")
    op.drop_index("ix_email_message_subject_id", "email_message")
    with op.batch_alter_table("email_message") as table:
        for name in ("subject_id", "attempts", "last_error", "sent_at"):
            table.drop_column(name)
        table.add_column(sa.Column("subject", base.Text(255), nullable=False, server_default=""))
    op.drop_table("one_time_link")
    op.drop_table("job")
