"""Computes what automated widgets show, from the catalogue's own signals (S44); the formula is in domain/pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from app.db.keys import any_of
from app.db.tables.accounts import Account, Brand
from app.db.tables.catalogue import Product
from app.db.tables.metrics import MetricHour
from app.db.tables.pages import BrandPage, PageProduct, PageSection, PageWidget, SectionProduct, WidgetProduct
from app.db.work import Work
from app.domain.pages import widgets as rules
from app.domain.pages.widgets import Candidate, WidgetKind

MOST_CANDIDATES = 1_000  # of a brand: those with the strongest signals, then the newest
MOST_PAGES = 100  # in one go
FIRST = 12
"""Best sellers that are not recommended as well: those that are shown without being asked for more."""


async def keep(work: Work) -> int:
    """Compute the widgets that are due, the longest due first; of how many Pages they were."""
    late = or_(PageWidget.computed_at.is_(None), PageWidget.computed_at <= work.now - rules.EVERY)
    # unscoped: a job of the clock, for every account
    due = select(PageWidget.page_id).where(PageWidget.enabled, late).group_by(PageWidget.page_id)
    first = due.order_by(func.min(PageWidget.computed_at).nulls_first(), PageWidget.page_id).limit(MOST_PAGES)
    ids = list(await work.session.scalars(first))
    # unscoped: for the same reason
    rows = select(BrandPage).where(any_of(BrandPage.id, ids)).order_by(BrandPage.id).with_for_update(key_share=True)
    pages = (await work.session.scalars(rows)).all()
    for page in pages:
        await compute(work, page)
    return len(pages)


async def compute(work: Work, page: BrandPage) -> None:
    """Write the products of a Page's enabled widgets, and none of the others; the Page is locked."""
    await work.session.flush()
    # unscoped: of a Page that was opened before
    rows = select(PageWidget.kind, PageWidget.id, PageWidget.enabled).where(PageWidget.page_id == page.id)
    widgets = {kind: (id, enabled) for kind, id, enabled in await work.session.execute(rows)}
    ids = [id for id, _ in widgets.values()]
    await work.session.execute(delete(WidgetProduct).where(any_of(WidgetProduct.widget_id, ids)))  # unscoped: likewise
    shown = [
        {"widget_id": id, "product_id": product, "place": place}
        for kind, products in (await _products(work, page)).items()
        for id, enabled in [widgets[kind]]
        for place, product in enumerate(products if enabled else ())
    ]
    if shown:
        await work.session.execute(insert(WidgetProduct), shown)
    # unscoped: for the same reason
    await work.session.execute(update(PageWidget).where(any_of(PageWidget.id, ids)).values(computed_at=work.now))


async def _products(work: Work, page: BrandPage) -> dict[WidgetKind, list[UUID]]:
    candidates, shown = await _candidates(work, page), await _shown(work, page)
    best = rules.best_sellers(candidates)
    known = {name for _, category in shown for name in category}
    others = rules.recommendations(candidates, {id for id, _ in shown}, known, best[:FIRST])
    return {WidgetKind.BEST_SELLERS: best, WidgetKind.RECOMMENDATIONS: others}


async def _candidates(work: Work, page: BrandPage) -> list[Candidate]:
    """The brand's products that are in stock, with their weighed signals in the window."""
    # unscoped: the account and the brand of a Page that was opened before
    account = await work.session.get_one(Account, page.account_id)
    brand = await work.session.get_one(Brand, page.brand_id)  # unscoped: likewise
    signals = _signals(account.vendor_code, work)
    score = func.coalesce(signals.c.score, 0)
    rows = select(Product.id, score, Product.category, Product.released)
    rows = rows.outerjoin_from(Product, signals, signals.c.product_id == Product.id)
    mine = (Product.vendor_code == account.vendor_code) & (Product.brand_key == brand.name_key)
    rows = rows.where(mine, Product.in_stock)
    rows = rows.order_by(score.desc(), Product.released.desc().nulls_last(), Product.id).limit(MOST_CANDIDATES)
    found = await work.session.execute(rows)
    return [Candidate(id, int(score), tuple(category), released) for id, score, category, released in found]


def _signals(vendor_code: str, work: Work) -> Any:
    """The sum of signal times weight of each product of a vendor, whichever of the vendor's accounts advertised it."""
    columns = MetricHour.__table__.c
    parts: list[ColumnElement[int]] = [columns[name] * weight for name, weight in rules.WEIGHTS.items()]
    total = sum(parts[1:], parts[0])
    # unscoped: figures of a vendor's products, which leave this only as an order of products
    accounts = select(Account.id).where(Account.vendor_code == vendor_code)
    since = (work.now - rules.WINDOW).date()
    rows = select(MetricHour.product_id, func.sum(total).label("score"))  # unscoped: likewise
    rows = rows.where(MetricHour.account_id.in_(accounts), MetricHour.day >= since, MetricHour.product_id.is_not(None))
    return rows.group_by(MetricHour.product_id).subquery("signals")


async def _shown(work: Work, page: BrandPage) -> Sequence[Any]:
    """The products that the public sees on the Page, or its draft would show, with their categories."""
    id = page.published_id or page.draft_id
    # unscoped: of a Page that was opened before
    below = select(PageProduct.product_id).where(PageProduct.content_id == id)
    sections = select(SectionProduct.product_id).join_from(SectionProduct, PageSection)  # unscoped: likewise
    sections = sections.where(PageSection.content_id == id)
    rows = select(Product.id, Product.category).where(or_(Product.id.in_(below), Product.id.in_(sections)))
    return (await work.session.execute(rows)).all()
