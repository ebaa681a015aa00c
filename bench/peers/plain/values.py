"""Global ids, cursors and ratios, as Endcap writes them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

PLACES = Decimal("0.000001")


def global_id(type_name: str, key: UUID) -> str:
    """Type and key as one opaque text."""
    return urlsafe_b64encode(type_name.encode() + b":" + key.bytes).decode().rstrip("=")


def key(type_name: str, id: str) -> UUID | None:
    """The key in a global id of the type; None where it is none."""
    try:
        name, _, raw = urlsafe_b64decode(id + "=" * (-len(id) % 4)).partition(b":")
        return UUID(bytes=raw) if name.decode() == type_name else None
    except ValueError:
        return None


def cursor(row: Any) -> str:
    """The place of a row in a list of the newest."""
    return urlsafe_b64encode(f"{row.created_at.isoformat()}/{row.id}".encode()).decode()


def ratio(part: int, whole: int) -> Decimal | None:
    """part / whole to six places, half up, without trailing zeros; None of nothing."""
    return (Decimal(part) / Decimal(whole)).quantize(PLACES, ROUND_HALF_UP).normalize() if whole else None
