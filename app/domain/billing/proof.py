"""The proof of what was charged: a digest of every click, which clients can make too (frontend-contract/README.md)."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256


def chained(before: str, click: str, ad: str, auction: str, at: datetime, cost: int) -> str:
    """The digest of a charge after one more line: of the one before it (empty at first) and what the API shows of it.

    Ids are the API's, *at* is UTC and told as its DateTime, *cost* micros.
    """
    moment = at.isoformat().replace("+00:00", "Z")
    return sha256(f"{before} {click} {ad} {auction} {moment} {cost}".encode()).hexdigest()


def whole(charges: Iterable[tuple[str, str]]) -> str:
    """The digest of an account: of the sorted lines of its charges' ids and digests."""
    return sha256("\n".join(sorted(f"{id} {digest}" for id, digest in charges)).encode()).hexdigest()
