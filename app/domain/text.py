"""Text: one normal form for sorting and searching, one check for what people type."""

import re
import unicodedata

from app.domain.errors import InvalidInput, Problem

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # line ends and surrogates too
UNKEPT = re.compile(r"[\x00\ud800-\udfff]")  # what no database takes in a text


def fold(text: str) -> str:
    """Lower case without accents and doubled spaces: what names are sorted and searched by."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", text).casefold()  # in this order: a trade mark sign holds capitals
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(plain.split())


def mailbox(address: str) -> str:
    """An e-mail address as it is compared: without regard to case, but accents tell people apart."""
    return unicodedata.normalize("NFC", address.strip()).casefold()


def line_problem(text: str, *path: str, name: str, most: int, least: int = 1) -> Problem | None:
    """The problem of a one-line text: its length in characters as it is kept, or control characters in it."""
    if CONTROL.search(text):
        return InvalidInput(message=f"{name} has control characters: take them out.", path=path, constraint="printable")
    length = len(line(text))
    if not least <= length <= most:
        return InvalidInput(
            message=f"{name} must have {least} to {most} characters, it has {length}.",
            path=path,
            constraint=f"{least} <= length <= {most}",
        )
    return None


def text_problem(text: str, *path: str, name: str, most: int) -> Problem | None:
    """The problem of a text of several lines: empty, too long, or control characters other than line ends and tabs."""
    plain = text.replace("\r\n", "\n").replace("\n", " ").replace("\t", " ")
    return line_problem(plain, *path, name=name, most=most)


def paragraphs(text: str) -> str:
    """A text of several lines as it is kept: trimmed, in composed form, with one kind of line end."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip())


def printable(text: str) -> str:
    """A text of others, such as an error, as it can be kept: control characters and lone surrogates are replaced."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def line(text: str) -> str:
    """A one-line text as it is kept: trimmed, in composed form."""
    return unicodedata.normalize("NFC", text.strip())
