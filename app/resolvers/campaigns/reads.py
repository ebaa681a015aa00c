"""What is read of campaigns, ads and keywords."""

from collections.abc import Collection
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.db.keys import Condition, Selection, any_of
from app.db.match import holds
from app.db.page import Order
from app.db.reads import One, OneOf, Paged, RootOne
from app.db.scope import under, within
from app.db.tables.accounts import Account, Brand
from app.db.tables.billing import Charge
from app.db.tables.campaigns import Ad, Campaign, Keyword
from app.db.tables.catalogue import Product
from app.db.tables.moderation import ModerationCase
from app.db.tables.pages import BrandPage
from app.domain.access import Level, Scope
from app.domain.campaigns.status import CampaignKind, EffectiveStatus, ReviewStatus, SystemStop
from app.domain.campaigns.targeting import MatchType
from app.domain.text import fold
from app.resolvers.billing.reads import is_owed
from app.resolvers.catalogue import PRODUCT_OF
from app.resolvers.pages.reads import LANDING_PAGE

NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # sorts a campaign without an end behind all others


class CampaignSort(Enum):
    CREATED_DESC = "CREATED_DESC"
    CREATED_ASC = "CREATED_ASC"
    NAME_ASC = "NAME_ASC"
    START_DESC = "START_DESC"
    END_ASC = "END_ASC"


class AdSort(Enum):
    CREATED_DESC = "CREATED_DESC"
    CREATED_ASC = "CREATED_ASC"
    TITLE_ASC = "TITLE_ASC"


# unscoped: what a row shows of the row it belongs to
_MY_ACCOUNT = Account.id == Campaign.account_id
_ACCOUNT = (
    select(Account.time_zone).where(_MY_ACCOUNT).scalar_subquery().label("time_zone"),  # unscoped: likewise
    select(Account.status).where(_MY_ACCOUNT).scalar_subquery().label("account_status"),
)
_OWED = (Charge.campaign_id == Campaign.id) & is_owed(Charge.status)
_BILLING = (
    select(Charge.status).where(_OWED).scalar_subquery().label("owed_status"),  # unscoped: likewise
    exists().where(_OWED, Charge.next_attempt_at.is_(None)).label("given_up"),  # unscoped: likewise
)
_SUCCESSOR = aliased(Ad)
_CAMPAIGN_STATUS = (
    select(Campaign.configured_status)  # unscoped: likewise
    .where(Campaign.id == Ad.campaign_id)
    .scalar_subquery()
    .label("campaign_status")
)
_AROUND_AD = (
    _CAMPAIGN_STATUS,
    select(Account.status)
    .where(Account.id == Ad.account_id)
    .scalar_subquery()
    .label("account_status"),  # unscoped: likewise
    select(Brand.approved)  # unscoped: likewise
    .join(Campaign, Campaign.brand_id == Brand.id)
    .where(Campaign.id == Ad.campaign_id)
    .scalar_subquery()
    .label("brand_approved"),
    # unscoped: likewise, of the case and of the ad that took its place
    exists().where(ModerationCase.ad_id == Ad.id, ModerationCase.appealed_at.is_not(None)).label("appealed"),
    exists().where(_SUCCESSOR.replaces_id == Ad.id).label("replaced"),  # unscoped: likewise
    # unscoped: of where the ad leads
    select(Product.detail_url).where(Product.id == Ad.product_id).scalar_subquery().label("product_url"),
    select(BrandPage.slug).where(BrandPage.id == Ad.brand_page_id).scalar_subquery().label("page_slug"),
)


def campaigns(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, Campaign).add_columns(*_ACCOUNT, *_BILLING).where(any_of(Campaign.id, ids))


def campaign_of(where: Condition) -> Selection:
    return under(Campaign).add_columns(*_ACCOUNT, *_BILLING).where(where(Campaign.id))


def campaigns_of_account(
    where: Condition,
    status: Collection[EffectiveStatus] | None = None,
    kind: Collection[CampaignKind] | None = None,
    query: str | None = None,
) -> Selection:
    ends = func.coalesce(Campaign.ends_at, NEVER, type_=Campaign.ends_at.type).label("ends_or_never")
    rows = under(Campaign).add_columns(*_ACCOUNT, *_BILLING, ends).where(where(Campaign.account_id))
    if status is not None:
        rows = rows.where(any_of(Campaign.effective_status, status))
    if kind is not None:
        rows = rows.where(any_of(Campaign.kind, kind))
    if query is not None:
        rows = rows.where(holds(Campaign.name_key, query, fold))
    return rows


def ads(scope: Scope, ids: Collection[UUID]) -> Selection:
    """Ads of the scope's accounts; a moderator sees those of all that were submitted, and no foreign drafts."""
    rows = within(scope, Ad).add_columns(*_AROUND_AD).where(any_of(Ad.id, ids))
    if scope.level is not Level.MODERATOR:
        return rows
    return rows.where(Ad.submitted_at.is_not(None) | any_of(Ad.account_id, scope.visible))


def ad_of(where: Condition) -> Selection:
    return under(Ad).add_columns(*_AROUND_AD).where(where(Ad.id))


def ad_that_replaces(where: Condition) -> Selection:
    return under(Ad).add_columns(*_AROUND_AD).where(where(Ad.replaces_id))


def ads_of_campaign(where: Condition, **filters: Any) -> Selection:
    return _ads(where(Ad.campaign_id), **filters)


def ads_of_account(where: Condition, **filters: Any) -> Selection:
    return _ads(where(Ad.account_id), **filters)


def keywords_of_ad(where: Condition, match: Collection[MatchType] | None = None) -> Selection:
    rows = under(Keyword).where(where(Keyword.ad_id))
    return rows if match is None else rows.where(any_of(Keyword.match, match))


def _ads(
    mine: Any,
    status: Collection[EffectiveStatus] | None = None,
    review_status: Collection[ReviewStatus] | None = None,
    system_stop: Collection[SystemStop] | None = None,
    query: str | None = None,
) -> Selection:
    rows = under(Ad).add_columns(*_AROUND_AD).where(mine)
    if status is not None:
        rows = rows.where(any_of(Ad.effective_status, status))
    if review_status is not None:
        rows = rows.where(any_of(Ad.review_status, review_status))
    if system_stop is not None:
        rows = rows.where(any_of(Ad.system_stop, system_stop))
    if query is not None:
        rows = rows.where(holds(Ad.title_key, query, fold))
    return rows


_NEWEST, _OLDEST = Order(("created_at", "id"), descending=True), Order(("created_at", "id"))
CAMPAIGN_ORDERS = {
    CampaignSort.CREATED_DESC: _NEWEST,
    CampaignSort.CREATED_ASC: _OLDEST,
    CampaignSort.NAME_ASC: Order(("name_key", "id")),
    CampaignSort.START_DESC: Order(("starts_at", "id"), descending=True),
    CampaignSort.END_ASC: Order(("ends_or_never", "id")),
}
AD_ORDERS = {
    AdSort.CREATED_DESC: _NEWEST,
    AdSort.CREATED_ASC: _OLDEST,
    AdSort.TITLE_ASC: Order(("title_key", "id")),
}

CAMPAIGNS = RootOne(campaigns)
ORIGINAL_OF = One(campaign_of, key="id", of="duplicated_from_id")
CAMPAIGN_OF = One(campaign_of, key="id", of="campaign_id")
CAMPAIGNS_OF_ACCOUNT = Paged(campaigns_of_account, key="account_id", orders=CAMPAIGN_ORDERS)
ADS = RootOne(ads)
AD_OF = One(ad_of, key="id", of="ad_id")
REPLACED_AD = One(ad_of, key="id", of="replaces_id")
REPLACING_AD = One(ad_that_replaces, key="replaces_id")
ADS_OF_CAMPAIGN = Paged(ads_of_campaign, key="campaign_id", orders=AD_ORDERS)
ADS_OF_ACCOUNT = Paged(ads_of_account, key="account_id", orders=AD_ORDERS)
LANDING_OF = OneOf({"Product": PRODUCT_OF, "BrandPage": LANDING_PAGE})
KEYWORDS_OF_AD = Paged(keywords_of_ad, key="ad_id", orders={None: Order(("place", "id"))})
