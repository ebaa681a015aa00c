"""Ads and their keywords, as clients see them."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.domain.access import Level
from app.domain.accounts import AccountStatus, active_problem
from app.domain.campaigns import status as rules
from app.domain.campaigns import targeting
from app.domain.campaigns.drafts import Landing
from app.domain.campaigns.status import ReviewStatus as AdReviewStatus
from app.domain.campaigns.status import SystemStop
from app.domain.campaigns.targeting import MatchType
from app.domain.errors import InvalidInput, Refusal
from app.domain.moderation import cases as moderation
from app.execution.connection import Connection
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, asked, column, computed, connection, many, one, several
from app.resolvers.assets import ASSET_OF
from app.resolvers.campaigns import ad as ads
from app.resolvers.campaigns import reads
from app.resolvers.campaigns.reads import AdSort
from app.resolvers.catalogue import INTERESTS_OF_AD
from app.resolvers.metrics import METRICS_OF_AD
from app.resolvers.moderation.reads import CASE_OF_AD
from app.schema.assets import Asset
from app.schema.campaigns.status import ConfiguredStatus, EffectiveStatus, StatusReason, reasons
from app.schema.catalogue import Interest, Product
from app.schema.context import Context, Info
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.guards import Access, Permission
from app.schema.inputs import DateRange, MoneyInput, given, plain
from app.schema.metrics.rows import METRICS, MetricRow, days
from app.schema.money import Money, amount
from app.schema.pages.page import BrandPage, address
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, found, identity, ids, key, node
from app.schema.scalars import URL

READ = Access(Level.EDITOR, scope="campaigns:read")
CREATE_AD = EDIT = Access(Level.EDITOR, scope="campaigns:write")
STOP = Access(Level.MODERATOR)
NOTHING = UUID(int=0)

enum(
    AdReviewStatus,
    "AdReviewStatus",
    "What moderation says of an ad",
    DRAFT="Not submitted yet",
    IN_MODERATION="Being reviewed",
    APPROVED="Approved",
    REJECTED="Not approved",
)
enum(
    SystemStop,
    "SystemStop",
    "Why an ad was stopped for good; a stopped ad never serves again",
    NONE="Not stopped",
    OUT_OF_STOCK="Its product ran out of stock",
    BILLING="A charge failed",
    POLICY="Against the ad policy",
)
enum(
    AdSort,
    "AdSort",
    "Order of ads",
    CREATED_DESC="Newest first",
    CREATED_ASC="Oldest first",
    TITLE_ASC="By title",
)


@strawberry.input(description="Which ads")
class AdFilter:
    status: list[EffectiveStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    review_status: list[AdReviewStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    system_stop: list[SystemStop] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    query: str | None = strawberry.field(default=strawberry.UNSET, description="Part of the title")


@strawberry.type(description="A keyword of an ad")
class Keyword(Rowed):
    text: str = column(description="As the advertiser wrote it")
    match: MatchType = column(description="How it meets a search")
    bid: Money | None = amount("bid_micros", description="Its own bid; null: the ad's")


@strawberry.type(description="What the caller may do with an ad now")
class AdPermissions:
    update: Permission = strawberry.field(description="Whether `adUpdate` would be carried out: on drafts")
    delete: Permission = strawberry.field(description="Whether `adDelete` would be carried out: on drafts")
    submit: Permission = strawberry.field(
        description="Whether `adSubmit` would be carried out, as far as `policyPrecheck` finds nothing against it"
    )
    pause: Permission = strawberry.field(description="Whether `adPause` would be carried out")
    resume: Permission = strawberry.field(description="Whether `adResume` would be carried out")
    replace: Permission = strawberry.field(description="Whether `adReplace` would be carried out")
    appeal: Permission = strawberry.field(description="Whether `adAppeal` would be carried out")
    stop: Permission = strawberry.field(description="Whether `adStop` would be carried out, by a moderator")


def _permissions(
    context: Context,
    account_id: Any,
    account: AccountStatus,
    approved: bool,
    replaced: bool,
    appealed: bool,
    *facts: Any,
) -> AdPermissions:
    campaign, ad = facts[0], rules.AdFacts(*facts[1:])
    may = partial(EDIT.permits, context.caller, account_id)
    moderator = moderation.Moderator(context.caller.user_id, account_id in context.caller.grants)
    stops = moderation.stop_problems(moderator, ad) if context.caller.holds(Level.MODERATOR) else []
    return AdPermissions(
        update=may(rules.draft_problem(ad, campaign, "UPDATED", "adReplace")),
        delete=may(rules.draft_problem(ad, campaign, "DELETED", "adPause")),
        submit=may(*moderation.submit_problems(ad, campaign, account, brand_approved=approved)),
        pause=may(rules.ad_step_problem(ad, campaign, rules.ConfiguredStatus.PAUSED)),
        resume=may(rules.ad_step_problem(ad, campaign, rules.ConfiguredStatus.ENABLED)),
        replace=may(rules.replace_problem(ad, campaign, "id", replaced=replaced), active_problem(account, "id")),
        appeal=may(moderation.appeal_problem(ad, appealed=appealed)),
        stop=STOP.staff_permits(context.caller, stops),
    )


def _landing_url(context: Context, product_url: str | None, page_slug: str | None) -> URL | None:
    if page_slug is not None:
        return address(context, page_slug)
    return None if product_url is None else URL(product_url)


@node(reads.ADS, Level.EDITOR, "campaigns:read", staff=Level.MODERATOR)
@strawberry.type(description="An ad of a campaign; once submitted its content never changes")
class Ad(Node):
    id: strawberry.ID = identity("Ad")
    campaign: Annotated["Campaign", strawberry.lazy("app.schema.campaigns.campaign")] = one(  # type: ignore[name-defined]  # noqa: F821
        reads.CAMPAIGN_OF, description="Campaign it belongs to"
    )
    title: str = column(description="Its title")
    headline: str = column(description="What it says")
    image: Asset | None = one(ASSET_OF, description="Its image")
    landing: Annotated[Product | BrandPage, strawberry.union("Landing", description="Where a click leads")] | None = (
        several(reads.LANDING_OF, description="Where a click leads: a product, or the brand's Page")
    )
    landing_url: URL | None = computed(
        _landing_url, "product_url", "page_slug", asks=True, description="Address where a click leads"
    )
    bid: Money = amount("bid_micros", description="Most one click may cost")
    interests: list[Interest] = many(
        INTERESTS_OF_AD,
        description="Interests it is shown for",
        directives=[ListSize(assumed_size=targeting.MOST_INTERESTS)],
    )
    configured_status: ConfiguredStatus = column(description="What a member of the account set")
    review_status: AdReviewStatus = column(description="What moderation says")
    system_stop: SystemStop = column(description="Why it was stopped for good")
    effective_status: EffectiveStatus = column(description="What holds when everything is taken together")
    status_reasons: list[StatusReason] = computed(
        partial(reasons, resume="adResume"),
        "reasons",
        description="Every reason why it is not served, the weightiest first; empty when it runs",
    )
    moderation: Annotated["ModerationCase", strawberry.lazy("app.schema.moderation.case")] | None = one(  # type: ignore[name-defined]  # noqa: F821
        CASE_OF_AD, description="Its review; null while it is a draft"
    )
    replaces: "Ad | None" = one(reads.REPLACED_AD, description="Ad whose place it takes")
    replaced_by: "Ad | None" = one(reads.REPLACING_AD, description="Ad that took its place")
    permissions: AdPermissions = computed(
        _permissions,
        "account_id",
        "account_status",
        "brand_approved",
        "replaced",
        "appealed",
        "campaign_status",
        "configured_status",
        "review_status",
        "system_stop",
        asks=True,
        description="What the caller may do with it now",
    )
    created_at: datetime = column(description="When it was made")
    submitted_at: datetime | None = column(description="When it was submitted for review")
    stopped_at: datetime | None = column(description="When it was stopped for good")
    updated_at: datetime = column(description="When it last changed")
    version: int = column(description="Counts its changes, for expectedVersion")

    @connection(reads.KEYWORDS_OF_AD, gives=Connection[Keyword], description="Its keywords, in the advertiser's order")
    def keywords(
        self,
        match: Annotated[list[MatchType] | None, strawberry.argument(description="Any of these")] = strawberry.UNSET,
    ) -> Arguments:
        return {"match": plain(match)}

    @asked(METRICS_OF_AD, gives=MetricRow | None, access=METRICS, description="Totals of a range of days")
    def metrics(self, range: Annotated[DateRange, strawberry.argument(description="Which days")]) -> Arguments:
        return days(range)


@strawberry.input(description="Where a click leads", one_of=True)
class LandingInput:
    product_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="A product's page")
    brand_page_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The Page of the campaign's brand; in SPONSORED_SEARCH only"
    )

    def plain(self) -> Landing:
        """What is no id of such an object is like the id of none."""
        page, product = plain(self.brand_page_id), plain(self.product_id)
        if page:
            return Landing(page_id=found(page, "BrandPage") or NOTHING)
        if not product:
            raise Refusal(InvalidInput(message="Say where a click leads.", path=("landing",), constraint="one of"))
        return Landing(product_id=found(product, "Product") or NOTHING)


@strawberry.input(description="A keyword of an ad")
class KeywordInput:
    text: str = strawberry.field(description="1 to 80 characters, at most 10 words")
    match: MatchType = strawberry.field(description="How it meets a search")
    bid: MoneyInput | None = strawberry.field(default=strawberry.UNSET, description="Its own bid")

    def plain(self) -> targeting.Keyword:
        return targeting.Keyword(self.text, self.match, plain(self.bid))


@strawberry.input(description="An ad to make, as a draft")
class AdCreateInput:
    campaign_id: strawberry.ID = strawberry.field(description="Campaign it belongs to")
    title: str = strawberry.field(description="1 to 50 characters")
    headline: str = strawberry.field(description="1 to 120 characters")
    image_asset_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Its image: a READY asset of the account that fits a placement"
    )
    landing: LandingInput = strawberry.field(description="Where a click leads")
    bid: MoneyInput = strawberry.field(description="Most one click may cost, from the reserve to 1,000 units")
    interest_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Interests it is shown for, at most 50"
    )
    keywords: list[KeywordInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Keywords it is shown for, at most 1,000"
    )
    replaces_ad_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Submitted ad of the same campaign whose place it takes"
    )


@strawberry.input(description="An ad to pause")
class AdPauseInput:
    id: strawberry.ID = strawberry.field(description="The ad")


@strawberry.input(description="An ad to resume")
class AdResumeInput:
    id: strawberry.ID = strawberry.field(description="The ad")


@strawberry.type(description="The ad that was made")
class AdCreatePayload(MutationPayload):
    ad: Ad | None = strawberry.field(default=None, description="The ad, a draft")


@strawberry.type(description="The ad after the pause")
class AdPausePayload(MutationPayload):
    ad: Ad | None = strawberry.field(default=None, description="The ad")


@strawberry.type(description="The ad after it was resumed")
class AdResumePayload(MutationPayload):
    ad: Ad | None = strawberry.field(default=None, description="The ad")


def image(input: Any) -> UUID | None:
    """The key of an image that an input names; a malformed id is one that nothing has."""
    id = plain(input.image_asset_id)
    return found(id, "Asset") or NOTHING if id else None


@strawberry.type
class AdQueries:
    @asked(reads.ADS, gives=Ad | None, access=READ, description="Ad by id")
    def ad(self, id: Annotated[strawberry.ID, strawberry.argument(description="Its id")]) -> Arguments:
        return ids(id, "Ad")


@strawberry.type
class AdMutations:
    @strawberry.mutation(description="Make an ad, as a draft", extensions=[EDIT])
    async def ad_create(self, info: Info, work: Any, input: AdCreateInput) -> AdCreatePayload:
        campaign, replaced = key(input.campaign_id, "Campaign", "campaignId"), plain(input.replaces_ad_id)
        values = given(input, "campaign_id", "interest_ids", "replaces_ad_id", "image_asset_id")
        values["interest_ids"] = [found(id, "Interest") for id in input.interest_ids or ()]
        values |= {"image_id": image(input), "keywords": values.get("keywords") or []}
        successor_of = replaced and key(replaced, "Ad", "replacesAdId")
        ad = await ads.create(work, campaign, values, info.context.services.reserve, successor_of)
        return AdCreatePayload(ad=Ad.keyed(ad.id))

    @strawberry.mutation(description="Pause an ad; it stops being served at once", extensions=[EDIT])
    async def ad_pause(self, work: Any, input: AdPauseInput) -> AdPausePayload:
        ad = await ads.pause(work, key(input.id, "Ad"))
        return AdPausePayload(ad=Ad.keyed(ad.id))

    @strawberry.mutation(description="Resume an ad that was paused", extensions=[EDIT])
    async def ad_resume(self, work: Any, input: AdResumeInput) -> AdResumePayload:
        ad = await ads.resume(work, key(input.id, "Ad"))
        return AdResumePayload(ad=Ad.keyed(ad.id))
