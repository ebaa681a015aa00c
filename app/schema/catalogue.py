"""Products and interests."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.domain.access import Level
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, column, connection
from app.resolvers import catalogue
from app.resolvers.catalogue import ProductSort, Search
from app.schema.directives import Cost
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import plain
from app.schema.money import Money, amount
from app.schema.relay import Node, identity, key, keys, node
from app.schema.scalars import URL

READ = "catalog:read"
enum(
    ProductSort,
    "ProductSort",
    "Order of products",
    RELEVANCE="Best match first; by title where there is no query",
    TITLE_ASC="By title",
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
        query: Annotated[str | None, strawberry.argument(description="Words to look for")] = strawberry.UNSET,
        filter: Annotated[ProductFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
        sort: Annotated[ProductSort | None, strawberry.argument(description="In which order")] = ProductSort.RELEVANCE,
    ) -> Arguments:
        account = key(account_id, "Account", "accountId")
        return {"account_id": account, "search": Search.of(plain(query)), "sort": sort, **_criteria(filter)}
