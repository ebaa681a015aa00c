"""Money as clients see it."""

from decimal import Decimal
from typing import Any

import strawberry

from app.db.json import Structure, Words, is_never_null, string
from app.domain import money as rules
from app.execution.vocabulary import computed
from app.schema.scalars import BigInt


@strawberry.type(description="An amount of money")
class Money:
    micros: BigInt = strawberry.field(description="Millionths of the currency's unit")
    currency: str = strawberry.field(description="ISO 4217 code")

    @strawberry.field(description="The amount in the currency's unit, for display")
    def decimal(self) -> Decimal:
        return rules.Money(self.micros, self.currency).decimal


def money(micros: int | None, currency: str) -> Money | None:
    """An amount of the columns of a row; null stays null."""
    return None if micros is None else Money(micros=BigInt(micros), currency=currency)


def money_in_sql(words: Words, micros: Any, currency: Any) -> Structure:
    """The same in a database's words."""
    shown = {"micros": string(micros), "currency": [words.text(currency)], "decimal": string(words.units(micros))}
    return Structure(shown, absent=None if is_never_null(micros) else micros.is_(None))


def amount(micros: str, *, description: str) -> Any:
    """A field of type Money: the column *micros* in the row's currency."""
    return computed(money, micros, "currency", sql=money_in_sql, description=description)
