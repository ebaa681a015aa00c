"""What people search by: every character stands for itself, on both databases."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from app.db.base import Text
from app.db.match import begins, holds
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


def asked(api: Api, condition: Any, kept: str, wanted: str, normal: Any = fold) -> bool:
    """Whether a text that is *kept* meets the condition of the *wanted* one, as a value and as a parameter alike."""
    database, column = api.installation.database, literal(kept, Text(200))
    found = set()
    for text in (wanted, symbol("wanted", wanted)):
        statement = Prepared(select(literal(1)).where(condition(column, text, normal)), database.dialect)
        (column_,) = api.run(statement.columns, database.reads, {"wanted": wanted})
        found.add(len(column_))
    (answer,) = found
    return answer == 1


@pytest.mark.parametrize("character", ODD.strip())
def test_an_odd_character_is_found_where_it_stands_and_nowhere_else(api: Api, character):
    there, elsewhere = f"a{character}b", "axb"

    assert asked(api, holds, there, character)
    assert asked(api, begins, there, f"a{character}")
    assert not asked(api, holds, elsewhere, character)
    assert not asked(api, holds, elsewhere, there)
    assert not asked(api, begins, elsewhere, f"a{character}")


def test_a_wanted_text_is_part_of_the_kept_one_as_in_python(api: Api):
    @SOME
    @example("a/%b", "/%")
    @example("a//b", "/")
    @example("a%", "a_")
    @given(WORDS, WORDS)
    def agrees(kept: str, wanted: str) -> None:
        assert asked(api, holds, fold(kept), wanted) == (fold(wanted) in fold(kept))
        assert asked(api, begins, fold(kept), wanted) == fold(kept).startswith(fold(wanted))
        around = fold(f"x{kept}{wanted}y")
        assert asked(api, holds, around, wanted) == (fold(wanted) in around)

    agrees()


@pytest.mark.parametrize("kept", ["", "a", "%", "several words"])
@pytest.mark.parametrize("wanted", ["", " ", "\t  "])
def test_an_empty_text_is_part_and_beginning_of_any(api: Api, kept, wanted):
    assert asked(api, holds, kept, wanted)
    assert asked(api, begins, kept, wanted)


@pytest.mark.parametrize(
    ("kept", "wanted"), [("Café  Crème", "CAFE CR"), ("ŁÓDŹ", "łódź"), ("straße", "STRASSE"), ("ﬁne", "FI")]
)
def test_the_wanted_text_is_folded_as_the_column_is(api: Api, kept, wanted):
    assert asked(api, holds, fold(kept), wanted)
    assert asked(api, begins, fold(kept), wanted)
    assert not asked(api, holds, fold(kept), f"{wanted}!")


def test_another_normal_form_is_the_callers_choice(api: Api):
    assert not asked(api, holds, "cafe", "café", str)
    assert asked(api, holds, "café", "afé", str)
    assert asked(api, begins, "a  b", "a  ", str)


def test_a_text_is_searched_as_part_and_as_beginning_in_one_statement(api: Api):
    database, wanted = api.installation.database, symbol("wanted", "b")
    columns = [literal(text, Text(9)) for text in ("ab", "ba", "c")]
    rows = select(*(each(column, wanted, fold) for column in columns for each in (holds, begins)))
    statement = Prepared(rows, database.dialect)

    found = api.run(statement.columns, database.reads, {"wanted": "B"})
    assert [bool(value) for (value,) in found] == [True, False, True, True, False, False]
