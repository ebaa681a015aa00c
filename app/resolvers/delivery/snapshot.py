"""Reads what auctions know: all of it at once, or what has changed; set-based either way."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_, select

from app.db.engine import Database
from app.db.keys import Selection, any_of
from app.db.tables.accounts import Account, Brand
from app.db.tables.assets import Asset
from app.db.tables.billing import AccountCredit, PaymentMethod
from app.db.tables.campaigns import Ad, Campaign, Keyword
from app.db.tables.catalogue import AdInterest, Interest, Product
from app.db.tables.delivery import ClickRate, Pacing
from app.domain.accounts import AccountStatus, local_day
from app.domain.campaigns.status import AdFacts, CampaignKind, ConfiguredStatus, ReviewStatus
from app.domain.campaigns.targeting import Keyword as Words
from app.domain.delivery.inventory import ALWAYS, Flight, Inventory, Offer, Picture, left
from app.domain.delivery.markets import REAL
from app.domain.delivery.matching import Aim, Negatives, aims_of_interests, aims_of_keywords
from app.domain.delivery.outcomes import Format, Outcome, bar_of_ad, bar_of_campaign
from app.domain.delivery.pacing import ALL
from app.domain.delivery.prediction import PPM, Knowledge, Tally
from app.domain.delivery.taxonomy import Taxonomy
from app.domain.metrics import Placement
from app.domain.money import Money
from app.resolvers.billing.chargeable import chargeable
from app.resolvers.campaigns.effect import LANDING_PUBLIC
from app.resolvers.delivery.markets import bidding, of_market

LINGER = timedelta(days=7)
"""How long what is over is still a candidate: until then it is counted why it did not win (S58)."""
PAGE = 1_000
FORMATS = {CampaignKind.SPONSORED_SEARCH: Format.LISTINGS, CampaignKind.ECOMMERCE_DISPLAY: Format.BANNERS}
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Snapshot:
    """What auctions know at one moment; it is never changed."""

    inventory: Inventory
    knowledge: Knowledge
    taxonomy: Taxonomy


class Spent(NamedTuple):
    """What a campaign has spent, and of what; `credit` is left of its account's, if that has a limit; in micros."""

    campaign: UUID
    time_zone: str
    total: int
    spent: int
    daily: int | None
    spent_today: int
    spent_on: date | None
    credit: int | None

    def left(self, now: datetime) -> int:
        is_today = self.spent_on == _today(self.time_zone, now.replace(second=0, microsecond=0))
        of_budget = left(self.total, self.spent, self.daily, self.spent_today if is_today else 0)
        return of_budget if self.credit is None else min(of_budget, self.credit)


@dataclass(frozen=True)
class Ads:
    """Ads as they were read, with their keywords and interests."""

    rows: Sequence[Row]
    keywords: Mapping[UUID, Sequence[tuple[int, Words]]]
    interests: Mapping[UUID, Sequence[UUID]]

    @property
    def campaigns(self) -> dict[UUID, UUID]:
        """The campaign of each."""
        return {row[0]: row[1] for row in self.rows}

    def offers(self, inventory: Inventory, knowledge: Knowledge) -> list[Offer]:
        """As auctions see them; those whose campaign the inventory does not have are left out.

        Of an ad that it has already only the state is looked at: the content of a submitted ad never changes (I8).
        """
        places = ((inventory.campaigns.get(row[1]), row) for row in self.rows)
        return [
            replace(known, bar=_bar(row)) if (known := inventory.offer(row[0])) else self._offer(place, row, knowledge)
            for place, row in places
            if place is not None
        ]

    def _offer(self, place: int, row: Row, knowledge: Knowledge) -> Offer:
        id, campaign, product, page, kind, title, headline, bid, image, width, height, *_ = row
        aims, negatives = self._aims(id, FORMATS[kind], bid)
        return Offer(
            id=id,
            flight=place,
            landing=page if product is None else product,
            format=FORMATS[kind],
            title=title,
            headline=headline,
            image=Picture(image, width, height) if image and width and height else None,
            bid=bid,
            bar=_bar(row),
            ctr=knowledge.ctr(id, campaign),
            negatives=negatives,
            aims=tuple(aims),
            is_of_page=product is None,
        )

    def _aims(self, id: UUID, format: Format, bid: int) -> tuple[list[Aim], Negatives | None]:
        if format is Format.LISTINGS:
            return aims_of_keywords(self.keywords.get(id, ()), bid)
        return aims_of_interests(self.interests.get(id, ()), bid), None


class Reading:
    """Reads for the auctions of a market, in one currency: bids in another cannot be compared."""

    def __init__(self, database: Database, currency: str, market: UUID = REAL) -> None:
        self._database = database
        self._given = {"currency": currency, **of_market(market)}

    async def all(self, now: datetime) -> Snapshot:
        """Everything, as it is now."""
        since = {"since": now - LINGER}
        campaigns = await self._rows(_held_campaigns, {**since, "today": now.date()})
        ads = await self._rows(_held_ads, since)
        keywords, interests = await self._rows(_held_keywords, since), await self._rows(_held_interests, since)
        rates = await self._rows(_rates, {})
        taxonomy = Taxonomy.of(await self._rows(_taxonomy, {}))  # type: ignore[arg-type] - id, name and path
        inventory, knowledge = await asyncio.to_thread(_made, campaigns, (ads, keywords, interests), rates, now)
        return Snapshot(inventory, knowledge, taxonomy)

    async def flights(self, of: str, keys: Collection[UUID], now: datetime) -> list[Flight]:
        """Campaigns as they are now: *of* a type of subject (FLIGHTS_OF), by its keys."""
        rows = await self._rows(FLIGHTS_OF[of], {"keys": keys, "today": now.date()})
        return [_flight(row, now) for row in rows]

    async def ads(self, of: str, keys: Collection[UUID], known: Callable[[UUID], object]) -> Ads:
        """Ads as they are now, likewise (ADS_OF); with keywords and interests of those that are not *known* yet."""
        rows = await self._rows(ADS_OF[of], {"keys": keys})
        given = {"keys": [row[0] for row in rows if known(row[0]) is None]}
        if not given["keys"]:
            return _ads(rows, (), ())
        return _ads(rows, await self._rows(_keywords_of, given), await self._rows(_interests_of, given))

    async def tallies_since(self, through: datetime) -> dict[UUID, dict[Placement, Tally]]:
        """What is known of those ads of which something was learnt after a moment."""
        return _tallies(await self._rows(_rates_since, {"through": through}))

    async def learnt_through(self) -> datetime | None:
        """The latest hour from which something was learnt."""
        return max((row[-1] for row in await self._rows(_latest_rate, {})), default=None)

    async def paces_since(self, moment: datetime) -> list[Row]:
        """Campaign, pass-through and when it changed, of those that changed at a moment or later."""
        return await self._rows(_paces_since, {"moment": moment})

    async def spent(self, after: UUID) -> list[Spent]:
        """What the next campaigns behind an id have spent, a page of those that may be served."""
        return [Spent(*row) for row in await self._rows(_spent, {"after": after})]

    async def _rows(self, build: Callable[[], Selection], given: Mapping[str, Any]) -> list[Row]:
        statement = self._database.prepared(build)
        columns = await statement.columns(self._database.reads, {**given, **self._given})
        return list(zip(*columns, strict=True))


def _made(
    campaigns: Sequence[Row], parts: Sequence[Sequence[Row]], rates: Sequence[Row], now: datetime
) -> tuple[Inventory, Knowledge]:
    """The inventory of what was read, in a thread of its own: it takes seconds."""
    ads = _ads(*parts)
    knowledge = Knowledge.of(_tallies(rates), ads.campaigns)
    inventory = Inventory().with_flights(_flight(row, now) for row in campaigns)
    return inventory.with_offers(ads.offers(inventory, knowledge)), knowledge


def _ads(rows: Sequence[Row], keywords: Sequence[Row], interests: Sequence[Row]) -> Ads:
    words: dict[UUID, list[tuple[int, Words]]] = {}
    for ad, place, text, match, bid, currency in keywords:
        own = None if bid is None else Money(bid, currency)
        words.setdefault(ad, []).append((place, Words(text, match, own)))
    wanted: dict[UUID, list[UUID]] = {}
    for ad, interest in interests:
        wanted.setdefault(ad, []).append(interest)
    return Ads(rows, words, wanted)


def _bar(row: Row) -> Outcome | None:
    *facts, in_stock = row[-5:]
    return bar_of_ad(AdFacts(*facts), in_stock=in_stock is not False)  # None: it leads to a Page


def _tallies(rows: Sequence[Row]) -> dict[UUID, dict[Placement, Tally]]:
    known: dict[UUID, dict[Placement, Tally]] = {}
    for ad, placement, clicks, exposed in rows:
        known.setdefault(ad, {})[placement] = Tally(clicks, exposed // PPM)
    return known


def _flight(row: Row, now: datetime) -> Flight:
    id, configured, account, approved, has_card, begins, ends, pass_through, *spent = row
    return Flight(
        id=id,
        begins=milliseconds(begins),
        ends=ALWAYS if ends is None else milliseconds(ends),
        left=Spent(id, *spent).left(now),
        bar=bar_of_campaign(configured, account, brand_approved=approved, has_card=has_card),
        pass_through=ALL if pass_through is None else pass_through,
    )


def milliseconds(at: datetime) -> int:
    """A moment as auctions count: since 1970."""
    return int(at.timestamp()) * 1_000 + at.microsecond // 1_000


@lru_cache(maxsize=1_024)
def _today(time_zone: str, minute: datetime) -> date:
    return local_day(minute, time_zone).date()


# ---- what is read; unscoped all of it: ads of all accounts compete with each other, and nobody is shown these rows

_SPENT = (Account.time_zone, Campaign.total_budget_micros, Campaign.spent_micros, Campaign.daily_budget_micros)
_SPENT_TODAY = (Campaign.spent_today_micros, Campaign.spent_on, AccountCredit.left_micros)


def _ours() -> ColumnElement[bool]:
    """Of the accounts that bid in the market (S28), in the currency of the auctions."""
    return bidding() & (Campaign.currency == bindparam("currency"))


def _held() -> ColumnElement[bool]:
    alive = (Campaign.configured_status != ConfiguredStatus.ARCHIVED) & (Account.status != AccountStatus.CLOSED)
    return _ours() & alive & or_(Campaign.ends_at.is_(None), Campaign.ends_at > bindparam("since"))


def _held_ad() -> ColumnElement[bool]:
    return _held() & or_(Ad.stopped_at.is_(None), Ad.stopped_at > bindparam("since")) & _submitted()


def _submitted() -> ColumnElement[bool]:
    return or_(Ad.review_status == ReviewStatus.APPROVED, Ad.review_status == ReviewStatus.IN_MODERATION)


def _campaigns() -> Selection:
    has_card = chargeable(Campaign.payment_method_id).label("has_card")
    shown = (Campaign.id, Campaign.configured_status, Account.status, Brand.approved, has_card, Campaign.starts_at)
    # unscoped: see above
    rows = select(*shown, Campaign.ends_at, Pacing.pass_through, *_SPENT, *_SPENT_TODAY).join_from(Campaign, Account)
    rows = rows.join(Brand, Brand.id == Campaign.brand_id)  # unscoped: likewise
    rows = rows.outerjoin(AccountCredit, AccountCredit.account_id == Account.id)  # unscoped: likewise
    return rows.outerjoin(Pacing, Pacing.campaign_id == Campaign.id)  # unscoped: likewise


def _held_campaigns() -> Selection:
    return _campaigns().where(_held())


def _campaigns_by_id() -> Selection:
    return _campaigns().where(_ours(), any_of(Campaign.id, bindparam("keys")))


def _campaigns_by_account() -> Selection:
    return _campaigns().where(_ours(), any_of(Campaign.account_id, bindparam("keys")))


def _campaigns_by_brand() -> Selection:
    return _campaigns().where(_ours(), any_of(Campaign.brand_id, bindparam("keys")))


def _rows_of_ads() -> Selection:
    shown = (
        Ad.id,
        Ad.campaign_id,
        Ad.product_id,
        Ad.brand_page_id,
        Campaign.kind,
        Ad.title,
        Ad.headline,
        Ad.bid_micros,
    )
    state = (Ad.configured_status, Ad.review_status, Ad.system_stop, LANDING_PUBLIC.label("public"), Product.in_stock)
    # unscoped: see above
    rows = select(*shown, Asset.id.label("image"), Asset.width, Asset.height, *state).join_from(Ad, Campaign)
    rows = rows.join(Account, Account.id == Campaign.account_id)  # unscoped: likewise
    rows = rows.outerjoin(Product, Product.id == Ad.product_id)
    return rows.outerjoin(Asset, Asset.id == Ad.image_id)  # unscoped: likewise


def _held_ads() -> Selection:
    return _rows_of_ads().where(_held_ad())


def _ads_by_id() -> Selection:
    return _rows_of_ads().where(_ours(), _submitted(), any_of(Ad.id, bindparam("keys")))


def _ads_by_product() -> Selection:
    return _rows_of_ads().where(_ours(), _submitted(), any_of(Ad.product_id, bindparam("keys")))


def _keywords() -> Selection:
    # unscoped: see above
    return select(Keyword.ad_id, Keyword.place, Keyword.text, Keyword.match, Keyword.bid_micros, Keyword.currency)


def _held_keywords() -> Selection:
    rows = _keywords().join(Ad, Ad.id == Keyword.ad_id).join(Campaign, Campaign.id == Ad.campaign_id)  # unscoped: see
    return rows.join(Account, Account.id == Campaign.account_id).where(_held_ad())  # unscoped: above


def _keywords_of() -> Selection:
    return _keywords().where(any_of(Keyword.ad_id, bindparam("keys")))


def _held_interests() -> Selection:
    rows = select(AdInterest.ad_id, AdInterest.interest_id)  # unscoped: see above
    rows = rows.join(Ad, Ad.id == AdInterest.ad_id).join(Campaign, Campaign.id == Ad.campaign_id)
    return rows.join(Account, Account.id == Campaign.account_id).where(_held_ad())


def _interests_of() -> Selection:
    # unscoped: see above
    return select(AdInterest.ad_id, AdInterest.interest_id).where(any_of(AdInterest.ad_id, bindparam("keys")))


def _taxonomy() -> Selection:
    return select(Interest.id, Interest.name, Interest.path)


def _rates() -> Selection:
    # unscoped: see above
    rows = select(ClickRate.ad_id, ClickRate.placement, ClickRate.clicks, ClickRate.exposed)
    return _bid(rows.join(Ad, Ad.id == ClickRate.ad_id))  # unscoped: see above


def _bid(rows: Selection) -> Selection:
    """Of ads, those of accounts that bid in the market."""
    return rows.join(Account, Account.id == Ad.account_id).where(bidding())  # unscoped: see above


def _rates_since() -> Selection:
    # unscoped: see above
    fresh = select(ClickRate.ad_id).where(ClickRate.through > bindparam("through"))
    return _rates().where(any_of(ClickRate.ad_id, fresh))


def _latest_rate() -> Selection:
    rows = select(ClickRate.through).join(Ad, Ad.id == ClickRate.ad_id)  # unscoped: see above
    return _bid(rows).order_by(ClickRate.through.desc()).limit(1)


def _paces_since() -> Selection:
    # unscoped: see above
    rows = select(Pacing.campaign_id, Pacing.pass_through, Pacing.changed_at)
    return rows.where(Pacing.changed_at >= bindparam("moment"))


def _spent() -> Selection:
    rows = select(Campaign.id, *_SPENT, *_SPENT_TODAY).join_from(Campaign, Account)  # unscoped: see above
    rows = rows.outerjoin(AccountCredit, AccountCredit.account_id == Account.id)  # unscoped: likewise
    served = (Campaign.configured_status == ConfiguredStatus.ENABLED) & (Campaign.id > bindparam("after"))
    return rows.where(served, _ours()).order_by(Campaign.id).limit(PAGE)


def _ads_by_page() -> Selection:
    return _rows_of_ads().where(_ours(), _submitted(), any_of(Ad.brand_page_id, bindparam("keys")))


def _campaigns_by_card() -> Selection:
    # unscoped: see above
    accounts = select(PaymentMethod.account_id).where(any_of(PaymentMethod.id, bindparam("keys")))
    return _campaigns().where(_ours(), any_of(Campaign.account_id, accounts))


FLIGHTS_OF = {
    "Campaign": _campaigns_by_id,
    "Account": _campaigns_by_account,
    "Brand": _campaigns_by_brand,
    "PaymentMethod": _campaigns_by_card,
}
"""By what a change is about: the campaigns that look different to auctions afterwards."""
ADS_OF = {"Ad": _ads_by_id, "BrandPage": _ads_by_page, "Product": _ads_by_product}
"""The same of ads."""
