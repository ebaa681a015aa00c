"""Cards whose end is told ahead, once."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("payment_method", sa.Column("warned_at", base.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("payment_method", "warned_at")
