"""Reports of events: read, counted, and answered item by item."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select

from app.db.engine import Database
from app.db.keys import Selection
from app.db.tables.campaigns import Ad
from app.db.tables.catalogue import Product
from app.db.tables.pages import BrandPage
from app.db.work import Work
from app.domain.delivery.reports import Batch, Refused, Rejection, Report, rejected, size_problem
from app.domain.delivery.token import Seals
from app.domain.errors import Refusal
from app.resolvers.delivery.counting import Fate, Terms, count

REASONS = {Fate.TOO_OLD: (Rejection.TOO_OLD, "at"), Fate.UNKNOWN_BID: (Rejection.UNKNOWN_BID, "resolvedBidId")}


@dataclass(frozen=True)
class Outcome:
    """How many events were new, how many had been counted before, and which were not taken."""

    accepted: int
    duplicates: int
    refused: Sequence[Refused]


async def report(work: Work, reports: Sequence[Report], seals: Seals, terms: Terms) -> Outcome:
    """Count a report; each item is refused by itself, and keeps no other from being counted."""
    problem = size_problem(len(reports), "events")
    if problem:
        raise Refusal(problem)
    batch = Batch.of(reports, seals, work.now)
    return outcome(batch, await count(work, batch.events, terms))


def outcome(batch: Batch, fates: Sequence[Fate]) -> Outcome:
    """What became of a batch whose events were counted."""
    for place, fate in zip(batch.places, fates, strict=True):
        if fate in REASONS:
            batch.refuse(place, rejected(*REASONS[fate]))
    refused = sorted(batch.refused, key=lambda each: each.place)
    return Outcome(fates.count(Fate.COUNTED), fates.count(Fate.DUPLICATE), refused)


async def landing(database: Database, ad_id: UUID, address: str) -> str | None:
    """Where an ad leads, whatever its status: to its product, or to its Page, which stands below the *address*.

    None where there is no such ad.
    """
    product, slug = await database.prepared(_landing).columns(database.reads, {"ad": ad_id})
    if not product:
        return None
    return product[0] or f"{address}/p/{slug[0]}"


def _landing() -> Selection:
    # unscoped: of an ad that was served to a shopper
    rows = select(Product.detail_url, BrandPage.slug).select_from(Ad)
    rows = rows.outerjoin(Product, Product.id == Ad.product_id).outerjoin(BrandPage, BrandPage.id == Ad.brand_page_id)
    return rows.where(Ad.id == bindparam("ad"))  # unscoped: likewise
