"""Invoices and credit notes are issued: in the transaction that closes a charge, or makes one less."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db.keys import any_of
from app.db.tables.accounts import Account
from app.db.tables.billing import Charge, ChargeLine, Invoice, InvoiceCounter
from app.db.tables.campaigns import Ad, Campaign
from app.db.work import Work
from app.domain.accounts import local_day
from app.domain.billing.invoices import InvoiceKind, number
from app.resolvers.identity.secret import DOWNLOAD, mint


async def invoice(work: Work, charge: Charge, issuer: str) -> Invoice:
    """The invoice of a charge that was closed, with the clicks of each ad."""
    made = await _drawn(work, charge, InvoiceKind.INVOICE, charge.amount_micros, issuer)
    _list(made, await _clicks(work, charge))
    made.carried_in_micros, made.reversed_micros = charge.carried_micros, charge.reversed_micros
    made.carried_out_micros = charge.carried_micros + charge.cost_micros - charge.reversed_micros - charge.amount_micros
    return await _numbered(work, made)


async def credit_note(
    work: Work, charge: Charge, amount: int, reason: str, issuer: str, clicks: Sequence[ChargeLine] = ()
) -> Invoice:
    """The credit note of *amount* micros of a charge; *clicks* are those that were found invalid, if that is why."""
    made = await _drawn(work, charge, InvoiceKind.CREDIT_NOTE, amount, issuer)
    # unscoped: of the charge that is locked
    about = select(Invoice.number).where(Invoice.charge_id == charge.id, Invoice.kind == InvoiceKind.INVOICE)
    made.corrects, made.reason = await work.session.scalar(about), reason
    if clicks:
        _list(made, await _clicks(work, charge, [each.id for each in clicks]))
        made.carried_out_micros = sum(each.cost_micros for each in clicks) - amount
    return await _numbered(work, made)


async def _drawn(work: Work, charge: Charge, kind: InvoiceKind, amount: int, issuer: str) -> Invoice:
    """The document but for its number and its clicks, with the names as they are now."""
    account = await work.session.get_one(Account, charge.account_id)  # unscoped: the charge is locked
    # unscoped: the campaign of the charge
    campaign = await work.session.scalar(select(Campaign.name).where(Campaign.id == charge.campaign_id))
    whose = {"account_id": account.id, "account_name": account.display_name, "vendor_code": account.vendor_code}
    made = Invoice(charge_id=charge.id, kind=kind, amount_micros=amount, issuer=issuer, **whose)
    made.campaign_name, made.currency, made.digest = campaign or "", charge.currency, charge.digest
    made.issued_at, made.time_zone, made.download_key = work.now, account.time_zone, mint(DOWNLOAD)
    made.ads, made.carried_in_micros, made.reversed_micros, made.carried_out_micros = [], 0, 0, 0
    return made


def _list(made: Invoice, clicks: Sequence[Any]) -> None:
    made.ads = [{"title": each.title, "clicks": each.clicks, "cost": int(each.cost)} for each in clicks]
    made.first_click_at = min((each.first for each in clicks), default=None)
    made.last_click_at = max((each.last for each in clicks), default=None)


async def _clicks(work: Work, charge: Charge, only: Collection[UUID] | None = None) -> Sequence[Any]:
    """The clicks of a charge by their ads, or *only* some of them."""
    sums = (func.count().label("clicks"), func.sum(ChargeLine.cost_micros).label("cost"))
    span = (func.min(ChargeLine.at).label("first"), func.max(ChargeLine.at).label("last"))
    # unscoped: of the charge that is locked
    rows = select(Ad.title, *sums, *span).select_from(ChargeLine).join(Ad, Ad.id == ChargeLine.ad_id)
    rows = rows.where(ChargeLine.charge_id == charge.id).group_by(Ad.id, Ad.title).order_by(Ad.title, Ad.id)
    return (await work.session.execute(rows if only is None else rows.where(any_of(ChargeLine.id, only)))).all()


async def _numbered(work: Work, made: Invoice) -> Invoice:
    """The document with the next number of its account's series in the year it is issued in.

    The counter is locked to the end of the transaction, after campaigns and charges: what is rolled back leaves no gap.
    """
    made.year = local_day(made.issued_at, made.time_zone).year
    insert: Any = (postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    first = {"account_id": made.account_id, "year": made.year, "series": _series(made), "last": 1}
    keys, more = ["account_id", "year"], {"last": InvoiceCounter.last + 1}
    counted = insert(InvoiceCounter).values(**first).on_conflict_do_update(index_elements=keys, set_=more)
    counted = counted.returning(InvoiceCounter.series, InvoiceCounter.last)
    row = (await work.session.execute(counted)).one()
    made.place = row.last
    made.number = number(made.vendor_code, made.year, row.series, made.place)
    return work.add(made)


def _series(made: Invoice) -> Any:
    """Which of its vendor's accounts this is, the oldest first (S34): keys are in the order of time."""
    same = func.lower(Account.vendor_code) == made.vendor_code.lower()
    # unscoped: only counted
    rows = select(func.count() + 1).select_from(Account).where(same, Account.is_sandbox.is_(False))
    return rows.where(Account.id < made.account_id).scalar_subquery()
