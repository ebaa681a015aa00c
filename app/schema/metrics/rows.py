"""Metrics: rows of counters with what is derived from them, and how final they are."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import strawberry

from app.db.json import Words
from app.domain import metrics as rules
from app.domain.access import Level
from app.domain.campaigns.targeting import MatchType
from app.domain.delivery.attribution import Windows
from app.domain.errors import Findings
from app.domain.metrics import Dimension as MetricDimension
from app.domain.metrics import Direction as SortDirection
from app.domain.metrics import FreshnessState, Metric
from app.domain.metrics import Placement as PlacementKind
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, column, computed, one
from app.resolvers.campaigns.reads import AD_OF, CAMPAIGN_OF
from app.resolvers.catalogue import INTEREST_OF, PRODUCT_OF
from app.resolvers.metrics import MOST_DAYS, Query, Report, report
from app.schema.catalogue import Interest, Product
from app.schema.context import Context, Info
from app.schema.directives import Cost, ListSize
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import DateRange, plain
from app.schema.money import Money, amount, money
from app.schema.relay import key, keys
from app.schema.scalars import BigInt, Duration

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
    DETAIL_PAGE_VIEWS="Visits of the product's page after a click or a view of the ad",
    DETAIL_PAGE_VIEWS_AFTER_CLICK="Those of shoppers who had clicked the ad",
    DETAIL_PAGE_VIEWS_AFTER_VIEW="Those of shoppers who had only seen it",
    DETAIL_PAGE_VIEW_RATE="Detail page views for each impression",
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
    KEYWORD="Keyword for which the ad was shown; only of ads shown for one",
    INTEREST="Interest for which the ad was shown; only of ads shown for one",
    PRODUCT="Product the ad leads to",
)
enum(
    MatchType,
    "MatchType",
    "How a keyword meets a search",
    EXACT="The search is the keyword",
    PHRASE="The search contains the keyword's words in their order",
    BROAD="The search contains the keyword's words in any order",
    NEGATIVE_EXACT="Never for a search that is the keyword",
    NEGATIVE_PHRASE="Never for a search that contains the keyword's words in their order",
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
    attribution_window: Duration | None = strawberry.field(
        description="How long after a click or view a visit counts for the ad; null where nothing is attributed"
    )
    counted_when: str = strawberry.field(description="In which hour it counts")

    @classmethod
    def of(cls, metric: Metric, figure: rules.Figure, windows: Windows) -> Self:
        window = windows.duration(figure.window)
        return cls(
            metric=metric,
            formula=figure.formula,
            attribution_window=Duration(window) if window else None,
            counted_when=figure.counted_when,
        )


def _freshness(
    context: Context, first: date, last: date, zone: str, final_before: datetime, day: date | None
) -> Freshness:
    start, end = rules.day_bounds(day or first, day or last, ZoneInfo(zone))
    return Freshness(**vars(rules.freshness(start, end, context.now, final_before)))


RANGE = ("range_from", "range_to", "time_zone", "final_before")  # what freshness takes besides a row's day


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
    detail_page_views: BigInt = column(description="Visits of the product's page after a click or a view of the ad")
    detail_page_views_after_click: BigInt = column(description="Those of shoppers who had clicked the ad")
    detail_page_views_after_view: BigInt = column(description="Those of shoppers who had only seen it")
    ctr: Decimal | None = computed(rules.ratio, "clicks", "impressions", sql=_ratio, description="clicks / impressions")
    average_cpc: Money | None = computed(
        _average_cpc, "spend_micros", "clicks", "currency", description="spend / clicks"
    )
    detail_page_view_rate: Decimal | None = computed(
        rules.ratio, "detail_page_views", "impressions", sql=_ratio, description="detailPageViews / impressions"
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
    keyword: str | None = column(description="Keyword, where rows are told apart by it")
    keyword_match: MatchType | None = column(description="How it matches, where rows are told apart by it")
    interest: Interest | None = one(INTEREST_OF, description="Interest, where rows are told apart by it")
    freshness: Freshness = computed(_freshness, *RANGE, "day", asks=True, description="How final the figures are")


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
            freshness=_freshness(context, *[getattr(totals, name) for name in RANGE], day=None),
            definitions=[MetricDefinition.of(*each, context.services.terms.windows) for each in rules.FIGURES.items()],
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
    limit: int = strawberry.field(
        default=1000, description="Greatest number of rows, 1 to 5,000; a report has all of them"
    )


def days(range: DateRange, most: int = MOST_DAYS) -> Arguments:
    """The argument of a read of a range, checked."""
    found, asked = Findings(), range.plain()
    asked.check(found, "range", most=most)
    found.settle()
    return {"days": asked}


def wanted(asked: MetricsQuery) -> Query:
    """The query as resolvers take it."""
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
        found = await report(info.context.loads.reader, scope, account, wanted(query))
        return MetricsResult.of(info.context, found)
