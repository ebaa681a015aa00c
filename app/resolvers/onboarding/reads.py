"""Registrations, what was asked about them, and their terms, as fields and rules read them."""

from collections.abc import Collection
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from app.db.keys import Condition, Selection, Together, any_of
from app.db.match import holds
from app.db.page import Order
from app.db.reads import Many, One, RootOne, RootPaged
from app.db.scope import missing
from app.db.tables.accounts import Account, Membership
from app.db.tables.identity import User
from app.db.tables.onboarding import InfoRequest, Registration, StaffNote, TermsInvitation
from app.db.work import Work
from app.domain.access import EVERYTHING, ClaimFilter, Level, Scope
from app.domain.accounts import AccountStatus, MembershipStatus
from app.domain.onboarding.paths import RegistrationPath
from app.domain.onboarding.registration import FACTS, QUEUED, RUNNING, Facts, RegistrationStatus
from app.domain.text import fold

FAR = datetime(9999, 1, 1, tzinfo=UTC)


class RegistrationSort(Enum):
    QUEUE = "QUEUE"
    DUE_ASC = "DUE_ASC"
    SUBMITTED_DESC = "SUBMITTED_DESC"
    CREATED_DESC = "CREATED_DESC"


# ---- what the rules ask beside the row itself


def _of_vendor() -> ColumnElement[bool]:
    """The condition that an account is of the vendor that a registration is for, and not the one that it made."""
    same = func.lower(Account.vendor_code) == Registration.vendor_key
    other = or_(Registration.account_id.is_(None), Account.id != Registration.account_id)
    return and_(same, other, Account.status != AccountStatus.CLOSED)


def _terms() -> Any:
    """The state of the latest invitation to the terms."""
    # unscoped: of the registration beside it
    latest = select(TermsInvitation.status).where(TermsInvitation.registration_id == Registration.id)
    return latest.order_by(TermsInvitation.id.desc()).limit(1).scalar_subquery()


def _conflicted() -> Any:
    """The ids of those who do not decide on it, since they belong to an account that it is about."""
    # unscoped: reviewers' own memberships keep them away from a decision
    rows = select(Together(Membership.user_id))
    rows = rows.select_from(Membership).join(Account).where(Membership.status == MembershipStatus.ACTIVE)
    return rows.where(or_(_of_vendor(), Account.id == Registration.account_id)).scalar_subquery()


def _position() -> Any:
    """Its place in the queue, 1 is next; none while the clock stands still, nor before and after the review."""
    before = aliased(Registration)
    ahead = tuple_(before.follows, before.due_at, before.id) <= tuple_(
        Registration.follows, Registration.due_at, Registration.id
    )
    # unscoped: only their number is told
    number = select(func.count()).select_from(before).where(any_of(before.status, list(RUNNING)), ahead)
    return case((any_of(Registration.status, list(RUNNING)), number.scalar_subquery()), else_=literal(None, Integer()))


def _all() -> Selection:
    """Every registration with what the rules ask; a statement takes of it what its fields need."""
    # unscoped: the account of the vendor is not shown, only that there is one
    there = exists(select(Account.id).where(_of_vendor()))
    email = select(User.email).where(User.id == Registration.applicant_id).scalar_subquery()
    # unscoped: narrowed by who asks below
    return select(
        *Registration.__table__.c,
        _terms().label("terms_status"),
        there.label("vendor_has_account"),
        _conflicted().label("conflicted"),
        _position().label("queue_position"),
        email.label("applicant_email"),
        func.coalesce(Registration.due_at, literal(FAR, DateTime(timezone=True))).label("due_order"),
        func.coalesce(Registration.submitted_at, Registration.created_at).label("submitted_order"),
    )


# ---- reads


def registrations(scope: Scope, ids: Collection[UUID]) -> Selection:
    """The applicant's own, those of accounts that the caller administers, and for reviewers all but others' drafts."""
    rows = _all().where(any_of(Registration.id, ids))
    if scope.everything:
        no_draft = or_(Registration.status != RegistrationStatus.DRAFT, Registration.applicant_id == scope.user_id)
        return rows.where(no_draft) if scope.level is Level.REVIEWER else rows
    return rows.where(_visible(scope))


def _visible(scope: Scope) -> ColumnElement[bool]:
    administered = any_of(Registration.account_id, scope.administered)
    return or_(Registration.applicant_id == scope.user_id, administered)


def own(scope: Scope, **filter: Any) -> Selection:
    """What one applied for."""
    return _filtered(_all().where(Registration.applicant_id == scope.user_id), scope, **filter)


def queue(scope: Scope, status: Collection[RegistrationStatus] | None = None, **filter: Any) -> Selection:
    """The reviewers' desk: what waits for a decision, unless they ask for others; a draft is the applicant's alone."""
    rows = _all().where(Registration.status != RegistrationStatus.DRAFT)
    return _filtered(rows, scope, status=list(QUEUED) if status is None else status, **filter)


def _filtered(
    rows: Selection,
    scope: Scope,
    now: Any,
    status: Collection[RegistrationStatus] | None = None,
    path: Collection[RegistrationPath] | None = None,
    overdue: bool | None = None,
    replaces_account: bool | None = None,
    claimed: ClaimFilter | None = None,
    query: str | None = None,
) -> Selection:
    if status is not None:
        rows = rows.where(any_of(Registration.status, status))
    if path is not None:
        rows = rows.where(any_of(Registration.path, path))
    if overdue is not None:
        late = and_(any_of(Registration.status, list(RUNNING)), Registration.due_at < now)
        rows = rows.where(late if overdue else not_(late))
    if replaces_account is not None:
        given = Registration.replaced_account
        rows = rows.where(given.is_not(None) if replaces_account else given.is_(None))
    if claimed is not None:
        rows = rows.where(_claimed(claimed, scope))
    return rows if query is None else rows.where(_named(query))


def _claimed(claimed: ClaimFilter, scope: Scope) -> ColumnElement[bool]:
    if claimed is ClaimFilter.MINE:
        return Registration.claimed_by == scope.user_id
    return (
        Registration.claimed_by.is_(None) if claimed is ClaimFilter.UNCLAIMED else Registration.claimed_by.is_not(None)
    )


def _named(query: str) -> ColumnElement[bool]:
    """Part of the brand's name, of the vendor code, or of the applicant's name."""
    applicant = exists(select(User.id).where(User.id == Registration.applicant_id, holds(User.name_key, query, fold)))
    return or_(holds(Registration.brand_key, query, fold), holds(Registration.vendor_key, query, fold), applicant)


def registration_of_brand(where: Condition) -> Selection:
    """The latest: what was rejected may be applied for again."""
    newer = aliased(Registration)
    # unscoped: below a brand
    later = select(newer.id).where(newer.brand_id == Registration.brand_id, newer.id > Registration.id)
    return _all().where(where(Registration.brand_id), ~later.exists())


def info_requests(where: Condition) -> Selection:
    return select(*InfoRequest.__table__.c).where(where(InfoRequest.registration_id))  # unscoped: below a registration


def staff_notes(where: Condition) -> Selection:
    return select(*StaffNote.__table__.c).where(where(StaffNote.registration_id))  # unscoped: likewise


def terms_of(where: Condition) -> Selection:
    """The latest invitation to the terms."""
    newer = aliased(TermsInvitation)
    # unscoped: below a registration
    later = select(newer.id).where(
        newer.registration_id == TermsInvitation.registration_id, newer.id > TermsInvitation.id
    )
    return terms().where(where(TermsInvitation.registration_id), ~later.exists())


def terms() -> Selection:
    """Invitations to the terms with what their holder may see."""
    shown = (Registration.brand_name, Registration.company, Registration.person_name, User.name.label("user_name"))
    # unscoped: narrowed by who asks
    rows = select(*TermsInvitation.__table__.c, *shown).select_from(TermsInvitation)
    return rows.join(Registration, Registration.id == TermsInvitation.registration_id).join(
        User, User.id == Registration.applicant_id
    )


def registration_of_terms(invitation_id: UUID) -> Selection:
    """Whose terms an invitation is about."""
    # unscoped: a key alone; the registration is read within the scope of whoever asks
    return select(TermsInvitation.registration_id).where(TermsInvitation.id == invitation_id)


REGISTRATIONS = RootOne(registrations)
_ORDERS = {
    RegistrationSort.QUEUE: Order(("follows", "due_order", "id")),
    RegistrationSort.DUE_ASC: Order(("due_order", "id")),
    RegistrationSort.SUBMITTED_DESC: Order(("submitted_order", "id"), descending=True),
    RegistrationSort.CREATED_DESC: Order(("created_at", "id"), descending=True),
}
OWN = RootPaged(own, orders=dict(reversed(_ORDERS.items())))  # the newest first, where nothing is asked
QUEUE = RootPaged(queue, orders=_ORDERS)
REGISTRATION_OF_BRAND = One(registration_of_brand, key="brand_id")
INFO_REQUESTS = Many(info_requests, key="registration_id", order=Order(("asked_at", "id")))
STAFF_NOTES = Many(staff_notes, key="registration_id", order=Order(("at", "id")))
TERMS_OF = One(terms_of, key="registration_id")


# ---- for changes


async def locked(work: Work, id: UUID, *, own: bool = False) -> Registration:
    """The registration for changing: with *own* only the caller's, else NOT_FOUND, the same as for an unknown id."""
    rows = select(Registration).where(Registration.id == id)  # unscoped: reviewers see all, others their own
    rows = rows.where(Registration.applicant_id == work.caller.user_id) if own else rows
    found: Registration | None = await work.session.scalar(rows.with_for_update(key_share=True))
    if found is None or not (own or found.status is not RegistrationStatus.DRAFT):
        raise missing(Registration)
    return found


async def facts(work: Work, registration: Registration) -> Facts:
    """What the rules ask of a registration, as the database has it."""
    row = (await work.session.execute(registrations(EVERYTHING, [registration.id]))).one()
    return Facts(*(getattr(row, name) for name in FACTS))
