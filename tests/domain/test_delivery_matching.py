"""Which keywords a search meets: the index against a matcher that tries every keyword."""

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.campaigns.targeting import Keyword, MatchType, normal_form
from app.domain.delivery.auction import posting
from app.domain.delivery.matching import (
    FEW,
    MOST_TOKENS,
    Aim,
    Index,
    Query,
    Target,
    aims_of_interests,
    aims_of_keywords,
)
from app.domain.money import Money

EXACT, PHRASE, BROAD, NEGATIVE_EXACT, NEGATIVE_PHRASE = MatchType
WORD = st.sampled_from(["tent", "tents", "red", "two", "man", "lamp", "camp", "gas", "Zelt"])
TEXT = st.lists(WORD, min_size=1, max_size=5).map(" ".join)
LONG = st.lists(WORD, max_size=24).map(" ".join)
KEYWORDS = st.lists(st.builds(Keyword, TEXT, st.sampled_from(MatchType)), max_size=6)
ADS = st.lists(KEYWORDS, max_size=12)


def naive(keyword, query):
    """Whether a keyword meets a search, negative or not, by trying it."""
    words, asked = normal_form(keyword.text).split(), normal_form(query).split()[:MOST_TOKENS]
    if keyword.match in (EXACT, NEGATIVE_EXACT):
        return words == asked
    if keyword.match is BROAD:
        return set(words) <= set(asked)
    return any(asked[at : at + len(words)] == words for at in range(len(asked)))


def filed(ads, places):
    """Where ads are filed: each at its place, with a bid of its own."""
    filing = {}
    for place in places:
        aims, _ = aims_of_keywords(enumerate(ads[place]), 10_000 + place)
        for aim in aims:
            filing.setdefault((aim.kind, aim.key), []).append(posting(place, place, aim.bid, 10, aim.number))
    return filing


def met(index, query):
    """The ads and the numbers of their keywords that an index finds."""
    return {(each[2], each[4]) for found in index.of_query(Query(query)) for each in found}


def tried(ads, query, places=None):
    everyone = range(len(ads)) if places is None else places
    return {
        (place, number)
        for place in everyone
        for number, keyword in enumerate(ads[place], 1)
        if not keyword.match.is_negative and naive(keyword, query)
    }


@given(ADS, LONG)
@example([[Keyword("tent red", BROAD)], [Keyword("tent tent", BROAD)]], "red tent")
def test_the_index_finds_what_trying_every_keyword_finds(ads, query):
    assert met(Index.of(filed(ads, range(len(ads)))), query) == tried(ads, query)


@given(ADS, LONG, st.data())
def test_an_index_that_was_changed_finds_the_same_as_one_made_anew(ads, query, data):
    first, last = (set(data.draw(st.sets(st.sampled_from(range(len(ads)))))) if ads else set() for _ in range(2))
    index = Index.of(filed(ads, first))
    gone = {key: {each[2] for each in found} for key, found in filed(ads, first - last).items()}
    changed = index.changed(filed(ads, last - first), gone)

    assert met(changed, query) == tried(ads, query, last)
    assert met(index, query) == tried(ads, query, first)


@given(KEYWORDS, LONG)
def test_negative_keywords_shut_out_what_trying_each_shuts_out(keywords, query):
    _, negatives = aims_of_keywords(enumerate(keywords), 10_000)
    shut = negatives is not None and negatives.shut_out(Query(query))

    assert shut is any(each.match.is_negative and naive(each, query) for each in keywords)


@given(LONG)
def test_many_negative_phrases_shut_out_as_few_do(query):
    others = [Keyword(f"x{number}", NEGATIVE_PHRASE) for number in range(FEW)]

    for word in ("tent", "red tent"):
        few, many = (
            aims_of_keywords(enumerate([Keyword(word, NEGATIVE_PHRASE), *more]), 9)[1] for more in ([], others)
        )
        assert few.shut_out(Query(query)) is many.shut_out(Query(query))


@given(ADS, LONG)
def test_what_is_found_is_ranked_list_by_list(ads, query):
    found = Index.of(filed(ads, range(len(ads)))).of_query(Query(query))

    assert all(list(each) == sorted(each) for each in found)


@pytest.mark.parametrize(
    ("match", "text", "query", "meets"),
    [
        (EXACT, "Red Tents", "red tent", True),
        (EXACT, "red tent", "red tent two", False),
        (PHRASE, "red tent", "two red tents now", True),
        (PHRASE, "red tent", "red big tent", False),
        (BROAD, "tent red", "big red tent", True),
        (BROAD, "tent red", "big tent", False),
        (BROAD, "gas", "gas", True),
        (EXACT, "zelt", "ZELT!", True),
    ],
)
def test_match_types(match, text, query, meets):
    index = Index.of(filed([[Keyword(text, match)]], [0]))

    assert bool(met(index, query)) is meets


def test_a_query_is_cut_at_sixteen_words():
    index = Index.of(filed([[Keyword("last", BROAD)]], [0]))

    assert met(index, "x " * 15 + "last") == {(0, 1)}
    assert met(index, "x " * 16 + "last") == set()


@pytest.mark.parametrize("query", ["", "!!!", " ", "\ud800"])
def test_a_query_without_words_meets_nothing(query):
    assert met(Index.of(filed([[Keyword("tent", BROAD)]], [0])), query) == set()


def test_a_keywords_own_bid_goes_before_the_ads():
    own = Keyword("tent", EXACT, Money(70_000, "EUR"))
    aims, negatives = aims_of_keywords([(0, Keyword("lamp red", BROAD)), (4, own)], 50_000)

    assert aims == [Aim(Target.BROAD, "lamp red", 1, 50_000), Aim(Target.EXACT, "tent", 5, 70_000)]
    assert negatives is None


ONE, TWO = UUID(int=1), UUID(int=2)


def test_interests_are_numbered_by_their_ids():
    assert aims_of_interests([TWO, ONE], 9) == [Aim(Target.INTEREST, ONE, 1, 9), Aim(Target.INTEREST, TWO, 2, 9)]


def test_an_ad_without_interests_is_for_anybody():
    (aim,) = aims_of_interests([], 9)
    index = Index.of({(aim.kind, aim.key): [posting(1, 0, 9, 10)], (Target.INTEREST, ONE): [posting(2, 1, 9, 10, 1)]})

    assert [each[0][2] for each in index.of_interests([ONE])] == [0, 1]
    assert [each[0][2] for each in index.of_interests([TWO])] == [0]


def test_an_emptied_index_keeps_nothing():
    filing = filed([[Keyword("red tent", BROAD), Keyword("tent", EXACT)]], [0])
    empty = Index.of(filing).changed({}, {key: {0} for key in filing})

    assert not empty.holds_any
