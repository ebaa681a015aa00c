"""What became of charges: paid, or failed and tried again, until the ads of the campaign stop for good (S65)."""

from uuid import UUID

from sqlalchemy import select

from app.db.keys import any_of
from app.db.tables.billing import Charge, ChargeAttempt
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.billing import charges as rules
from app.domain.billing.charges import CHARGE, OPEN, ChargeCause, ChargeFailure, ChargeStatus, Owed, Retries, Terms
from app.domain.billing.gateway import Outcome
from app.domain.billing.ladder import Ladder
from app.domain.billing.ledger import TransferKind
from app.domain.errors import Problem
from app.domain.events import Event
from app.domain.money import Money
from app.domain.notices import EmailKind
from app.resolvers import notices
from app.resolvers.billing.ledger import Book, opened


def owed(charge: Charge) -> Owed:
    """What is owed of a charge."""
    less = (charge.paid_micros, charge.offset_micros, charge.credited_micros, charge.written_off_micros)
    return Owed(charge.amount_micros, *less)


async def unpaid_problem(work: Work, campaign_id: UUID, *path: str) -> Problem | None:
    """Why a campaign takes no new ad: its charge failed for good, and its balance is still to be paid (S66, I13)."""
    # unscoped: of a campaign that was opened before
    rows = select(Charge.id).where(Charge.campaign_id == campaign_id, any_of(Charge.status, OPEN))
    given_up = await work.session.scalar(rows.where(Charge.next_attempt_at.is_(None)).limit(1))
    return rules.unpaid_problem(*path, given_up=given_up is not None)


async def settle(work: Work, charge_id: UUID, attempt_id: UUID, outcome: Outcome, terms: Terms) -> None:
    """Note what the processor says of an attempt. It may say so twice, late or in any order: it has one effect.

    A payment counts even where an attempt was told to have failed before: money was taken, once.
    """
    # unscoped: the processor's word, or a job's, by the keys of both
    found = select(Charge.campaign_id).join(ChargeAttempt, ChargeAttempt.charge_id == Charge.id)
    campaign_id = await work.session.scalar(found.where(Charge.id == charge_id, ChargeAttempt.id == attempt_id))
    if campaign_id is None:
        return  # of an installation that is no longer: its processor knows more than we do
    books = await opened(work, [campaign_id])
    # unscoped: likewise, by its key
    charge = await work.session.get_one(Charge, charge_id, with_for_update={"key_share": True}, populate_existing=True)
    attempt = await work.session.get_one(ChargeAttempt, attempt_id, populate_existing=True)  # unscoped: likewise
    charge.processor_order = outcome.order or charge.processor_order
    if outcome.paid:
        _take(work, books[campaign_id], charge, attempt, outcome.amount or attempt.amount_micros)
        if charge.status in OPEN:
            paid(work, books[campaign_id], charge, terms.ladder)
        await books.keep(work)
    elif outcome.paid is False and attempt.answered_at is None:
        await fail(work, charge, attempt, outcome, terms.retries)


def _take(work: Work, book: Book, charge: Charge, attempt: ChargeAttempt, amount: int) -> None:
    """The money is there; where it was before, it was taken once."""
    attempt.answered_at, attempt.succeeded, attempt.failure = work.now, True, None
    if charge.paid_micros:
        return
    charge.paid_micros = amount
    charge.payment_method_id = attempt.payment_method_id
    book.post(TransferKind.PAYMENT, charge.id, amount, work.now)


def paid(work: Work, book: Book, charge: Charge, ladder: Ladder) -> None:
    """Nothing is owed of a charge any more: the next threshold is a step higher, if one was why it was closed."""
    charge.status = CHARGE.advance(charge.status, ChargeStatus.PAID)
    charge.charged_at, charge.next_attempt_at, charge.failure = work.now, None, None
    if charge.cause is ChargeCause.THRESHOLD:
        book.step = ladder.climb(book.step)
    work.emit(Event.CHARGE_PAID, charge)


def end(charge: Charge) -> None:
    """A charge of which nothing is owed any more is credited, or written off; a paid one once all was given back."""
    left = owed(charge)
    done = left.creditable <= 0 if charge.status is ChargeStatus.PAID else left.left <= 0
    if done and charge.status in (ChargeStatus.DUE, ChargeStatus.FAILED, ChargeStatus.PAID):
        was_paid = charge.status is ChargeStatus.PAID
        to = ChargeStatus.WRITTEN_OFF if charge.written_off_micros and not was_paid else ChargeStatus.CREDITED
        charge.status, charge.next_attempt_at = CHARGE.advance(charge.status, to), None


async def fail(work: Work, charge: Charge, attempt: ChargeAttempt, outcome: Outcome, retries: Retries) -> None:
    """An attempt failed: the next is planned, or the ads of the campaign stop for good; the ADMINs are told (S24, S65).

    Attempts that people make by hand change nothing about those that are planned.
    """
    attempt.answered_at, attempt.succeeded = work.now, False
    attempt.failure = outcome.failure or ChargeFailure.PROCESSOR_ERROR
    attempt.confirmation_url = outcome.confirmation_url
    if charge.status is not ChargeStatus.ATTEMPTING:
        return
    charge.status = CHARGE.advance(charge.status, ChargeStatus.FAILED)
    charge.failure = attempt.failure
    end(charge)
    if charge.status is not ChargeStatus.FAILED:  # all of it was given back meanwhile
        work.emit(Event.CHARGE_FAILED, charge)
        return
    if attempt.by_user_id is None:
        charge.failures += 1
        charge.next_attempt_at = retries.next_at(charge.failures, work.now)
    is_last = charge.next_attempt_at is None
    work.emit(Event.CHARGE_FAILED, charge)
    if attempt.by_user_id is None:
        await _tell(work, charge, attempt, is_last=is_last)
    if is_last and attempt.by_user_id is None:
        work.emit(Event.CHARGE_GIVEN_UP, charge, failures=charge.failures)


async def _tell(work: Work, charge: Charge, attempt: ChargeAttempt, *, is_last: bool) -> None:
    """One letter each to the account's ADMINs: what failed, and when it is tried again."""
    campaign = await work.session.get_one(Campaign, charge.campaign_id)  # unscoped: of the charge
    again = None if is_last or charge.next_attempt_at is None else charge.next_attempt_at.date().isoformat()
    facts = {
        "campaign": campaign.name,
        "amount": f"{Money(owed(charge).left, charge.currency).decimal} {charge.currency}",
        "failure": (attempt.failure or ChargeFailure.PROCESSOR_ERROR).value,
        "again": again,
        "confirm": attempt.confirmation_url,
    }
    await notices.owe_admins(work, EmailKind.BILLING_FAILED, charge.account_id, **facts)
