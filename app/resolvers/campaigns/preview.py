"""What an ad would look like: its texts and its image, for every placement, submitted or not (S53)."""

from dataclasses import dataclass
from uuid import UUID

from app.db.reader import Reader
from app.db.tables.assets import Asset
from app.db.tables.campaigns import Ad
from app.db.tables.catalogue import Product
from app.db.tables.pages import BrandPage
from app.domain.access import Scope
from app.domain.assets import AssetStatus
from app.resolvers.campaigns.reads import ads


@dataclass(frozen=True)
class Seen:
    """What is drawn of an ad; an image has its size."""

    title: str
    headline: str
    product_url: str | None
    page_slug: str | None
    image_id: UUID | None
    width: int | None
    height: int | None


async def seen(reader: Reader, scope: Scope, id: UUID) -> Seen | None:
    """The ad as it stands now, of the accounts that the scope opens."""
    ready = (Asset.id == Ad.image_id) & (Asset.status == AssetStatus.READY)
    # unscoped: below an ad that the scope opens
    rows = ads(scope, [id]).outerjoin(Product, Product.id == Ad.product_id).outerjoin(Asset, ready)
    rows = rows.outerjoin(BrandPage, BrandPage.id == Ad.brand_page_id)
    shown = (Ad.title, Ad.headline, Product.detail_url, BrandPage.slug, Asset.id, Asset.width, Asset.height)
    found = await reader.rows(rows.with_only_columns(*shown))
    return Seen(*found[0]) if found else None
