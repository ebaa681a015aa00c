"""Why only part of a budget was spent, what other bids would have brought, and how many shoppers there are (S58)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Self

import strawberry

from app.db.ids import global_id
from app.domain.access import Caller, Level
from app.domain.delivery import landscape as rules
from app.domain.delivery.audience import DISCLAIMER as OF_AUDIENCE
from app.domain.delivery.causes import REMEDIES, CauseKind
from app.domain.delivery.diagnosis import DISCLAIMER, DeliveryVerdict
from app.domain.delivery.unspent import Cause
from app.execution.rows import Rowed
from app.execution.vocabulary import column, computed
from app.resolvers.delivery.audience import Audience, Wanted, audience
from app.resolvers.delivery.bids import landscape
from app.resolvers.delivery.explaining import MOST_DAYS, Explained, Question, diagnosis
from app.schema.campaigns.ad import KeywordInput
from app.schema.context import Context, Info
from app.schema.delivery.deciding import OPERATE, AuctionOutcome
from app.schema.directives import Cost, ListSize
from app.schema.enums import enum
from app.schema.inputs import DateRange, MoneyInput, given, plain
from app.schema.metrics.rows import METRICS, Freshness
from app.schema.money import Money, money
from app.schema.relay import key, keys
from app.schema.scalars import BigInt

WINDOW = f"Which days, at most {MOST_DAYS}; without it those since the campaign began, the last {MOST_DAYS} of them"

enum(
    DeliveryVerdict,
    "DeliveryVerdict",
    "How a campaign does",
    ON_TRACK="It spends nine tenths of what its budget allows, or more",
    UNDER_DELIVERING="It spends less; `causes` says why",
    BUDGET_SPENT="Its total budget is spent",
    NOT_SERVING="Something keeps it from being served now; `causes` says what",
    TOO_EARLY="Less than a day, or no auction at all, is counted",
)
enum(
    CauseKind,
    "CauseKind",
    "Why budget was left",
    BID_TOO_LOW="Others bid more, or the bid was under the least price",
    AUDIENCE_TOO_NARROW="Too few auctions met its keywords or interests",
    INVENTORY_CHANGED="There were fewer auctions than in the 28 days before",
    BUDGET_PACED="It was held back to spread a day's budget, or the day's budget was spent",
    OUT_OF_STOCK="A product was out of stock",
    IN_MODERATION="No ad was approved",
    BILLING="A payment was due, or its method missing",
    POLICY="Ads were rejected or stopped, or the account suspended, for a breach of the ad policy",
    PAUSED="A member of the account had paused it",
    METRICS_NOT_FINAL="Figures are still coming in",
    LOW_CTR="Its ads are clicked less than half as often as others",
    SCHEDULE="It had not begun, or had ended",
)


@strawberry.type(description="A cause of unspent budget, what it took and what helps")
class DeliveryCause(Rowed):
    kind: CauseKind = column(description="The cause")
    share: Decimal = column(description="Its part of what was left, to four places; all shares sum to 1")
    explanation: str = column(description="The cause with its figures, in words")
    remedy: str = computed(lambda kind: REMEDIES[kind].words, "kind", description="What helps, in words")
    remedy_mutation: str | None = computed(
        lambda kind: REMEDIES[kind].remedy_mutation, "kind", description="The mutation that helps"
    )
    suggested_bid: Money | None = computed(
        money, "suggested_bid", "currency", description="The bid that would spend what is left, at most three times it"
    )
    sample_auction_ids: list[strawberry.ID] | None = column(
        description="Some auctions to look into", access=OPERATE, directives=[ListSize(assumed_size=10)]
    )
    lock_columns = ()

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:  # noqa: ARG003 - operators are so everywhere
        return caller.holds(level)


@strawberry.type(description="How often an outcome came about")
class AuctionOutcomeCount:
    outcome: AuctionOutcome = strawberry.field(description="The outcome")
    count: BigInt = strawberry.field(description="In how many auctions")


@strawberry.type(description="From all auctions to clicks: how many were left after each step")
class AuctionFunnel:
    opportunities: BigInt = strawberry.field(description="Auctions that were looked at for it")
    matched: BigInt = strawberry.field(description="Of these, those that met a keyword or an interest")
    eligible: BigInt = strawberry.field(description="Of these, those that it might enter")
    entered: BigInt = strawberry.field(description="Of these, those that it entered")
    won: BigInt = strawberry.field(description="Of these, those that it won")
    viewed: BigInt = strawberry.field(description="Impressions that were counted")
    clicked: BigInt = strawberry.field(description="Valid clicks")


@strawberry.type(description="Why only part of a budget was spent")
class DeliveryDiagnosis:
    verdict: DeliveryVerdict = strawberry.field(description="How the campaign does")
    summary: str = strawberry.field(description="The same in a sentence, with the greatest cause")
    budget_spent_ratio: Decimal = strawberry.field(
        description="Spent, of what the budget allowed in these days, to four places and at most 1"
    )
    causes: list[DeliveryCause] = strawberry.field(
        description="Why budget was left, the greatest share first; shares sum to 1. None where it does as planned",
        directives=[ListSize(assumed_size=len(CauseKind))],
    )
    funnel: AuctionFunnel = strawberry.field(description="From auctions to clicks")
    outcomes: list[AuctionOutcomeCount] = strawberry.field(
        description="Every outcome that came about, in the order tested",
        directives=[ListSize(assumed_size=len(AuctionOutcome))],
    )
    freshness: Freshness = strawberry.field(description="How final the figures are")
    disclaimer: str = strawberry.field(description="Clicks are never guaranteed")


@dataclass(frozen=True)
class _Row:
    """A cause as a row, as the fields of `DeliveryCause` read it."""

    kind: CauseKind
    share: Decimal
    explanation: str
    suggested_bid: int | None
    currency: str
    sample_auction_ids: list[str] | None


def _row(cause: Cause, found: Explained) -> _Row:
    samples = [global_id("Auction", id) for id in found.samples.get(cause.kind, ())]
    return _Row(cause.kind, cause.share, cause.explanation, cause.suggested_bid, found.campaign.currency, samples)


def _told(found: Explained) -> DeliveryDiagnosis:
    told = found.diagnosis
    counts = [(outcome, told.outcomes.get(outcome, 0)) for outcome in AuctionOutcome]
    return DeliveryDiagnosis(
        verdict=told.verdict,
        summary=told.summary,
        budget_spent_ratio=told.spent_ratio,
        causes=[DeliveryCause(row=_row(cause, found)) for cause in told.causes],
        funnel=AuctionFunnel(**{name: BigInt(count) for name, count in vars(told.funnel).items()}),
        outcomes=[AuctionOutcomeCount(outcome=each, count=BigInt(count)) for each, count in counts if count],
        freshness=Freshness(**vars(found.freshness)),
        disclaimer=DISCLAIMER,
    )


@strawberry.type(description="What a bid would have brought")
class BidPoint:
    bid: Money = strawberry.field(description="The bid of a click")
    wins: BigInt = strawberry.field(description="Auctions won with it")
    clicks: Decimal = strawberry.field(description="Clicks to be expected, to two places")
    spend: Money = strawberry.field(description="What these would cost, were there budget for it")
    marginal_cpc: Money | None = strawberry.field(
        description="Price of a click that the next lower bid does not bring; null where there is none"
    )

    @classmethod
    def of(cls, point: rules.BidPoint, currency: str) -> Self:
        marginal = money(point.marginal_cpc, currency)
        bid, spend = (Money(micros=BigInt(micros), currency=currency) for micros in (point.bid, point.spend))
        return cls(bid=bid, wins=BigInt(point.wins), clicks=point.clicks, spend=spend, marginal_cpc=marginal)


@strawberry.type(description="What other bids would have brought")
class BidLandscape:
    points: list[BidPoint] = strawberry.field(
        description="The lowest bid first", directives=[ListSize(assumed_size=rules.MOST_BIDS)]
    )
    based_on_auctions: BigInt = strawberry.field(description="In how many auctions its ads took part, each ad counted")
    method: str = strawberry.field(description="How the figures are made, and how far they may be off")


@strawberry.input(description="An ad that is still to be made")
class AudienceEstimateInput:
    account_id: strawberry.ID = strawberry.field(description="Account that it would belong to")
    interest_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Interests of a display ad; an empty list: everybody"
    )
    keywords: list[KeywordInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Keywords of an ad among search results"
    )
    bid: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Its bid; without one it takes the last slot of every auction"
    )
    daily_budget: MoneyInput | None = strawberry.field(default=strawberry.UNSET, description="What it may spend a day")
    range: DateRange | None = strawberry.field(
        default=strawberry.UNSET, description="Whose auctions are looked at, at most 28 days; without it the last 7"
    )


@strawberry.type(description="How many shoppers an ad would meet on a day")
class AudienceEstimate:
    daily_impressions: BigInt = strawberry.field(description="How often it would be shown")
    daily_clicks: Decimal = strawberry.field(description="Clicks to be expected, to two places")
    enough_for_budget: bool | None = strawberry.field(
        description="Whether these would spend the daily budget; null without one"
    )
    disclaimer: str = strawberry.field(description="Clicks are never guaranteed")


BIDS = f"Which bids, at most {rules.MOST_BIDS}; without it some from half to three times the greatest bid of its ads"
METHOD = (
    "The auctions that its ads took part in are held again with another bid, while all others bid as they did. Clicks "
    "are those predicted, corrected by the clicks there were. Up to three times the bid wins are within 5 % and clicks "
    "within 15 %; beyond that they are a guess. Budgets are left out of account"
)


def _question(context: Context, campaign_id: strawberry.ID, window: DateRange | None) -> Question:
    campaign, reserve = key(campaign_id, "Campaign", "campaignId"), context.services.reserve
    return Question(campaign, plain(window), context.now, reserve, samples=context.caller.holds(Level.OPERATOR))


def _wanted(context: Context, input: AudienceEstimateInput) -> Wanted:
    account = key(input.account_id, "Account", "input", "accountId")
    interests = keys(input.interest_ids, "Interest", "input", "interestIds")
    more = given(input, "account_id", "interest_ids")
    return Wanted(account, context.now, context.services.reserve, interests, **more)


def _estimated(found: Audience) -> AudienceEstimate:
    return AudienceEstimate(
        daily_impressions=BigInt(found.impressions),
        daily_clicks=found.clicks,
        enough_for_budget=found.is_enough,
        disclaimer=OF_AUDIENCE,
    )


@strawberry.type
class ExplainingQueries:
    @strawberry.field(
        description="Why only part of a campaign's budget was spent", extensions=[METRICS], directives=[Cost(weight=20)]
    )
    async def delivery_diagnosis(
        self,
        info: Info,
        scope: Any,
        campaign_id: Annotated[strawberry.ID, strawberry.argument(description="The campaign")],
        window: Annotated[DateRange | None, strawberry.argument(description=WINDOW)] = strawberry.UNSET,
    ) -> DeliveryDiagnosis | None:
        asked = _question(info.context, campaign_id, window)
        return _told(await diagnosis(info.context.loads.reader, scope, asked))

    @strawberry.field(
        description="What other bids would have brought a campaign", extensions=[METRICS], directives=[Cost(weight=20)]
    )
    async def bid_landscape(
        self,
        info: Info,
        scope: Any,
        campaign_id: Annotated[strawberry.ID, strawberry.argument(description="The campaign")],
        ad_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="One of its ads; without it each of them with the bid"),
        ] = strawberry.UNSET,
        window: Annotated[DateRange | None, strawberry.argument(description=WINDOW)] = strawberry.UNSET,
        bids: Annotated[list[MoneyInput] | None, strawberry.argument(description=BIDS)] = strawberry.UNSET,
    ) -> BidLandscape | None:
        asked, ad = _question(info.context, campaign_id, window), key(ad_id, "Ad", "adId") if ad_id else None
        found = await landscape(info.context.loads.reader, scope, asked, ad, plain(bids))
        points = [BidPoint.of(point, found.currency) for point in found.points]
        return BidLandscape(points=points, based_on_auctions=BigInt(found.auctions), method=METHOD)

    @strawberry.field(
        description="How many shoppers an ad would meet that is still to be made",
        extensions=[METRICS],
        directives=[Cost(weight=10)],
    )
    async def audience_estimate(
        self,
        info: Info,
        scope: Any,
        input: Annotated[AudienceEstimateInput, strawberry.argument(description="Which ad")],
    ) -> AudienceEstimate | None:
        asked = _wanted(info.context, input)
        return _estimated(await audience(info.context.loads.reader, scope, asked))
