"""Accounts made by the operator's hand, and who belongs to them from the start."""

from sqlalchemy import select

from app.db.tables.accounts import Account, Brand, Membership, Organization
from app.db.tables.identity import User
from app.db.work import Work
from app.domain.access import MemberLevel
from app.domain.accounts import MembershipStatus
from app.domain.errors import Findings
from app.domain.events import Event
from app.domain.text import fold, line, line_problem


async def create(
    work: Work,
    name: str,
    vendor_code: str,
    currency: str,
    admin: User,
    organization: Organization | None = None,
    time_zone: str = "UTC",
) -> Account:
    """An account with its first brand, approved, and its first ADMIN: what approval and the operator make."""
    found = Findings()
    found.add(line_problem(name, "name", name="The name", most=100))
    found.add(line_problem(vendor_code, "vendor", name="The vendor code", most=40))
    found.settle()
    account = Account(display_name=line(name), name_key=fold(name), vendor_code=line(vendor_code), currency=currency)
    account.time_zone = time_zone
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
