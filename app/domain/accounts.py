"""Accounts, their members and invitations: states and the checks of an invitation."""

from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from app.domain.errors import Conflict, Findings, Gate, GateNotMet, LimitExceeded, Problem
from app.domain.states import Lifecycle
from app.domain.text import line_problem

RESEND_AFTER = timedelta(minutes=10)


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


def ended_problem(status: MembershipStatus, *path: str) -> Problem | None:
    """Nothing more is done with a membership that has ended."""
    return None if status is MembershipStatus.ACTIVE else MEMBERSHIP.problem(status, MembershipStatus.ACTIVE, *path)


def last_admin_problem(other_admins: int) -> Problem | None:
    """An account always keeps an ADMIN (I2): the last one neither leaves nor is removed or made an EDITOR."""
    if other_admins:
        return None
    return Conflict(message="This is the account's last ADMIN: make another member an ADMIN first.", path=("id",))


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


def check_invitation(found: Findings, name: str, email: Problem | None, organization: str | None) -> None:
    """Collect what is wrong with an invitation (S20)."""
    found.add(line_problem(name, "name", name="The name", most=100), email)
    if organization is not None:
        found.add(line_problem(organization, "organizationName", name="The organization", most=100))


def local_day(at: datetime, time_zone: str) -> datetime:
    """*at* in the account's time zone (IANA name)."""
    return at.astimezone(ZoneInfo(time_zone))
