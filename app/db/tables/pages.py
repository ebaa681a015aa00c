"""Brand Pages: their content in snapshots, their addresses, their widgets, and what they are searched by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Folded, Keyed, Owned, Text, Versioned, choice
from app.domain.pages.content import PageTemplate, SectionKind
from app.domain.pages.page import PageKind, PageStatus
from app.domain.pages.slugs import MOST
from app.domain.pages.widgets import WidgetKind


class PageContent(Owned, Base):
    """What a Page shows. The draft is changed; what was handed in or is published is a snapshot that never changes."""

    __tablename__ = "page_content"

    title: Mapped[str] = mapped_column(Text(80))
    tagline: Mapped[str | None] = mapped_column(Text(160))
    template: Mapped[PageTemplate] = mapped_column(choice(PageTemplate))
    logo_id: Mapped[UUID | None] = mapped_column(ForeignKey("asset.id"))
    hero_id: Mapped[UUID | None] = mapped_column(ForeignKey("asset.id"))
    digest: Mapped[str] = mapped_column(Text(64))
    created_at: Mapped[datetime]


class BrandPage(Owned, Versioned, Base):
    """The Page of a brand, which has one (I5); `name_key` and `grams` are of the brand's name, for searching."""

    __tablename__ = "brand_page"
    __table_args__ = (Index("ix_brand_page_search", "is_public", "kind", "name_key", "id"),)

    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brand.id"), unique=True)
    kind: Mapped[PageKind] = mapped_column(choice(PageKind))
    status: Mapped[PageStatus] = mapped_column(choice(PageStatus), default=PageStatus.DRAFT)
    is_public: Mapped[bool] = mapped_column(default=False)
    slug: Mapped[str] = mapped_column(Text(MOST))  # one of its rows of page_slug, where no two Pages have the same
    name_key: Mapped[str] = mapped_column(Folded(200))
    grams: Mapped[int]
    draft_id: Mapped[UUID] = mapped_column(ForeignKey("page_content.id"))
    submitted_id: Mapped[UUID | None] = mapped_column(ForeignKey("page_content.id"))
    published_id: Mapped[UUID | None] = mapped_column(ForeignKey("page_content.id"))
    published_at: Mapped[datetime | None]


class PageSection(Keyed, Base):
    """A part of a content, in the owner's order."""

    __tablename__ = "page_section"
    __table_args__ = (Index("ix_page_section_place", "content_id", "place", "id"),)

    content_id: Mapped[UUID] = mapped_column(ForeignKey("page_content.id"))
    place: Mapped[int]
    kind: Mapped[SectionKind] = mapped_column(choice(SectionKind))
    heading: Mapped[str | None] = mapped_column(Text(100))
    text: Mapped[str | None] = mapped_column(LongText)
    image_id: Mapped[UUID | None] = mapped_column(ForeignKey("asset.id"))


class PageProduct(Base):
    """A product that a content shows below its sections."""

    __tablename__ = "page_product"

    content_id: Mapped[UUID] = mapped_column(ForeignKey("page_content.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), primary_key=True)
    place: Mapped[int]


class SectionProduct(Base):
    """A product that a section shows."""

    __tablename__ = "section_product"

    section_id: Mapped[UUID] = mapped_column(ForeignKey("page_section.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), primary_key=True)
    place: Mapped[int]


class PageSlug(Base):
    """An address of a Page, now or earlier: it never comes to lead to another."""

    __tablename__ = "page_slug"

    slug: Mapped[str] = mapped_column(Text(MOST), primary_key=True)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("brand_page.id"), index=True)
    since: Mapped[datetime]


class PageWidget(Keyed, Base):
    """An automated widget of a Page, shown or not, and when its products were computed last."""

    __tablename__ = "page_widget"
    __table_args__ = (UniqueConstraint("page_id", "kind"),)

    page_id: Mapped[UUID] = mapped_column(ForeignKey("brand_page.id"))
    kind: Mapped[WidgetKind] = mapped_column(choice(WidgetKind))
    enabled: Mapped[bool] = mapped_column(default=False)
    computed_at: Mapped[datetime | None]


class WidgetProduct(Base):
    """A product that was computed for a widget, the best first."""

    __tablename__ = "widget_product"

    widget_id: Mapped[UUID] = mapped_column(ForeignKey("page_widget.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), primary_key=True)
    place: Mapped[int]


class PageGram(Base):
    """A trigram of the name of a Page's brand: the same search on both databases, whatever extensions they have."""

    __tablename__ = "page_gram"

    gram: Mapped[str] = mapped_column(Text(3), primary_key=True)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("brand_page.id"), primary_key=True)
