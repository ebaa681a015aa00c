"""Metrics: rows of counters with what is derived from them, and how final they are."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import strawberry

from app.db.json import Words
from app.domain import metrics as rules
from app.domain.access import Level
from app.domain.errors import Findings
from app.domain.metrics import Dimension as MetricDimension
from app.domain.metrics import Direction as SortDirection
from app.domain.metrics import FreshnessState, Metric
from app.domain.metrics import Placement as PlacementKind
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, column, computed, one
from app.resolvers.campaigns.reads import AD_OF, CAMPAIGN_OF
from app.resolvers.catalogue import PRODUCT_OF
from app.resolvers.metrics import MOST_DAYS, Query, Report, report
from app.schema.catalogue import Product
from app.schema.context import Context, Info
from app.schema.directives import Cost, ListSize
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import DateRange, plain
from app.schema.money import Money, amount, money
from app.schema.relay import key, keys
from app.schema.scalars import BigInt

METRICS = Access(Level.EDITOR, scope="metrics:read")

enum(
    PlacementKind,
    "PlacementKind",
    "Where an ad is shown",
    SEARCH_RESULTS="Among the results of a search",
    PRODUCT_DETAIL="On a product's page",
    BRAND_PAGE="On a brand's Page",
    PARTNER_SITE="On a partner's site",
    EMAIL="In an e-mail",
)
enum(
    Metric,
    "Metric",
    "A figure of a metric row",
    IMPRESSIONS="How often ads were shown",
    CLICKS="Valid clicks",
    CTR="Click-through rate",
    SPEND="What the clicks cost",
    AVERAGE_CPC="Average price of a click",
    UNBILLED_CLICKS="Valid clicks that cost nothing",
    INVALID_CLICKS="Filtered clicks",
)
enum(
    MetricDimension,
    "MetricDimension",
    "What rows are told apart by",
    DAY="Day of the account's time zone",
    HOUR="Hour of the day, 0 to 23",
    CAMPAIGN="Campaign",
    AD="Ad",
    PLACEMENT="Kind of place",
    POSITION="Place in the list, 1 is the first",
    PRODUCT="Product the ad leads to",
)
enum(SortDirection, "SortDirection", "Direction of a sort", ASC="Smallest first", DESC="Greatest first")
enum(
    FreshnessState,
    "FreshnessState",
    "How final figures are",
    LIVE="Still being counted",
    PROVISIONAL="Complete, may still change",
    FINAL="Will never change",
)


@strawberry.type(description="How final figures are, and through when they are complete")
class Freshness:
    state: FreshnessState = strawberry.field(description="How final they are")
    complete_through: datetime = strawberry.field(description="Everything before this moment is final")
    final_by: datetime = strawberry.field(description="When all of it will be final")


@strawberry.type(description="What a figure means")
class MetricDefinition:
    metric: Metric = strawberry.field(description="The figure")
    formula: str = strawberry.field(description="How it is computed")
    counted_when: str = strawberry.field(description="In which hour it counts")


def _freshness(context: Context, first: date, last: date, zone: str, day: date | None) -> Freshness:
    start, end = rules.day_bounds(day or first, day or last, ZoneInfo(zone))
    return Freshness(**vars(rules.freshness(start, end, context.now)))


def _ratio(words: Words, part: Any, whole: Any) -> Any:
    return words.ratio(part, whole)


def _average_cpc(spend: int, clicks: int, currency: str) -> Money | None:
    return money(rules.average(spend, clicks), currency)


@strawberry.type(description="Counters of a range, or of one value of the dimensions asked for")
class MetricRow(Rowed):
    impressions: BigInt = column(description="How often ads were shown")
    clicks: BigInt = column(description="Valid clicks")
    unbilled_clicks: BigInt = column(description="Valid clicks that cost nothing because a budget was used up")
    invalid_clicks: BigInt = column(description="Filtered clicks, in none of the other figures")
    spend: Money = amount("spend_micros", description="What the clicks cost")
    ctr: Decimal | None = computed(rules.ratio, "clicks", "impressions", sql=_ratio, description="clicks / impressions")
    average_cpc: Money | None = computed(
        _average_cpc, "spend_micros", "clicks", "currency", description="spend / clicks"
    )
    day: date | None = column(description="Day, where rows are told apart by it")
    hour: int | None = column(description="0 to 23 in the account's time zone, where rows are told apart by it")
    campaign: Annotated["Campaign", strawberry.lazy("app.schema.campaigns.campaign")] | None = one(  # type: ignore[name-defined]  # noqa: F821
        CAMPAIGN_OF, description="Campaign, where rows are told apart by it"
    )
    ad: Annotated["Ad", strawberry.lazy("app.schema.campaigns.ad")] | None = one(  # type: ignore[name-defined]  # noqa: F821
        AD_OF, description="Ad, where rows are told apart by it"
    )
    product: Product | None = one(PRODUCT_OF, description="Product, where rows are told apart by it")
    placement: PlacementKind | None = column(description="Kind of place, where rows are told apart by it")
    position: int | None = column(description="1 is the first, where rows are told apart by it")
    freshness: Freshness = computed(
        _freshness, "range_from", "range_to", "time_zone", "day", asks=True, description="How final the figures are"
    )


DEFINITIONS = [
    (rules.Metric.IMPRESSIONS, "count of valid impressions", "the hour of the impression"),
    (rules.Metric.CLICKS, "count of valid clicks", "the hour of the click"),
    (rules.Metric.CTR, "clicks / impressions", "derived from the row's own counters"),
    (rules.Metric.SPEND, "sum over clicks of min(price, what is left of the budgets)", "the hour of the click"),
    (rules.Metric.AVERAGE_CPC, "spend / clicks", "derived from the row's own counters"),
    (
        rules.Metric.UNBILLED_CLICKS,
        "count of valid clicks charged 0 because a budget was used up",
        "the hour of the click",
    ),
    (rules.Metric.INVALID_CLICKS, "count of clicks filtered as invalid traffic", "the hour of the click"),
]


@strawberry.type(description="Rows and totals of a query for metrics")
class MetricsResult:
    rows: list[MetricRow] = strawberry.field(
        description="Rows with something counted", directives=[ListSize(assumed_size=1000)]
    )
    truncated: bool = strawberry.field(description="Whether there are more rows than the limit")
    totals: MetricRow = strawberry.field(description="Totals of all rows, also of those beyond the limit")
    freshness: Freshness = strawberry.field(description="How final the figures are")
    definitions: list[MetricDefinition] = strawberry.field(description="What each figure means")

    @classmethod
    def of(cls, context: Context, found: Report) -> Self:
        totals = found.totals
        return cls(
            rows=[MetricRow(row=row) for row in found.rows],
            truncated=found.truncated,
            totals=MetricRow(row=totals),
            freshness=_freshness(context, totals.range_from, totals.range_to, totals.time_zone, None),
            definitions=[MetricDefinition(metric=m, formula=f, counted_when=when) for m, f, when in DEFINITIONS],
        )


@strawberry.input(description="Which metrics; at most two dimensions")
class MetricsQuery:
    range: DateRange = strawberry.field(description=f"Which days, at most {MOST_DAYS}")
    dimensions: list[MetricDimension] = strawberry.field(description="What rows are told apart by, one or two")
    campaign_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Only of these campaigns"
    )
    ad_ids: list[strawberry.ID] | None = strawberry.field(default=strawberry.UNSET, description="Only of these ads")
    placements: list[PlacementKind] | None = strawberry.field(
        default=strawberry.UNSET, description="Only of these kinds of place"
    )
    sort_by: Metric | None = strawberry.field(
        default=strawberry.UNSET, description="Without it by the dimensions, time first"
    )
    sort_direction: SortDirection = strawberry.field(
        default=SortDirection.DESC, description="Direction where sortBy is given"
    )
    limit: int = strawberry.field(default=1000, description="Greatest number of rows, 1 to 5,000")


def days(range: DateRange, most: int = MOST_DAYS) -> Arguments:
    """The argument of a read of a range, checked."""
    found, asked = Findings(), range.plain()
    asked.check(found, "range", most=most)
    found.settle()
    return {"days": asked}


def _query(asked: MetricsQuery) -> Query:
    return Query(
        days=asked.range.plain(),
        dimensions=asked.dimensions,
        campaign_ids=keys(asked.campaign_ids, "Campaign", "query", "campaignIds"),
        ad_ids=keys(asked.ad_ids, "Ad", "query", "adIds"),
        placements=plain(asked.placements),
        sort_by=plain(asked.sort_by),
        descending=asked.sort_direction is SortDirection.DESC,
        limit=asked.limit,
    )


@strawberry.type
class MetricsQueries:
    @strawberry.field(
        description="Metrics of an account by up to two dimensions",
        extensions=[METRICS],
        directives=[Cost(weight=20)],
    )
    async def metrics(
        self,
        info: Info,
        scope: Any,
        account_id: Annotated[strawberry.ID, strawberry.argument(description="Whose")],
        query: Annotated[MetricsQuery, strawberry.argument(description="Which")],
    ) -> MetricsResult | None:
        account = key(account_id, "Account", "accountId")
        found = await report(info.context.loads.reader, scope, account, _query(query))
        return MetricsResult.of(info.context, found)
