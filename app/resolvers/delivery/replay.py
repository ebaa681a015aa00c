"""Replaying a foreign log: its items become approved ads, its lines go through the counting of live events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select

from app.db.keys import any_of
from app.db.tables.accounts import Account, Brand
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.db.work import Work
from app.domain.campaigns import status as rules
from app.domain.delivery.events import AdEvent, EventKind, LogLine
from app.domain.delivery.token import shopper_of
from app.domain.errors import Gate, GateNotMet, NotFound, Refusal
from app.domain.events import Event
from app.domain.metrics import Placement
from app.domain.money import MICROS
from app.domain.text import fold, line
from app.resolvers import catalogue
from app.resolvers.campaigns.effect import refresh

BID = MICROS // 10
BUDGET = 1_000 * MICROS


@dataclass(frozen=True)
class Log:
    """A file by its name and the SHA-256 of its lines: a renamed copy is the same log."""

    name: str
    digest: str


async def prepare(work: Work, account: Account, log: Log, items: Sequence[int], start: datetime) -> dict[int, UUID]:
    """The ad of each item, made where it is missing: item n lands on the account's n-th product by sku.

    The ids come from the account and what the log says, so a second replay finds what the first one made.
    """
    wanted = max(items, default=-1) + 1
    products = await catalogue.first_products(work, account.vendor_code, wanted)
    if len(products) < wanted:
        have = f"the catalogue of vendor {account.vendor_code} has {len(products)} products, the log names {wanted}"
        raise Refusal(NotFound(message=f"Too few products: {have}. Import more with `endcap import products`."))
    campaign = await _campaign(work, account, log, start)
    ids = {item: uuid5(campaign.id, f"item {item}") for item in items}
    # unscoped: the operator's command, in the account it names
    known = set(await work.session.scalars(select(Ad.id).where(any_of(Ad.id, list(ids.values())))))
    for item, id in ids.items():
        if id not in known:
            work.emit(Event.AD_CREATED, work.add(_ad(campaign, products[item], id, work.now)))
    await refresh(work, campaign)
    return ids


def events(account_id: UUID, ads: Mapping[int, UUID], text: str, entry: LogLine) -> list[AdEvent]:
    """The impression of a line, and its click: the log supplies clock, shopper and an auction of its own."""
    auction, ad = uuid5(account_id, text), ads[entry.item]
    kinds = [EventKind.IMPRESSION, EventKind.CLICK] if entry.clicked else [EventKind.IMPRESSION]
    return [
        AdEvent(
            auction_id=auction,
            slot=str(entry.position),
            kind=kind,
            ad_id=ad,
            at=entry.at,
            placement=Placement.SEARCH_RESULTS,
            position=entry.position,
            shopper=shopper_of(entry.shopper),
            price=BID if kind is EventKind.CLICK else 0,
        )
        for kind in kinds
    ]


async def _campaign(work: Work, account: Account, log: Log, start: datetime) -> Campaign:
    id = uuid5(account.id, f"replay of {log.digest}")
    # unscoped: the operator's command, in the account it names
    known = await work.session.get(Campaign, id)
    if known is not None:
        return known
    campaign = Campaign(id=id, account_id=account.id, kind=rules.CampaignKind.ECOMMERCE_DISPLAY, reasons=[])
    campaign.brand_id = await _brand(work, account)
    campaign.name = line(f"Replay of {log.name}"[:80])
    campaign.name_key, campaign.currency = fold(campaign.name), account.currency
    campaign.total_budget_micros, campaign.starts_at = BUDGET, start
    campaign.effective_status = rules.EffectiveStatus.READY
    campaign.spent_micros = campaign.spent_today_micros = 0
    work.emit(Event.CAMPAIGN_CREATED, work.add(campaign))
    await work.session.flush()
    return campaign


async def _brand(work: Work, account: Account) -> UUID:
    # unscoped: the operator's command, in the account it names
    rows = select(Brand.id).where(Brand.account_id == account.id, Brand.approved).order_by(Brand.created_at).limit(1)
    brand = await work.session.scalar(rows)
    if brand is None:
        message = "The account has no approved brand to replay for."
        raise Refusal(GateNotMet(message=message, gate=Gate.BRAND_APPROVED))
    return brand


def _ad(campaign: Campaign, product: Product, id: UUID, now: datetime) -> Ad:
    ad = Ad(id=id, account_id=campaign.account_id, campaign_id=campaign.id, product_id=product.id, reasons=[])
    ad.title = line(product.title[:50])
    ad.title_key, ad.headline = fold(ad.title), line(product.title[:120])
    ad.currency, ad.bid_micros = campaign.currency, BID
    ad.review_status, ad.effective_status = rules.ReviewStatus.APPROVED, rules.EffectiveStatus.READY
    ad.submitted_at = now
    return ad
