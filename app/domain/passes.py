"""Passes: what an address opens, to whom it was given, and until when; sealed with a key of what it opens."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

PASS_TIME = timedelta(hours=1)


@dataclass(frozen=True)
class Pass:
    """What an address says: what it opens, to whom it was given, and until when."""

    subject_id: UUID
    holder_id: UUID  # a person, or an API token
    expires_at: datetime


@dataclass(frozen=True)
class Sealed:
    """A pass as it came, with the seal that is still to be looked at."""

    given: Pass
    seal: bytes

    def fits(self, key: str) -> bool:
        """Whether it was sealed with *key*, which is the subject's own."""
        return hmac.compare_digest(self.seal, _seal(key, _written(self.given)))


_KEYS, _SECONDS, _SEAL = 16, 8, 32  # bytes


def issue(key: str, subject_id: UUID, holder_id: UUID, now: datetime) -> str:
    """The pass to a subject for PASS_TIME, as a text for addresses."""
    given = _written(Pass(subject_id, holder_id, now + PASS_TIME))
    return _text(given + _seal(key, given))


def sealed(text: str) -> Sealed | None:
    """The pass in a text; None where there is none, or it is not the one spelling of it."""
    try:
        whole = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        if _text(whole) != text or len(whole) != 2 * _KEYS + _SECONDS + _SEAL:
            return None
        subject, holder, at = whole[:_KEYS], whole[_KEYS : 2 * _KEYS], whole[2 * _KEYS : -_SEAL]
        expires_at = datetime.fromtimestamp(int.from_bytes(at), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Sealed(Pass(UUID(bytes=subject), UUID(bytes=holder), expires_at), whole[-_SEAL:])


def _text(whole: bytes) -> str:
    return urlsafe_b64encode(whole).decode().rstrip("=")


def _written(given: Pass) -> bytes:
    seconds = int(given.expires_at.timestamp())
    return given.subject_id.bytes + given.holder_id.bytes + seconds.to_bytes(_SECONDS)


def _seal(key: str, given: bytes) -> bytes:
    return hmac.digest(key.encode(), given, "sha256")
