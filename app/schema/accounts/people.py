"""The people of an account: members, invitations, and what they may do."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.domain import accounts as rules
from app.domain.access import Level, MemberLevel
from app.domain.accounts import InvitationStatus, MembershipStatus
from app.execution.vocabulary import column, computed, one
from app.resolvers.accounts import people, reads
from app.resolvers.identity import reads as persons
from app.schema.context import Context, Info
from app.schema.enums import enum
from app.schema.guards import Access, Permission
from app.schema.identity.people import User
from app.schema.identity.sessions import issued
from app.schema.inputs import plain
from app.schema.notices import EmailKind
from app.schema.organizations import Organization
from app.schema.payloads import SECRET, MutationPayload
from app.schema.relay import Node, key, node
from app.schema.relay import identity as id_field

READ = Access(Level.EDITOR, scope="accounts:read")
SEE_PEOPLE = Access(Level.ADMIN, scope="users:read")
INVITE = Access(Level.ADMIN, scope="users:write")

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


@strawberry.type(description="What the caller may do with a membership")
class MembershipPermissions:
    set_level: Permission = strawberry.field(description="Whether `membershipSetLevel` would be carried out")
    remove: Permission = strawberry.field(description="Whether `membershipRemove` would be carried out")


def _kinds(muted: list[str]) -> list[EmailKind]:
    return [EmailKind(each) for each in muted]


def _permissions(context: Context, account_id: Any, status: rules.MembershipStatus) -> MembershipPermissions:
    allowed = INVITE.permits(context.caller, account_id, rules.ended_problem(status, "id"))
    return MembershipPermissions(set_level=allowed, remove=allowed)


@node(reads.MEMBERSHIPS, Level.ADMIN, "users:read")
@strawberry.type(description="A person's level in one account")
class Membership(Node):
    id: strawberry.ID = id_field("Membership")
    account: Annotated["Account", strawberry.lazy("app.schema.accounts.account")] | None = one(  # type: ignore[name-defined]  # noqa: F821
        reads.ACCOUNT_OF, description="The account", access=READ
    )
    user: User | None = one(persons.MEMBER, description="The person")
    organization: Organization | None = one(reads.ORGANIZATION_OF, description="Whom the person works for")
    level: MemberLevel = column(description="Level in the account")
    status: MembershipStatus = column(description="Whether it holds")
    muted_emails: list[EmailKind] = computed(
        _kinds, "muted", description="Automated mail of the account that this member does without"
    )
    permissions: MembershipPermissions = computed(
        _permissions, "account_id", "status", asks=True, description="What the caller may do with it"
    )
    since: datetime = column(description="Since when")
    removed_at: datetime | None = column(description="When it ended")


def _invitation_status(context: Context, stored: rules.InvitationStatus, expires_at: datetime) -> Any:
    return rules.invitation_status(stored, expires_at, context.now)


@node(reads.INVITATIONS, Level.ADMIN, "users:read")
@strawberry.type(description="An invitation to join an account")
class Invitation(Node):
    id: strawberry.ID = id_field("Invitation")
    account: Annotated["Account", strawberry.lazy("app.schema.accounts.account")] | None = one(  # type: ignore[name-defined]  # noqa: F821
        reads.ACCOUNT_OF, description="The account", access=READ
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
    invited_by: User | None = one(persons.INVITER, description="Who invited")


@strawberry.input(description="Which members; without a status only ACTIVE ones")
class MembershipFilter:
    status: list[MembershipStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    level: list[MemberLevel] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    query: str | None = strawberry.field(default=strawberry.UNSET, description="Part of the name or address")


@strawberry.input(description="A person to invite")
class InviteInput:
    name: str = strawberry.field(description="Name of the person, 1 to 100 characters")
    email: str = strawberry.field(description="Address the invitation goes to")
    level: MemberLevel = strawberry.field(description="Level they are to have")
    organization_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whom the person works for, 1 to 100 characters"
    )

    def plain(self) -> rules.Invitee:
        return rules.Invitee(self.name, self.email, self.level, plain(self.organization_name))


@strawberry.input(description="A person to invite to an account")
class UserInviteInput(InviteInput):
    account_id: strawberry.ID = strawberry.field(description="Account to join")


@strawberry.type(description="The invitation that was made")
class UserInvitePayload(MutationPayload):
    invitation: Invitation | None = strawberry.field(default=None, description="The invitation")


@strawberry.type(description="What the holder of an invitation's link may see before they answer")
class InvitationPreview:
    account_name: str = strawberry.field(description="Name of the account")
    name: str = strawberry.field(description="Name of the invited person")
    level: MemberLevel = strawberry.field(description="Level they are to have")
    status: InvitationStatus = strawberry.field(description="State of the invitation")
    expires_at: datetime = strawberry.field(description="Until when it can be accepted")
    invited_by_name: str | None = strawberry.field(description="Who invited")


@strawberry.input(description="The link of an invitation")
class InvitationAcceptInput:
    token: str = strawberry.field(description="Token of the mailed link")


@strawberry.type(description="The membership that began")
class InvitationAcceptPayload(MutationPayload):
    membership: Membership | None = strawberry.field(default=None, description="The membership")


@strawberry.input(description="The link of an invitation")
class InvitationDeclineInput:
    token: str = strawberry.field(description="Token of the mailed link")


@strawberry.type(description="Whether the invitation was declined")
class InvitationDeclinePayload(MutationPayload):
    ok: bool | None = strawberry.field(default=None, description="True when it was")


@strawberry.input(description="An invitation")
class InvitationRevokeInput:
    id: strawberry.ID = strawberry.field(description="The invitation")


@strawberry.type(description="The invitation that was taken back")
class InvitationRevokePayload(MutationPayload):
    invitation: Invitation | None = strawberry.field(default=None, description="The invitation")


@strawberry.input(description="An invitation")
class InvitationResendInput:
    id: strawberry.ID = strawberry.field(description="The invitation")


@strawberry.type(description="The invitation that is mailed again")
class InvitationResendPayload(MutationPayload):
    invitation: Invitation | None = strawberry.field(default=None, description="The invitation")


@strawberry.input(description="A member's level")
class MembershipSetLevelInput:
    id: strawberry.ID = strawberry.field(description="The membership")
    level: MemberLevel = strawberry.field(description="Level from now on")


@strawberry.type(description="The membership with its level")
class MembershipSetLevelPayload(MutationPayload):
    membership: Membership | None = strawberry.field(default=None, description="The membership")
    session_token: str | None = strawberry.field(
        default=None,
        metadata=SECRET,
        description="The caller's own token from now on, where it is their level; null for browsers, by a cookie",
    )


@strawberry.input(description="A member to remove")
class MembershipRemoveInput:
    id: strawberry.ID = strawberry.field(description="The membership")


@strawberry.type(description="The membership that ended")
class MembershipRemovePayload(MutationPayload):
    membership: Membership | None = strawberry.field(default=None, description="The membership")


@strawberry.input(description="An account to leave")
class MembershipLeaveInput:
    account_id: strawberry.ID = strawberry.field(description="The account")


@strawberry.type(description="Whether the membership ended")
class MembershipLeavePayload(MutationPayload):
    ok: bool | None = strawberry.field(default=None, description="True when it did; the account is out of sight now")


@strawberry.input(description="Automated mail that an ADMIN does without")
class NotificationPreferencesSetInput:
    account_id: strawberry.ID = strawberry.field(description="The account")
    muted: list[EmailKind] = strawberry.field(
        description="Kinds that are not sent, ACCOUNT_SUSPENDED and HANDOVER among them; all others are"
    )


@strawberry.type(description="The membership with its preferences")
class NotificationPreferencesSetPayload(MutationPayload):
    membership: Membership | None = strawberry.field(default=None, description="The membership")


@strawberry.type
class PeopleQueries:
    @strawberry.field(
        description="The invitation of a mailed link, while it can be answered", extensions=[Access(Level.PUBLIC)]
    )
    async def invitation_by_token(
        self, info: Info, token: Annotated[str, strawberry.argument(description="Token of the link")]
    ) -> InvitationPreview | None:
        found = await people.preview(info.context.services.database, token, info.context.now)
        if found is None:
            return None
        status = rules.invitation_status(found.status, found.expires_at, info.context.now)
        return InvitationPreview(**{**vars(found), "status": status})


@strawberry.type
class PeopleMutations:
    @strawberry.mutation(description="Invite a person to an account", extensions=[INVITE])
    async def user_invite(self, work: Any, input: UserInviteInput) -> UserInvitePayload:
        invitation = await people.invite(work, key(input.account_id, "Account", "accountId"), input.plain())
        return UserInvitePayload(invitation=Invitation.keyed(invitation.id))

    @strawberry.mutation(description="Mail an invitation again, with a new link", extensions=[INVITE])
    async def invitation_resend(self, work: Any, input: InvitationResendInput) -> InvitationResendPayload:
        invitation = await people.resend(work, key(input.id, "Invitation"))
        return InvitationResendPayload(invitation=Invitation.keyed(invitation.id))

    @strawberry.mutation(description="Take an open invitation back", extensions=[INVITE])
    async def invitation_revoke(self, work: Any, input: InvitationRevokeInput) -> InvitationRevokePayload:
        invitation = await people.revoke(work, key(input.id, "Invitation"))
        return InvitationRevokePayload(invitation=Invitation.keyed(invitation.id))

    @strawberry.mutation(
        description="Accept the invitation of a mailed link: access begins", extensions=[Access(Level.SIGNED_IN)]
    )
    async def invitation_accept(self, info: Info, work: Any, input: InvitationAcceptInput) -> InvitationAcceptPayload:
        member = await people.accept(work, input.token)
        regrant(info.context, member)
        return InvitationAcceptPayload(membership=Membership.keyed(member.id))

    @strawberry.mutation(description="Decline the invitation of a mailed link", extensions=[Access(Level.PUBLIC)])
    async def invitation_decline(self, work: Any, input: InvitationDeclineInput) -> InvitationDeclinePayload:
        await people.decline(work, input.token)
        return InvitationDeclinePayload(ok=True)

    @strawberry.mutation(description="Make a member an EDITOR or an ADMIN; their sessions end", extensions=[INVITE])
    async def membership_set_level(
        self, info: Info, work: Any, input: MembershipSetLevelInput
    ) -> MembershipSetLevelPayload:
        member, session = await people.set_level(work, key(input.id, "Membership"), input.level)
        regrant(info.context, member)
        token = issued(info.context, session)
        return MembershipSetLevelPayload(membership=Membership.keyed(member.id), session_token=token)

    @strawberry.mutation(
        description="Remove a member: access and their tokens end at once, history stays", extensions=[INVITE]
    )
    async def membership_remove(self, info: Info, work: Any, input: MembershipRemoveInput) -> MembershipRemovePayload:
        member = await people.remove(work, key(input.id, "Membership"))
        regrant(info.context, member)
        return MembershipRemovePayload(membership=Membership.keyed(member.id))

    @strawberry.mutation(description="Leave an account", extensions=[Access(Level.EDITOR)])
    async def membership_leave(self, info: Info, work: Any, input: MembershipLeaveInput) -> MembershipLeavePayload:
        regrant(info.context, await people.leave(work, key(input.account_id, "Account", "accountId")))
        return MembershipLeavePayload(ok=True)

    @strawberry.mutation(
        description="Choose which of an account's automated mail one does without", extensions=[Access(Level.ADMIN)]
    )
    async def notification_preferences_set(
        self, work: Any, input: NotificationPreferencesSetInput
    ) -> NotificationPreferencesSetPayload:
        member = await people.mute(work, key(input.account_id, "Account", "accountId"), input.muted)
        return NotificationPreferencesSetPayload(membership=Membership.keyed(member.id))


def regrant(context: Context, member: Any) -> None:
    """What follows in the same request counts with what the caller's own membership has become."""
    caller = context.caller
    if member.user_id != caller.user_id:
        return
    others = {account: level for account, level in caller.grants.items() if account != member.account_id}
    mine = {member.account_id: member.level} if member.status is MembershipStatus.ACTIVE else {}
    context.caller = replace(caller, grants={**others, **mine})
