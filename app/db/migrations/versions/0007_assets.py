"""Images that advertisers upload, and the image of an ad."""

import sqlalchemy as sa
from alembic import op

from app.db import base

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    status = sa.Enum(
        "UPLOADING", "READY", "REJECTED", name="assetstatus", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "asset",
        sa.Column("status", status, nullable=False),
        sa.Column("filename", base.Text(200), nullable=False),
        sa.Column("content_type", base.Text(40), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("sha256", base.Text(64), nullable=True),
        sa.Column("storage_key", base.Text(200), nullable=True),
        sa.Column("rejection", base.Text(500), nullable=True),
        sa.Column("token_hash", base.Text(64), nullable=True),
        sa.Column("upload_key", base.Text(200), nullable=True),
        sa.Column("upload_sha256", base.Text(64), nullable=True),
        sa.Column("upload_expires_at", base.UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_asset_created_by")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_asset_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_asset_token_hash")),
    )
    op.create_index("ix_asset_account_id", "asset", ["account_id"])
    op.create_index("ix_asset_account_created", "asset", ["account_id", "created_at", "id"])
    op.create_index("ix_asset_upload_expires_at", "asset", ["upload_expires_at"])
    # Not as a batch: SQLite would drop the table `ad` to make it anew, which its keywords do not let it.
    kind = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(f"ALTER TABLE ad ADD COLUMN image_id {kind} CONSTRAINT fk_ad_image_id REFERENCES asset (id)")


def downgrade() -> None:
    op.drop_column("ad", "image_id")
    op.drop_table("asset")
