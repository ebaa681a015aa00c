"""How an account pays."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Owned, Text, choice
from app.domain.billing import CardBrand, CardFunding, PaymentMethodStatus

KEPT = text("status <> 'REMOVED'")  # unscoped: the condition of an index
DEFAULT = text("is_default")  # unscoped: likewise


class PaymentMethod(Owned, Base):
    """A card as the processor knows it (S67): its number is never here. At most one is the account's default."""

    __tablename__ = "payment_method"
    __table_args__ = (
        Index(
            "uq_payment_method_token",
            "account_id",
            "processor_token",
            unique=True,
            sqlite_where=KEPT,
            postgresql_where=KEPT,
        ),
        Index("uq_payment_method_default", "account_id", unique=True, sqlite_where=DEFAULT, postgresql_where=DEFAULT),
    )

    processor_token: Mapped[str] = mapped_column(Text(255))
    brand: Mapped[CardBrand] = mapped_column(choice(CardBrand))
    funding: Mapped[CardFunding] = mapped_column(choice(CardFunding))
    last4: Mapped[str] = mapped_column(Text(4))
    expires_on: Mapped[date]
    status: Mapped[PaymentMethodStatus] = mapped_column(choice(PaymentMethodStatus))
    is_default: Mapped[bool] = mapped_column(default=False)
    confirmation_url: Mapped[str | None] = mapped_column(Text(500))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"))  # of who added it
    added_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
