"""What is read of billing: what accounts owe, their charges down to the click, and the proof of it all."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, String, case, cast, exists, func, or_, select

from app.db.keys import Condition, Selection, Together, any_of
from app.db.page import Order
from app.db.reads import Many, One, Paged, RootOne, RootPaged
from app.db.scope import under, within
from app.db.tables.accounts import Account
from app.db.tables.billing import (
    AccountCredit,
    Charge,
    ChargeAttempt,
    ChargeLine,
    ClickReversal,
    LedgerTransfer,
    PaymentMethod,
)
from app.db.tables.campaigns import Ad, Campaign, Keyword
from app.domain.access import Scope
from app.domain.billing.charges import OPEN, ChargeStatus
from app.domain.billing.ledger import TransferKind

NEWEST = Order(("opened_at", "id"), descending=True)
_K = TransferKind


def is_owed(status: Any) -> ColumnElement[bool]:
    """Whether a charge of this status is owed."""
    return or_(*(status == each for each in OPEN))


def _of_charge(column: Any) -> Any:
    """A column of the campaign that a charge belongs to."""
    # unscoped: what a row shows of the row it belongs to
    return select(column).where(Campaign.id == Charge.campaign_id).scalar_subquery().label(column.key)


_ACCRUED = Charge.carried_micros + Charge.cost_micros - Charge.reversed_micros
CHARGE = (
    case((Charge.status == ChargeStatus.ACCRUING, _ACCRUED), else_=Charge.amount_micros).label("shown_micros"),
    (Charge.credited_micros + Charge.written_off_micros).label("taken_off_micros"),
    case((Charge.status == ChargeStatus.ACCRUING, 0), else_=_ACCRUED - Charge.amount_micros).label("left_over_micros"),
    _of_charge(Campaign.ladder_step),
    _of_charge(Campaign.total_budget_micros),
)


def _sum(amount: Any) -> ColumnElement[int]:
    """What PostgreSQL would give as a decimal number."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def _of_campaigns(amount: Any, name: str) -> Any:
    """A sum over the campaigns of an account."""
    # unscoped: what a row shows of the rows that belong to it
    rows = select(_sum(amount)).where(Campaign.account_id == Account.id)
    return rows.scalar_subquery().label(name)


_BALANCE = Campaign.balance_micros
_LIMIT, _LEFT = (
    # unscoped: what a row shows of the row that belongs to it
    select(column).where(AccountCredit.account_id == Account.id).scalar_subquery().label(column.key)
    for column in (AccountCredit.limit_micros, AccountCredit.left_micros)
)
_BILLING = (
    _LIMIT,
    _LEFT,
    Account.id.label("account_id"),
    _of_campaigns(case((_BALANCE > 0, _BALANCE), else_=0), "balance_micros"),
    _of_campaigns(case((_BALANCE < 0, -_BALANCE), else_=0), "credit_micros"),
    _of_campaigns(Campaign.unbilled_micros, "unbilled_micros"),
)


def billing(scope: Scope, ids: Collection[UUID]) -> Selection:
    """The billing of accounts, which is as many rows as there are accounts."""
    return within(scope, Account).add_columns(*_BILLING).where(any_of(Account.id, ids))


def billing_of(where: Condition) -> Selection:
    return under(Account).add_columns(*_BILLING).where(where(Account.id))


def account_of(where: Condition) -> Selection:
    return under(Account).where(where(Account.id))


def charges(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, Charge).add_columns(*CHARGE).where(any_of(Charge.id, ids))


def charges_of_account(where: Condition, **criteria: Any) -> Selection:
    return _filtered(under(Charge).add_columns(*CHARGE).where(where(Charge.account_id)), **criteria)


def finance_queue(scope: Scope, status: Collection[ChargeStatus] | None = None, **criteria: Any) -> Selection:  # noqa: ARG001 - FINANCE sees all accounts
    """The charges of all accounts; without a filter those that are owed."""
    rows = _filtered(under(Charge).add_columns(*CHARGE), status=status, **criteria)
    return rows if status is not None else rows.where(is_owed(Charge.status))


def _filtered(
    rows: Selection,
    status: Collection[ChargeStatus] | None = None,
    campaign_ids: Collection[UUID] | None = None,
    first: datetime | None = None,
    end: datetime | None = None,
) -> Selection:
    rows = rows if status is None else rows.where(any_of(Charge.status, status))
    rows = rows if campaign_ids is None else rows.where(any_of(Charge.campaign_id, campaign_ids))
    rows = rows if first is None else rows.where(Charge.opened_at >= first)
    return rows if end is None else rows.where(Charge.opened_at < end)


def attempts_of_charge(where: Condition) -> Selection:
    return under(ChargeAttempt).where(where(ChargeAttempt.charge_id))


def lines_of_charge(where: Condition) -> Selection:
    """The clicks of charges, with the bids of their ads: those of the keyword, where it has one of its own."""
    # unscoped: what a row shows of the rows it belongs to
    keyword = select(Keyword.bid_micros).where(
        Keyword.ad_id == ChargeLine.ad_id, Keyword.place == ChargeLine.target - 1
    )
    ad = select(Ad.bid_micros).where(Ad.id == ChargeLine.ad_id)  # unscoped: likewise
    bid = func.coalesce(keyword.scalar_subquery(), ad.scalar_subquery()).label("bid_micros")
    reversed_ = exists().where(ClickReversal.id == ChargeLine.id).label("invalid")  # unscoped: likewise
    return under(ChargeLine).add_columns(bid, reversed_).where(where(ChargeLine.charge_id))


def card_of_charge(where: Condition) -> Selection:
    return under(PaymentMethod).where(where(PaymentMethod.id))


def _moved(*kinds: TransferKind) -> ColumnElement[int]:
    """What was moved for these reasons in an account."""
    # unscoped: what a row shows of the rows that belong to it
    rows = select(_sum(LedgerTransfer.amount_micros))
    rows = rows.where(LedgerTransfer.account_id == Account.id, or_(*(LedgerTransfer.kind == kind for kind in kinds)))
    return rows.scalar_subquery()


def _clicks(value: Any) -> ColumnElement[int]:
    """Something of the valid clicks of an account."""
    # unscoped: for the same reason
    rows = (
        select(value)
        .select_from(ChargeLine)
        .join(Charge, Charge.id == ChargeLine.charge_id)
        .where(Charge.account_id == Account.id)
    )
    return rows.where(~exists().where(ClickReversal.id == ChargeLine.id)).scalar_subquery()


def proof_of(where: Condition) -> Selection:
    """The sums of accounts, from the clicks and from the ledger: each must say the same."""
    cost = _clicks(_sum(ChargeLine.cost_micros))
    accrued, charged, relieved = _moved(_K.ACCRUAL) - _moved(_K.REVERSAL), _moved(_K.CHARGE), _moved(_K.RELIEF)
    unbilled = _of_campaigns(Campaign.unbilled_micros, "unbilled_micros")
    # unscoped: for the same reason
    closed = select(_sum(Charge.amount_micros)).where(Charge.account_id == Account.id)
    digests = select(Together(cast(Charge.id, String) + ":" + Charge.digest))
    digests = digests.where(Charge.account_id == Account.id, Charge.lines_count > 0)  # unscoped: likewise
    agree = (cost == accrued) & (closed.scalar_subquery() == charged)
    return select(  # unscoped: below a root
        Account.id,
        Account.currency,
        _clicks(func.count()).label("valid_clicks"),
        cost.label("cost_micros"),
        charged.label("charged_micros"),
        (relieved + _moved(_K.CREDIT, _K.WRITE_OFF)).label("credited_micros"),
        unbilled,
        (agree & (unbilled.element == accrued - charged + relieved)).label("balanced"),
        digests.scalar_subquery().label("digests"),
    ).where(where(Account.id))


BILLING = RootOne(billing)
BILLING_OF = One(billing_of, key="id")
ACCOUNT_OF = One(account_of, key="id", of="account_id")
CHARGES = RootOne(charges)
CHARGES_OF_ACCOUNT = Paged(charges_of_account, orders={None: NEWEST}, key="account_id", of="account_id")
FINANCE_QUEUE = RootPaged(finance_queue, orders={None: NEWEST})
ATTEMPTS_OF_CHARGE = Many(attempts_of_charge, key="charge_id", order=Order(("number",)))
LINES_OF_CHARGE = Paged(lines_of_charge, orders={None: Order(("number",))}, key="charge_id")
CARD_OF_CHARGE = One(card_of_charge, key="id", of="payment_method_id")
PROOF_OF = One(proof_of, key="id", of="account_id")
