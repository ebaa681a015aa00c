"""What the retailer sells, and the taxonomy of shoppers' interests."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, FetchedValue, ForeignKey, Index, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Folded, Keyed, Micros, Text


class Product(Keyed, Base):
    """A product of a vendor; `title_key` and `brand_key` are folded for sorting.

    `words` and `word_count` are what it is searched by (domain/search.py). The database gives it its `index_number`, by
    which SQLite's index of words knows it.
    """

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("vendor_code", "sku"),
        Index("ix_product_title", "vendor_code", "title_key", "id"),
        Index("ix_product_price", "vendor_code", "price_micros", "id"),
        Index("ix_product_sku", "sku"),
        Index("ix_product_index_number", "index_number", unique=True),
    )

    vendor_code: Mapped[str] = mapped_column(Text(40))
    sku: Mapped[str] = mapped_column(Text(64))
    part: Mapped[str | None] = mapped_column(Text(300))
    title: Mapped[str] = mapped_column(Text(500))
    title_key: Mapped[str] = mapped_column(Folded(1000))
    brand_name: Mapped[str | None] = mapped_column(Text(100))
    brand_key: Mapped[str | None] = mapped_column(Folded(200))
    price_micros: Mapped[int | None] = mapped_column(Micros)
    category: Mapped[list[str]] = mapped_column(JSON, default=list)
    currency: Mapped[str] = mapped_column(Text(3))
    description: Mapped[str | None] = mapped_column(LongText)
    ean: Mapped[str | None] = mapped_column(Text(14))
    detail_url: Mapped[str] = mapped_column(Text(2000))
    image_url: Mapped[str | None] = mapped_column(Text(2000))
    released: Mapped[date | None]
    in_stock: Mapped[bool] = mapped_column(default=True)
    stock_changed_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(LongText, default="")
    word_count: Mapped[int] = mapped_column(default=0)
    index_number: Mapped[int | None] = mapped_column(BigInteger, FetchedValue())


class ProductSlip(Base):
    """A word that products have, under itself and under itself without each of its letters."""

    __tablename__ = "product_slip"

    slip: Mapped[str] = mapped_column(Text(40), primary_key=True)
    word: Mapped[str] = mapped_column(Text(40), primary_key=True)


class Interest(Keyed, Base):
    """A node of the taxonomy that display ads are targeted by (S49)."""

    __tablename__ = "interest"

    name: Mapped[str] = mapped_column(Text(100))
    name_key: Mapped[str] = mapped_column(Folded(200))
    path: Mapped[list[str]] = mapped_column(JSON)


class AdInterest(Base):
    __tablename__ = "ad_interest"

    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"), primary_key=True)
    interest_id: Mapped[UUID] = mapped_column(ForeignKey("interest.id"), primary_key=True)
