"""Products and interests, and the retailer's feed of products."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.domain.access import Level
from app.domain.catalogue import MOST_ITEMS
from app.domain.errors import Refusal
from app.domain.search import Search
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, column, connection
from app.resolvers import catalogue
from app.resolvers.catalogue import ProductSort
from app.schema.context import Info
from app.schema.directives import Cost, ListSize
from app.schema.enums import enum
from app.schema.errors import user_errors
from app.schema.guards import Access
from app.schema.inputs import MoneyInput, plain
from app.schema.money import Money, amount
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, identity, key, keys, node
from app.schema.scalars import URL
from app.schema.texts import DIGITS

READ = "catalog:read"
FEED = Access(Level.INGEST, scope="catalog:write")
enum(
    ProductSort,
    "ProductSort",
    "Order of products",
    RELEVANCE="Best match first; by title where there is no query",
    TITLE_ASC="By title; like prices only of products with as many of the words as any",
    PRICE_ASC="Cheapest first",
    PRICE_DESC="Dearest first",
)


@node(catalogue.INTERESTS_BY_IDS, Level.SIGNED_IN, READ)
@strawberry.type(description="An interest of shoppers that display ads are targeted by")
class Interest(Node):
    id: strawberry.ID = identity("Interest")
    name: str = column(description="Its name")
    path: list[str] = column(description="Its place in the taxonomy, the widest first")


@node(catalogue.PRODUCTS_BY_IDS, Level.EDITOR, READ)
@strawberry.type(description="A product that the retailer sells")
class Product(Node):
    id: strawberry.ID = identity("Product")
    sku: str = column(description="The retailer's number of it")
    title: str = column(description="What it is called")
    brand_name: str | None = column(description="Brand as the catalogue writes it")
    price: Money | None = amount("price_micros", description="What shoppers pay")
    category: list[str] = column(description="Its place in the shop, the widest first")
    detail_url: URL = column(description="Its page in the shop")
    image_url: URL | None = column(description="Its picture")
    in_stock: bool = column(description="Whether shoppers can buy it now")
    stock_changed_at: datetime | None = column(description="When its stock was last reported")


@strawberry.input(description="Which products")
class ProductFilter:
    brand_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Of any of these brands of the account"
    )
    in_stock: bool | None = strawberry.field(default=strawberry.UNSET, description="Only those in stock, or out of it")


def _criteria(filter: ProductFilter | None) -> Arguments:
    if not filter:
        return {}
    brands = keys(filter.brand_ids, "Brand", "filter", "brandIds")
    return {"brand_ids": brands, "in_stock": plain(filter.in_stock)}


@strawberry.input(description="A product of the retailer's feed")
class ProductInput:
    sku: str = strawberry.field(metadata=DIGITS, description="The retailer's number of it, 1 to 64 characters")
    title: str = strawberry.field(description="What it is called, 1 to 500 characters")
    brand_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Brand as the catalogue writes it, at most 100 characters"
    )
    price: MoneyInput | None = strawberry.field(default=strawberry.UNSET, description="What shoppers pay")
    category: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Its place in the shop, the widest first, at most 10 levels"
    )
    detail_url: URL = strawberry.field(description="Its page in the shop")
    image_url: URL | None = strawberry.field(default=strawberry.UNSET, description="Its picture")
    vendor_code: str = strawberry.field(description="The vendor who sells it, 1 to 40 characters")

    def plain(self) -> dict[str, Any]:
        return {name: plain(value) for name, value in vars(self).items()}


@strawberry.input(description="Products to write; each is identified by vendor and sku")
class ProductUpsertInput:
    items: list[ProductInput] = strawberry.field(description=f"At most {MOST_ITEMS:,}; a product counts once")


@strawberry.type(description="What became of the products; an item that is refused keeps no other from being written")
class ProductUpsertPayload(MutationPayload):
    products: list[Product] | None = strawberry.field(
        default=None,
        description="Those that were taken, in the order of the items",
        directives=[ListSize(assumed_size=MOST_ITEMS)],
    )


@strawberry.type
class CatalogueMutations:
    @strawberry.mutation(
        description="Write products of the retailer's feed, new ones and known ones", extensions=[FEED]
    )
    async def product_upsert(self, info: Info, work: Any, input: ProductUpsertInput) -> ProductUpsertPayload:
        items = [item.plain() for item in input.items]
        ids, problems = await catalogue.put(work, items, info.context.services.default_currency)
        products = [Product.keyed(id) for id in ids]
        return ProductUpsertPayload(products=products, user_errors=user_errors(Refusal(*problems)))


@strawberry.type
class CatalogueQueries:
    @connection(
        catalogue.INTERESTS,
        gives=Connection[Interest] | None,
        access=Access(Level.SIGNED_IN, scope=READ),
        description="The taxonomy of interests, by name",
    )
    def interests(
        self, query: Annotated[str | None, strawberry.argument(description="Part of the name")] = strawberry.UNSET
    ) -> Arguments:
        return {"query": plain(query)}

    @connection(
        catalogue.PRODUCTS,
        gives=Connection[Product] | None,
        access=Access(Level.EDITOR, scope=READ),
        directives=[Cost(weight=5)],
        description="Products of the account's vendor",
    )
    def products(
        self,
        account_id: Annotated[strawberry.ID, strawberry.argument(description="Whose catalogue")],
        query: Annotated[
            str | None, strawberry.argument(description="Words to look for, in any order")
        ] = strawberry.UNSET,
        filter: Annotated[ProductFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
        sort: Annotated[ProductSort | None, strawberry.argument(description="In which order")] = ProductSort.RELEVANCE,
    ) -> Arguments:
        account, search = key(account_id, "Account", "accountId"), Search.of(plain(query))
        fills = sort in (None, ProductSort.RELEVANCE)
        return {"account_id": account, "search": search, "sort": sort, "fills": fills, **_criteria(filter)}
