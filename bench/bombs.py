"""What it takes to judge documents that are made to cost much: milliseconds of CPU, by their shapes (SAFETY)."""

import time
from collections.abc import Callable
from statistics import median

from app.schema.root import build
from app.web.documents import Document, Documents
from app.web.gate import Asked, Limits, Refused

TIMES = 7
NESTED = "viewer { memberships { account { campaigns(first: 1) { nodes { account { id } } } } } }"


def _chained(count: int, spread: str) -> str:
    """Fragments of which each spreads the next."""
    fragments = (f"fragment f{n} on User {{ id {spread.format(n + 1)} }}" for n in range(count))
    return f"{{ viewer {{ ...f0 }} }} {' '.join(fragments)} fragment f{count} on User {{ id }}"


def _fields(fragments: int, fields: int) -> str:
    """Fragments side by side with equal fields, whose pairs are compared."""
    spreads = " ".join(f"...f{n}" for n in range(fragments))
    parts = " ".join(f"fragment f{n} on User {{ {'name ' * fields} }}" for n in range(fragments))
    return f"{{ viewer {{ {spreads} }} }} {parts}"


SHAPES: dict[str, Callable[[], str]] = {
    "brackets 500 deep": lambda: "{a" * 500 + "}" * 500,
    "levels 58 deep": lambda: "{viewer" * 58 + "}" * 58,
    "3,900 aliases": lambda: "{" + " ".join(f"a{n}: __typename" for n in range(1_300)) + "}",
    "20 root fields of 30 equal parts": lambda: (
        "{" + " ".join(f"v{n}: viewer {{ {'user { id name } ' * 30} }}" for n in range(20)) + "}"
    ),
    "100 directives on a field": lambda: "{ viewer " + "@include(if: true) " * 100 + "{ id } }",
    "a cycle of fragments": lambda: _chained(1, "...f0"),
    "20 fragments, each spread twice": lambda: _chained(20, "...f{0} ...f{0}"),
    "98 fragments of 12 fields": lambda: _fields(98, 12),
    "40 fragments of 80 equal fields": lambda: _fields(40, 80),
    "10 fragments of 120 equal fields": lambda: _fields(10, 120),
    "3,900 ids": lambda: f"{{ nodes(ids: [{' '.join(['1'] * 3_900)}]) {{ id }} }}",
    "60 kB of a text": lambda: f'{{ node(id: "{"x" * 60_000}") {{ id }} }}',
    "errors in 10 fields": lambda: "{ viewer { " + " ".join(f"unknown{n}" for n in range(900)) + " } }",
    "a query of ours": lambda: f"{{ {NESTED} }}",
}


def measure() -> None:
    """Print the median and the greatest of some judgements of each, and what became of it."""
    schema, limits = build()._schema, Limits()  # noqa: SLF001 - Strawberry has no public name for it
    for name, write in SHAPES.items():
        found = [_judge(Documents(schema, limits), write()) for _ in range(TIMES)]
        taken = [ms for ms, _ in found]
        print(f"{name:36} {median(taken):6.1f} ms, at most {max(taken):6.1f}: {found[0][1]}")


def _judge(documents: Documents, text: str) -> tuple[float, str]:
    began = time.process_time()
    try:
        said = _said(documents.prepare(Asked(text)))
    except Refused as refused:
        said = f"refused, {refused.message}"
    return (time.process_time() - began) * 1_000, said[:90]


def _said(document: Document) -> str:
    return f"{len(document.errors)} errors" if document.errors else "passed on"
