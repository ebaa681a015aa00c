"""Who a request comes from: a session's person, or an integration with its token."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update

from app.db import callers
from app.db.engine import FAULTS, Database, is_away
from app.db.keys import Selection, any_of
from app.db.tables.accounts import Membership
from app.db.tables.identity import ApiToken, IngestToken
from app.db.work import transaction
from app.domain.access import NOBODY, NOTHING, Caller, MemberLevel, Via
from app.domain.accounts import MembershipStatus
from app.resolvers.identity.secret import API_TOKEN, INGEST_TOKEN, SESSION, digest


async def authenticate(database: Database, token: str, now: datetime) -> Caller:
    """The caller that a bearer token or cookie stands for; NOBODY where it is unknown, expired or revoked."""
    if session := session_of(token):
        return await _person(database, session, now)
    if token.startswith(API_TOKEN):
        return await _integration(database, digest(token), now)
    if is_feed(token):
        return await _feed(database, digest(token), now)
    return NOBODY


def is_feed(token: str) -> bool:
    """Whether it looks like a token of the retailer's own."""
    return token.startswith(INGEST_TOKEN)


def session_of(token: str) -> str | None:
    """The digest of a session's token; None for any other."""
    return digest(token) if token.startswith(SESSION) else None


async def _person(database: Database, digest: str, now: datetime) -> Caller:
    given = {callers.GIVEN: {"digest": digest, "now": now}}
    columns = await database.prepared(callers.session).columns(database.reads, given)
    return callers.caller(*columns) or NOBODY


async def _integration(database: Database, digest: str, now: datetime) -> Caller:
    """A token acts with the level that the person who made it holds today in its account; none left, none held."""
    columns = await database.prepared(_token).columns(database.reads, {"digest": digest, "now": now})
    if not columns[0]:
        return NOBODY
    ((id, made_by, name, scopes, used_at, account_id, level),) = zip(*columns, strict=True)
    if used_at is None or used_at < now - timedelta(minutes=1):
        await _note_use(database, ApiToken, id, now)
    return _partner(id, made_by, name, scopes, used_at, account_id, level)


def _partner(id: UUID, made_by: UUID, name: str, scopes: Any, _: Any, account_id: UUID, level: MemberLevel) -> Caller:
    held = {account_id: level}
    return Caller(made_by, f"Token {name}", Via.API_TOKEN, held, scopes=frozenset(scopes), token_id=id)


def _token() -> Selection:
    return _valid_tokens().where(ApiToken.token_hash == bindparam("digest"))


def _tokens() -> Selection:
    """The same of many by their `digests`, each beside its own."""
    rows = _valid_tokens().add_columns(ApiToken.token_hash)  # unscoped: the secrets themselves are what opens accounts
    return rows.where(any_of(ApiToken.token_hash, bindparam("digests")))  # unscoped: likewise


def _valid_tokens() -> Selection:
    made_by = (Membership.user_id == ApiToken.created_by) & (Membership.account_id == ApiToken.account_id)
    shown = (ApiToken.id, ApiToken.created_by, ApiToken.name, ApiToken.scopes, ApiToken.last_used_at)
    # unscoped: the secret itself is what opens the account
    rows = select(*shown, ApiToken.account_id, Membership.level).join_from(ApiToken, Membership, made_by)
    valid = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("now"))
    return rows.where(ApiToken.revoked_at.is_(None), valid, Membership.status == MembershipStatus.ACTIVE)


async def standing(database: Database, tokens: Collection[str], now: datetime) -> dict[str, Caller]:
    """Whom each of these tokens stands for now, where it still stands for anybody: a statement for all of a kind."""
    digests = {digest(token): token for token in tokens}
    people = [each for each, token in digests.items() if token.startswith(SESSION)]
    partners = [each for each, token in digests.items() if token.startswith(API_TOKEN)]
    found: dict[str, Caller] = {}
    if people:
        columns = await database.prepared(callers.sessions).columns(database.reads, {"digests": people, "now": now})
        of: defaultdict[str, list[Any]] = defaultdict(list)
        for *row, hashed in zip(*columns, strict=True):
            of[hashed].append(row)
        found |= {hashed: callers.caller(*zip(*rows, strict=True)) or NOBODY for hashed, rows in of.items()}
    if partners:
        columns = await database.prepared(_tokens).columns(database.reads, {"digests": partners, "now": now})
        found |= {hashed: _partner(*row) for *row, hashed in zip(*columns, strict=True)}
    return {digests[hashed]: caller for hashed, caller in found.items()}


async def _feed(database: Database, digest: str, now: datetime) -> Caller:
    """The retailer's own token: no person, no account, its scopes alone."""
    columns = await database.prepared(_ingest_token).columns(database.reads, {"digest": digest, "now": now})
    if not columns[0]:
        return NOBODY
    ((id, name, scopes, used_at),) = zip(*columns, strict=True)
    if used_at is None or used_at < now - timedelta(minutes=1):
        await _note_use(database, IngestToken, id, now)
    return _of_feed(id, name, scopes)


def _of_feed(id: UUID, name: str, scopes: Any) -> Caller:
    return Caller(None, f"Token {name}", Via.API_TOKEN, scopes=frozenset(scopes), token_id=id, ingest=True)


def _ingest_token() -> Selection:
    return _valid_feeds().where(IngestToken.token_hash == bindparam("digest"))


def _ingest_tokens() -> Selection:
    return _valid_feeds().add_columns(IngestToken.token_hash, IngestToken.expires_at)


def _valid_feeds() -> Selection:
    rows = select(IngestToken.id, IngestToken.name, IngestToken.scopes, IngestToken.last_used_at)
    valid = or_(IngestToken.expires_at.is_(None), IngestToken.expires_at > bindparam("now"))
    return rows.where(IngestToken.revoked_at.is_(None), valid)


@dataclass(frozen=True)
class Feed:
    """Whom a token of the retailer's own stands for, and until when; None: without end."""

    caller: Caller
    expires_at: datetime | None

    def standing(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


async def feeds(database: Database, now: datetime) -> dict[str, Feed]:
    """All tokens of the retailer's own that stand for anybody, by the digests of their secrets."""
    columns = await database.prepared(_ingest_tokens).columns(database.reads, {"now": now})
    rows = zip(*columns, strict=True)
    return {hashed: Feed(_of_feed(id, name, scopes), until) for id, name, scopes, _, hashed, until in rows}


async def _note_use(database: Database, table: Any, token_id: UUID, now: datetime) -> None:
    """Advice for people only: where the database takes no writes, reading goes on without it."""
    try:
        async with transaction(database, NOBODY, NOTHING, now, "authenticate") as work:
            # unscoped: the token whose secret was shown
            await work.session.execute(update(table).where(table.id == token_id).values(last_used_at=now))
    except FAULTS as fault:
        if not is_away(fault):
            raise
