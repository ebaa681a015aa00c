"""Objects that Python code made, hostile ones: the engine answers to the letter as graphql-core does, errors and all.

Where resolvers are asynchronous, graphql-core's errors come as they end: those are compared as a set.
"""

import asyncio

from graphql import parse
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from app.execution.plans import Plans
from tests.execution import hostile
from tests.execution.answers import awaited, build, ended, same, settled, told, valid
from tests.execution.hostile import SCHEMA, WAITING_SCHEMA
from tests.execution.operations import Operation, many, operations

SEEDS = st.integers(0, 2**20)
OPERATIONS = operations(SCHEMA._schema, list(hostile.ROOTS), hostile.pool)
WAITING = operations(WAITING_SCHEMA._schema, list(hostile.WAITING), hostile.pool, nulls=False)


def test_hostile_objects_are_answered_to_the_letter():
    """Three requests of each document on plans that are kept: other variables, and the first ones again."""
    plans, seen = Plans(sqlite.dialect()), {"errors": 0, "whole": 0, "nothing": 0}

    @many(600)
    @given(OPERATIONS, SEEDS)
    def holds(asked: Operation, seed: int) -> None:
        node = parse(asked.document)
        for variables in (*asked.variables, asked.variables[0]):
            expected = told(ended(build(SCHEMA, node, seed, variables, None)))
            found = told(ended(build(SCHEMA, node, seed, variables, plans)))
            assert same(found, expected), (asked.document, variables, found, expected)
            seen["errors"] += "errors" in expected
            seen["whole"] += "errors" not in expected and any(expected["data"].values())
            seen["nothing"] += expected["data"] is None

    holds()
    assert min(seen.values()) > 100, seen


def test_hostile_objects_that_are_awaited_are_answered_alike():
    plans, seen = Plans(sqlite.dialect()), {"errors": 0, "whole": 0}
    with asyncio.Runner() as runner:

        @many(150)
        @given(WAITING, SEEDS)
        def holds(asked: Operation, seed: int) -> None:
            node = parse(asked.document)
            for variables in asked.variables:
                expected = told(runner.run(awaited(build(WAITING_SCHEMA, node, seed, variables, None))))
                found = told(runner.run(awaited(build(WAITING_SCHEMA, node, seed, variables, plans))))
                assert same(settled(found), settled(expected)), (asked.document, variables, found, expected)
                seen["errors"] += "errors" in expected
                seen["whole"] += "errors" not in expected and any(expected["data"].values())

        holds()
    assert min(seen.values()) > 20, seen


def test_all_operations_are_valid():
    @many(50)
    @given(OPERATIONS)
    def holds(asked: Operation) -> None:
        assert valid(SCHEMA, asked.document)

    holds()
