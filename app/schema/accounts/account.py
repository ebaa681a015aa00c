"""Accounts and their brands."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.domain import accounts as rules
from app.domain.access import Level
from app.domain.accounts import AccountStatus, InvitationStatus
from app.domain.campaigns.status import account_codes
from app.execution.connection import Connection
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, asked, column, computed, connection, many, one
from app.resolvers.account_jobs import JOBS_OF_ACCOUNT
from app.resolvers.accounts import reads
from app.resolvers.accounts.sandbox import SANDBOX_OF_ACCOUNT
from app.resolvers.assets import ASSETS_OF_ACCOUNT
from app.resolvers.billing.reads import BILLING_OF
from app.resolvers.campaigns.reads import ADS_OF_ACCOUNT, CAMPAIGNS_OF_ACCOUNT
from app.resolvers.identity import reads as persons
from app.resolvers.metrics import METRICS_OF_ACCOUNT, SPEND_OF_ACCOUNT, Calendar
from app.resolvers.onboarding.reads import REGISTRATION_OF_BRAND
from app.resolvers.pages.reads import PAGE_OF_BRAND
from app.schema.account_jobs import READ as SEE_JOBS
from app.schema.account_jobs import Job
from app.schema.accounts.people import INVITE, READ, SEE_PEOPLE, Invitation, Membership, MembershipFilter
from app.schema.assets import READ as SEE_ASSETS
from app.schema.assets import Asset
from app.schema.billing.account import Billing
from app.schema.billing.cards import CHANGE as CHANGE_PAYMENT
from app.schema.billing.cards import READ as READ_BILLING
from app.schema.campaigns.ad import Ad, AdFilter, AdSort
from app.schema.campaigns.campaign import (
    EDIT as EDIT_CAMPAIGNS,
)
from app.schema.campaigns.campaign import (
    Campaign,
    CampaignFilter,
    CampaignSort,
)
from app.schema.campaigns.status import StatusReason, reasons
from app.schema.context import Context, Info
from app.schema.directives import Cost, ListSize
from app.schema.enums import enum
from app.schema.guards import Access, Permission
from app.schema.identity.tokens import ApiToken
from app.schema.inputs import DateRange, given, plain
from app.schema.metrics.rows import METRICS, MetricRow, days
from app.schema.metrics.spend import SpendSummary
from app.schema.organizations import Organization
from app.schema.pages.page import BrandPage
from app.schema.relay import Node, ids, node
from app.schema.relay import identity as id_field

UPDATE = Access(Level.ADMIN, scope="accounts:write")
FOR_PEOPLE = Access(Level.ADMIN)
SEE_CAMPAIGNS = Access(Level.EDITOR, scope="campaigns:read")

enum(
    AccountStatus,
    "AccountStatus",
    "Whether an account may serve ads",
    ACTIVE="In order",
    PAYMENT_HOLD="Waits for a payment method; nothing is served, nothing is stopped for good",
    SUSPENDED="Suspended by staff",
    CLOSED="Closed for good",
)


@node(reads.BRANDS, Level.EDITOR, "accounts:read")
@strawberry.type(description="A brand that an account advertises")
class Brand(Node):
    id: strawberry.ID = id_field("Brand")
    account: Annotated["Account", strawberry.lazy("app.schema.accounts.account")] | None = one(
        reads.ACCOUNT_OF, description="Account it belongs to", access=READ
    )
    name: str = column(description="Its name")
    vendor_code: str | None = column(
        description="Code of the vendor who sells it", access=Access(Level.EDITOR, scope="catalog:read")
    )
    approved: bool = column(description="Whether it may be advertised")
    page: BrandPage | None = one(PAGE_OF_BRAND, description="Its Page; null until it is made")
    registration: (
        Annotated["Registration", strawberry.lazy("app.schema.onboarding.registration")] | None  # type: ignore[name-defined]  # noqa: F821
    ) = one(REGISTRATION_OF_BRAND, description="Its registration", access=Access(Level.ADMIN))


@strawberry.type(description="What the caller may do with an account")
class AccountPermissions:
    update: Permission = strawberry.field(description="Whether `accountUpdate` would be carried out")
    invite_user: Permission = strawberry.field(description="Whether `userInvite` would be carried out")
    remove_user: Permission = strawberry.field(
        description="Whether `membershipRemove` would be carried out, but for the last ADMIN"
    )
    change_payment: Permission = strawberry.field(description="Whether `paymentMethodAdd` would be carried out")
    create_campaign: Permission = strawberry.field(description="Whether `campaignCreate` would be carried out")
    handover: Permission = strawberry.field(description="Whether `accountHandover` would be carried out")
    close: Permission = strawberry.field(description="Whether `accountClose` would be carried out")


def _permissions(context: Context, id: Any, status: rules.AccountStatus) -> AccountPermissions:
    closed, caller = rules.active_problem(status), context.caller
    return AccountPermissions(
        update=UPDATE.permits(caller, id, closed),
        invite_user=INVITE.permits(caller, id, closed),
        remove_user=INVITE.permits(caller, id),
        change_payment=CHANGE_PAYMENT.permits(caller, id, closed),
        create_campaign=EDIT_CAMPAIGNS.permits(caller, id, closed),
        handover=FOR_PEOPLE.permits(caller, id, closed),
        close=FOR_PEOPLE.permits(caller, id, rules.ACCOUNT.problem(status, rules.AccountStatus.CLOSED, "id")),
    )


def _reasons(status: rules.AccountStatus) -> list[StatusReason]:
    return reasons(account_codes(status), "")


@strawberry.type(description="Simulated clock and shoppers of a test account")
class Sandbox(Rowed):
    seed: int = column(description="What its shoppers follow from")
    now: datetime = column(description="The moment up to which time has passed; it is let pass by `sandboxAdvance`")


@node(reads.ACCOUNTS, Level.EDITOR, "accounts:read")
@strawberry.type(description="The advertising account of a vendor")
class Account(Node):
    lock_columns = ("id",)

    id: strawberry.ID = id_field("Account")
    display_name: str = column(description="Name in the switcher")
    status: AccountStatus = column(description="Whether it may serve ads")
    status_reasons: list[StatusReason] = computed(
        _reasons, "status", description="Why it serves none, and what helps; empty when it may"
    )
    is_sandbox: bool = column(description="Whether it is a test account, apart from real money and figures")
    sandbox: Sandbox | None = one(SANDBOX_OF_ACCOUNT, description="What a test account runs on; null for a real one")
    currency: str = column(description="ISO 4217 code of all its amounts")
    time_zone: str = column(description="IANA name of the zone its days are counted in")
    permissions: AccountPermissions = computed(
        _permissions, "id", "status", asks=True, description="What the caller may do with it"
    )
    created_at: datetime = column(description="When it was made")
    updated_at: datetime = column(description="When it last changed")
    version: int = column(description="Counts its changes, for expectedVersion")
    api_tokens: list[ApiToken] | None = many(
        persons.API_TOKENS_OF_ACCOUNT,
        description="Tokens of integrations that are not revoked",
        access=Access(Level.ADMIN),
        directives=[ListSize(assumed_size=50)],
    )

    organizations: list[Organization] | None = many(
        reads.ORGANIZATIONS_OF_ACCOUNT,
        description="Whom its members work for, each once, by name",
        access=SEE_PEOPLE,
        directives=[ListSize(assumed_size=50)],
    )
    billing: Billing | None = one(BILLING_OF, description="How it pays", access=READ_BILLING)

    @connection(reads.BRANDS_OF_ACCOUNT, gives=Connection[Brand], description="Its brands, by name")
    def brands(self) -> Arguments:
        return {}

    @connection(
        reads.MEMBERS_OF_ACCOUNT,
        gives=Connection[Membership] | None,
        access=SEE_PEOPLE,
        description="Its members, the longest first",
    )
    def members(
        self, filter: Annotated[MembershipFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET
    ) -> Arguments:
        return given(filter)

    @connection(
        reads.INVITATIONS_OF_ACCOUNT,
        gives=Connection[Invitation] | None,
        access=SEE_PEOPLE,
        description="Invitations to it, the newest first",
    )
    def invitations(
        self,
        info: Info,
        status: Annotated[
            list[InvitationStatus] | None, strawberry.argument(description="Any of these")
        ] = strawberry.UNSET,
    ) -> Arguments:
        return {"now": info.context.now, "status": plain(status)}

    @connection(
        CAMPAIGNS_OF_ACCOUNT,
        gives=Connection[Campaign] | None,
        access=SEE_CAMPAIGNS,
        description="Its campaigns",
    )
    def campaigns(
        self,
        filter: Annotated[CampaignFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
        sort: Annotated[
            CampaignSort | None, strawberry.argument(description="In which order")
        ] = CampaignSort.CREATED_DESC,
    ) -> Arguments:
        return {"sort": sort, **given(filter)}

    @connection(ADS_OF_ACCOUNT, gives=Connection[Ad] | None, access=SEE_CAMPAIGNS, description="Ads of all campaigns")
    def ads(
        self,
        filter: Annotated[AdFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
        sort: Annotated[AdSort | None, strawberry.argument(description="In which order")] = AdSort.CREATED_DESC,
    ) -> Arguments:
        return {"sort": sort, **given(filter)}

    @connection(
        ASSETS_OF_ACCOUNT,
        gives=Connection[Asset] | None,
        access=SEE_ASSETS,
        description="Its images, the newest first",
    )
    def assets(self) -> Arguments:
        return {}

    @connection(
        JOBS_OF_ACCOUNT,
        gives=Connection[Job] | None,
        access=SEE_JOBS,
        description="Its reports and other jobs, the newest first",
    )
    def jobs(self) -> Arguments:
        return {}

    @asked(
        METRICS_OF_ACCOUNT,
        gives=MetricRow | None,
        access=METRICS,
        directives=[Cost(weight=5)],
        description="Totals of a range of days",
    )
    def metrics(self, range: Annotated[DateRange, strawberry.argument(description="Which days")]) -> Arguments:
        return days(range)

    @asked(
        SPEND_OF_ACCOUNT,
        gives=SpendSummary | None,
        access=METRICS,
        directives=[Cost(weight=5)],
        description="What it spends, by days and months of its time zone",
    )
    def spend(self, info: Info) -> Arguments:
        return {"near": Calendar.near(info.context.now)}


@strawberry.type
class AccountQueries:
    @asked(reads.ACCOUNTS, gives=Account | None, access=READ, description="Account by id")
    def account(self, id: Annotated[strawberry.ID, strawberry.argument(description="Its id")]) -> Arguments:
        return ids(id, "Account")
