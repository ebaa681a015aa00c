"""What clicks cost is accrued in the transaction that counts them: a line of their charge each, and the ledger."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db import bulk
from app.db.ids import global_id
from app.db.keys import any_of
from app.db.tables.billing import Charge, ChargeLine
from app.db.work import Work
from app.domain.billing import proof
from app.domain.billing.charges import ChargeStatus
from app.domain.billing.ledger import TransferKind
from app.resolvers.billing.ledger import Book, Books, locked

SUMS = ("lines_count", "digest", "cost_micros")


@dataclass(frozen=True)
class Line:
    """A click that cost something, in micros."""

    campaign_id: UUID
    ad_id: UUID
    auction_id: UUID
    slot: str
    target: int
    at: datetime
    cost: int


@dataclass
class _Sheet:
    """A charge that accrues, while lines are added to it."""

    id: UUID
    count: int
    digest: str
    cost: int

    def add(self, work: Work, line: Line, currency: str) -> tuple[Any, ...]:
        """The row of one more line, as `charge_line` has its columns."""
        self.count += 1
        self.cost += line.cost
        id = work.ids()
        named = (global_id("Click", id), global_id("Ad", line.ad_id), global_id("Auction", line.auction_id))
        self.digest = proof.chained(self.digest, *named, line.at, line.cost)
        clicked = (line.auction_id, line.slot, line.target, line.at)
        return self.id, self.count, line.ad_id, *clicked, line.cost, currency, id

    @property
    def row(self) -> tuple[Any, ...]:
        return self.id, self.count, self.digest, self.cost


async def accrue(work: Work, lines: Sequence[Line]) -> None:
    """Add clicks to the charges of their campaigns, which are locked, as the credits of their accounts are."""
    by_campaign: defaultdict[UUID, list[Line]] = defaultdict(list)
    for line in lines:
        by_campaign[line.campaign_id].append(line)
    books = await locked(work, by_campaign.keys())
    sheets = await _sheets(work, books)
    rows = []
    for id, mine in by_campaign.items():
        rows += [sheets[id].add(work, line, books[id].campaign.currency) for line in mine]
        books[id].post(TransferKind.ACCRUAL, work.ids(), sum(line.cost for line in mine), work.now)
    await bulk.insert(work.session, ChargeLine, rows)
    await bulk.change(work.session, Charge, SUMS, [sheet.row for sheet in sheets.values()])
    await books.keep(work)


async def _sheets(work: Work, books: Books) -> dict[UUID, _Sheet]:
    """The charges that accrue, one for each campaign: opened where there is none."""
    shown = (Charge.id, Charge.lines_count, Charge.digest, Charge.cost_micros)
    # unscoped: of campaigns that are locked
    rows = select(Charge.campaign_id, *shown).where(any_of(Charge.campaign_id, books.keys()))
    found = await work.session.execute(rows.where(Charge.status == ChargeStatus.ACCRUING))
    sheets = {row.campaign_id: _Sheet(row.id, row.lines_count, row.digest, row.cost_micros) for row in found}
    missing = [book for id, book in books.items() if id not in sheets]
    for book in missing:
        sheets[book.campaign.id] = _Sheet(open_charge(work, book).id, 0, "", 0)
    if missing:
        await work.session.flush()
    return sheets


def open_charge(work: Work, book: Book) -> Charge:
    """A charge that begins to accrue, with what is unbilled by now."""
    campaign = book.campaign
    charge = Charge(account_id=campaign.account_id, campaign_id=campaign.id, currency=campaign.currency)
    charge.opened_at, charge.carried_micros = work.now, book.unbilled
    return work.add(charge)


async def accruing(work: Work, campaigns: Collection[UUID]) -> dict[UUID, Charge]:
    """The charges that accrue by their campaigns, which are locked."""
    # unscoped: of campaigns that are locked
    rows = select(Charge).where(any_of(Charge.campaign_id, campaigns), Charge.status == ChargeStatus.ACCRUING)
    return {each.campaign_id: each for each in await work.session.scalars(rows.with_for_update(key_share=True))}
