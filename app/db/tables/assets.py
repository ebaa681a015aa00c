"""Images that advertisers upload."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Owned, Text, choice
from app.domain.assets import AssetStatus


class Asset(Owned, Base):
    """An upload, and the image that became of it: what a READY one holds never changes.

    `content_type` and `bytes` are those announced until it is READY, then those of the image that was drawn afresh.
    """

    __tablename__ = "asset"
    __table_args__ = (Index("ix_asset_account_created", "account_id", "created_at", "id"),)

    status: Mapped[AssetStatus] = mapped_column(choice(AssetStatus), default=AssetStatus.UPLOADING)
    filename: Mapped[str] = mapped_column(Text(200))
    content_type: Mapped[str] = mapped_column(Text(40))
    bytes: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(Text(64))
    storage_key: Mapped[str | None] = mapped_column(Text(200))
    rejection: Mapped[str | None] = mapped_column(Text(500))
    token_hash: Mapped[str | None] = mapped_column(Text(64), unique=True)  # of the address it is uploaded to, if ours
    upload_key: Mapped[str | None] = mapped_column(Text(200))  # where the upload is; none once it is deleted
    upload_sha256: Mapped[str | None] = mapped_column(Text(64))
    upload_expires_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
