"""Declared reads over hard rows, three ways: folded into one statement, level by level, and by graphql-core.

The first two answer to the letter alike, where they leave nothing to graphql-core. Its loaders are asynchronous: its
errors come in the order in which they end, and where a non-null place fails, it stops at the error that came first, not
at the first of the document. So there data is compared exactly, and errors as a set without those strictly below a
place that became null (tests/execution/answers.py).
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from graphql import get_named_type, parse
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url

from app.db.engine import Database
from app.domain.access import Caller
from app.execution.plans import Plans
from tests.conftest import HOW, POSTGRES, _new_url, drop
from tests.execution import declared, tables
from tests.execution.answers import Told, awaited, build, same, settled, told, valid
from tests.execution.declared import SCHEMA, Context
from tests.execution.operations import Operation, Writer, many, operations
from tests.execution.tables import HOME, ITEM, ITEMS, METADATA, PEOPLE

ROUNDS = 4
AVOIDING = [frozenset(), declared.UNFOLDABLE, declared.UNFOLDABLE]
ROOTS = list(SCHEMA._schema.query_type.fields)


@dataclass
class World:
    """A database with those tables, and the three ways to ask it."""

    runner: asyncio.Runner
    database: Database
    items: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        dialect = self.database.dialect
        self.engines = {"folds": Plans(dialect), "rows": Plans(dialect, folds=False), "graphql-core": None}

    def fill(self, items: list[dict[str, Any]], homes: list[dict[str, Any]]) -> None:
        async def write() -> None:
            async with self.database.writer.begin() as connection:
                await connection.run_sync(METADATA.drop_all)
                await connection.run_sync(METADATA.create_all)
                for table, rows in ((ITEM, items), (HOME, homes)):
                    if rows:
                        await connection.execute(table.insert(), rows)

        self.runner.run(write())
        self.items = items

    def ask(self, document: str, as_: Caller, variables: dict[str, Any]) -> dict[str, Told]:
        """The answer of each way."""
        node = parse(document)

        async def answers() -> dict[str, Told]:
            context = {name: Context(as_, self.database) for name in self.engines}
            return {
                name: told(await awaited(build(SCHEMA, node, context[name], variables, plans)))
                for name, plans in self.engines.items()
            }

        return self.runner.run(answers())

    def answer(self, document: str, as_: Caller = PEOPLE["admin"], **variables: Any) -> Told:
        """The answer that all ways agree on."""
        left = self.left
        found = self.ask(document, as_, variables)
        folds, rows, core = (found[name] for name in self.engines)
        how = settled if self.left > left else lambda answer: answer
        assert same(how(folds), how(rows)), (document, variables, folds, rows)
        assert same(settled(folds), settled(core)), (document, variables, folds, core)
        return folds

    @property
    def left(self) -> int:
        """How many root fields were left to graphql-core, whose errors then are a matter of time."""
        return sum(plans.fallbacks.total() for plans in self.engines.values() if plans)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if request.param == "postgresql" and not POSTGRES:
        pytest.skip(HOW)
    url = _new_url(request.param, tmp_path_factory.mktemp("declared"), f"endcap_execution_{uuid4().hex[:8]}")
    with asyncio.Runner() as runner:
        made = World(runner, Database.at(url))
        yield made
        runner.run(made.database.close())
    if request.param == "postgresql":
        drop(make_url(url).database or "")


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_declared_reads_are_answered_alike(world: World, seed: int):
    world.fill(*tables.rows(seed))
    drawn = operations(
        SCHEMA._schema,
        ROOTS,
        declared.pool(world.items),
        habits=declared.HABITS,
        avoiding=AVOIDING,
        size=25,
        nulls=False,
    )
    seen = {"data": 0, "errors": 0}

    @many(80)
    @given(drawn, st.sampled_from([*["admin"] * 3, *PEOPLE]))
    def holds(asked: Operation, who: str) -> None:
        for variables in asked.variables:
            answer = world.answer(asked.document, PEOPLE[who], **variables)
            seen["errors"] += "errors" in answer
            seen["data"] += any((answer["data"] or {}).values())

    holds()
    assert min(seen.values()) > 10, seen


@st.composite
def of_several(draw: Any, pool: Any) -> Operation:
    """An operation that asks many items for what they name, of whatever type, and for more beside and below it."""
    writer = Writer(SCHEMA._schema, draw, pool, size=15, habits=declared.HABITS, nulls=False)
    item = SCHEMA._schema.type_map["Item"]
    name = draw(st.sampled_from(declared.SEVERAL))
    below = writer.selection(get_named_type(item.fields[name].type), 2)
    mark = f"mark: {name}{writer.directives()} {{ kind: __typename {below.removeprefix('{')}"
    body = f"{mark} {writer.part(item, 1, 0)}"
    pages = f"items(first: {draw(st.sampled_from([5, 100]))}) {{ nodes {{ {body} }} }}"
    everywhere = f"found(ids: {json.dumps([str(each.int) for each in ITEMS])}) {{ ... on Item {{ {body} }} }}"
    return writer.written([draw(st.sampled_from([pages, everywhere]))])


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_fields_of_several_types_are_answered_alike(world: World, seed: int):
    world.fill(*tables.rows(100 + seed))
    seen = Counter[str]()

    @many(60)
    @given(of_several(declared.pool(world.items)), st.sampled_from([*["admin"] * 3, *PEOPLE]))
    def holds(asked: Operation, who: str) -> None:
        for variables in asked.variables:
            answer = world.answer(asked.document, PEOPLE[who], **variables)
            seen["errors"] += "errors" in answer
            seen.update(marked(answer["data"]))

    holds()
    assert min(seen[each] for each in ("Item", "Home", "null", "errors")) > 10, seen


def marked(data: Any) -> list[str]:
    """The types of what was found under the mark of `of_several`."""
    items = data and (data["items"]["nodes"] if "items" in data else data["found"])
    marks = [each["mark"] for each in items or () if each and "mark" in each]
    return [each["kind"] if each else "null" for each in marks]


def test_a_null_that_the_schema_does_not_allow_is_found_within_a_fold(world: World):
    items, homes = tables.rows(0)
    world.fill(items, [{**home, "name": None} for home in homes])
    answer = world.answer("{ items(first: 100) { nodes { home { sure named } } } }")

    assert {error["message"] for error in answer["errors"]} == {"Cannot return null for non-nullable field Home.named."}
    assert {str(each["home"]) for each in answer["data"]["items"]["nodes"]} == {"None"}


def test_declared_operations_are_valid():
    @many(50)
    @given(operations(SCHEMA._schema, ROOTS, declared.pool(tables.rows(0)[0]), habits=declared.HABITS))
    def holds(asked: Operation) -> None:
        assert valid(SCHEMA, asked.document)

    holds()
