"""Signing in and out, and the sessions a person has."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.db.engine import Database
from app.db.tables.identity import Session, User
from app.db.work import Work
from app.domain.errors import Gate, GateNotMet, InvalidInput, LimitExceeded, NotFound, Refusal
from app.domain.identity import MOST_PASSWORD, Origin
from app.domain.ports import Passwords, Throttle
from app.domain.text import mailbox
from app.resolvers.identity.secret import SESSION, digest, mint

LIFETIME = timedelta(days=14)
TRIES = 5  # in 15 minutes, for an account and for an address


@dataclass(frozen=True)
class SignedIn:
    """A session that has just begun; the token is shown once and kept nowhere."""

    user_id: UUID
    id: UUID
    token: str
    expires_at: datetime


async def check_password(
    database: Database, passwords: Passwords, throttle: Throttle, email: str, password: str, address: str
) -> UUID:
    """The user of an address and password, before any transaction: hashing is slow on purpose.

    Refuses with the same problem and after the same work whether the address is known or not.
    """
    user = await _tried(database, passwords, throttle, mailbox(email), password, address, "email")
    if user is None:
        message = "No user has this e-mail address and password."
        raise Refusal(InvalidInput(message=message, path=("password",), constraint="credentials"))
    _check_proved(user)
    return user.id


async def check_current(
    database: Database, passwords: Passwords, throttle: Throttle, user_id: UUID, password: str, address: str
) -> str:
    """What is kept of the password that somebody signed in proves again; wrong ones count as at sign-in."""
    async with database.reading() as connection:
        email_key = (await connection.execute(select(User.email_key).where(User.id == user_id))).scalar_one()
    user = await _tried(database, passwords, throttle, email_key, password, address, "currentPassword")
    if user is None:
        message = "That is not your current password. If you forgot it, use `passwordResetRequest`."
        raise Refusal(InvalidInput(message=message, path=("currentPassword",), constraint="credentials"))
    return user.password_hash


async def _tried(
    database: Database,
    passwords: Passwords,
    throttle: Throttle,
    email_key: str,
    password: str,
    address: str,
    field: str,
) -> Any:
    """The user whose password it is, or None; a Refusal of *field* after too many that were not."""
    names = (f"account:{email_key}", f"address:{address}")
    async with throttle.turn(*names):
        blocked = await throttle.blocked_until(*names)
        if blocked is not None:
            message = "Too many failed tries. Wait until then, and check the address and the password."
            raise Refusal(LimitExceeded(message=message, path=(field,), limit=TRIES, retry_at=blocked))
        user = await _credentials(database, email_key)
        fits = await passwords.verify(user.password_hash if user else None, password[: MOST_PASSWORD + 1])
        if user is not None and fits:
            return user
        await throttle.failed(*names)
    return None


async def _credentials(database: Database, email_key: str) -> Any:
    row = select(User.id, User.password_hash, User.email_verified).where(User.email_key == email_key)
    async with database.reading() as connection:
        return (await connection.execute(row)).first()


async def open_session(work: Work, user_id: UUID, origin: Origin) -> SignedIn:
    """A session in place of the one that the caller came with, if any."""
    if work.caller.session_id is not None:
        await close_session(work)
    token = mint(SESSION)
    expires_at = work.now + LIFETIME
    session = Session(user_id=user_id, token_hash=digest(token), expires_at=expires_at, created_at=work.now)
    session.ip_address, session.user_agent = origin.address, origin.user_agent
    return SignedIn(user_id, work.add(session).id, token, expires_at)


def _check_proved(user: Any) -> None:
    if not user.email_verified:
        message = "Confirm your address first: open the link in our mail, or ask for it again with `emailVerifyResend`."
        raise Refusal(GateNotMet(message=message, path=("email",), gate=Gate.EMAIL_VERIFIED))


async def close_session(work: Work) -> None:
    """End the session the caller came with; a token's caller has none to end."""
    mine = update(Session).where(Session.id == work.caller.session_id, Session.revoked_at.is_(None))
    await work.session.execute(mine.values(revoked_at=work.now))


async def revoke(work: Work, session_id: UUID) -> Session:
    """End one of one's own sessions; ending it again changes nothing."""
    mine = select(Session).where(Session.id == session_id, Session.user_id == work.caller.user_id)
    session = await work.session.scalar(mine.with_for_update())
    if session is None:
        raise Refusal(NotFound(message="No such session.", path=("id",)))
    session.revoked_at = session.revoked_at or work.now
    return session


async def end_all(work: Work, user_id: UUID) -> None:
    """End every session of a person."""
    await work.session.execute(_open(user_id).values(revoked_at=work.now))


async def rotate(work: Work) -> SignedIn | None:
    """End the caller's other sessions, and give the one they came with another secret; None for an API token.

    It stays what it was, with the end it had: whoever got hold of its secret before has nothing.
    """
    id, user_id, token = work.caller.session_id, work.caller.user_id, mint(SESSION)
    if user_id is None or id is None:
        return None
    await work.session.execute(_open(user_id).where(Session.id != id).values(revoked_at=work.now))
    mine = _open(user_id).where(Session.id == id).values(token_hash=digest(token)).returning(Session.expires_at)
    expires_at = await work.session.scalar(mine)
    return None if expires_at is None else SignedIn(user_id, id, token, expires_at)


def _open(user_id: UUID) -> Any:
    return update(Session).where(Session.user_id == user_id, Session.revoked_at.is_(None))
