"""Approval: the account, its brand and its first ADMIN, or a further brand, in one transaction (S15, S37, S52)."""

from uuid import UUID

from sqlalchemy import select

from app.db.keys import any_of
from app.db.scope import find
from app.db.tables.accounts import Account, Brand, Organization
from app.db.tables.identity import User
from app.db.tables.onboarding import Registration
from app.db.work import Work, expect_version
from app.domain.accounts import OrganizationKind, active_problem
from app.domain.errors import Conflict, Findings, InvalidInput
from app.domain.events import Event
from app.domain.notices import EmailKind
from app.domain.onboarding import registration as rules
from app.domain.onboarding.details import check_details, e164
from app.domain.onboarding.paths import RegistrationPath, RegistrationPurpose
from app.domain.onboarding.registration import APPROVED, OPEN, REGISTRATION
from app.domain.policy import BusinessCalendar
from app.domain.text import fold, line
from app.resolvers import notices
from app.resolvers.accounts import account as accounts
from app.resolvers.onboarding.application import begun, hand_in, refuse, tell
from app.resolvers.onboarding.reads import facts, locked


async def approve(work: Work, id: UUID, expected: int | None, currency: str, zone: str) -> Registration:
    """Say yes (I1): access begins now, with the applicant as the first ADMIN, or with the further brand."""
    await _lock_vendor(work, id)
    registration = await locked(work, id)
    expect_version(registration, expected)
    refuse(rules.approve_problems(await facts(work, registration), work.caller.user_id))
    registration.status = REGISTRATION.advance(registration.status, APPROVED, "id")
    registration.decided_at = work.now
    further = registration.purpose is RegistrationPurpose.FURTHER_BRAND
    account = await (_further(work, registration) if further else _first(work, registration, currency, zone))
    registration.account_id = account.id
    work.emit(Event.REGISTRATION_APPROVED, registration, status=APPROVED.value)
    await tell(work, registration, EmailKind.ACCOUNT_APPROVED, account=account.display_name, further=further)
    return registration


async def _lock_vendor(work: Work, id: UUID) -> None:
    """Two cases of one vendor are decided one after the other: the second finds the account of the first (S35)."""
    # unscoped: the reviewers' desk
    of = select(Registration.vendor_key).where(Registration.id == id).scalar_subquery()
    # unscoped: for the reason above
    rows = select(Registration.id).where(Registration.vendor_key == of, any_of(Registration.status, list(OPEN)))
    await work.session.execute(rows.order_by(Registration.id).with_for_update(key_share=True))


async def _first(work: Work, registration: Registration, currency: str, zone: str) -> Account:
    applicant = await work.session.get_one(User, registration.applicant_id)
    name, vendor = registration.brand_name or "", registration.vendor_code or ""
    account = await accounts.create(work, name, vendor, currency, applicant, _organization(work, registration), zone)
    await work.session.flush()
    # unscoped: of the account just made
    brand = await work.session.scalar(select(Brand.id).where(Brand.account_id == account.id))
    registration.brand_id = brand
    return account


async def _further(work: Work, registration: Registration) -> Account:
    # unscoped: the registration names both
    brand = await work.session.get_one(Brand, registration.brand_id, with_for_update={"key_share": True})
    # unscoped: for the reason above
    account = await work.session.get_one(Account, brand.account_id, with_for_update={"key_share": True})
    closed = active_problem(account.status, "id")
    refuse([closed] if closed else [])
    brand.approved = True
    work.emit(Event.BRAND_APPROVED, brand)
    return account


def _organization(work: Work, registration: Registration) -> Organization | None:
    """Whom the first ADMIN works for: the agency that represents the vendor, or the brand's own company."""
    if registration.company is None:
        return None
    agency = registration.path is RegistrationPath.REPRESENT_VENDOR
    kind = OrganizationKind.AGENCY if agency else OrganizationKind.ADVERTISER
    return work.add(Organization(name=registration.company, kind=kind))


async def create_brand(
    work: Work,
    account_id: UUID,
    name: str,
    vendor_code: str,
    contact: dict[str, str | None] | None,
    calendar: BusinessCalendar,
) -> tuple[Brand, Registration]:
    """A further brand of an account (S52): it is reviewed like a registration, and advertised once it is approved."""
    account = await find(work, Account, account_id, "accountId")
    found = Findings()
    found.add(active_problem(account.status))
    given = {"brand_name": name, "vendor_code": vendor_code, **(contact or {})}
    check_details(found, given, notices.address_problem)
    proved = None if contact else await _proved(work, account, vendor_code)
    if contact is None and proved is None:
        message = "Name the contact at the brand who authorises you: no login for this vendor code is proved here."
        found.add(InvalidInput(message=message, path=("brandContact",), constraint="brandContact required"))
    found.settle()
    brand = await _brand(work, account, line(name), line(vendor_code))
    path = proved.path if proved else RegistrationPath.REPRESENT_VENDOR
    registration = begun(work, path, RegistrationPurpose.FURTHER_BRAND)
    await _tell_of(work, registration, given)
    registration.account_id, registration.brand_id = account.id, brand.id
    registration.login_proved_at = proved.login_proved_at if proved else None
    return brand, await hand_in(work, registration, calendar)


async def _brand(work: Work, account: Account, name: str, vendor_code: str) -> Brand:
    """The new brand, or the one of that name that was applied for in vain."""
    # unscoped: of the account that is locked
    rows = select(Brand).where(Brand.account_id == account.id, Brand.name_key == fold(name))
    brand: Brand | None = await work.session.scalar(rows.limit(1).with_for_update(key_share=True))
    if brand is None:
        brand = Brand(account_id=account.id, name=name, name_key=fold(name), vendor_code=vendor_code, approved=False)
        brand.created_at = work.now
        work.emit(Event.BRAND_CREATED, work.add(brand))
        await work.session.flush()
        return brand
    # unscoped: for the reason above
    waits = select(Registration.id).where(Registration.brand_id == brand.id, any_of(Registration.status, list(OPEN)))
    if brand.approved or await work.session.scalar(waits.limit(1)):
        refuse([Conflict(message="The account has a brand of this name already, or applies for it.", path=("name",))])
    brand.name, brand.vendor_code = name, vendor_code
    return brand


async def _proved(work: Work, account: Account, vendor_code: str) -> Registration | None:
    """The account's own registration for this vendor code, where its login was proved."""
    # unscoped: of the account that is locked
    mine = select(Registration).where(Registration.account_id == account.id, Registration.status == APPROVED)
    mine = mine.where(Registration.vendor_key == line(vendor_code).lower(), Registration.login_proved_at.is_not(None))
    return await work.session.scalar(mine.limit(1))


async def _tell_of(work: Work, registration: Registration, given: dict[str, str | None]) -> None:
    """What is known of the applicant already, and what they told of the brand."""
    person = await work.session.get_one(User, registration.applicant_id)
    registration.person_name, registration.work_email = person.name, person.email
    for name, value in given.items():
        setattr(registration, name, value and (e164(value) if name == "contact_phone" else line(value)))
    registration.brand_key = fold(registration.brand_name or "")
    registration.vendor_key = (registration.vendor_code or "").lower()
