"""What sessions were begun with, and when they were last used."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("session", sa.Column("user_agent", base.Text(400), nullable=True))
    op.add_column("session", sa.Column("last_seen_at", base.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("session", "last_seen_at")
    op.drop_column("session", "user_agent")
