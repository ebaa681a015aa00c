"""The outbox: mail that is owed, sent, or could not be."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.domain.access import Level
from app.domain.notices import EmailKind, EmailStatus
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, column, computed, connection
from app.resolvers import notices
from app.schema.context import Context
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import given
from app.schema.relay import Node, node
from app.schema.relay import identity as id_field

enum(
    EmailKind,
    "EmailKind",
    "What a message is about",
    EMAIL_VERIFICATION="Proof of an address",
    PASSWORD_RESET="A new password",  # noqa: S106
    INVITATION="An invitation to an account",
    TERMS="The invitation of a brand's contact to accept the terms",
    TERMS_DECLINED="The contact declined the terms",
    REGISTRATION_RECEIVED="A registration has come in",
    REGISTRATION_REJECTED="A registration was rejected, with the reason",
    ACCOUNT_APPROVED="A registration was approved: access begins",
    INFO_NEEDED="The reviewers ask for more",
    REVIEW_OVERDUE="To reviewers: a registration waits longer than was promised",
    ACCOUNT_SUSPENDED="An account was suspended, or is no longer",
    HANDOVER="An account was handed over to other people",
    MODERATION_RESULT="What moderation decided about an ad",
    OUT_OF_STOCK="Ads were stopped: their product ran out of stock",
    BILLING_FAILED="A charge failed: when it is tried again, or that ads were stopped",
    PAYMENT_METHOD_EXPIRING="A card that campaigns are charged to expires soon",
)
enum(
    EmailStatus,
    "EmailStatus",
    "How far a message has come",
    QUEUED="Owed",
    SENDING="On its way to the mail server",
    SENT="Taken by the mail server",
    FAILED="Not taken; it is tried again",
    DEAD="Given up; `endcap jobs retry` tries again",
)


def _subject(context: Context, kind: EmailKind, parameters: Mapping[str, Any]) -> str:
    return context.services.letters.subject(kind.value, parameters)


@node(notices.MESSAGES, Level.OPERATOR)
@strawberry.type(description="A message of the outbox; what it says is rendered when it is sent, and kept nowhere")
class EmailMessage(Node):
    id: strawberry.ID = id_field("EmailMessage")
    kind: EmailKind = column(description="What it is about")
    to: str = column(description="Address it goes to")
    subject: str = computed(_subject, "kind", "parameters", asks=True, description="Its subject")
    status: EmailStatus = column(description="How far it has come")
    attempts: int = column(description="How often it was handed to the mail server")
    last_error: str | None = column(description="What the mail server said last, where it did not take it")
    queued_at: datetime = column(description="Since when it is owed")
    sent_at: datetime | None = column(description="When the mail server took it")


@strawberry.input(description="Which messages")
class OutboxFilter:
    kind: list[EmailKind] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    status: list[EmailStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")


@strawberry.type
class NoticeQueries:
    @connection(
        notices.OUTBOX,
        gives=Connection[EmailMessage] | None,
        access=Access(Level.OPERATOR),
        description="Mail that is owed, sent, or could not be, the newest first",
    )
    def outbox(
        self, filter: Annotated[OutboxFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET
    ) -> Arguments:
        return given(filter)
