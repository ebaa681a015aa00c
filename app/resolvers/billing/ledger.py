"""The books of campaigns: their transfers and balances, written by whoever holds the campaigns' locks."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, case, cast, func, select, update

from app.db import bulk
from app.db.keys import any_of
from app.db.tables.billing import AccountCredit, LedgerTransfer
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.billing.ledger import LedgerAccount, Transfer, TransferKind, effect
from app.domain.money import minor_unit

KEPT = ("unbilled_micros", "balance_micros", "ladder_step", "ledger_length", "ledger_digest")
SHOWN = (Campaign.id, Campaign.account_id, Campaign.currency, Campaign.total_budget_micros)


@dataclass
class Book:
    """The ledger of one campaign while its row is locked; what is posted is written by `Books.keep`."""

    campaign: Any
    unbilled: int
    balance: int
    step: int
    length: int
    digest: str
    posted: list[tuple[Transfer, str]] = field(default_factory=list)

    @property
    def unit(self) -> int:
        """The minor unit of its currency, in micros."""
        return minor_unit(self.campaign.currency)

    @property
    def row(self) -> tuple[Any, ...]:
        return self.campaign.id, self.unbilled, self.balance, self.step, self.length, self.digest

    def post(self, kind: TransferKind, source: UUID, amount: int, at: datetime) -> None:
        """Move an amount, which *source* causes once; nothing is not moved."""
        if amount == 0:
            return
        transfer = Transfer(self.campaign.id, self.length + 1, kind, source, amount, at)
        self.digest, self.length = transfer.digest(self.digest), transfer.number
        self.unbilled += effect(LedgerAccount.UNBILLED_REVENUE, kind, amount)
        self.balance += effect(LedgerAccount.ADVERTISER_RECEIVABLE, kind, amount)
        self.posted.append((transfer, self.digest))


class Books(dict[UUID, Book]):
    """Books by their campaigns; *limited* are the accounts whose credit is locked with them."""

    limited: Collection[UUID] = ()

    async def keep(self, work: Work) -> None:
        """Write what was posted, and the balances that follow: no edit, so versions of campaigns stay."""
        changed = [book for book in self.values() if book.posted]
        rows = [_row(book, transfer, digest) for book in changed for transfer, digest in book.posted]
        await bulk.insert(work.session, LedgerTransfer, rows)
        await bulk.change(work.session, Campaign, KEPT, [book.row for book in changed])
        await _give_back(work, {book.campaign.account_id for book in changed} & set(self.limited))
        for book in changed:
            book.posted.clear()


async def opened(work: Work, campaigns: Collection[UUID]) -> Books:
    """The books of campaigns, whose rows are locked: after the credits of their accounts, in the order of their ids."""
    # unscoped: billing settles the campaigns of all accounts
    mine = select(Campaign.account_id).where(any_of(Campaign.id, campaigns))
    # unscoped: likewise, the credits of their accounts
    credits = select(AccountCredit.account_id).where(AccountCredit.account_id.in_(mine))
    locks = credits.order_by(AccountCredit.account_id).with_for_update(key_share=True)
    accounts = (await work.session.scalars(locks)).all()
    books = await locked(work, campaigns)
    books.limited = accounts
    return books


async def locked(work: Work, campaigns: Collection[UUID]) -> Books:
    """The same where the credits are locked already."""
    # unscoped: for the same reason
    rows = select(*SHOWN, *(getattr(Campaign, name) for name in KEPT)).where(any_of(Campaign.id, campaigns))
    found = await work.session.execute(rows.order_by(Campaign.id).with_for_update(key_share=True))
    return Books({row.id: Book(row, *(getattr(row, name) for name in KEPT)) for row in found})


async def _give_back(work: Work, accounts: Collection[UUID]) -> None:
    """What is owed no longer may be spent again, where an account has a limit: its credit is locked."""
    for account_id in accounts:
        await limit(work, account_id, AccountCredit.limit_micros)


async def limit(work: Work, account_id: UUID, most: Any) -> None:
    """Let an account whose credit is locked owe *most* micros: what it may still spend is what it does not owe yet."""
    # unscoped: of the account whose credit is locked
    owed = select(func.coalesce(func.sum(Campaign.unbilled_micros + Campaign.balance_micros), 0))
    left = most - cast(owed.where(Campaign.account_id == account_id).scalar_subquery(), BigInteger)
    mine = update(AccountCredit).where(AccountCredit.account_id == account_id)  # unscoped: likewise, by its key
    await work.session.execute(mine.values(limit_micros=most, left_micros=case((left > 0, left), else_=0)))


def _row(book: Book, transfer: Transfer, digest: str) -> tuple[Any, ...]:
    """A row as `ledger_transfer` has its columns."""
    told = (transfer.kind, transfer.source, transfer.amount, transfer.at, digest)
    return transfer.campaign_id, transfer.number, book.campaign.account_id, *told
