"""Who a session stands for: asked by a statement of its own, or together with what the session's user wants to read."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_, select
from sqlalchemy.orm import aliased

from app.db.json import Words, chain
from app.db.keys import Selection, any_of
from app.db.tables.accounts import Membership
from app.db.tables.identity import Session, User
from app.domain.access import Caller, Level, MemberLevel, Scope, Via
from app.domain.accounts import MembershipStatus

GIVEN = "session"
"""Under which name a statement finds the `digest` of the session's token, and the time it is `now`."""


def session() -> Selection:
    """The user of a session, once for each account they are a member of."""
    return _users().where(_holds(Session))


def sessions() -> Selection:
    """The same of many sessions by their `digests`, each beside its own."""
    live = (Session.revoked_at.is_(None), Session.expires_at > bindparam("now"))
    return _users().add_columns(Session.token_hash).where(any_of(Session.token_hash, bindparam("digests")), *live)


def _users() -> Selection:
    # unscoped: a person's own memberships are what a scope is made of
    member = (Membership.user_id == User.id) & (Membership.status == MembershipStatus.ACTIVE)
    rows = select(User.id, User.name, User.staff, Session.id.label("session_id"))
    rows = rows.add_columns(Membership.account_id, Membership.level)  # unscoped: likewise
    return rows.select_from(Session).join(User).outerjoin(Membership, member)


def caller(users: Sequence[UUID], names: Any, staffs: Any, sessions: Any, accounts: Any, levels: Any) -> Caller | None:
    """The caller of what `session` selects."""
    if not users:
        return None
    grants = {account: level for account, level in zip(accounts, levels, strict=True) if account is not None}
    return _person(users[0], names[0], staffs[0], sessions[0], grants)


def who(words: Words) -> Selection:
    """The same as one row, to stand beside others: accounts and levels are a text."""
    grants = select(words.gather(chain([Membership.account_id, " ", Membership.level])))
    # unscoped: these are what a scope is made of
    grants = grants.where(Membership.user_id == User.id, Membership.status == MembershipStatus.ACTIVE)
    shown = (User.id.label("who_id"), User.name.label("who_name"), User.staff.label("who_staff"))
    rows = select(*shown, Session.id.label("who_session"), grants.scalar_subquery().label("who_grants"))
    return rows.select_from(Session).join(User).where(_holds(Session))


def known(id: UUID, name: str, staff: Sequence[str], session_id: UUID, grants: str | None) -> Caller:
    """The caller of what `who` selects."""
    pairs = [each.split(" ") for each in grants.split(",")] if grants else []
    return _person(id, name, staff, session_id, {UUID(account): MemberLevel[level] for account, level in pairs})


@cache
def scope(level: Level) -> Scope:
    """What `Caller.reach` gives, in SQL: of the session whose digest a statement is given."""
    permitted = [held for held in MemberLevel if held.reaches(level)]
    return Scope(
        level,
        visible=_accounts(list(MemberLevel)),  # type: ignore[arg-type] - conditions take either
        permitted=_accounts(permitted),  # type: ignore[arg-type]
        administered=_accounts([MemberLevel.ADMIN]),  # type: ignore[arg-type]
        user_id=_user(),  # type: ignore[arg-type]
    )


def _accounts(levels: Sequence[MemberLevel]) -> Select[Any]:
    mine, session = aliased(Membership, name="mine"), aliased(Session, name="mine_by")
    held = or_(false(), *(mine.level == level for level in levels))
    # unscoped: these are what a scope is made of
    rows = select(mine.account_id).join(session, session.user_id == mine.user_id)
    return rows.where(_holds(session), mine.status == MembershipStatus.ACTIVE, held)


def _user() -> ColumnElement[UUID]:
    session = aliased(Session, name="mine_by")
    return select(session.user_id).where(_holds(session)).scalar_subquery()


def _holds(session: Any) -> ColumnElement[bool]:
    digest, now = bindparam(f"{GIVEN}.digest"), bindparam(f"{GIVEN}.now")
    return and_(session.token_hash == digest, session.revoked_at.is_(None), session.expires_at > now)


def _person(id: UUID, name: str, staff: Sequence[str], session_id: UUID, grants: dict[UUID, MemberLevel]) -> Caller:
    return Caller(id, name, Via.SESSION, grants, frozenset(Level(each) for each in staff), session_id=session_id)
