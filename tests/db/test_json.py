"""JSON made by the database is what Python makes, on both databases."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    String,
    Uuid,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from app.db import json as made
from app.db.base import Text, UtcDateTime, choice
from app.db.ids import global_id, parse
from app.db.page import Order, encode
from app.db.prepared import Prepared
from app.db.tables.campaigns import Campaign
from app.domain.access import Level
from app.domain.metrics import ratio
from app.domain.money import Money
from tests.conftest import Api
from tests.people import NOW

SOME = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
ODD = "".join(map(chr, range(1, 0xA1))) + "\u2028\u2029\ufeff\ufffe\uffff\U0001f98e\U0010ffff\ud7ff\ue000é\\\"/'%_:$1?"
MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
COUNTS = st.integers(0, 10**12)


def told(api: Api, *values: Any) -> list[Any]:
    """What the database makes of the expressions."""
    database = api.installation.database
    columns = api.run(Prepared(select(*values), database.dialect).columns, database.reads, {})
    return [value for (value,) in columns]


def words(api: Api) -> made.Words:
    return made.words(api.installation.database.dialect.name)


def shown(api: Api, kind: str, value: Any) -> Any:
    """A value as GraphQL's type shows it."""
    return api.installation.schema._schema.type_map[kind].coerce_output_value(value)


# ---- each of the words


def test_a_text_is_escaped_as_json_is(api: Api):
    @SOME
    @example(ODD)
    @example("")
    @given(TEXTS)
    def agrees(text: str) -> None:
        (found,) = told(api, words(api).text(literal(text, Text(2000))))
        assert json.loads(found) == text

    agrees()


def test_a_moment_is_shown_as_the_scalar_does(api: Api):
    @SOME
    @example(NOW)
    @example(NOW.replace(microsecond=1))
    @example(NOW.replace(microsecond=500_000))
    @example(NOW.replace(microsecond=0, second=1))
    @given(MOMENTS)
    def agrees(moment: datetime) -> None:
        found = told(api, words(api).moment(literal(moment, UtcDateTime())))
        assert found == [shown(api, "DateTime", moment)]

    agrees()


def test_a_global_id_is_the_one_python_makes(api: Api):
    @SOME
    @given(st.uuids(), st.sampled_from(["Ad", "Ads", "Account", "A" * 40, "It's"]))
    def agrees(id: UUID, name: str) -> None:
        (found,) = told(api, words(api).global_id(name, literal(id, Uuid())))
        assert found == global_id(name, id)
        assert parse(found) == (name, id)

    agrees()


KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "text": (Text(2000), TEXTS | st.just(ODD)),
    "number": (Integer(), st.integers(-(2**31), 2**31 - 1)),
    "large": (BigInteger(), st.integers(-(2**63), 2**63 - 1)),
    "day": (Date(), st.dates()),
    "at": (UtcDateTime(), MOMENTS),
    "id": (Uuid(), st.uuids()),
}


def test_a_cursor_is_the_one_python_makes(api: Api):
    @SOME
    @given(st.lists(st.sampled_from([*KINDS]), min_size=1, max_size=4), st.booleans(), st.data())
    def agrees(names: list[str], descending: bool, data: Any) -> None:
        order = Order(tuple(names), descending)
        values = [data.draw(KINDS[name][1]) for name in names]
        columns = [literal(value, KINDS[name][0]) for name, value in zip(names, values, strict=True)]
        assert told(api, words(api).cursor(order, columns)) == [encode(order, values)]

    agrees()


def test_a_long_cursor_has_no_line_breaks(api: Api):
    (found,) = told(api, words(api).cursor(Order(("text",)), [literal("x" * 500, Text(2000))]))

    assert found == encode(Order(("text",)), ["x" * 500])


def decimal(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def test_a_ratio_is_rounded_half_up_as_in_python(api: Api):
    @SOME
    @example(1, 2_000_000)  # a half of the last place
    @example(1, 2_000_001)
    @example(3, 2_000_000)
    @example(0, 5)
    @example(5, 0)
    @example(10**12, 1)
    @example(2, 3)
    @given(COUNTS, COUNTS)
    def agrees(part: int, whole: int) -> None:
        plain, sums = ([literal(each, BigInteger()) for each in (part, whole)] for _ in range(2))
        sums = [cast(func.coalesce(func.sum(each), 0), BigInteger) for each in sums]  # as resolvers/metrics.py has them
        found = told(api, words(api).ratio(*plain), words(api).ratio(*sums))
        assert found == [decimal(ratio(part, whole))] * 2

    agrees()


def test_an_amount_in_units_has_at_least_two_places_as_in_python(api: Api):
    @SOME
    @example(0)
    @example(1)
    @example(10_000)
    @example(12_500_000)
    @example(105_000)
    @example(-1)
    @given(st.integers(-(2**62), 2**62))
    def agrees(micros: int) -> None:
        (found,) = told(api, words(api).units(literal(micros, BigInteger())))
        assert found == decimal(Money(micros, "USD").decimal)

    agrees()


def test_null_stays_null(api: Api):
    number, text = literal(None, BigInteger()), literal(None, Text(9))

    assert told(api, words(api).units(number), words(api).ratio(number, number)) == [None, None]
    assert told(api, words(api).moment(literal(None, UtcDateTime()))) == [None]
    assert told(api, made.chain(["a", text, "b"]), made.chain([text])) == [None, None]


def test_the_least_of_two(api: Api):
    two, ten = literal(2, Integer()), literal(10, Integer())

    assert told(api, words(api).least(two, ten), words(api).least(ten, two)) == [2, 2]


# ---- columns as leaves

LEAVES: dict[str, tuple[str, Any, st.SearchStrategy[Any]]] = {
    "Boolean": ("Boolean", Boolean(), st.booleans()),
    "String": ("String", Text(2000), TEXTS | st.just(ODD)),
    "Int": ("Int", Integer(), st.integers(-(2**31), 2**31 - 1)),
    "BigInt": ("BigInt", BigInteger(), st.integers(-(2**63), 2**63 - 1)),
    "small BigInt": ("BigInt", Integer(), st.integers(-(2**31), 2**31 - 1)),
    "DateTime": ("DateTime", UtcDateTime(), MOMENTS),
    "Date": ("Date", Date(), st.dates()),
}


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_is_what_its_type_shows(api: Api, name):
    kind, column, values = LEAVES[name]

    @SOME
    @given(values)
    def agrees(value: Any) -> None:
        parts = made.leaf(literal(value, column), kind, words(api))
        (found,) = told(api, words(api).join(parts))
        assert json.loads(found) == shown(api, kind, value)

    agrees()


@pytest.mark.parametrize("level", Level)
def test_a_member_of_an_enum_is_its_name(api: Api, level):
    parts = made.leaf(literal(level, choice(Level)), "Enum", words(api))

    assert told(api, words(api).join(parts)) == [f'"{level.name}"']


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (literal(1, BigInteger()), "Int"),  # whether it fits is known by its value only
        (literal(1, Integer()), "Boolean"),
        (literal(True, Boolean()), "Int"),
        (literal("x", String()), "String"),
        (literal("x", Text(9)), "ID"),
        (literal(date(2026, 1, 1), Date()), "DateTime"),
        (literal(NOW, UtcDateTime()), "Date"),
        (literal([], JSON()), "String"),
        (literal("x", Text(9)), "Nothing"),
    ],
)
def test_a_leaf_of_another_kind_is_left_to_python(api: Api, column, kind):
    assert made.leaf(column, kind, words(api)) is None


# ---- what they are joined to


def test_a_constant_stands_in_the_statement_as_it_is(api: Api):
    texts = [ODD, "it's", "''", "50% :a $1 ? %s %(a)s {} \\n", '{"":0}']

    assert told(api, *(made.constant(text) for text in texts)) == texts


def test_or_else_stands_for_a_null_anywhere_among_the_parts(api: Api):
    here, missing = literal("here", Text(9)), literal(None, Text(9))
    lists = [["<", here, ">"], [here], [missing], ["<", missing, ">"], [here, missing], ["only ", "constant"]]

    found = told(api, *(words(api).join(made.or_else(parts, "instead")) for parts in lists))
    assert found == ["<here>", "here", "instead", "instead", "instead", "only constant"]


@pytest.mark.parametrize(
    ("database_url", "number"),
    [("sqlite", 1), ("sqlite", 30), *(("postgresql", number) for number in (1, 44, 45, 49, 50, 200, 4000))],
    indirect=["database_url"],
)
def test_as_many_parts_as_the_database_takes_are_joined_in_order(api: Api, number):
    parts: made.Parts = []
    for place in range(number):
        parts += [f"{place}:", literal(f"v{place}", Text(9)), ","]

    assert told(api, words(api).join(parts)) == ["".join(f"{place}:v{place}," for place in range(number))]


def test_neighbouring_constants_are_one():
    column = literal("x")

    assert made.merged(["a", "b", column, "c", "d", "e"]) == ["ab", column, "cde"]
    assert made.merged([]) == []


def test_an_object_is_of_its_values_in_order(api: Api):
    values = {"b": made.string(literal("x", Text(9))), "a": [words(api).text(literal('"', Text(9)))], "c": ["null"]}

    assert told(api, words(api).join(made.object_of(values))) == ['{"b":"x","a":"\\"","c":null}']


def test_an_array_is_of_what_rows_there_are(api: Api):
    rows = union_all(*(select(literal(text, Text(9)).label("text")) for text in ("a", "b"))).subquery()
    gathered = words(api).gather(words(api).text(rows.c.text))

    def listed(*conditions: Any) -> Any:
        items = select(gathered).where(*conditions).scalar_subquery()
        return words(api).join(made.array_of(items))

    several, one, none = told(api, listed(), listed(rows.c.text == "b"), listed(rows.c.text == "c"))
    assert sorted(json.loads(several)) == ["a", "b"]
    assert (one, none) == ('["b"]', "[]")


NOT_NULL, NULLABLE = Campaign.__table__.c.name, Campaign.__table__.c.ends_at


@pytest.mark.parametrize(
    ("column", "never"),
    [
        (NOT_NULL, True),
        (NULLABLE, False),
        (Column("free"), False),
        (NOT_NULL.label("other"), True),
        (NULLABLE.label("other"), False),
        (select(NOT_NULL).subquery().c.name, True),
        (func.coalesce(NULLABLE, NOW).label("x"), True),
        (func.coalesce(NULLABLE, NULLABLE), False),
        (func.coalesce(NULLABLE, null()), False),
        (func.sum(Campaign.total_budget_micros), False),
    ],
)
def test_only_what_the_database_keeps_from_being_null_is_never_null(column, never):
    assert made.is_never_null(column) is never
