"""Law 5: every root field carries exactly one guard, which the SDL shows and a request meets."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import strawberry
from graphql import parse

from app.domain.access import INGEST_SCOPES, NOBODY, TOKEN_SCOPES, Caller, Level
from app.schema.context import Context, Services
from app.schema.guards import Access
from app.schema.payloads import MutationPayload
from app.schema.relay import NODES
from app.schema.root import UnguardedError, build
from tests.house.contract import ROOTS, fields, guards, is_required, named, objects, sdl
from tests.house.source import uphold

ONE, TWO = [Access(Level.EDITOR)], [Access(Level.EDITOR), Access(Level.ADMIN)]
SERVICES = Services(**dict.fromkeys((each.name for each in dataclasses.fields(Services)), None))  # type: ignore[arg-type]
SERVICES.clock = lambda: datetime(2026, 1, 1, tzinfo=UTC)
carried_out = []


@strawberry.type
class ThingMakePayload(MutationPayload):
    pass


def schema_with(question, wish):
    """A schema of two fields under these guards."""

    @strawberry.type
    class Query:
        @strawberry.field(extensions=question)
        async def thing(self) -> int | None:
            return 1

    @strawberry.type
    class Mutation:
        @strawberry.mutation(extensions=wish)
        async def thing_make(self) -> ThingMakePayload:
            carried_out.append(self)
            return ThingMakePayload()

    return build(Query, Mutation)


@pytest.mark.parametrize(
    ("question", "wish", "named_fields"),
    [
        ([], ONE, "thing"),
        (ONE, [], "thingMake"),
        (TWO, ONE, "thing"),
        (ONE, TWO, "thingMake"),
        ([], [], "thing, thingMake"),
    ],
)
def test_a_root_field_without_exactly_one_guard_is_not_built(question, wish, named_fields):
    with pytest.raises(UnguardedError, match=f": {named_fields}$"):
        schema_with(question, wish)


def test_an_unguarded_mutation_that_takes_a_work_is_named_too():
    @strawberry.type
    class Mutation:
        @strawberry.mutation
        async def thing_break(self, work: Any) -> ThingMakePayload:
            carried_out.append(work)
            return ThingMakePayload()

    with pytest.raises(UnguardedError, match=r": thingBreak$"):
        build(mutation=Mutation)


@pytest.mark.parametrize("guard", [[], TWO])
def test_a_subscription_without_exactly_one_guard_is_not_built(guard):
    @strawberry.type
    class Subscription:
        @strawberry.subscription(extensions=guard)
        async def thing_changed(self) -> AsyncIterator[int]:
            carried_out.append(self)
            yield 1

    with pytest.raises(UnguardedError, match=r": thingChanged$"):
        build(subscription=Subscription)


@pytest.mark.parametrize(
    ("caller", "code"),
    [(NOBODY, "UNAUTHENTICATED"), (Caller(user_id=Any, scopes=frozenset()), "MISSING_SCOPE")],  # type: ignore[arg-type]
)
@pytest.mark.parametrize("asked", ["{ thing }", "mutation { thingMake { seq } }"])
def test_the_guard_refuses_before_anything_runs(caller, code, asked):
    carried_out.clear()
    context = Context(SERVICES, caller, "127.0.0.1")
    result = asyncio.run(schema_with(ONE, ONE).execute(asked, context_value=context))

    assert [error.extensions["code"] for error in result.errors] == [code]
    assert carried_out == []


def test_every_root_field_prints_one_guard():
    found = [(name, len(guards(field))) for name, field in fields(sdl(), *ROOTS)]

    assert len(found) > 10
    uphold("Law 5: exactly one @access", (f"{name} has {count}" for name, count in found if count != 1))


def test_what_a_guard_may_hide_is_nullable():
    hiding = [(name, field) for name, field in fields(sdl()) if any(g["level"] != "PUBLIC" for g in guards(field))]
    refused_otherwise = ("Mutation.", "Subscription.")  # in userErrors; before the first event, or by the stream's end
    asked = [(name, field) for name, field in hiding if not name.startswith(refused_otherwise)]
    uphold("SCHEMA: a guarded field is nullable", (name for name, field in asked if is_required(field)))


def test_scopes_in_use_are_those_that_tokens_can_be_granted():
    printed = {guard["scope"] for _, field in fields(sdl()) for guard in guards(field) if "scope" in guard}
    used = printed | {node.scope for node in NODES.values() if node.scope}

    known = TOKEN_SCOPES.keys() | INGEST_SCOPES.keys()
    assert printed >= known, f"no @access uses {known - printed}"
    assert used <= known, f"TOKEN_SCOPES lacks {used - known}"


def test_every_node_type_can_be_read_by_id():
    nodes = {
        name for name, node in objects(sdl()).items() if "Node" in [each.name.value for each in node.interfaces or ()]
    }

    assert nodes == NODES.keys()


def test_every_connection_can_be_paged():
    pages = [(name, field) for name, field in fields(sdl()) if named(field.type).endswith("Connection")]
    taken = [(name, {argument.name.value for argument in field.arguments or ()}) for name, field in pages]

    assert taken
    uphold(
        "SCHEMA: connections take them all",
        (n for n, args in taken if not {"first", "after", "last", "before"} <= args),
    )


def test_guards_are_read_off_the_sdl():
    text = 'type Query { a: Int @access(level: EDITOR, scope: "x:read") b: Int! @cost(weight: 1) }'
    (_, a), (_, b) = fields(parse(text), "Query")

    assert guards(a) == [{"level": "EDITOR", "scope": "x:read"}]
    assert (guards(b), is_required(a), is_required(b)) == ([], False, True)
