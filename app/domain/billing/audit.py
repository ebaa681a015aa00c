"""The audit of the books: transfers, charges and clicks are gone through again, and what contradicts is named."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from app.domain.billing import proof
from app.domain.billing.charges import OPEN, ChargeStatus, Owed
from app.domain.billing.ledger import LedgerAccount, Transfer, TransferKind, effect

_K = TransferKind


@dataclass(frozen=True)
class Breach:
    """Where the books of a campaign, or an account, contradict themselves: what is found, and what should be."""

    of: UUID
    place: str
    what: str
    expected: Any
    found: Any
    owner: str = "campaign"

    def __str__(self) -> str:
        found, expected = _shown(self.found), _shown(self.expected)
        return f"{self.owner} {self.of}, {self.place}: {self.what} is {found}, expected {expected}"


def _shown(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else "nothing" if value == "" else value


def differing(of: UUID, place: str, **told: tuple[Any, Any]) -> Iterator[Breach]:
    """What is not as expected: each name with what is expected and what is found; amounts in micros."""
    for what, (expected, found) in told.items():
        if expected != found:
            yield Breach(of, place, what.replace("_", " "), expected, found)


@dataclass
class Chain:
    """The transfers of a campaign while they are followed, and what they come to by kind."""

    campaign_id: UUID
    account_id: UUID
    length: int = 0
    digest: str = ""
    last: datetime | None = None
    sums: Counter[TransferKind] = field(default_factory=Counter)

    def follow(self, transfer: Transfer, account_id: UUID, digest: str) -> Iterator[Breach]:
        """The next transfer as it was kept: what is wrong with it."""
        told = {
            "number": (self.length + 1, transfer.number),
            "time": (max(self.last or transfer.at, transfer.at), transfer.at),
            "account": (self.account_id, account_id),
            "digest": (transfer.digest(self.digest), digest),
        }
        self.length, self.digest, self.last = transfer.number, digest, transfer.at
        self.sums[transfer.kind] += transfer.amount
        return differing(self.campaign_id, f"transfer {transfer.number}", **told)

    def balance(self, account: LedgerAccount) -> int:
        return sum(effect(account, kind, amount) for kind, amount in self.sums.items())

    def end(self, length: int, digest: str, unbilled: int, balance: int) -> Iterator[Breach]:
        """What the campaign says of its transfers, and they do not."""
        return differing(
            self.campaign_id,
            "its row",
            ledger_length=(self.length, length),
            ledger_digest=(self.digest, digest),
            unbilled=(self.balance(LedgerAccount.UNBILLED_REVENUE), unbilled),
            balance=(self.balance(LedgerAccount.ADVERTISER_RECEIVABLE), balance),
        )


@dataclass
class Lines:
    """The clicks of a charge while they are followed; ids as the API has them."""

    campaign_id: UUID
    charge_id: UUID
    count: int = 0
    digest: str = ""
    cost: int = 0

    @property
    def place(self) -> str:
        return f"charge {self.charge_id}"

    def follow(self, number: int, click: str, ad: str, auction: str, at: datetime, cost: int) -> Iterator[Breach]:
        self.count, self.cost = self.count + 1, self.cost + cost
        self.digest = proof.chained(self.digest, click, ad, auction, at, cost)
        return differing(self.campaign_id, f"{self.place}, line {number}", number=(self.count, number))

    def end(self, count: int, digest: str, cost: int) -> Iterator[Breach]:
        """What the charge says of its lines, and they do not."""
        told = {"lines": (self.count, count), "cost": (self.cost, cost), "digest": (self.digest, digest)}
        return differing(self.campaign_id, self.place, **told)


@dataclass
class Charges:
    """The charges of a campaign while they are followed, and what they come to."""

    campaign_id: UUID
    unbilled: int = 0
    sums: Counter[str] = field(default_factory=Counter)

    def follow(self, row: Any) -> Iterator[Breach]:
        """The next charge by time; its transfers have moved what is `charged`, `settled`, `given` and `dropped`."""
        told = {
            "carried": (self.unbilled, row.carried_micros),
            "amount": (row.charged, row.amount_micros),
            "paid": (row.settled, row.paid_micros),
            "credited": (row.given, row.credited_micros),
            "written_off": (row.dropped, row.written_off_micros),
            "status": (_settled(row), row.status),
        }
        self.unbilled = row.carried_micros + row.cost_micros - row.reversed_micros - row.amount_micros
        self.sums["left"] += _owed(row).left if row.status in OPEN else 0
        for name in ("cost_micros", "amount_micros", "paid_micros", "credited_micros", "written_off_micros"):
            self.sums[name] += getattr(row, name)
        return differing(self.campaign_id, f"charge {row.id}", **told)

    def end(self, chain: Chain, clicks: int, invalid: int) -> Iterator[Breach]:
        """What the transfers say of all charges, and of the cost of all clicks and of the invalid ones (S64)."""
        moved, charged = chain.sums, chain.sums[_K.CHARGE] - chain.sums[_K.RELIEF]
        owed = max(chain.balance(LedgerAccount.ADVERTISER_RECEIVABLE), 0)
        return differing(
            self.campaign_id,
            "all transfers",
            accruals=(clicks, moved[_K.ACCRUAL]),
            reversals=(invalid, moved[_K.REVERSAL]),
            charges=(self.sums["amount_micros"], moved[_K.CHARGE]),
            payments=(self.sums["paid_micros"], moved[_K.PAYMENT]),
            credits=(self.sums["credited_micros"], moved[_K.CREDIT] + moved[_K.RELIEF]),
            write_offs=(self.sums["written_off_micros"], moved[_K.WRITE_OFF]),
            unbilled=(self.unbilled, chain.balance(LedgerAccount.UNBILLED_REVENUE)),
            charged_at_most=(min(charged, clicks - invalid), charged),
            owed_at_most=(min(owed, max(self.sums["left"], 0)), owed),
        )


def _owed(row: Any) -> Owed:
    less = (row.paid_micros, row.offset_micros, row.credited_micros, row.written_off_micros)
    return Owed(row.amount_micros, *less)


def _settled(row: Any) -> ChargeStatus:
    """The status of a charge, where what is left of it agrees with that; else one that does."""
    left = _owed(row).left
    if row.status is ChargeStatus.ATTEMPTING:
        return row.status
    if row.status is ChargeStatus.ACCRUING:
        return row.status if left == 0 else ChargeStatus.DUE
    if row.status in OPEN:
        return row.status if left > 0 else ChargeStatus.PAID
    return row.status if left <= 0 else ChargeStatus.DUE
