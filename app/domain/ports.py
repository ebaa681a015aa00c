"""What the rules need of the outside world, as protocols; wiring hands in what fulfils them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from app.domain.assets import Header


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


class StorageAway(ConnectionError):
    """The storage of files cannot be reached, or does not let us in: try again later."""


class Storage(Protocol):
    """Where files are kept, under keys such as `uploads/x`. Whatever it is asked may raise StorageAway."""

    async def upload_url(self, key: str, lasts: timedelta) -> str | None:
        """Where a client may PUT the file of *key* by itself; None: the storage takes nothing from clients."""
        ...

    async def size(self, key: str) -> int | None:
        """How many bytes the file has; None: there is none."""
        ...

    async def read(self, key: str) -> bytes | None: ...

    async def write(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the file, all of it or nothing; one that is there is replaced."""
        ...

    async def clear(self, folder: str, keep: str | None = None) -> None:
        """Delete the files below a folder but the one *kept*; those that are gone already are no fault."""
        ...


@dataclass(frozen=True)
class Picture:
    """An image that was decoded and encoded afresh: nothing is in it but its pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


class Images(Protocol):
    async def redraw(self, data: bytes, header: Header) -> Picture:
        """The image of a file with that header. Raises Unfit where it cannot be decoded within the limits."""
        ...


@dataclass(frozen=True)
class Shown:
    """What an ad shows: its texts, and the address of its image where it has one that suits the place."""

    title: str
    headline: str
    image_url: str | None


class Previews(Protocol):
    def draw(self, shown: Shown, width: int, height: int, layout: str) -> str:
        """A document for a sandboxed frame of that size: no script, nothing loaded but the image."""
        ...
