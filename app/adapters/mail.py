"""Where letters go: to a mail server, or in development into a folder that a page shows."""

import os
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from email_validator import validate_email

from app.adapters import clock
from app.domain.ports import Kept, Letter, Undeliverable, Undelivered

TIMEOUT = 30  # seconds, of each step of a conversation
ONE_CLICK = "List-Unsubscribe=One-Click"
PORTS = {"smtp": 587, "smtps": 465}


class Smtp:
    """A mail server: smtp:// takes STARTTLS where it is offered, smtps:// is TLS from the start."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._sender = sender
        self._server: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or PORTS[parts.scheme],
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": parts.scheme == "smtps",
            "timeout": TIMEOUT,
        }

    async def send(self, letter: Letter) -> None:
        """Raises Undeliverable where the server refuses the recipient or the letter for good (RFC 5321: 5yz).

        What it holds against us, such as a wrong password, is for the operator to mend: the letter waits.
        """
        try:
            await aiosmtplib.send(_message(letter, self._sender), **self._server)
        except (aiosmtplib.SMTPNotSupported, ValueError) as fault:  # an address that this server cannot be told
            raise Undeliverable(str(fault)) from fault
        except aiosmtplib.SMTPRecipientsRefused as fault:
            (refused, *_) = fault.recipients
            raise _judged(refused) from fault
        except aiosmtplib.SMTPDataError as fault:
            raise _judged(fault) from fault


class Folder:
    """A mailbox for development: each letter is a file that any mail program opens."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder, self._sender = folder, sender

    async def send(self, letter: Letter) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        whole = self._folder / f"{letter.id}.part"
        whole.write_bytes(bytes(_message(letter, self._sender)))
        whole.rename(self._folder / f"{letter.id}.eml")

    def kept(self) -> Sequence[Kept]:
        """The letters, the newest first."""
        files = sorted(self._folder.glob("*.eml"), key=os.path.getmtime, reverse=True)
        return [_read(each) for each in files]


class Lines(policy.EmailPolicy):
    """Python encodes what is too long to be folded; an address of List-Unsubscribe must stay as it is (RFC 2369)."""

    def fold(self, name: str, value: Any) -> str:
        return f"{name}: {value}{self.linesep}" if name.startswith("List-") else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode() if name.startswith("List-") else super().fold_binary(name, value)


LINES = Lines(linesep="\r\n")


def _judged(fault: aiosmtplib.SMTPResponseException) -> Exception:
    kind = Undeliverable if 500 <= fault.code < 600 else Undelivered
    return kind(f"{fault.code} {fault.message}")


def _message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as RFC 5322 has it; the same letter always bears the same Message-ID."""
    message = EmailMessage(policy=LINES)
    to = validate_email(letter.to, check_deliverability=False, test_environment=True)
    message["Subject"], message["From"] = letter.subject, sender
    message["To"] = to.ascii_email or to.normalized  # the domain in ASCII: not every server takes others (RFC 6531)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{letter.id}@{parseaddr(sender)[1].rpartition('@')[2] or 'endcap'}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
    if letter.leaving:
        message["List-Unsubscribe"], message["List-Unsubscribe-Post"] = f"<{letter.leaving}>", ONE_CLICK  # RFC 8058
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _read(path: Path) -> Kept:
    message: Any = message_from_bytes(path.read_bytes(), policy=policy.default)
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    leaving = str(message["List-Unsubscribe"]).strip("<>") if message["List-Unsubscribe"] else None
    letter = Letter(UUID(path.stem), str(message["To"]), str(message["Subject"]), text, html, leaving)
    return Kept(letter, message["Date"].datetime)
