"""Logins elsewhere: those that were begun, and who people proved to be."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("provider", base.Text(40), nullable=False),
        sa.Column("state_hash", base.Text(64), nullable=False),
        sa.Column("nonce", base.Text(64), nullable=False),
        sa.Column("verifier", base.Text(64), nullable=False),
        sa.Column("return_to", base.Text(2000), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("expires_at", base.UtcDateTime(), nullable=False),
        sa.Column("used_at", base.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name="fk_login_attempt_registration_id"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_login_attempt_session_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_login_attempt_registration_id")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_login_attempt_state_hash")),
    )
    op.create_table(
        "external_identity",
        sa.Column("issuer", base.Text(255), nullable=False),
        sa.Column("subject", base.Text(255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_external_identity_user_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_external_identity_issuer_subject")),
    )
    op.create_index("ix_external_identity_user_id", "external_identity", ["user_id"])


def downgrade() -> None:
    op.drop_table("external_identity")
    op.drop_table("login_attempt")
