"""Ads, as shops ask for them, and auctions, as operators look at them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.db.ids import global_id
from app.domain.access import Level
from app.domain.delivery.outcomes import Format as AdFormat
from app.domain.delivery.outcomes import Outcome as AuctionOutcome
from app.domain.delivery.requests import (
    MOST_AUCTIONS,
    MOST_EXCLUDED,
    MOST_INTERESTS,
    MOST_NAME,
    MOST_SLOTS,
    MOST_WORDS,
    Device,
    Names,
    Request,
    Slot,
    check,
)
from app.domain.errors import Findings
from app.domain.money import amount_problem
from app.execution.vocabulary import Arguments, asked, column, computed
from app.resolvers.delivery.auctions import AUCTIONS
from app.resolvers.delivery.deciding import CLICKED, SEEN, Result, Served
from app.schema.context import Info
from app.schema.directives import Cost, ListSize
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import MoneyInput, plain
from app.schema.metrics.rows import PlacementKind
from app.schema.money import Money, amount, money
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, found, identity, ids, node
from app.schema.scalars import URL
from app.schema.texts import DIGITS

SERVE, OPERATE = Access(Level.INGEST, scope="ads:serve"), Access(Level.OPERATOR, scope="auctions:read")
NAMES = Names("placements", ("floorCpc", "micros"), ("pagePath",))
enum(
    Device,
    "Device",
    "What a shopper looks at",
    DESKTOP="A large screen",
    MOBILE="A telephone",
    TABLET="A tablet",
    APP="The shop's own app",
)
enum(
    AdFormat,
    "AdFormat",
    "What a slot takes",
    LISTINGS="Ads of search campaigns, among results: found by words",
    BANNERS="Ads of display campaigns: found by interests",
)
enum(
    AuctionOutcome,
    "AuctionOutcome",
    "What became of an ad in an auction: the first that applies, in the order in which they are tested",
    CAMPAIGN_INACTIVE="The ad or its campaign is paused, or its account suspended or closed",
    PAYMENT_HOLD="No card can be charged for it, the account waits for one, or a charge failed",
    NOT_APPROVED="The ad or its brand is not approved",
    OUT_OF_STOCK="Its product is out of stock, or was",
    OUT_OF_FLIGHT="Before the campaign's start or behind its end",
    NO_TARGET_MATCH="None of its keywords or interests matches",
    NEGATIVE_KEYWORD="A negative keyword matches",
    FREQUENCY_CAP="The shopper was served the ad often enough today",
    DUPLICATE_PRODUCT="Its product is on the page already, or a better ad shows it",
    BELOW_RESERVE="Its bid is less than the least price",
    BUDGET_EXHAUSTED="Its campaign's budget is spent, or promised to clicks that may still come",
    PACED="Held back, so that the day's budget lasts the day",
    OUTRANKED="Others ranked higher",
    WON="It was served",
)


@strawberry.type(description="What a shop shows of an ad")
class AdContent:
    title: str = strawberry.field(description="Its title")
    headline: str = strawberry.field(description="Its headline")
    image_url: URL | None = strawberry.field(description="Its image, where it has one that suits the placement")
    html: str = strawberry.field(
        description="The same as a document for the srcdoc of a sandboxed frame; it runs no script"
    )


@strawberry.type(description="An ad to be shown")
class ServedAd:
    rank: int = strawberry.field(description="Its place among the winners, 1 is the best")
    ad_id: strawberry.ID = strawberry.field(description="The ad")
    campaign_id: strawberry.ID = strawberry.field(description="Its campaign")
    product_id: strawberry.ID | None = strawberry.field(description="The product it leads to; null for a Page")
    resolved_bid_id: str = strawberry.field(description="Cite it when reporting events; it holds no price in clear")
    content: AdContent = strawberry.field(description="What to show")
    click_url: URL = strawberry.field(description="Where a click leads by way of Endcap, which counts it; for 24 hours")
    impression_url: URL = strawberry.field(description="An image of one pixel that counts the impression; for an hour")


@strawberry.type(description="What became of a slot")
class AdDecision:
    slot_id: str = strawberry.field(description="The slot")
    auction_id: strawberry.ID | None = strawberry.field(description="Its auction; null where there was none")
    winners: list[ServedAd] = strawberry.field(
        description="The ads to show there, the best first; empty where nobody may",
        directives=[ListSize(assumed_size=MOST_SLOTS)],
    )
    error: str | None = strawberry.field(description="Why there was no auction")


def _products(wrong: Findings, ids: Sequence[str], at: int) -> list[UUID]:
    """The keys of products; an id that is of none is wrong."""
    keys = [found(each, "Product") for each in ids]
    for place in [place for place, key in enumerate(keys) if key is None]:
        path = ("placements", str(at), "excludeProductIds", str(place))
        wrong.invalid("This is no product's id.", *path, constraint="id of a Product")
    return [key for key in keys if key is not None]


@strawberry.input(description="A slot of a page")
class PlacementRequest:
    slot_id: str = strawberry.field(
        metadata=DIGITS, description=f"The shop's own name of it, 1 to {MOST_NAME} characters, each once"
    )
    kind: PlacementKind = strawberry.field(description="Where it is")
    format: AdFormat = strawberry.field(default=AdFormat.LISTINGS, description="What it takes")
    slots: int = strawberry.field(default=1, description=f"How many ads, 1 to {MOST_SLOTS}")
    search_query: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"What the shopper searches for, at most {MOST_WORDS} characters"
    )
    category: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the shopper looks through: stands for a search, or for an interest of that name",
    )
    interests: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"Ids or names of the shopper's interests, at most {MOST_INTERESTS}; never who they are",
    )
    exclude_product_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description=f"Products that the page shows already, at most {MOST_EXCLUDED}"
    )
    floor_cpc: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Least price of a click, where it is more than the installation's"
    )


def _slot(asked: PlacementRequest, wrong: Findings, currency: str, at: int) -> Slot:
    """The slot; what is wrong with its ids and its money joins the rest."""
    shown = _products(wrong, plain(asked.exclude_product_ids) or (), at)
    floor = plain(asked.floor_cpc)
    if floor is not None:
        path = ("placements", str(at), "floorCpc")
        wrong.add(amount_problem(floor, *path, currency=currency, least=-(2**63), most=2**63, name="the floor"))
    return Slot(
        asked.slot_id,
        asked.kind,
        asked.format,
        asked.slots,
        plain(asked.search_query),
        plain(asked.category),
        plain(asked.interests) or (),
        shown,
        floor.micros if floor else 0,
    )


@strawberry.input(description="A page to be filled")
class AdDecideInput:
    request_id: str = strawberry.field(
        metadata=DIGITS, description="The shop's own; the same id gets the same answer, for an hour"
    )
    opaque_user_id: str | None = strawberry.field(
        metadata=DIGITS,
        default=strawberry.UNSET,
        description="The shopper as the shop knows them apart; never who they are",
    )
    device: Device | None = strawberry.field(default=strawberry.UNSET, description="What they look at")
    page_path: str | None = strawberry.field(metadata=DIGITS, default=strawberry.UNSET, description="Which page it is")
    placements: list[PlacementRequest] = strawberry.field(
        description=f"Its slots, 1 to {MOST_AUCTIONS}: no product is shown twice"
    )

    def plain(self, currency: str) -> Request:
        wrong = Findings()
        slots = [_slot(each, wrong, currency, at) for at, each in enumerate(self.placements)]
        request = Request(self.request_id, slots, plain(self.opaque_user_id), plain(self.page_path))
        check(wrong, request, NAMES)
        wrong.settle()
        return request


@strawberry.type(description="What to show")
class AdDecidePayload(MutationPayload):
    decisions: list[AdDecision] | None = strawberry.field(
        default=None,
        description="Each slot's, in the order of the request",
        directives=[ListSize(assumed_size=MOST_AUCTIONS)],
    )


def _decision(result: Result, address: str) -> AdDecision:
    auction = result.auction_id and strawberry.ID(global_id("Auction", result.auction_id))
    return AdDecision(
        slot_id=result.slot_id,
        auction_id=auction,
        winners=[_served(each, address) for each in result.winners],
        error=result.error,
    )


def _served(served: Served, address: str) -> ServedAd:
    drawn = served.content
    image = URL(drawn.image_url) if drawn.image_url else None
    return ServedAd(
        rank=served.rank,
        ad_id=strawberry.ID(drawn.ad_id),
        campaign_id=strawberry.ID(drawn.campaign_id),
        product_id=strawberry.ID(drawn.product_id) if drawn.product_id else None,
        resolved_bid_id=served.resolved_bid_id,
        content=AdContent(title=drawn.title, headline=drawn.headline, image_url=image, html=drawn.html),
        click_url=URL(f"{address}{CLICKED}{served.resolved_bid_id}"),
        impression_url=URL(f"{address}{SEEN}{served.resolved_bid_id}"),
    )


@strawberry.type
class DecidingMutations:
    @strawberry.mutation(
        description="Ask which ads to show on a page; nothing is written before the shop reports what was seen",
        extensions=[SERVE],
        directives=[Cost(weight=5)],
    )
    async def ad_decide(self, info: Info, work: Any, input: AdDecideInput) -> AdDecidePayload:
        delivery = info.context.services.delivery
        request = input.plain(delivery.conditions.currency)
        answer = await delivery.decide(work.caller, request, rehearsed=info.context.unit.dry)
        return AdDecidePayload(decisions=[_decision(each, info.context.services.address) for each in answer.results])


@strawberry.type(description="An ad in an auction")
class AuctionEntry:
    ad_id: strawberry.ID = strawberry.field(description="The ad")
    campaign_id: strawberry.ID = strawberry.field(description="Its campaign")
    bid: Money = strawberry.field(description="What it bid")
    predicted_ctr: int = strawberry.field(description="How often it was expected to be clicked, in parts per million")
    outcome: AuctionOutcome = strawberry.field(description="What became of it")
    rank: int | None = strawberry.field(description="Of a winner, from 1")
    price: Money | None = strawberry.field(description="What a click costs a winner")
    needed: Money | None = strawberry.field(description="The bid that would have won, where bids decided")


def _entries(entries: Sequence[Mapping[str, Any]], currency: str) -> list[AuctionEntry]:
    return [
        AuctionEntry(
            ad_id=strawberry.ID(global_id("Ad", UUID(each["ad"]))),
            campaign_id=strawberry.ID(global_id("Campaign", UUID(each["campaign"]))),
            bid=money(each["bid"], currency),  # type: ignore[arg-type] - none only of none
            predicted_ctr=each["ctr"],
            outcome=AuctionOutcome[each["outcome"]],
            rank=each["rank"],
            price=money(each["price"], currency),
            needed=money(each["need"], currency),
        )
        for each in entries
    ]


@node(AUCTIONS, Level.OPERATOR, "auctions:read")
@strawberry.type(description="An auction, kept for some days; for operators only: it holds the bids of all")
class Auction(Node):
    id: strawberry.ID = identity("Auction")
    request_id: str = column(description="The shop's own id of the request")
    at: datetime = column(description="When it was held")
    placement: PlacementKind = column(description="Where")
    format: AdFormat = column(description="What it filled")
    slots: int = column(description="How many ads were asked for")
    search_query: str | None = column(description="What was searched for, or the category that was looked through")
    reserve: Money = amount("reserve_micros", description="Least price of a click in it")
    complete: bool = column(description="Whether all who took part are listed: else only the best, or who decided it")
    entries: list[AuctionEntry] = computed(
        _entries,
        "entries",
        "currency",
        description="Who took part, in the order of rank",
        directives=[ListSize(assumed_size=100)],
    )


@strawberry.type
class DecidingQueries:
    @asked(
        AUCTIONS,
        gives=Auction | None,
        access=OPERATE,
        description="An auction by its id; null when it is unknown or no longer kept",
    )
    def auction(self, id: Annotated[strawberry.ID, strawberry.argument(description="Its id")]) -> Arguments:
        return ids(id, "Auction")
