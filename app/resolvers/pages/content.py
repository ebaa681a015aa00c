"""The content of a Page: checked as a whole, written while it is a draft, copied into snapshots that never change."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from uuid_utils.compat import uuid7

from app.db.ids import global_id
from app.db.keys import any_of
from app.db.tables.accounts import Account
from app.db.tables.assets import Asset
from app.db.tables.catalogue import Product
from app.db.tables.pages import PageContent, PageProduct, PageSection, SectionProduct
from app.db.work import Work
from app.domain.assets import AssetStatus, image_problem
from app.domain.errors import Findings, NotFound
from app.domain.pages.content import Content, Section

FIELDS = ("title", "tagline", "template", "logo_id", "hero_id")
"""The columns of a content; sections and products have tables of their own."""


async def check_references(work: Work, found: Findings, account: Account, content: Content) -> None:
    """Collect which of the images and products are not there: READY images and the vendor's products (S40, S41)."""
    images = await _images(work, account.id, content)
    for path, id in content.images.items():
        asset = images.get(id)
        if asset is None:
            found.add(NotFound(message="No such image.", path=path))
        elif path == ("logoAssetId",):  # which may be smaller than what ads take
            found.add(_unready_problem(asset, *path))
        else:
            found.add(image_problem(asset.status, asset.width, asset.height, *path))
    known = await _products(work, account.vendor_code, list(content.products.values()))
    missing = [path for path, id in content.products.items() if id not in known]
    found.add(*(NotFound(message="No such product.", path=path) for path in missing))


def _unready_problem(asset: Asset, *path: str) -> Any:
    return None if asset.status is AssetStatus.READY else image_problem(asset.status, None, None, *path)


async def _images(work: Work, account_id: UUID, content: Content) -> Mapping[UUID, Asset]:
    wanted = list(content.images.values())
    # unscoped: of an account that was opened before
    rows = select(Asset).where(Asset.account_id == account_id, any_of(Asset.id, wanted))
    return {asset.id: asset for asset in await work.session.scalars(rows)} if wanted else {}


async def _products(work: Work, vendor_code: str, wanted: Sequence[UUID]) -> set[UUID]:
    rows = select(Product.id).where(Product.vendor_code == vendor_code, any_of(Product.id, wanted))
    return set(await work.session.scalars(rows)) if wanted else set()


async def of(work: Work, id: UUID) -> Content:
    """The content of a row of it."""
    row = await work.session.get_one(PageContent, id)  # unscoped: of a Page that was opened before
    # unscoped: for the same reason
    products = select(PageProduct.product_id).where(PageProduct.content_id == id).order_by(PageProduct.place)
    shown = tuple(await work.session.scalars(products))
    plain = {name: getattr(row, name) for name in FIELDS}
    return Content(**plain, sections=tuple(await _sections(work, id)), product_ids=shown)


async def _sections(work: Work, id: UUID) -> Sequence[Section]:
    # unscoped: for the same reason
    rows = select(PageSection).where(PageSection.content_id == id).order_by(PageSection.place)
    sections = (await work.session.scalars(rows)).all()
    # unscoped: for the same reason
    shown = select(SectionProduct).where(any_of(SectionProduct.section_id, [each.id for each in sections]))
    products: dict[UUID, list[UUID]] = {each.id: [] for each in sections}
    for each in await work.session.scalars(shown.order_by(SectionProduct.place)):
        products[each.section_id].append(each.product_id)
    return [Section(each.kind, each.heading, each.text, each.image_id, tuple(products[each.id])) for each in sections]


async def add(work: Work, account_id: UUID, content: Content) -> PageContent:
    """A row of a content that was checked, with all that is below it."""
    row = PageContent(account_id=account_id, created_at=work.now)
    _write(row, content)
    work.add(row)
    await work.session.flush()
    await _write_below(work, row.id, content)
    return row


async def change(work: Work, id: UUID, content: Content) -> None:
    """Make a draft what it is to be."""
    row = await work.session.get_one(PageContent, id)  # unscoped: of a Page that was opened before
    _write(row, content)
    await _forget_below(work, id)
    await _write_below(work, id, content)


def _write(row: PageContent, content: Content) -> None:
    for name in FIELDS:
        setattr(row, name, getattr(content, name))
    row.digest = content.digest


async def _write_below(work: Work, id: UUID, content: Content) -> None:
    sections = [
        {"id": uuid7(), "content_id": id, "place": n, "section": each} for n, each in enumerate(content.sections)
    ]
    shown = [
        {"section_id": row["id"], "product_id": product, "place": place}
        for row in sections
        for place, product in enumerate(row["section"].product_ids)
    ]
    products = [{"content_id": id, "product_id": each, "place": n} for n, each in enumerate(content.product_ids)]
    rows = [{**row, **_columns(row.pop("section"))} for row in sections]
    for table, values in ((PageSection, rows), (SectionProduct, shown), (PageProduct, products)):
        if values:
            await work.session.execute(insert(table), values)


def _columns(section: Section) -> dict[str, Any]:
    return {name: getattr(section, name) for name in ("kind", "heading", "text", "image_id")}


async def _forget_below(work: Work, id: UUID) -> None:
    mine = select(PageSection.id).where(PageSection.content_id == id)  # unscoped: of a Page that was opened before
    await work.session.execute(delete(SectionProduct).where(SectionProduct.section_id.in_(mine)))  # unscoped: likewise
    await work.session.execute(delete(PageSection).where(PageSection.content_id == id))  # unscoped: likewise
    await work.session.execute(delete(PageProduct).where(PageProduct.content_id == id))  # unscoped: likewise


def differences(before: Content, after: Content) -> dict[str, tuple[Any, Any]]:
    """What changed of a content, as history tells it."""
    old, new = _told(before), _told(after)
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def _told(content: Content) -> dict[str, Any]:
    plain = {name: getattr(content, name) for name in FIELDS}
    return {
        **plain,
        "sections": [_told_section(each) for each in content.sections],
        "products": [global_id("Product", id) for id in content.product_ids],
    }


def _told_section(section: Section) -> dict[str, Any]:
    return {
        "kind": section.kind.value,
        "heading": section.heading,
        "text": section.text,
        "image": section.image_id and global_id("Asset", section.image_id),
        "products": [global_id("Product", id) for id in section.product_ids],
    }
