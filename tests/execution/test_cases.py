"""The smallest operations that some engine once answered otherwise, each by its name."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from app.execution.plans import Plans
from tests.execution.answers import build, ended, same, told, valid
from tests.execution.hostile import SCHEMA, Cat, Maker, thing
from tests.execution.tables import HERE, HOMES, ITEMS, MOMENTS
from tests.execution.test_declared import World, world  # noqa: F401 - a fixture

STAFF = "{ items(first: 3) { nodes { %s } } }"
PAGES = STAFF % "pages(first: 2) { %s }"
ENDS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
ENDS_OF_DAYS = date.min, date.max
CASES = {
    "a null boolean is no false": STAFF % "boss { open }",
    "a page of nothing but its name": PAGES % "__typename",
    "information of nothing but its name": PAGES % "pageInfo { __typename }",
    "information that no row decides": PAGES % "pageInfo { hasPreviousPage }",
    "a page of which all is skipped": PAGES % "nodes @skip(if: true) { id }",
    "nodes of which all is skipped": PAGES % "nodes { id @skip(if: true) }",
    "edges of which all is skipped": PAGES % "edges { cursor @skip(if: true) }",
    "information of which all is skipped": PAGES % "pageInfo { hasNextPage @skip(if: true) }",
    "one of which all is skipped": STAFF % "boss { id @skip(if: true) }",
    "many of which all is skipped": STAFF % "staff { id @skip(if: true) }",
    "a structure of which all is skipped": STAFF % "boss { price { text @skip(if: true) } }",
    "another view of which all is skipped": STAFF % "facts { name @skip(if: true) }",
    "rows of which all is skipped": STAFF % "id @skip(if: true)",
    "a root of which all is skipped": '{ item(id: "1001") { id @skip(if: true) } }',
    "a union of which nothing but the name is told": STAFF % "either { __typename }",
    "a union below a relation": STAFF % "boss { either { ... on Item { code } ... on Home { sure } } }",
    "a union of which one type is selected": STAFF % "staff { either { ... on Home { name } } }",
    "a list of numbers that are texts": STAFF % "odd { numbers }",
    "a method of a row": STAFF % "odd { plain }",
}


REFERS = ({"boss_id": ITEMS[0]}, {"home_id": HOMES[0]}, {"boss_id": ITEMS[1], "home_id": HOMES[0]})


def item(number: int, **values: Any) -> dict[str, Any]:
    """An item with nulls wherever they may be."""
    names = ("home_id", "boss_id", "name", "rank", "big", "born", "seen", "open", "mood", "tags", "counts")
    sure = {"id": ITEMS[number], "account_id": HERE, "code": f"c{number}", "place": number, "since": MOMENTS[0]}
    return {**dict.fromkeys(names), **sure, **values}


@pytest.mark.parametrize("name", CASES)
def test_rows_are_answered_alike(world: World, name):  # noqa: F811
    home = {"id": HOMES[0], "account_id": HERE, "name": None, "sure": "Home"}
    world.fill([item(0, counts=[2**53 + 1]), *(item(n, **refers) for n, refers in enumerate(REFERS, 1))], [home])

    assert world.answer(CASES[name])["data"] is not None


def cat(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    """Let the root fields answer with cats; a callable is asked for the value, each time anew."""
    made = thing(Cat, "0")
    monkeypatch.setattr(Cat, "answer", lambda _, name: values[name]() if callable(values[name]) else values[name])
    monkeypatch.setattr(Maker, "happens", lambda *_: False)
    monkeypatch.setattr(Maker, "value", lambda _, kind: [made, made] if str(kind).startswith("[") else made)


def answer(document: str, **variables: Any) -> Any:
    node = valid(SCHEMA, document)
    expected, found = (told(ended(build(SCHEMA, node, 0, variables, p))) for p in (None, Plans(sqlite.dialect())))
    assert same(found, expected), (found, expected)
    return found


def test_the_first_and_the_last_moment_are_told(world: World):  # noqa: F811
    """asyncpg keeps them as infinities, which PostgreSQL shows otherwise."""
    ends = [{"since": moment, "seen": moment, "born": day} for moment, day in zip(ENDS, ENDS_OF_DAYS, strict=True)]
    world.fill([item(number, boss_id=ITEMS[number], **end) for number, end in enumerate(ends)], [])
    found = world.answer(STAFF % "boss { since seen born } pages(first: 1) { edges { cursor } }")

    told = {node["boss"]["since"] for node in found["data"]["items"]["nodes"]}
    assert told == {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"}


def test_a_cursor_of_an_early_moment_leads_on(world: World):  # noqa: F811
    world.fill([item(number, since=MOMENTS[3 + number]) for number in range(2)], [])
    (first,) = world.answer("{ items(first: 1, sort: SINCE) { edges { cursor } } }")["data"]["items"]["edges"]
    after = "query ($after: String) { items(first: 1, sort: SINCE, after: $after) { nodes { since } } }"

    found = world.answer(after, after=first["cursor"])["data"]
    assert found == {"items": {"nodes": [{"since": "0999-12-31T23:59:59.999999Z"}]}}


@pytest.mark.parametrize("document", ["{ cat @skip(if: true) { name } }", "{ cat { name @skip(if: true) } }"])
def test_nothing_is_selected(monkeypatch, document):
    cat(monkeypatch)

    assert answer(document)["data"] in ({}, {"cat": {}})


def test_null_decides_what_is_selected(monkeypatch):
    """Valid, since the variable has a default; so graphql-core finds out while it executes."""
    cat(monkeypatch, name="Tom")
    found = answer("query ($b: Boolean = true) { cat { name @skip(if: $b) } }", b=None)

    assert (found["data"], found["errors"][0]["path"]) == ({"cat": None}, ["cat"])


def test_an_iterator_is_read_once_beside_what_is_no_list(monkeypatch):
    values = iter([iter([1, 2]), 5, iter([1, 2]), 5])
    cat(monkeypatch, row=lambda: next(values))

    assert answer("{ cats { row } }")["data"] == {"cats": [{"row": [1, 2]}, {"row": None}]}


def test_a_list_breaks_off_behind_an_error(monkeypatch):
    def breaking():
        yield from (1, "x", 2)
        raise ValueError("broke off")

    cat(monkeypatch, row=breaking)
    found = answer("{ cat { row } }")

    assert found["data"] == {"cat": {"row": None}}
    assert [error["path"] for error in found["errors"]] == [["cat", "row", 1], ["cat", "row"]]


def test_a_method_is_called_once_for_each(monkeypatch):
    called = []

    def purr():
        called.append(1)
        if len(called) % 2 == 0:
            raise ValueError("no")
        return "r"

    cat(monkeypatch, purr=purr, lives=9)
    answer("{ cats { lives purr } }")

    assert len(called) == 4  # two cats, twice
