"""The words that products are searched by, and what a query makes of its own."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.search import LONGEST, MOST_DESCRIBED, MOST_WORDS, Indexed, Search, indexed, singular, slips

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # also lone surrogates
PLAIN = re.compile(r"[^\W_]+")


def product(title: str = "", brand: str = "", part: str = "", sku: str = "", ean: str = "", about: str = "") -> Indexed:
    return indexed("V", title, brand, [part, sku, ean], [about])


def grades(found: Indexed) -> dict[str, int]:
    """The words of a product with their grades; its numbers and its vendor are none."""
    parts = [part for part in found.words.split() if not part.startswith("_")]
    graded = dict(zip(parts[::2], (ord(sign) - 32 for sign in parts[1::2]), strict=True))
    return {word: grade for word, grade in graded.items() if not word.startswith("=")}


def numbers(found: Indexed) -> list[str]:
    return [part[1:] for part in found.words.split() if part.startswith("=")]


# ---- products


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({"title": "Gas stove"}, {"gas": 4, "stove": 4}),
        ({"brand": "Ember"}, {"ember": 4}),
        ({"title": "Ember stove", "brand": "Ember"}, {"ember": 4, "stove": 4}),
        ({"about": "a stove"}, {"a": 3, "stove": 3}),
        ({"title": "Stove", "about": "stove stove"}, {"stove": 7}),
        ({"title": "Stoves: stove"}, {"stove": 10}),
        ({"title": "Stove stove", "about": "stove"}, {"stove": 13}),
        ({"part": "006R90321"}, {"006r90321": 4, "006": 2, "90321": 2}),
        ({"title": "USB-C hub"}, {"usb": 4, "c": 4, "usbc": 4, "hub": 4}),
        (
            {"title": "L'Oréal™ for men\N{RIGHT SINGLE QUOTATION MARK}s hair"},
            {"loreal": 4, "for": 4, "men": 4, "hair": 4},
        ),
        ({"title": "折り畳み 椅子"}, {"折": 4, "り": 4, "畳": 4, "み": 4, "折り畳み": 4, "椅": 4, "子": 4, "椅子": 4}),
    ],
)
def test_a_word_has_a_grade_by_where_it_stands(texts, found):
    assert grades(product(**texts)) == found


def test_a_product_has_its_own_numbers_and_its_vendor():
    found = indexed("Nörd & Co", "Toner", "Brother", ["TN-2110", "TN 2110", None, "4006381333931"], [None])

    assert numbers(found) == ["tn2110", "4006381333931"]
    assert found.words.endswith(f" _{'Nörd & Co'.encode().hex()} ")
    assert (found.length, found.named) == (1, {"toner", "brother"})


def test_a_long_description_counts_with_its_first_words_alone():
    found = product(title="Mug", about=" ".join(f"w{number}" for number in range(MOST_DESCRIBED + 50)))

    assert found.length == 1 + MOST_DESCRIBED
    assert (f" w{MOST_DESCRIBED - 1} " in found.words, f" w{MOST_DESCRIBED} " in found.words) == (True, False)


@pytest.mark.parametrize(
    ("word", "one"),
    [("batteries", "battery"), ("boxes", "box"), ("switches", "switch"), ("headphones", "headphone"), ("lamps", "lamp")]
    + [(word, word) for word in ("glass", "gas", "bus", "virus", "iris", "usb", "64gbs", "ties"[:3], "pies"[:3])],
)
def test_many_are_found_as_one(word, one):
    assert singular(word) == one


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
@example("_ =x !", "v\0", "'\"", "\ud800")
def test_whatever_is_written_becomes_words_and_signs_alone(title, brand, part, about):
    found = indexed("V", title, brand, [part], [about])

    assert found.words == f" {found.words.strip()} "
    for part in found.words.split(" ")[1:-1]:
        assert PLAIN.fullmatch(part) or part in "!\"#$%&'()*+,-./" or (part[0] in "=_" and PLAIN.fullmatch(part[1:]))
    assert found.words.encode()


# ---- queries


def test_a_query_is_words_each_in_its_forms():
    found = Search.of("Head  sets")

    assert found.forms == (("head", "headset"), ("set", "headset"))
    assert found.every == "head|headset set|headset"
    assert found.loose == ("head*", "set*")
    assert (found.number, found.is_blank) == ("headsets", False)


@pytest.mark.parametrize(
    ("query", "every"),
    [
        ("tn-2110", "tn2110|tn&2110"),
        ("TN2110", "tn2110|tn&2110"),
        ("32GB", "32gb|32&gb"),
        ("ps4", "ps4"),
        ("wi-fi", "wifi|wi&fi"),
        ("boys boys BOY", "boy"),
        ("a,b,c,d,e", "a b c d e"),
        ("one two three four five", "one two three four five"),
        ("电脑", "电脑|电&脑"),
        ("% _ \\ '", ""),
    ],
)
def test_what_signs_part_is_looked_for_apart_and_joined(query, every):
    assert Search.of(query).every == every


def test_an_unknown_word_may_begin_one_or_be_two():
    assert Search.of("powerbank").loose == ("powerbank*|pow&erbank|powe&rbank|power&bank|powerb&ank",)
    assert Search.of("tn-21").loose == ("tn21*|tn&21*",)
    assert Search.of("x").loose == ("x",)


@pytest.mark.parametrize("other", ["keybord", "keyboardd", "keybaord", "kezboard", "eyboard", "keyboard"])
def test_words_that_a_slip_parts_share_one(other):
    assert slips("keyboard") & slips(other)


@pytest.mark.parametrize("word", ["", "lamp", "2110x", "x" * 21])
def test_short_words_and_numbers_are_taken_as_they_are(word):
    assert slips(word) == frozenset()


@pytest.mark.parametrize(("query", "blank"), [(None, True), ("", True), (" \t\n", True), ("%", False), ("a", False)])
def test_only_a_blank_query_looks_for_nothing(query, blank):
    assert Search.of(query).is_blank is blank


@given(ANY_TEXT | st.text(st.sampled_from("ab1-_*&|\"'() \0"), max_size=200))
@example("x" * 10_000)
@example("usb-" + "x" * 10_000 + "/" + "1" * 10_000)
@example("x" * 5_000 + "1" * 5_000)
@example("a AND b OR NEAR(c) NOT *")
def test_any_query_has_few_short_words(query):
    found = Search.of(query)

    assert len(found.forms) == len(found.known) == len(found.loose) == len(found.slips) <= MOST_WORDS
    for form in (form for forms in found.forms for form in forms):
        assert (bool(PLAIN.fullmatch(form)), len(form) <= LONGEST) == (True, True)
    for condition in (found.every, *found.known, *found.loose):
        terms = [term for term in re.split(r"[ |&]", condition.replace("*", "")) if term]
        assert all(PLAIN.fullmatch(term) and len(term) <= LONGEST for term in terms)
