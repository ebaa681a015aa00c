"""A takeover by another agency: the client hands the account over in one step."""

from typing import Any

import strawberry

from app.resolvers.accounts import handover
from app.schema.accounts.account import FOR_PEOPLE, Account
from app.schema.accounts.people import Invitation, InviteInput, Membership, regrant
from app.schema.context import Info
from app.schema.inputs import plain
from app.schema.payloads import MutationPayload
from app.schema.relay import key, keys


@strawberry.input(description="Who comes and who goes")
class AccountHandoverInput:
    id: strawberry.ID = strawberry.field(description="The account")
    invite_agency: list[InviteInput] = strawberry.field(description="People of the new agency to invite, at most 50")
    remove_organization_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Organization that goes, with all its people, their tokens, open invitations and cards",
    )
    remove_membership_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Members who go, at most 50"
    )
    require_payment_update: bool = strawberry.field(
        default=True,
        description="Whether nothing is served until a new card is added; without any card it is so anyway",
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Version that the caller has seen"
    )

    def leaving(self) -> handover.Leaving:
        given = plain(self.remove_organization_id)
        organization = key(given, "Organization", "removeOrganizationId") if given is not None else None
        members = keys(self.remove_membership_ids, "Membership", "removeMembershipIds")
        return handover.Leaving(organization, members or ())


@strawberry.type(description="The account after the handover, who was invited and who removed")
class AccountHandoverPayload(MutationPayload):
    account: Account | None = strawberry.field(default=None, description="The account")
    invitations: list[Invitation] | None = strawberry.field(default=None, description="Invitations that are mailed")
    removed_memberships: list[Membership] | None = strawberry.field(default=None, description="Memberships that ended")


@strawberry.type
class HandoverMutations:
    @strawberry.mutation(
        description="Hand an account over: invite an agency and remove another, in one step that keeps history",
        extensions=[FOR_PEOPLE],
    )
    async def account_handover(self, info: Info, work: Any, input: AccountHandoverInput) -> AccountHandoverPayload:
        invited, version = [each.plain() for each in input.invite_agency], plain(input.expected_version)
        leaving, asks = input.leaving(), input.require_payment_update
        done = await handover.hand_over(work, key(input.id, "Account"), invited, leaving, version, require_payment=asks)
        for member in done.removed:
            regrant(info.context, member)
        return _told(done)


def _told(done: handover.Handover) -> AccountHandoverPayload:
    return AccountHandoverPayload(
        account=Account.keyed(done.account.id),
        invitations=[Invitation.keyed(each.id) for each in done.invitations],
        removed_memberships=[Membership.keyed(each.id) for each in done.removed],
    )
