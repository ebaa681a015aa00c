"""Why something is not served or not shown, as clients see it."""

import strawberry

from app.domain.campaigns.status import REASONS
from app.domain.reasons import ReasonCode as StatusReasonCode
from app.schema.enums import enum

enum(
    StatusReasonCode,
    "StatusReasonCode",
    "Why something is not served or not shown",
    **{code.name: reason.message for code, reason in REASONS.items()},
)


@strawberry.type(description="A reason why something is not served or not shown, and what helps")
class StatusReason:
    code: StatusReasonCode = strawberry.field(description="The reason")
    message: str = strawberry.field(description="The reason in words")
    remedy: str | None = strawberry.field(description="What helps, in words")
    remedy_mutation: str | None = strawberry.field(description="The mutation that helps")
