"""What the rules need of the outside world, as protocols; wiring hands in what fulfils them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


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


class Letters(Protocol):
    """Words for the kinds of mail, in the language of the installation."""

    def subject(self, kind: str, parameters: Mapping[str, Any]) -> str: ...

    def write(self, kind: str, to: str, id: UUID, parameters: Mapping[str, Any], secret: str | None) -> Letter:
        """The letter; *secret* opens what its link leads to."""
        ...


class Undelivered(Exception):
    """The mail server does not take the message now."""


class Undeliverable(Undelivered):
    """The mail server refuses the message for good: trying again does not help."""


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand the letter over to be delivered. Raises Undeliverable; whatever else it raises may be tried again."""
        ...


class Pages(Protocol):
    """Pages on the network, such as those that ads lead to."""

    async def fault(self, url: str) -> str | None:
        """Why the page does not answer as it should, in words for people; None where it does."""
        ...


@dataclass(frozen=True)
class Kept:
    """A letter that was sent, and when."""

    letter: Letter
    at: datetime


class Mailbox(Mailer, Protocol):
    """What takes the place of a mail server in development: letters stay, to be read."""

    def kept(self) -> Sequence[Kept]: ...
