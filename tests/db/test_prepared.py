"""Prepared statements: values come and go as SQLAlchemy's own execution has them, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, Column, Date, Integer, MetaData, Table, Uuid, bindparam, func, literal, select
from sqlalchemy import Text as LongText

from app.db.base import Folded, Micros, Sequence, Text, UtcDateTime, choice
from app.db.keys import any_of
from app.db.parameters import symbol
from app.db.prepared import Prepared
from app.domain.access import Level
from tests.conftest import Api

KINDS: dict[str, Any] = {
    "text": Text(100),
    "folded": Folded(5),
    "long": LongText(),
    "at": UtcDateTime(),
    "day": Date(),
    "level": choice(Level),
    "number": Integer(),
    "micros": Micros(),
    "sequence": Sequence,
    "flag": Boolean(),
    "key": Uuid(),
    "json": JSON(none_as_null=True),
}
THINGS = Table(
    "thing", MetaData(), Column("place", Integer, primary_key=True), *(Column(*each) for each in KINDS.items())
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-9, minutes=-30))])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "folded": TEXTS,
    "long": TEXTS,
    "at": st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES),  # noqa: DTZ001
    "day": st.dates(),
    "level": st.sampled_from(Level),
    "number": st.integers(-(2**31), 2**31 - 1),
    "micros": st.integers(-(2**63), 2**63 - 1),
    "sequence": st.integers(-(2**63), 2**63 - 1),
    "flag": st.booleans(),
    "key": st.uuids(),
    "json": st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
        lambda parts: st.lists(parts, max_size=2) | st.dictionaries(TEXTS, parts, max_size=2),
        max_leaves=4,
    ),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), max_size=3)
SOME = settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def things(api: Api) -> Api:
    """A world with a table of every kind of column."""

    async def make() -> None:
        async with api.installation.database.writer.begin() as connection:
            await connection.run_sync(THINGS.create)

    api.run(make)
    return api


def put(api: Api, rows: list[dict[str, Any]]) -> None:
    async def insert() -> None:
        async with api.installation.database.writer.begin() as connection:
            await connection.execute(THINGS.delete())
            for place, row in enumerate(rows):
                await connection.execute(THINGS.insert().values(place=place, **row))

    api.run(insert)


def usual(api: Api, statement: Any, **values: Any) -> list[Any]:
    """What SQLAlchemy's own execution gives."""

    async def read() -> list[Any]:
        async with api.installation.database.reading() as connection:
            return [tuple(row) for row in await connection.execute(statement, values)]

    return api.run(read)


def prepared(api: Api, statement: Any, **values: Any) -> list[Any]:
    database = api.installation.database
    columns = api.run(Prepared(statement, database.dialect).columns, database.reads, values)
    return list(zip(*columns, strict=True))


def kinds(rows: list[Any]) -> list[Any]:
    return [[type(value) for value in row] for row in rows]


def test_every_kind_of_column_comes_as_sqlalchemy_gives_it(things: Api):
    statement = select(THINGS).order_by(THINGS.c.place)

    @SOME
    @given(ROWS)
    def holds(rows: list[dict[str, Any]]) -> None:
        put(things, rows)
        found = prepared(things, statement)
        assert found == usual(things, statement)
        assert kinds(found) == kinds(usual(things, statement))

    holds()


@pytest.mark.parametrize("name", [name for name in KINDS if name != "json"])  # PostgreSQL compares no json
def test_every_kind_of_parameter_is_sent_as_sqlalchemy_sends_it(things: Api, name):
    column = THINGS.c[name]
    statement = select(THINGS.c.place).where(column == bindparam("wanted", type_=column.type))

    @SOME
    @given(VALUES[name], VALUES[name])
    def holds(value: Any, other: Any) -> None:
        put(things, [{name: value}, {name: other}, {name: None}])
        found = prepared(things, statement, wanted=value)
        assert (0,) in found
        assert found == usual(things, statement, wanted=value)

    holds()


def test_null_is_sent_as_null(things: Api):
    given_ = [bindparam(name, type_=kind).label(name) for name, kind in KINDS.items()]

    assert prepared(things, select(*given_), **dict.fromkeys(KINDS)) == [(None,) * len(KINDS)]


def test_a_constant_of_the_statement_needs_no_value(things: Api):
    put(things, [{"text": "a", "level": Level.ADMIN}, {"text": "b"}, {"text": "c", "level": Level.ADMIN}])
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    rows = select(literal(moment, UtcDateTime()), literal("it's :x %s ?"), func.coalesce(THINGS.c.text, "none"))
    rows = rows.where(THINGS.c.level == Level.ADMIN, THINGS.c.place >= bindparam("least")).order_by(THINGS.c.place)

    for least, texts in ((0, "ac"), (1, "c"), (3, "")):
        found = prepared(things, rows.limit(2), least=least)
        assert found == [(moment, "it's :x %s ?", text) for text in texts]


def test_parameters_and_constants_keep_their_places(things: Api):
    rows = select(
        bindparam("b", type_=Text(9)), literal("1", Text(9)), bindparam("a", type_=Text(9)), literal("2", Text(9))
    )

    assert prepared(things, rows, a="A", b="B") == [("B", "1", "A", "2")]


@pytest.mark.parametrize(
    ("name", "values"),
    [("key", [UUID(int=5), UUID(int=6)]), ("level", [Level.ADMIN, Level.EDITOR]), ("text", ["a", "%'\"é"])],
)
def test_any_of_many_is_one_parameter(things: Api, name, values):
    put(things, [{name: value} for value in (*values, None)])
    rows = select(THINGS.c.place).where(any_of(THINGS.c[name], symbol("keys", values))).order_by(THINGS.c.place)
    statement = Prepared(rows, things.installation.database.dialect)

    for wanted, places in (([], []), (values[:1], [(0,)]), (values[::-1], [(0,), (1,)])):
        found = things.run(statement.columns, things.installation.database.reads, {"keys": wanted})
        assert list(zip(*found, strict=True)) == places


def test_a_list_in_the_text_of_a_statement_is_refused(api: Api):
    rows = select(THINGS.c.place).where(THINGS.c.number.in_([1, 2]))

    with pytest.raises(TypeError, match="any_of"):
        Prepared(rows, api.installation.database.dialect)


def test_without_rows_every_column_is_there_and_empty(things: Api):
    database = things.installation.database
    statement = Prepared(select(THINGS), database.dialect)

    assert things.run(statement.columns, database.reads, {}) == [()] * (1 + len(KINDS)) == statement.empty


def test_columns_have_their_kinds_by_name(api: Api):
    rows = select(THINGS, func.lower(THINGS.c.text, type_=Text(3)).label("small"))
    found = Prepared(rows, api.installation.database.dialect).kinds(["key", "at", "small", "micros"])

    assert [type(kind) for kind in found] == [Uuid, UtcDateTime, Text, Micros]


def test_a_database_prepares_a_function_of_a_module_once(api: Api):
    database, built = api.installation.database, []

    def statement() -> Any:
        built.append(1)
        return select(literal(5))

    assert database.prepared(statement) is database.prepared(statement)
    assert (built, database.prepared(statement).empty) == ([1], [()])
