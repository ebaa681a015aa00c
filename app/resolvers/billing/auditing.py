"""What an audit reads of the books: campaigns by the page, in the order of their ids, and what first contradicts."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.db.ids import global_id
from app.db.keys import Selection, any_of
from app.db.tables.billing import AccountCredit, Charge, ChargeAdjustment, ChargeLine, ClickReversal, LedgerTransfer
from app.db.tables.campaigns import Campaign
from app.domain.billing.audit import Breach, Chain, Charges, Lines, differing
from app.domain.billing.ledger import Transfer, TransferKind

PAGE, ROWS = 50, 500  # campaigns at once, and rows that are held of them
_K = TransferKind
_OTHER = aliased(LedgerTransfer)
_CAUSE = (LedgerTransfer.kind, LedgerTransfer.source_id)
_BOOKS = (Campaign.ledger_length, Campaign.ledger_digest, Campaign.unbilled_micros, Campaign.balance_micros)


@dataclass
class Audit:
    """A page of campaigns while their books are gone through: what was looked at, and the first breach of each."""

    campaigns: Mapping[UUID, Any]
    seen: Counter[str] = field(default_factory=Counter)
    found: dict[UUID, Breach] = field(default_factory=dict)

    def note(self, breaches: Iterable[Breach]) -> None:
        for breach in breaches:
            self.found.setdefault(breach.of, breach)

    @property
    def first(self) -> Breach | None:
        return next((self.found[id] for id in self.campaigns if id in self.found), None)


async def campaigns(connection: AsyncConnection, after: UUID | None) -> Mapping[UUID, Any]:
    """The next page of campaigns."""
    # unscoped: an audit is of all accounts
    rows = select(Campaign.id, Campaign.account_id, *_BOOKS).order_by(Campaign.id).limit(PAGE)
    rows = rows if after is None else rows.where(Campaign.id > after)
    return {row.id: row for row in await connection.execute(rows)}


async def total(connection: AsyncConnection) -> int:
    """How many campaigns there are."""
    # unscoped: for the same reason
    return (await connection.execute(select(func.count()).select_from(Campaign))).scalar_one()


async def audit(connection: AsyncConnection, page: Mapping[UUID, Any]) -> Audit:
    """Go through the books of these campaigns."""
    made = Audit(page, Counter(campaigns=len(page)))
    chains = await _chains(connection, made)
    charges = await _charges(connection, made)
    cost, invalid = await _lines(connection, made)
    for id, chain in chains.items():
        made.note(charges[id].end(chain, cost[id], invalid[id]))
    return made


async def _chains(connection: AsyncConnection, made: Audit) -> dict[UUID, Chain]:
    chains = {id: Chain(id, row.account_id) for id, row in made.campaigns.items()}
    # unscoped: for the same reason
    rows = select(*LedgerTransfer.__table__.c).where(any_of(LedgerTransfer.campaign_id, made.campaigns))
    async for row in _each(connection, rows.order_by(LedgerTransfer.campaign_id, LedgerTransfer.number)):
        transfer = Transfer(row.campaign_id, row.number, row.kind, row.source_id, row.amount_micros, row.at)
        made.note(chains[row.campaign_id].follow(transfer, row.account_id, row.digest))
        made.seen["transfers"] += 1
    for id, row in made.campaigns.items():
        made.note(chains[id].end(row.ledger_length, row.ledger_digest, row.unbilled_micros, row.balance_micros))
    return chains


async def _charges(connection: AsyncConnection, made: Audit) -> dict[UUID, Charges]:
    charges = {id: Charges(id) for id in made.campaigns}
    rows = _with_transfers().where(any_of(Charge.campaign_id, made.campaigns))
    async for row in _each(connection, rows.order_by(Charge.campaign_id, Charge.opened_at, Charge.id)):
        made.note(differing(row.campaign_id, f"charge {row.id}", account=(_owner(made, row), row.account_id)))
        made.note(charges[row.campaign_id].follow(row))
        made.seen["charges"] += 1
    return charges


@cache
def _with_transfers() -> Selection:
    """Charges with what transfers say of them."""
    given = (_adjusted(_K.CREDIT) + _relieved()).label("given")
    moved = (_moved(_K.CHARGE).label("charged"), _moved(_K.PAYMENT).label("settled"))
    # unscoped: for the same reason
    return select(*Charge.__table__.c, *moved, given, _adjusted(_K.WRITE_OFF).label("dropped"))


def _owner(made: Audit, row: Any) -> UUID:
    return made.campaigns[row.campaign_id].account_id


async def _lines(connection: AsyncConnection, made: Audit) -> tuple[Counter[UUID], Counter[UUID]]:
    """What all clicks of the campaigns cost, and the invalid ones."""
    cost, invalid, lines, before = Counter[UUID](), Counter[UUID](), None, None
    async for row in _each(connection, _clicks(made.campaigns)):
        if before is None or before.charge_id != row.charge_id:
            _end(made, lines, before)
            lines = Lines(row.campaign_id, row.charge_id)
        if lines and row.id is not None:
            named = (global_id("Click", row.id), global_id("Ad", row.ad_id), global_id("Auction", row.auction_id))
            made.note(lines.follow(row.number, *named, row.at, row.cost_micros))
            cost[row.campaign_id] += row.cost_micros
            invalid[row.campaign_id] += row.cost_micros if row.reversed_at else 0
            made.seen["clicks"] += 1
        before = row
    _end(made, lines, before)
    return cost, invalid


def _end(made: Audit, lines: Lines | None, row: Any) -> None:
    if lines is not None:
        made.note(lines.end(row.lines_count, row.digest, row.whole_micros))


def _clicks(campaigns: Iterable[UUID]) -> Selection:
    """The lines of charges in their order, each beside its charge; a charge without lines is one row."""
    shown = (ChargeLine.id, ChargeLine.number, ChargeLine.ad_id, ChargeLine.auction_id, ChargeLine.at)
    # unscoped: for the same reason
    rows = select(Charge.campaign_id, Charge.id.label("charge_id"), *shown, ChargeLine.cost_micros)
    rows = rows.add_columns(Charge.lines_count, Charge.digest, Charge.cost_micros.label("whole_micros"))
    rows = rows.add_columns(ClickReversal.at.label("reversed_at"))
    rows = rows.outerjoin(ChargeLine, ChargeLine.charge_id == Charge.id)  # unscoped: likewise
    rows = rows.outerjoin(ClickReversal, ClickReversal.id == ChargeLine.id)  # unscoped: likewise
    return rows.where(any_of(Charge.campaign_id, list(campaigns))).order_by(Charge.id, ChargeLine.number)


async def between(connection: AsyncConnection) -> Breach | None:
    """What contradicts across campaigns: a source that caused twice, half of a credit that moved, a limit."""
    return await _twice(connection) or await _halved(connection) or await _unlimited(connection)


async def _twice(connection: AsyncConnection) -> Breach | None:
    """The first transfer whose source had caused one of its kind before."""
    # unscoped: an audit is of all accounts
    same = select(LedgerTransfer.kind, LedgerTransfer.source_id).group_by(*_CAUSE).having(func.count() > 1)
    cause = (await connection.execute(same.order_by(*_CAUSE).limit(1))).first()
    if cause is None:
        return None
    # unscoped: for the same reason
    rows = select(LedgerTransfer.campaign_id, LedgerTransfer.number)
    rows = rows.where(LedgerTransfer.kind == cause.kind, LedgerTransfer.source_id == cause.source_id)
    one, other, *_ = await connection.execute(rows.order_by(*LedgerTransfer.__table__.primary_key))
    expected = f"another than that of transfer {one.number} of campaign {one.campaign_id}"
    return Breach(other.campaign_id, f"transfer {other.number}", "source", expected, cause.source_id)


async def _halved(connection: AsyncConnection) -> Breach | None:
    """The first credit that one campaign gave and no other of its account took, or the other way round."""
    for one, other in (_K.CREDIT_GIVEN, _K.CREDIT_TAKEN), (_K.CREDIT_TAKEN, _K.CREDIT_GIVEN):
        same = (_OTHER.source_id == LedgerTransfer.source_id) & (_OTHER.amount_micros == LedgerTransfer.amount_micros)
        same &= (_OTHER.account_id == LedgerTransfer.account_id) & (_OTHER.kind == other)
        # unscoped: for the same reason
        rows = select(LedgerTransfer.campaign_id, LedgerTransfer.number, LedgerTransfer.amount_micros)
        rows = rows.outerjoin(_OTHER, same)  # unscoped: likewise
        rows = rows.where(LedgerTransfer.kind == one, _OTHER.kind.is_(None))
        row = (await connection.execute(rows.order_by(LedgerTransfer.campaign_id).limit(1))).first()
        if row is not None:
            found = f"{row.amount_micros} without {other.value}"
            return Breach(row.campaign_id, f"transfer {row.number}", one.value, "one of each", found)
    return None


async def _unlimited(connection: AsyncConnection) -> Breach | None:
    """The first account of which not as much is left of its credit as the limit less what it owes."""
    owed = cast(func.coalesce(func.sum(Campaign.unbilled_micros + Campaign.balance_micros), 0), BigInteger)
    expected = (AccountCredit.limit_micros - owed).label("expected")
    # unscoped: for the same reason
    rows = select(AccountCredit.account_id, AccountCredit.left_micros, expected)
    rows = rows.outerjoin(Campaign, Campaign.account_id == AccountCredit.account_id)  # unscoped: likewise
    rows = rows.group_by(AccountCredit.account_id, AccountCredit.left_micros, AccountCredit.limit_micros)
    rows = rows.having(AccountCredit.left_micros != expected).order_by(AccountCredit.account_id)
    row = (await connection.execute(rows.limit(1))).first()
    return Breach(row.account_id, "its credit", "left", row.expected, row.left_micros, "account") if row else None


def _sum(rows: Selection) -> Any:
    return func.coalesce(rows.scalar_subquery(), 0)


_AMOUNT = cast(func.sum(LedgerTransfer.amount_micros), BigInteger)


def _moved(kind: TransferKind) -> Any:
    """What the transfer that a charge itself has caused moved."""
    # unscoped: of the charge
    return _sum(select(_AMOUNT).where(LedgerTransfer.kind == kind, LedgerTransfer.source_id == Charge.id))


def _adjusted(kind: TransferKind) -> Any:
    """What the transfers that FINANCE has caused took off a charge."""
    # unscoped: of the charge
    rows = select(_AMOUNT).join(ChargeAdjustment, ChargeAdjustment.id == LedgerTransfer.source_id)
    return _sum(rows.where(LedgerTransfer.kind == kind, ChargeAdjustment.charge_id == Charge.id))


def _relieved() -> Any:
    """What clicks that were found invalid took off a charge."""
    # unscoped: of the charge
    rows = select(_AMOUNT).join(ClickReversal, ClickReversal.id == LedgerTransfer.source_id)
    return _sum(rows.where(LedgerTransfer.kind == _K.RELIEF, ClickReversal.charge_id == Charge.id))


async def _each(connection: AsyncConnection, rows: Selection) -> AsyncIterator[Any]:
    """Rows as the database gives them: few are held at once."""
    stream = await connection.stream(rows, execution_options={"yield_per": ROWS})
    async for row in stream:
        yield row
