"""Keeps what is effective: the status columns of a campaign and its ads, after a change, a charge or an hour."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from json import loads
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, Uuid, bindparam, cast, exists, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.db.keys import any_of
from app.db.tables.accounts import Account, Brand, Sandbox
from app.db.tables.billing import PaymentMethod
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.pages import BrandPage
from app.db.work import Work
from app.domain.accounts import local_day
from app.domain.billing.cards import PaymentMethodStatus
from app.domain.campaigns import status as rules
from app.resolvers.billing.chargeable import TODAY, chargeable

Told = tuple[rules.EffectiveStatus, list[str]]
"""The columns that are kept: the effective status, and the codes of its reasons."""
Kinds = dict[rules.AdFacts, list[Told]]
"""The kinds of ads there are, and what each has been told so far."""
LANDING_PUBLIC = or_(Ad.brand_page_id.is_(None), exists().where(BrandPage.id == Ad.brand_page_id, BrandPage.is_public))
"""That everybody may see where an ad leads: to a product, or to a Page that is public (S47)."""
KIND = (Ad.configured_status, Ad.review_status, Ad.system_stop, LANDING_PUBLIC.label("landing_public"))
"""What tells kinds of ads apart: the columns of `AdFacts`, in its order."""
AROUND = (
    # unscoped: the account, the brand and the ads of a campaign that was opened before
    select(Account.status, Account.time_zone, Brand.approved, Sandbox.now)
    .add_columns(chargeable(bindparam("card", type_=Uuid())).label("has_card"), *KIND)
    .add_columns(Ad.effective_status, cast(Ad.reasons, String).label("codes"))
    .select_from(Account)
    .join(Brand, Brand.id == bindparam("brand"))
    .outerjoin(Ad, Ad.campaign_id == bindparam("campaign"))
    .outerjoin(Sandbox, Sandbox.account_id == Account.id)
    .where(Account.id == bindparam("account"))
    .distinct()
)
"""A campaign's account and brand beside each kind of ad that it has, with what these have been told so far."""


async def refresh(work: Work, campaign: Campaign) -> None:
    """Bring the effective status of a campaign and of all its ads up to date; set-based, and only what changes."""
    await work.session.flush()
    keys = {"campaign": campaign.id, "account": campaign.account_id, "brand": campaign.brand_id}
    keys |= {"card": campaign.payment_method_id, TODAY: work.now.date()}
    around = (await work.session.execute(AROUND, keys)).all()
    owner, ads = around[0], _kinds_of_ads(around)
    reasons = rules.campaign_reasons(_facts(work, campaign, owner, ads), _now(work, owner))
    if _told(reasons) != (campaign.effective_status, campaign.reasons):
        await _keep(work, Campaign, Campaign.id == campaign.id, reasons)
        _tell(campaign, reasons)
    for kind, told in ads.items():
        why = rules.ad_reasons(kind, reasons)
        if told != [_told(why)]:
            await _keep(work, Ad, (Ad.campaign_id == campaign.id) & _like(kind), why)


async def refresh_account(work: Work, account: Account) -> None:
    """The same for all campaigns of an account that changed."""
    await _refresh_where(work, Campaign.account_id == account.id)


async def refresh_charged(work: Work, method: PaymentMethod) -> None:
    """The same for those of the account whose card was added, made the default or removed, or has expired."""
    if method.is_default or method.status in {PaymentMethodStatus.REMOVED, PaymentMethodStatus.EXPIRED}:
        await _refresh_where(work, Campaign.account_id == method.account_id)  # else nothing is charged to it


async def refresh_landing(work: Work, page: BrandPage) -> None:
    """The same for the campaigns with ads that lead to a Page, which has become public, or is no longer."""
    # unscoped: below the Page given
    leading = select(Ad.campaign_id).where(Ad.brand_page_id == page.id)
    await _refresh_where(work, any_of(Campaign.id, leading))


async def refresh_brand(work: Work, brand: Brand) -> None:
    """The same for all campaigns of a brand that changed."""
    await _refresh_where(work, (Campaign.account_id == brand.account_id) & (Campaign.brand_id == brand.id))


async def _refresh_where(work: Work, which: ColumnElement[bool]) -> None:
    """The same for the campaigns that are meant, locked by their ids."""
    rows = select(Campaign).where(which).order_by(Campaign.id)  # unscoped: below what is given
    campaigns = (await work.session.scalars(rows.with_for_update(key_share=True))).all()
    if campaigns:
        await refresh_all(work, campaigns)


async def refresh_all(work: Work, campaigns: Sequence[Campaign]) -> None:
    """The same for many campaigns, of any accounts: as many statements as there are different answers."""
    await work.session.flush()
    owners, kinds = await _around_all(work, [campaign.id for campaign in campaigns])
    told: dict[Any, list[Campaign]] = {}
    of_ads: dict[Any, list[UUID]] = {}
    for campaign in campaigns:
        owner, ads = owners[campaign.id], kinds.get(campaign.id, {})
        reasons = rules.campaign_reasons(_facts(work, campaign, owner, ads), _now(work, owner))
        if _told(reasons) != (campaign.effective_status, campaign.reasons):
            told.setdefault(reasons, []).append(campaign)
        for kind, known in ads.items():
            why = rules.ad_reasons(kind, reasons)
            if known != [_told(why)]:
                of_ads.setdefault((kind, why), []).append(campaign.id)
    for reasons, alike in told.items():
        await _keep(work, Campaign, any_of(Campaign.id, [each.id for each in alike]), reasons)
        for campaign in alike:
            _tell(campaign, reasons)
    for (kind, reasons), keys in of_ads.items():
        await _keep(work, Ad, any_of(Ad.campaign_id, keys) & _like(kind), reasons)


async def _around_all(work: Work, ids: Sequence[UUID]) -> tuple[dict[UUID, Any], dict[UUID, Kinds]]:
    """The account and the brand of each campaign, and the kinds of ads that it has."""
    # unscoped: campaigns that were opened before, their accounts, brands and ads
    owners = select(Campaign.id, Account.status, Account.time_zone, Brand.approved, Sandbox.now)
    owners = owners.add_columns(chargeable(Campaign.payment_method_id).label("has_card"))
    owners = owners.join(Account, Account.id == Campaign.account_id).join(Brand, Brand.id == Campaign.brand_id)
    owners = owners.outerjoin(Sandbox, Sandbox.account_id == Account.id)  # unscoped: likewise
    owners = owners.where(any_of(Campaign.id, ids))
    rows = select(Ad.campaign_id, *KIND)  # unscoped: likewise
    rows = rows.add_columns(Ad.effective_status, cast(Ad.reasons, String)).distinct()
    kinds: dict[UUID, Kinds] = {}
    for id, *facts, status, codes in await work.session.execute(rows.where(any_of(Ad.campaign_id, ids))):
        kinds.setdefault(id, {}).setdefault(rules.AdFacts(*facts), []).append((status, loads(codes)))
    found = await work.session.execute(owners, {TODAY: work.now.date()})
    return {each.id: each for each in found}, kinds


async def keep_time(work: Work, account_id: UUID | None = None) -> int:
    """Refresh the campaigns that time has changed: begun, ended, on a new day. How many were looked at.

    Of all accounts, or of one: a test account has a clock of its own.
    """
    codes = cast(Campaign.reasons, String)
    begun = codes.contains('"NOT_STARTED"') & (Campaign.starts_at <= work.now)
    ended = codes.not_like('%"ENDED"%') & (Campaign.ends_at <= work.now)
    new_day = codes.contains('"DAILY_BUDGET_SPENT"')
    # unscoped: a job of the clock, for every account
    rows = select(Campaign).where(or_(begun, ended, new_day)).order_by(Campaign.id).with_for_update(key_share=True)
    rows = rows if account_id is None else rows.where(Campaign.account_id == account_id)
    late = (await work.session.scalars(rows)).all()
    if late:
        await refresh_all(work, late)
    return len(late)


async def keep_cards(work: Work) -> int:
    """Refresh the campaigns that do not say yet that they lack a card: their accounts were there before they had to.

    Whatever happens to a card refreshes them at once. How many were looked at.
    """
    lacks_card = cast(Campaign.reasons, String).contains('"NO_PAYMENT_METHOD"')
    # unscoped: a job of the clock, for every account
    rows = select(Campaign).join(Account, Account.id == Campaign.account_id)
    rows = rows.where(~lacks_card, ~chargeable(Campaign.payment_method_id)).order_by(Campaign.id)
    rows = rows.with_for_update(of=Campaign, key_share=True)
    late = (await work.session.scalars(rows, {TODAY: work.now.date()})).all()
    if late:
        await refresh_all(work, late)
    return len(late)


def _kinds_of_ads(around: Sequence[Any]) -> Kinds:
    kinds: Kinds = {}
    for _, _, _, _, _, *facts, status, codes in around:
        if status is not None:  # else there is no ad
            kinds.setdefault(rules.AdFacts(*facts), []).append((status, loads(codes)))
    return kinds


def _facts(work: Work, campaign: Campaign, owner: Any, ads: Iterable[rules.AdFacts]) -> rules.CampaignFacts:
    today = local_day(_now(work, owner), owner.time_zone).date()
    return rules.CampaignFacts(
        configured=campaign.configured_status,
        account=owner.status,
        brand_approved=owner.approved,
        has_card=owner.has_card,
        start=campaign.starts_at,
        end=campaign.ends_at,
        total_budget=campaign.total_budget_micros,
        spent=campaign.spent_micros,
        daily_budget=campaign.daily_budget_micros,
        spent_today=campaign.spent_today_micros if campaign.spent_on == today else 0,
        has_approved_ad=any(map(rules.servable, ads)),
        waits_for_page=any(map(rules.waits_for_page, ads)),
    )


def _now(work: Work, owner: Any) -> datetime:
    """What time it is for an account: a test account has a clock of its own, which is never behind."""
    return work.now if owner.now is None else max(work.now, owner.now)


def _like(kind: rules.AdFacts) -> Any:
    alike = (Ad.configured_status == kind.configured) & (Ad.review_status == kind.review)
    return alike & (Ad.system_stop == kind.stop) & (LANDING_PUBLIC if kind.landing_public else ~LANDING_PUBLIC)


def _tell(campaign: Campaign, reasons: tuple[rules.ReasonCode, ...]) -> None:
    """The row in memory says what the database says now."""
    for name, value in zip(("effective_status", "reasons"), _told(reasons), strict=True):
        set_committed_value(campaign, name, value)


async def _keep(work: Work, table: Any, mine: Any, reasons: tuple[rules.ReasonCode, ...]) -> None:
    status, codes = _told(reasons)
    values = {"effective_status": status, "reasons": codes}
    # unscoped: the campaign given, and its ads
    await work.session.execute(update(table.__table__).where(mine).values(**values))


def _told(reasons: Sequence[rules.ReasonCode]) -> Told:
    return rules.effective(reasons), [code.value for code in reasons]
