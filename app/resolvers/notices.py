"""Mail that is owed: written with the change, sent later by a job (law 8)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select

from app.db.keys import Selection, any_of
from app.db.page import Order
from app.db.reads import RootOne, RootPaged
from app.db.tables.accounts import Account, Membership
from app.db.tables.identity import User
from app.db.tables.notices import EmailMessage
from app.db.work import Work
from app.domain.access import MemberLevel, Scope
from app.domain.accounts import MembershipStatus
from app.domain.errors import InvalidInput
from app.domain.identity import Purpose
from app.domain.notices import EMAIL, MUTEABLE, OPENS, EmailKind, EmailStatus
from app.domain.ports import Letter, Letters
from app.domain.text import printable
from app.resolvers.identity import links

SEND = "notices.send"
"""The kind of the job that sends a message."""


# ---- reads


def messages(scope: Scope, ids: Collection[UUID]) -> Selection:  # noqa: ARG001 - an operator sees all of the outbox
    # unscoped: for the reason above
    return select(*EmailMessage.__table__.c).where(any_of(EmailMessage.id, ids))


def outbox(
    scope: Scope,  # noqa: ARG001 - likewise
    kind: Collection[EmailKind] | None = None,
    status: Collection[EmailStatus] | None = None,
) -> Selection:
    rows = select(*EmailMessage.__table__.c)  # unscoped: for the reason above
    if kind is not None:
        rows = rows.where(any_of(EmailMessage.kind, kind))
    return rows if status is None else rows.where(any_of(EmailMessage.status, status))


MESSAGES = RootOne(messages)
OUTBOX = RootPaged(outbox, orders={None: Order(("queued_at", "id"), descending=True)})


# ---- what is owed


def owe(
    work: Work, kind: EmailKind, to: str, subject_id: UUID | None, account_id: UUID | None, **parameters: Any
) -> EmailMessage:
    """Put a message into the outbox; what it says is rendered, and its link to *subject_id* made, when it is sent."""
    message = EmailMessage(kind=kind, to=to, account_id=account_id, parameters=parameters, subject_id=subject_id)
    message.queued_at = work.now
    work.add(message)
    work.later(SEND, message=str(message.id))
    return message


async def owe_admins(
    work: Work, kind: EmailKind, account_id: UUID, *, also: UUID | None = None, **parameters: Any
) -> None:
    """Owe one letter each to an account's ADMINs, and *also* to one member, but to none who muted the kind (S24)."""
    await work.session.flush()
    # unscoped: the people of the account given
    rows = select(Membership.id, Membership.level, Membership.muted, User.email, User.name, Account.display_name)
    rows = rows.join_from(Membership, User).join(Account, Account.id == Membership.account_id)  # unscoped: likewise
    concerned = (Membership.level == MemberLevel.ADMIN) | (Membership.user_id == also)
    rows = rows.where(Membership.account_id == account_id, concerned)
    for id, level, muted, email, name, account in await work.session.execute(
        rows.where(Membership.status == MembershipStatus.ACTIVE).order_by(Membership.since, Membership.id)
    ):
        if kind.value not in muted:
            member = id if level is MemberLevel.ADMIN else None
            owe(work, kind, email, member, account_id, **{"account": account, **parameters, "name": name})


async def ask_for_proof(work: Work, user: User) -> None:
    """Somebody signed up: whoever reads the mail of that address proves that it is theirs (S6)."""
    owe(work, EmailKind.EMAIL_VERIFICATION, user.email, user.id, None, name=user.name)


async def offer_new_password(work: Work, user: User) -> None:
    owe(work, EmailKind.PASSWORD_RESET, user.email, user.id, None, name=user.name)


def address_problem(email: str, *path: str) -> InvalidInput | None:
    """The problem of an e-mail address by its form; nothing is asked of the network."""
    try:
        validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as fault:
        return InvalidInput(message=f"That is no e-mail address: {fault}", path=path, constraint="e-mail address")
    return None


async def withdraw(work: Work, subject_id: UUID) -> None:
    """Do not send what was not sent yet: its link would open what nobody wants opened any more."""
    waiting = any_of(EmailMessage.status, [EmailStatus.QUEUED, EmailStatus.FAILED])
    # unscoped: mail about the subject given
    rows = select(EmailMessage).where(EmailMessage.subject_id == subject_id, waiting).with_for_update()
    for message in await work.session.scalars(rows):
        message.status = EMAIL.advance(message.status, EmailStatus.DEAD)
        message.subject_id, message.last_error = None, "withdrawn before it was sent"


# ---- sending, in two transactions with the network between them


async def compose(work: Work, message_id: UUID, letters: Letters) -> Letter | None:
    """What the message says, with a link of its own; None where it was sent before or withdrawn."""
    # unscoped: a job sends the mail of all accounts
    message = await work.session.get_one(EmailMessage, message_id, with_for_update=True)
    if message.status is EmailStatus.SENT or (message.kind in OPENS and message.subject_id is None):
        return None
    if message.kind in MUTEABLE and not await _is_wanted(work, message):
        message.status = EMAIL.advance(message.status, EmailStatus.DEAD)
        message.last_error = "no longer wanted: its reader has muted it, or is no ADMIN any more"
        return None
    message.status = EMAIL.advance(message.status, EmailStatus.SENDING)
    message.attempts += 1
    purpose, leaving = OPENS.get(message.kind), None
    secret = links.make(work, purpose, message.subject_id) if purpose and message.subject_id else None
    if message.kind in MUTEABLE and message.subject_id:
        leaving = links.make(work, Purpose.LEAVING, message.id)
    return letters.write(message.kind.value, message.to, message.id, message.parameters, secret, leaving)


async def _is_wanted(work: Work, message: EmailMessage) -> bool:
    """Whether an ADMIN is still one, and has not muted the kind meanwhile; others are told once, come what may."""
    if message.subject_id is None:
        return True
    member = await work.session.get_one(Membership, message.subject_id)  # unscoped: for the reason above
    is_admin = member.status is MembershipStatus.ACTIVE and member.level is MemberLevel.ADMIN
    return is_admin and message.kind.value not in member.muted


async def sent(work: Work, message_id: UUID) -> None:
    message = await work.session.get_one(EmailMessage, message_id)  # unscoped: for the reason above
    message.status = EMAIL.advance(message.status, EmailStatus.SENT)
    message.sent_at, message.last_error = work.now, None


async def failed(work: Work, message_id: UUID, reason: str, *, dead: bool) -> None:
    message = await work.session.get_one(EmailMessage, message_id)  # unscoped: for the reason above
    message.status = EMAIL.advance(message.status, EmailStatus.DEAD if dead else EmailStatus.FAILED)
    message.last_error = printable(reason)[:500]
