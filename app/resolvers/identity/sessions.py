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
from app.domain.identity import MOST_PASSWORD
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
    names = (f"account:{mailbox(email)}", f"address:{address}")
    async with throttle.turn(*names):
        blocked = await throttle.blocked_until(*names)
        if blocked is not None:
            message = "Too many failed tries. Wait until then, and check the address and the password."
            raise Refusal(LimitExceeded(message=message, path=("email",), limit=TRIES, retry_at=blocked))
        user = await _credentials(database, email)
        fits = await passwords.verify(user.password_hash if user else None, password[: MOST_PASSWORD + 1])
        if user is not None and fits:
            _check_proved(user)
            return user.id
        await throttle.failed(*names)
    message = "No user has this e-mail address and password."
    raise Refusal(InvalidInput(message=message, path=("password",), constraint="credentials"))


async def _credentials(database: Database, email: str) -> Any:
    row = select(User.id, User.password_hash, User.email_verified).where(User.email_key == mailbox(email))
    async with database.reading() as connection:
        return (await connection.execute(row)).first()


async def open_session(work: Work, user_id: UUID, address: str) -> SignedIn:
    token = mint(SESSION)
    expires_at = work.now + LIFETIME
    session = Session(user_id=user_id, token_hash=digest(token), ip_address=address[:45], expires_at=expires_at)
    session.created_at = work.now
    return SignedIn(user_id, work.add(session).id, token, expires_at)


def _check_proved(user: Any) -> None:
    if not user.email_verified:
        message = "Confirm your address first: open the link in our mail, or ask for it again with `emailVerifyResend`."
        raise Refusal(GateNotMet(message=message, path=("email",), gate=Gate.EMAIL_VERIFIED))


async def close_session(work: Work) -> None:
    """End the session the caller came with; a token's caller has none to end."""
    mine = update(Session).where(Session.id == work.caller.session_id)
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
    open_ = update(Session).where(Session.user_id == user_id, Session.revoked_at.is_(None))
    await work.session.execute(open_.values(revoked_at=work.now))
