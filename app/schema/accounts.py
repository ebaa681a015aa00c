"""Accounts, their brands and the people in them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.domain import accounts as rules
from app.domain.access import Level, MemberLevel
from app.domain.accounts import AccountStatus, InvitationStatus, MembershipStatus, OrganizationKind
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, asked, column, computed, connection, many, one
from app.resolvers import accounts, identity
from app.resolvers.campaigns.reads import ADS_OF_ACCOUNT, CAMPAIGNS_OF_ACCOUNT
from app.resolvers.metrics import METRICS_OF_ACCOUNT
from app.schema.campaigns.ad import Ad, AdFilter, AdSort
from app.schema.campaigns.campaign import (
    EDIT as EDIT_CAMPAIGNS,
)
from app.schema.campaigns.campaign import (
    Campaign,
    CampaignFilter,
    CampaignSort,
)
from app.schema.context import Context, Info
from app.schema.directives import Cost, ListSize
from app.schema.enums import enum
from app.schema.guards import Access, Permission
from app.schema.identity import ApiToken, User
from app.schema.inputs import DateRange, given, plain
from app.schema.metrics import METRICS, MetricRow, days
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, ids, key, node
from app.schema.relay import identity as id_field

READ = Access(Level.EDITOR, scope="accounts:read")
SEE_PEOPLE = Access(Level.ADMIN, scope="users:read")
INVITE = Access(Level.ADMIN, scope="users:write")
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
enum(
    MemberLevel,
    "MemberLevel",
    "Level of a member in an account",
    EDITOR="Changes content, creates ads, manages campaigns",
    ADMIN="Also sees to payment and people, and gets the account's mail",
)
enum(
    MembershipStatus,
    "MembershipStatus",
    "Whether a membership holds",
    ACTIVE="Holds",
    REMOVED="Ended",
)
enum(
    InvitationStatus,
    "InvitationStatus",
    "State of an invitation",
    PENDING="Waits for an answer",
    ACCEPTED="Accepted",
    DECLINED="Declined",
    REVOKED="Taken back",
    EXPIRED="Past its time",
)
enum(
    OrganizationKind,
    "OrganizationKind",
    "What an organization is to an account",
    ADVERTISER="The brand's own company",
    AGENCY="Acts for the brand",
    PARTNER="An integration partner",
    RETAILER="Who operates Endcap",
)


@node(accounts.ORGANIZATIONS, Level.EDITOR, "accounts:read")
@strawberry.type(description="The agency, advertiser or partner that a member belongs to")
class Organization(Node):
    id: strawberry.ID = id_field("Organization")
    name: str = column(description="Its name")
    kind: OrganizationKind = column(description="What it is to the account")


@node(accounts.MEMBERSHIPS, Level.ADMIN, "users:read")
@strawberry.type(description="A person's level in one account")
class Membership(Node):
    id: strawberry.ID = id_field("Membership")
    account: Annotated["Account", strawberry.lazy("app.schema.accounts")] | None = one(
        accounts.ACCOUNT_OF, description="The account", access=READ
    )
    user: User | None = one(identity.MEMBER, description="The person")
    organization: Organization | None = one(accounts.ORGANIZATION_OF, description="Whom the person works for")
    level: MemberLevel = column(description="Level in the account")
    status: MembershipStatus = column(description="Whether it holds")
    since: datetime = column(description="Since when")
    removed_at: datetime | None = column(description="When it ended")


def _invitation_status(context: Context, stored: rules.InvitationStatus, expires_at: datetime) -> Any:
    return rules.invitation_status(stored, expires_at, context.now)


@node(accounts.INVITATIONS, Level.ADMIN, "users:read")
@strawberry.type(description="An invitation to join an account")
class Invitation(Node):
    id: strawberry.ID = id_field("Invitation")
    account: Annotated["Account", strawberry.lazy("app.schema.accounts")] | None = one(
        accounts.ACCOUNT_OF, description="The account", access=READ
    )
    name: str = column(description="Name of the invited person")
    email: str = column(description="Address the invitation goes to")
    organization_name: str | None = column(description="Whom the person works for")
    level: MemberLevel = column(description="Level they are to have")
    status: InvitationStatus = computed(
        _invitation_status, "status", "expires_at", asks=True, description="State of the invitation"
    )
    created_at: datetime = column(description="When it was made")
    expires_at: datetime = column(description="Until when it can be accepted")
    invited_by: User | None = one(identity.INVITER, description="Who invited")


@node(accounts.BRANDS, Level.EDITOR, "accounts:read")
@strawberry.type(description="A brand that an account advertises")
class Brand(Node):
    id: strawberry.ID = id_field("Brand")
    account: Annotated["Account", strawberry.lazy("app.schema.accounts")] | None = one(
        accounts.ACCOUNT_OF, description="Account it belongs to", access=READ
    )
    name: str = column(description="Its name")
    vendor_code: str | None = column(
        description="Code of the vendor who sells it", access=Access(Level.EDITOR, scope="catalog:read")
    )
    approved: bool = column(description="Whether it may be advertised")


@strawberry.type(description="What the caller may do with an account")
class AccountPermissions:
    invite_user: Permission = strawberry.field(description="Whether `userInvite` would be carried out")
    create_campaign: Permission = strawberry.field(description="Whether `campaignCreate` would be carried out")


def _permissions(context: Context, id: Any, status: rules.AccountStatus) -> AccountPermissions:
    closed = rules.active_problem(status)
    return AccountPermissions(
        invite_user=INVITE.permits(context.caller, id, closed),
        create_campaign=EDIT_CAMPAIGNS.permits(context.caller, id, closed),
    )


@strawberry.input(description="Which members; without a status only ACTIVE ones")
class MembershipFilter:
    status: list[MembershipStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    level: list[MemberLevel] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    query: str | None = strawberry.field(default=strawberry.UNSET, description="Part of the name or address")


@node(accounts.ACCOUNTS, Level.EDITOR, "accounts:read")
@strawberry.type(description="The advertising account of a vendor")
class Account(Node):
    lock_columns = ("id",)

    id: strawberry.ID = id_field("Account")
    display_name: str = column(description="Name in the switcher")
    status: AccountStatus = column(description="Whether it may serve ads")
    is_sandbox: bool = column(description="Whether it is a test account, apart from real money and figures")
    currency: str = column(description="ISO 4217 code of all its amounts")
    time_zone: str = column(description="IANA name of the zone its days are counted in")
    permissions: AccountPermissions = computed(
        _permissions, "id", "status", asks=True, description="What the caller may do with it"
    )
    created_at: datetime = column(description="When it was made")
    updated_at: datetime = column(description="When it last changed")
    version: int = column(description="Counts its changes, for expectedVersion")
    api_tokens: list[ApiToken] | None = many(
        identity.API_TOKENS_OF_ACCOUNT,
        description="Tokens of integrations that are not revoked",
        access=Access(Level.ADMIN),
        directives=[ListSize(assumed_size=50)],
    )

    @connection(accounts.BRANDS_OF_ACCOUNT, gives=Connection[Brand], description="Its brands, by name")
    def brands(self) -> Arguments:
        return {}

    @connection(
        accounts.MEMBERS_OF_ACCOUNT,
        gives=Connection[Membership] | None,
        access=SEE_PEOPLE,
        description="Its members, the longest first",
    )
    def members(
        self, filter: Annotated[MembershipFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET
    ) -> Arguments:
        return given(filter)

    @connection(
        accounts.INVITATIONS_OF_ACCOUNT,
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

    @asked(
        METRICS_OF_ACCOUNT,
        gives=MetricRow | None,
        access=METRICS,
        directives=[Cost(weight=5)],
        description="Totals of a range of days",
    )
    def metrics(self, range: Annotated[DateRange, strawberry.argument(description="Which days")]) -> Arguments:
        return days(range)


@strawberry.input(description="A person to invite")
class UserInviteInput:
    account_id: strawberry.ID = strawberry.field(description="Account to join")
    name: str = strawberry.field(description="Name of the person, 1 to 100 characters")
    email: str = strawberry.field(description="Address the invitation goes to")
    level: MemberLevel = strawberry.field(description="Level they are to have")
    organization_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whom the person works for, 1 to 100 characters"
    )


@strawberry.type(description="The invitation that was made")
class UserInvitePayload(MutationPayload):
    invitation: Invitation | None = strawberry.field(default=None, description="The invitation")


@strawberry.type
class AccountQueries:
    @asked(accounts.ACCOUNTS, gives=Account | None, access=READ, description="Account by id")
    def account(self, id: Annotated[strawberry.ID, strawberry.argument(description="Its id")]) -> Arguments:
        return ids(id, "Account")


@strawberry.type
class AccountMutations:
    @strawberry.mutation(description="Invite a person to an account", extensions=[INVITE])
    async def user_invite(self, work: Any, input: UserInviteInput) -> UserInvitePayload:
        account, organization = key(input.account_id, "Account", "accountId"), plain(input.organization_name)
        invitation = await accounts.invite(work, account, input.name, input.email, input.level, organization)
        return UserInvitePayload(invitation=Invitation.keyed(invitation.id))
