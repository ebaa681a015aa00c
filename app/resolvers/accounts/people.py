"""The people of an account: invited, joined, at another level, gone."""

from collections.abc import Collection
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.db.engine import Database
from app.db.keys import Selection, any_of
from app.db.scope import find, missing, owner, within
from app.db.tables.accounts import Account, Invitation, Membership, Organization
from app.db.tables.identity import ApiToken, User
from app.db.work import Work
from app.domain.access import MemberLevel
from app.domain.accounts import (
    INVITATION,
    MEMBERSHIP,
    InvitationStatus,
    Invitee,
    MembershipStatus,
    OrganizationKind,
    active_problem,
    check_invitee,
    ended_problem,
    invitation_status,
    last_admin_problem,
    resend_problem,
)
from app.domain.errors import Conflict, Findings
from app.domain.events import Event
from app.domain.identity import LIFETIMES, Purpose
from app.domain.notices import EmailKind, check_muted
from app.domain.text import fold, line, mailbox
from app.resolvers import notices
from app.resolvers.accounts.account import join
from app.resolvers.accounts.reads import members_of_account
from app.resolvers.identity import links, sessions
from app.resolvers.identity.secret import digest

SHOWN = ("account_name", "name", "level", "status", "expires_at", "invited_by_name")


async def invite(work: Work, account_id: UUID, invitee: Invitee) -> Invitation:
    """Invite a person to an account (S20); access begins when they accept (S26)."""
    account = await find(work, Account, account_id, "accountId")
    found = Findings()
    found.add(active_problem(account.status))
    await check(work, account, found, invitee)
    found.settle()
    return await open_invitation(work, account, invitee)


async def check(work: Work, account: Account, found: Findings, invitee: Invitee, *path: str) -> None:
    """Collect why a person cannot be invited, also whether they are there already."""
    known = len(found.problems)
    check_invitee(found, invitee, notices.address_problem(invitee.email, *path, "email"), *path)
    if len(found.problems) == known:
        found.add(await _there_problem(work, account.id, mailbox(invitee.email), *path, "email"))


async def open_invitation(work: Work, account: Account, invitee: Invitee) -> Invitation:
    """The invitation of a person who was found to be invitable."""
    email, organization = invitee.email, invitee.organization
    invitation = Invitation(account_id=account.id, name=line(invitee.name), email=email.strip())
    invitation.email_key, invitation.level, invitation.created_at = mailbox(email), invitee.level, work.now
    invitation.organization_name = line(organization) if organization else None
    invitation.invited_by = work.caller.user_id  # type: ignore[assignment] - the guard lets in people only
    await _mail(work, account, work.add(invitation))
    work.emit(Event.USER_INVITED, invitation)
    return invitation


async def resend(work: Work, id: UUID) -> Invitation:
    """Mail an invitation again, with a new link; the earlier ones end. At most every ten minutes."""
    account, invitation = await _invitation(work, id)
    _check_open(work, invitation, InvitationStatus.ACCEPTED)
    found = Findings()
    found.add(resend_problem(invitation.mailed_at, work.now))
    found.settle()
    await _end_links(work, invitation)
    await _mail(work, account, invitation)
    work.emit(Event.INVITATION_RESENT, invitation)
    return invitation


async def revoke(work: Work, id: UUID) -> Invitation:
    """Take an open invitation back (S27); its links end."""
    _, invitation = await _invitation(work, id)
    _check_open(work, invitation, InvitationStatus.REVOKED)
    await take_back(work, invitation)
    return invitation


async def take_back(work: Work, invitation: Invitation) -> None:
    invitation.status = INVITATION.advance(invitation.status, InvitationStatus.REVOKED, "id")
    work.emit(Event.INVITATION_REVOKED, invitation)
    await _end_links(work, invitation)


async def accept(work: Work, secret: str) -> Membership:
    """Join the account of the link (S26): its holder reads the mailbox that was invited, under whatever address."""
    invitation, account = await _answering(work, secret)
    user = await work.session.get_one(User, work.caller.user_id)
    found = Findings()
    found.add(active_problem(account.status, "token"))
    # unscoped: whether one is a member already
    there = select(Membership.id).where(Membership.account_id == account.id, Membership.user_id == user.id)
    if await work.session.scalar(there.where(Membership.status == MembershipStatus.ACTIVE)):
        found.add(Conflict(message="You are a member of this account already.", path=("token",)))
    found.settle()
    invitation.status = INVITATION.advance(invitation.status, InvitationStatus.ACCEPTED, "token")
    organization = await _organization(work, account, invitation.organization_name)
    member = join(work, account, user, invitation.level, organization)
    work.emit(Event.INVITATION_ACCEPTED, invitation)
    return member


async def decline(work: Work, secret: str) -> Invitation:
    """Say no; nobody has to sign in for that."""
    invitation, _ = await _answering(work, secret)
    invitation.status = INVITATION.advance(invitation.status, InvitationStatus.DECLINED, "token")
    work.emit(Event.INVITATION_DECLINED, invitation)
    return invitation


async def set_level(work: Work, id: UUID, level: MemberLevel) -> tuple[Membership, sessions.SignedIn | None]:
    """Make a member an EDITOR or an ADMIN (S25), and their session's new secret where it is the caller.

    With another level their sessions end; what is so already stays as it is.
    """
    member = await _member(work, id)
    if member.level is level and member.status is MembershipStatus.ACTIVE:
        return member, None
    await _check_admins(work, member)
    member.level = level
    work.emit(Event.MEMBER_LEVEL_SET, member)
    if member.user_id == work.caller.user_id and work.caller.session_id is not None:
        return member, await sessions.rotate(work)
    await sessions.end_all(work, member.user_id)
    return member, None


async def remove(work: Work, id: UUID) -> Membership:
    """End a membership (S27): access ends with it at once, history stays (I3)."""
    return await _part(work, await _member(work, id), Event.MEMBER_REMOVED)


async def leave(work: Work, account_id: UUID) -> Membership:
    """End one's own membership."""
    return await _part(work, await _own(work, account_id), Event.MEMBER_LEFT)


async def mute(work: Work, account_id: UUID, kinds: Collection[EmailKind]) -> Membership:
    """Which of the account's automated mail an ADMIN does not want (S24)."""
    member = await _own(work, account_id)
    check_muted(kinds)
    muted = sorted({kind.value for kind in kinds})
    if muted != member.muted:
        member.muted = muted
        work.emit(Event.MAIL_MUTED, member)
    return member


async def _part(work: Work, member: Membership, event: Event) -> Membership:
    await _check_admins(work, member)
    return await end(work, member, event)


async def end(work: Work, member: Membership, event: Event) -> Membership:
    """End a membership, and the tokens that were made by it; that an ADMIN stays was seen to before."""
    member.status = MEMBERSHIP.advance(member.status, MembershipStatus.REMOVED, "id")
    member.removed_at = work.now
    work.emit(event, member)
    made = (ApiToken.account_id == member.account_id) & (ApiToken.created_by == member.user_id)
    # unscoped: the tokens that the member made in the account given
    ended = update(ApiToken).where(made, ApiToken.revoked_at.is_(None)).values(revoked_at=work.now)
    await work.session.execute(ended)
    return member


async def _check_admins(work: Work, member: Membership) -> None:
    """I2, under the lock of the account, so that two who leave at once do not both find the other."""
    found = Findings()
    found.add(ended_problem(member.status, "id"))
    found.settle()
    if member.level is not MemberLevel.ADMIN:
        return
    others = members_of_account(lambda column: column == member.account_id, level=[MemberLevel.ADMIN])
    others = others.where(Membership.id != member.id).limit(1)
    found.add(last_admin_problem(len((await work.session.execute(others)).all())))
    found.settle()


async def _own(work: Work, account_id: UUID) -> Membership:
    """The caller's membership, locked after its account."""
    account = await find(work, Account, account_id, "accountId")
    mine = within(work.scope, Membership).where(Membership.account_id == account.id)
    mine = mine.where(Membership.user_id == work.caller.user_id, Membership.status == MembershipStatus.ACTIVE)
    row = (await work.session.execute(mine)).first()
    if row is None:  # it has ended since the caller's grants were read
        raise missing(Account, "accountId")
    return await find(work, Membership, row.id)


async def _member(work: Work, id: UUID) -> Membership:
    """The membership, locked after its account."""
    await find(work, Account, await owner(work, Membership, id))
    return await find(work, Membership, id)


async def _invitation(work: Work, id: UUID) -> tuple[Account, Invitation]:
    """The invitation, locked after its account."""
    return await find(work, Account, await owner(work, Invitation, id)), await find(work, Invitation, id)


async def _answering(work: Work, secret: str) -> tuple[Invitation, Account]:
    """The invitation of a link that is used up by this, and its account."""
    id = await links.subject(work, secret, Purpose.INVITATION)
    # unscoped: the link is what opens them
    account_id = await work.session.scalar(select(Invitation.account_id).where(Invitation.id == id))
    # unscoped: for the reason above
    account = await work.session.get_one(Account, account_id, with_for_update={"key_share": True})
    # unscoped: for the reason above
    invitation = await work.session.get_one(Invitation, id, with_for_update={"key_share": True})
    await links.redeem(work, secret, Purpose.INVITATION)
    _check_open(work, invitation, InvitationStatus.ACCEPTED, "token")
    return invitation, account


def _check_open(work: Work, invitation: Invitation, to: InvitationStatus, *path: str) -> None:
    """Refuse what was answered, taken back, or is past its time."""
    status = invitation_status(invitation.status, invitation.expires_at, work.now)
    INVITATION.advance(status, to, *(path or ("id",)))


async def _organization(work: Work, account: Account, name: str | None) -> Organization | None:
    """Whom the member works for, one row for all of the account who name it: so its people can go together (S31).

    An agency, until the retailer says otherwise.
    """
    if name is None:
        return None
    # unscoped: of the members of the account that the link opened
    mine = select(Membership.organization_id).where(Membership.account_id == account.id)
    known = select(Organization).where(any_of(Organization.id, mine)).order_by(Organization.id)
    for each in await work.session.scalars(known):
        if fold(each.name) == fold(name):
            return each
    organization = work.add(Organization(name=name, kind=OrganizationKind.AGENCY))
    await work.session.flush()
    return organization


async def preview(database: Database, secret: str, now: datetime) -> Any:
    """What the holder of a link may see before they answer; None where it opens nothing."""
    given = {"digest": digest(secret), "purpose": Purpose.INVITATION, "now": now}
    columns = await database.prepared(_preview).columns(database.reads, given)
    return next(iter(SimpleNamespace(**dict(zip(SHOWN, row, strict=True))) for row in zip(*columns, strict=True)), None)


def _preview() -> Selection:
    opened = links.opened().subquery("opened")
    shown = (Account.display_name, Invitation.name, Invitation.level, Invitation.status, Invitation.expires_at)
    # unscoped: the link is what opens it
    rows = select(*shown, User.name).select_from(Invitation).join(Account).join(User, User.id == Invitation.invited_by)
    return rows.where(Invitation.id == select(opened.c.subject_id).scalar_subquery())


async def _end_links(work: Work, invitation: Invitation) -> None:
    """Nothing that was mailed, or is still to be, opens it any more."""
    await links.void(work, Purpose.INVITATION, invitation.id)
    await notices.withdraw(work, invitation.id)


async def _mail(work: Work, account: Account, invitation: Invitation) -> None:
    """Mail the invitation, whose time begins anew."""
    inviter = await work.session.get_one(User, work.caller.user_id)
    invitation.mailed_at, invitation.expires_at = work.now, work.now + LIFETIMES[Purpose.INVITATION]
    facts = {"account": account.display_name, "level": invitation.level.value, "inviter": inviter.name}
    until = f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC"
    to = invitation.email
    notices.owe(work, EmailKind.INVITATION, to, invitation.id, account.id, name=invitation.name, until=until, **facts)


async def _there_problem(work: Work, account_id: UUID, email_key: str, *path: str) -> Conflict | None:
    """The problem of whom the account has already, as a member or as one who is still to answer."""
    member = members_of_account(lambda column: column == account_id)
    member = member.join(User, User.id == Membership.user_id).where(User.email_key == email_key)
    pending = within(work.scope, Invitation).where(Invitation.account_id == account_id)
    pending = pending.where(Invitation.email_key == email_key, Invitation.status == InvitationStatus.PENDING)
    pending = pending.where(Invitation.expires_at > work.now)
    if (await work.session.execute(member)).first():
        return Conflict(message="This person is a member already.", path=path)
    if (await work.session.execute(pending)).first():
        return Conflict(message="This person has an open invitation already.", path=path)
    return None
