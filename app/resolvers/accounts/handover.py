"""A takeover, option 1 (S31): the client adds a new agency and removes the old one, in one step that keeps history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.db.keys import any_of
from app.db.scope import find, missing
from app.db.tables.accounts import Account, Invitation, Membership, Organization
from app.db.tables.identity import User
from app.db.work import Work, expect_version
from app.domain.access import MemberLevel
from app.domain.accounts import (
    InvitationStatus,
    Invitee,
    MembershipStatus,
    active_problem,
    check_handover,
    ended_problem,
    last_admin_problem,
)
from app.domain.errors import Conflict, Findings, Problem
from app.domain.events import Event
from app.domain.notices import EmailKind
from app.domain.text import fold, mailbox
from app.resolvers import notices
from app.resolvers.accounts import people
from app.resolvers.accounts.account import hold
from app.resolvers.billing import cards


@dataclass(frozen=True)
class Leaving:
    """Who goes: an organization with all its people, memberships, or both."""

    organization_id: UUID | None = None
    memberships: Sequence[UUID] = ()


@dataclass(frozen=True)
class Handover:
    """What a handover did."""

    account: Account
    invitations: Sequence[Invitation]
    removed: Sequence[Membership]


async def hand_over(
    work: Work,
    account_id: UUID,
    invited: Sequence[Invitee],
    leaving: Leaving,
    expected_version: int | None,
    *,
    require_payment: bool,
) -> Handover:
    """Invite the new agency's people and remove the old one with its tokens, open invitations and cards.

    Where a new card is asked for, or none is left, serving waits for one (S33): PAYMENT_HOLD.
    """
    account = await find(work, Account, account_id)
    expect_version(account, expected_version)
    found = Findings()
    found.add(active_problem(account.status, "id"))
    check_handover(found, invited, leaving.memberships, leaving.organization_id)
    found.settle()
    organization = await _organization(work, account, leaving.organization_id)
    going = await _going(work, account, leaving, found)
    await _check_invited(work, account, invited, found)
    found.add(await _admins_problem(work, account, going, leaving))
    found.settle()
    await _remove(work, account, organization, going)
    invitations = [await people.open_invitation(work, account, each) for each in invited]
    detached = await cards.detach(work, account.id, leaving.organization_id, [each.user_id for each in going])
    if require_payment or not await cards.usable(work, account.id):
        hold(work, account)
    await _tell(work, account, invited, going, detached)
    return Handover(account, invitations, going)


async def _organization(work: Work, account: Account, id: UUID | None) -> Organization | None:
    """The organization, which people of this account belong or belonged to: any other is unknown here."""
    if id is None:
        return None
    # unscoped: the members of the account opened above
    ours = select(Membership.id).where(Membership.account_id == account.id, Membership.organization_id == id).limit(1)
    if await work.session.scalar(ours) is None:
        raise missing(Organization, "removeOrganizationId")
    return await work.session.get_one(Organization, id)


async def _going(work: Work, account: Account, leaving: Leaving, found: Findings) -> list[Membership]:
    """The memberships that end, each once; NOT_FOUND for one of another account."""
    given = {id: ("removeMembershipIds", str(place)) for place, id in enumerate(leaving.memberships)}
    # unscoped: the members of the account opened above
    mine = select(Membership).where(Membership.account_id == account.id).order_by(Membership.id)
    going = any_of(Membership.id, list(given))
    if leaving.organization_id is not None:
        active = Membership.status == MembershipStatus.ACTIVE
        going |= active & (Membership.organization_id == leaving.organization_id)
    rows = await work.session.scalars(mine.where(going).with_for_update(key_share=True))
    there = {member.id: member for member in rows}
    for id, path in given.items():
        if id not in there:
            raise missing(Membership, *path)
        found.add(ended_problem(there[id].status, *path))
    return list(there.values())


async def _check_invited(work: Work, account: Account, invited: Sequence[Invitee], found: Findings) -> None:
    seen: set[str] = set()
    for place, each in enumerate(invited):
        path = ("inviteAgency", str(place))
        await people.check(work, account, found, each, *path)
        if mailbox(each.email) in seen:
            found.add(Conflict(message="This address is invited twice: once is enough.", path=(*path, "email")))
        seen.add(mailbox(each.email))


async def _admins_problem(
    work: Work, account: Account, going: Collection[Membership], leaving: Leaving
) -> Problem | None:
    """I2: who is only invited may never accept, so an ADMIN of now has to stay."""
    if not any(each.level is MemberLevel.ADMIN for each in going):
        return None
    # unscoped: the members of the account opened above
    admins = select(Membership.id).where(Membership.account_id == account.id, Membership.level == MemberLevel.ADMIN)
    there = set(await work.session.scalars(admins.where(Membership.status == MembershipStatus.ACTIVE)))
    path = "removeOrganizationId" if leaving.organization_id else "removeMembershipIds"
    return last_admin_problem(len(there - {each.id for each in going}), path)


async def _remove(
    work: Work, account: Account, organization: Organization | None, going: Collection[Membership]
) -> None:
    """End memberships and tokens, and the open invitations to that organization or by these people."""
    for member in going:
        await people.end(work, member, Event.MEMBER_REMOVED)
    users = {member.user_id for member in going}
    # unscoped: the invitations to the account opened above
    rows = select(Invitation).where(Invitation.account_id == account.id).order_by(Invitation.id)
    rows = rows.where(Invitation.status == InvitationStatus.PENDING).with_for_update(key_share=True)
    for each in await work.session.scalars(rows):
        named = organization is not None and fold(each.organization_name or "") == fold(organization.name)
        if named or each.invited_by in users:
            await people.take_back(work, each)


async def _tell(
    work: Work, account: Account, invited: Sequence[Invitee], going: Collection[Membership], detached: int
) -> None:
    """Report to the ADMINs who are there, and tell those who were removed; both in history and by mail."""
    users = select(User).where(any_of(User.id, [each.user_id for each in going])).order_by(User.name_key, User.id)
    gone = (await work.session.scalars(users)).all()
    facts = {"invited": [f"{each.name.strip()} ({each.email.strip()})" for each in invited], "cards": detached}
    facts |= {"removed": [each.name for each in gone], "waits": account.awaits_card}
    work.emit(Event.ACCOUNT_HANDED_OVER, account, **facts)
    words = {"account": account.display_name, "actor": work.caller.name}
    await notices.owe_admins(work, EmailKind.HANDOVER, account.id, role="ADMIN", **words, **facts)
    for each in gone:
        told = {**words, "name": each.name, "role": "REMOVED"}
        notices.owe(work, EmailKind.HANDOVER, each.email, None, account.id, **told)
