"""Ads: draft, change, delete, pause, resume."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from app.db.keys import any_of
from app.db.scope import find, missing
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign
from app.db.work import Work, expect_version
from app.domain.accounts import active_problem
from app.domain.campaigns import status as rules
from app.domain.campaigns.drafts import Landing
from app.domain.errors import Conflict, Findings, Refusal
from app.domain.events import Event
from app.resolvers.billing.settling import unpaid_problem
from app.resolvers.campaigns import content
from app.resolvers.campaigns.effect import refresh


async def create(
    work: Work,
    campaign_id: UUID,
    values: content.Content,
    reserve: int,
    replaces_id: UUID | None = None,
) -> Ad:
    """A new ad, as a draft (S81); it may take the place of one that was submitted (S55)."""
    await content.hold(work, values["landing"])
    campaign = await find(work, Campaign, campaign_id, "campaignId")
    account = await account_of(work, campaign)
    found = Findings()
    found.add(active_problem(account.status, "campaignId"))
    found.add(rules.archived_problem(campaign.configured_status, "AD_CREATED", "campaignId"))
    found.add(await unpaid_problem(work, campaign.id, "campaignId"))
    await content.check(work, found, campaign, account, values, content.FIELDS, reserve)
    if replaces_id is not None:
        found.add(await _successor_problem(work, campaign, replaces_id))
    found.settle()
    return await make(work, campaign, values, replaces_id)


async def make(work: Work, campaign: Campaign, values: content.Content, replaces_id: UUID | None = None) -> Ad:
    """A draft of content that was checked."""
    ad = Ad(account_id=campaign.account_id, campaign_id=campaign.id, replaces_id=replaces_id, reasons=[])
    content.write(ad, values)
    ad.effective_status = rules.EffectiveStatus.DRAFT
    work.emit(Event.AD_CREATED, work.add(ad))
    await work.session.flush()
    content.aim(work, ad, values)
    await refresh(work, campaign)
    return ad


async def update(work: Work, id: UUID, changes: Mapping[str, Any], reserve: int, expected_version: int | None) -> Ad:
    """Change what was given of a draft; what was submitted is replaced instead (S55)."""
    await content.hold(work, changes.get("landing"))
    campaign, ad = await opened(work, id)
    expect_version(ad, expected_version)
    _expect_draft(ad, campaign, "UPDATED", "adReplace")
    before = await content.of(work, ad)
    after, found, below = {**before, **changes}, Findings(), Findings()
    await content.check(work, below, campaign, await account_of(work, campaign), after, set(changes), reserve)
    found.beneath(below, "changes")
    found.settle()
    content.write(ad, after)
    beside = await content.aim_anew(work, ad, before, after)
    if beside:
        flag_modified(ad, "updated_at")  # its version counts what belongs to it too
    if work.session.is_modified(ad):
        work.emit(Event.AD_UPDATED, ad, also=beside)
    return ad


async def delete(work: Work, id: UUID, expected_version: int | None) -> None:
    """Take a draft back; what was submitted is paused instead (S62), and stays."""
    campaign, ad = await opened(work, id)
    expect_version(ad, expected_version)
    _expect_draft(ad, campaign, "DELETED", "adPause")
    work.emit(Event.AD_DELETED, ad, title=ad.title, campaign_id=str(ad.campaign_id))
    await content.forget(work, ad)
    await work.session.delete(ad)
    await refresh(work, campaign)


async def pause(work: Work, id: UUID) -> Ad:
    """Stop serving the ad at once (S62)."""
    return await _advance(work, id, rules.ConfiguredStatus.PAUSED, Event.AD_PAUSED)


async def resume(work: Work, id: UUID) -> Ad:
    """Serve again what the user paused; what the system stopped never comes back (S65, S79)."""
    return await _advance(work, id, rules.ConfiguredStatus.ENABLED, Event.AD_RESUMED)


async def opened(work: Work, id: UUID) -> tuple[Campaign, Ad]:
    """An ad for changing, and its campaign, which is locked before it."""
    # unscoped: visible rows only, locked before the ad, which is found, or refused, right below
    mine = select(Campaign).join(Ad, Ad.campaign_id == Campaign.id).where(Ad.id == id)
    mine = mine if work.scope.everything else mine.where(any_of(Campaign.account_id, work.scope.visible))
    campaign = await work.session.scalar(mine.with_for_update(of=Campaign, key_share=True))
    if campaign is None:
        raise missing(Ad)
    return campaign, await find(work, Ad, id)


async def held(work: Work, id: UUID, landing: Landing | None = None) -> tuple[Campaign, Ad]:
    """The same, with what the ad leads to, or shall: nobody takes it out of stock, or off the web, meanwhile (S79)."""
    # unscoped: the ad is found, or refused, right below
    found = (await work.session.execute(select(Ad.product_id, Ad.brand_page_id).where(Ad.id == id))).first()
    known = landing or Landing(*found or ())
    await content.hold(work, known)
    campaign, ad = await opened(work, id)
    if landing is None and Landing(ad.product_id, ad.brand_page_id) != known:
        raise Refusal(Conflict(message="The ad has just been changed by somebody else: read it again.", path=("id",)))
    return campaign, ad


async def account_of(work: Work, campaign: Campaign) -> Account:
    # unscoped: the account of a campaign that was opened before
    return await work.session.get_one(Account, campaign.account_id)


def facts(ad: Ad) -> rules.AdFacts:
    """What the steps of an ad hang on; where it leads is no matter of these."""
    return rules.AdFacts(ad.configured_status, ad.review_status, ad.system_stop)


async def is_replaced(work: Work, id: UUID) -> bool:
    """Whether another ad has taken the place of this one."""
    # unscoped: of an ad that was opened before
    return await work.session.scalar(select(Ad.id).where(Ad.replaces_id == id)) is not None


async def _advance(work: Work, id: UUID, to: rules.ConfiguredStatus, event: Event) -> Ad:
    campaign, ad = await opened(work, id)
    problem = rules.ad_step_problem(facts(ad), campaign.configured_status, to)
    if problem:
        raise Refusal(problem)
    ad.configured_status = rules.AD.advance(ad.configured_status, to, "id")
    work.emit(event, ad)
    await refresh(work, campaign)
    return ad


async def _successor_problem(work: Work, campaign: Campaign, id: UUID) -> Any:
    """Why a new ad cannot take the place of that one, which must be of the same campaign."""
    try:
        ad = await find(work, Ad, id, "replacesAdId")
        if ad.campaign_id != campaign.id:
            raise missing(Ad, "replacesAdId")
    except Refusal as refusal:
        return refusal.problems[0]
    replaced = await is_replaced(work, id)
    return rules.replace_problem(facts(ad), campaign.configured_status, "replacesAdId", replaced=replaced)


def _expect_draft(ad: Ad, campaign: Campaign, attempted: str, instead: str) -> None:
    problem = rules.draft_problem(facts(ad), campaign.configured_status, attempted, instead)
    if problem:
        raise Refusal(problem)
