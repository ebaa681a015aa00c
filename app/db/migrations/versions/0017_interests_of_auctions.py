"""The interests of the shopper that an auction was held for: audiences are estimated by them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("auction", sa.Column("interests", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("auction", "interests")
