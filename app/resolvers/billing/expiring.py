"""Cards that come to their last day: told ahead, and told when they are past it."""

from typing import Any

from sqlalchemy import exists, or_, select

from app.db.keys import any_of
from app.db.tables.accounts import Account
from app.db.tables.billing import PaymentMethod
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.accounts import AccountStatus
from app.domain.billing.cards import AHEAD, PAYMENT_METHOD, PaymentMethodStatus
from app.domain.campaigns.status import ConfiguredStatus
from app.domain.events import Event
from app.domain.notices import EmailKind
from app.resolvers import notices

WAITING = (PaymentMethodStatus.ACTION_REQUIRED, PaymentMethodStatus.ACTIVE)
"""The states of cards that time ends."""


async def expire(work: Work) -> int:
    """Write down which cards are past their last day: readers see that by themselves, auctions are told of it."""
    late = any_of(PaymentMethod.status, WAITING) & (PaymentMethod.expires_on < work.now.date())
    # unscoped: a job of the clock, for every account; these are locked before their cards, as everywhere
    accounts = select(Account.id).where(any_of(Account.id, select(PaymentMethod.account_id).where(late)))
    await work.session.execute(accounts.order_by(Account.id).with_for_update(key_share=True))
    rows = select(PaymentMethod).where(late).order_by(PaymentMethod.id)  # unscoped: likewise
    methods = (await work.session.scalars(rows.with_for_update(key_share=True))).all()
    for method in methods:
        method.status = PAYMENT_METHOD.advance(method.status, PaymentMethodStatus.EXPIRED)
        work.emit(Event.PAYMENT_METHOD_EXPIRED, method)
    return len(methods)


async def warn(work: Work) -> int:
    """Mail the ADMINs 30 days ahead, once for each card that something is charged to; how many cards there were."""
    today = work.now.date()
    soon = PaymentMethod.expires_on.between(today, today + AHEAD) & PaymentMethod.warned_at.is_(None)
    lives = (Campaign.configured_status != ConfiguredStatus.ARCHIVED) & (Campaign.payment_method_id == PaymentMethod.id)
    charged = or_(PaymentMethod.is_default, exists().where(lives))
    real = Account.is_sandbox.is_(False) & (Account.status != AccountStatus.CLOSED)
    # unscoped: a job of the clock, for every account
    rows = select(PaymentMethod).join(Account, Account.id == PaymentMethod.account_id)
    rows = rows.where(PaymentMethod.status == PaymentMethodStatus.ACTIVE, soon, charged, real)
    rows = rows.order_by(PaymentMethod.id).with_for_update(of=PaymentMethod, key_share=True)
    methods = (await work.session.scalars(rows)).all()
    for method in methods:
        await _tell(work, method)
    return len(methods)


async def _tell(work: Work, method: PaymentMethod) -> None:
    method.warned_at = work.now
    work.emit(Event.PAYMENT_METHOD_EXPIRING, method)
    kind, until = EmailKind.PAYMENT_METHOD_EXPIRING, method.expires_on.isoformat()
    about: dict[str, Any] = {"brand": method.brand.value, "last4": method.last4, "until": until}
    await notices.owe_admins(work, kind, method.account_id, **about)
