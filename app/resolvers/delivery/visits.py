"""Visits of product pages: which of the shopper's clicks and views each is owed to, once (S51)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db import bulk
from app.db.keys import any_of
from app.db.tables.campaigns import Ad
from app.db.tables.catalogue import Product
from app.db.tables.metrics import AdEvent as EventRow
from app.db.tables.metrics import DetailPageView
from app.db.work import Work
from app.domain.delivery import attribution as rules
from app.domain.delivery.attribution import After, Touch, Windows
from app.domain.delivery.events import EventKind, Visit
from app.domain.delivery.traffic import CLOCKS_APART
from app.domain.metrics import Hour, hour_of
from app.resolvers.delivery.owners import Owner, owners
from app.resolvers.delivery.rollups import Additions

HOUR = timedelta(hours=1)
AFTER = {EventKind.CLICK: After.CLICK, EventKind.IMPRESSION: After.VIEW}
Touches = Mapping[tuple[int, UUID], Sequence[Touch]]
"""What each shopper saw and clicked of the ads that lead to each product."""


@dataclass(frozen=True)
class Owed:
    """A visit, the product it was of, and the touch that it is owed to."""

    visit: Visit
    product_id: UUID
    touch: Touch


async def count(work: Work, visits: Sequence[Visit], windows: Windows, additions: Additions) -> dict[UUID, Owner]:
    """Count visits that are owed to an ad, each in the hour in which it was made; others are none of ours.

    The owners of these ads.
    """
    products = await _products(work, {visit.sku for visit in visits})
    touches = await _touches(work, visits, [id for ids in products.values() for id in ids], windows)
    found = [owed for visit in visits if (owed := _owed(visit, products.get(visit.sku, ()), touches, windows))]
    found = await _without_refreshed(work, found, windows)
    known = await owners(work, {owed.touch.ad_id for owed in found})
    rows = []
    for owed in found:
        owner = known[owed.touch.ad_id]
        hour = hour_of(owed.visit.at, owner.zone)
        rows.append(_row(owed, owner.account_id, hour, windows))
        additions.visit(owed.touch, hour)
    await bulk.insert(work.session, DetailPageView, rows)
    return known


def _owed(visit: Visit, products: Collection[UUID], touches: Touches, windows: Windows) -> Owed | None:
    """A sku may be a product of several vendors: the visit is owed to one ad among all that lead to them."""
    among = {touch: id for id in products for touch in touches.get((visit.shopper, id), ())}
    touch = rules.owed_to(among, visit.at, windows)
    return Owed(visit, among[touch], touch) if touch else None


async def _products(work: Work, skus: Collection[str]) -> Mapping[str, Sequence[UUID]]:
    rows = await work.session.execute(select(Product.sku, Product.id).where(any_of(Product.sku, skus)))
    found: defaultdict[str, list[UUID]] = defaultdict(list)
    for sku, id in rows:
        found[sku].append(id)
    return found


async def _touches(work: Work, visits: Sequence[Visit], products: Collection[UUID], windows: Windows) -> Touches:
    """The valid clicks and views of these shoppers, of ads for these products."""
    if not products:
        return {}
    first = min(visit.at for visit in visits) - windows.longest
    last = max(visit.at for visit in visits) + CLOCKS_APART
    shown = (EventRow.at, EventRow.auction_id, EventRow.slot, EventRow.ad_id)
    where = (EventRow.placement, EventRow.position, EventRow.target)
    # unscoped: of the shoppers, whosever ads they saw
    rows = select(EventRow.shopper, Ad.product_id, EventRow.kind, *shown, *where).join(Ad, Ad.id == EventRow.ad_id)
    rows = rows.where(any_of(EventRow.shopper, {visit.shopper for visit in visits}), EventRow.at.between(first, last))
    rows = rows.where(EventRow.starts_at.between(first - HOUR, last), EventRow.invalid.is_(None))
    found: defaultdict[tuple[int, UUID], list[Touch]] = defaultdict(list)
    for row in await work.session.execute(rows.where(any_of(Ad.product_id, products))):
        touch = Touch(
            AFTER[row.kind], row.at, row.auction_id, row.slot, row.ad_id, row.placement, row.position, row.target
        )
        found[row.shopper, row.product_id].append(touch)
    return found


async def _without_refreshed(work: Work, found: Sequence[Owed], windows: Windows) -> list[Owed]:
    """Those that are not the same visit again, neither of an earlier one nor of each other."""
    counted = await _counted(work, found, windows)
    kept = []
    for owed in sorted(found, key=lambda owed: (owed.visit.at, owed.visit.event_id)):
        others = counted[owed.visit.shopper, owed.product_id]
        if not rules.is_refresh(owed.visit.at, others, windows):
            kept.append(owed)
            others.append(owed.visit.at)
    return kept


async def _counted(work: Work, found: Sequence[Owed], windows: Windows) -> defaultdict[Any, list[datetime]]:
    counted: defaultdict[Any, list[datetime]] = defaultdict(list)
    if not found:
        return counted
    moments = [owed.visit.at for owed in found]
    around = (min(moments) - windows.refresh, max(moments) + windows.refresh)
    # unscoped: of the shoppers, whosever ads they saw
    rows = select(DetailPageView.shopper, DetailPageView.product_id, DetailPageView.at)
    rows = rows.where(any_of(DetailPageView.shopper, {owed.visit.shopper for owed in found}))
    rows = rows.where(any_of(DetailPageView.product_id, {owed.product_id for owed in found}))
    for shopper, product, at in await work.session.execute(rows.where(DetailPageView.at.between(*around))):
        counted[shopper, product].append(at)
    return counted


def _row(owed: Owed, account_id: UUID, hour: Hour, windows: Windows) -> list[Any]:
    touch, visit = owed.touch, owed.visit
    values = {
        **hour._asdict(),
        "id": visit.key[0],
        "account_id": account_id,
        "ad_id": touch.ad_id,
        "product_id": owed.product_id,
        "shopper": visit.shopper,
        "at": visit.at,
        "placement": touch.placement,
        "position": touch.position,
        "target": touch.target,
        "after": touch.after,
        "touched_at": touch.at,
        "rule": str(windows),
    }
    return [values[column.name] for column in DetailPageView.__table__.c]
