"""How an account pays: the cards that its ADMINs add, choose and remove (S23, S67)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.reads import Many, One, RootOne
from app.db.scope import find, owner, under, within
from app.db.tables.accounts import Account, Membership, Organization
from app.db.tables.billing import PaymentMethod
from app.db.work import Work
from app.domain.access import Scope
from app.domain.accounts import MembershipStatus, active_problem
from app.domain.billing import cards as rules
from app.domain.billing.cards import PAYMENT_METHOD, PaymentMethodStatus
from app.domain.billing.gateway import Card, CardRefused, GatewayAway, PaymentGateway
from app.domain.errors import Conflict, Findings, InvalidInput, Problem, Refusal
from app.domain.events import Event

# ---- reads


def payment_methods(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, PaymentMethod).where(any_of(PaymentMethod.id, ids))


def payment_methods_of_account(where: Condition) -> Selection:
    """Those that were not removed."""
    rows = under(PaymentMethod).where(where(PaymentMethod.account_id))
    return rows.where(PaymentMethod.status != PaymentMethodStatus.REMOVED)


def payment_method_of(where: Condition) -> Selection:
    return under(PaymentMethod).where(where(PaymentMethod.id))


def organization_of(where: Condition) -> Selection:
    return under(Organization).where(where(Organization.id))


PAYMENT_METHODS = RootOne(payment_methods)
PAYMENT_METHODS_OF_ACCOUNT = Many(payment_methods_of_account, key="account_id", order=Order(("added_at", "id")))
PAYMENT_METHOD_OF_CAMPAIGN = One(payment_method_of, key="id", of="payment_method_id")
ADDED_BY = One(organization_of, key="id", of="organization_id")


# ---- changes


async def verified(gateway: PaymentGateway, token: str, now: datetime) -> Card:
    """The card of a processor's token, asked for before any transaction (law 8); what the processor refuses is said."""
    rules.check_token(token)
    try:
        return await gateway.card(token, now)
    except CardRefused as refused:
        problem = InvalidInput(message=str(refused), path=("processorToken",), constraint="usable card")
        raise Refusal(problem) from refused
    except GatewayAway as away:
        message = "The payment processor does not answer right now: try again in a minute."
        raise Refusal(Conflict(message=message, path=("processorToken",))) from away


async def add(work: Work, account_id: UUID, token: str, card: Card | None, *, make_default: bool) -> PaymentMethod:
    """A new card; the first that can be charged is the default, and ends a hold (S33)."""
    account = await find(work, Account, account_id, "accountId")
    if card is None:
        raise TypeError("the processor is asked for whoever may add a card")
    kept = await _kept(work, account.id)
    found = Findings()
    found.add(active_problem(account.status), rules.room_problem(len(kept)))
    if any(each.processor_token == token for each in kept):
        found.add(Conflict(message="The account has this card already.", path=("processorToken",)))
    found.settle()
    method = PaymentMethod(account_id=account.id, processor_token=token, is_default=False, added_at=work.now)
    method.brand, method.funding, method.last4 = card.brand, card.funding, card.last4
    method.expires_on, method.customer = card.expires_on, card.customer
    method.status = PaymentMethodStatus.ACTION_REQUIRED if card.confirmation_url else PaymentMethodStatus.ACTIVE
    method.confirmation_url = card.confirmation_url
    method.added_by, method.organization_id = await _adder(work, account.id)
    if is_usable(method, work.now) and (make_default or not _has_default(work, kept)):
        await _clear_default(work, kept)
        method.is_default = True
    work.emit(Event.PAYMENT_METHOD_ADDED, work.add(method))
    return method


async def confirmed(work: Work, token: str, *, usable: bool) -> None:
    """The processor tells that a card's holder has confirmed it; the first that can be charged is the default.

    Whoever refused may be asked again: the card stays as it is, and so does one that waits for nobody.
    """
    # unscoped: the token is the processor's name of a card, in whatever accounts
    rows = select(PaymentMethod.id).where(PaymentMethod.processor_token == token)
    rows = rows.where(PaymentMethod.status == PaymentMethodStatus.ACTION_REQUIRED).order_by(PaymentMethod.id)
    for id in (await work.session.scalars(rows)).all() if usable else ():
        method = await _method(work, id)
        if method.status is PaymentMethodStatus.ACTION_REQUIRED:
            await _confirm(work, method)


async def set_default(work: Work, id: UUID) -> PaymentMethod:
    """Choose the card that is charged; what is so already stays as it is."""
    method = await _method(work, id)
    problem = charge_problem(method, work.now, "id")
    if problem:
        raise Refusal(problem)
    if not method.is_default:
        await _clear_default(work, await _kept(work, method.account_id))
        method.is_default = True
        work.emit(Event.PAYMENT_METHOD_MADE_DEFAULT, method)
    return method


async def remove(work: Work, id: UUID) -> PaymentMethod:
    """Never charge a card again; the default goes last, and with the last that can be charged serving waits.

    Campaigns that were charged to it are charged to the default from now on (campaigns/payment.py).
    """
    method = await _method(work, id)
    others = [each for each in await usable(work, method.account_id) if each.id != method.id]
    found = Findings()
    found.add(PAYMENT_METHOD.problem(method.status, PaymentMethodStatus.REMOVED, "id"))
    found.add(rules.default_leaves_problem(len(others)) if method.is_default else None)
    found.settle()
    was_usable = is_usable(method, work.now)
    _end(work, method)
    if was_usable and not others:
        work.emit(Event.LAST_CARD_REMOVED, method, left=0)
    return method


async def detach(work: Work, account_id: UUID, organization_id: UUID | None, users: Collection[UUID]) -> int:
    """Remove the cards that an organization or these people added (S33). How many; the default passes on."""
    kept = await _kept(work, account_id)
    gone = [each for each in kept if _is_of(each, organization_id, users)]
    had_default = any(each.is_default for each in gone)
    for method in gone:
        _end(work, method)
    left = [each for each in kept if each not in gone and is_usable(each, work.now)]
    if had_default and left:
        await _clear_default(work, kept)
        left[-1].is_default = True
        work.emit(Event.PAYMENT_METHOD_MADE_DEFAULT, left[-1])
    return len(gone)


async def usable(work: Work, account_id: UUID) -> list[PaymentMethod]:
    """The cards that can be charged now, the oldest first."""
    return [each for each in await _kept(work, account_id) if is_usable(each, work.now)]


def is_usable(method: PaymentMethod, now: datetime) -> bool:
    return charge_problem(method, now) is None


def charge_problem(method: PaymentMethod, now: datetime, *path: str) -> Problem | None:
    """Why a card cannot be charged now."""
    return rules.charge_problem(rules.method_status(method.status, method.expires_on, now.date()), *path)


def _is_of(method: PaymentMethod, organization_id: UUID | None, users: Collection[UUID]) -> bool:
    return method.added_by in users or (organization_id is not None and method.organization_id == organization_id)


async def _confirm(work: Work, method: PaymentMethod) -> None:
    kept = await _kept(work, method.account_id)
    makes_default = method.expires_on >= work.now.date() and not _has_default(work, kept)
    if makes_default:
        await _clear_default(work, kept)
    method.status = PAYMENT_METHOD.advance(method.status, PaymentMethodStatus.ACTIVE, "id")
    method.confirmation_url, method.is_default = None, makes_default
    work.emit(Event.PAYMENT_METHOD_CONFIRMED, method)


def _has_default(work: Work, kept: Collection[PaymentMethod]) -> bool:
    """Whether the default is there, and can be charged."""
    return any(each.is_default and is_usable(each, work.now) for each in kept)


def _end(work: Work, method: PaymentMethod) -> None:
    method.status = PAYMENT_METHOD.advance(method.status, PaymentMethodStatus.REMOVED, "id")
    method.is_default, method.removed_at = False, work.now
    work.emit(Event.PAYMENT_METHOD_REMOVED, method)


async def _clear_default(work: Work, kept: Collection[PaymentMethod]) -> None:
    """The old default goes before the new one comes: the index knows one of them."""
    for each in kept:
        each.is_default = False
    await work.session.flush()


async def _method(work: Work, id: UUID) -> PaymentMethod:
    """The card, locked after its account."""
    await find(work, Account, await owner(work, PaymentMethod, id))
    return await find(work, PaymentMethod, id)


async def _kept(work: Work, account_id: UUID) -> list[PaymentMethod]:
    # unscoped: of an account that was opened, and locked, before
    rows = select(PaymentMethod).where(PaymentMethod.account_id == account_id)
    rows = rows.where(PaymentMethod.status != PaymentMethodStatus.REMOVED).order_by(PaymentMethod.added_at)
    return list(await work.session.scalars(rows.order_by(PaymentMethod.id)))


async def _adder(work: Work, account_id: UUID) -> Any:
    """Who adds, and the organization they do it for."""
    # unscoped: the caller's own membership of the account given
    mine = select(Membership.user_id, Membership.organization_id).where(Membership.account_id == account_id)
    mine = mine.where(Membership.user_id == work.caller.user_id, Membership.status == MembershipStatus.ACTIVE)
    return (await work.session.execute(mine)).one()
