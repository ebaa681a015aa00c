"""Connections as clients see them: nodes, edges, page information and a count."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Generic, TypeVar

import strawberry

from app.db.page import COUNTED_EXACTLY, Page

Item = TypeVar("Item")


@strawberry.enum(description="How exact a count is")
class CountPrecision(Enum):
    EXACT = strawberry.enum_value("EXACT", description="The very number")
    AT_LEAST = strawberry.enum_value("AT_LEAST", description="There are more than this")


@strawberry.type(description="A number of objects; counting stops where it would become slow")
class Count:
    value: int = strawberry.field(description="The number, or the limit where counting stopped")
    precision: CountPrecision = strawberry.field(description="Whether the number is exact")

    @classmethod
    def of(cls, number: int) -> "Count":
        exact = number <= COUNTED_EXACTLY
        return cls(value=min(number, COUNTED_EXACTLY), precision=list(CountPrecision)[not exact])


@strawberry.type(description="Where a page of a connection begins and ends")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow after endCursor")
    has_previous_page: bool = strawberry.field(description="Whether there are more before startCursor")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item; null on an empty page")


@strawberry.type(description="An item of a connection with its cursor")
class Edge(Generic[Item]):
    node: Item = strawberry.field(description="The item")
    cursor: str = strawberry.field(description="Opaque place of the item in this list and order")


@strawberry.type(description="A page of an ordered list; `first` or `last`, 1 to 100, says how much of it")
class Connection(Generic[Item]):
    nodes: list[Item] = strawberry.field(description="The items of the page")
    edges: list[Edge[Item]] = strawberry.field(description="The items of the page with their cursors")
    page_info: PageInfo = strawberry.field(description="Whether there is more on either side")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="Number of items in the whole list; computed only when asked for")
    async def total_count(self) -> Count:
        return Count.of(await self.count())

    @classmethod
    def of(cls, page: Page, items: list[Item], count: Callable[[], Awaitable[int]]) -> "Connection[Item]":
        cursors = [page.cursor(row) for row in page.rows]
        return cls(
            nodes=items,
            edges=[Edge(node=item, cursor=cursor) for item, cursor in zip(items, cursors, strict=True)],
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
            count=count,
        )
