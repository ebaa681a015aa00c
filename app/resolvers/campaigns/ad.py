"""Ads: draft, pause, resume."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from app.db.keys import any_of
from app.db.scope import find, missing
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign, Keyword
from app.db.tables.catalogue import AdInterest, Product
from app.db.work import Work
from app.domain.accounts import active_problem
from app.domain.assets import image_problem
from app.domain.campaigns import status as rules
from app.domain.campaigns import targeting
from app.domain.campaigns.drafts import check_ad, check_landing
from app.domain.errors import Findings, NotFound, Problem, Refusal
from app.domain.events import Event
from app.domain.money import Money
from app.domain.text import fold, line
from app.resolvers import assets, catalogue
from app.resolvers.campaigns.effect import refresh


async def create(
    work: Work,
    campaign_id: UUID,
    *,
    title: str,
    headline: str,
    product_id: UUID | None,
    bid: Money,
    image_id: UUID | None = None,
    interest_ids: Collection[UUID | None] = (),
    keywords: Sequence[targeting.Keyword] = (),
) -> Ad:
    """A new ad, as a draft (S81)."""
    campaign = await find(work, Campaign, campaign_id, "campaignId")
    # unscoped: the account of the campaign opened above
    account = await work.session.get_one(Account, campaign.account_id)
    product = await catalogue.product_in(work, account.vendor_code, product_id) if product_id else None
    found = Findings()
    found.add(active_problem(account.status, "campaignId"))
    found.add(rules.archived_problem(campaign.configured_status, "AD_CREATED", "campaignId"))
    check_ad(found, title, headline, bid, account.currency)
    check_landing(found, product.in_stock if product else None)
    found.add(await _image_problem(work, account.id, image_id))
    targeting.check_keywords(found, keywords, account.currency)
    wanted = {each for each in interest_ids if each}
    known = await catalogue.known_interests(work, wanted) if wanted else 0
    targeting.check_interests(found, len(set(interest_ids)), known)
    found.settle()
    ad = work.add(_draft(campaign, product, title, headline, bid))  # type: ignore[arg-type] - settled above
    ad.image_id = image_id
    work.emit(Event.AD_CREATED, ad)
    await work.session.flush()
    _target(work, ad, wanted, keywords)
    await refresh(work, campaign)
    return ad


async def pause(work: Work, id: UUID) -> Ad:
    """Stop serving the ad at once (S62)."""
    return await _advance(work, id, rules.ConfiguredStatus.PAUSED, Event.AD_PAUSED)


async def resume(work: Work, id: UUID) -> Ad:
    """Serve again what the user paused; what the system stopped never comes back (S65, S79)."""
    return await _advance(work, id, rules.ConfiguredStatus.ENABLED, Event.AD_RESUMED)


async def _advance(work: Work, id: UUID, to: rules.ConfiguredStatus, event: Event) -> Ad:
    # unscoped: visible rows only, locked before the ad, which is found, or refused, right below
    mine = select(Campaign).join(Ad, Ad.campaign_id == Campaign.id).where(Ad.id == id)
    mine = mine if work.scope.everything else mine.where(any_of(Campaign.account_id, work.scope.visible))
    campaign = await work.session.scalar(mine.with_for_update(of=Campaign, key_share=True))
    if campaign is None:
        raise missing(Ad)
    ad = await find(work, Ad, id)
    facts = rules.AdFacts(ad.configured_status, ad.review_status, ad.system_stop)
    problem = rules.ad_step_problem(facts, campaign.configured_status, to)
    if problem:
        raise Refusal(problem)
    ad.configured_status = rules.AD.advance(ad.configured_status, to, "id")
    work.emit(event, ad)
    await refresh(work, campaign)
    return ad


async def _image_problem(work: Work, account_id: UUID, image_id: UUID | None) -> Problem | None:
    """The image must be of the account, READY, and fit some placement (S81)."""
    if image_id is None:
        return None
    image = await assets.image_in(work, account_id, image_id)
    if image is None:
        return NotFound(message="No such image.", path=("imageAssetId",))
    return image_problem(image.status, image.width, image.height, "imageAssetId")


def _draft(campaign: Campaign, product: Product, title: str, headline: str, bid: Money) -> Ad:
    ad = Ad(account_id=campaign.account_id, campaign_id=campaign.id, product_id=product.id, reasons=[])
    ad.title, ad.title_key, ad.headline = line(title), fold(title), line(headline)
    ad.currency, ad.bid_micros = bid.currency, bid.micros
    ad.effective_status = rules.EffectiveStatus.DRAFT
    return ad


def _target(work: Work, ad: Ad, interests: Collection[UUID], keywords: Sequence[targeting.Keyword]) -> None:
    for interest in sorted(set(interests)):
        work.session.add(AdInterest(ad_id=ad.id, interest_id=interest))
    for place, keyword in enumerate(keywords):
        row = Keyword(ad_id=ad.id, place=place, text=line(keyword.text), match=keyword.match, currency=ad.currency)
        row.bid_micros = keyword.bid.micros if keyword.bid else None
        work.add(row)
