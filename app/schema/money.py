"""Money as clients see it."""

from decimal import Decimal

import strawberry

from app.domain import money as rules
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
