"""Status is two things: what the user configured, and what is effective, with every reason and its remedy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from app.domain.accounts import AccountStatus
from app.domain.errors import Conflict, IllegalTransition, Problem
from app.domain.reasons import OF_ACCOUNT, ReasonCode
from app.domain.states import Lifecycle


class CampaignKind(Enum):
    ECOMMERCE_DISPLAY = "ECOMMERCE_DISPLAY"
    SPONSORED_SEARCH = "SPONSORED_SEARCH"


class ConfiguredStatus(Enum):
    ENABLED = "ENABLED"
    PAUSED = "PAUSED"
    ARCHIVED = "ARCHIVED"


class ReviewStatus(Enum):
    DRAFT = "DRAFT"
    IN_MODERATION = "IN_MODERATION"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class SystemStop(Enum):
    """One-way: a stopped ad never serves again (S65, S79)."""

    NONE = "NONE"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    BILLING = "BILLING"
    POLICY = "POLICY"


class EffectiveStatus(Enum):
    DRAFT = "DRAFT"
    IN_MODERATION = "IN_MODERATION"
    REJECTED = "REJECTED"
    SCHEDULED = "SCHEDULED"
    READY = "READY"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    OUT_OF_BUDGET = "OUT_OF_BUDGET"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    STOPPED_BILLING = "STOPPED_BILLING"
    STOPPED_POLICY = "STOPPED_POLICY"
    ACCOUNT_INACTIVE = "ACCOUNT_INACTIVE"
    ENDED = "ENDED"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True)
class Reason:
    """What a reason means to people, and the mutation that remedies it."""

    effective: EffectiveStatus
    message: str
    remedy: str | None = None
    remedy_mutation: str | None = None


_E = EffectiveStatus
REASONS: dict[ReasonCode, Reason] = {
    ReasonCode.ARCHIVED: Reason(_E.ARCHIVED, "The campaign is archived", "Create a new campaign", "campaignCreate"),
    ReasonCode.ACCOUNT_CLOSED: Reason(_E.ACCOUNT_INACTIVE, "The account is closed"),
    ReasonCode.ACCOUNT_SUSPENDED: Reason(_E.ACCOUNT_INACTIVE, "The account is suspended", "Contact support"),
    ReasonCode.ACCOUNT_PAYMENT_HOLD: Reason(
        _E.ACCOUNT_INACTIVE, "The account waits for a payment method", "Add a card", "paymentMethodAdd"
    ),
    ReasonCode.BRAND_NOT_APPROVED: Reason(
        _E.ACCOUNT_INACTIVE, "The brand is not approved", "Wait for its approval; answer what its reviewers ask"
    ),
    ReasonCode.NO_PAYMENT_METHOD: Reason(
        _E.ACCOUNT_INACTIVE, "No card can be charged for it", "Add a card", "paymentMethodAdd"
    ),
    ReasonCode.POLICY_STOP: Reason(
        _E.STOPPED_POLICY, "Stopped for a breach of the ad policy", "Replace it", "adReplace"
    ),
    ReasonCode.BILLING_FAILED: Reason(_E.STOPPED_BILLING, "Stopped because a charge failed", "Replace it", "adReplace"),
    ReasonCode.OUT_OF_STOCK: Reason(
        _E.OUT_OF_STOCK, "Its product ran out of stock", "When it is back, replace the ad", "adReplace"
    ),
    ReasonCode.REJECTED: Reason(_E.REJECTED, "The ad was not approved", "Appeal, or replace it", "adReplace"),
    ReasonCode.NOT_SUBMITTED: Reason(_E.DRAFT, "The ad is a draft", "Submit it", "adSubmit"),
    ReasonCode.IN_MODERATION: Reason(_E.IN_MODERATION, "The ad is being reviewed"),
    ReasonCode.ENDED: Reason(_E.ENDED, "The campaign's end has passed", "Set a later end", "campaignUpdate"),
    ReasonCode.PAUSED_BY_USER: Reason(_E.PAUSED, "Paused by a member of the account", "Resume it"),
    ReasonCode.CAMPAIGN_PAUSED: Reason(_E.PAUSED, "Its campaign is paused", "Resume the campaign", "campaignResume"),
    ReasonCode.PAGE_NOT_PUBLISHED: Reason(
        _E.READY, "The Page it leads to is not public", "Publish the Page", "brandPagePublish"
    ),
    ReasonCode.TOTAL_BUDGET_SPENT: Reason(
        _E.OUT_OF_BUDGET, "The total budget is spent", "Raise the total budget", "campaignUpdate"
    ),
    ReasonCode.DAILY_BUDGET_SPENT: Reason(
        _E.OUT_OF_BUDGET, "Today's budget is spent", "Wait for tomorrow or raise the daily budget", "campaignUpdate"
    ),
    ReasonCode.NOT_STARTED: Reason(_E.SCHEDULED, "The campaign's start is still to come"),
    ReasonCode.NO_APPROVED_AD: Reason(_E.READY, "The campaign has no approved ad", "Create an ad", "adCreate"),
}
_WEIGHT = {code: weight for weight, code in enumerate(ReasonCode)}

CAMPAIGN = Lifecycle(
    "campaign",
    next={
        ConfiguredStatus.ENABLED: frozenset({ConfiguredStatus.PAUSED}),
        ConfiguredStatus.PAUSED: frozenset({ConfiguredStatus.ENABLED, ConfiguredStatus.ARCHIVED}),
        ConfiguredStatus.ARCHIVED: frozenset(),
    },
    instead={(ConfiguredStatus.ENABLED, ConfiguredStatus.ARCHIVED): "campaignPause"},
)
REVIEW = Lifecycle(
    "ad",
    next={
        ReviewStatus.DRAFT: frozenset({ReviewStatus.IN_MODERATION}),
        ReviewStatus.IN_MODERATION: frozenset({ReviewStatus.APPROVED, ReviewStatus.REJECTED}),
        ReviewStatus.APPROVED: frozenset(),
        ReviewStatus.REJECTED: frozenset({ReviewStatus.APPROVED}),  # by an appeal
    },
    instead={
        (state, ReviewStatus.IN_MODERATION): "adReplace" for state in (ReviewStatus.APPROVED, ReviewStatus.REJECTED)
    },
)
AD = Lifecycle(
    "ad",
    next={
        ConfiguredStatus.ENABLED: frozenset({ConfiguredStatus.PAUSED}),
        ConfiguredStatus.PAUSED: frozenset({ConfiguredStatus.ENABLED}),
        ConfiguredStatus.ARCHIVED: frozenset(),
    },
)

_STOPS = frozenset(SystemStop) - {SystemStop.NONE}
STOP = Lifecycle(
    "ad",
    next={SystemStop.NONE: _STOPS, **dict.fromkeys(_STOPS, frozenset[SystemStop]())},
)


@dataclass(frozen=True)
class CampaignFacts:
    """What a campaign's effective status hangs on; amounts in micros. *has_card*: one can be charged for it now."""

    configured: ConfiguredStatus
    account: AccountStatus
    brand_approved: bool
    has_card: bool
    start: datetime
    end: datetime | None
    total_budget: int
    spent: int
    daily_budget: int | None
    spent_today: int
    has_approved_ad: bool
    waits_for_page: bool = False  # an ad would do, were the Page public that it leads to


@dataclass(frozen=True)
class AdFacts:
    """What an ad's own status hangs on; *landing_public*: the Page that it leads to is, or it leads to a product."""

    configured: ConfiguredStatus
    review: ReviewStatus
    stop: SystemStop
    landing_public: bool = True


_STOP = {
    SystemStop.POLICY: ReasonCode.POLICY_STOP,
    SystemStop.BILLING: ReasonCode.BILLING_FAILED,
    SystemStop.OUT_OF_STOCK: ReasonCode.OUT_OF_STOCK,
}
_REVIEW = {
    ReviewStatus.REJECTED: ReasonCode.REJECTED,
    ReviewStatus.DRAFT: ReasonCode.NOT_SUBMITTED,
    ReviewStatus.IN_MODERATION: ReasonCode.IN_MODERATION,
}
_OF_ADS = (ReasonCode.NO_APPROVED_AD, ReasonCode.PAGE_NOT_PUBLISHED)
"""Reasons that a campaign has from its ads."""
_OF_ITS_CAMPAIGN = {ReasonCode.PAUSED_BY_USER: ReasonCode.CAMPAIGN_PAUSED}


def account_codes(account: AccountStatus) -> list[str]:
    """Why an account serves nothing, as codes; none: it may."""
    return [OF_ACCOUNT[account].value] if account in OF_ACCOUNT else []


def campaign_reasons(facts: CampaignFacts, now: datetime) -> tuple[ReasonCode, ...]:
    """Every reason why the campaign is not served, weightiest first; none: it runs."""
    return _sorted(_campaign_reasons(facts, now))


def _campaign_reasons(facts: CampaignFacts, now: datetime) -> Iterator[ReasonCode]:
    if facts.configured is ConfiguredStatus.ARCHIVED:
        yield ReasonCode.ARCHIVED
    if facts.configured is ConfiguredStatus.PAUSED:
        yield ReasonCode.PAUSED_BY_USER
    yield from _around(facts)
    if facts.end is not None and facts.end <= now:
        yield ReasonCode.ENDED
    if now < facts.start:
        yield ReasonCode.NOT_STARTED
    if facts.spent >= facts.total_budget:
        yield ReasonCode.TOTAL_BUDGET_SPENT
    if facts.daily_budget is not None and facts.spent_today >= facts.daily_budget:
        yield ReasonCode.DAILY_BUDGET_SPENT
    if not facts.has_approved_ad:
        yield ReasonCode.PAGE_NOT_PUBLISHED if facts.waits_for_page else ReasonCode.NO_APPROVED_AD


def _around(facts: CampaignFacts) -> Iterator[ReasonCode]:
    """The reasons that a campaign has from its account, its brand and what it is charged to."""
    if facts.account in OF_ACCOUNT:
        yield OF_ACCOUNT[facts.account]
    if not facts.brand_approved:
        yield ReasonCode.BRAND_NOT_APPROVED
    if not facts.has_card:
        yield ReasonCode.NO_PAYMENT_METHOD


def ad_reasons(ad: AdFacts, campaign: Sequence[ReasonCode]) -> tuple[ReasonCode, ...]:
    """Every reason why the ad is not served: its own and those of its campaign."""
    own = [_STOP.get(ad.stop), _REVIEW.get(ad.review)]
    if ad.configured is ConfiguredStatus.PAUSED:
        own.append(ReasonCode.PAUSED_BY_USER)
    if not ad.landing_public:
        own.append(ReasonCode.PAGE_NOT_PUBLISHED)
    inherited = (_OF_ITS_CAMPAIGN.get(code, code) for code in campaign if code not in _OF_ADS)
    return _sorted([*(code for code in own if code), *inherited])


def effective(reasons: Sequence[ReasonCode]) -> EffectiveStatus:
    """The status that the weightiest reason gives; RUNNING without any."""
    return REASONS[reasons[0]].effective if reasons else EffectiveStatus.RUNNING


def servable(ad: AdFacts) -> bool:
    """Whether the ad by itself could be served: approved, enabled, never stopped, its landing there (I9, I10)."""
    is_on = ad.stop is SystemStop.NONE and ad.configured is ConfiguredStatus.ENABLED
    return ad.review is ReviewStatus.APPROVED and is_on and ad.landing_public


def waits_for_page(ad: AdFacts) -> bool:
    """Whether the ad could be served, were the Page public that it leads to (S47)."""
    return not ad.landing_public and servable(replace(ad, landing_public=True))


def eligible(
    ad: AdFacts, campaign: ConfiguredStatus, account: AccountStatus, *, brand_approved: bool, has_card: bool
) -> bool:
    """Whether the ad may enter an auction at all, whatever its budget and the hour (I10)."""
    may = account is AccountStatus.ACTIVE and brand_approved and has_card
    return may and campaign is ConfiguredStatus.ENABLED and servable(ad)


def ad_step_problem(ad: AdFacts, campaign: ConfiguredStatus, to: ConfiguredStatus) -> Problem | None:
    """Why an ad cannot be paused or resumed: a system stop is one-way (S65, S79), an archived campaign is over."""
    if ad.stop is not SystemStop.NONE:
        return stopped_problem(ad.stop, to.value)
    if campaign is ConfiguredStatus.ARCHIVED:
        return archived_problem(campaign, to.value, "id")
    return AD.problem(ad.configured, to, "id")


def unstopped() -> dict[str, object]:
    """The columns of an ad that nothing has stopped."""
    return {"system_stop": SystemStop.NONE, "stopped_at": None}


def stopped(to: SystemStop, at: datetime) -> dict[str, object]:
    """The columns of an ad that is stopped, once for all (I9)."""
    return {"system_stop": STOP.advance(SystemStop.NONE, to), "stopped_at": at}


def draft_problem(ad: AdFacts, campaign: ConfiguredStatus, attempted: str, instead: str) -> Problem | None:
    """Why an ad can no longer be changed or deleted: it was submitted (S55, I8), or its campaign is over."""
    if ad.review is ReviewStatus.DRAFT:
        return archived_problem(campaign, attempted, "id")
    return IllegalTransition(
        message=f"The ad was submitted and is {ad.review.value}: its content stays as it is. Use `{instead}`.",
        path=("id",),
        state=ad.review.value,
        attempted=attempted,
        allowed=(),
        instead_use=instead,
    )


def replace_problem(ad: AdFacts, campaign: ConfiguredStatus, *path: str, replaced: bool) -> Problem | None:
    """Why an ad cannot be replaced: it is a draft, which is edited, or it was replaced already (S55)."""
    if campaign is ConfiguredStatus.ARCHIVED:
        return archived_problem(campaign, "REPLACED", *path)
    if replaced:
        return Conflict(message="The ad has been replaced already: replace the ad that took its place.", path=path)
    if ad.review is not ReviewStatus.DRAFT or ad.stop is not SystemStop.NONE:
        return None
    return IllegalTransition(
        message="The ad is a draft: change it with `adUpdate`.",
        path=path,
        state=ad.review.value,
        attempted="REPLACED",
        allowed=(ReviewStatus.IN_MODERATION.value,),
        instead_use="adUpdate",
    )


def stopped_problem(stop: SystemStop, attempted: str) -> Problem:
    """What the system stopped takes no step any more; the way out is another ad (S65, S79)."""
    return IllegalTransition(
        message=f"The ad was stopped for good ({stop.value}) and cannot become {attempted}: replace it by a new ad.",
        path=("id",),
        state=stop.value,
        attempted=attempted,
        allowed=(),
        instead_use="adReplace",
    )


def archived_problem(campaign: ConfiguredStatus, attempted: str, *path: str) -> Problem | None:
    """An archived campaign is never changed again, nor gets ads."""
    if campaign is not ConfiguredStatus.ARCHIVED:
        return None
    return IllegalTransition(
        message="The campaign is ARCHIVED: create a new one.",
        path=path,
        state=campaign.value,
        attempted=attempted,
        allowed=(),
        instead_use="campaignCreate",
    )


def _sorted(codes: Iterator[ReasonCode] | list[ReasonCode]) -> tuple[ReasonCode, ...]:
    return tuple(sorted(codes, key=_WEIGHT.__getitem__))
