"""Status: what was configured, what is effective, and why."""

from collections.abc import Sequence

import strawberry

from app.domain.campaigns import status as rules
from app.domain.campaigns.status import ConfiguredStatus, EffectiveStatus
from app.domain.campaigns.status import ReasonCode as StatusReasonCode
from app.schema.enums import enum

enum(
    ConfiguredStatus,
    "ConfiguredStatus",
    "What a member of the account set",
    ENABLED="To be served",
    PAUSED="Not to be served for now",
    ARCHIVED="Put away for good",
)
enum(
    EffectiveStatus,
    "EffectiveStatus",
    "What holds when everything is taken together",
    DRAFT="Not submitted yet",
    IN_MODERATION="Being reviewed",
    REJECTED="Not approved",
    SCHEDULED="All in order, its start is still to come",
    READY="All in order, nothing to serve: no approved ad",
    RUNNING="Being served",
    PAUSED="Paused",
    OUT_OF_BUDGET="A budget is spent",
    OUT_OF_STOCK="Stopped for good: its product ran out of stock",
    STOPPED_BILLING="Stopped for good: a charge failed",
    STOPPED_POLICY="Stopped for good: against the ad policy",
    ACCOUNT_INACTIVE="The account may not serve ads",
    ENDED="Its end has passed",
    ARCHIVED="Put away for good",
)
enum(
    StatusReasonCode,
    "StatusReasonCode",
    "Why something is not served",
    **{code.name: reason.message for code, reason in rules.REASONS.items()},
)


@strawberry.type(description="A reason why something is not served, and what helps")
class StatusReason:
    code: StatusReasonCode = strawberry.field(description="The reason")
    message: str = strawberry.field(description="The reason in words")
    remedy: str | None = strawberry.field(description="What helps, in words")
    remedy_mutation: str | None = strawberry.field(description="The mutation that helps")


def reasons(codes: Sequence[str], resume: str) -> list[StatusReason]:
    """The kept codes with their words; *resume* is the mutation that undoes the object's own pause."""
    return [_reason(rules.ReasonCode(code), resume) for code in codes]


def _reason(code: rules.ReasonCode, resume: str) -> StatusReason:
    known = rules.REASONS[code]
    mutation = resume if code is rules.ReasonCode.PAUSED_BY_USER else known.remedy_mutation
    return StatusReason(code=code, message=known.message, remedy=known.remedy, remedy_mutation=mutation)
