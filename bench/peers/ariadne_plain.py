"""Ariadne as its documentation teaches it: schema first, a resolver a field, DataLoaders, parser and validation caches.

`python -m uvicorn bench.peers.ariadne_plain:app`, with DATABASE_URL in the environment.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiodataloader import DataLoader
from ariadne import EnumType, MutationType, ObjectType, QueryType, ScalarType, make_executable_schema
from ariadne.asgi import GraphQL
from graphql import DocumentNode, GraphQLError, GraphQLResolveInfo, parse, validate
from starlette.applications import Starlette
from starlette.routing import Route

from bench.peers.plain import models
from bench.peers.plain.budget import Refused, update_budget
from bench.peers.plain.loaders import Context, During, Of, caller
from bench.peers.plain.values import cursor, global_id, key, ratio

Info = GraphQLResolveInfo
query, mutation = QueryType(), MutationType()
viewer, membership, account = ObjectType("Viewer"), ObjectType("Membership"), ObjectType("Account")
campaign, ad = ObjectType("Campaign"), ObjectType("Ad")
objects = {"User": ObjectType("User"), "Account": account, "Membership": membership, "Campaign": campaign, "Ad": ad}
for name, kind in objects.items():
    kind.set_field("id", lambda row, _, name=name: global_id(name, row.id))

scalars = [
    ScalarType("BigInt", serializer=str, value_parser=int),
    ScalarType("Date", serializer=date.isoformat, value_parser=date.fromisoformat),
    ScalarType("Decimal", serializer=str),
]
enums = [
    EnumType(kind.__name__, kind)
    for kind in (models.AccountStatus, models.MemberLevel, models.CampaignKind, models.EffectiveStatus)
]


def money(micros: int, currency: str) -> dict[str, Any]:
    return {"micros": micros, "currency": currency}


def page(rows: list[Any], first: int) -> dict[str, Any]:
    """A page of rows, of which there is one more than *first* where there are more."""
    nodes = rows[:first]
    info = {"has_next_page": len(rows) > first, "end_cursor": cursor(nodes[-1]) if nodes else None}
    return {"nodes": nodes, "page_info": info}


def figures(row: Any, currency: str, day: date | None = None) -> dict[str, Any]:
    """The figures of a row of sums, or zeros without one."""
    impressions, clicks, spend = (row.impressions, row.clicks, row.spend_micros) if row else (0, 0, 0)
    return {"day": day, "impressions": impressions, "clicks": clicks, "spend": money(spend, currency)}


def signed_in(info: Info) -> models.User:
    if info.context.user is None:
        raise GraphQLError("Sign in first.")
    return info.context.user


@query.field("viewer")
def resolve_viewer(_: Any, info: Info) -> dict[str, Any]:
    return {"user": signed_in(info)}


@query.field("account")
async def resolve_account(_: Any, info: Info, id: str) -> models.Account | None:
    signed_in(info)
    found = key("Account", id)
    return await info.context.load["account"].load(found) if await info.context.is_member(found) else None


@query.field("campaign")
async def resolve_campaign(_: Any, info: Info, id: str) -> models.Campaign | None:
    signed_in(info)
    found = key("Campaign", id)
    row = await info.context.load["campaign"].load(found) if found else None
    return row if row and await info.context.is_member(row.account_id) else None


@mutation.field("campaignUpdate")
async def resolve_campaign_update(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    signed_in(info)
    id, budget = key("Campaign", input["id"]), input["total_budget"]
    try:
        row = await update_budget(info.context.user, id, budget["micros"], budget["currency"])
    except Refused as refused:
        return {"campaign": None, "user_errors": [{"message": str(refused)}]}
    return {"campaign": row, "user_errors": []}


@viewer.field("memberships")
async def resolve_memberships(_: Any, info: Info, first: int) -> list[models.Membership]:
    return await info.context.load["memberships"].load(Of(info.context.user.id, first))


@membership.field("account")
async def resolve_membership_account(row: models.Membership, info: Info) -> models.Account | None:
    return await info.context.load["account"].load(row.account_id)


@account.field("campaigns")
async def resolve_campaigns(row: models.Account, info: Info, first: int) -> dict[str, Any]:
    return page(await info.context.load["campaigns"].load(Of(row.id, first + 1)), first)


@campaign.field("ads")
async def resolve_ads(row: models.Campaign, info: Info, first: int) -> dict[str, Any]:
    return page(await info.context.load["ads"].load(Of(row.id, first + 1)), first)


@campaign.field("totalBudget")
def resolve_total_budget(row: models.Campaign, _: Info) -> dict[str, Any]:
    return money(row.total_budget_micros, row.currency)


@campaign.field("spent")
def resolve_spent(row: models.Campaign, _: Info) -> dict[str, Any]:
    return money(row.spent_micros, row.currency)


@campaign.field("metrics")
async def resolve_campaign_metrics(row: models.Campaign, info: Info, range: dict[str, date]) -> dict[str, Any]:
    during = During(row.id, range["from"], range["to"])
    return figures(await info.context.load["metrics_of_campaign"].load(during), row.currency)


@campaign.field("dailyMetrics")
async def resolve_daily_metrics(row: models.Campaign, info: Info, range: dict[str, date]) -> list[dict[str, Any]]:
    days = await info.context.load["days_of_campaign"].load(During(row.id, range["from"], range["to"]))
    return [figures(day, row.currency, day.day) for day in days]


@ad.field("bid")
def resolve_bid(row: models.Ad, _: Info) -> dict[str, Any]:
    return money(row.bid_micros, row.currency)


@ad.field("metrics")
async def resolve_ad_metrics(row: models.Ad, info: Info, range: dict[str, date]) -> dict[str, Any]:
    during = During(row.id, range["from"], range["to"])
    return figures(await info.context.load["metrics_of_ad"].load(during), row.currency)


metric_row = ObjectType("MetricRow")
metric_row.set_field("ctr", lambda row, _: ratio(row["clicks"], row["impressions"]))

parsed, validated = lru_cache(maxsize=100)(parse), lru_cache(maxsize=100)(validate)


def parse_once(context: Context, data: dict[str, Any]) -> DocumentNode:  # noqa: ARG001
    """The document of a request, from the cache where its text was parsed before."""
    return parsed(data["query"])


async def context_of(request: Any, _: Any = None) -> Context:
    return Context(await caller(request.headers.get("authorization", "")), DataLoader)


schema = make_executable_schema(
    Path(__file__).with_name("schema.graphql").read_text("utf-8"),
    [query, mutation, viewer, *objects.values(), metric_row, *scalars, *enums],
    convert_names_case=True,
)
app = Starlette(
    routes=[
        Route("/graphql", GraphQL(schema, context_value=context_of, query_parser=parse_once, query_validator=validated))
    ]
)
