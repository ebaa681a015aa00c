"""The retailer's reports of stock, and the ads that they stop."""

from datetime import datetime
from typing import Any

import strawberry

from app.db.ids import global_id
from app.domain.catalogue import MOST_ITEMS
from app.domain.errors import Refusal
from app.resolvers import catalogue
from app.resolvers.campaigns import stops
from app.schema.catalogue import FEED, Product
from app.schema.directives import ListSize
from app.schema.errors import user_errors
from app.schema.payloads import MutationPayload
from app.schema.texts import DIGITS


@strawberry.input(description="Whether a product can be bought")
class StockInput:
    sku: str = strawberry.field(
        metadata=DIGITS, description="The retailer's number of it; every vendor's product of that number"
    )
    in_stock: bool = strawberry.field(description="Whether shoppers can buy it")
    at: datetime = strawberry.field(description="Since when; what is older than what is known changes nothing")


@strawberry.input(description="Stock of products")
class StockReportInput:
    items: list[StockInput] = strawberry.field(description=f"At most {MOST_ITEMS:,}; a sku counts once")


@strawberry.type(description="What became of the report; an item that is refused keeps no other from being taken")
class StockReportPayload(MutationPayload):
    products: list[Product] | None = strawberry.field(
        default=None,
        description="The products that the report names, in its order",
        directives=[ListSize(assumed_size=MOST_ITEMS)],
    )
    stopped_ad_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Ads that it stopped for good"
    )


@strawberry.type
class StockMutations:
    @strawberry.mutation(
        description="Report stock; a product out of stock has its ads stopped at once, and they never resume",
        extensions=[FEED],
    )
    async def stock_report(self, work: Any, input: StockReportInput) -> StockReportPayload:
        found = await catalogue.report(work, [vars(item) for item in input.items])
        await work.flush()
        ads = [strawberry.ID(global_id("Ad", id)) for id in await stops.stopped(work, found.out)]
        products, errors = [Product.keyed(id) for id in found.products], user_errors(Refusal(*found.problems))
        return StockReportPayload(products=products, stopped_ad_ids=ads, user_errors=errors)
