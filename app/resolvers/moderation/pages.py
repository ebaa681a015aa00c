"""Pages on their way to the public: published after a review, taken back, appealed (S38, S56, S57)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from app.db.keys import any_of
from app.db.scope import find, missing
from app.db.tables.accounts import Brand
from app.db.tables.assets import Asset
from app.db.tables.catalogue import Product
from app.db.tables.moderation import ModerationCase
from app.db.tables.pages import BrandPage
from app.db.work import Work, expect_version
from app.domain.errors import Findings
from app.domain.events import Event
from app.domain.findings import Finding
from app.domain.moderation import cases as moderation
from app.domain.moderation.pages import PageSubject, PageText
from app.domain.moderation.rules import Image, Policy
from app.domain.notices import EmailKind
from app.domain.pages import page as rules
from app.domain.pages.content import Content, empty_problem
from app.domain.pages.page import PageStatus
from app.domain.policy import BusinessCalendar
from app.resolvers import notices
from app.resolvers.moderation import cases
from app.resolvers.pages import content as contents
from app.resolvers.pages import page as pages


async def publish(
    work: Work, policy: Policy, calendar: BusinessCalendar, id: UUID, expected_version: int | None
) -> BrandPage:
    """Hand a snapshot of the draft in for review; what is public stays until it is approved (S38, S56).

    What was approved before, to the letter, goes public at once.
    """
    page = await find(work, BrandPage, id)
    expect_version(page, expected_version)
    facts, draft = await pages.facts_of(work, page), await contents.of(work, page.draft_id)
    findings, found = policy.findings(await _subject(work, page, draft)), Findings()
    found.add(*rules.publish_problems(facts), empty_problem(draft), policy.violation(findings, "id"))
    found.settle()
    await _withdraw(work, page, "A newer draft was published")
    if facts.is_approved:
        page.status = rules.PAGE.advance(page.status, PageStatus.PUBLISHED, "id")
        page.is_public, page.published_at = True, work.now
        work.emit(Event.PAGE_PUBLISHED, page)
        return page
    snapshot = await contents.add(work, page.account_id, draft)
    page.status = rules.PAGE.advance(page.status, PageStatus.IN_MODERATION, "id")
    page.submitted_id = snapshot.id
    work.emit(Event.PAGE_SUBMITTED, page)
    subject = {"account_id": page.account_id, "brand_page_id": page.id, "content_id": snapshot.id}
    await cases.queue(work, policy, calendar, findings, **subject)
    return page


async def unpublish(work: Work, id: UUID) -> BrandPage:
    """Take a Page from the public at once, and out of its review; its draft stays."""
    page = await find(work, BrandPage, id)
    facts, found = await pages.facts_of(work, page), Findings()
    found.add(*rules.unpublish_problems(facts))
    found.settle()
    await _withdraw(work, page, "The Page was taken back")
    page.status = rules.PAGE.advance(page.status, rules.unpublished_as(facts), "id")
    page.is_public = False
    work.emit(Event.PAGE_UNPUBLISHED, page)
    return page


async def appeal(work: Work, calendar: BusinessCalendar, id: UUID, message: str) -> tuple[BrandPage, ModerationCase]:
    """Ask for a second look at a rejection, once (S56)."""
    page = await find(work, BrandPage, id)
    found = Findings()
    found.add(*rules.appeal_problems(await pages.facts_of(work, page)))
    moderation.check_text(found, message, "message", name="The message", most=moderation.MOST_MESSAGE)
    found.settle()
    case = await case_of(work, page)
    if case is None:
        raise missing(ModerationCase)
    await cases.appeal(work, calendar, case, message)
    work.emit(Event.PAGE_APPEALED, page, message.strip(), due_at=case.due_at.isoformat())
    return page, case


async def settle(
    work: Work, page: BrandPage, case: ModerationCase, decision: moderation.Decision, findings: Sequence[Finding]
) -> None:
    """What a decision makes of a Page: its snapshot goes public in the place of the earlier one, or does not."""
    is_approved = decision is moderation.Decision.APPROVE
    to = PageStatus.PUBLISHED if is_approved else PageStatus.REJECTED
    if page.status is not to:  # an appeal may end as the first look did
        page.status = rules.PAGE.advance(page.status, to, "id")
    if is_approved:
        page.published_id, page.published_at, page.is_public = case.content_id, work.now, True
    also = {"findings": (None, cases.told(findings))} if findings else None
    work.emit(Event.PAGE_APPROVED if is_approved else Event.PAGE_REJECTED, page, also=also)
    await _tell(work, page, case, moderation.OUTCOMES[decision], findings)


async def _tell(
    work: Work, page: BrandPage, case: ModerationCase, outcome: moderation.Outcome, findings: Sequence[Finding]
) -> None:
    """A letter to who handed the Page in and to the account's ADMINs (S24, S56)."""
    brand = await work.session.get_one(Brand, page.brand_id)  # unscoped: of a Page that was opened before
    await notices.owe_admins(
        work,
        EmailKind.MODERATION_RESULT,
        page.account_id,
        also=case.submitted_by,
        page=brand.name,
        outcome=outcome.value,
        appealed=case.appealed_at is not None,
        reason="",
        findings=cases.told(findings),
    )


async def _withdraw(work: Work, page: BrandPage, reason: str) -> None:
    """End the review that is open, if one is: what it is about is not wanted any more."""
    case = await case_of(work, page)
    if case is not None and case.status in moderation.OPEN:
        cases.withdraw(work, case, reason)


async def case_of(work: Work, page: BrandPage) -> ModerationCase | None:
    """The case of what was handed in last, locked after the Page."""
    # unscoped: of a Page that was opened before
    rows = select(ModerationCase).where(ModerationCase.content_id == page.submitted_id)
    return await work.session.scalar(rows.with_for_update(key_share=True))


# ---- what the policy looks at


async def _subject(work: Work, page: BrandPage, draft: Content) -> PageSubject:
    says = [PageText("tagline", draft.tagline)]
    for place, section in enumerate(draft.sections):
        says += [PageText(f"sections.{place}.{name}", getattr(section, name)) for name in ("heading", "text")]
    names = await _names(work, list(draft.products.values()))
    products = [PageText(_field(path), names.get(id)) for path, id in draft.products.items()]
    return PageSubject(draft.title, page.slug, says, products, await _pictures(work, draft))


async def _names(work: Work, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """What products are called, with their brands."""
    rows = select(Product.id, Product.brand_name, Product.title).where(any_of(Product.id, ids))
    found = await work.session.execute(rows)
    return {id: f"{brand or ''} {title}".strip() for id, brand, title in found}


async def _pictures(work: Work, draft: Content) -> list[tuple[str, Image]]:
    """The images but the logo, which may be as small as one likes."""
    wanted = {path: id for path, id in draft.images.items() if path != ("logoAssetId",)}
    rows = select(Asset).where(any_of(Asset.id, list(wanted.values())))  # unscoped: of a draft that was checked
    found = {asset.id: cases.pictured(asset) for asset in await work.session.scalars(rows)}
    known = [(_field(path), found.get(id)) for path, id in wanted.items()]
    return [(name, image) for name, image in known if image is not None]


_NAMES = {"logoAssetId": "logo", "heroAssetId": "hero", "imageAssetId": "image", "productIds": "products"}


def _field(path: Sequence[str]) -> str:
    """What findings call a place of the input."""
    return ".".join(_NAMES.get(each, each) for each in path)
