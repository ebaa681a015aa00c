"""What owners do with their Page, and how everybody finds it."""

from typing import Annotated, Any
from uuid import NAMESPACE_OID, UUID, uuid5

import strawberry

from app.domain.access import Level
from app.domain.pages import slugs
from app.domain.pages.content import Section
from app.domain.search import Search
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, asked, connection
from app.resolvers.pages import page as pages
from app.resolvers.pages import reads
from app.resolvers.pages.reads import Sought
from app.schema.catalogue import Product
from app.schema.context import Info
from app.schema.directives import Cost
from app.schema.guards import Access
from app.schema.inputs import given, plain
from app.schema.pages.page import EDIT, BrandPage, BrandPageKind, PageSectionKind, PageTemplate, WidgetKind
from app.schema.payloads import MutationPayload
from app.schema.relay import found, key


@strawberry.input(description="A part of a Page")
class PageSectionInput:
    kind: PageSectionKind = strawberry.field(description="What it shows")
    heading: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 100 characters")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 5,000 characters; of an image what that shows, at most 300"
    )
    image_asset_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Image of an IMAGE: a READY asset of the account that fits a placement"
    )
    product_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Products of PRODUCTS, 1 to 50 of the vendor's catalogue"
    )

    def plain(self) -> Section:
        image, heading, text = plain(self.image_asset_id), plain(self.heading), plain(self.text)
        return Section(self.kind, heading, text, image and _key(image, "Asset"), _products(self.product_ids))


@strawberry.input(description="A Page to make, as a draft")
class BrandPageCreateInput:
    brand_id: strawberry.ID = strawberry.field(description="Whose it is; a brand has one")
    kind: BrandPageKind = strawberry.field(description="What it can do; both are free")
    slug: str = strawberry.field(
        description="What names it in its address: 3 to 60 of a to z, 0 to 9 and single hyphens, not taken"
    )
    title: str = strawberry.field(description="1 to 80 characters")


@strawberry.input(description="What is different of a Page; an absent field stays, null clears")
class BrandPageUpdateInput:
    id: strawberry.ID = strawberry.field(description="The Page")
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another address, which counts at once; the earlier one leads to it"
    )
    title: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 80 characters")
    tagline: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 160 characters")
    template: PageTemplate | None = strawberry.field(
        default=strawberry.UNSET, description="How its products stand; all but STANDARD take an UPGRADED Page"
    )
    logo_asset_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The brand's logo: a READY asset of the account"
    )
    hero_asset_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Image at its top: a READY asset of the account that fits a placement"
    )
    sections: list[PageSectionInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Its sections in their order, at most 20; these alone"
    )
    product_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Products below the sections, at most 100 of the catalogue; these alone"
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when it changed since this version"
    )


@strawberry.input(description="A widget to show, or not")
class BrandPageSetWidgetInput:
    id: strawberry.ID = strawberry.field(description="The Page, UPGRADED")
    kind: WidgetKind = strawberry.field(description="Which widget")
    enabled: bool = strawberry.field(description="Whether it is shown")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when the Page changed since this version"
    )


@strawberry.input(description="A BASIC Page to upgrade")
class BrandPageUpgradeInput:
    id: strawberry.ID = strawberry.field(description="The Page")


@strawberry.type(description="The Page that was made")
class BrandPageCreatePayload(MutationPayload):
    page: BrandPage | None = strawberry.field(default=None, description="The Page, a draft")


@strawberry.type(description="The Page after the change")
class BrandPageUpdatePayload(MutationPayload):
    page: BrandPage | None = strawberry.field(default=None, description="The Page; the public sees it as it was")


@strawberry.type(description="The Page after the change")
class BrandPageSetWidgetPayload(MutationPayload):
    page: BrandPage | None = strawberry.field(default=None, description="The Page")


@strawberry.type(description="The Page after the upgrade")
class BrandPageUpgradePayload(MutationPayload):
    page: BrandPage | None = strawberry.field(default=None, description="The Page, UPGRADED")


def _key(id: str, type_name: str) -> UUID:
    """The key of an object that an input names; a malformed id is one that nothing has, each another."""
    return found(id, type_name) or uuid5(NAMESPACE_OID, id)


def _products(ids: list[strawberry.ID] | None) -> tuple[UUID, ...]:
    return tuple(_key(id, "Product") for id in plain(ids) or ())


def _changes(input: BrandPageUpdateInput) -> dict[str, Any]:
    """What the caller gave, as the rules know it; null clears images and lists."""
    values = given(input, "id", "slug", "expected_version")
    for name in ("logo", "hero"):
        if f"{name}_asset_id" in values:
            id = values.pop(f"{name}_asset_id")
            values[f"{name}_id"] = id and _key(id, "Asset")
    if "sections" in values:
        values["sections"] = tuple(values["sections"] or ())
    if "product_ids" in values:
        values["product_ids"] = _products(values["product_ids"])
    return values


@strawberry.type
class PageQueries:
    @asked(
        reads.PUBLIC_PAGE,
        gives=BrandPage | None,
        access=Access(Level.PUBLIC),
        description="The public Page at an address, or that was there once; null when there is none",
    )
    def brand_page(
        self, slug: Annotated[str, strawberry.argument(description="What names it in its address")]
    ) -> Arguments:
        return {"slug": slugs.normal(slug)}

    @connection(
        reads.FOUND_PAGES,
        gives=Connection[BrandPage],
        access=Access(Level.PUBLIC),
        directives=[Cost(weight=5)],
        description="Public UPGRADED Pages whose brand's name is like what is looked for, the most alike first",
    )
    def search_brand_pages(
        self,
        query: Annotated[
            str, strawberry.argument(description="A brand's name; case, accents and small mistakes are forgiven")
        ],
    ) -> Arguments:
        return {"sought": Sought.of(query)}

    @connection(
        reads.PAGE_PRODUCTS,
        gives=Connection[Product],
        access=Access(Level.PUBLIC),
        directives=[Cost(weight=5)],
        description="Products of the brand whose public Page is at an address, the best match first; none without one",
    )
    def brand_page_products(
        self,
        slug: Annotated[str, strawberry.argument(description="What names the Page in its address")],
        query: Annotated[
            str | None, strawberry.argument(description="Words to look for, in any order; all products without")
        ] = strawberry.UNSET,
    ) -> Arguments:
        return {"slug": slugs.normal(slug), "search": Search.of(plain(query))}


@strawberry.type
class PageMutations:
    @strawberry.mutation(description="Make the Page of a brand, as a draft", extensions=[EDIT])
    async def brand_page_create(self, info: Info, work: Any, input: BrandPageCreateInput) -> BrandPageCreatePayload:
        policy, brand = info.context.services.policy, key(input.brand_id, "Brand", "brandId")
        page = await pages.create(work, policy, brand, input.kind, input.slug, input.title)
        return BrandPageCreatePayload(page=BrandPage.keyed(page.id))

    @strawberry.mutation(
        description="Change the draft of a Page, which the public does not see, and its address", extensions=[EDIT]
    )
    async def brand_page_update(self, info: Info, work: Any, input: BrandPageUpdateInput) -> BrandPageUpdatePayload:
        policy, id, version = info.context.services.policy, key(input.id, "BrandPage"), plain(input.expected_version)
        page = await pages.update(work, policy, id, _changes(input), plain(input.slug), version)
        return BrandPageUpdatePayload(page=BrandPage.keyed(page.id))

    @strawberry.mutation(
        description="Show an automated widget of an UPGRADED Page, or not; it counts at once", extensions=[EDIT]
    )
    async def brand_page_set_widget(self, work: Any, input: BrandPageSetWidgetInput) -> BrandPageSetWidgetPayload:
        id, version = key(input.id, "BrandPage"), plain(input.expected_version)
        page = await pages.set_widget(work, id, input.kind, input.enabled, version)
        return BrandPageSetWidgetPayload(page=BrandPage.keyed(page.id))

    @strawberry.mutation(
        description="Make a BASIC Page an UPGRADED one, free of charge and for good", extensions=[EDIT]
    )
    async def brand_page_upgrade(self, work: Any, input: BrandPageUpgradeInput) -> BrandPageUpgradePayload:
        page = await pages.upgrade(work, key(input.id, "BrandPage"))
        return BrandPageUpgradePayload(page=BrandPage.keyed(page.id))
