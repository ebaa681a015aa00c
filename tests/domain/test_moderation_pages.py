"""A Page in the eyes of the ad policy that ships: every text, image and product by its own name."""

import pytest

from app.adapters.moderation import load
from app.domain.errors import Findings
from app.domain.findings import FindingKind
from app.domain.moderation.cases import Given, SubjectKind, check_given
from app.domain.moderation.pages import PageSubject, PageText
from app.domain.moderation.rules import Image

POLICY = load(None)


def of(**facts):
    return [(each.rule_id, each.field, each.evidence) for each in POLICY.findings(PageSubject(**facts))]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"title": "Northpeak"}, []),
        ({"title": "The best tents"}, [("CLAIM-1", "title", "best")]),
        ({"slug": "best-tents"}, [("CLAIM-1", "slug", "best")]),
        ({"says": [PageText("tagline", "Sh1t happens")]}, [("LANGUAGE-1", "tagline", "Sh1t")]),
        (
            {"says": [PageText("sections.2.text", "See www.example")]},
            [("TECHNICAL-1", "sections.2.text", "www.example")],
        ),
        ({"says": [PageText("tagline", None)]}, []),
        ({"products": [PageText("products.1", "Ember fireworks")]}, [("PRODUCT-1", "products.1", "fireworks")]),
        ({"pictures": [("hero", Image("GIF", 900, 300))]}, [("IMAGE-1", "hero", "GIF")]),
        ({"pictures": [("sections.0.image", Image("PNG", 299, 300))]}, [("IMAGE-2", "sections.0.image", "299 x 300")]),
    ],
)
def test_what_the_rules_find_is_told_by_the_place_where_it_stands(facts, found):
    assert of(**facts) == found


def test_what_forbids_refuses_and_what_warns_goes_to_the_moderator():
    warned, refused = POLICY.findings(PageSubject("The best")), POLICY.findings(PageSubject("Shit"))

    assert POLICY.violation(warned, "id") is None
    violation = POLICY.violation(refused, "id")
    assert ([each.rule_id for each in violation.findings], violation.path) == (["LANGUAGE-1"], ("id",))


@pytest.mark.parametrize(
    ("field", "of_pages", "of_ads"),
    [
        ("title", True, True),
        ("headline", False, True),
        ("landing", False, True),
        ("tagline", True, False),
        ("logo", True, False),
        ("products.12", True, False),
        ("sections", True, False),
        ("sections.3", True, False),
        ("sections.3.text", True, False),
        ("sections.3.products.4", True, False),
        ("sections.3.price", False, False),
        ("sectionstext", False, False),
    ],
)
def test_a_moderator_names_fields_of_what_they_look_at(field, of_pages, of_ads):
    def is_taken(kind):
        found = Findings()
        finding = Given(FindingKind.CLAIM, "CLAIM-1", field, "Nobody can check it.")
        check_given(found, [finding], POLICY, kind, required=True)
        return [each.path for each in found.problems] != [("findings", "0", "field")]

    assert (is_taken(SubjectKind.BRAND_PAGE), is_taken(SubjectKind.AD)) == (of_pages, of_ads)
