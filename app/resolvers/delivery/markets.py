"""Which accounts bid in a market: all real ones in one, each test account in its own (S28)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Uuid, bindparam, case, literal, or_, select

from app.db.reader import Reader
from app.db.tables.accounts import Account, Sandbox
from app.domain.delivery.markets import REAL


def bidding_in(market: UUID) -> ColumnElement[bool]:
    return Account.is_sandbox.is_(False) if market == REAL else Account.id == market


def bidding() -> ColumnElement[bool]:
    """The same for statements that are prepared: see `of_market`."""
    among = Account.is_sandbox == bindparam("apart", type_=Boolean())
    return among & or_(Account.is_sandbox.is_(False), Account.id == bindparam("market"))


def of_market(market: UUID) -> dict[str, object]:
    """The parameters of `bidding`."""
    return {"market": market, "apart": market != REAL}


MARKET = case((Account.is_sandbox, Account.id), else_=literal(REAL, Uuid()))
"""The market in which an account bids."""


def where_bids(account_id: UUID) -> Any:
    """The market in which an account bids that was opened before, in a statement."""
    # unscoped: for the reason above
    return select(MARKET).where(Account.id == account_id).scalar_subquery()


async def now_in(reader: Reader, account_id: UUID, now: datetime) -> datetime:
    """What time it is for an account that was opened before: a test account has a clock of its own, never behind."""
    # unscoped: for the reason above
    rows = await reader.rows(select(Sandbox.now).where(Sandbox.account_id == account_id))
    return max([now, *(row.now for row in rows)])
