"""Campaigns: create, change, pause, resume, archive."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.db.scope import find
from app.db.tables.accounts import Account, Brand
from app.db.tables.campaigns import Campaign
from app.db.work import Work, expect_version
from app.domain.accounts import active_problem
from app.domain.campaigns import status as rules
from app.domain.campaigns.drafts import check_campaign
from app.domain.errors import Findings, Gate, GateNotMet, NotFound, Refusal
from app.domain.events import Event
from app.domain.money import Money
from app.domain.text import fold, line
from app.resolvers.campaigns import payment
from app.resolvers.campaigns.effect import refresh

FIELDS = {"name", "total_budget", "daily_budget", "start", "end"}


async def create(
    work: Work,
    account_id: UUID,
    brand_id: UUID | None,
    kind: rules.CampaignKind,
    *,
    name: str,
    total_budget: Money,
    daily_budget: Money | None,
    start: datetime,
    end: datetime | None,
    payment_method_id: UUID | None = None,
) -> Campaign:
    """A new campaign, enabled; it runs once an ad is approved (S83)."""
    account = await find(work, Account, account_id, "accountId")
    values = {"name": name, "total_budget": total_budget, "daily_budget": daily_budget, "start": start, "end": end}
    found = Findings()
    found.add(active_problem(account.status), await _brand_problem(work, account, brand_id))
    check_campaign(found, values, account.currency, work.now, changed=FIELDS)
    method = await payment.chosen(work, found, account, payment_method_id)
    found.settle()
    campaign = Campaign(account_id=account.id, brand_id=brand_id, kind=kind, currency=account.currency, reasons=[])
    campaign.payment_method_id = method
    campaign.effective_status = rules.EffectiveStatus.READY
    write(campaign, values)
    work.emit(Event.CAMPAIGN_CREATED, work.add(campaign))
    await refresh(work, campaign)
    return campaign


async def update(work: Work, id: UUID, changes: Mapping[str, Any], expected_version: int | None) -> Campaign:
    """Change what was given of name, budgets and dates; a budget below what is spent becomes what is spent."""
    campaign = await find(work, Campaign, id)
    expect_version(campaign, expected_version)
    values = {**values_of(campaign), **changes}
    found = Findings()
    found.add(rules.archived_problem(campaign.configured_status, "UPDATED", "id"))
    check_campaign(found, values, campaign.currency, work.now, changed=set(changes))
    found.settle()
    write(campaign, values)
    if work.session.is_modified(campaign):
        work.emit(Event.CAMPAIGN_UPDATED, campaign)
        await refresh(work, campaign)
    return campaign


async def pause(work: Work, id: UUID) -> Campaign:
    """Stop serving at once; the campaign may be resumed later (S62)."""
    return await _advance(work, id, rules.ConfiguredStatus.PAUSED, Event.CAMPAIGN_PAUSED)


async def resume(work: Work, id: UUID) -> Campaign:
    """Serve again what the user paused."""
    return await _advance(work, id, rules.ConfiguredStatus.ENABLED, Event.CAMPAIGN_RESUMED)


async def archive(work: Work, id: UUID) -> Campaign:
    """Put a paused campaign away for good; its history stays (S18)."""
    return await _advance(work, id, rules.ConfiguredStatus.ARCHIVED, Event.CAMPAIGN_ARCHIVED)


async def _advance(work: Work, id: UUID, to: rules.ConfiguredStatus, event: Event) -> Campaign:
    campaign = await find(work, Campaign, id)
    campaign.configured_status = rules.CAMPAIGN.advance(campaign.configured_status, to, "id")
    work.emit(event, campaign)
    await refresh(work, campaign)
    return campaign


async def _brand_problem(work: Work, account: Account, brand_id: UUID | None) -> NotFound | GateNotMet | None:
    """A campaign belongs to an approved brand of its own account (S52, I10)."""
    try:
        brand = await find(work, Brand, brand_id, "brandId") if brand_id else None
    except Refusal:
        brand = None
    if brand is None or brand.account_id != account.id:
        return NotFound(message="No such brand.", path=("brandId",))
    if not brand.approved:
        return GateNotMet(message="The brand is not approved yet.", path=("brandId",), gate=Gate.BRAND_APPROVED)
    return None


def values_of(campaign: Campaign) -> dict[str, Any]:
    daily = campaign.daily_budget_micros
    return {
        "name": campaign.name,
        "total_budget": Money(campaign.total_budget_micros, campaign.currency),
        "daily_budget": None if daily is None else Money(daily, campaign.currency),
        "start": campaign.starts_at,
        "end": campaign.ends_at,
    }


def write(campaign: Campaign, values: Mapping[str, Any]) -> None:
    daily: Money | None = values["daily_budget"]
    campaign.name, campaign.name_key = line(values["name"]), fold(values["name"])
    campaign.total_budget_micros = max(values["total_budget"].micros, campaign.spent_micros or 0)
    campaign.daily_budget_micros = daily.micros if daily else None
    campaign.starts_at, campaign.ends_at = values["start"], values["end"]
