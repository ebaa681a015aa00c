"""The payment processor as a port: what is asked of it, what it answers, and what it tells by itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from app.domain.billing.cards import CardBrand, CardFunding
from app.domain.billing.charges import ChargeFailure


@dataclass(frozen=True)
class Card:
    """What the processor says of a card; *confirmation_url* is where its holder confirms it first, if they must.

    *customer* is whom the processor keeps the card for, where it has such a thing.
    """

    brand: CardBrand
    funding: CardFunding
    last4: str
    expires_on: date
    confirmation_url: str | None = None
    customer: str | None = None


class CardRefused(Exception):
    """The processor does not take the card, or does not know the token; the reason is for people."""


@dataclass(frozen=True)
class Payment:
    """An attempt at a charge, *amount* in micros: whole minor units of the currency.

    All attempts at one charge are one order at the processor, which is never paid twice; an attempt that is sent again
    has the effect of the first sending alone.
    """

    charge_id: UUID
    attempt_id: UUID
    amount: int
    currency: str
    token: str
    customer: str | None = None
    order: str | None = None
    """The processor's name of the order, once an earlier attempt has told it."""


@dataclass(frozen=True)
class Outcome:
    """What the processor says of an attempt: paid, failed for a reason, or neither yet (`paid` is None).

    *confirmation_url* is where the card's holder confirms the payment, where that is why it failed. *amount*, in
    micros, is what was taken, where the processor says it: an attempt of another amount may have paid the order before.
    """

    paid: bool | None
    failure: ChargeFailure | None = None
    order: str | None = None
    confirmation_url: str | None = None
    amount: int | None = None


class GatewayAway(Exception):
    """The processor did not answer: what became of the request is not known."""


@dataclass(frozen=True)
class CardTold:
    """The processor tells of a card, by its token: its holder has confirmed it, or it can no longer be charged."""

    token: str
    usable: bool


@dataclass(frozen=True)
class PaymentTold:
    """The processor tells what became of an attempt."""

    charge_id: UUID
    attempt_id: UUID
    outcome: Outcome


@dataclass(frozen=True)
class Told:
    """A message of the processor's, told at least once; *news* is None where it is about something else."""

    id: str
    news: CardTold | PaymentTold | None


class NoticeRefused(Exception):
    """The message is not the processor's, or too old: its signature or its time says so."""


class PaymentGateway(Protocol):
    """The payment processor: it alone knows card numbers (S67)."""

    @property
    def takes(self) -> Collection[tuple[CardBrand, CardFunding]]:
        """The kinds of cards."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def publishable_key(self) -> str | None:
        """What a browser shows the processor to make a token of a card."""
        ...

    @property
    def script_url(self) -> str | None:
        """The processor's script, which browsers load."""
        ...

    async def card(self, token: str, now: datetime) -> Card:
        """The card that a token of the processor's stands for. Raises CardRefused, GatewayAway."""
        ...

    async def pay(self, payment: Payment, now: datetime) -> Outcome:
        """Charge a card. Raises GatewayAway, after which `outcome` tells, or the same payment is sent again."""
        ...

    async def outcome(self, payment: Payment, now: datetime) -> Outcome | None:
        """What became of an attempt; None: the processor has not heard of it so far. Raises GatewayAway."""
        ...

    def told(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        """What a message says that came in by HTTP, *headers* by their lower-case names. Raises NoticeRefused."""
        ...
