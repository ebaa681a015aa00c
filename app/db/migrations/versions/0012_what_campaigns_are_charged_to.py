"""The card that a campaign is charged to, where it is another than the account's default."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # in place: a batch would copy the table, which SQLite refuses while ads refer to it
    kind = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    refers = "CONSTRAINT fk_campaign_payment_method_id REFERENCES payment_method (id)"
    op.execute(f"ALTER TABLE campaign ADD COLUMN payment_method_id {kind} {refers}")


def downgrade() -> None:
    op.execute("ALTER TABLE campaign DROP COLUMN payment_method_id")
