"""Money: whole micros (1/1,000,000) of one currency, never a float."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.errors import InvalidInput, Problem

MICROS = 1_000_000
GREATEST = 10**15  # a thousand million units: above any budget, far below 64 bits when summed
MINOR_UNIT = 10_000  # a hundredth, as most currencies have
MINOR_UNITS: dict[str, int] = dict.fromkeys(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ],
    MICROS,
)
"""Of the currencies whose least payment is a whole unit (ISO 4217; MGA has fifths, in which no card is charged).

BHD, IQD, JOD, KWD, LYD, OMR and TND have thousandths, but cards are charged in whole hundredths of them, too.
"""


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


def minor_unit(currency: str) -> int:
    """The least amount of a currency that a card can be charged, in micros; every charge is a multiple of it."""
    return MINOR_UNITS.get(currency, MINOR_UNIT)


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
