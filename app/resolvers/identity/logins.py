"""Logins elsewhere: begun in a session, ended once in the same, and whose they are (S5)."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from uuid_utils.compat import uuid7

from app.db.engine import Database
from app.db.tables.identity import ExternalIdentity, LoginAttempt
from app.db.work import Work
from app.domain.identity import LOGIN_LIFETIME, LoginOutcome
from app.domain.ports import Proof, Unproved
from app.resolvers.identity.secret import STATE, digest, mint


@dataclass(frozen=True)
class Attempt:
    """A login that was begun, as it is kept."""

    registration_id: UUID
    session_id: UUID
    provider: str
    nonce: str
    verifier: str
    return_to: str
    expires_at: datetime

    def check(self, session_id: UUID | None, now: datetime) -> None:
        """Raises Unproved where it is past its time, or where another comes than the one who began."""
        if self.expires_at <= now:
            raise Unproved(LoginOutcome.EXPIRED, "the attempt is past its time")
        if session_id != self.session_id:
            raise Unproved(LoginOutcome.OTHER_SESSION, "the attempt was begun in another session")


_SHOWN = [LoginAttempt.__table__.c[name] for name in Attempt.__annotations__]


async def begin_attempt(work: Work, registration_id: UUID, provider: str, return_to: str) -> str:
    """The state of a new attempt of this session's; the registration is locked, and earlier attempts of it are gone."""
    state = mint(STATE)
    # unscoped: of a registration that is the caller's own
    await work.session.execute(delete(LoginAttempt).where(LoginAttempt.registration_id == registration_id))
    attempt = LoginAttempt(registration_id=registration_id, provider=provider, return_to=return_to)
    attempt.session_id, attempt.state_hash = _session(work), digest(state)
    attempt.nonce, attempt.verifier = token_urlsafe(32), token_urlsafe(32)
    attempt.created_at, attempt.expires_at = work.now, work.now + LOGIN_LIFETIME
    work.add(attempt)
    return state


async def seen(database: Database, state: str) -> Attempt | None:
    """The attempt of a state, for looking: whoever guesses costs no transaction."""
    async with database.reading() as connection:
        # unscoped: the state itself is what opens it
        row = (await connection.execute(select(*_SHOWN).where(LoginAttempt.state_hash == digest(state)))).first()
    return Attempt(*row) if row else None


async def use_up(work: Work, state: str) -> Attempt:
    """The attempt, for whoever comes first with its state. Raises Unproved for all others."""
    # unscoped: the state itself is what opens it
    mine = update(LoginAttempt).where(LoginAttempt.state_hash == digest(state), LoginAttempt.used_at.is_(None))
    row = (await work.session.execute(mine.values(used_at=work.now).returning(*_SHOWN))).first()
    if row is None:
        raise Unproved(LoginOutcome.USED, "the attempt was used before")
    return Attempt(*row)


async def own(work: Work, proof: Proof) -> UUID:
    """The caller's identity there, now theirs if it was nobody's. Raises Unproved where it is another's.

    Issuer and subject are all that counts: addresses are the provider's word only, and may change hands.
    """
    user_id = work.caller.user_id
    insert: Any = (postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    values = {"id": uuid7(), "issuer": proof.issuer, "subject": proof.subject, "user_id": user_id}
    await work.session.execute(insert(ExternalIdentity).values(**values, created_at=work.now).on_conflict_do_nothing())
    there = select(ExternalIdentity.id, ExternalIdentity.user_id).where(
        ExternalIdentity.issuer == proof.issuer, ExternalIdentity.subject == proof.subject
    )
    id, owner = (await work.session.execute(there)).one()
    if owner != user_id:
        raise Unproved(LoginOutcome.TAKEN, f"identity {id} is another user's")
    return id


def _session(work: Work) -> UUID:
    if work.caller.session_id is None:
        raise TypeError("a login is begun in a session")
    return work.caller.session_id
