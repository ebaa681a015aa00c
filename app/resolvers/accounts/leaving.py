"""The link in an account's automated mail by which its reader mutes that kind, without signing in (S24, RFC 8058).

Each letter has a secret of its own, of which the hash is kept. It is bound to that letter: so to one kind of mail, one
membership, and to muting. It works for as long as it lasts, however often, since people open old letters, and programs
POST twice.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.db.engine import Database
from app.db.tables.accounts import Account, Membership
from app.db.tables.notices import EmailMessage
from app.db.work import Work, transaction
from app.domain.access import NOTHING, Caller
from app.domain.accounts import MembershipStatus
from app.domain.events import Event
from app.domain.identity import Purpose
from app.domain.notices import EmailKind
from app.resolvers.identity import links
from app.resolvers.identity.secret import digest

READER = Caller(name="The reader of a letter")


@dataclass(frozen=True)
class Subscription:
    """What a link is about."""

    membership_id: UUID
    account_id: UUID
    account: str
    kind: EmailKind


async def subscription(database: Database, secret: str, now: datetime) -> Subscription | None:
    """What the link would mute; None where it opens nothing any more."""
    rows = select(Membership.id, Membership.account_id, Account.display_name, EmailMessage.kind)
    # unscoped: the link is what opens it
    rows = rows.select_from(EmailMessage).join(Membership, Membership.id == EmailMessage.subject_id).join(Account)
    rows = rows.where(Membership.status == MembershipStatus.ACTIVE)
    rows = rows.where(EmailMessage.id == links.opened().scalar_subquery())
    given = {"digest": digest(secret), "purpose": Purpose.LEAVING, "now": now}
    async with database.reading() as connection:
        found = (await connection.execute(rows, given)).first()
    return Subscription(*found) if found else None


async def mute(database: Database, secret: str, now: datetime) -> Subscription | None:
    """Mute what the link is about; again changes nothing."""
    found = await subscription(database, secret, now)
    if found is not None:
        async with transaction(database, READER, NOTHING, now, "unsubscribe") as work:
            await _mute(work, found)
    return found


async def _mute(work: Work, found: Subscription) -> None:
    # unscoped: what the link opens, the account locked before the membership
    await work.session.get_one(Account, found.account_id, with_for_update={"key_share": True})
    member = await work.session.get_one(  # unscoped: for the reason above
        Membership, found.membership_id, with_for_update={"key_share": True}
    )
    if found.kind.value not in member.muted:
        member.muted = sorted([*member.muted, found.kind.value])
        work.emit(Event.MAIL_MUTED, member)
