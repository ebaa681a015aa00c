"""What advertisers hand in: an ad for review, another in the place of one, an appeal (S55, S56)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.reader import Reader
from app.db.scope import missing
from app.db.tables.accounts import Brand
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.db.tables.moderation import CaseFinding, ModerationCase
from app.db.work import Work, expect_version
from app.domain.access import Scope
from app.domain.accounts import active_problem
from app.domain.campaigns import status as states
from app.domain.campaigns import targeting
from app.domain.errors import Findings, NotFound, PolicyViolation, Problem, Refusal
from app.domain.events import Event
from app.domain.findings import Finding
from app.domain.moderation import cases as rules
from app.domain.moderation.rules import Image, Policy, Subject, Verdict
from app.domain.policy import BusinessCalendar, ServiceLevelKind, due
from app.resolvers import assets, catalogue
from app.resolvers.campaigns import ad as ads
from app.resolvers.campaigns import content
from app.resolvers.campaigns.effect import refresh
from app.resolvers.policy import level

CHECK_LANDING = "moderation.check_landing"
"""The kind of the job that asks for the page an ad leads to."""


async def precheck(
    reader: Reader,
    scope: Scope,
    policy: Policy,
    title: str,
    headline: str,
    product_id: UUID | None,
    image_id: UUID | None,
    keywords: Any,
) -> tuple[Finding, ...]:
    """What the rules find in an ad that may not even be a draft yet (S56)."""
    found = await reader.rows(catalogue.products_by_ids(scope, ids=[product_id] if product_id else []))
    if not found:
        raise Refusal(NotFound(message="No such product.", path=("landing", "productId")))
    images = await reader.rows(assets.assets(scope, ids=[image_id])) if image_id else [None]
    if not images:
        raise Refusal(NotFound(message="No such image.", path=("imageAssetId",)))
    return policy.findings(_subject(title, headline, found[0], [each.text for each in keywords], images[0]))


async def submit(
    work: Work, policy: Policy, calendar: BusinessCalendar, id: UUID, expected_version: int | None
) -> tuple[Ad, ModerationCase]:
    """Hand a draft in for review; from now on its content never changes (S55, S57)."""
    campaign, ad = await ads.held(work, id)
    expect_version(ad, expected_version)
    return ad, await _hand_in(work, policy, calendar, campaign, ad)


async def replace(
    work: Work,
    policy: Policy,
    calendar: BusinessCalendar,
    id: UUID,
    changes: Mapping[str, Any],
    *,
    pause_original: bool,
    submit: bool,
) -> tuple[Ad, Ad]:
    """Put another ad in the place of one: a copy with changes, linked, handed in; all or nothing (S55, S65, S79)."""
    campaign, original = await ads.held(work, id, changes.get("product_id"))
    account = await ads.account_of(work, campaign)
    found, below = Findings(), Findings()
    replaced = await ads.is_replaced(work, id)
    problem = states.replace_problem(ads.facts(original), campaign.configured_status, "id", replaced=replaced)
    found.add(problem, active_problem(account.status, "id"))
    values = {**await content.of(work, original), **changes}
    await content.check(work, below, account, values, content.FIELDS)
    found.beneath(below, "changes")
    found.settle()
    copy = await ads.make(work, campaign, values, original.id)
    work.emit(Event.AD_REPLACED, original, replaced_by=str(copy.id))
    if pause_original:
        _pause(work, original)
    if submit:
        await _hand_in(work, policy, calendar, campaign, copy)
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
    case.status = rules.CASE.advance(case.status, rules.ModerationStatus.APPEALED, "id")
    case.appeal_message, case.appealed_at, case.due_at = message.strip(), work.now, await _due(work, calendar)
    work.emit(Event.AD_APPEALED, ad, message.strip(), due_at=case.due_at.isoformat())
    return case


async def of_ad(work: Work, ad: Ad) -> ModerationCase | None:
    """The case of an ad that was opened before, locked."""
    # unscoped: for the reason above
    rows = select(ModerationCase).where(ModerationCase.ad_id == ad.id).with_for_update(key_share=True)
    return await work.session.scalar(rows)


def note(work: Work, case: ModerationCase, findings: Iterable[Finding], after: int = 0) -> None:
    """Write findings beside a case, behind the *after* that it has."""
    for place, each in enumerate(findings, after):
        work.add(CaseFinding(case_id=case.id, place=place, **asdict(each)))


async def _due(work: Work, calendar: BusinessCalendar) -> datetime:
    """Until when a moderator decides, as it is promised now (S57)."""
    return due(work.now, await level(work, ServiceLevelKind.AD_MODERATION), calendar)


async def _hand_in(
    work: Work, policy: Policy, calendar: BusinessCalendar, campaign: Campaign, ad: Ad
) -> ModerationCase:
    keywords = await content.keywords_of(work, ad)
    # unscoped: the product and brand of what was opened before
    product = await work.session.get_one(Product, ad.product_id, populate_existing=True)  # as it is since it is held
    image = await assets.image_in(work, ad.account_id, ad.image_id) if ad.image_id else None
    findings = policy.findings(_subject(ad.title, ad.headline, product, [each.text for each in keywords], image))
    found = Findings()
    violation = _violation(policy, findings) or rules.stock_problem(in_stock=product.in_stock)
    found.add(*await _problems(work, campaign, ad, keywords), violation)
    found.settle()
    ad.review_status = states.REVIEW.advance(ad.review_status, states.ReviewStatus.IN_MODERATION, "id")
    ad.submitted_at = work.now
    work.emit(Event.AD_SUBMITTED, ad)
    case = ModerationCase(account_id=ad.account_id, ad_id=ad.id, policy_version=policy.version)
    case.submitted_by, case.submitted_at, case.due_at = work.caller.user_id, work.now, await _due(work, calendar)
    work.add(case)
    await work.session.flush()
    note(work, case, findings)
    work.later(CHECK_LANDING, case=str(case.id))
    await refresh(work, campaign)
    return case


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
    ]


def _violation(policy: Policy, findings: Sequence[Finding]) -> Problem | None:
    if policy.verdict(findings) is not Verdict.FAIL:
        return None
    worst = tuple(each for each in findings if policy.by_id[each.rule_id].verdict is Verdict.FAIL)
    said = " ".join(f"{each.explanation} ({each.field}: {each.evidence})" for each in worst)
    return PolicyViolation(message=f"Against the ad policy: {said}", path=("id",), findings=worst)


def _subject(title: str, headline: str, product: Any, keywords: Sequence[str], image: Any) -> Subject:
    name = f"{product.brand_name or ''} {product.title}".strip()
    return Subject(title, headline, name, product.in_stock, tuple(keywords), _image(image))


def _image(asset: Any) -> Image | None:
    """What the policy asks of an image: its sizes are known once it is READY."""
    if asset is None or not asset.width:
        return None
    return Image(asset.content_type.rpartition("/")[2].upper(), asset.width, asset.height)
