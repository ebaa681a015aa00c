"""Who may do what: levels, the scopes of API tokens, and the reach of a caller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from app.domain.errors import AccessDenied, Refusal


class Level(Enum):
    """What a field asks of its caller (S22, S23, S25)."""

    PUBLIC = "PUBLIC"
    SIGNED_IN = "SIGNED_IN"
    EDITOR = "EDITOR"
    ADMIN = "ADMIN"
    REVIEWER = "REVIEWER"
    MODERATOR = "MODERATOR"
    SUPPORT = "SUPPORT"
    FINANCE = "FINANCE"
    OPERATOR = "OPERATOR"
    INGEST = "INGEST"


class MemberLevel(Enum):
    """Exactly two levels (S25): an ADMIN may do all an EDITOR may."""

    EDITOR = "EDITOR"
    ADMIN = "ADMIN"

    def reaches(self, asked: Level) -> bool:
        return self.value == asked.value or (self is MemberLevel.ADMIN and asked is Level.EDITOR)


STAFF_LEVELS = (Level.REVIEWER, Level.MODERATOR, Level.SUPPORT, Level.FINANCE, Level.OPERATOR)
MEMBER_LEVELS = (Level.EDITOR, Level.ADMIN)

# What an API token may be granted, and the level a person needs to grant it.
TOKEN_SCOPES: Mapping[str, tuple[str, Level]] = {
    "accounts:read": ("Read accounts and their brands", Level.EDITOR),
    "accounts:write": ("Change the settings of accounts", Level.ADMIN),
    "users:read": ("Read members and invitations with their addresses", Level.ADMIN),
    "users:write": ("Invite, change and remove members", Level.ADMIN),
    "brands:write": ("Apply for further brands", Level.ADMIN),
    "catalog:read": ("Read products and interests", Level.EDITOR),
    "campaigns:read": ("Read campaigns and ads", Level.EDITOR),
    "campaigns:write": ("Create and change campaigns and ads", Level.EDITOR),
    "pages:read": ("Read the drafts of brand Pages, and what is said of them", Level.EDITOR),
    "pages:write": ("Create, change and publish brand Pages", Level.EDITOR),
    "assets:read": ("Read images", Level.EDITOR),
    "assets:write": ("Upload images", Level.EDITOR),
    "metrics:read": ("Read metrics", Level.EDITOR),
    "billing:read": ("Read billing; payment methods take an ADMIN", Level.EDITOR),
    "billing:write": ("Add, choose and remove payment methods", Level.ADMIN),
    "jobs:read": ("Read reports and other jobs; the files of reports take metrics:read as well", Level.EDITOR),
    "jobs:write": ("Cancel jobs", Level.EDITOR),
    "sandbox:write": ("Let time pass in test accounts", Level.EDITOR),
    "audit:read": ("Read what has happened in an account", Level.EDITOR),
}

# What a token of the retailer's own may be given on the command line; it belongs to no account.
INGEST_SCOPES: Mapping[str, str] = {
    "ads:serve": "Ask which ads to show",
    "auctions:read": "Have it explained who took part, with all bids: an operator's key",
    "catalog:write": "Write products and report stock",
    "events:write": "Report impressions, clicks and detail page views",
}


class ClaimFilter(Enum):
    """Whose the work of a desk is, seen by one of its staff."""

    MINE = "MINE"
    UNCLAIMED = "UNCLAIMED"
    CLAIMED = "CLAIMED"


class Via(Enum):
    """The road by which a change came."""

    SESSION = "SESSION"
    API_TOKEN = "API_TOKEN"  # noqa: S105
    STAFF = "STAFF"
    JOB = "JOB"
    COMMAND_LINE = "COMMAND_LINE"


@dataclass(frozen=True)
class Caller:
    """Who asks: a person, an API token (with scopes), the system itself, or nobody."""

    user_id: UUID | None = None
    name: str = "anonymous"
    via: Via = Via.SESSION
    grants: Mapping[UUID, MemberLevel] = field(default_factory=dict)
    staff: frozenset[Level] = frozenset()
    scopes: frozenset[str] | None = None
    session_id: UUID | None = None
    token_id: UUID | None = None
    ingest: bool = False  # a token of the retailer's own: it reaches what asks for INGEST, and nothing else
    _reaches: dict[Level, "Scope"] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def signed_in(self) -> bool:
        return self.user_id is not None

    @property
    def known(self) -> bool:
        """Whether somebody asks: a person, or a token."""
        return self.signed_in or self.ingest

    def holds(self, level: Level) -> bool:
        """Whether the caller holds *level* anywhere."""
        if level is Level.PUBLIC:
            return True
        if level is Level.SIGNED_IN:
            return self.signed_in
        if level is Level.INGEST:
            return self.ingest
        if level in MEMBER_LEVELS:
            return any(held.reaches(level) for held in self.grants.values())
        return level in self.staff

    def holds_in(self, level: Level, account_id: UUID) -> bool:
        """Whether the caller holds a member's *level* in that account."""
        held = self.grants.get(account_id)
        return held is not None and held.reaches(level)

    def in_scope(self, scope: str | None) -> bool:
        """Whether the caller's token carries *scope*; a person's session always passes, a token never without one."""
        return self.scopes is None or (scope is not None and scope in self.scopes)

    def reach(self, level: Level) -> "Scope":
        """The accounts this caller sees, and those where *level* is held; made once for each level."""
        if level not in self._reaches:
            self._reaches[level] = self._reach(level)
        return self._reaches[level]

    def _reach(self, level: Level) -> "Scope":
        if level is Level.INGEST and self.ingest:
            return Scope(level, everything=True)
        permitted = frozenset(account for account, held in self.grants.items() if held.reaches(level))
        administered = frozenset(account for account, held in self.grants.items() if held is MemberLevel.ADMIN)
        return Scope(level, frozenset(self.grants), permitted, administered, self.grants, self.user_id)


NOBODY = Caller()
OPERATOR = Caller(name="Operator", via=Via.COMMAND_LINE)


@dataclass(frozen=True)
class Scope:
    """Which tenants' rows an operation may touch: the second lock."""

    level: Level
    visible: frozenset[UUID] = frozenset()
    permitted: frozenset[UUID] = frozenset()
    administered: frozenset[UUID] = frozenset()
    held: Mapping[UUID, MemberLevel] = field(default_factory=dict)
    user_id: UUID | None = None
    everything: bool = False

    def changed(self, account_id: UUID, level: MemberLevel | None) -> "Scope":
        """The scope with what the caller holds in an account by now; it never comes to see more accounts."""
        if self.held.get(account_id) is level:
            return self
        held = {key: each for key, each in self.held.items() if key != account_id}
        if level is not None and account_id in self.visible:
            held[account_id] = level
        return Caller(self.user_id, grants=held).reach(self.level)

    def admit(self, account_id: UUID, *path: str) -> None:
        """Refuse a visible row of an account where the caller holds too low a level."""
        if self.everything or account_id in self.permitted:
            return
        have = self.held.get(account_id)
        raise Refusal(
            AccessDenied(
                message=f"This needs the level {self.level.value} in the account; ask one of its ADMINs.",
                path=path,
                required=self.level.value,
                have=have.value if have else None,
            )
        )


EVERYTHING = Scope(level=Level.OPERATOR, everything=True)
NOTHING = Scope(level=Level.PUBLIC)
