"""Opaque ids of objects: the type's name and the row's key, as URL-safe text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID


def global_id(type_name: str, id: UUID) -> str:
    return urlsafe_b64encode(type_name.encode() + b":" + id.bytes).decode().rstrip("=")


def parse(text: str) -> tuple[str, UUID] | None:
    """Type name and key of a global id; None where it is none, or not the one spelling of it."""
    try:
        name, _, key = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).partition(b":")
        found = name.decode("ascii"), UUID(bytes=key)
    except ValueError:
        return None
    return found if global_id(*found) == text else None
