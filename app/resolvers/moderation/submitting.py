"""What advertisers hand in: an ad for review, another in the place of one, an appeal (S55, S56)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.scope import missing
from app.db.tables.accounts import Brand
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.db.tables.moderation import ModerationCase
from app.db.work import Work, expect_version
from app.domain.accounts import active_problem
from app.domain.campaigns import status as states
from app.domain.campaigns import targeting
from app.domain.campaigns.drafts import reserve_problem
from app.domain.errors import Findings, Problem
from app.domain.events import Event
from app.domain.moderation import cases as rules
from app.domain.moderation.rules import Policy
from app.domain.money import Money
from app.domain.policy import BusinessCalendar
from app.resolvers import assets
from app.resolvers.billing.settling import unpaid_problem
from app.resolvers.campaigns import ad as ads
from app.resolvers.campaigns import content
from app.resolvers.campaigns.effect import refresh
from app.resolvers.moderation import cases

CHECK_LANDING = "moderation.check_landing"
"""The kind of the job that asks for the page an ad leads to."""


@dataclass(frozen=True)
class Terms:
    """What an ad has to meet that is handed in, and until when it is decided; the *reserve* of bids is in micros."""

    policy: Policy
    calendar: BusinessCalendar
    reserve: int


async def submit(work: Work, terms: Terms, id: UUID, expected_version: int | None) -> tuple[Ad, ModerationCase]:
    """Hand a draft in for review; from now on its content never changes (S55, S57)."""
    campaign, ad = await ads.held(work, id)
    expect_version(ad, expected_version)
    return ad, await _hand_in(work, terms, campaign, ad)


async def replace(
    work: Work,
    terms: Terms,
    id: UUID,
    changes: Mapping[str, Any],
    *,
    pause_original: bool,
    submit: bool,
) -> tuple[Ad, Ad]:
    """Put another ad in the place of one: a copy with changes, linked, handed in; all or nothing (S55, S65, S79)."""
    campaign, original = await ads.held(work, id, changes.get("landing"))
    account = await ads.account_of(work, campaign)
    found, below = Findings(), Findings()
    replaced = await ads.is_replaced(work, id)
    problem = states.replace_problem(ads.facts(original), campaign.configured_status, "id", replaced=replaced)
    found.add(problem, active_problem(account.status, "id"), await unpaid_problem(work, campaign.id, "id"))
    values = {**await content.of(work, original), **changes}
    await content.check(work, below, campaign, account, values, content.FIELDS, terms.reserve)
    found.beneath(below, "changes")
    found.settle()
    copy = await ads.make(work, campaign, values, original.id)
    work.emit(Event.AD_REPLACED, original, replaced_by=str(copy.id))
    if pause_original:
        _pause(work, original)
    if submit:
        await _hand_in(work, terms, campaign, copy)
    else:
        await refresh(work, campaign)
    return original, copy


def _pause(work: Work, ad: Ad) -> None:
    """Pause what could be served; what is paused or stopped stays as it is."""
    to = states.ConfiguredStatus.PAUSED
    if ad.system_stop is states.SystemStop.NONE and ad.configured_status is not to:
        ad.configured_status = states.AD.advance(ad.configured_status, to, "id")
        work.emit(Event.AD_PAUSED, ad)


async def appeal(work: Work, calendar: BusinessCalendar, id: UUID, message: str) -> ModerationCase:
    """Ask for a second look at a rejection, once (S56)."""
    _, ad = await ads.opened(work, id)
    case = await of_ad(work, ad)
    appealed = case is not None and case.appealed_at is not None
    found = Findings()
    found.add(rules.appeal_problem(ads.facts(ad), appealed=appealed))
    rules.check_text(found, message, "message", name="The message", most=rules.MOST_MESSAGE)
    found.settle()
    if case is None:
        raise missing(ModerationCase)
    await cases.appeal(work, calendar, case, message)
    work.emit(Event.AD_APPEALED, ad, message.strip(), due_at=case.due_at.isoformat())
    return case


async def of_ad(work: Work, ad: Ad) -> ModerationCase | None:
    """The case of an ad that was opened before, locked."""
    # unscoped: for the reason above
    rows = select(ModerationCase).where(ModerationCase.ad_id == ad.id).with_for_update(key_share=True)
    return await work.session.scalar(rows)


async def _hand_in(work: Work, terms: Terms, campaign: Campaign, ad: Ad) -> ModerationCase:
    keywords = await content.keywords_of(work, ad)
    product = await _product(work, ad)
    image = await assets.image_in(work, ad.account_id, ad.image_id) if ad.image_id else None
    words = [each.text for each in keywords]
    findings = terms.policy.findings(cases.subject(ad.title, ad.headline, product, words, image))
    found = Findings()
    in_stock = product is None or product.in_stock
    violation = terms.policy.violation(findings, "id") or rules.stock_problem(in_stock=in_stock)
    found.add(
        *await _problems(work, campaign, ad, keywords), reserve_problem(_bids(ad, keywords), terms.reserve), violation
    )
    found.settle()
    ad.review_status = states.REVIEW.advance(ad.review_status, states.ReviewStatus.IN_MODERATION, "id")
    ad.submitted_at = work.now
    work.emit(Event.AD_SUBMITTED, ad)
    case = await cases.queue(work, terms.policy, terms.calendar, findings, account_id=ad.account_id, ad_id=ad.id)
    if product is not None:
        work.later(CHECK_LANDING, case=str(case.id))
    await refresh(work, campaign)
    return case


async def _product(work: Work, ad: Ad) -> Product | None:
    """The product that an ad leads to, as it is since it is held; None: it leads to a Page."""
    id = ad.product_id
    # unscoped: of an ad that was opened before
    return await work.session.get_one(Product, id, populate_existing=True) if id else None


async def _problems(
    work: Work, campaign: Campaign, ad: Ad, keywords: Sequence[targeting.Keyword]
) -> list[Problem | None]:
    account = await ads.account_of(work, campaign)
    brand = await work.session.get_one(Brand, campaign.brand_id)  # unscoped: of the campaign opened before
    states_of = (ads.facts(ad), campaign.configured_status, account.status)
    positive = sum(not each.match.is_negative for each in keywords)
    return [
        *rules.submit_problems(*states_of, brand_approved=brand.approved),
        targeting.target_problem(campaign.kind, positive),
        await unpaid_problem(work, campaign.id, "id"),
    ]


def _bids(ad: Ad, keywords: Sequence[targeting.Keyword]) -> list[Money]:
    """All that it bids: its own, and those of keywords that have one."""
    return [Money(ad.bid_micros, ad.currency), *(each.bid for each in keywords if each.bid)]
