"""What an ad says, where it leads and whom it is for: checked as a whole, written while it is a draft (I8)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from uuid_utils.compat import uuid7

from app.db.keys import any_of
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Campaign, Keyword
from app.db.tables.catalogue import AdInterest
from app.db.work import Beside, Work
from app.domain.assets import image_problem
from app.domain.campaigns import targeting
from app.domain.campaigns.drafts import Landing, check_ad, check_page, check_product
from app.domain.errors import Findings, NotFound, Problem
from app.domain.money import Money
from app.domain.text import fold, line
from app.resolvers import assets, catalogue
from app.resolvers.pages import page as pages

FIELDS = {"title", "headline", "landing", "image_id", "bid", "interest_ids", "keywords"}
COLUMNS = ("title", "title_key", "headline", "product_id", "brand_page_id", "image_id", "currency", "bid_micros")
"""The columns of an ad that FIELDS are kept in; keywords and interests have tables of their own."""
Content = Mapping[str, Any]
"""The values of FIELDS: interest ids as keys or None where unknown, landing and keywords as the rules know them."""


async def check(
    work: Work,
    found: Findings,
    campaign: Campaign,
    account: Account,
    values: Content,
    changed: set[str],
    reserve: int,
) -> None:
    """Collect what is wrong with those fields that were *changed* (S81); the *reserve* of bids is in micros."""
    check_ad(found, values, account.currency, reserve, changed=changed)
    if "landing" in changed and values["landing"] is not None:
        await _check_landing(work, found, campaign, account, values["landing"])
    if "image_id" in changed and values["image_id"] is not None:
        found.add(await _image_problem(work, account.id, values["image_id"]))
    if "keywords" in changed:
        targeting.check_keywords(found, values["keywords"], account.currency, reserve)
    if "interest_ids" in changed:
        asked = set(values["interest_ids"])
        wanted = {each for each in asked if each}
        known = await catalogue.known_interests(work, wanted) if wanted else 0
        targeting.check_interests(found, len(asked), known)


async def _check_landing(work: Work, found: Findings, campaign: Campaign, account: Account, landing: Landing) -> None:
    if landing.page_id is not None:
        page = await pages.page_in(work, account.id, landing.page_id)
        check_page(found, campaign.kind, campaign.brand_id, page.brand_id if page else None)
    elif landing.product_id is not None:
        product = await catalogue.product_in(work, account.vendor_code, landing.product_id)
        check_product(found, product.in_stock if product else None)


async def hold(work: Work, landing: Landing | None) -> None:
    """Let nobody take a landing out of stock, or off the web, until this transaction ends; before any campaign."""
    if landing is not None and landing.product_id is not None:
        await catalogue.hold(work, landing.product_id)
    if landing is not None and landing.page_id is not None:
        await pages.hold(work, landing.page_id)


async def of(work: Work, ad: Ad) -> dict[str, Any]:
    """The content that an ad has."""
    return {
        "title": ad.title,
        "headline": ad.headline,
        "landing": Landing(ad.product_id, ad.brand_page_id),
        "image_id": ad.image_id,
        "bid": Money(ad.bid_micros, ad.currency),
        "interest_ids": await _interests(work, ad),
        "keywords": await keywords_of(work, ad),
    }


async def keywords_of(work: Work, ad: Ad) -> list[targeting.Keyword]:
    # unscoped: below an ad that was opened before
    rows = await work.session.scalars(select(Keyword).where(Keyword.ad_id == ad.id).order_by(Keyword.place))
    return [_keyword(row) for row in rows]


def write(ad: Ad, values: Content) -> None:
    """The ad's own columns; they must have been checked."""
    bid: Money = values["bid"]
    ad.title, ad.title_key, ad.headline = line(values["title"]), fold(values["title"]), line(values["headline"])
    landing: Landing = values["landing"]
    ad.currency, ad.bid_micros, ad.image_id = bid.currency, bid.micros, values["image_id"]
    ad.product_id, ad.brand_page_id = landing.product_id, landing.page_id


def aim(work: Work, ad: Ad, values: Content) -> None:
    """The keywords and interests of an ad that has none."""
    for interest in sorted(set(values["interest_ids"])):
        work.session.add(AdInterest(ad_id=ad.id, interest_id=interest))
    for place, keyword in enumerate(values["keywords"]):
        row = Keyword(ad_id=ad.id, place=place, text=line(keyword.text), match=keyword.match, currency=ad.currency)
        row.bid_micros = keyword.bid.micros if keyword.bid else None
        work.add(row)


async def aim_anew(work: Work, ad: Ad, before: Content, after: Content) -> Beside:
    """Replace keywords and interests where they differ. What changed."""
    changed = {name: (_told(before[name]), _told(after[name])) for name in ("interest_ids", "keywords")}
    changed = {name: (old, new) for name, (old, new) in changed.items() if old != new}
    if changed:
        await forget(work, ad)
        aim(work, ad, after)
    return changed


async def copy(work: Work, drafts: Mapping[UUID, UUID]) -> None:
    """Give drafts the interests and keywords of the ads that they are copies of, by one statement each."""
    for table in (AdInterest, Keyword):
        # unscoped: of ads that were opened before
        rows = await work.session.execute(select(*table.__table__.c).where(any_of(table.ad_id, list(drafts))))
        anew = {"id": uuid7} if table is Keyword else {}
        made = [
            {**row, "ad_id": drafts[row["ad_id"]], **{name: make() for name, make in anew.items()}}
            for row in rows.mappings()
        ]
        if made:
            await work.session.execute(insert(table), made)


async def forget(work: Work, ad: Ad) -> None:
    """Delete the keywords and interests of a draft."""
    # unscoped: below an ad that was opened before
    await work.session.execute(delete(Keyword).where(Keyword.ad_id == ad.id))
    await work.session.execute(delete(AdInterest).where(AdInterest.ad_id == ad.id))  # unscoped: likewise


async def _image_problem(work: Work, account_id: UUID, image_id: UUID) -> Problem | None:
    """The image must be of the account, READY, and fit some placement (S81)."""
    image = await assets.image_in(work, account_id, image_id)
    if image is None:
        return NotFound(message="No such image.", path=("imageAssetId",))
    return image_problem(image.status, image.width, image.height, "imageAssetId")


async def _interests(work: Work, ad: Ad) -> list[UUID]:
    # unscoped: below an ad that was opened before
    return list(await work.session.scalars(select(AdInterest.interest_id).where(AdInterest.ad_id == ad.id)))


def _keyword(row: Keyword) -> targeting.Keyword:
    bid = None if row.bid_micros is None else Money(row.bid_micros, row.currency)
    return targeting.Keyword(row.text, row.match, bid)


def _told(values: Any) -> list[Any]:
    """Keywords or interests as history tells them."""
    if values and isinstance(values[0], targeting.Keyword):
        return [[line(each.text), each.match.value, each.bid and each.bid.micros] for each in values]
    return sorted({str(each) for each in values})
