"""The ledger: double entry, in transfers from one account to another, each chained to the one before it.

A transfer debits one account and credits another with the same amount, so every transaction sums to zero by its form
(https://docs.tigerbeetle.com/coding/data-modeling/). Amounts are micros.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from uuid import UUID


class LedgerAccount(Enum):
    """What the retailer keeps books of, for each campaign."""

    ADVERTISER_RECEIVABLE = "ADVERTISER_RECEIVABLE"
    UNBILLED_REVENUE = "UNBILLED_REVENUE"
    REVENUE = "REVENUE"
    CREDITS = "CREDITS"
    CASH_CLEARING = "CASH_CLEARING"
    WRITE_OFF = "WRITE_OFF"


class TransferKind(Enum):
    ACCRUAL = "ACCRUAL"
    REVERSAL = "REVERSAL"
    CHARGE = "CHARGE"
    RELIEF = "RELIEF"
    PAYMENT = "PAYMENT"
    CREDIT = "CREDIT"
    WRITE_OFF = "WRITE_OFF"
    CREDIT_GIVEN = "CREDIT_GIVEN"
    CREDIT_TAKEN = "CREDIT_TAKEN"


_A, _K = LedgerAccount, TransferKind
SIDES = {
    _K.ACCRUAL: (_A.UNBILLED_REVENUE, _A.REVENUE),
    _K.REVERSAL: (_A.REVENUE, _A.UNBILLED_REVENUE),
    _K.CHARGE: (_A.ADVERTISER_RECEIVABLE, _A.UNBILLED_REVENUE),
    _K.RELIEF: (_A.UNBILLED_REVENUE, _A.ADVERTISER_RECEIVABLE),
    _K.PAYMENT: (_A.CASH_CLEARING, _A.ADVERTISER_RECEIVABLE),
    _K.CREDIT: (_A.CREDITS, _A.ADVERTISER_RECEIVABLE),
    _K.WRITE_OFF: (_A.WRITE_OFF, _A.ADVERTISER_RECEIVABLE),
    _K.CREDIT_GIVEN: (_A.ADVERTISER_RECEIVABLE, _A.CREDITS),
    _K.CREDIT_TAKEN: (_A.CREDITS, _A.ADVERTISER_RECEIVABLE),
}
"""What each kind debits and credits. Clicks are accrued; a charge turns unbilled into owed; a payment settles that.

A click that is found invalid is reversed, and what was charged for it relieved, in whole minor units. What an account
is owed is a receivable less than nothing: a charge of another campaign takes it (given there, taken here).
"""


@dataclass(frozen=True)
class Transfer:
    """An amount, more than 0, moved for a reason: *source* is what caused it, and causes it once."""

    campaign_id: UUID
    number: int
    kind: TransferKind
    source: UUID
    amount: int
    at: datetime

    @property
    def debit(self) -> LedgerAccount:
        return SIDES[self.kind][0]

    @property
    def credit(self) -> LedgerAccount:
        return SIDES[self.kind][1]

    def digest(self, before: str) -> str:
        """SHA-256 of the digest before it (empty for the first) and of all that it says, in hexadecimal."""
        told = (self.campaign_id, self.number, self.kind.value, self.source, self.amount, self.at.isoformat())
        return sha256(" ".join([before, *map(str, told)]).encode()).hexdigest()


def balance(account: LedgerAccount, transfers: Iterable[Transfer]) -> int:
    """Debits less credits of an account."""
    return sum(effect(account, each.kind, each.amount) for each in transfers)


def effect(account: LedgerAccount, kind: TransferKind, amount: int) -> int:
    """What a transfer adds to the balance of an account."""
    debit, credit = SIDES[kind]
    return amount * ((account is debit) - (account is credit))
