"""Whether there is a card that can be charged for a campaign, as a condition of statements (S63, S67)."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, bindparam, exists, or_

from app.db.tables.accounts import Account
from app.db.tables.billing import PaymentMethod
from app.domain.billing.cards import PaymentMethodStatus

TODAY = "today"
"""The parameter of the day on which a card has to be good, in UTC."""


def chargeable(chosen: ColumnElement[UUID | None] | Any) -> ColumnElement[bool]:
    """That a campaign of `Account` can be charged: to the card *chosen* for it, else to its account's default.

    A test account needs no card: it never pays real money (S28).
    """
    usable = (PaymentMethod.status == PaymentMethodStatus.ACTIVE) & (
        PaymentMethod.expires_on >= bindparam(TODAY, type_=Date())
    )
    asked = or_(PaymentMethod.is_default, PaymentMethod.id == chosen)
    # unscoped: the cards of the account that is selected
    return or_(Account.is_sandbox, exists().where(PaymentMethod.account_id == Account.id, usable, asked))
