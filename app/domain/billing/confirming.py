"""What holders of pretend cards are asked in a development, in place of their bank's page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from app.domain.billing.gateway import CardTold, PaymentTold

CONFIRM = "/dev/payments/confirm"
"""Where Endcap asks them: below it `card/TOKEN`, and `payment/CHARGE/ATTEMPT`."""


class Confirmations(Protocol):
    """A processor whose confirmations we ask for ourselves."""

    def asks_about(self, token: str) -> bool:
        """Whether a card's holder has to confirm it."""
        ...

    def message(self, news: CardTold | PaymentTold, now: datetime) -> tuple[Mapping[str, str], bytes]:
        """The message by which the processor tells of an answer, which it remembers: headers and body."""
        ...
