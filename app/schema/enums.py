"""Enums of the rules as GraphQL enums, with a description of every value."""

from enum import Enum
from typing import TypeVar

import strawberry

Kind = TypeVar("Kind", bound=type[Enum])


def enum(kind: Kind, name: str, description: str, **values: str) -> Kind:
    """*kind* under its GraphQL *name*; *values* describe its members, each of them."""
    if set(values) != {member.name for member in kind}:
        raise TypeError(f"{name}: describe exactly {', '.join(member.name for member in kind)}")
    described = strawberry.enum(kind, name=name, description=description)
    for value in described.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return described
