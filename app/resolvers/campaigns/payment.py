"""What a campaign is charged to: the account's default, or another card that an ADMIN chose for it (S23, S85)."""

from uuid import UUID

from sqlalchemy import select

from app.db.keys import any_of
from app.db.scope import find, missing, owner
from app.db.tables.accounts import Account
from app.db.tables.billing import PaymentMethod
from app.db.tables.campaigns import Campaign
from app.db.work import Work, expect_version
from app.domain.billing import cards as rules
from app.domain.billing.cards import PaymentMethodStatus
from app.domain.campaigns.status import archived_problem
from app.domain.errors import Findings, Refusal
from app.domain.events import Event
from app.resolvers.billing import cards as billing
from app.resolvers.campaigns.effect import refresh

AT = "paymentMethodId"
CHOOSING = "billing:write"
"""The scope that a token needs to choose a card."""


async def set_method(work: Work, id: UUID, method_id: UUID | None, expected_version: int | None) -> Campaign:
    """Charge a campaign to another card from now on; None: to whatever is the account's default."""
    account = await find(work, Account, await owner(work, Campaign, id), "id")
    found = Findings()
    method = await _method(work, found, account, method_id)
    campaign = await find(work, Campaign, id)
    expect_version(campaign, expected_version)
    found.add(archived_problem(campaign.configured_status, "CHARGED", "id"))
    found.add(billing.charge_problem(method, work.now, AT) if method else None)
    found.settle()
    campaign.payment_method_id = method.id if method else None
    if work.session.is_modified(campaign):
        work.emit(Event.CAMPAIGN_PAYMENT_METHOD_SET, campaign)
        await refresh(work, campaign)
    return campaign


async def chosen(work: Work, found: Findings, account: Account, method_id: UUID | None) -> UUID | None:
    """What a new campaign is charged to: what an ADMIN names; an EDITOR names the default or nothing (S23, S85)."""
    method = await _method(work, found, account, method_id)
    if method is None:
        return None
    if account.id in work.scope.administered and work.caller.in_scope(CHOOSING):
        found.add(billing.charge_problem(method, work.now, AT))
        return method.id
    if not method.is_default:
        have = work.scope.held.get(account.id)
        found.add(rules.choice_problem(have.value if have else None, AT))
    return None


async def let_go(work: Work, method: PaymentMethod) -> None:
    """A card was removed: campaigns that were charged to it follow the account's default (S33).

    All of the account's campaigns are locked by their ids before the first is written: what follows may want them all.
    """
    await work.session.flush()
    # unscoped: of the account whose card was removed
    cards = select(PaymentMethod.id).where(PaymentMethod.account_id == method.account_id)
    cards = cards.where(PaymentMethod.status == PaymentMethodStatus.REMOVED)
    mine = Campaign.account_id == method.account_id
    charged = mine & any_of(Campaign.payment_method_id, cards)
    if await work.session.scalar(select(Campaign.id).where(charged).limit(1)) is None:  # unscoped: likewise
        return
    locked = select(Campaign.id).where(mine).order_by(Campaign.id)  # unscoped: likewise
    await work.session.execute(locked.with_for_update(key_share=True))
    for campaign in await work.session.scalars(select(Campaign).where(charged).order_by(Campaign.id)):  # unscoped: too
        campaign.payment_method_id = None
        work.emit(Event.CAMPAIGN_PAYMENT_METHOD_SET, campaign, "Its payment method was removed")


async def _method(work: Work, found: Findings, account: Account, id: UUID | None) -> PaymentMethod | None:
    """A card of this account, whose lock is held; what is none is reported beside other problems."""
    if id is None:
        return None
    try:
        method = await find(work, PaymentMethod, id, AT)
        if method.account_id != account.id:
            raise missing(PaymentMethod, AT)
    except Refusal as refusal:
        found.add(*refusal.problems)
        return None
    return method
