"""Keeps what is effective: the status columns of a campaign and its ads, after a change, a charge or an hour."""

from collections.abc import Sequence
from datetime import date
from json import loads
from typing import Any
from uuid import UUID

from sqlalchemy import String, bindparam, cast, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.db.keys import any_of
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.work import Work
from app.domain.accounts import local_day
from app.domain.campaigns import status as rules

Told = tuple[rules.EffectiveStatus, list[str]]
"""The columns that are kept: the effective status, and the codes of its reasons."""
Kinds = dict[rules.AdFacts, list[Told]]
"""The kinds of ads there are, and what each has been told so far."""
AROUND = (
    # unscoped: the account and the ads of a campaign that was opened before
    select(Account.status, Account.time_zone, Ad.configured_status, Ad.review_status, Ad.system_stop)
    .add_columns(Ad.effective_status, cast(Ad.reasons, String).label("codes"))
    .outerjoin(Ad, Ad.campaign_id == bindparam("campaign"))
    .where(Account.id == bindparam("account"))
    .distinct()
)
"""A campaign's account beside each kind of ad that the campaign has, with what these have been told so far."""


async def refresh(work: Work, campaign: Campaign) -> None:
    """Bring the effective status of a campaign and of all its ads up to date; set-based, and only what changes."""
    await work.session.flush()
    keys = {"campaign": campaign.id, "account": campaign.account_id}
    around = (await work.session.execute(AROUND, keys)).all()
    account, ads = around[0], _kinds_of_ads(around)
    facts = _facts(campaign, account, local_day(work.now, account.time_zone).date(), any(map(rules.servable, ads)))
    reasons = rules.campaign_reasons(facts, work.now)
    if _told(reasons) != (campaign.effective_status, campaign.reasons):
        await _keep(work, Campaign, Campaign.id == campaign.id, reasons)
        _tell(campaign, reasons)
    for kind, told in ads.items():
        why = rules.ad_reasons(kind, reasons)
        if told != [_told(why)]:
            await _keep(work, Ad, (Ad.campaign_id == campaign.id) & _like(kind), why)


async def refresh_account(work: Work, account: Account) -> None:
    """The same for all campaigns of an account that changed."""
    # unscoped: the campaigns of the account given
    rows = select(Campaign).where(Campaign.account_id == account.id).order_by(Campaign.id)
    campaigns = (await work.session.scalars(rows.with_for_update(key_share=True))).all()
    if campaigns:
        await refresh_all(work, campaigns)


async def refresh_all(work: Work, campaigns: Sequence[Campaign]) -> None:
    """The same for many campaigns, of any accounts: as many statements as there are different answers."""
    await work.session.flush()
    accounts, kinds = await _around_all(work, [campaign.id for campaign in campaigns])
    told: dict[Any, list[Campaign]] = {}
    of_ads: dict[Any, list[UUID]] = {}
    for campaign in campaigns:
        account, ads = accounts[campaign.account_id], kinds.get(campaign.id, {})
        today = local_day(work.now, account.time_zone).date()
        reasons = rules.campaign_reasons(_facts(campaign, account, today, any(map(rules.servable, ads))), work.now)
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
    """The accounts of campaigns, and the kinds of ads that each of these has."""
    # unscoped: campaigns that were opened before, their accounts and ads
    accounts = select(Account.id, Account.status, Account.time_zone).distinct()
    accounts = accounts.join(Campaign, Campaign.account_id == Account.id).where(any_of(Campaign.id, ids))
    rows = select(Ad.campaign_id, Ad.configured_status, Ad.review_status, Ad.system_stop)  # unscoped: likewise
    rows = rows.add_columns(Ad.effective_status, cast(Ad.reasons, String)).distinct()
    kinds: dict[UUID, Kinds] = {}
    for id, *facts, status, codes in await work.session.execute(rows.where(any_of(Ad.campaign_id, ids))):
        kinds.setdefault(id, {}).setdefault(rules.AdFacts(*facts), []).append((status, loads(codes)))
    return {each.id: each for each in await work.session.execute(accounts)}, kinds


async def keep_time(work: Work) -> int:
    """Refresh the campaigns that time has changed: begun, ended, on a new day. How many were looked at."""
    codes = cast(Campaign.reasons, String)
    begun = codes.contains('"NOT_STARTED"') & (Campaign.starts_at <= work.now)
    ended = codes.not_like('%"ENDED"%') & (Campaign.ends_at <= work.now)
    new_day = codes.contains('"DAILY_BUDGET_SPENT"')
    # unscoped: a job of the clock, for every account
    rows = select(Campaign).where(or_(begun, ended, new_day)).order_by(Campaign.id).with_for_update(key_share=True)
    late = (await work.session.scalars(rows)).all()
    if late:
        await refresh_all(work, late)
    return len(late)


def _kinds_of_ads(around: Sequence[Any]) -> Kinds:
    kinds: Kinds = {}
    for _, _, configured, review, stop, status, codes in around:
        if configured is not None:  # else there is the account and no ad
            kinds.setdefault(rules.AdFacts(configured, review, stop), []).append((status, loads(codes)))
    return kinds


def _facts(campaign: Campaign, account: Any, today: date, has_approved_ad: bool) -> rules.CampaignFacts:
    return rules.CampaignFacts(
        configured=campaign.configured_status,
        account=account.status,
        start=campaign.starts_at,
        end=campaign.ends_at,
        total_budget=campaign.total_budget_micros,
        spent=campaign.spent_micros,
        daily_budget=campaign.daily_budget_micros,
        spent_today=campaign.spent_today_micros if campaign.spent_on == today else 0,
        has_approved_ad=has_approved_ad,
    )


def _like(kind: rules.AdFacts) -> Any:
    alike = (Ad.configured_status == kind.configured) & (Ad.review_status == kind.review)
    return alike & (Ad.system_stop == kind.stop)


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
