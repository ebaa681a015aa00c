"""What owners of Pages do in tests: the documents, and the steps to a Page in each state."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables.pages import BrandPage, PageContent, PageGram, PageSection, PageSlug, PageWidget
from app.domain.pages import search
from app.domain.pages.content import PageTemplate, SectionKind
from app.domain.pages.page import PageKind, PageStatus
from app.domain.pages.widgets import WidgetKind
from app.wiring import Installation
from tests.conftest import Api
from tests.moderating import ERRORS, claim, decide
from tests.people import EDITOR, MODERATOR, NORTH_BRAND, NOW, TENT, Person, gid, uid

CONTENT = """title tagline template logo { id url } hero { id } products { sku }
  sections { kind heading text image { id } products { sku } }"""
PERMITTED = " ".join(
    f"{name} {{ allowed denials {{ code gate required }} }}"
    for name in ("update", "setWidget", "upgrade", "publish", "unpublish", "appeal")
)
PAGE = f"""id kind status public slug url searchable hasUnpublishedChanges publishedAt version
  price {{ micros currency }}
  statusReasons {{ code message remedyMutation }} published {{ {CONTENT} }} draft {{ {CONTENT} }}
  widgets {{ kind enabled products {{ sku }} }} moderation {{ id status }} permissions {{ {PERMITTED} }}"""
SEEN = (
    f"id kind status public slug url searchable published {{ {CONTENT} }} widgets {{ kind enabled products {{ sku }} }}"
)
NAMES = ("Create", "Update", "SetWidget", "Upgrade", "Publish", "Unpublish", "Appeal")
WISHES = {
    name: f"""mutation ($input: BrandPage{name}Input!) {{ it: brandPage{name}(input: $input) {{
  page {{ {PAGE} }} seq {ERRORS} }} }}"""
    for name in NAMES
}
BY_ID = f"query ($id: ID!) {{ node(id: $id) {{ ... on BrandPage {{ {PAGE} }} }} }}"
BY_SLUG = f"query ($slug: String!) {{ brandPage(slug: $slug) {{ {SEEN} }} }}"
NORTH_PAGE = gid("BrandPage", "north-page")
TEXT = {"kind": "TEXT", "heading": "Why we walk", "text": "Far from roads."}
TABLES = ("brand_page", "page_content", "page_section", "page_product", "section_product", "page_slug", "page_widget")
TABLES += ("widget_product", "moderation_case", "case_finding", "change", "email_message", "ad", "campaign")


def wish(api: Api, name: str, who: Person | str | None = EDITOR, **sent: Any) -> dict[str, Any]:
    return api(WISHES[name], as_=who, input=sent).data["it"]


def create(api: Api, who: Person = EDITOR, **more: Any) -> dict[str, Any]:
    sent = {"brandId": NORTH_BRAND, "kind": "UPGRADED", "slug": "northpeak", "title": "Northpeak", **more}
    return wish(api, "Create", who, **sent)


def drafted(api: Api, kind: str = "UPGRADED", **changes: Any) -> str:
    """The id of a Page with something on it, as a draft."""
    id = create(api, kind=kind)["page"]["id"]
    shown = {"tagline": "For long trails", "sections": [TEXT], "productIds": [TENT], **changes}
    assert wish(api, "Update", id=id, **shown)["userErrors"] == []
    return id


def handed_in(api: Api, id: str) -> str:
    """The id of the case of what a Page hands in."""
    published = wish(api, "Publish", id=id)
    assert published["userErrors"] == []
    return published["page"]["moderation"]["id"]


def decided(api: Api, id: str, decision: str = "APPROVE", who: Person = MODERATOR) -> str:
    """The id of the case in which what a Page hands in was decided."""
    case = handed_in(api, id)
    claim(api, case, who)
    findings = [] if decision == "APPROVE" else [{**FOUND}]
    assert decide(api, case, decision, who, findings=findings)["userErrors"] == []
    return case


FOUND = {
    "kind": "CLAIM",
    "ruleId": "CLAIM-1",
    "field": "tagline",
    "evidence": "long",
    "explanation": "Nobody can check it.",
    "fix": "Leave it out.",
}


def published(api: Api, kind: str = "UPGRADED", **changes: Any) -> str:
    """The id of a Page that is public."""
    id = drafted(api, kind, **changes)
    decided(api, id)
    return id


def rejected(api: Api) -> str:
    """The id of a Page that was not approved."""
    id = drafted(api)
    decided(api, id, "REJECT")
    return id


def rows(brand: str, account: str = "north", name: str | None = None) -> list[list[Any]]:
    """The rows of a public UPGRADED Page of a brand of the world, layer by layer; its key is BRAND-page."""
    grams, content = search.grams(name or brand), uid(f"{brand}-content")
    facts = {"account_id": uid(account), "created_at": NOW}
    shown = {"draft_id": content, "published_id": content, "published_at": NOW, "updated_at": NOW, "version": 1}
    page = BrandPage(id=uid(f"{brand}-page"), brand_id=uid(brand), slug=f"{brand}-page", **facts, **shown)
    page.kind, page.status, page.is_public = PageKind.UPGRADED, PageStatus.PUBLISHED, True
    page.name_key, page.grams = (name or brand).lower(), len(grams)
    plain = PageContent(id=content, title=name or brand, template=PageTemplate.STANDARD, digest="x", **facts)
    section = PageSection(content_id=content, place=0, kind=SectionKind.TEXT, text="Words")
    below = [PageGram(gram=each, page_id=page.id) for each in grams]
    widgets = [PageWidget(page_id=page.id, kind=kind, enabled=False) for kind in WidgetKind]
    return [[plain], [page, section], [PageSlug(slug=page.slug, page_id=page.id, since=NOW), *below, *widgets]]


async def add_page(installation: Installation) -> None:
    """A Page of NORTH_BRAND, for a module that fills its world."""
    async with AsyncSession(installation.database.writer) as session, session.begin():
        for layer in rows("north"):
            session.add_all(layer)
            await session.flush()


def page(api: Api, id: str, who: Person | str | None = EDITOR) -> Any:
    return api(BY_ID, as_=who, id=id).data["node"]


def seen(api: Api, slug: str = "northpeak") -> Any:
    """What everybody sees at an address."""
    return api(BY_SLUG, slug=slug).data["brandPage"]


def world(api: Api) -> list[Any]:
    """Everything that a step of a Page would change."""
    return api.kept(*TABLES)
