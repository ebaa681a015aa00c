"""Mail that is owed: written with the change, sent later by a job (law 8)."""

from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from app.db.tables.notices import EmailKind, EmailMessage
from app.db.work import Work
from app.domain.errors import InvalidInput


def owe(work: Work, kind: EmailKind, to: str, subject: str, account_id: UUID | None, **parameters: Any) -> EmailMessage:
    """Put a message into the outbox; what it says is rendered from the parameters when it is sent."""
    message = EmailMessage(kind=kind, to=to, subject=subject, account_id=account_id, parameters=parameters)
    message.queued_at = work.now
    return work.add(message)


def address_problem(email: str, *path: str) -> InvalidInput | None:
    """The problem of an e-mail address by its form; nothing is asked of the network."""
    try:
        validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as fault:
        return InvalidInput(message=f"That is no e-mail address: {fault}", path=path, constraint="e-mail address")
    return None
