"""Why something is not served or not shown: the codes that campaigns, ads and Pages share, in order of weight."""

from dataclasses import dataclass
from enum import Enum

from app.domain.accounts import AccountStatus


class ReasonCode(Enum):
    """The first one found gives the effective status of a campaign or an ad."""

    ARCHIVED = "ARCHIVED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    ACCOUNT_PAYMENT_HOLD = "ACCOUNT_PAYMENT_HOLD"
    BRAND_NOT_APPROVED = "BRAND_NOT_APPROVED"
    NO_PAYMENT_METHOD = "NO_PAYMENT_METHOD"
    POLICY_STOP = "POLICY_STOP"
    BILLING_FAILED = "BILLING_FAILED"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    REJECTED = "REJECTED"
    NOT_SUBMITTED = "NOT_SUBMITTED"
    IN_MODERATION = "IN_MODERATION"
    ENDED = "ENDED"
    PAUSED_BY_USER = "PAUSED_BY_USER"
    CAMPAIGN_PAUSED = "CAMPAIGN_PAUSED"
    PAGE_NOT_PUBLISHED = "PAGE_NOT_PUBLISHED"
    TOTAL_BUDGET_SPENT = "TOTAL_BUDGET_SPENT"
    DAILY_BUDGET_SPENT = "DAILY_BUDGET_SPENT"
    NOT_STARTED = "NOT_STARTED"
    NO_APPROVED_AD = "NO_APPROVED_AD"


OF_ACCOUNT = {
    AccountStatus.CLOSED: ReasonCode.ACCOUNT_CLOSED,
    AccountStatus.SUSPENDED: ReasonCode.ACCOUNT_SUSPENDED,
    AccountStatus.PAYMENT_HOLD: ReasonCode.ACCOUNT_PAYMENT_HOLD,
}


@dataclass(frozen=True)
class Told:
    """What a reason means to people, and the mutation that remedies it."""

    message: str
    remedy: str | None = None
    remedy_mutation: str | None = None
