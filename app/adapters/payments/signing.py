"""Signatures of a processor's messages, as Stripe writes them: `t=SECONDS,v1=HMAC` over the time and the body."""

import hmac
from collections.abc import Collection
from datetime import datetime

from app.domain.billing.gateway import NoticeRefused

TOLERANCE = 300  # seconds between the time that was signed and now, either way
MOST_SIGNATURES = 10  # while secrets are renewed there are two


def sign(secret: str, body: bytes, at: datetime) -> str:
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={_mac(secret, stamp, body)}"


def check(header: str, body: bytes, secrets: Collection[str], now: datetime) -> None:
    """Raise NoticeRefused unless one of the *secrets* signed the body, not long from *now*."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"][:MOST_SIGNATURES]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdecimal()) or len(stamps[0]) > 12 or not given:
        raise NoticeRefused("The signature cannot be read.")
    wanted = [_mac(secret, stamps[0], body) for secret in secrets]
    if not any(hmac.compare_digest(one.encode(), other.encode()) for one in wanted for other in given):
        raise NoticeRefused("The signature is of another secret, or of another body.")
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE:
        raise NoticeRefused("The message was signed more than 300 seconds from now: look at the clock.")


def _mac(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
