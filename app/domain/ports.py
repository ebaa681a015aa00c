"""What the rules need of the outside world, as protocols; wiring hands in what fulfils them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from app.domain.billing import CardBrand, CardFunding


class Passwords(Protocol):
    """Hashing that is slow on purpose, off the event loop."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password fits; without a hash it takes as long and answers no."""
        ...


class Throttle(Protocol):
    """Counts tries by name in a moving window."""

    def turn(self, *names: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else tries under any of the names."""
        ...

    async def blocked_until(self, *names: str) -> datetime | None:
        """When a further try is allowed again, or None where one is allowed now."""
        ...

    async def failed(self, *names: str) -> None: ...


@dataclass(frozen=True)
class Letter:
    """A message as it goes out; the same *id* again is the same message."""

    id: UUID
    to: str
    subject: str
    text: str
    html: str
    leaving: str | None = None  # where its reader says that they want no more of its kind (RFC 8058)


class Letters(Protocol):
    """Words for the kinds of mail, in the language of the installation."""

    def subject(self, kind: str, parameters: Mapping[str, Any]) -> str: ...

    def write(
        self,
        kind: str,
        to: str,
        id: UUID,
        parameters: Mapping[str, Any],
        secret: str | None,
        leaving: str | None = None,
    ) -> Letter:
        """The letter; *secret* opens what its link leads to, *leaving* is the secret that mutes its kind."""
        ...


class Undelivered(Exception):
    """The mail server does not take the message now."""


class Undeliverable(Undelivered):
    """The mail server refuses the message for good: trying again does not help."""


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand the letter over to be delivered. Raises Undeliverable; whatever else it raises may be tried again."""
        ...


@dataclass(frozen=True)
class Kept:
    """A letter that was sent, and when."""

    letter: Letter
    at: datetime


class Mailbox(Mailer, Protocol):
    """What takes the place of a mail server in development: letters stay, to be read."""

    def kept(self) -> Sequence[Kept]: ...


@dataclass(frozen=True)
class Card:
    """What the processor says of a card; *confirmation_url* is where its holder confirms it first, if they must."""

    brand: CardBrand
    funding: CardFunding
    last4: str
    expires_on: date
    confirmation_url: str | None = None


class CardRefused(Exception):
    """The processor does not take the card, or does not know the token; the reason is for people."""


class PaymentGateway(Protocol):
    """The payment processor: it alone knows card numbers (S67)."""

    @property
    def takes(self) -> Collection[tuple[CardBrand, CardFunding]]:
        """The kinds of cards."""
        ...

    async def card(self, token: str, now: datetime) -> Card:
        """The card that a token of the processor's stands for. Raises CardRefused."""
        ...
