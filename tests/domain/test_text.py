"""What people type on one line: how it is checked, kept, sorted and searched."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.text import fold, line, line_problem, mailbox

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # also lone surrogates
TRIPLES = "\ufb2c"  # one character typed, three when kept


def found(text, **limits):
    problem = line_problem(text, "input", "name", name="The name", **limits)
    assert problem is None or (isinstance(problem, InvalidInput) and problem.path == ("input", "name"))
    return problem and problem.constraint


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Größe", "grosse"),
        ("  Crème   Brûlée ", "creme brulee"),
        ("ÅNGSTRÖM", "angstrom"),
        ("Acme™", "acmetm"),
        ("\u2102㎏㎎", "ckgmg"),
        ("İstanbul", "istanbul"),
        ("tab\tand\nline", "tab and line"),
        ("", ""),
    ],
)
def test_names_are_sorted_and_searched_in_lower_case_without_accents(typed, folded):
    assert fold(typed) == folded


@given(ANY_TEXT)
@example("™")
@example("ᾳ\u0345\u0301")
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT)
@example("\u2102™")
def test_what_is_folded_has_no_accents_no_capitals_and_single_spaces(text):
    folded = fold(text)

    assert not any(unicodedata.combining(c) for c in folded)
    assert folded == folded.casefold()
    assert folded == " ".join(folded.split())


@given(ANY_TEXT)
@example("A \x1f B\x00")
def test_plain_letters_fold_as_they_do_beside_others(text):
    assert fold(f"é {text}") == f"e {fold(text)}".strip()


@given(st.text())
def test_a_name_is_found_however_its_accents_are_written(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("", "1 <= length <= 5"),
        ("   ", "1 <= length <= 5"),
        ("a", None),
        ("abcde", None),
        ("abcdef", "1 <= length <= 5"),
        ("  abcde  ", None),
        ("äöüßé", None),
        ("a\u0308" * 5, None),
        ("💡" * 5, None),
        ("💡" * 6, "1 <= length <= 5"),
        (TRIPLES, None),
        (TRIPLES * 2, "1 <= length <= 5"),
    ],
)
def test_a_line_is_measured_in_characters_as_it_is_kept(text, constraint):
    assert found(text, most=5) == constraint


@pytest.mark.parametrize(
    ("text", "constraint"), [("abc", None), ("ab", "3 <= length <= 5"), (" ab ", "3 <= length <= 5")]
)
def test_a_line_may_have_a_least_length(text, constraint):
    assert found(text, least=3, most=5) == constraint


@pytest.mark.parametrize("bad", ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
@pytest.mark.parametrize("around", ["{}", "a{}b", "{}a", "a{}"])
def test_control_characters_line_breaks_and_half_characters_are_refused(bad, around):
    assert found(around.format(bad), most=5) == "printable"


def test_no_other_characters_are_refused():
    every = [chr(point) for point in range(0x110000)]
    bad = {c for c in every if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}}

    assert all(found(f"a{c}", most=5) == "printable" for c in bad)
    assert found("".join(c for c in every if c not in bad), most=2_000_000) is None


@given(ANY_TEXT)
def test_a_line_that_passes_can_be_kept_in_its_column(text):
    if found(text, most=8) is None:
        kept = line(text)
        assert 1 <= len(kept) <= 8
        assert kept.encode().decode() == kept
        assert "\x00" not in kept
        assert len(kept.splitlines()) == 1


@pytest.mark.parametrize(("typed", "kept"), [("  Spring sale ", "Spring sale"), ("e\u0301", "é"), ("a  b", "a  b")])
def test_a_line_is_kept_trimmed_and_composed(typed, kept):
    assert line(typed) == kept


@given(ANY_TEXT)
def test_keeping_a_line_twice_is_keeping_it_once(text):
    assert line(line(text)) == line(text)


def test_a_mailbox_is_the_same_in_any_case_but_not_without_its_accents():
    assert mailbox(" Ada@Example.COM ") == mailbox("ada@example.com") == "ada@example.com"
    assert mailbox("jos\u00e9@example.com") == mailbox("jose\u0301@example.com") != mailbox("jose@example.com")
