"""Keywords and interests as advertisers enter them: normal form, limits, duplicates."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.campaigns.status import CampaignKind
from app.domain.campaigns.targeting import (
    Keyword,
    MatchType,
    check_interests,
    check_keywords,
    normal_form,
    target_problem,
)
from app.domain.errors import Findings, InvalidInput
from app.domain.money import Money
from app.domain.text import line

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # also lone surrogates
EXACT, PHRASE, BROAD, NEGATIVE_EXACT, NEGATIVE_PHRASE = MatchType
LENGTH, WORDS = "1 <= length <= 80", "1 <= words <= 10"


def told(found):
    assert all(isinstance(problem, InvalidInput) for problem in found.problems)
    return [(".".join(problem.path), problem.constraint) for problem in found.problems]


def of_keywords(*keywords):
    found = Findings()
    check_keywords(found, keywords, "EUR", 10_000)
    return told(found)


def of_texts(*texts):
    return of_keywords(*(Keyword(text, MatchType.BROAD) for text in texts))


def of_interests(asked, known):
    found = Findings()
    check_interests(found, asked, known)
    return told(found)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Running Shoes", "running shoe"),
        ("  running -- shoes!  ", "running shoe"),
        ("T-Shirt", "t shirt"),
        ("usb_c", "usb c"),
        ("STRASSE straße", "strasse strasse"),
        ("ﬁne ①②", "fine 12"),
        ("\uff37\uff49\uff44\uff45", "wide"),
        ("\u2102up™", "cuptm"),
        ("cafe\u0301", "café"),
        ("25 % off", "25 off"),
        ("運動靴", "運動靴"),
        ("glass boots bus gas us", "glass boot bus gas us"),
        ("tab\tand\u2028line", "tab and line"),
        ("!?", ""),
    ],
)
def test_a_keyword_has_one_normal_form(typed, normal):  # S47
    assert normal_form(typed) == normal


@given(ANY_TEXT)
@example("\u0345")
@example("ŉ\u0130ǰ")
def test_a_normal_form_is_its_own(text):
    assert normal_form(normal_form(text)) == normal_form(text)


@given(ANY_TEXT)
@example("\u2102™")
def test_a_normal_form_holds_letters_digits_and_single_spaces_in_lower_case(text):
    normal = normal_form(text)

    assert all(word.isalnum() for word in normal.split(" ")) or normal == ""
    assert normal == normal.casefold()


@given(st.lists(ANY_TEXT), st.sampled_from([" ", "-", "\t", " / ", "\u00a0"]))
def test_what_stands_between_words_makes_no_difference(words, between):
    assert normal_form(between.join(words)) == normal_form(" ".join(words))


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("", LENGTH),
        ("   ", LENGTH),
        ("x", None),
        ("x" * 80, None),
        ("x" * 81, LENGTH),
        (f"  {'x' * 80}  ", None),
        ("\ufb2c" * 27, LENGTH),
        ("!?", WORDS),
        ("a b c d e f g h i j", None),
        ("a b c d e f g h i j k", WORDS),
        ("a-b-c-d-e-f-g-h-i-j-k", WORDS),
        ("run\x00ning", "printable"),
        ("run\ud800ning", "printable"),
        ("running\nshoes", "printable"),
    ],
)
def test_a_keyword_keeps_its_limits(text, constraint):  # S47
    assert of_texts(text) == ([] if constraint is None else [("keywords.0.text", constraint)])


@given(ANY_TEXT)
def test_any_text_is_checked_and_what_passes_can_be_kept_and_matched(text):
    if not of_texts(text):
        assert len(line(text).encode().decode()) <= 80
        assert "\x00" not in line(text)
        assert 1 <= len(normal_form(text).split()) <= 10


@pytest.mark.parametrize(
    "other",
    ["running shoes", "Running  SHOES", "running-shoes", " running shoes ", "\uff52unning shoes", "running shoe"],
)
def test_a_keyword_of_the_same_normal_form_and_match_is_a_duplicate(other):
    assert of_texts("running shoes", "mug", other) == [("keywords.2.text", "unique")]


def test_every_repetition_of_a_keyword_is_told_but_the_first():
    assert of_texts("mug", "mug", "mug") == [("keywords.1.text", "unique"), ("keywords.2.text", "unique")]


def test_the_same_words_under_each_match_type_are_different_keywords():
    assert of_keywords(*(Keyword("mug", match) for match in (EXACT, PHRASE, BROAD))) == []
    assert of_keywords(*(Keyword("mug", match) for match in (PHRASE, BROAD, NEGATIVE_EXACT))) == []


@pytest.mark.parametrize("negative", MatchType)
@pytest.mark.parametrize("positive", MatchType)
def test_a_negative_keyword_shuts_out_only_what_could_still_be_met(negative, positive):
    shut = (negative, positive) in {(NEGATIVE_EXACT, EXACT), (NEGATIVE_PHRASE, EXACT), (NEGATIVE_PHRASE, PHRASE)}
    found = of_keywords(Keyword("red mugs", positive), Keyword("Red mug", negative))

    same = [("keywords.1.text", "unique")] if positive is negative else []
    said = [("keywords.1.match", "meets nothing it shuts out")]
    turned = [("keywords.0.match", "meets nothing it shuts out")]
    back = (positive, negative) in {(NEGATIVE_EXACT, EXACT), (NEGATIVE_PHRASE, EXACT), (NEGATIVE_PHRASE, PHRASE)}
    assert found == (said if shut else turned if back else same)


@pytest.mark.parametrize("match", MatchType)
def test_only_positive_keywords_have_bids(match):
    found = of_keywords(Keyword("mug", match, Money(10_000, "EUR")))

    assert found == ([("keywords.0.bid", "no bid")] if match.is_negative else [])


@pytest.mark.parametrize("kind", CampaignKind)
@pytest.mark.parametrize("positive", [0, 1])
def test_an_ad_among_search_results_needs_a_keyword(kind, positive):  # S47, S48
    problem = target_problem(kind, positive)

    assert (problem is None) is (kind is CampaignKind.ECOMMERCE_DISPLAY or positive > 0)
    assert problem is None or (problem.path, problem.constraint) == (("id",), "keywords >= 1")


def test_an_invalid_keyword_is_told_each_time_and_never_as_a_duplicate():
    assert of_texts("", "") == [("keywords.0.text", LENGTH), ("keywords.1.text", LENGTH)]


def test_a_thousand_keywords_are_the_most():
    assert of_texts(*(f"mug {n}" for n in range(1_000))) == []
    assert of_texts(*(f"mug {n}" for n in range(1_001))) == [("keywords", "length <= 1000")]


def test_too_many_keywords_are_told_once_not_one_by_one():
    assert of_texts(*[""] * 1_001) == [("keywords", "length <= 1000")]


def test_no_keywords_are_no_problem():
    assert of_keywords() == []


@pytest.mark.parametrize(
    ("micros", "fits"), [(9_999, False), (10_000, True), (1_000_000_000, True), (1_000_000_001, False)]
)
def test_the_bid_of_a_keyword_has_the_limits_of_an_ads(micros, fits):
    found = of_keywords(Keyword("mug", MatchType.EXACT, Money(micros, "EUR")))

    assert found == ([] if fits else [("keywords.0.bid.micros", "10000 <= micros <= 1000000000")])


def test_everything_wrong_with_the_keywords_is_told_by_its_place():
    found = of_keywords(
        Keyword("mug", MatchType.EXACT),
        Keyword("", MatchType.EXACT, Money(0, "EUR")),
        Keyword("MUG", MatchType.EXACT, Money(10_000, "USD")),
    )

    assert found == [
        ("keywords.1.text", LENGTH),
        ("keywords.1.bid.micros", "10000 <= micros <= 1000000000"),
        ("keywords.2.text", "unique"),
        ("keywords.2.bid.currency", "currency = EUR"),
    ]


@pytest.mark.parametrize(
    ("asked", "known", "constraint"),
    [
        (0, 0, None),
        (50, 50, None),
        (51, 51, "length <= 50"),
        (51, 0, "length <= 50"),
        (3, 2, "known ids"),
        (1, 0, "known ids"),
    ],
)
def test_an_ad_takes_up_to_fifty_interests_that_exist(asked, known, constraint):  # S49
    assert of_interests(asked, known) == ([] if constraint is None else [("interestIds", constraint)])
