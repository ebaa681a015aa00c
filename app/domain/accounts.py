"""Accounts, their members and invitations: states and the checks of an invitation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.domain.access import MemberLevel
from app.domain.errors import Conflict, Findings, Gate, GateNotMet, LimitExceeded, Problem
from app.domain.states import Lifecycle
from app.domain.text import line_problem

RESEND_AFTER = timedelta(minutes=10)
MOST_IN_HANDOVER = 50


class AccountStatus(Enum):
    ACTIVE = "ACTIVE"
    PAYMENT_HOLD = "PAYMENT_HOLD"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class MembershipStatus(Enum):
    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"


class OrganizationKind(Enum):
    ADVERTISER = "ADVERTISER"
    AGENCY = "AGENCY"
    PARTNER = "PARTNER"
    RETAILER = "RETAILER"


class InvitationStatus(Enum):
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


ACCOUNT = Lifecycle(
    "account",
    {
        AccountStatus.ACTIVE: frozenset({AccountStatus.PAYMENT_HOLD, AccountStatus.SUSPENDED, AccountStatus.CLOSED}),
        AccountStatus.PAYMENT_HOLD: frozenset({AccountStatus.ACTIVE, AccountStatus.SUSPENDED, AccountStatus.CLOSED}),
        AccountStatus.SUSPENDED: frozenset({AccountStatus.ACTIVE, AccountStatus.PAYMENT_HOLD, AccountStatus.CLOSED}),
        AccountStatus.CLOSED: frozenset(),
    },
)
"""A suspended account that still waits for a card returns to PAYMENT_HOLD (`reinstated`)."""
INVITATION = Lifecycle(
    "invitation",
    {
        InvitationStatus.PENDING: frozenset(InvitationStatus) - {InvitationStatus.PENDING},
        InvitationStatus.ACCEPTED: frozenset(),
        InvitationStatus.DECLINED: frozenset(),
        InvitationStatus.REVOKED: frozenset(),
        InvitationStatus.EXPIRED: frozenset(),
    },
    instead={
        (state, to): "userInvite"
        for state in (InvitationStatus.DECLINED, InvitationStatus.REVOKED, InvitationStatus.EXPIRED)
        for to in (InvitationStatus.PENDING, InvitationStatus.ACCEPTED)
    },
)
MEMBERSHIP = Lifecycle(
    "membership",
    {MembershipStatus.ACTIVE: frozenset({MembershipStatus.REMOVED}), MembershipStatus.REMOVED: frozenset()},
    instead={(MembershipStatus.REMOVED, MembershipStatus.ACTIVE): "userInvite"},
)


@dataclass(frozen=True)
class Invitee:
    """Somebody to invite (S20)."""

    name: str
    email: str
    level: MemberLevel
    organization: str | None = None


def ended_problem(status: MembershipStatus, *path: str) -> Problem | None:
    """Nothing more is done with a membership that has ended."""
    return None if status is MembershipStatus.ACTIVE else MEMBERSHIP.problem(status, MembershipStatus.ACTIVE, *path)


def last_admin_problem(other_admins: int, *path: str) -> Problem | None:
    """An account always keeps an ADMIN (I2): the last one neither leaves nor is removed or made an EDITOR."""
    if other_admins:
        return None
    message = "This is the account's last ADMIN: make another member an ADMIN first."
    return Conflict(message=message, path=path or ("id",))


def resend_problem(mailed_at: datetime, now: datetime) -> Problem | None:
    """An invitation is not mailed again within minutes: the first letter is on its way, or taken for spam."""
    again_at = mailed_at + RESEND_AFTER
    if again_at <= now:
        return None
    message = "It was mailed a few minutes ago: look into the spam folder, or wait."
    return LimitExceeded(message=message, path=("id",), limit=1, retry_at=again_at)


def invitation_status(stored: InvitationStatus, expires_at: datetime, now: datetime) -> InvitationStatus:
    """The status a reader sees: a pending invitation past its time is EXPIRED."""
    return InvitationStatus.EXPIRED if stored is InvitationStatus.PENDING and expires_at <= now else stored


def active_problem(status: AccountStatus, *path: str) -> Problem | None:
    """New things are refused in an account that is suspended or closed; without a *path* it is `accountId`."""
    if status in {AccountStatus.ACTIVE, AccountStatus.PAYMENT_HOLD}:
        return None
    at = path or ("accountId",)
    return GateNotMet(message=f"The account is {status.value}.", path=at, gate=Gate.ACCOUNT_ACTIVE)


def check_invitee(found: Findings, invitee: Invitee, email: Problem | None, *path: str) -> None:
    """Collect what is wrong with an invitation (S20); *path* leads to it."""
    found.add(line_problem(invitee.name, *path, "name", name="The name", most=100), email)
    if invitee.organization is not None:
        found.add(line_problem(invitee.organization, *path, "organizationName", name="The organization", most=100))


def reinstated(*, awaits_card: bool) -> AccountStatus:
    """What an account becomes once its suspension ends."""
    return AccountStatus.PAYMENT_HOLD if awaits_card else AccountStatus.ACTIVE


@cache
def _known_zones() -> set[str]:
    return available_timezones()  # from many files


def check_account(found: Findings, display_name: str | None, time_zone: str | None) -> None:
    """Collect what is wrong with the settings that are given."""
    if display_name is not None:
        found.add(line_problem(display_name, "displayName", name="The name", most=100))
    if time_zone is not None and time_zone not in _known_zones():
        message = "That is no time zone: take an IANA name, such as Europe/Berlin or America/New_York."
        found.invalid(message, "timeZone", constraint="IANA time zone")


def check_handover(found: Findings, invited: Sequence[object], removed: Sequence[object], organization: object) -> None:
    """A handover adds people, removes people, or both (S31); not more than an agency has."""
    if not (invited or removed or organization):
        found.invalid("Invite the new agency's people, say who is removed, or both.", "inviteAgency", constraint="one")
    for name, given in (("inviteAgency", invited), ("removeMembershipIds", removed)):
        if len(given) > MOST_IN_HANDOVER:
            message = f"At most {MOST_IN_HANDOVER} at once, not {len(given)}: the others by `userInvite` afterwards."
            found.add(LimitExceeded(message=message, path=(name,), limit=MOST_IN_HANDOVER))


def local_day(at: datetime, time_zone: str) -> datetime:
    """*at* in the account's time zone (IANA name)."""
    return at.astimezone(ZoneInfo(time_zone))
