"""Brand Pages: what they show, and how far they have come."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.db.page import size
from app.domain.access import Caller, Level
from app.domain.pages import content as contents
from app.domain.pages import page as rules
from app.domain.pages.content import PageTemplate
from app.domain.pages.content import SectionKind as PageSectionKind
from app.domain.pages.page import PageKind as BrandPageKind
from app.domain.pages.page import PageStatus as BrandPageStatus
from app.domain.pages.widgets import WidgetKind
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, asked, column, computed, many, one
from app.resolvers.accounts.reads import BRAND_OF
from app.resolvers.assets import ASSET_OF
from app.resolvers.moderation.reads import CASE_OF_PAGE
from app.resolvers.pages import reads
from app.schema.assets import Asset
from app.schema.catalogue import Product
from app.schema.context import Context
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.guards import Access, Permission
from app.schema.money import Money, money
from app.schema.reasons import StatusReason
from app.schema.relay import Node, identity, node
from app.schema.scalars import URL

READ = Access(Level.EDITOR, scope="pages:read")
EDIT = Access(Level.EDITOR, scope="pages:write")
FACTS = tuple(each.key for each in reads.FACTS)

enum(
    BrandPageKind,
    "BrandPageKind",
    "What a Page can do; both kinds are free",
    BASIC="Images, sections and products",
    UPGRADED="Other templates and automated widgets too, and shoppers find it by the brand's name",
)
enum(
    BrandPageStatus,
    "BrandPageStatus",
    "What became of the draft that was handed in last; everybody else is told PUBLISHED of a public Page",
    DRAFT="Never handed in",
    IN_MODERATION="Being reviewed; what was public before stays public",
    PUBLISHED="Public",
    REJECTED="Not approved; what was public before stays public",
    UNPUBLISHED="Taken back by its owner",
)
enum(
    PageTemplate,
    "PageTemplate",
    "How the products of a Page stand; all but STANDARD take an UPGRADED Page",
    STANDARD="In rows, as in the shop",
    PRODUCTS_GRID="Close together, for many products",
    PRODUCTS_SPOTLIGHT="The first ones large",
)
enum(
    PageSectionKind,
    "PageSectionKind",
    "What a section shows",
    TEXT="Paragraphs",
    IMAGE="An image; its text says what it shows",
    PRODUCTS="Products that belong together",
)
enum(
    WidgetKind,
    "WidgetKind",
    "What an automated widget shows",
    BEST_SELLERS="The brand's products that shoppers turned to most in the last four weeks",
    RECOMMENDATIONS="Other products of the brand, those most like what the Page shows first",
)


@strawberry.type(description="A part of a Page")
class PageSection(Rowed):
    kind: PageSectionKind = column(description="What it shows")
    heading: str | None = column(description="Its heading")
    text: str | None = column(description="Its text; of an image what that shows")
    image: Asset | None = one(ASSET_OF, description="Its image")
    products: list[Product] = many(
        reads.PRODUCTS_OF_SECTION,
        description="Its products, in the owner's order",
        directives=[ListSize(assumed_size=contents.MOST_IN_SECTION)],
    )


@strawberry.type(description="One snapshot of a Page: the draft, what is reviewed, or what the public sees")
class PageContent(Rowed):
    title: str = column(description="Its title")
    tagline: str | None = column(description="A line below the title")
    template: PageTemplate = column(description="How its products stand")
    logo: Asset | None = one(reads.LOGO_OF, description="The brand's logo")
    hero: Asset | None = one(reads.HERO_OF, description="The image at its top")
    sections: list[PageSection] = many(
        reads.SECTIONS_OF_CONTENT,
        description="Its sections, in the owner's order",
        directives=[ListSize(assumed_size=contents.MOST_SECTIONS)],
    )
    products: list[Product] = many(
        reads.PRODUCTS_OF_CONTENT,
        description="Products that stand below the sections, in the owner's order",
        directives=[ListSize(assumed_size=contents.MOST_PRODUCTS)],
    )


@strawberry.type(description="An automated widget of a Page")
class Widget(Rowed):
    kind: WidgetKind = column(description="What it shows")
    enabled: bool = column(description="Whether it is shown")
    computed_at: datetime | None = column(description="When its products were computed; every hour while it is shown")

    @asked(
        reads.PRODUCTS_OF_WIDGET,
        gives=list[Product],
        description="Its products that are in stock, the best first; none while it is not shown",
        directives=[ListSize(slicing_arguments=["first"])],
    )
    def products(
        self, first: Annotated[int | None, strawberry.argument(description="At most how many, 1 to 100")] = 12
    ) -> Arguments:
        return {"first": size("first", 12 if first is None else first)}


@strawberry.type(description="What the caller may do with a Page now")
class BrandPagePermissions:
    update: Permission = strawberry.field(description="Whether `brandPageUpdate` would be carried out")
    set_widget: Permission = strawberry.field(description="Whether `brandPageSetWidget` would be carried out")
    upgrade: Permission = strawberry.field(description="Whether `brandPageUpgrade` would be carried out")
    publish: Permission = strawberry.field(
        description="Whether `brandPagePublish` would be carried out, as far as the ad policy finds nothing against it"
    )
    unpublish: Permission = strawberry.field(description="Whether `brandPageUnpublish` would be carried out")
    appeal: Permission = strawberry.field(description="Whether `brandPageAppeal` would be carried out")


def _permissions(context: Context, account_id: Any, *facts: Any) -> BrandPagePermissions:
    page, may = rules.PageFacts(*facts), partial(EDIT.permits, context.caller, account_id)
    return BrandPagePermissions(**{name: may(*problems(page)) for name, problems in rules.STEPS.items()})


def _is_own(caller: Caller, account_id: Any) -> bool:
    """Whether a reader may know of a public Page what goes on behind it."""
    is_member = caller.holds_in(Level.EDITOR, account_id) and caller.in_scope(READ.scope)
    return is_member or caller.holds(Level.MODERATOR)


def _status(context: Context, account_id: Any, shown: bool, status: BrandPageStatus) -> BrandPageStatus:
    return BrandPageStatus.PUBLISHED if shown and not _is_own(context.caller, account_id) else status


def _updated_at(
    context: Context, account_id: Any, shown: bool, updated_at: datetime, published_at: datetime | None
) -> datetime:
    is_hidden = shown and not _is_own(context.caller, account_id)
    return published_at if is_hidden and published_at is not None else updated_at


def _reasons(*facts: Any) -> list[StatusReason]:
    page = rules.PageFacts(*facts)
    return [StatusReason(code=code, **vars(rules.told(code, is_public=page.is_public))) for code in rules.reasons(page)]


def address(context: Context, slug: str) -> URL:
    """Where the public sees a Page."""
    return URL(f"{context.services.address}/p/{slug}")


def _price(currency: str) -> Money | None:
    return money(rules.PRICE, currency)


def _searchable(kind: BrandPageKind, shown: bool) -> bool:
    return rules.is_searchable(kind, is_public=shown)


@node(reads.PAGES, Level.EDITOR, "pages:read", staff=Level.MODERATOR)
@strawberry.type(description="The landing page of a brand, which has one; free of charge")
class BrandPage(Node):
    id: strawberry.ID = identity("BrandPage")
    brand: Annotated["Brand", strawberry.lazy("app.schema.accounts.account")] = one(  # type: ignore[name-defined]  # noqa: F821
        BRAND_OF, description="Whose it is"
    )
    kind: BrandPageKind = column(description="What it can do")
    status: BrandPageStatus = computed(
        _status,
        "account_id",
        "shown",
        "status",
        asks=True,
        description="What became of the draft that was handed in last",
    )
    public: bool = column("shown", description="Whether everybody sees it at its address now")
    status_reasons: list[StatusReason] | None = computed(
        _reasons,
        *FACTS,
        description="Why it, or its draft, is not shown to the public; empty when it is shown as it is",
        access=READ,
    )
    slug: str = column(description="What names it in its address; earlier ones lead to it for good")
    url: URL = computed(address, "slug", asks=True, description="Its address")
    published: PageContent | None = one(
        reads.PUBLISHED_OF, description="What the public sees, or saw last; null until it is first published"
    )
    draft: PageContent | None = one(
        reads.DRAFT_OF, description="What `brandPageUpdate` changes and `brandPagePublish` hands in", access=READ
    )
    has_unpublished_changes: bool | None = column(
        description="Whether its draft differs from what was published last", access=READ
    )
    widgets: list[Widget] = many(
        reads.WIDGETS_OF_PAGE,
        description="Its automated widgets, shown or not",
        directives=[ListSize(assumed_size=len(WidgetKind))],
    )
    searchable: bool = computed(
        _searchable, "kind", "shown", description="Whether shoppers find it by the brand's name: public and UPGRADED"
    )
    price: Money = computed(_price, "currency", description="What it costs: always zero")
    moderation: Annotated["ModerationCase", strawberry.lazy("app.schema.moderation.case")] | None = one(  # type: ignore[name-defined]  # noqa: F821
        CASE_OF_PAGE, description="The review of what was handed in last; null before that", access=READ
    )
    published_at: datetime | None = column(description="When it last became public, or a newer draft in its place")
    updated_at: datetime = computed(
        _updated_at,
        "account_id",
        "shown",
        "updated_at",
        "published_at",
        asks=True,
        description="When it last changed; everybody else is told when it was published",
    )
    permissions: BrandPagePermissions = computed(
        _permissions, "account_id", *FACTS, asks=True, description="What the caller may do with it now"
    )
    version: int = column(description="Counts its changes, for expectedVersion")
