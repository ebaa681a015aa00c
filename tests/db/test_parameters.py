"""Arguments of prepared statements: what shapes the text, what is bound to it, and where its values are found."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BindParameter, Integer, String, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db.parameters import getter, shape, symbol, typed
from app.db.prepared import Prepared

DIALECTS = {"sqlite": sqlite.dialect(paramstyle="qmark"), "postgresql": postgresql.asyncpg.dialect()}
ID, NOON = UUID(int=7), datetime(2026, 11, 20, 12, tzinfo=UTC)


class Size(Enum):
    SMALL = "SMALL"
    LARGE = "LARGE"


@dataclass(frozen=True)
class Between:
    low: Any
    high: Any


# ---- what shapes


@pytest.mark.parametrize("value", [None, True, False, *Size])
def test_what_is_fixed_is_its_own_shape_and_stands_in_the_text(value):
    assert shape(value) is value
    assert symbol("a", value) is value


BOUND = [("", "a text"), (0, 1, -(2**62)), (ID, UUID(int=8)), (date(1, 1, 1), NOON), ([], [ID, ID]), (set(), {1})]


@pytest.mark.parametrize("value", [*(each for pair in BOUND for each in pair), frozenset(), frozenset({ID})])
def test_what_is_bound_has_one_shape_whatever_it_is(value):
    found = symbol("name", value)

    assert shape(value) == shape("any other text")
    assert (type(found), found.key, found.required) == (BindParameter, "name", True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, "x"),
        (None, False),
        (True, False),
        (1, True),
        (0, False),
        (Size.SMALL, Size.LARGE),
        (Size.SMALL, "SMALL"),
        ((), ("x",)),
        (("x",), ("x", "x")),
        (("x", None), (None, "x")),
        ("x", ("x",)),
        (Between(1, None), Between(None, 1)),
        (Between(1, (2,)), Between(1, (2, 3))),
    ],
)
def test_what_makes_another_statement_has_another_shape(one, other):
    assert shape(one) != shape(other)
    assert shape(Between(one, 1)) != shape(Between(other, 1))
    assert shape((one, 1)) != shape((other, 1))


def test_a_mapping_is_for_python_alone():
    assert shape({"a": 1, "b": None}) == shape({})
    assert symbol("a", {"a": 1}) == {}


def test_what_is_sql_already_stands_as_it_is_and_is_always_the_same():
    made = literal("x")

    assert symbol("a", made) is made
    assert shape(made) == shape(select(literal("y")))
    assert shape(made) != shape("x")


# ---- what is bound


@pytest.mark.parametrize(
    ("name", "given_", "found"),
    [
        ("a", {"a": 1, "b": 2}, 1),
        ("a.low", {"a": Between(1, 2)}, 1),
        ("a.high.1", {"a": Between(1, ("x", "y"))}, "y"),
        ("a.b.c", {"a": {"b": {"c": ID}}}, ID),
        ("a.1.low", {"a": (1, Between(NOON, 2))}, NOON),
        ("a.low__fold_part", {"a": Between([ID], 2)}, [ID]),
        ("a", {"a": None}, None),
    ],
)
def test_a_parameters_value_is_found_by_its_name(name, given_, found):
    assert getter(name)(given_) == found


class Recorder:
    """A driver that keeps what it was asked."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    async def fetch(self, sql: str, values: Any) -> list[Any]:
        self.values = list(values)
        return []


def leaves(value: Any) -> Iterator[Any]:
    """What is bound of a value, or of its symbol, from left to right."""
    if isinstance(value, tuple | Between):
        for part in value if isinstance(value, tuple) else (value.low, value.high):
            yield from leaves(part)
    elif isinstance(value, str | BindParameter):
        yield value


def asked(value: Any, dialect: Any) -> tuple[str, list[Any]]:
    """Text and bound values of a statement that is built of a value's symbol and then run with the value."""
    parameters = [typed(each, String()) for each in leaves(symbol("argument.a", value))]
    statement = Prepared(select(literal(1), *parameters), dialect)
    recorder = Recorder()
    asyncio.run(statement.columns(recorder, {"argument": {"a": value}}))
    return statement.sql, recorder.values[1:]


FIXED = st.sampled_from([None, True, False, *Size])
ARGUMENTS = st.recursive(
    FIXED | st.text(max_size=3),
    lambda parts: st.lists(parts, max_size=3).map(tuple) | st.builds(Between, parts, parts),
    max_leaves=8,
)


def alike(draw: Any, value: Any) -> Any:
    """Another value of the same shape."""
    if isinstance(value, tuple):
        return tuple(alike(draw, each) for each in value)
    if isinstance(value, Between):
        return Between(alike(draw, value.low), alike(draw, value.high))
    return draw(st.text(max_size=3)) if isinstance(value, str) else value


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@given(ARGUMENTS, st.data())
def test_one_text_serves_all_values_of_a_shape(dialect, value, data):
    other = alike(data.draw, value)
    (text, bound), (other_text, other_bound) = asked(value, dialect), asked(other, dialect)

    assert shape(value) == shape(other)
    assert hash(shape(value)) == hash(shape(other))
    assert text == other_text
    assert (bound, other_bound) == (list(leaves(value)), list(leaves(other)))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_an_argument_can_be_sent_in_several_ways_at_once(dialect):
    argument = symbol("a", "5")
    rows = select(typed(argument, String(), "plain"), typed(argument, Integer(), "number"), typed(argument, String()))
    statement, recorder = Prepared(rows, dialect), Recorder()
    asyncio.run(statement.columns(recorder, {"a": "5"}))

    assert recorder.values == ["5", "5", "5"]
    assert len({each.key for each in (typed(argument, String(), "plain"), typed(argument, Integer(), "number"))}) == 2


def test_a_symbol_of_a_dataclass_is_one_of_its_kind():
    days = Between(date(2026, 11, 1), None)
    found = symbol("a.days", days)

    assert (found.low.key, replace(found, low=days.low)) == ("a.days.low", days)


def test_a_value_is_typed_as_it_is_and_a_parameter_by_its_name():
    assert (typed("x", String()).value, typed("x", String()).type.python_type) == ("x", str)
    made = typed(symbol("a", 1), Integer(), "use")
    assert (made.key, made.required, type(made.type)) == ("a__use", True, Integer)
