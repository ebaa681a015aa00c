"""Accounts: made by the operator's hand, their settings, and the states that say whether they are served."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.scope import find
from app.db.tables.accounts import Account, Brand, Membership, Organization
from app.db.tables.billing import PaymentMethod
from app.db.tables.identity import User
from app.db.work import Work, expect_version
from app.domain.access import MemberLevel
from app.domain.accounts import (
    ACCOUNT,
    AccountStatus,
    MembershipStatus,
    active_problem,
    check_account,
    reinstated,
)
from app.domain.errors import Findings
from app.domain.events import Event
from app.domain.notices import EmailKind
from app.domain.text import fold, line, line_problem
from app.resolvers import notices
from app.resolvers.billing import cards
from app.resolvers.campaigns.effect import refresh_account


async def create(
    work: Work,
    name: str,
    vendor_code: str,
    currency: str,
    admin: User,
    organization: Organization | None = None,
    time_zone: str = "UTC",
    *,
    is_sandbox: bool = False,
) -> Account:
    """An account with its first brand, approved, and its first ADMIN: what approval and the operator make."""
    found = Findings()
    found.add(line_problem(name, "name", name="The name", most=100))
    found.add(line_problem(vendor_code, "vendor", name="The vendor code", most=40))
    found.settle()
    account = Account(display_name=line(name), name_key=fold(name), vendor_code=line(vendor_code), currency=currency)
    account.time_zone, account.is_sandbox = time_zone, is_sandbox
    work.emit(Event.ACCOUNT_CREATED, work.add(account))
    await work.session.flush()
    brand = Brand(account_id=account.id, name=account.display_name, name_key=fold(name), approved=True)
    brand.vendor_code, brand.created_at = account.vendor_code, work.now
    work.add(brand)
    join(work, account, admin, MemberLevel.ADMIN, organization)
    return account


def join(
    work: Work, account: Account, user: User, level: MemberLevel, organization: Organization | None = None
) -> Membership:
    """Make a user a member of an account."""
    member = Membership(account_id=account.id, user_id=user.id, level=level, since=work.now, muted=[])
    member.status = MembershipStatus.ACTIVE
    member.organization_id = organization.id if organization else None
    return work.add(member)


async def of_vendor(work: Work, vendor_code: str) -> Account | None:
    """An account of the vendor, for the operator's commands."""
    # unscoped: the operator's command line
    return await work.session.scalar(select(Account).where(Account.vendor_code == vendor_code).limit(1))


# ---- settings and states


async def update(
    work: Work, id: UUID, display_name: str | None, time_zone: str | None, expected_version: int | None
) -> Account:
    """Another name or time zone; days that were counted before stay as they were counted."""
    account = await find(work, Account, id)
    expect_version(account, expected_version)
    found = Findings()
    found.add(active_problem(account.status, "id"))
    check_account(found, display_name, time_zone)
    found.settle()
    moved = time_zone is not None and time_zone != account.time_zone
    if display_name is not None:
        account.display_name, account.name_key = line(display_name), fold(display_name)
    if time_zone is not None:
        account.time_zone = time_zone
    if work.session.is_modified(account):
        work.emit(Event.ACCOUNT_UPDATED, account)
    if moved:
        await refresh_account(work, account)  # today may be another day now
    return account


async def suspend(work: Work, id: UUID, reason: str) -> Account:
    """By staff, with a reason that history and the account's ADMINs are told (S71): nothing is served meanwhile."""
    return await _decide(work, id, AccountStatus.SUSPENDED, Event.ACCOUNT_SUSPENDED, reason)


async def reinstate(work: Work, id: UUID, reason: str) -> Account:
    """End a suspension; an account that waits for a card goes on waiting."""
    account = await find(work, Account, id)
    if account.status is not AccountStatus.SUSPENDED:
        ACCOUNT.advance(account.status, account.status, "id")
    to = reinstated(awaits_card=account.awaits_card)
    return await _decide(work, id, to, Event.ACCOUNT_REINSTATED, reason)


async def _decide(work: Work, id: UUID, to: AccountStatus, event: Event, reason: str) -> Account:
    account = await find(work, Account, id)
    found = Findings()
    found.add(line_problem(reason, "reason", name="The reason", most=1000))
    found.add(ACCOUNT.problem(account.status, to, "id"))
    found.settle()
    account.status = ACCOUNT.advance(account.status, to, "id")
    work.emit(event, account, line(reason))
    facts: dict[str, Any] = {"account": account.display_name, "state": to.value, "reason": line(reason)}
    await notices.owe_admins(work, EmailKind.ACCOUNT_SUSPENDED, account.id, **facts)
    return account


async def close(work: Work, id: UUID, reason: str | None, expected_version: int | None) -> Account:
    """Close an account for good; its history stays to be read (S18)."""
    account = await find(work, Account, id)
    expect_version(account, expected_version)
    found = Findings()
    found.add(ACCOUNT.problem(account.status, AccountStatus.CLOSED, "id"))
    if reason is not None:
        found.add(line_problem(reason, "reason", name="The reason", most=1000))
    found.settle()
    account.status = ACCOUNT.advance(account.status, AccountStatus.CLOSED, "id")
    work.emit(Event.ACCOUNT_CLOSED, account, line(reason) if reason else None)
    return account


def hold(work: Work, account: Account) -> None:
    """Nothing is served until a new card is there, and nothing is stopped for good (S33)."""
    if account.awaits_card:
        return
    account.awaits_card = True
    if account.status is AccountStatus.ACTIVE:
        account.status = ACCOUNT.advance(account.status, AccountStatus.PAYMENT_HOLD, "id")
    work.emit(Event.ACCOUNT_HELD, account)


async def hold_without_card(work: Work, method: PaymentMethod) -> None:
    """The last card that could be charged was removed."""
    hold(work, await work.session.get_one(Account, method.account_id))  # unscoped: of the card that was removed


async def release(work: Work, method: PaymentMethod) -> None:
    """A card was added or confirmed; if it can be charged, the account waits no longer."""
    account = await work.session.get_one(Account, method.account_id)  # unscoped: of that card
    if not account.awaits_card or not cards.is_usable(method, work.now):
        return
    account.awaits_card = False
    if account.status is AccountStatus.PAYMENT_HOLD:
        account.status = ACCOUNT.advance(account.status, AccountStatus.ACTIVE, "id")
    work.emit(Event.ACCOUNT_RELEASED, account)
