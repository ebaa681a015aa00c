"""What people search by: every character stands for itself, on both databases."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from app.db.base import Text
from app.db.match import holds
from app.db.parameters import symbol
from app.db.prepared import Prepared
from app.domain.text import fold
from tests.conftest import Api

ODD = "%_/\\'\"?:$[]*.^ "
SOME = settings(
    max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WORDS = st.text(st.sampled_from(f"abé{ODD}"), max_size=6) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6
)


def asked(api: Api, kept: str, wanted: str, normal: Any = fold) -> bool:
    """Whether a text that is *kept* meets the condition of the *wanted* one, as a value and as a parameter alike."""
    database, column = api.installation.database, literal(kept, Text(200))
    found = set()
    for text in (wanted, symbol("wanted", wanted)):
        statement = Prepared(select(literal(1)).where(holds(column, text, normal)), database.dialect)
        (column_,) = api.run(statement.columns, database.reads, {"wanted": wanted})
        found.add(len(column_))
    (answer,) = found
    return answer == 1


@pytest.mark.parametrize("character", ODD.strip())
def test_an_odd_character_is_found_where_it_stands_and_nowhere_else(api: Api, character):
    there, elsewhere = f"a{character}b", "axb"

    assert asked(api, there, character)
    assert not asked(api, elsewhere, character)
    assert not asked(api, elsewhere, there)


def test_a_wanted_text_is_part_of_the_kept_one_as_in_python(api: Api):
    @SOME
    @example("a/%b", "/%")
    @example("a//b", "/")
    @example("a%", "a_")
    @given(WORDS, WORDS)
    def agrees(kept: str, wanted: str) -> None:
        assert asked(api, fold(kept), wanted) == (fold(wanted) in fold(kept))
        around = fold(f"x{kept}{wanted}y")
        assert asked(api, around, wanted) == (fold(wanted) in around)

    agrees()


@pytest.mark.parametrize("kept", ["", "a", "%", "several words"])
@pytest.mark.parametrize("wanted", ["", " ", "\t  "])
def test_an_empty_text_is_part_of_any(api: Api, kept, wanted):
    assert asked(api, kept, wanted)


@pytest.mark.parametrize(
    ("kept", "wanted"), [("Café  Crème", "CAFE CR"), ("ŁÓDŹ", "łódź"), ("straße", "STRASSE"), ("ﬁne", "FI")]
)
def test_the_wanted_text_is_folded_as_the_column_is(api: Api, kept, wanted):
    assert asked(api, fold(kept), wanted)
    assert not asked(api, fold(kept), f"{wanted}!")


def test_another_normal_form_is_the_callers_choice(api: Api):
    assert not asked(api, "cafe", "café", str)
    assert asked(api, "café", "afé", str)
