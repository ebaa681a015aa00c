"""People: passwords, and the one-time links that are mailed to them."""

from datetime import timedelta
from enum import Enum

from app.domain.errors import Findings

LEAST_PASSWORD, MOST_PASSWORD = 12, 200


class Purpose(Enum):
    """What a one-time link is for: it opens nothing else."""

    EMAIL_VERIFICATION = "EMAIL_VERIFICATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105
    INVITATION = "INVITATION"
    TERMS = "TERMS"
    LEAVING = "LEAVING"  # a kind of mail is muted: it works as long as it lasts, however often


LIFETIMES = {
    Purpose.EMAIL_VERIFICATION: timedelta(days=7),
    Purpose.PASSWORD_RESET: timedelta(hours=1),  # it opens an account to whoever reads the mail
    Purpose.INVITATION: timedelta(days=7),
    Purpose.TERMS: timedelta(days=7),
    Purpose.LEAVING: timedelta(days=90),  # letters are kept, and read late
}


def check_password(found: Findings, password: str) -> None:
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        limits = f"{LEAST_PASSWORD} <= length <= {MOST_PASSWORD}"
        found.invalid(f"A password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters.", "password", constraint=limits)
