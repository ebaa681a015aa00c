"""What automated widgets show: the order of products, by signals, by what goes with the Page, and by age."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.pages.widgets import MOST_KEPT, WEIGHTS, Candidate, best_sellers, recommendations

A, B, C, D = (UUID(int=number) for number in (1, 2, 3, 4))
OLD, NEW = date(2020, 1, 1), date(2026, 1, 1)


def test_a_visit_of_a_products_page_counts_more_than_a_click():  # S44
    assert WEIGHTS == {"clicks": 1, "detail_page_views_after_click": 3, "detail_page_views_after_view": 3}


def test_best_sellers_are_those_with_the_strongest_signals():
    assert best_sellers([Candidate(A, 3), Candidate(B, 9), Candidate(C, 0)]) == [B, A]


def test_of_equals_the_newer_comes_first_and_what_has_no_day_last():
    same = [Candidate(A, 5), Candidate(B, 5, released=OLD), Candidate(C, 5, released=NEW), Candidate(D, 5)]

    assert best_sellers(same) == [C, B, A, D]


def test_recommended_is_what_goes_with_the_page_first():
    others = [
        Candidate(A, 0, ("Outdoor", "Tents")),
        Candidate(B, 99, ("Kitchen",)),
        Candidate(C, 5, ("Outdoor", "Lamps")),
        Candidate(D, 1),
    ]

    assert recommendations(others, (), {"Outdoor", "Tents"}, ()) == [A, C, B, D]


def test_what_is_shown_already_is_not_recommended():
    candidates = [Candidate(each, 1) for each in (A, B, C)]

    assert recommendations(candidates, {A}, (), [B]) == [C]


CANDIDATES = st.lists(
    st.builds(Candidate, st.uuids(), st.integers(0, 9), st.lists(st.sampled_from("abc"), max_size=3).map(tuple)),
    unique_by=lambda each: each.id,
    max_size=60,
)


@given(CANDIDATES, st.randoms())
def test_the_order_is_the_same_however_the_products_come(candidates, random):
    shuffled = random.sample(candidates, len(candidates))

    assert best_sellers(candidates) == best_sellers(shuffled)
    assert recommendations(candidates, (), "a", ()) == recommendations(shuffled, (), "a", ())


@given(CANDIDATES)
def test_a_widget_keeps_a_bounded_number_of_products_each_once(candidates):
    found = recommendations(candidates, (), "a", ())

    assert len(found) == len(set(found)) == min(len(candidates), MOST_KEPT)
