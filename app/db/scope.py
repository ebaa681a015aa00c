"""The drawer behind the door: a tenant's rows, only those that the caller's scope opens."""

import re
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import DeclarativeBase

from app.db.base import Owned, type_name
from app.db.keys import Selection, any_of, sent
from app.db.tables.accounts import Account, Membership
from app.db.work import Work
from app.domain.access import Scope
from app.domain.accounts import MembershipStatus
from app.domain.errors import NotFound, Refusal

Row = TypeVar("Row", bound=DeclarativeBase)


def _owner(table: Any) -> Any:
    return table.id if table is Account else table.account_id


def within(scope: Scope, table: type[Row]) -> Selection:
    """SELECT the columns of an owned table, in the accounts where the scope's level is held."""
    rows = select(*table.__table__.c)
    return rows if scope.everything else rows.where(any_of(_owner(table), scope.permitted))


def under(table: type[Row]) -> Selection:
    """SELECT the columns of a table below a root: the caller of a read adds the key of a scoped parent."""
    return select(*table.__table__.c)


async def find(work: Work, table: type[Row], id: UUID, *path: str) -> Row:
    """The row for changing, locked: NOT_FOUND where the caller cannot see it, AccessDenied at too low a level.

    Who locks several rows locks the account first, then products by vendor and sku, then campaigns by their ids, then
    ads: so nobody waits in a circle. Stock is reported, and ads are written and handed in, under the product's lock.
    The lock lets others refer to the row (key_share): history refers to accounts.
    """
    scope = work.scope
    keys = {"id": id} if scope.everything else {"id": id, sent("visible"): scope.visible}
    row: Row | None = await work.session.scalar(_locked(table, scope.everything), keys)
    if row is None:
        raise missing(table, *path)
    account_id = row.id if isinstance(row, Account) else _account(row)
    if not await _still_holds(work, account_id):
        raise missing(table, *path)
    work.scope.admit(account_id, *(path or ("id",)))
    return row


async def _still_holds(work: Work, account_id: UUID) -> bool:
    """Whether the caller is still a member, at the level that counts: while they waited for the lock that may change.

    Asked by a statement of its own, once for each account: on PostgreSQL the one that waited sees what was before.
    """
    if work.scope.everything or account_id in work.confirmed:
        return True
    # unscoped: the caller's own membership is what the scope is made of
    mine = select(Membership.level).where(Membership.account_id == account_id)
    mine = mine.where(Membership.user_id == work.scope.user_id, Membership.status == MembershipStatus.ACTIVE)
    level = await work.session.scalar(mine)
    work.scope = work.scope.changed(account_id, level)
    work.confirmed.add(account_id)
    return level is not None


async def owner(work: Work, table: Any, id: UUID, *path: str) -> UUID:
    """The account that a row belongs to, to be locked before it: NOT_FOUND where the caller cannot see the row."""
    rows = select(table.account_id).where(table.id == id)
    rows = rows if work.scope.everything else rows.where(any_of(table.account_id, work.scope.visible))
    account_id: UUID | None = await work.session.scalar(rows)
    if account_id is None:
        raise missing(table, *path)
    return account_id


@cache
def _locked(table: Any, everything: bool) -> Select[Any]:
    """SELECT the row `id` of a table, of one of the accounts `visible`, FOR NO KEY UPDATE; made once a table."""
    rows = select(table).where(table.id == bindparam("id")).with_for_update(key_share=True)
    return rows if everything else rows.where(any_of(_owner(table), bindparam("visible")))


def opened(scope: Scope, account_id: UUID, *path: str) -> UUID:
    """*account_id* where the scope opens it: NOT_FOUND where it is invisible, AccessDenied at too low a level."""
    if not scope.everything and account_id not in scope.visible:
        raise missing(Account, *path)
    scope.admit(account_id, *path)
    return account_id


def missing(table: type[DeclarativeBase], *path: str) -> Refusal:
    """The one answer for unknown, foreign and malformed ids."""
    return unknown(type_name(table), *path)


def unknown(name: str, *path: str) -> Refusal:
    """The same by the type's name in the API."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return Refusal(NotFound(message=f"No such {words}.", path=path or ("id",)))


def _account(row: Any) -> UUID:
    if not isinstance(row, Owned):
        raise TypeError(f"{type(row).__name__} belongs to no account")
    return row.account_id
