"""What an execution answers, and how two answers are held against each other."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from graphql import DocumentNode, parse, validate
from graphql.execution import ExecutionResult

from app.execution.executor import Executor
from app.execution.plans import Plans

Told = dict[str, Any]
"""`data` and `errors` as they are sent, order and all."""


def valid(schema: Any, document: str) -> DocumentNode:
    node = parse(document)
    assert validate(schema._schema, node) == [], document
    return node


def build(schema: Any, node: DocumentNode, context: Any, variables: Mapping[str, Any], plans: Plans | None) -> Any:
    """An executor; with *plans* those made before for the same document are used again."""
    executor = Executor.build(schema._schema, node, None, context, dict(variables))
    assert isinstance(executor, Executor), executor
    executor.plans, executor.document = plans, node.loc.source.body.encode()
    return executor


def ended(executor: Any) -> ExecutionResult:
    """The result of an execution that never waits for anything."""
    result = executor.execute_operation()
    if not executor.is_awaitable(result):
        return result
    try:
        result.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waited")


async def awaited(executor: Any) -> ExecutionResult:
    result = executor.execute_operation()
    return await result if executor.is_awaitable(result) else result


def told(result: ExecutionResult) -> Told:
    return orjson.loads(orjson.dumps(result.formatted))


def same(one: Told, other: Told) -> bool:
    """Whether two answers are the same to the letter: 1, true and 1.0 differ, and so do orders."""
    return json.dumps(one) == json.dumps(other)


def settled(answer: Told) -> Told:
    """An answer without what depends on the order in which asynchronous resolvers end.

    Where something below a place became null there, graphql-core keeps the errors that were met until then: which
    and how many is a matter of time. So of each nulled place stays the error that stands at it, or that there is one
    below it; all others have to be equal, in any order.
    """
    kept = set()
    for error in answer.get("errors", ()):
        place = _nulled(answer["data"], error.get("path", []))
        below = len(place) < len(error.get("path", []))
        kept.add(json.dumps([place, None if below else {**error, "path": place}]))
    nulled = {each for each in kept if each.endswith(", null]")}
    at = {json.dumps(json.loads(each)[0]) for each in nulled}
    return {
        "data": answer["data"],
        "errors": sorted(nulled | {each for each in kept if json.dumps(json.loads(each)[0]) not in at}),
    }


def _nulled(data: Any, path: list[Any]) -> list[Any]:
    """How far one comes on a path before there is null."""
    for depth, step in enumerate(path):
        if data is None:
            return path[:depth]
        data = data[step]
    return path
