"""Charges: their states, why one fails, when it is tried again, and how much is charged (S63-S66)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.domain.billing.ladder import Ladder
from app.domain.errors import Conflict, Gate, GateNotMet, IllegalTransition, Problem
from app.domain.money import Money, amount_problem
from app.domain.states import Lifecycle


class ChargeStatus(Enum):
    ACCRUING = "ACCRUING"
    DUE = "DUE"
    ATTEMPTING = "ATTEMPTING"
    PAID = "PAID"
    FAILED = "FAILED"
    CREDITED = "CREDITED"
    WRITTEN_OFF = "WRITTEN_OFF"


class ChargeCause(Enum):
    """Why a charge was closed."""

    THRESHOLD = "THRESHOLD"
    MONTH_END = "MONTH_END"


class ChargeFailure(Enum):
    DECLINED = "DECLINED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    CARD_EXPIRED = "CARD_EXPIRED"
    CONFIRMATION_REQUIRED = "CONFIRMATION_REQUIRED"
    NO_PAYMENT_METHOD = "NO_PAYMENT_METHOD"
    PROCESSOR_ERROR = "PROCESSOR_ERROR"


class AdjustmentKind(Enum):
    """How a charge is made less."""

    CREDIT = "CREDIT"
    WRITE_OFF = "WRITE_OFF"


_S = ChargeStatus
CHARGE = Lifecycle(
    "charge",
    {
        _S.ACCRUING: frozenset({_S.DUE}),
        _S.DUE: frozenset({_S.ATTEMPTING, _S.PAID, _S.CREDITED, _S.WRITTEN_OFF}),
        _S.ATTEMPTING: frozenset({_S.PAID, _S.FAILED}),
        _S.FAILED: frozenset({_S.ATTEMPTING, _S.PAID, _S.CREDITED, _S.WRITTEN_OFF}),
        _S.PAID: frozenset({_S.CREDITED}),
        _S.CREDITED: frozenset(),
        _S.WRITTEN_OFF: frozenset(),
    },
)
OPEN = (_S.DUE, _S.ATTEMPTING, _S.FAILED)
"""The states in which a charge is owed. A campaign has at most one such charge: the next waits until it is settled."""
DAY = timedelta(days=1)


def whole(micros: int, unit: int) -> int:
    """What can be charged of an amount: whole minor units, never rounded up; nothing of a negative one."""
    return max(micros, 0) // unit * unit


def relief(unbilled: int, unit: int) -> int:
    """What is given back once less than nothing is unbilled: whole minor units, so that costs cover charges (S64)."""
    return -(min(unbilled, 0) // unit) * unit


@dataclass(frozen=True)
class Retries:
    """When a charge that failed is tried again: days after each failure; none left, and the ads stop for good (S65)."""

    days: tuple[int, ...]

    def next_at(self, failures: int, now: datetime) -> datetime | None:
        """The next attempt after so many failures, this one counted; None: that was the last."""
        return now + self.days[failures - 1] * DAY if failures <= len(self.days) else None


@dataclass(frozen=True)
class Terms:
    """Under which terms an installation charges."""

    ladder: Ladder
    retries: Retries
    issuer: str  # of invoices: name and address, in several lines


@dataclass(frozen=True)
class Owed:
    """What is owed of a charge, all in micros."""

    amount: int
    paid: int = 0
    offset: int = 0
    credited: int = 0
    written_off: int = 0

    @property
    def left(self) -> int:
        """What is still to be paid."""
        return self.amount - self.paid - self.offset - self.credited - self.written_off

    @property
    def creditable(self) -> int:
        """What can still be given back of it."""
        return self.amount - self.credited - self.written_off


def payable_problem(owed: ChargeStatus | None) -> Problem | None:
    """Why a balance cannot be paid now: no charge is owed, or it is being paid; *owed* is its status."""
    if owed is None:
        return Conflict(message="Nothing is owed for this campaign.", path=("campaignId",))
    if owed is not ChargeStatus.ATTEMPTING:
        return None
    message = "A payment is under way: wait until the processor has answered (billingChanged tells)."
    return Conflict(message=message, path=("campaignId",))


def unpaid_problem(*path: str, given_up: bool) -> Problem | None:
    """Why a campaign takes no new ad: a charge failed for good, and is not paid since (S66, I13)."""
    if not given_up:
        return None
    message = "A charge of the campaign could not be paid: pay its balance first, with a card that can be charged."
    return GateNotMet(message=message, path=path, gate=Gate.BALANCE_PAID, remedy_mutation="balancePay")


def adjustment_problems(
    status: ChargeStatus, owed: Owed, kind: AdjustmentKind, amount: Money, currency: str, unit: int
) -> Sequence[Problem]:
    """Why a charge cannot be made less by an amount: it accrues, is being paid, or is not that much."""
    unsettled = _unsettled_problem(status, kind)
    if unsettled:
        return [unsettled]
    most = owed.creditable if kind is AdjustmentKind.CREDIT else owed.left
    found: list[Problem | None] = [
        amount_problem(amount, "amount", currency=currency, least=unit, most=max(most, unit), name="the amount")
    ]
    if most < unit:
        found.append(Conflict(message="Nothing of the charge is left to be taken off.", path=("amount",)))
    elif amount.micros % unit:
        found.append(
            Conflict(message=f"Cards know no parts of {Money(unit, currency).decimal} {currency}.", path=("amount",))
        )
    return [each for each in found if each]


def _unsettled_problem(status: ChargeStatus, kind: AdjustmentKind) -> Problem | None:
    if status is ChargeStatus.ATTEMPTING:
        return Conflict(message="The payment processor is being asked: try again once it has answered.", path=("id",))
    to = ChargeStatus.CREDITED if kind is AdjustmentKind.CREDIT else ChargeStatus.WRITTEN_OFF
    if status is ChargeStatus.PAID and kind is AdjustmentKind.WRITE_OFF:
        return IllegalTransition(
            message="The charge is PAID: nothing of it can be written off. Credit it.",
            path=("id",),
            state=status.value,
            attempted=to.value,
            allowed=(ChargeStatus.CREDITED.value,),
            instead_use="chargeAdjust",
        )
    return CHARGE.problem(status, to, "id")
