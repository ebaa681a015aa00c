"""Keeps what is effective: the status columns of a campaign and its ads, after a change, a charge or an hour."""

from datetime import date
from typing import Any

from sqlalchemy import String, cast, or_, select, update

from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.work import Work
from app.domain.accounts import local_day
from app.domain.campaigns import status as rules


async def refresh(work: Work, campaign: Campaign) -> None:
    """Bring the effective status of a campaign and of all its ads up to date; set-based, whatever their number."""
    await work.session.flush()
    # unscoped: the account of the campaign given
    account = await work.session.get_one(Account, campaign.account_id)
    kinds = await _kinds_of_ads(work, campaign)
    facts = _facts(campaign, account, local_day(work.now, account.time_zone).date(), any(map(rules.servable, kinds)))
    reasons = rules.campaign_reasons(facts, work.now)
    await _keep(work, Campaign, Campaign.id == campaign.id, reasons)
    for kind in kinds:
        alike = (Ad.configured_status == kind.configured) & (Ad.review_status == kind.review)
        mine = (Ad.campaign_id == campaign.id) & alike & (Ad.system_stop == kind.stop)
        await _keep(work, Ad, mine, rules.ad_reasons(kind, reasons))


async def keep_time(work: Work) -> int:
    """Refresh the campaigns that time has changed: begun, ended, on a new day. How many were looked at."""
    codes = cast(Campaign.reasons, String)
    begun = codes.contains('"NOT_STARTED"') & (Campaign.starts_at <= work.now)
    ended = codes.not_like('%"ENDED"%') & (Campaign.ends_at <= work.now)
    new_day = codes.contains('"DAILY_BUDGET_SPENT"')
    # unscoped: a job of the clock, for every account
    rows = select(Campaign).where(or_(begun, ended, new_day)).order_by(Campaign.id).with_for_update(key_share=True)
    late = (await work.session.scalars(rows)).all()
    for campaign in late:
        await refresh(work, campaign)
    return len(late)


async def _kinds_of_ads(work: Work, campaign: Campaign) -> list[rules.AdFacts]:
    # unscoped: the ads of a campaign that was opened before
    kinds = select(Ad.configured_status, Ad.review_status, Ad.system_stop).where(Ad.campaign_id == campaign.id)
    return [rules.AdFacts(*row) for row in await work.session.execute(kinds.distinct())]


def _facts(campaign: Campaign, account: Account, today: date, has_approved_ad: bool) -> rules.CampaignFacts:
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


async def _keep(work: Work, table: Any, mine: Any, reasons: tuple[rules.ReasonCode, ...]) -> None:
    codes = [code.value for code in reasons]
    values = {"effective_status": rules.effective(reasons), "reasons": codes}
    # unscoped: the campaign given, and its ads
    await work.session.execute(update(table.__table__).where(mine).values(**values))
