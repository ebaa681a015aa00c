"""Arguments of a prepared statement: what of them shapes its text, and what is bound to it.

None, booleans, enum members, the length of tuples and the fields of dataclasses shape; texts, numbers, times, keys and
collections of these are bound, so that one text serves all their values. Mappings are for Python alone.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from datetime import date
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ClauseElement, ColumnElement, bindparam, literal
from sqlalchemy.types import TypeEngine

BOUND = (str, int, date, UUID, list, set, frozenset)  # a datetime is a date
USE = "__"  # parts the name of a parameter from the use that is made of it: one argument, several ways to send it


def shape(value: Any) -> Hashable:
    """What of a value the statement's text depends on."""
    if isinstance(value, ClauseElement):
        return ClauseElement  # what is in SQL already is always the same
    if _is_fixed(value):
        return value
    if isinstance(value, BOUND):
        return BindParameter
    return tuple(shape(part) for _, part in _parts(value))


def symbol(name: str, value: Any) -> Any:
    """A value of the same shape, with parameters for all that is bound."""
    if _is_fixed(value):
        return value
    if isinstance(value, BOUND):
        return bindparam(name)
    parts = [(key, symbol(f"{name}.{key}", part)) for key, part in _parts(value)]
    if isinstance(value, tuple):
        return tuple(part for _, part in parts)
    return type(value)(**dict(parts)) if not isinstance(value, Mapping) else {}


def getter(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """What finds a parameter's value, by the name that `symbol` gave it, among what was given by name."""
    root, *steps = name.partition(USE)[0].split(".")

    def get(given: Mapping[str, Any]) -> Any:
        value: Any = given[root]
        for step in steps:
            if isinstance(value, Mapping):
                value = value[step]
            else:
                value = value[int(step)] if isinstance(value, tuple) else getattr(value, step)
        return value

    return get


def typed(value: Any, kind: TypeEngine[Any], use: str = "") -> ColumnElement[Any]:
    """A value, or the parameter for one, sent as *kind*; *use* tells several ways of sending one argument apart."""
    if isinstance(value, BindParameter):
        return bindparam(f"{value.key}{USE}{use}" if use else value.key, type_=kind)
    return literal(value, kind)


def _is_fixed(value: Any) -> bool:
    return value is None or isinstance(value, bool | Enum | ClauseElement)


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return []
    if isinstance(value, tuple):
        return [(str(place), part) for place, part in enumerate(value)]
    return [(name, getattr(value, name)) for name in _fields(type(value))]


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
