"""People and tokens, as fields read them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, func, literal, or_, select

from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.reads import Many, One, RootOne
from app.db.scope import under, within
from app.db.tables.accounts import Membership
from app.db.tables.identity import ApiToken, Session, User
from app.domain.access import Level, Scope
from app.domain.accounts import MembershipStatus


def users(scope: Scope, ids: Collection[UUID]) -> Selection:
    """Oneself and the fellow members of one's accounts."""
    rows = _people(scope).where(any_of(User.id, ids))
    if scope.everything:
        return rows
    seen = _shared().where(any_of(Membership.account_id, scope.visible)).exists()
    return rows.where(or_(User.id == scope.user_id, seen))


def viewer(scope: Scope) -> Selection:
    return _people(scope).where(User.id == scope.user_id)


def _people(scope: Scope) -> Selection:
    """People; `account_id` is an account where the caller is an ADMIN over them."""
    over = _shared().where(any_of(Membership.account_id, scope.administered)).limit(1).scalar_subquery()
    return select(*User.__table__.c, over.label("account_id"), desk())


def _shared() -> Any:
    return select(Membership.account_id).where(
        Membership.user_id == User.id, Membership.status == MembershipStatus.ACTIVE
    )  # unscoped: narrowed by users


def user_of_membership(where: Condition) -> Selection:
    """The member with the account through which it is seen."""
    seen = [Membership.account_id, Membership.id.label("membership_id"), desk()]
    # unscoped: below a membership
    return select(*User.__table__.c, *seen).join_from(Membership, User).where(where(Membership.id))


def user_of(where: Condition) -> Selection:
    """A person named on something of an account: no level held there shows their address."""
    unseen = literal(None, Uuid()).label("account_id")
    return select(*User.__table__.c, unseen, desk()).where(where(User.id))


def applicant(where: Condition) -> Selection:
    """Who applies: reviewers see their address."""
    unseen = literal(None, Uuid()).label("account_id")
    return select(*User.__table__.c, unseen, desk(Level.REVIEWER)).where(where(User.id))


def desk(level: Level | None = None) -> Any:
    """The staff level to which a person is shown with their address."""
    return literal(level and level.value, String(20)).label("desk")


def api_tokens(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, ApiToken).where(any_of(ApiToken.id, ids))


def api_tokens_of_account(where: Condition) -> Selection:
    return under(ApiToken).where(where(ApiToken.account_id), ApiToken.revoked_at.is_(None))


def sessions(scope: Scope, ids: Collection[UUID]) -> Selection:
    """One's own sessions that have not ended."""
    rows = _sessions().where(any_of(Session.id, ids))
    return rows if scope.everything else rows.where(Session.user_id == scope.user_id)


def sessions_of_user(where: Condition, now: Any) -> Selection:
    live = (Session.revoked_at.is_(None), Session.expires_at > now)
    return _sessions().where(where(Session.user_id), *live)


def _sessions() -> Selection:
    shown = (Session.id, Session.user_id, Session.ip_address, Session.user_agent, Session.created_at)
    seen = func.coalesce(Session.last_seen_at, Session.created_at).label("last_seen_at")
    return select(*shown, seen, Session.expires_at, Session.revoked_at)


USERS = RootOne(users)
SESSIONS = RootOne(sessions)
SESSIONS_OF_USER = Many(sessions_of_user, key="user_id", order=Order(("created_at", "id"), descending=True))
VIEWER = RootOne(viewer)
MEMBER = One(user_of_membership, key="membership_id")
INVITER = One(user_of, key="id", of="invited_by")
CREATOR = One(user_of, key="id", of="created_by")
APPLICANT = One(applicant, key="id", of="applicant_id")
CLAIMER = One(user_of, key="id", of="claimed_by")
AUTHOR = One(user_of, key="id", of="author_id")
API_TOKENS = RootOne(api_tokens)
API_TOKENS_OF_ACCOUNT = Many(
    api_tokens_of_account, key="account_id", order=Order(("created_at", "id"), descending=True)
)
