"""Pages: create, change, upgrade, and their addresses and widgets."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import flag_modified
from uuid_utils.compat import uuid7

from app.db.scope import find, owner
from app.db.tables.accounts import Account, Brand
from app.db.tables.pages import BrandPage, PageGram, PageSlug, PageWidget
from app.db.work import Work, expect_version
from app.domain.accounts import active_problem
from app.domain.errors import Findings, Problem, Refusal
from app.domain.events import Event
from app.domain.moderation.pages import PageSubject
from app.domain.moderation.rules import Policy
from app.domain.pages import content as contents
from app.domain.pages import page as rules
from app.domain.pages import search, slugs
from app.domain.pages.content import Content
from app.domain.pages.widgets import WidgetKind
from app.resolvers.pages import content, widgets
from app.resolvers.pages.reads import FACTS


async def create(work: Work, policy: Policy, brand_id: UUID, kind: rules.PageKind, slug: str, title: str) -> BrandPage:
    """The Page of a brand, as a draft; a brand has one (S38, S39, S42, I5)."""
    account = await find(work, Account, await owner(work, Brand, brand_id, "brandId"), "brandId")
    brand = await find(work, Brand, brand_id, "brandId")
    found = Findings()
    found.add(active_problem(account.status, "brandId"), rules.existing_problem(has_page=await _has_page(work, brand)))
    found.add(await _slug_problem(work, policy, None, slug))
    contents.check(found, {"title": title}, kind)
    found.settle()
    new = contents.changed(Content(title), {})
    draft = await content.add(work, account.id, new)
    grams = search.grams(brand.name)
    page = BrandPage(account_id=account.id, brand_id=brand.id, kind=kind, slug=slug, draft_id=draft.id)
    page.name_key, page.grams, page.status, page.is_public = brand.name_key, len(grams), rules.PageStatus.DRAFT, False
    work.emit(Event.PAGE_CREATED, work.add(page), also=content.differences(Content(""), new))
    await work.session.flush()
    await _claim(work, page)
    await work.session.execute(insert(PageGram), [{"gram": each, "page_id": page.id} for each in sorted(grams)])
    kinds = [{"id": uuid7(), "page_id": page.id, "kind": each, "enabled": False} for each in WidgetKind]
    await work.session.execute(insert(PageWidget), kinds)
    return page


async def update(
    work: Work, policy: Policy, id: UUID, changes: Mapping[str, Any], slug: str | None, expected_version: int | None
) -> BrandPage:
    """Change what was given of the draft, which the public does not see; another address counts at once."""
    page = await find(work, BrandPage, id)
    expect_version(page, expected_version)
    account, before, found = await account_of(work, page), await content.of(work, page.draft_id), Findings()
    found.add(*rules.update_problems(await facts_of(work, page)))
    if slug is not None:
        found.add(await _slug_problem(work, policy, page, slug))
    contents.check(found, changes, page.kind)
    found.settle()
    after = contents.changed(before, changes)
    await content.check_references(work, found, account, after)
    found.settle()
    return await _change(work, page, before, after, slug)


async def _change(work: Work, page: BrandPage, before: Content, after: Content, slug: str | None) -> BrandPage:
    differences = content.differences(before, after)
    former, moved = page.slug, slug is not None and slug != page.slug
    if differences:
        await content.change(work, page.draft_id, after)
    if differences or moved:
        flag_modified(page, "updated_at")  # its version counts its draft too
        page.slug = slug if slug is not None and moved else page.slug
        work.emit(Event.PAGE_UPDATED, page, also=differences)
        await work.session.flush()
    if moved:
        await _claim(work, page, None if page.published_id else former)
    return page


async def upgrade(work: Work, id: UUID) -> BrandPage:
    """Make a BASIC Page an UPGRADED one, free of charge and for good (S43, S45)."""
    page = await find(work, BrandPage, id)
    _settle(rules.upgrade_problems(await facts_of(work, page)))
    page.kind = rules.KIND.advance(page.kind, rules.PageKind.UPGRADED, "id")
    work.emit(Event.PAGE_UPGRADED, page)
    return page


async def set_widget(work: Work, id: UUID, kind: WidgetKind, enabled: bool, expected_version: int | None) -> BrandPage:
    """Show an automated widget, or not; what it shows is computed at once, and again every hour (S44)."""
    page = await find(work, BrandPage, id)
    expect_version(page, expected_version)
    _settle(rules.widget_problems(await facts_of(work, page)))
    # unscoped: of the Page opened above
    rows = select(PageWidget).where(PageWidget.page_id == page.id, PageWidget.kind == kind)
    widget = (await work.session.scalars(rows)).one()
    if widget.enabled != enabled:
        flag_modified(page, "updated_at")
        work.emit(Event.PAGE_WIDGET_SET, page, also={kind.value.lower(): (widget.enabled, enabled)})
        widget.enabled = enabled
        await widgets.compute(work, page)
    return page


async def facts_of(work: Work, page: BrandPage) -> rules.PageFacts:
    """What the steps of a Page that was opened before hang on."""
    await work.session.flush()
    rows = await work.session.execute(select(*FACTS).where(BrandPage.id == page.id))  # unscoped: for that reason
    return rules.PageFacts(*rows.one())


async def account_of(work: Work, page: BrandPage) -> Account:
    return await work.session.get_one(Account, page.account_id)  # unscoped: of a Page that was opened before


async def hold(work: Work, page_id: Any) -> UUID | None:
    """Let nobody publish the Page or take it back until this transaction ends; before any campaign or ad is locked."""
    # unscoped: whose it is, is asked afterwards
    rows = select(BrandPage.id).where(BrandPage.id == page_id).with_for_update(read=True)
    return await work.session.scalar(rows)


async def page_in(work: Work, account_id: UUID, id: UUID) -> BrandPage | None:
    """A Page of the account."""
    # unscoped: of an account that was opened before
    return await work.session.scalar(select(BrandPage).where(BrandPage.id == id, BrandPage.account_id == account_id))


async def _has_page(work: Work, brand: Brand) -> bool:
    # unscoped: of a brand that was opened, and is locked
    return await work.session.scalar(select(BrandPage.id).where(BrandPage.brand_id == brand.id)) is not None


# ---- addresses


async def _slug_problem(work: Work, policy: Policy, page: BrandPage | None, slug: str) -> Problem | None:
    """Why a Page cannot have this address: its form, another Page's, too many before it, or the ad policy."""
    if problem := slugs.slug_problem(slug, "slug"):
        return problem
    if problem := policy.violation(policy.findings(PageSubject(slug=slug)), "slug"):
        return problem
    # unscoped: whose an address is, is told to nobody
    holder = await work.session.scalar(select(PageSlug.page_id).where(PageSlug.slug == slug))
    if page is None or page.published_id is None or holder is not None:
        return slugs.taken_problem("slug") if holder is not None and (page is None or holder != page.id) else None
    # unscoped: of the Page opened before
    all_ = await work.session.scalar(select(func.count()).select_from(PageSlug).where(PageSlug.page_id == page.id))
    return slugs.former_problem((all_ or 1) - 1, "slug")


async def _claim(work: Work, page: BrandPage, former: str | None = None) -> None:
    """Give the Page its address for good, and free the *former* one, which nobody has seen; two may want the same."""
    if former is not None:
        await work.session.execute(delete(PageSlug).where(PageSlug.slug == former))  # unscoped: of a Page opened before
    name = work.session.get_bind().dialect.name
    row = {"slug": page.slug, "page_id": page.id, "since": work.now}
    write = (postgresql if name == "postgresql" else sqlite).insert(PageSlug.__table__).values(row)  # type: ignore[arg-type]
    await work.session.execute(write.on_conflict_do_nothing())
    # unscoped: for the same reason
    holder = await work.session.scalar(select(PageSlug.page_id).where(PageSlug.slug == page.slug))
    if holder != page.id:
        raise Refusal(slugs.taken_problem("slug"))


def _settle(problems: list[Problem]) -> None:
    if problems:
        raise Refusal(*problems)
