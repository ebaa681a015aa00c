"""The check beforehand: what the rules find in an ad that may not even be a draft yet (S56)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.db.reader import Reader
from app.domain.access import Scope
from app.domain.campaigns.drafts import Landing
from app.domain.errors import NotFound, Refusal
from app.domain.findings import Finding
from app.domain.moderation.rules import Policy
from app.domain.ports import Pages
from app.resolvers import assets, catalogue
from app.resolvers.moderation import cases
from app.resolvers.pages.reads import pages as brand_pages


@dataclass(frozen=True)
class Sketch:
    """What is known of an ad before there is one."""

    title: str
    headline: str
    landing: Landing
    image_id: UUID | None
    keywords: Sequence[str]


@dataclass(frozen=True)
class Precheck:
    """What was found, and by how many rules."""

    findings: tuple[Finding, ...]
    checked: int


async def precheck(reader: Reader, scope: Scope, policy: Policy, pages: Pages | None, sketch: Sketch) -> Precheck:
    """What the rules find; *pages* are asked whether the landing answers, with no connection held meanwhile.

    Raises Refusal with NotFound for an image, a product or a Page that the caller cannot see.
    """
    product = await _landing(reader, scope, sketch.landing)
    images = await reader.rows(assets.assets(scope, ids=[sketch.image_id])) if sketch.image_id else [None]
    if not images:
        raise Refusal(NotFound(message="No such image.", path=("imageAssetId",)))
    found = policy.findings(cases.subject(sketch.title, sketch.headline, product, sketch.keywords, images[0]))
    address = product and product.detail_url
    if pages is None or not address:
        return Precheck(found, policy.checked(is_reached=False))
    fault = await pages.fault(address)
    return Precheck(found + policy.unreachable(fault), policy.checked(is_reached=True))


async def _landing(reader: Reader, scope: Scope, landing: Landing) -> Any:
    """The product that an ad shall lead to; None: a Page, which has had a review of its own."""
    if landing.page_id is not None:
        if not await reader.rows(brand_pages(scope, ids=[landing.page_id])):
            raise Refusal(NotFound(message="No such Page.", path=("landing", "brandPageId")))
        return None
    ids = [landing.product_id] if landing.product_id else []
    found = await reader.rows(catalogue.products_by_ids(scope, ids=ids))
    if not found:
        raise Refusal(NotFound(message="No such product.", path=("landing", "productId")))
    return found[0]
