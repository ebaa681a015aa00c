"""What a Page may show: limits to the character, what each kind of section needs, one digest for one content."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Findings
from app.domain.pages.content import Content, PageTemplate, Section, SectionKind, changed, check, empty_problem
from app.domain.pages.page import PageKind

BASIC, UPGRADED = PageKind
TEXT, IMAGE, PRODUCTS = SectionKind
A, B, C = (UUID(int=number) for number in (1, 2, 3))
PLAIN = Content("Northpeak")


def of(kind=BASIC, **changes):
    """Where what is wrong with changes of a content, and which limit it breaks."""
    found = Findings()
    check(found, changes, kind)
    return [
        (".".join(each.path), getattr(each, "constraint", None) or getattr(each, "limit", None) or each.code.value)
        for each in found.problems
    ]


def of_section(*facts, **more):
    return of(sections=[Section(*facts, **more)])


@pytest.mark.parametrize(("field", "most"), [("title", 80), ("tagline", 160)])
def test_a_text_keeps_its_limits(field, most):
    assert of(**{field: "M"}) == of(**{field: "M" * most}) == []
    assert of(**{field: "M" * (most + 1)}) == [(field, f"1 <= length <= {most}")]
    assert of(**{field: "a\nb"}) == [(field, "printable")]


def test_title_and_template_cannot_be_cleared_and_all_else_can():
    assert of(title=None, template=None) == [("title", "required"), ("template", "required")]
    assert of(title=" ") == [("title", "1 <= length <= 80")]
    assert of(tagline=None, logo_id=None, hero_id=None, sections=(), product_ids=()) == []


@pytest.mark.parametrize("template", PageTemplate)
@pytest.mark.parametrize("kind", PageKind)
def test_other_templates_take_an_upgraded_page(template, kind):  # S44, I6
    fits = kind is UPGRADED or template is PageTemplate.STANDARD

    assert of(kind, template=template) == ([] if fits else [("template", "GATE")])


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        (Section(TEXT, "Heading", "Words"), []),
        (Section(TEXT, text="a\n\nb"), []),
        (Section(TEXT), [("sections.0.text", "required")]),
        (Section(TEXT, text="x", image_id=A), [("sections.0.imageAssetId", "absent")]),
        (Section(TEXT, text="x", product_ids=(A,)), [("sections.0.productIds", "absent")]),
        (Section(IMAGE, image_id=A), []),
        (Section(IMAGE, text="What it shows", image_id=A), []),
        (Section(IMAGE, text="x"), [("sections.0.imageAssetId", "required")]),
        (Section(PRODUCTS, "Tents", product_ids=(A, B)), []),
        (Section(PRODUCTS), [("sections.0.productIds", "required")]),
        (Section(PRODUCTS, text="x", product_ids=(A,)), [("sections.0.text", "absent")]),
    ],
)
def test_a_section_has_what_its_kind_shows_and_nothing_else(section, wrong):  # S41
    assert of(sections=[section]) == wrong


@pytest.mark.parametrize(("kind", "most"), [(TEXT, 5000), (IMAGE, 300)])
def test_a_sections_text_keeps_its_limits(kind, most):
    image = A if kind is IMAGE else None

    assert of_section(kind, text="x" * most, image_id=image) == []
    assert of_section(kind, text="x" * (most + 1), image_id=image) == [("sections.0.text", f"1 <= length <= {most}")]
    assert of_section(kind, "H" * 101, "x", image) == [("sections.0.heading", "1 <= length <= 100")]


def ids(count):
    return tuple(UUID(int=number) for number in range(1, count + 1))


def test_a_page_has_twenty_sections_and_a_hundred_products():
    text = Section(TEXT, text="x")

    assert of(sections=[text] * 20, product_ids=ids(100)) == of_section(PRODUCTS, product_ids=ids(50)) == []
    assert of(sections=[text] * 21) == [("sections", 20)]
    assert of(product_ids=ids(101)) == [("productIds", 100)]
    assert of_section(PRODUCTS, product_ids=ids(51)) == [("sections.0.productIds", 50)]


def test_a_product_stands_once_in_a_list_and_the_second_is_named():
    assert of(product_ids=(A, B, A, A)) == [("productIds.2", "once"), ("productIds.3", "once")]
    assert of(product_ids=(A,), sections=[Section(PRODUCTS, product_ids=(A,))]) == []


def test_every_fault_is_told_at_once_with_its_place():
    sections = [Section(TEXT, text="x"), Section(IMAGE), Section(PRODUCTS, "H" * 101)]

    assert of(title="", template=PageTemplate.PRODUCTS_GRID, sections=sections) == [
        ("title", "1 <= length <= 80"),
        ("template", "GATE"),
        ("sections.1.imageAssetId", "required"),
        ("sections.2.heading", "1 <= length <= 100"),
        ("sections.2.productIds", "required"),
    ]


def test_images_and_products_are_known_by_their_place_in_the_input():
    sections = (Section(IMAGE, image_id=C), Section(PRODUCTS, product_ids=(A, B)))
    content = replace(PLAIN, logo_id=A, hero_id=B, sections=sections, product_ids=(C,))

    assert content.images == {("logoAssetId",): A, ("heroAssetId",): B, ("sections", "0", "imageAssetId"): C}
    assert content.products == {
        ("productIds", "0"): C,
        ("sections", "1", "productIds", "0"): A,
        ("sections", "1", "productIds", "1"): B,
    }


def test_texts_are_kept_trimmed_and_empty_ones_not_at_all():
    section = Section(TEXT, " Heading ", " a\r\nb ")
    new = changed(PLAIN, {"title": " Northpeak ", "tagline": "", "sections": (section,)})

    assert new == Content("Northpeak", None, sections=(Section(TEXT, "Heading", "a\nb"),))


def test_a_page_without_sections_and_products_is_empty():
    assert empty_problem(PLAIN).path == ("id",)
    assert empty_problem(replace(PLAIN, product_ids=(A,))) is None
    assert empty_problem(replace(PLAIN, sections=(Section(TEXT, text="x"),))) is None


SECTIONS = st.builds(
    Section,
    st.sampled_from(SectionKind),
    st.none() | st.text(max_size=5),
    st.none() | st.text(max_size=5),
    st.none() | st.sampled_from([A, B]),
    st.lists(st.sampled_from([A, B, C]), max_size=3).map(tuple),
)
CONTENTS = st.builds(
    Content,
    st.text(max_size=5),
    st.none() | st.text(max_size=5),
    st.sampled_from(PageTemplate),
    st.none() | st.sampled_from([A, B]),
    st.none() | st.sampled_from([A, B]),
    st.lists(SECTIONS, max_size=3).map(tuple),
    st.lists(st.sampled_from([A, B, C]), max_size=3).map(tuple),
)


@given(CONTENTS, CONTENTS)
def test_contents_have_one_digest_exactly_where_they_are_the_same(one, other):
    assert (one.digest == other.digest) is (one == other)
    assert one.digest == replace(one).digest
