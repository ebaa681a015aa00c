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
    Event.AD_CREATED: "adPause",
    Event.AD_STOPPED: "adReplace",
    Event.USER_INVITED: "invitationRevoke",
    Event.INVITATION_REVOKED: "userInvite",
    Event.INVITATION_ACCEPTED: "membershipRemove",
    Event.INVITATION_DECLINED: "userInvite",
    Event.MEMBER_LEVEL_SET: "membershipSetLevel",
    Event.MEMBER_REMOVED: "userInvite",
    Event.MEMBER_LEFT: "userInvite",
    Event.API_TOKEN_CREATED: "apiTokenRevoke",
    Event.API_TOKEN_REVOKED: "apiTokenCreate",
}
"""What helps where a change cannot be taken back."""


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
    way = f": use `{help_}`" if help_ else ""
    return IllegalTransition(
        message=f"{event.value} cannot be taken back{way}.",
        path=(AT,),
        state=event.value,
        attempted="REVERTED",
        allowed=(),
        instead_use=help_,
    )
