"""Money: whole micros (1/1,000,000) of one currency, never a float."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.errors import InvalidInput, Problem

MICROS = 1_000_000
GREATEST = 10**15  # a thousand million units: above any budget, far below 64 bits when summed


@dataclass(frozen=True, order=True)
class Money:
    """An amount in micros of a currency (ISO 4217)."""

    micros: int
    currency: str

    @property
    def decimal(self) -> Decimal:
        """The amount in units with at least two places: 12.50, 0.105."""
        exact = (Decimal(self.micros) / MICROS).normalize()
        return exact if -int(exact.as_tuple().exponent) > 2 else exact.quantize(Decimal("0.01"))


def amount_problem(
    money: Money, *path: str, currency: str, least: int, most: int = GREATEST, name: str
) -> Problem | None:
    """The problem of an amount outside [least, most] micros or in another currency than the account's, if any."""
    if money.currency != currency:
        return InvalidInput(
            message=f"The account's currency is {currency}: give {name} in {currency}.",
            path=(*path, "currency"),
            constraint=f"currency = {currency}",
        )
    if not least <= money.micros <= most:
        bounds = f"{Money(least, currency).decimal} and {Money(most, currency).decimal} {currency}"
        return InvalidInput(
            message=f"{name.capitalize()} must be between {bounds}.",
            path=(*path, "micros"),
            constraint=f"{least} <= micros <= {most}",
        )
    return None
