"""Whether the competitors give the same answers: before anything is timed."""

import asyncio
import json
from typing import Any

from bench.competitors import Server
from bench.operations import SERIAL, Operation, Variables
from bench.stores import Store

VARIANTS = 3  # of an operation's requests, taken from all over them
FREE = {"endCursor"}  # opaque texts: only whether there is one is compared
HISTORY = "actor_user_id, actor, via, event, action, subject_type, subject_id, account_id, reason"
BUDGETS = "before, after"


def difference(store: Store, operation: Operation, model: Server, other: Server) -> str | None:
    """Where the answers of *other* differ from the model's, None where they are equal."""
    step = max(1, len(operation.variables) // VARIANTS)
    for number, variables in enumerate(operation.variables[::step][:VARIANTS]):
        given = {name: str(2_000_000_000 + number) if v == SERIAL else v for name, v in variables.items()}
        expected, found = (answer(store, operation, server, given) for server in (model, other))
        if other.competitor.documents is not None:
            if "data" not in found["answer"] or "errors" in found["answer"]:
                return f"{_short(found)} found"
            expected, found = lengths(expected["answer"]), lengths(found["answer"])
        where = first_difference(expected, found)
        if where:
            return where
    return None


def answer(store: Store, operation: Operation, server: Server, variables: Variables) -> Any:
    """A server's answer; of one that writes on untouched data, with the history it wrote."""
    if operation.writes:
        asyncio.run(store.tidy())
    status, content = server.ask(server.competitor.body(operation, variables))
    try:
        found = json.loads(content)
    except ValueError:
        found = content.decode(errors="replace")[:200]
    whole = {"status": status, "answer": found}
    if operation.writes:
        rows = asyncio.run(store.rows(f"select {HISTORY}, {BUDGETS} from change order by seq"))
        whole["history"] = [[_plain(value) for value in row] for row in rows]
    return whole


def first_difference(expected: Any, found: Any, path: str = "") -> str | None:
    """The first place where two JSON values differ, and how."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in [*expected, *(found.keys() - expected.keys())]:
            if name not in expected or name not in found:
                return f"{path}.{name} is only {'expected' if name in expected else 'found'}"
            pair = expected[name], found[name]
            if name in FREE:
                pair = tuple(value is not None for value in pair)
            if where := first_difference(*pair, f"{path}.{name}"):
                return where
        return None
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return next((w for place, pair in pairs if (w := first_difference(*pair, f"{path}[{place}]"))), None)
    return None if expected == found else f"{path}: {_short(expected)} expected, {_short(found)} found"


def lengths(value: Any) -> list[int]:
    """The lengths of all lists with more than one item, sorted: as many campaigns, ads and days."""
    if isinstance(value, dict):
        return sorted(length for each in value.values() for length in lengths(each))
    if isinstance(value, list):
        inner = [length for each in value for length in lengths(each)]
        return sorted(inner + [len(value)] * (len(value) > 1))
    return []


def _plain(value: Any) -> Any:
    """Alike on both databases: keys without dashes, JSON texts as what they say."""
    text = str(value)
    return json.loads(text) if text.startswith("{") else text.replace("-", "")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 200 else f"{text[:200]}..."
