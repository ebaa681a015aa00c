"""What is read of Pages: by their account, by everybody at their address, and by those who look for a brand."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, exists, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from app.db.base import Text
from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.parameters import typed
from app.db.reads import Many, One, RootOne, RootPaged
from app.db.scope import under, within
from app.db.tables.accounts import Account, Brand
from app.db.tables.catalogue import Product
from app.db.tables.moderation import ModerationCase
from app.db.tables.pages import (
    BrandPage,
    PageContent,
    PageGram,
    PageProduct,
    PageSection,
    PageSlug,
    PageWidget,
    SectionProduct,
    WidgetProduct,
)
from app.domain.access import Level, Scope
from app.domain.accounts import AccountStatus
from app.domain.pages import search
from app.domain.pages.page import PageKind
from app.domain.pages.slugs import MOST
from app.domain.search import Search
from app.resolvers.assets import asset_of
from app.resolvers.catalogue import matching

SHOWN = (AccountStatus.ACTIVE, AccountStatus.PAYMENT_HOLD)
"""A Page of an account that is suspended or closed is shown to nobody."""
_DRAFT, _OTHER = aliased(PageContent), aliased(PageContent)


def _of_account(column: Any) -> Any:
    return select(column).where(Account.id == BrandPage.account_id).scalar_subquery()  # unscoped: of the Page's own


def _is_draft(id: Any) -> Any:
    """Whether the draft is the same as another content of the Page."""
    alike = _DRAFT.digest == _OTHER.digest
    # unscoped: contents of the Page's own
    return exists().where(_DRAFT.id == BrandPage.draft_id, _OTHER.id == id, alike)


FACTS = (
    BrandPage.kind,
    BrandPage.status,
    _of_account(Account.status).label("account_status"),
    # unscoped: of the Page's own
    select(Brand.approved).where(Brand.id == BrandPage.brand_id).scalar_subquery().label("brand_approved"),
    BrandPage.is_public,
    BrandPage.published_id.is_not(None).label("was_public"),
    _is_draft(BrandPage.published_id).label("is_approved"),
    _is_draft(BrandPage.submitted_id).label("is_handed_in"),
    # unscoped: the case of the Page's own snapshot
    exists()
    .where(ModerationCase.content_id == BrandPage.submitted_id, ModerationCase.appealed_at.is_not(None))
    .label("appealed"),
)
"""The columns that `PageFacts` is made of, in its order."""
_CHANGED = (~_is_draft(BrandPage.published_id)).label("has_unpublished_changes")


def _shown() -> Any:
    """That everybody may see the Page."""
    may = or_(*(Account.status == each for each in SHOWN))
    return BrandPage.is_public & exists().where(Account.id == BrandPage.account_id, may)  # unscoped: of the Page's own


_AROUND = (
    *(each for each in FACTS if each.key not in BrandPage.__table__.c),
    _CHANGED,
    _shown().label("shown"),
    _of_account(Account.currency).label("currency"),
)


def pages(scope: Scope, ids: Collection[UUID]) -> Selection:
    """Pages of the scope's accounts; a moderator sees those of all that were handed in, and no foreign drafts."""
    rows = within(scope, BrandPage).add_columns(*_AROUND).where(any_of(BrandPage.id, ids))
    if scope.level is not Level.MODERATOR:
        return rows
    return rows.where(BrandPage.submitted_id.is_not(None) | any_of(BrandPage.account_id, scope.visible))


def page_of(where: Condition) -> Selection:
    return under(BrandPage).add_columns(*_AROUND).where(where(BrandPage.id))


def page_of_brand(where: Condition) -> Selection:
    return under(BrandPage).add_columns(*_AROUND).where(where(BrandPage.brand_id))


def public_page(scope: Scope, slug: str) -> Selection:  # noqa: ARG001 - everybody
    """The Page at an address, or that was there once, where everybody may see it."""
    return under(BrandPage).add_columns(*_AROUND).where(_at(slug), _shown())


def _at(slug: str) -> Any:
    """That a Page is at an address, or was there once."""
    # unscoped: everybody may know
    return BrandPage.id.in_(select(PageSlug.page_id).where(PageSlug.slug == typed(slug, Text(MOST))))


def page_products(scope: Scope, slug: str, search: Search) -> Selection:  # noqa: ARG001 - everybody
    """Products of the brand whose public Page is at an address, and others that it shows, that match a search."""
    # unscoped: a Page that everybody may see
    here = select(BrandPage.account_id, BrandPage.name_key, BrandPage.published_id).where(_at(slug), _shown())
    page = here.cte("page")
    vendor = select(Account.vendor_code).join(page, page.c.account_id == Account.id).scalar_subquery()  # unscoped: its
    brand, content = select(page.c.name_key).scalar_subquery(), select(page.c.published_id).scalar_subquery()
    # unscoped: below the content of that Page
    below = select(PageProduct.product_id).where(PageProduct.content_id == content)
    sections = select(SectionProduct.product_id).join_from(SectionProduct, PageSection)  # unscoped: likewise
    sections = sections.where(PageSection.content_id == content)
    mine = or_(Product.brand_key == brand, Product.id.in_(below), Product.id.in_(sections))
    return matching(vendor, search, mine)


@dataclass(frozen=True)
class Sought:
    """What somebody looks for, as trigrams."""

    grams: frozenset[str]
    size: int

    @classmethod
    def of(cls, query: str) -> "Sought":
        grams = search.sought(query)
        return cls(grams, len(grams))


def found_pages(scope: Scope, sought: Sought) -> Selection:  # noqa: ARG001 - everybody
    """The public, UPGRADED Pages whose brand's name is like what is sought, the most alike first (S44, I6)."""
    # unscoped: names of brands, which are public with the Page
    hits = select(PageGram.page_id, func.count().label("hits")).where(any_of(PageGram.gram, sought.grams))
    met = hits.group_by(PageGram.page_id).subquery("met")
    here, size = met.c.hits, typed(sought.size, Integer())
    least, whole = search.PARTS_OF_QUERY
    most_of, all_of = search.PARTS_OF_NAME
    alike = or_(
        here * _number(whole) >= size * _number(least), here * _number(all_of) >= BrandPage.grams * _number(most_of)
    )
    shared = here * _number(2 * search.ALIKE) // (size + BrandPage.grams)
    rows = under(BrandPage).add_columns(*_AROUND, (_number(search.ALIKE) - shared).label("distance"))
    return rows.join(met, met.c.page_id == BrandPage.id).where(_shown(), BrandPage.kind == PageKind.UPGRADED, alike)


def _number(value: int) -> Any:
    return literal_column(str(value), Integer())


# ---- below a Page


def content_of(where: Condition) -> Selection:
    return under(PageContent).where(where(PageContent.id))


def sections_of_content(where: Condition) -> Selection:
    return under(PageSection).where(where(PageSection.content_id))


def products_of_content(where: Condition) -> Selection:
    # unscoped: below a content
    rows = select(*Product.__table__.c, PageProduct.content_id, PageProduct.place).join_from(PageProduct, Product)
    return rows.where(where(PageProduct.content_id))


def products_of_section(where: Condition) -> Selection:
    # unscoped: below a section
    rows = select(*Product.__table__.c, SectionProduct.section_id, SectionProduct.place)
    return rows.join_from(SectionProduct, Product).where(where(SectionProduct.section_id))


def widgets_of_page(where: Condition) -> Selection:
    return under(PageWidget).where(where(PageWidget.page_id))


_BEFORE, _BETTER = aliased(WidgetProduct), aliased(Product)


def products_of_widget(where: Condition, first: int) -> Selection:
    """The first of a widget's products that are in stock: what ran out gives its place to the next."""
    # unscoped: below a widget
    before = select(func.count()).select_from(_BEFORE).join(_BETTER, _BETTER.id == _BEFORE.product_id)
    better = (_BEFORE.widget_id == WidgetProduct.widget_id) & (_BEFORE.place < WidgetProduct.place)
    place = before.where(better, _BETTER.in_stock).correlate(WidgetProduct).scalar_subquery()
    rows = select(*Product.__table__.c, WidgetProduct.widget_id, WidgetProduct.place)  # unscoped: likewise
    rows = rows.join_from(WidgetProduct, Product).where(where(WidgetProduct.widget_id))
    return rows.where(Product.in_stock, place < typed(first, Integer()))


_BY_PLACE = Order(("place", "id"))
PAGES = RootOne(pages)
PUBLIC_PAGE = RootOne(public_page)
PAGE_PRODUCTS = RootPaged(page_products, orders={None: Order(("rank", "title_key", "id"))})
PAGE_OF_BRAND = One(page_of_brand, key="brand_id")
LANDING_PAGE = One(page_of, key="id", of="brand_page_id")
FOUND_PAGES = RootPaged(found_pages, orders={None: Order(("distance", "name_key", "id"))})
DRAFT_OF = One(content_of, key="id", of="draft_id")
PUBLISHED_OF = One(content_of, key="id", of="published_id")
CONTENT_OF_CASE = One(content_of, key="id", of="content_id")
LOGO_OF = One(asset_of, key="id", of="logo_id")
HERO_OF = One(asset_of, key="id", of="hero_id")
SECTIONS_OF_CONTENT = Many(sections_of_content, key="content_id", order=_BY_PLACE)
PRODUCTS_OF_CONTENT = Many(products_of_content, key="content_id", order=_BY_PLACE)
PRODUCTS_OF_SECTION = Many(products_of_section, key="section_id", order=_BY_PLACE)
WIDGETS_OF_PAGE = Many(widgets_of_page, key="page_id", order=Order(("kind", "id")))
PRODUCTS_OF_WIDGET = Many(products_of_widget, key="widget_id", order=_BY_PLACE)
