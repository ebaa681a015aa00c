"""Accounts, brands, members and invitations, as fields read them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import case, select

from app.db.keys import Condition, Selection, any_of
from app.db.match import holds
from app.db.page import Order
from app.db.reads import Many, One, Paged, RootOne, RootPaged
from app.db.scope import under, within
from app.db.tables.accounts import Account, Brand, Invitation, Membership, Organization
from app.db.tables.identity import User
from app.domain.access import MemberLevel, Scope
from app.domain.accounts import AccountStatus, InvitationStatus, MembershipStatus
from app.domain.text import fold, line, mailbox

CREATED = Order(("created_at", "id"), descending=True)


def accounts(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, Account).where(any_of(Account.id, ids))


def account_of(where: Condition) -> Selection:
    return under(Account).where(where(Account.id))


def brands(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, Brand).where(any_of(Brand.id, ids))


def brand_of(where: Condition) -> Selection:
    return under(Brand).where(where(Brand.id))


def brands_of_account(where: Condition) -> Selection:
    return under(Brand).where(where(Brand.account_id))


def memberships(scope: Scope, ids: Collection[UUID]) -> Selection:
    """Memberships of the accounts where the level is held, and one's own."""
    rows = under(Membership).where(any_of(Membership.id, ids))
    if scope.everything:
        return rows
    mine = (Membership.user_id == scope.user_id) & any_of(Membership.account_id, scope.visible)
    return rows.where(any_of(Membership.account_id, scope.permitted) | mine)


def members_of_account(
    where: Condition,
    status: Collection[MembershipStatus] | None = None,
    level: Collection[MemberLevel] | None = None,
    query: str | None = None,
) -> Selection:
    """Without a status only ACTIVE members; the query is part of a name or address."""
    rows = under(Membership).where(where(Membership.account_id))
    active = Membership.status == MembershipStatus.ACTIVE
    rows = rows.where(active if status is None else any_of(Membership.status, status))
    if level is not None:
        rows = rows.where(any_of(Membership.level, level))
    if query is not None:
        like = holds(User.name_key, query, fold) | holds(User.email_key, query, mailbox)
        rows = rows.where(select(User.id).where(User.id == Membership.user_id, like).exists())
    return rows


def memberships_of_user(where: Condition, scope: Scope, query: str | None, first: int) -> Selection:
    """Active memberships by account name, for the account switcher (S19): of one viewer, so the limit is theirs.

    A token sees the one account it acts in: where else its creator is a member is not its business.
    """
    name = Account.name_key.label("account_name")
    rows = select(*Membership.__table__.c, name).join_from(Membership, Account)  # unscoped: the viewer's own
    rows = rows.where(where(Membership.user_id), Membership.status == MembershipStatus.ACTIVE)
    rows = rows.where(any_of(Membership.account_id, scope.visible))
    if query is not None:
        rows = rows.where(holds(name, query, fold))
    return rows.order_by(name, Membership.id).limit(first)


def organizations(scope: Scope, ids: Collection[UUID]) -> Selection:
    """Organizations of the members of accounts the scope opens."""
    rows = under(Organization).where(any_of(Organization.id, ids))
    if scope.everything:
        return rows
    opens = any_of(Membership.account_id, scope.permitted)
    # unscoped: narrowed to the accounts that the scope opens
    return rows.where(select(Membership.id).where(Membership.organization_id == Organization.id, opens).exists())


def organizations_of_account(where: Condition) -> Selection:
    """Those of active members, each once."""
    # unscoped: below an account
    pairs = select(Membership.account_id, Membership.organization_id).where(where(Membership.account_id))
    once = pairs.where(Membership.status == MembershipStatus.ACTIVE).distinct().subquery()
    rows = select(*Organization.__table__.c, once.c.account_id)
    return rows.join_from(Organization, once, once.c.organization_id == Organization.id)


def desk(
    scope: Scope,  # noqa: ARG001 - an operator sees all accounts
    status: Collection[AccountStatus] | None = None,
    sandbox: bool | None = None,
    query: str | None = None,
) -> Selection:
    """The query is part of the name or of the vendor's code."""
    rows = under(Account)
    if status is not None:
        rows = rows.where(any_of(Account.status, status))
    if sandbox is not None:
        rows = rows.where(Account.is_sandbox.is_(sandbox))
    if query is not None:
        rows = rows.where(holds(Account.name_key, query, fold) | holds(Account.vendor_code, query, line))
    return rows


def organization_of(where: Condition) -> Selection:
    return under(Organization).where(where(Organization.id))


def invitations(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, Invitation).where(any_of(Invitation.id, ids))


def invitations_of_account(where: Condition, now: Any, status: Collection[InvitationStatus] | None = None) -> Selection:
    """A pending invitation past its time counts as EXPIRED."""
    rows = under(Invitation).where(where(Invitation.account_id))
    if status is None:
        return rows
    late = (Invitation.status == InvitationStatus.PENDING) & (Invitation.expires_at <= now)
    return rows.where(any_of(case((late, InvitationStatus.EXPIRED.name), else_=Invitation.status), status))


ACCOUNTS = RootOne(accounts)
ACCOUNT_OF = One(account_of, key="id", of="account_id")
BRANDS = RootOne(brands)
BRAND_OF = One(brand_of, key="id", of="brand_id")
BRANDS_OF_ACCOUNT = Paged(brands_of_account, key="account_id", orders={None: Order(("name_key", "id"))})
MEMBERSHIPS = RootOne(memberships)
MEMBERS_OF_ACCOUNT = Paged(members_of_account, key="account_id", orders={None: Order(("since", "id"))})
MEMBERSHIPS_OF_USER = Many(memberships_of_user, key="user_id", order=Order(("account_name", "id")), scoped=True)
DESK = RootPaged(desk, orders={None: CREATED})
ORGANIZATIONS = RootOne(organizations)
ORGANIZATIONS_OF_ACCOUNT = Many(organizations_of_account, key="account_id", order=Order(("name", "id")))
ORGANIZATION_OF = One(organization_of, key="id", of="organization_id")
INVITATIONS = RootOne(invitations)
INVITATIONS_OF_ACCOUNT = Paged(invitations_of_account, key="account_id", orders={None: CREATED})
