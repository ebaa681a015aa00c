"""What the rules need of the outside world, as protocols; wiring hands in what fulfils them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from app.domain.identity import LoginOutcome


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


@dataclass(frozen=True)
class Kept:
    """A letter that was sent, and when."""

    letter: Letter
    at: datetime


class Mailbox(Mailer, Protocol):
    """What takes the place of a mail server in development: letters stay, to be read."""

    def kept(self) -> Sequence[Kept]: ...


@dataclass(frozen=True)
class Proof:
    """Who somebody is to an identity provider; no address of theirs is part of it."""

    issuer: str
    subject: str


class Unproved(Exception):
    """A login proved nothing: how it ended is for the person, why for the log."""

    def __init__(self, outcome: LoginOutcome, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome


class Logins(Protocol):
    """Identity providers, by the name of what their logins prove."""

    @property
    def offered(self) -> Collection[str]:
        """Names of those that are set up."""
        ...

    def start(self, state: str) -> str:
        """The address of ours where a browser's way to a provider starts; nothing is asked of the network."""
        ...

    async def address(self, name: str, state: str, nonce: str, verifier: str) -> str:
        """Where the provider asks the person. Raises Unproved."""
        ...

    async def prove(self, name: str, code: str, verifier: str, nonce: str, issuer: str | None) -> Proof:
        """Who came back with *code*, and with the *issuer* that the answer named. Raises Unproved."""
        ...


class Dismissed(Exception):
    """A provider does not send the browser back: the request is none of its client's."""


class Issuer(Protocol):
    """What takes the place of an identity provider in development: anyone may be anyone there."""

    name: str
    people: Sequence[str]

    def configuration(self) -> Mapping[str, Any]: ...

    def keys(self) -> Mapping[str, Any]: ...

    def refusal(self, asked: Mapping[str, str]) -> str | None:
        """Where the browser is sent with what is wrong, or None. Raises Dismissed."""
        ...

    def approve(self, asked: Mapping[str, str], person: str) -> str:
        """Where the browser is sent with a code for that person."""
        ...

    def deny(self, asked: Mapping[str, str]) -> str: ...

    def token(self, authorization: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """Status and body of the answer to a code."""
        ...
