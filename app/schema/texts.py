"""The texts of an input, so that one place can look into them all."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from strawberry.types.base import StrawberryContainer
from strawberry.utils.str_converters import to_camel_case

DIGITS = {"holds_digits": True}
"""The metadata of a field that takes others' long numbers, such as a shop's articles: no card's is looked for there."""


def texts(input: Any, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text that is given, by its path; texts of other scalars, such as ids and addresses, are none."""
    for name, told in _fields(type(input)):
        yield from _within(getattr(input, name), *path, told)


def _within(value: Any, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _within(each, *path, str(place))
    elif hasattr(type(value), "__strawberry_definition__"):
        yield from texts(value, *path)


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, str], ...]:
    """The fields of an input that are texts or inputs: their names in Python and in GraphQL."""
    fields = kind.__strawberry_definition__.fields
    wanted = (each for each in fields if "holds_digits" not in each.metadata and _may_hold_text(each.type))
    return tuple((each.python_name, each.graphql_name or to_camel_case(each.python_name)) for each in wanted)


def _may_hold_text(kind: Any) -> bool:
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    return kind is str or hasattr(kind, "__strawberry_definition__")
