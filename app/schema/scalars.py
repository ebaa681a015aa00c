"""Scalars beyond GraphQL's own, and how each travels."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode

from app.domain.policy import length

BigInt = NewType("BigInt", int)
URL = NewType("URL", str)
Duration = NewType("Duration", str)
GREATEST = 2**63


def _big(value: Any) -> int:
    text = str(value)
    digits = text.removeprefix("-")
    if isinstance(value, bool | float) or not (digits.isascii() and digits.isdigit()) or len(text) > 20:
        raise GraphQLError("BigInt takes a whole number as a string.")
    number = int(text)
    if not -GREATEST <= number < GREATEST:
        raise GraphQLError("BigInt takes a whole number of at most 64 bits.")
    return number


def _big_literal(node: ValueNode, _: Any = None) -> int:
    if not isinstance(node, StringValueNode | IntValueNode):
        raise GraphQLError("BigInt takes a whole number as a string.", node)
    return _big(node.value)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise GraphQLError("DateTime takes RFC 3339 with a time zone, such as 2026-11-21T20:00:00Z.")


def _day(value: Any) -> date:
    try:
        day = date.fromisoformat(value)
        if day.isoformat() == value:  # ISO 8601 has other spellings
            return day
    except (TypeError, ValueError):
        pass
    raise GraphQLError("Date takes YYYY-MM-DD, such as 2026-11-21.")


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("URL takes an absolute address as a string.")
    return value


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _duration(value: Any) -> str:
    if isinstance(value, str) and length(value) is not None:
        return value
    raise GraphQLError("Duration takes days, hours and minutes as ISO 8601, such as PT48H or P3D.")


def _no_input(_: Any) -> Any:
    raise GraphQLError("This scalar is not taken as input.")


JSON = NewType("JSON", object)

SCALARS = {
    JSON: strawberry.scalar(
        name="JSON",
        description="A value of any shape; only for the before and after of history",
        serialize=lambda value: value,
        parse_value=_no_input,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="64-bit integer as a string",
        serialize=str,
        parse_value=_big,
        parse_literal=_big_literal,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="Decimal number as a string",
        serialize=lambda number: format(number, "f"),
        parse_value=_no_input,
    ),
    datetime: strawberry.scalar(name="DateTime", description="RFC 3339, UTC", serialize=_shown, parse_value=_moment),
    date: strawberry.scalar(name="Date", description="Day as YYYY-MM-DD", serialize=date.isoformat, parse_value=_day),
    Duration: strawberry.scalar(
        name="Duration", description="ISO 8601 duration: PT48H, P3D", serialize=str, parse_value=_duration
    ),
    URL: strawberry.scalar(name="URL", description="Absolute URL", serialize=str, parse_value=_address),
}
