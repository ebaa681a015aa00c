"""The pretend payment processor: cards of development and tests, each named by a token (docs/operating.md)."""

from calendar import monthrange
from datetime import date, datetime

from app.domain.billing import CardBrand, CardFunding
from app.domain.ports import Card, CardRefused

CARDS = {
    "pretend_visa": (CardBrand.VISA, CardFunding.CREDIT, "4242"),
    "pretend_visa_debit": (CardBrand.VISA, CardFunding.DEBIT, "5556"),
    "pretend_mastercard": (CardBrand.MASTERCARD, CardFunding.CREDIT, "4444"),
    "pretend_amex": (CardBrand.AMERICAN_EXPRESS, CardFunding.CREDIT, "0005"),
    "pretend_confirm": (CardBrand.VISA, CardFunding.CREDIT, "3155"),
}
REFUSED = {
    "pretend_declined": "The card was declined by its bank: take another card.",
    "pretend_expired": "The card has expired: take another card.",
}


class Pretend:
    """No money moves. What follows a dot makes another card of the same kind: `pretend_visa.2`."""

    takes = tuple(
        (brand, funding)
        for brand in CardBrand
        for funding in (CardFunding.CREDIT, CardFunding.DEBIT)
        if brand is not CardBrand.OTHER
    )

    async def card(self, token: str, now: datetime) -> Card:
        kind = token.partition(".")[0]
        if kind in REFUSED:
            raise CardRefused(REFUSED[kind])
        if kind not in CARDS:
            raise CardRefused("The payment processor does not know this token: enter the card again.")
        confirm = f"https://pretend.example/confirm/{kind}" if kind == "pretend_confirm" else None
        return Card(*CARDS[kind], _last_day(now.year + 3, now.month), confirm)


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
