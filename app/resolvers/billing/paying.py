"""Charges are paid: an attempt is written down before the processor is asked, so that no answer is ever lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select

from app.db.keys import Selection, any_of
from app.db.scope import find, missing, owner
from app.db.tables.accounts import Account
from app.db.tables.billing import Charge, ChargeAttempt, PaymentMethod
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.billing.charges import CHARGE, OPEN, ChargeFailure, ChargeStatus, Retries, payable_problem
from app.domain.billing.gateway import Outcome, Payment
from app.domain.errors import Findings, Refusal
from app.domain.events import Event
from app.resolvers.billing import cards
from app.resolvers.billing.ledger import opened
from app.resolvers.billing.settling import fail, owed

ATTEMPT = "billing.attempt"
"""The kind of the job that asks the processor."""
PATIENCE = timedelta(minutes=1)  # then an attempt without an answer is asked about
FIRST = (Charge.status == ChargeStatus.ATTEMPTING, Charge.id)
AT_ONCE = 1000  # planned ones first, so that those without an answer keep nobody waiting


@dataclass(frozen=True)
class Asking:
    """What the processor is to be asked; an attempt that was begun before may have reached it."""

    payment: Payment
    begun_before: bool


async def due(work: Work) -> Sequence[UUID]:
    """Charges whose time has come: to be tried, or asked about because an answer is missing."""
    return (await work.session.scalars(_due(), {"now": work.now, "asked_before": work.now - PATIENCE})).all()


@cache
def _due() -> Selection:
    """Made once, it runs every minute."""
    # unscoped: a job of the clock, for every account
    rows = select(Charge.id).outerjoin(  # unscoped: likewise
        ChargeAttempt, (ChargeAttempt.charge_id == Charge.id) & ChargeAttempt.answered_at.is_(None)
    )
    tried = any_of(Charge.status, [ChargeStatus.DUE, ChargeStatus.FAILED])
    planned = and_(tried, Charge.next_attempt_at <= bindparam("now"))
    unanswered = and_(Charge.status == ChargeStatus.ATTEMPTING, ChargeAttempt.at <= bindparam("asked_before"))
    return rows.where(or_(planned, unanswered)).order_by(*FIRST).limit(AT_ONCE)


async def prepare(work: Work, charge_id: UUID, retries: Retries) -> Asking | None:
    """Begin an attempt at a charge that is due, or take up the one without an answer; None: nothing is to be asked."""
    # unscoped: a job settles the charges of all accounts
    await opened(work, (await work.session.scalars(select(Charge.campaign_id).where(Charge.id == charge_id))).all())
    # unscoped: likewise, by its key
    charge = await work.session.get_one(Charge, charge_id, with_for_update={"key_share": True}, populate_existing=True)
    if charge.status is ChargeStatus.ATTEMPTING:
        return await _open_attempt(work, charge)
    is_due = charge.next_attempt_at is not None and charge.next_attempt_at <= work.now
    if charge.status not in (ChargeStatus.DUE, ChargeStatus.FAILED) or not is_due:
        return None
    card = await _card(work, charge)
    attempt = await _attempt(work, charge, card)
    if card is None:
        nothing = Outcome(paid=False, failure=ChargeFailure.NO_PAYMENT_METHOD)
        await fail(work, charge, attempt, nothing, retries)
        return None
    work.emit(Event.CHARGE_ATTEMPTED, charge)
    return Asking(_payment(charge, attempt, card), begun_before=False)


async def pay_balance(work: Work, campaign_id: UUID, method_id: UUID) -> Charge:
    """Pay what a campaign owes with a card that an ADMIN names (S66): the processor is asked once this is committed."""
    account = await find(work, Account, await owner(work, Campaign, campaign_id, "campaignId"), "campaignId")
    card = await find(work, PaymentMethod, method_id, "paymentMethodId")
    if card.account_id != account.id:
        raise missing(PaymentMethod, "paymentMethodId")
    charge, found = await _owed(work, campaign_id), Findings()
    found.add(payable_problem(charge.status if charge else None))
    found.add(cards.charge_problem(card, work.now, "paymentMethodId"))
    if charge is None or found.problems:
        raise Refusal(*found.problems)
    attempt = await _attempt(work, charge, card)
    attempt.by_user_id = work.caller.user_id
    work.emit(Event.CHARGE_ATTEMPTED, charge)
    work.later(ATTEMPT, charge=str(charge.id))
    return charge


async def _owed(work: Work, campaign_id: UUID) -> Charge | None:
    # unscoped: of the campaign whose account is locked
    rows = select(Charge).where(Charge.campaign_id == campaign_id, any_of(Charge.status, OPEN))
    return await work.session.scalar(rows.with_for_update(key_share=True))


async def _open_attempt(work: Work, charge: Charge) -> Asking | None:
    # unscoped: of the charge that is locked
    rows = select(ChargeAttempt).where(ChargeAttempt.charge_id == charge.id, ChargeAttempt.answered_at.is_(None))
    attempt = (await work.session.scalars(rows)).one()
    card = await work.session.get_one(PaymentMethod, attempt.payment_method_id)  # unscoped: likewise
    return Asking(_payment(charge, attempt, card), begun_before=True)


async def _attempt(work: Work, charge: Charge, card: PaymentMethod | None) -> ChargeAttempt:
    """Write down that the processor is going to be asked for what is left."""
    # unscoped: of the charge that is locked
    before = select(func.count()).where(ChargeAttempt.charge_id == charge.id)
    number = (await work.session.scalar(before) or 0) + 1
    attempt = ChargeAttempt(account_id=charge.account_id, charge_id=charge.id, number=number, at=work.now)
    attempt.payment_method_id = charge.payment_method_id = card.id if card else None
    attempt.amount_micros = owed(charge).left
    charge.status = CHARGE.advance(charge.status, ChargeStatus.ATTEMPTING)
    return work.add(attempt)


async def _card(work: Work, charge: Charge) -> PaymentMethod | None:
    """The campaign's own card where it can be charged, else the account's default, else none (S85)."""
    campaign = await work.session.get_one(Campaign, charge.campaign_id)  # unscoped: of the charge that is locked
    usable = {card.id: card for card in await cards.usable(work, charge.account_id)}
    default = next((card for card in usable.values() if card.is_default), None)
    return usable.get(campaign.payment_method_id, default) if campaign.payment_method_id else default


def _payment(charge: Charge, attempt: ChargeAttempt, card: PaymentMethod) -> Payment:
    return Payment(
        charge_id=charge.id,
        attempt_id=attempt.id,
        amount=attempt.amount_micros,
        currency=charge.currency,
        token=card.processor_token,
        customer=card.customer,
        order=charge.processor_order,
    )
