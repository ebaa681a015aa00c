"""Mail: its kinds, its states, which kinds open something through a one-time link, and which can be muted."""

from collections.abc import Iterable
from enum import Enum

from app.domain.errors import Findings
from app.domain.identity import Purpose
from app.domain.states import Lifecycle


class EmailKind(Enum):
    EMAIL_VERIFICATION = "EMAIL_VERIFICATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105
    INVITATION = "INVITATION"
    TERMS = "TERMS"
    TERMS_DECLINED = "TERMS_DECLINED"
    REGISTRATION_RECEIVED = "REGISTRATION_RECEIVED"
    REGISTRATION_REJECTED = "REGISTRATION_REJECTED"
    ACCOUNT_APPROVED = "ACCOUNT_APPROVED"
    INFO_NEEDED = "INFO_NEEDED"
    REVIEW_OVERDUE = "REVIEW_OVERDUE"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    HANDOVER = "HANDOVER"
    MODERATION_RESULT = "MODERATION_RESULT"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    BILLING_FAILED = "BILLING_FAILED"
    PAYMENT_METHOD_EXPIRING = "PAYMENT_METHOD_EXPIRING"


class EmailStatus(Enum):
    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    DEAD = "DEAD"


EMAIL = Lifecycle(
    "message",
    {
        EmailStatus.QUEUED: frozenset({EmailStatus.SENDING, EmailStatus.DEAD}),
        EmailStatus.SENDING: frozenset({EmailStatus.SENDING, EmailStatus.SENT, EmailStatus.FAILED, EmailStatus.DEAD}),
        EmailStatus.FAILED: frozenset({EmailStatus.SENDING, EmailStatus.DEAD}),
        EmailStatus.DEAD: frozenset({EmailStatus.SENDING}),
        EmailStatus.SENT: frozenset(),
    },
)

OPENS = {
    EmailKind.EMAIL_VERIFICATION: Purpose.EMAIL_VERIFICATION,
    EmailKind.PASSWORD_RESET: Purpose.PASSWORD_RESET,
    EmailKind.INVITATION: Purpose.INVITATION,
    EmailKind.TERMS: Purpose.TERMS,
}
"""What the link of a kind is for; the link is made when the message is sent, and only its hash is kept."""
MUTEABLE = (
    EmailKind.ACCOUNT_SUSPENDED,
    EmailKind.HANDOVER,
    EmailKind.MODERATION_RESULT,
    EmailKind.OUT_OF_STOCK,
    EmailKind.BILLING_FAILED,
    EmailKind.PAYMENT_METHOD_EXPIRING,
)
"""The automated mail of an account, which each of its ADMINs may do without (S24); all else was asked for."""


def check_muted(kinds: Iterable[EmailKind]) -> None:
    """Refuse to mute what is no automated mail of an account."""
    found, known = Findings(), ", ".join(kind.value for kind in MUTEABLE)
    for place, kind in enumerate(kinds):
        if kind not in MUTEABLE:
            message = f"{kind.value} cannot be muted: somebody asks for it each time. These can: {known}."
            found.invalid(message, "muted", str(place), constraint=known)
    found.settle()
