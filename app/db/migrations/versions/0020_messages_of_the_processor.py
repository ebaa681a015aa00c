"""Messages of the payment processor, each heard once, and the customer it keeps a card for."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "gateway_message",
        sa.Column("id", base.Text(255), nullable=False),
        sa.Column("received_at", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_message"),
    )
    op.create_index("ix_gateway_message_received_at", "gateway_message", ["received_at"])
    op.add_column("payment_method", sa.Column("customer", base.Text(255), nullable=True))
    op.create_index("ix_payment_method_processor_token", "payment_method", ["processor_token"])


def downgrade() -> None:
    op.drop_index("ix_payment_method_processor_token", "payment_method")
    op.drop_column("payment_method", "customer")
    op.drop_table("gateway_message")
