"""History: what of it can be taken back, and what helps where it cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.campaigns import status as rules
from app.domain.campaigns.status import ConfiguredStatus
from app.domain.errors import Conflict, IllegalTransition, Problem
from app.domain.events import Event
from app.domain.money import Money

AT = "changeEventId"
FIELDS = {
    "name": "name",
    "total_budget_micros": "total_budget",
    "daily_budget_micros": "daily_budget",
    "starts_at": "start",
    "ends_at": "end",
}
"""The columns of a campaign that can be set back, and the inputs that do."""
SWITCHES = {
    Event.CAMPAIGN_PAUSED: ConfiguredStatus.ENABLED,
    Event.CAMPAIGN_RESUMED: ConfiguredStatus.PAUSED,
    Event.AD_PAUSED: ConfiguredStatus.ENABLED,
    Event.AD_RESUMED: ConfiguredStatus.PAUSED,
}
OF_ADS = (Event.AD_PAUSED, Event.AD_RESUMED)
REVERTIBLE = (Event.CAMPAIGN_UPDATED, *SWITCHES)
HELP = {
    Event.CAMPAIGN_CREATED: "campaignPause",
    Event.CAMPAIGN_DUPLICATED: "campaignPause",
    Event.CAMPAIGN_ARCHIVED: "campaignDuplicate",
    Event.CAMPAIGN_PAYMENT_METHOD_SET: "campaignSetPaymentMethod",
    Event.AD_CREATED: "adPause",
    Event.AD_UPDATED: "adUpdate",
    Event.AD_DELETED: "adCreate",
    Event.AD_SUBMITTED: "adReplace",
    Event.AD_REPLACED: "adReplace",
    Event.AD_APPROVED: "adPause",
    Event.AD_REJECTED: "adAppeal",
    Event.AD_STOPPED: "adReplace",
    Event.ASSET_READY: "adUpdate",
    Event.ASSET_REJECTED: "assetUploadBegin",
    Event.ASSET_LAPSED: "assetUploadBegin",
    Event.MODERATION_CLAIMED: "moderationRelease",
    Event.MODERATION_RELEASED: "moderationClaim",
    Event.LANDING_FAULT_FOUND: "moderationDecide",
    Event.USER_INVITED: "invitationRevoke",
    Event.INVITATION_RESENT: "invitationRevoke",
    Event.INVITATION_REVOKED: "userInvite",
    Event.INVITATION_ACCEPTED: "membershipRemove",
    Event.INVITATION_DECLINED: "userInvite",
    Event.MEMBER_LEVEL_SET: "membershipSetLevel",
    Event.MEMBER_REMOVED: "userInvite",
    Event.MEMBER_LEFT: "userInvite",
    Event.PAGE_CREATED: "brandPageUpdate",
    Event.PAGE_UPDATED: "brandPageUpdate",
    Event.PAGE_WIDGET_SET: "brandPageSetWidget",
    Event.PAGE_SUBMITTED: "brandPageUnpublish",
    Event.PAGE_APPROVED: "brandPageUnpublish",
    Event.PAGE_REJECTED: "brandPageAppeal",
    Event.PAGE_PUBLISHED: "brandPageUnpublish",
    Event.PAGE_UNPUBLISHED: "brandPagePublish",
    Event.MAIL_MUTED: "notificationPreferencesSet",
    Event.API_TOKEN_CREATED: "apiTokenRevoke",
    Event.API_TOKEN_REVOKED: "apiTokenCreate",
    Event.JOB_CREATED: "jobCancel",
    Event.JOB_FAILED: "reportCreate",
    Event.JOB_CANCELED: "reportCreate",
    Event.ACCOUNT_CREATED: "accountClose",
    Event.ACCOUNT_UPDATED: "accountUpdate",
    Event.ACCOUNT_HANDED_OVER: "accountHandover",
    Event.ACCOUNT_HELD: "paymentMethodAdd",
    Event.ACCOUNT_REINSTATED: "accountSuspend",
    Event.ACCOUNT_CLOSED: "registrationCreate",
    Event.PAYMENT_METHOD_ADDED: "paymentMethodRemove",
    Event.PAYMENT_METHOD_CONFIRMED: "paymentMethodRemove",
    Event.PAYMENT_METHOD_MADE_DEFAULT: "paymentMethodSetDefault",
    Event.PAYMENT_METHOD_REMOVED: "paymentMethodAdd",
    Event.PAYMENT_METHOD_EXPIRING: "paymentMethodAdd",
    Event.PAYMENT_METHOD_EXPIRED: "paymentMethodAdd",
    Event.LAST_CARD_REMOVED: "paymentMethodAdd",
    Event.CHARGE_FAILED: "balancePay",
    Event.CHARGE_GIVEN_UP: "balancePay",
    Event.CHARGE_ADJUSTED: "chargeAdjust",
    Event.CREDIT_LIMIT_SET: "creditLimitSet",
    Event.BRAND_CREATED: "registrationWithdraw",
    Event.BRAND_APPROVED: "campaignPause",
    Event.REGISTRATION_CREATED: "registrationWithdraw",
    Event.REGISTRATION_UPDATED: "registrationUpdate",
    Event.REGISTRATION_SUBMITTED: "registrationWithdraw",
    Event.REGISTRATION_WITHDRAWN: "registrationCreate",
    Event.REGISTRATION_CLAIMED: "registrationRelease",
    Event.REGISTRATION_RELEASED: "registrationClaim",
    Event.REGISTRATION_INFO_REQUESTED: "registrationProvideInfo",
    Event.REGISTRATION_INFO_PROVIDED: "registrationWithdraw",
    Event.REGISTRATION_APPROVED: "accountClose",
    Event.REGISTRATION_REJECTED: "registrationCreate",
    Event.STAFF_NOTE_ADDED: "registrationAddStaffNote",
    Event.TERMS_SENT: "registrationWithdraw",
    Event.TERMS_ACCEPTED: "registrationWithdraw",
    Event.TERMS_DECLINED: "registrationResendTermsInvitation",
    Event.TERMS_REVOKED: "registrationResendTermsInvitation",
    Event.POLICY_DOCUMENT_PUBLISHED: "policyDocumentPublish",
    Event.SERVICE_LEVEL_SET: "serviceLevelSet",
    Event.PRODUCTS_IMPORTED: "productUpsert",
    Event.PRODUCT_OUT_OF_STOCK: "stockReport",
    Event.PRODUCT_BACK_IN_STOCK: "stockReport",
    Event.USER_UPDATED: "userUpdate",
    Event.PASSWORD_CHANGED: "passwordChange",
    Event.PASSWORD_RESET: "passwordReset",
    Event.PASSWORD_RESET_ASKED: "passwordChange",
}
"""The mutation that helps where a change cannot be taken back."""
WAYS = {
    Event.AD_APPEALED: "a moderator decides about it",
    Event.PAGE_UPGRADED: "an upgraded Page stays one, and is free",
    Event.PAGE_APPEALED: "a moderator decides about it",
    Event.MODERATION_WITHDRAWN: "hand it in again",
    Event.JOB_STARTED: "its events tell how it ends",
    Event.JOB_SUCCEEDED: "its file lapses by itself",
    Event.ASSET_BEGUN: "without its file it lapses by itself",
    Event.ACCOUNT_RELEASED: "the account serves again",
    Event.ACCOUNT_SUSPENDED: "contact support",
    Event.REVIEW_OVERDUE: "the review goes on",
    Event.CHARGE_DUE: "its card is charged; `chargeAdjust` credits it",
    Event.CHARGE_ATTEMPTED: "the processor is being asked",
    Event.CHARGE_PAID: "`chargeAdjust` credits it",
    Event.CLICKS_REVERSED: "what was reversed stays so",
    Event.LOG_REPLAYED: "what was counted stays counted",
    Event.INGEST_TOKEN_CREATED: "an operator ends it by `endcap token revoke`",
    Event.INGEST_TOKEN_REVOKED: "an operator makes another by `endcap token create`",
    Event.USER_SIGNED_UP: "the address stays unproved until its link is used",
    Event.PROOF_ASKED: "the link lapses by itself",
    Event.EMAIL_VERIFIED: "the address is proved",
    Event.LOGIN_PROVED: "withdraw the registration, and begin another with another login",
}
"""The way out in words where no mutation helps."""


@dataclass(frozen=True)
class Now:
    """What the subject of a change is now; of an ad its own state and its campaign's, None where it is gone."""

    values: Mapping[str, Any]
    campaign: ConfiguredStatus | None
    ad: rules.AdFacts | None = None


def revert_problem(event: Event, after: Mapping[str, Any] | None, now: Now) -> Problem | None:
    """Why a change cannot be taken back: not its kind, changed again since, or a rule of what would undo it."""
    if event not in REVERTIBLE:
        return _never(event)
    if now.campaign is ConfiguredStatus.ARCHIVED:
        return rules.archived_problem(now.campaign, "REVERTED", AT)
    if now.ad is not None and now.ad.stop is not rules.SystemStop.NONE:
        return rules.ad_step_problem(now.ad, now.campaign or ConfiguredStatus.ENABLED, SWITCHES[event])
    changed = sorted(name for name, value in (after or {}).items() if now.values.get(name) != value)
    if changed:
        names = " and ".join(name.removesuffix("_micros").removesuffix("_at").replace("_", " ") for name in changed)
        message = f"It changed again since ({names}): take the later change back first, or set what you want."
        return Conflict(message=message, path=(AT,))
    return None


def undoing(before: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The changes of a campaign that set back what *before* holds."""
    return {FIELDS[name]: _value(name, value, currency) for name, value in before.items() if name in FIELDS}


def _value(name: str, value: Any, currency: str) -> Any:
    if value is None or name == "name":
        return value
    return Money(value, currency) if name.endswith("_micros") else datetime.fromisoformat(value)


def _never(event: Event) -> Problem:
    help_ = HELP.get(event)
    way = WAYS[event] if help_ is None else f"use `{help_}`"
    return IllegalTransition(
        message=f"{event.value} cannot be taken back: {way}.",
        path=(AT,),
        state=event.value,
        attempted="REVERTED",
        allowed=(),
        instead_use=help_,
    )
