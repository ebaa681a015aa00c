"""What is read of invoices: by members and FINANCE, and whole, by whoever was given an address of one."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.db.engine import Database
from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.reads import One, Paged, RootOne
from app.db.scope import under, within
from app.db.tables.accounts import Membership
from app.db.tables.billing import Charge, Invoice
from app.db.tables.identity import ApiToken, User
from app.domain.access import Level, Scope
from app.domain.accounts import MembershipStatus
from app.domain.billing import invoices as rules
from app.domain.passes import Sealed
from app.resolvers.billing.reads import CHARGE

NEWEST = Order(("issued_at", "id"), descending=True)


def invoices(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, Invoice).where(any_of(Invoice.id, ids))


def invoices_of_account(where: Condition) -> Selection:
    return under(Invoice).where(where(Invoice.account_id))


def invoices_of_charge(where: Condition) -> Selection:
    return under(Invoice).where(where(Invoice.charge_id))


def charge_of(where: Condition) -> Selection:
    return under(Charge).add_columns(*CHARGE).where(where(Charge.id))


INVOICES = RootOne(invoices)
INVOICES_OF_ACCOUNT = Paged(invoices_of_account, orders={None: NEWEST}, key="account_id", of="account_id")
INVOICES_OF_CHARGE = Paged(invoices_of_charge, orders={None: NEWEST}, key="charge_id")
CHARGE_OF_INVOICE = One(charge_of, key="id", of="charge_id")


async def document(database: Database, given: Sealed, now: datetime) -> rules.Invoice | None:
    """What an address opens, while whoever it was given to is a member, their token not revoked, or of FINANCE."""
    who, at = given.given.holder_id, given.given.expires_at
    # unscoped: who holds the address is whom it was given to, and they are asked for here
    rows = select(*Invoice.__table__.c, _membership(who, now).label("member"))
    rows = rows.add_columns(select(User.staff).where(User.id == who).scalar_subquery().label("staff"))
    async with database.reading() as connection:
        row = (await connection.execute(rows.where(Invoice.id == given.given.subject_id))).first()
    if row is None or not given.fits(row.download_key) or at <= now:
        return None
    return _told(row) if row.member or Level.FINANCE.value in (row.staff or ()) else None


def _membership(who: UUID, now: datetime) -> Any:
    """Whether a person, or whoever made a token that still counts, is a member of the invoice's account."""
    # unscoped: for the reason above
    made_by = select(ApiToken.created_by).where(ApiToken.id == who, ApiToken.revoked_at.is_(None))
    made_by = made_by.where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now)).scalar_subquery()
    # unscoped: for the reason above
    rows = select(Membership.id).where(Membership.account_id == Invoice.account_id).correlate(Invoice)
    rows = rows.where(Membership.status == MembershipStatus.ACTIVE)
    return rows.where(or_(Membership.user_id == who, Membership.user_id == made_by)).exists()


def _told(row: Any) -> rules.Invoice:
    return rules.Invoice(
        number=row.number,
        kind=row.kind,
        corrects=row.corrects,
        reason=row.reason,
        issuer=row.issuer,
        account=row.account_name,
        vendor_code=row.vendor_code,
        campaign=row.campaign_name,
        issued_at=row.issued_at,
        time_zone=row.time_zone,
        first_click_at=row.first_click_at,
        last_click_at=row.last_click_at,
        ads=[rules.AdClicks(**each) for each in row.ads],
        currency=row.currency,
        carried_in=row.carried_in_micros,
        reversed=row.reversed_micros,
        carried_out=row.carried_out_micros,
        amount=row.amount_micros,
        digest=row.digest,
    )
