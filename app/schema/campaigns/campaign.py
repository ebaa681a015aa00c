"""Campaigns, as clients see them."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import strawberry

from app.domain.access import Level
from app.domain.accounts import AccountStatus, active_problem
from app.domain.billing import charges
from app.domain.billing.charges import ChargeStatus
from app.domain.campaigns import status as rules
from app.domain.campaigns.status import CampaignKind
from app.domain.money import minor_unit
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, asked, column, computed, connection, one
from app.resolvers.accounts import reads as accounts
from app.resolvers.billing.cards import PAYMENT_METHOD_OF_CAMPAIGN
from app.resolvers.campaigns import campaign as campaigns
from app.resolvers.campaigns import copy as copies
from app.resolvers.campaigns import reads
from app.resolvers.campaigns.reads import CampaignSort
from app.resolvers.metrics import DAYS_OF_CAMPAIGN, METRICS_OF_CAMPAIGN
from app.schema.billing.cards import CHANGE as CHANGE_PAYMENT
from app.schema.billing.cards import READ as READ_BILLING
from app.schema.billing.cards import SEE_METHODS, PaymentMethod, card
from app.schema.billing.charges import PAY
from app.schema.campaigns.ad import CREATE_AD, Ad, AdFilter, AdSort
from app.schema.campaigns.status import ConfiguredStatus, EffectiveStatus, StatusReason, reasons
from app.schema.context import Context
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.guards import Access, Permission
from app.schema.inputs import DateRange, MoneyInput, given, plain
from app.schema.metrics.rows import METRICS, MetricRow, days
from app.schema.money import Money, amount, money, money_in_sql
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, found, identity, ids, key, node

READ = Access(Level.EDITOR, scope="campaigns:read")
EDIT = Access(Level.EDITOR, scope="campaigns:write")
MOST_DAYS = 92

enum(
    CampaignKind,
    "CampaignKind",
    "What a campaign advertises with",
    ECOMMERCE_DISPLAY="Display ads for interests, leading to a product",
    SPONSORED_SEARCH="Ads among search results for keywords",
)
enum(
    CampaignSort,
    "CampaignSort",
    "Order of campaigns",
    CREATED_DESC="Newest first",
    CREATED_ASC="Oldest first",
    NAME_ASC="By name",
    START_DESC="Latest start first",
    END_ASC="Soonest end first; without an end last",
)


@strawberry.input(description="Which campaigns")
class CampaignFilter:
    status: list[EffectiveStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    kind: list[CampaignKind] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    query: str | None = strawberry.field(default=strawberry.UNSET, description="Part of the name")


@strawberry.type(description="What the caller may do with a campaign now")
class CampaignPermissions:
    update: Permission = strawberry.field(description="Whether `campaignUpdate` would be carried out")
    set_payment_method: Permission = strawberry.field(
        description="Whether `campaignSetPaymentMethod` would be carried out"
    )
    pause: Permission = strawberry.field(description="Whether `campaignPause` would be carried out")
    resume: Permission = strawberry.field(description="Whether `campaignResume` would be carried out")
    archive: Permission = strawberry.field(description="Whether `campaignArchive` would be carried out")
    pay_balance: Permission = strawberry.field(description="Whether `balancePay` would be carried out")
    create_ad: Permission = strawberry.field(description="Whether `adCreate` would be carried out")
    duplicate: Permission = strawberry.field(description="Whether `campaignDuplicate` would be carried out")


def _permissions(
    context: Context,
    account_id: Any,
    account: AccountStatus,
    configured: rules.ConfiguredStatus,
    owed: ChargeStatus | None,
    given_up: bool,
) -> CampaignPermissions:
    caller, archived = context.caller, rules.archived_problem(configured, "CHANGED")
    steps = {to: rules.CAMPAIGN.problem(configured, to) for to in rules.ConfiguredStatus}
    return CampaignPermissions(
        update=EDIT.permits(caller, account_id, archived),
        set_payment_method=CHANGE_PAYMENT.permits(caller, account_id, archived),
        pause=EDIT.permits(caller, account_id, steps[rules.ConfiguredStatus.PAUSED]),
        resume=EDIT.permits(caller, account_id, steps[rules.ConfiguredStatus.ENABLED]),
        archive=EDIT.permits(caller, account_id, steps[rules.ConfiguredStatus.ARCHIVED]),
        pay_balance=PAY.permits(caller, account_id, charges.payable_problem(owed)),
        create_ad=CREATE_AD.permits(
            caller, account_id, active_problem(account), archived, charges.unpaid_problem(given_up=given_up)
        ),
        duplicate=EDIT.permits(caller, account_id, active_problem(account)),
    )


def _spent_today(context: Context, spent: int, on: date | None, zone: str, currency: str) -> Money | None:
    today = context.now.astimezone(ZoneInfo(zone)).date()
    return money(spent if on == today else 0, currency)


def _remaining(total: int, spent: int, currency: str) -> Money | None:
    return money(total - spent, currency)


def _next_threshold(context: Context, step: int, total: int, currency: str) -> Money | None:
    return money(context.services.charging.ladder.threshold(step, total, minor_unit(currency)), currency)


def _due(balance: int, currency: str) -> Money | None:
    return money(max(balance, 0), currency)


@node(reads.CAMPAIGNS, Level.EDITOR, "campaigns:read")
@strawberry.type(description="A set of ads with a budget and a schedule")
class Campaign(Node):
    id: strawberry.ID = identity("Campaign")
    account: Annotated["Account", strawberry.lazy("app.schema.accounts.account")] | None = one(  # type: ignore[name-defined]  # noqa: F821
        accounts.ACCOUNT_OF, description="Account it belongs to", access=Access(Level.EDITOR, scope="accounts:read")
    )
    brand: Annotated["Brand", strawberry.lazy("app.schema.accounts.account")] = one(  # type: ignore[name-defined]  # noqa: F821
        accounts.BRAND_OF, description="Brand it advertises"
    )
    kind: CampaignKind = column(description="What it advertises with")
    name: str = column(description="Its name")
    configured_status: ConfiguredStatus = column(description="What a member of the account set")
    effective_status: EffectiveStatus = column(description="What holds when everything is taken together")
    status_reasons: list[StatusReason] = computed(
        partial(reasons, resume="campaignResume"),
        "reasons",
        description="Every reason why it is not served, the weightiest first; empty when it runs",
    )
    total_budget: Money = amount("total_budget_micros", description="Most it may spend in its life")
    daily_budget: Money | None = amount(
        "daily_budget_micros", description="Most it may spend on a day of the account's time zone"
    )
    spent: Money = amount("spent_micros", description="Spent so far")
    spent_today: Money = computed(
        _spent_today,
        "spent_today_micros",
        "spent_on",
        "time_zone",
        "currency",
        asks=True,
        description="Spent on this day of the account's time zone",
    )
    remaining_budget: Money = computed(
        _remaining, "total_budget_micros", "spent_micros", "currency", description="What is left of the total budget"
    )
    start: datetime = column("starts_at", description="When it begins")
    end: datetime | None = column("ends_at", description="When it ends; null: when its budget is spent")
    unbilled: Money | None = computed(
        money,
        "unbilled_micros",
        "currency",
        sql=money_in_sql,
        description="Cost of clicks that is not charged yet",
        access=READ_BILLING,
    )
    next_threshold: Money | None = computed(
        _next_threshold,
        "ladder_step",
        "total_budget_micros",
        "currency",
        asks=True,
        description="The cost at which it is charged next",
        access=READ_BILLING,
    )
    balance_due: Money | None = computed(
        _due, "balance_micros", "currency", description="What it owes of charges that were closed", access=READ_BILLING
    )
    payment_method: PaymentMethod | None = one(
        PAYMENT_METHOD_OF_CAMPAIGN,
        description="Card it is charged to; null: the account's default",
        access=SEE_METHODS,
    )
    duplicated_from: "Campaign | None" = one(reads.ORIGINAL_OF, description="The campaign that it is a copy of")
    permissions: CampaignPermissions = computed(
        _permissions,
        "account_id",
        "account_status",
        "configured_status",
        "owed_status",
        "given_up",
        asks=True,
        description="What the caller may do with it now",
    )
    created_at: datetime = column(description="When it was made")
    updated_at: datetime = column(description="When it last changed")
    version: int = column(description="Counts its changes, for expectedVersion")

    @connection(reads.ADS_OF_CAMPAIGN, gives=Connection[Ad], description="Its ads")
    def ads(
        self,
        filter: Annotated[AdFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
        sort: Annotated[AdSort | None, strawberry.argument(description="In which order")] = AdSort.CREATED_DESC,
    ) -> Arguments:
        return {"sort": sort, **given(filter)}

    @asked(
        METRICS_OF_CAMPAIGN,
        gives=MetricRow | None,
        access=METRICS,
        description="Totals of a range of days",
    )
    def metrics(self, range: Annotated[DateRange, strawberry.argument(description="Which days")]) -> Arguments:
        return days(range)

    @asked(
        DAYS_OF_CAMPAIGN,
        gives=list[MetricRow] | None,
        access=METRICS,
        directives=[ListSize(assumed_size=MOST_DAYS)],
        description=f"One row a day with something counted; at most {MOST_DAYS} days",
    )
    def daily_metrics(self, range: Annotated[DateRange, strawberry.argument(description="Which days")]) -> Arguments:
        return days(range, most=MOST_DAYS)


@strawberry.input(description="A campaign to make")
class CampaignCreateInput:
    account_id: strawberry.ID = strawberry.field(description="Account it belongs to")
    brand_id: strawberry.ID = strawberry.field(description="Brand it advertises, of the same account")
    kind: CampaignKind = strawberry.field(description="What it advertises with")
    name: str = strawberry.field(description="Its name, 1 to 80 characters")
    total_budget: MoneyInput = strawberry.field(description="Most it may spend in its life, at least one unit")
    daily_budget: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Most it may spend on a day, at least one unit"
    )
    start: datetime = strawberry.field(description="When it begins; a past moment means now")
    end: datetime | None = strawberry.field(default=strawberry.UNSET, description="When it ends")
    payment_method_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Card it is charged to, where an ADMIN, or a token with billing:write, chooses one; "
        "without it the account's default",
    )


@strawberry.input(description="What to change of a campaign; an absent field stays")
class CampaignUpdateInput:
    id: strawberry.ID = strawberry.field(description="The campaign")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name, 1 to 80 characters")
    total_budget: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Most it may spend; below what is spent it becomes what is spent"
    )
    daily_budget: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Most it may spend on a day; null takes the limit away"
    )
    start: datetime | None = strawberry.field(default=strawberry.UNSET, description="When it begins")
    end: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When it ends; null: when its budget is spent"
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when it changed since this version"
    )


@strawberry.input(description="A campaign to pause")
class CampaignPauseInput:
    id: strawberry.ID = strawberry.field(description="The campaign")


@strawberry.input(description="A campaign to resume")
class CampaignResumeInput:
    id: strawberry.ID = strawberry.field(description="The campaign")


@strawberry.input(description="A campaign to put away for good")
class CampaignArchiveInput:
    id: strawberry.ID = strawberry.field(description="The campaign")


@strawberry.input(description="A copy of a campaign to make; it is charged to the account's default card")
class CampaignDuplicateInput:
    id: strawberry.ID = strawberry.field(description="The campaign to copy")
    name: str = strawberry.field(description="The copy's name, 1 to 80 characters")
    start: datetime = strawberry.field(description="When the copy begins")
    end: datetime | None = strawberry.field(default=strawberry.UNSET, description="When the copy ends")
    total_budget: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Most the copy may spend; without it as much as the original"
    )
    with_ads: bool = strawberry.field(
        default=True, description="Whether its ads are copied too, as drafts: at most 100 with 10,000 keywords"
    )


@strawberry.type(description="A campaign and its copy")
class CampaignDuplicatePayload(MutationPayload):
    original: Campaign | None = strawberry.field(default=None, description="The campaign that was copied")
    campaign: Campaign | None = strawberry.field(default=None, description="The copy")


@strawberry.type(description="The campaign that was made")
class CampaignCreatePayload(MutationPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="The campaign")


@strawberry.type(description="The campaign after the change")
class CampaignUpdatePayload(MutationPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="The campaign")


@strawberry.type(description="The campaign after the pause")
class CampaignPausePayload(MutationPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="The campaign")


@strawberry.type(description="The campaign after it was resumed")
class CampaignResumePayload(MutationPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="The campaign")


@strawberry.type(description="The campaign that was put away")
class CampaignArchivePayload(MutationPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="The campaign")


@strawberry.type
class CampaignQueries:
    @asked(reads.CAMPAIGNS, gives=Campaign | None, access=READ, description="Campaign by id")
    def campaign(self, id: Annotated[strawberry.ID, strawberry.argument(description="Its id")]) -> Arguments:
        return ids(id, "Campaign")


@strawberry.type
class CampaignMutations:
    @strawberry.mutation(description="Make a campaign", extensions=[EDIT])
    async def campaign_create(self, work: Any, input: CampaignCreateInput) -> CampaignCreatePayload:
        account, brand = key(input.account_id, "Account", "accountId"), found(input.brand_id, "Brand")
        values = {"daily_budget": None, "end": None, **given(input, "account_id", "brand_id", "kind")}
        values["payment_method_id"] = card(input.payment_method_id)
        campaign = await campaigns.create(work, account, brand, input.kind, **values)
        return CampaignCreatePayload(campaign=Campaign.keyed(campaign.id))

    @strawberry.mutation(description="Change a campaign's name, budgets and dates", extensions=[EDIT])
    async def campaign_update(self, work: Any, input: CampaignUpdateInput) -> CampaignUpdatePayload:
        changes, version = given(input, "id", "expected_version"), plain(input.expected_version)
        campaign = await campaigns.update(work, key(input.id, "Campaign"), changes, version)
        return CampaignUpdatePayload(campaign=Campaign.keyed(campaign.id))

    @strawberry.mutation(description="Copy a campaign with its ads, which are drafts in the copy", extensions=[EDIT])
    async def campaign_duplicate(self, work: Any, input: CampaignDuplicateInput) -> CampaignDuplicatePayload:
        original, values = key(input.id, "Campaign"), {"end": None, "total_budget": None, **given(input, "id")}
        campaign = await copies.duplicate(work, original, **values)
        return CampaignDuplicatePayload(original=Campaign.keyed(original), campaign=Campaign.keyed(campaign.id))

    @strawberry.mutation(description="Pause a campaign; serving stops at once", extensions=[EDIT])
    async def campaign_pause(self, work: Any, input: CampaignPauseInput) -> CampaignPausePayload:
        campaign = await campaigns.pause(work, key(input.id, "Campaign"))
        return CampaignPausePayload(campaign=Campaign.keyed(campaign.id))

    @strawberry.mutation(description="Resume a campaign that was paused", extensions=[EDIT])
    async def campaign_resume(self, work: Any, input: CampaignResumeInput) -> CampaignResumePayload:
        campaign = await campaigns.resume(work, key(input.id, "Campaign"))
        return CampaignResumePayload(campaign=Campaign.keyed(campaign.id))

    @strawberry.mutation(description="Put a paused campaign away for good; its history stays", extensions=[EDIT])
    async def campaign_archive(self, work: Any, input: CampaignArchiveInput) -> CampaignArchivePayload:
        campaign = await campaigns.archive(work, key(input.id, "Campaign"))
        return CampaignArchivePayload(campaign=Campaign.keyed(campaign.id))
