"""What a Page shows: title, tagline, images, sections and products in the owner's order, with bounds (S40, S41)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from hashlib import sha256
from json import dumps
from typing import Any
from uuid import UUID

from app.domain.errors import Findings, InvalidInput, LimitExceeded, Problem
from app.domain.pages.page import PageKind, upgraded_problem
from app.domain.text import line, line_problem, paragraphs, text_problem

MOST_TITLE, MOST_TAGLINE, MOST_HEADING, MOST_TEXT, MOST_CAPTION = 80, 160, 100, 5000, 300
MOST_SECTIONS, MOST_PRODUCTS, MOST_IN_SECTION = 20, 100, 50


class PageTemplate(Enum):
    """How the products stand; all but STANDARD take an UPGRADED Page (S44, I6)."""

    STANDARD = "STANDARD"
    PRODUCTS_GRID = "PRODUCTS_GRID"
    PRODUCTS_SPOTLIGHT = "PRODUCTS_SPOTLIGHT"


class SectionKind(Enum):
    TEXT = "TEXT"
    IMAGE = "IMAGE"
    PRODUCTS = "PRODUCTS"


@dataclass(frozen=True)
class Section:
    """A part of a Page; the text of an IMAGE says what it shows."""

    kind: SectionKind
    heading: str | None = None
    text: str | None = None
    image_id: UUID | None = None
    product_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Content:
    """All that a Page shows but its widgets."""

    title: str
    tagline: str | None = None
    template: PageTemplate = PageTemplate.STANDARD
    logo_id: UUID | None = None
    hero_id: UUID | None = None
    sections: tuple[Section, ...] = ()
    product_ids: tuple[UUID, ...] = ()

    @property
    def digest(self) -> str:
        """The same for the same content, whoever entered it and when."""
        return sha256(dumps(asdict(self), default=_said, sort_keys=True).encode()).hexdigest()

    @property
    def images(self) -> Mapping[tuple[str, ...], UUID]:
        """The assets that it names, by their place in the input."""
        found = {("logoAssetId",): self.logo_id, ("heroAssetId",): self.hero_id}
        found |= {("sections", str(place), "imageAssetId"): each.image_id for place, each in enumerate(self.sections)}
        return {path: id for path, id in found.items() if id is not None}

    @property
    def products(self) -> Mapping[tuple[str, ...], UUID]:
        """The products that it names, by their place in the input."""
        found = {("productIds", str(place)): id for place, id in enumerate(self.product_ids)}
        for at, section in enumerate(self.sections):
            found |= {("sections", str(at), "productIds", str(n)): id for n, id in enumerate(section.product_ids)}
        return found


def changed(content: Content, changes: Mapping[str, Any]) -> Content:
    """The content with what the caller gave, as it is kept; it must have been checked."""
    new = replace(content, **changes)
    sections = tuple(
        replace(
            each,
            heading=line(each.heading) if each.heading else None,
            text=paragraphs(each.text) if each.text else None,
        )
        for each in new.sections
    )
    return replace(new, title=line(new.title), tagline=line(new.tagline) if new.tagline else None, sections=sections)


def check(found: Findings, changes: Mapping[str, Any], kind: PageKind) -> None:
    """Collect what is wrong with those fields of a content that are given; None clears a tagline or an image."""
    for name in ("title", "template"):
        if name in changes and changes[name] is None:
            found.invalid("This field cannot be cleared: leave it out to keep it.", name, constraint="required")
    if changes.get("title") is not None:
        found.add(line_problem(changes["title"], "title", name="The title", most=MOST_TITLE))
    if changes.get("tagline"):
        found.add(line_problem(changes["tagline"], "tagline", name="The tagline", most=MOST_TAGLINE))
    if changes.get("template") not in (None, PageTemplate.STANDARD):
        found.add(upgraded_problem(kind, "template", what=f"the template {changes['template'].value}"))
    if "product_ids" in changes:
        _check_products(found, changes["product_ids"], MOST_PRODUCTS, "productIds")
    if "sections" in changes:
        _check_sections(found, changes["sections"])


def _check_sections(found: Findings, sections: Sequence[Section]) -> None:
    if len(sections) > MOST_SECTIONS:
        message = f"A Page has at most {MOST_SECTIONS} sections, not {len(sections)}."
        found.add(LimitExceeded(message=message, path=("sections",), limit=MOST_SECTIONS))
        return
    for place, section in enumerate(sections):
        below = Findings()
        _check_section(below, section)
        found.beneath(below, "sections", str(place))


def _check_section(found: Findings, section: Section) -> None:
    """A section has what its kind shows, and nothing that it would hide."""
    if section.heading:
        found.add(line_problem(section.heading, "heading", name="The heading", most=MOST_HEADING))
    most = MOST_CAPTION if section.kind is SectionKind.IMAGE else MOST_TEXT
    if section.text:
        found.add(text_problem(section.text, "text", name="The text", most=most))
    given = {"text": section.text, "imageAssetId": section.image_id, "productIds": section.product_ids}
    needed, allowed = _PARTS[section.kind]
    for name, value in given.items():
        if value and name not in allowed:
            found.invalid(f"A section of {section.kind.value} has no {name}: leave it out.", name, constraint="absent")
        if not value and name == needed:
            found.invalid(f"A section of {section.kind.value} needs {name}.", name, constraint="required")
    _check_products(found, section.product_ids, MOST_IN_SECTION, "productIds")


_PARTS: Mapping[SectionKind, tuple[str, tuple[str, ...]]] = {
    SectionKind.TEXT: ("text", ("text",)),
    SectionKind.IMAGE: ("imageAssetId", ("imageAssetId", "text")),
    SectionKind.PRODUCTS: ("productIds", ("productIds",)),
}
"""What a section of each kind needs, and what it may have besides a heading."""


def _check_products(found: Findings, ids: Sequence[UUID], most: int, name: str) -> None:
    if len(ids) > most:
        found.add(LimitExceeded(message=f"At most {most} products, not {len(ids)}.", path=(name,), limit=most))
    first: dict[UUID, int] = {}
    for place, id in enumerate(ids):
        if first.setdefault(id, place) != place:
            message = f"The product stands at {first[id]} already: name it once."
            found.invalid(message, name, str(place), constraint="once")


def empty_problem(content: Content) -> Problem | None:
    """A Page that shows nothing is not published."""
    if content.sections or content.product_ids:
        return None
    message = "The Page shows nothing yet: give it a section or products with `brandPageUpdate`."
    return InvalidInput(message=message, path=("id",), constraint="sections or products")


def _said(value: Any) -> str:
    return value.value if isinstance(value, Enum) else str(value)
