"""Status: what was configured, what is effective, and why."""

from collections.abc import Sequence

from app.domain.campaigns import status as rules
from app.domain.campaigns.status import ConfiguredStatus, EffectiveStatus
from app.schema.enums import enum
from app.schema.reasons import StatusReason

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
    READY="All in order, nothing to serve: no approved ad, or its Page is not public",
    RUNNING="Being served",
    PAUSED="Paused",
    OUT_OF_BUDGET="A budget is spent",
    OUT_OF_STOCK="Stopped for good: its product ran out of stock",
    STOPPED_BILLING="Stopped for good: a charge failed",
    STOPPED_POLICY="Stopped for good: against the ad policy",
    ACCOUNT_INACTIVE="The account, or the brand, may not serve ads, or no card can be charged for them",
    ENDED="Its end has passed",
    ARCHIVED="Put away for good",
)


def reasons(codes: Sequence[str], resume: str) -> list[StatusReason]:
    """The kept codes with their words; *resume* is the mutation that undoes the object's own pause."""
    return [_reason(rules.ReasonCode(code), resume) for code in codes]


def _reason(code: rules.ReasonCode, resume: str) -> StatusReason:
    known = rules.REASONS[code]
    mutation = resume if code is rules.ReasonCode.PAUSED_BY_USER else known.remedy_mutation
    return StatusReason(code=code, message=known.message, remedy=known.remedy, remedy_mutation=mutation)
