"""What the rules need of the outside world, as protocols; wiring hands in what fulfils them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Protocol
from uuid import UUID

from app.domain.assets import Header
from app.domain.billing.invoices import Invoice
from app.domain.identity import LoginOutcome
from app.domain.reports import Heading, ReportFormat


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

    async def send(self, key: str, file: BinaryIO, content_type: str) -> None:
        """The same of a file that is too large to be held."""
        ...

    async def part(self, key: str, start: int, length: int) -> bytes | None:
        """That part of the file, as much of it as there is; None: there is no file."""
        ...

    async def clear(self, folder: str, keep: str | None = None) -> None:
        """Delete the files below a folder but the one *kept*; those that are gone already are no fault."""
        ...


class Sheet(Protocol):
    """A file of a report in the making."""

    async def add(self, columns: Sequence[Sequence[Any]]) -> None:
        """The next rows, as the values of each column of the heading."""
        ...

    async def finish(self) -> BinaryIO:
        """The whole file, from its beginning; it goes with the sheet."""
        ...


class Sheets(Protocol):
    """The formats of reports, by name."""

    def ending(self, format: ReportFormat) -> str:
        """What the name of a file ends with."""
        ...

    def content_type(self, format: ReportFormat) -> str: ...

    def open(self, format: ReportFormat, heading: Heading) -> AbstractAsyncContextManager[Sheet]: ...


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


@dataclass(frozen=True)
class Document:
    """A page for browsers, and the Content-Security-Policy that it needs."""

    html: str
    csp: str


class Invoices(Protocol):
    """How invoices and credit notes look: the same bytes for the same document."""

    async def html(self, invoice: Invoice) -> Document: ...

    async def pdf(self, invoice: Invoice) -> bytes: ...


class Storefront(Protocol):
    """How brand Pages look to shoppers; *page* and *found* are as the API tells everybody."""

    def draw(self, page: Mapping[str, Any], found: Mapping[str, Any] | None, query: str) -> Document:
        """The Page, or what was *found* of its products for a *query*."""
        ...

    def missing(self, title: str, words: str) -> Document:
        """What stands where no Page is."""
        ...
