"""Mail: its kinds, its states, and which kinds open something through a one-time link."""

from enum import Enum

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
    MODERATION_RESULT = "MODERATION_RESULT"


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
