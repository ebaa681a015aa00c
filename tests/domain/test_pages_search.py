"""Trigrams of names: without case and accents, with the beginnings of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.pages.search import MOST_QUERY, grams, sought


def test_the_trigrams_of_a_word_hold_its_beginning_twice_and_its_end():
    assert grams("Peak") == {"  p", " pe", "pea", "eak", "ak "}


def test_words_are_taken_each_for_itself():
    assert grams("Be At") == {"  b", " be", "be ", "  a", " at", "at "}


@pytest.mark.parametrize("other", ["NORTHPEAK", " northpeak ", "Nörthpeak", "Northpeak Northpeak"])
def test_case_accents_and_repetitions_make_no_difference(other):  # S44
    assert grams(other) == grams("Northpeak")


@pytest.mark.parametrize("nothing", ["", " ", "\u0301"])
def test_nothing_has_no_trigrams(nothing):
    assert grams(nothing) == frozenset()


@given(st.text(max_size=300))
def test_of_a_search_only_the_beginning_is_looked_for(text):
    assert sought(text) == grams(text[:MOST_QUERY])
    assert all(len(each) == 3 for each in grams(text))
