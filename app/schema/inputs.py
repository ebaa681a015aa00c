"""Inputs shared by many operations, and how they become plain values."""

from datetime import date
from typing import Any

import strawberry

from app.domain import money as rules
from app.domain.access import ClaimFilter
from app.resolvers.metrics import Days
from app.schema.enums import enum
from app.schema.scalars import BigInt

enum(
    ClaimFilter,
    "ClaimFilter",
    "By whom work of a desk is claimed",
    MINE="By the caller",
    UNCLAIMED="By nobody",
    CLAIMED="By anybody",
)


@strawberry.input(description="An amount of money")
class MoneyInput:
    micros: BigInt = strawberry.field(description="Millionths of the currency's unit")
    currency: str = strawberry.field(description="ISO 4217 code")

    def plain(self) -> rules.Money:
        return rules.Money(self.micros, self.currency)


@strawberry.input(description="Both days included, in the account's time zone")
class DateRange:
    from_: date = strawberry.field(name="from", description="First day")
    to: date = strawberry.field(description="Last day")

    def plain(self) -> Days:
        return Days(self.from_, self.to)


def given(input: Any, *leave_out: str) -> dict[str, Any]:
    """The fields of an input that the caller gave, money and ranges as plain values; what was left out is absent."""
    if input is None or input is strawberry.UNSET:
        return {}
    values = {name: value for name, value in vars(input).items() if name not in leave_out}
    return {name: plain(value) for name, value in values.items() if value is not strawberry.UNSET}


def plain(value: Any) -> Any:
    """An input's plain value; UNSET becomes None."""
    if value is strawberry.UNSET:
        return None
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.plain() if hasattr(value, "plain") else value
