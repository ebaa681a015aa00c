"""Charges are closed: once a campaign's clicks reach its threshold, and at a month's end what none has caught (S63)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, bindparam, case, exists, literal, or_, select
from sqlalchemy.orm import aliased

from app.db.keys import Selection, any_of
from app.db.tables.accounts import Account
from app.db.tables.billing import Charge
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.accounts import local_day
from app.domain.billing.charges import CHARGE, OPEN, ChargeCause, ChargeStatus, Terms, whole
from app.domain.billing.ladder import PPM, Ladder
from app.domain.billing.ledger import TransferKind
from app.domain.events import Event
from app.domain.money import MINOR_UNIT, MINOR_UNITS
from app.resolvers.billing.accruing import accruing, open_charge
from app.resolvers.billing.invoicing import invoice
from app.resolvers.billing.ledger import Book, Books, opened
from app.resolvers.billing.settling import paid

_OTHER = aliased(Charge)
EARLIEST_ZONE = timedelta(hours=14)  # it is a new month there first


async def due(work: Work, ladder: Ladder) -> Sequence[UUID]:
    """Campaigns whose charge is to be closed by now, in the order of their ids."""
    first = _month_begins(work.now + EARLIEST_ZONE, "UTC")
    found = await work.session.execute(_due(ladder), {"first": first})
    return [row.id for row in found if row.reached or row.opened_at < _month_begins(work.now, row.time_zone)]


@cache
def _due(ladder: Ladder) -> Selection:
    """Reached thresholds, and what was opened before the *first* of the month: made once, it runs every minute."""
    owed = exists().where(_OTHER.campaign_id == Campaign.id, any_of(_OTHER.status, OPEN))
    reached = Campaign.unbilled_micros >= _threshold(ladder)
    # unscoped: a job of the clock, for every account; test accounts pay nothing
    rows = select(Campaign.id, reached.label("reached"), Charge.opened_at, Account.time_zone)
    rows = rows.join(Account, Account.id == Campaign.account_id)
    rows = rows.join(Charge, (Charge.campaign_id == Campaign.id) & (Charge.status == ChargeStatus.ACCRUING))
    chargeable = (Campaign.unbilled_micros > 0) & (Campaign.unbilled_micros >= _unit())
    is_old = Charge.opened_at < bindparam("first")
    return rows.where(chargeable, Account.is_sandbox.is_(False), ~owed, or_(reached, is_old)).order_by(Campaign.id)


async def close(work: Work, campaign_id: UUID, terms: Terms) -> Charge | None:
    """Close the charge that accrues, where its time has come; None where it has not (any more).

    What the advertiser is owed from other charges of the account is taken off first; the rest is asked of a card.
    """
    books = await opened(work, [campaign_id, *await _owed_to(work, campaign_id)])
    book, ladder = books[campaign_id], terms.ladder
    charge = (await accruing(work, [campaign_id])).get(campaign_id)
    cause = await _cause(work, book, charge, ladder) if charge else None
    if charge is None or cause is None:
        return None
    _close(work, book, charge, cause, ladder)
    _take_credit(work, books, charge)
    work.emit(Event.CHARGE_DUE, charge)
    await work.session.flush()
    await invoice(work, charge, terms.issuer)
    open_charge(work, book)
    if charge.amount_micros == charge.offset_micros:
        paid(work, book, charge, ladder)
    await books.keep(work)
    return charge


def _close(work: Work, book: Book, charge: Charge, cause: ChargeCause, ladder: Ladder) -> None:
    charge.status = CHARGE.advance(charge.status, ChargeStatus.DUE)
    charge.cause, charge.due_at, charge.next_attempt_at = cause, work.now, work.now
    charge.threshold_micros = ladder.threshold(book.step, book.campaign.total_budget_micros, book.unit)
    charge.amount_micros = whole(book.unbilled, book.unit)
    charge.offset_micros = min(max(-book.balance, 0), charge.amount_micros)
    book.post(TransferKind.CHARGE, charge.id, charge.amount_micros, work.now)


def _take_credit(work: Work, books: Books, charge: Charge) -> None:
    """What other campaigns of the account are owed, as far as it goes; each gives in a transfer of its own."""
    for id, other in books.items():
        given = min(max(-other.balance, 0), charge.amount_micros - charge.offset_micros)
        if id != charge.campaign_id and given:
            source = work.ids()
            other.post(TransferKind.CREDIT_GIVEN, source, given, work.now)
            books[charge.campaign_id].post(TransferKind.CREDIT_TAKEN, source, given, work.now)
            charge.offset_micros += given


async def _cause(work: Work, book: Book, charge: Charge, ladder: Ladder) -> ChargeCause | None:
    """Why the charge is closed now; None: it is not."""
    # unscoped: of the campaign that is locked
    owed = select(Charge.id).where(Charge.campaign_id == book.campaign.id, any_of(Charge.status, OPEN)).limit(1)
    if whole(book.unbilled, book.unit) == 0 or await work.session.scalar(owed) is not None:
        return None
    if book.unbilled >= ladder.threshold(book.step, book.campaign.total_budget_micros, book.unit):
        return ChargeCause.THRESHOLD
    account = await work.session.get_one(Account, book.campaign.account_id)  # unscoped: its account
    is_old = charge.opened_at < _month_begins(work.now, account.time_zone)
    return ChargeCause.MONTH_END if is_old else None


async def _owed_to(work: Work, campaign_id: UUID) -> Sequence[UUID]:
    """Campaigns of the same account to which something is owed."""
    # unscoped: billing settles the campaigns of all accounts
    mine = select(Campaign.account_id).where(Campaign.id == campaign_id).scalar_subquery()
    rows = select(Campaign.id).where(Campaign.account_id == mine, Campaign.balance_micros < 0)  # unscoped: likewise
    return (await work.session.scalars(rows)).all()


def _threshold(ladder: Ladder) -> Any:
    """The ladder in SQL; a share of a budget may be less than can be charged, which `close` knows."""
    steps = {step: literal(amount, BigInteger) for step, amount in enumerate(ladder.steps)}
    last = literal(ladder.steps[-1], BigInteger)
    total, part = Campaign.total_budget_micros, ladder.share
    share = (
        total // PPM * part + total % PPM * part // PPM if part else last
    )  # the greatest budget times a share is none
    return case(steps, value=Campaign.ladder_step, else_=share)


def _unit() -> Any:
    return case(MINOR_UNITS, value=Campaign.currency, else_=MINOR_UNIT)


def _month_begins(now: datetime, zone: str) -> datetime:
    day = local_day(now, zone)
    return datetime(day.year, day.month, 1, tzinfo=ZoneInfo(zone))
