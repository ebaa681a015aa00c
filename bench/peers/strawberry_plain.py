"""Strawberry as its documentation teaches it: types made from ORM rows, DataLoaders, permission classes, caches.

`python -m uvicorn bench.peers.strawberry_plain:app`, with DATABASE_URL in the environment.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Generic, NewType, Self, TypeVar

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.schema.config import StrawberryConfig

from bench.peers.plain import models
from bench.peers.plain.budget import Refused, update_budget
from bench.peers.plain.loaders import Context, During, Of, caller
from bench.peers.plain.values import cursor, global_id, key, ratio

Info = strawberry.Info[Context, None]
Node = TypeVar("Node")
BigInt = NewType("BigInt", int)
BIG_INT = strawberry.scalar(name="BigInt", serialize=str, parse_value=int)

AccountStatus = strawberry.enum(models.AccountStatus)
MemberLevel = strawberry.enum(models.MemberLevel)
CampaignKind = strawberry.enum(models.CampaignKind)
EffectiveStatus = strawberry.enum(models.EffectiveStatus)


class IsSignedIn(BasePermission):
    message = "Sign in first."

    def has_permission(self, source: Any, info: Info, **_: Any) -> bool:  # noqa: ARG002
        return info.context.user is not None


class IsMember(BasePermission):
    """Of the account asked for."""

    message = "No such account."

    async def has_permission(self, source: Any, info: Info, **arguments: Any) -> bool:  # noqa: ARG002
        return await info.context.is_member(key("Account", arguments["id"]))


class IsMemberOfCampaign(BasePermission):
    """Of the account that the campaign asked for belongs to."""

    message = "No such campaign."

    async def has_permission(self, source: Any, info: Info, **arguments: Any) -> bool:  # noqa: ARG002
        id = key("Campaign", arguments["id"])
        campaign = await info.context.load["campaign"].load(id) if id else None
        return campaign is not None and await info.context.is_member(campaign.account_id)


def guarded(*permissions: BasePermission) -> Any:
    """A field that is null to those without the permission."""
    silent = PermissionExtension(permissions=list(permissions), fail_silently=True)
    return strawberry.field(permission_classes=[IsSignedIn], extensions=[silent])


@strawberry.input
class DateRange:
    from_: date = strawberry.field(name="from")
    to: date

    def of(self, parent: Any) -> During:
        return During(parent, self.from_, self.to)


@strawberry.input
class MoneyInput:
    micros: BigInt
    currency: str


@strawberry.input
class CampaignUpdateInput:
    id: strawberry.ID
    total_budget: MoneyInput


@strawberry.type
class Money:
    micros: BigInt
    currency: str


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Connection(Generic[Node]):
    nodes: list[Node]
    page_info: PageInfo

    @classmethod
    def of(cls, kind: Any, rows: list[Any], first: int) -> Self:
        """A page of rows, of which there is one more than *first* where there are more."""
        kept = rows[:first]
        info = PageInfo(has_next_page=len(rows) > first, end_cursor=cursor(kept[-1]) if kept else None)
        return cls(nodes=[kind.of(row) for row in kept], page_info=info)


@strawberry.type
class MetricRow:
    day: date | None
    impressions: BigInt
    clicks: BigInt
    spend: Money

    @strawberry.field
    def ctr(self) -> Decimal | None:
        return ratio(self.clicks, self.impressions)

    @classmethod
    def of(cls, row: Any, currency: str, day: date | None = None) -> Self:
        """The figures of a row of sums, or zeros without one."""
        impressions, clicks, spend = (row.impressions, row.clicks, row.spend_micros) if row else (0, 0, 0)
        return cls(day=day, impressions=impressions, clicks=clicks, spend=Money(micros=spend, currency=currency))


@strawberry.type
class Ad:
    key: strawberry.Private[Any]
    id: strawberry.ID
    title: str
    effective_status: EffectiveStatus
    bid: Money

    @strawberry.field
    async def metrics(self, info: Info, range: DateRange) -> MetricRow | None:
        row = await info.context.load["metrics_of_ad"].load(range.of(self.key))
        return MetricRow.of(row, self.bid.currency)

    @classmethod
    def of(cls, row: models.Ad) -> Self:
        return cls(
            key=row.id,
            id=global_id("Ad", row.id),
            title=row.title,
            effective_status=row.effective_status,
            bid=Money(micros=row.bid_micros, currency=row.currency),
        )


@strawberry.type
class Campaign:
    key: strawberry.Private[Any]
    id: strawberry.ID
    name: str
    kind: CampaignKind
    effective_status: EffectiveStatus
    total_budget: Money
    spent: Money
    version: int

    @strawberry.field
    async def ads(self, info: Info, first: int) -> Connection[Ad]:
        return Connection.of(Ad, await info.context.load["ads"].load(Of(self.key, first + 1)), first)

    @strawberry.field
    async def metrics(self, info: Info, range: DateRange) -> MetricRow | None:
        row = await info.context.load["metrics_of_campaign"].load(range.of(self.key))
        return MetricRow.of(row, self.spent.currency)

    @strawberry.field
    async def daily_metrics(self, info: Info, range: DateRange) -> list[MetricRow] | None:
        rows = await info.context.load["days_of_campaign"].load(range.of(self.key))
        return [MetricRow.of(row, self.spent.currency, row.day) for row in rows]

    @classmethod
    def of(cls, row: models.Campaign) -> Self:
        return cls(
            key=row.id,
            id=global_id("Campaign", row.id),
            name=row.name,
            kind=row.kind,
            effective_status=row.effective_status,
            total_budget=Money(micros=row.total_budget_micros, currency=row.currency),
            spent=Money(micros=row.spent_micros, currency=row.currency),
            version=row.version,
        )


@strawberry.type
class Account:
    key: strawberry.Private[Any]
    id: strawberry.ID
    display_name: str
    status: AccountStatus
    currency: str

    @strawberry.field
    async def campaigns(self, info: Info, first: int) -> Connection[Campaign] | None:
        return Connection.of(Campaign, await info.context.load["campaigns"].load(Of(self.key, first + 1)), first)

    @classmethod
    def of(cls, row: models.Account) -> Self:
        id = global_id("Account", row.id)
        return cls(key=row.id, id=id, display_name=row.display_name, status=row.status, currency=row.currency)


@strawberry.type
class User:
    id: strawberry.ID
    name: str


@strawberry.type
class Membership:
    account_key: strawberry.Private[Any]
    id: strawberry.ID
    level: MemberLevel

    @strawberry.field
    async def account(self, info: Info) -> Account | None:
        row = await info.context.load["account"].load(self.account_key)
        return row and Account.of(row)


@strawberry.type
class Viewer:
    user: User

    @strawberry.field
    async def memberships(self, info: Info, first: int = 100) -> list[Membership]:
        rows = await info.context.load["memberships"].load(Of(info.context.user.id, first))
        return [
            Membership(account_key=row.account_id, id=global_id("Membership", row.id), level=row.level) for row in rows
        ]


@strawberry.type
class Query:
    @strawberry.field(permission_classes=[IsSignedIn])
    def viewer(self, info: Info) -> Viewer | None:
        user = info.context.user
        return Viewer(user=User(id=global_id("User", user.id), name=user.name))

    @guarded(IsMember())
    async def account(self, info: Info, id: strawberry.ID) -> Account | None:
        row = await info.context.load["account"].load(key("Account", id))
        return row and Account.of(row)

    @guarded(IsMemberOfCampaign())
    async def campaign(self, info: Info, id: strawberry.ID) -> Campaign | None:
        return Campaign.of(await info.context.load["campaign"].load(key("Campaign", id)))


@strawberry.type
class UserError:
    message: str


@strawberry.type
class CampaignUpdatePayload:
    campaign: Campaign | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class Mutation:
    @strawberry.mutation(permission_classes=[IsSignedIn])
    async def campaign_update(self, info: Info, input: CampaignUpdateInput) -> CampaignUpdatePayload:
        id, budget = key("Campaign", input.id), input.total_budget
        try:
            row = await update_budget(info.context.user, id, budget.micros, budget.currency)
        except Refused as refused:
            return CampaignUpdatePayload(user_errors=[UserError(message=str(refused))])
        return CampaignUpdatePayload(campaign=Campaign.of(row))


class Endpoint(GraphQL[Context, None]):
    async def get_context(self, request: Any, response: Any) -> Context:  # noqa: ARG002
        return Context(await caller(request.headers.get("authorization", "")), DataLoader)


schema = strawberry.Schema(
    Query,
    Mutation,
    extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)],
    config=StrawberryConfig(scalar_map={BigInt: BIG_INT}),
)
app = Starlette(routes=[Route("/graphql", Endpoint(schema, graphql_ide=None))])
