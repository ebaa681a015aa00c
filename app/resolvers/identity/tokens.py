"""Tokens of integrations and of the retailer's own feeds: made, listed, and ended."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.db.scope import find, within
from app.db.tables.accounts import Account
from app.db.tables.identity import ApiToken, IngestToken
from app.db.work import Work
from app.domain.access import INGEST_SCOPES, TOKEN_SCOPES
from app.domain.errors import Findings, LimitExceeded, NotFound, Refusal
from app.domain.events import Event
from app.domain.text import line, line_problem
from app.resolvers.identity.secret import API_TOKEN, INGEST_TOKEN, digest, mint

MOST_TOKENS = 50


async def create_token(
    work: Work, account_id: UUID, name: str, scopes: Collection[str], expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """A token for an account and its secret, which is shown once (SAFETY: partner tokens)."""
    account = await find(work, Account, account_id, "accountId")
    _check_token(name, scopes, TOKEN_SCOPES, expires_at, work.now).settle()
    await _check_room(work, account.id)
    secret = mint(API_TOKEN)
    token = ApiToken(account_id=account.id, name=line(name), prefix=secret[:12], token_hash=digest(secret))
    token.created_by, token.created_at = _person_of(work), work.now
    token.scopes, token.expires_at = sorted(set(scopes)), expires_at
    work.emit(Event.API_TOKEN_CREATED, work.add(token))
    return token, secret


async def revoke_token(work: Work, token_id: UUID) -> ApiToken:
    """End a token at once; ending it again changes nothing."""
    token = await find(work, ApiToken, token_id)
    if token.revoked_at is None:
        token.revoked_at = work.now
        work.emit(Event.API_TOKEN_REVOKED, token)
    return token


async def create_feed(
    work: Work, name: str, scopes: Collection[str], expires_at: datetime | None
) -> tuple[IngestToken, str]:
    """A token of the retailer's own and its secret, which is shown once; it belongs to no account."""
    _check_token(name, scopes, INGEST_SCOPES, expires_at, work.now).settle()
    secret = mint(INGEST_TOKEN)
    token = IngestToken(name=line(name), prefix=secret[:12], token_hash=digest(secret), created_at=work.now)
    token.scopes, token.expires_at = sorted(set(scopes)), expires_at
    work.emit(Event.INGEST_TOKEN_CREATED, work.add(token))
    return token, secret


async def feeds(work: Work) -> Sequence[IngestToken]:
    """All tokens of the retailer's own, the newest first."""
    return (await work.session.scalars(select(IngestToken).order_by(IngestToken.id.desc()))).all()


async def revoke_feed(work: Work, prefix: str) -> IngestToken:
    """End a token of the retailer's own at once; ending it again changes nothing."""
    token = await work.session.scalar(select(IngestToken).where(IngestToken.prefix == prefix).with_for_update())
    if token is None:
        message = f"No token begins with {prefix}: `endcap token list` shows them."
        raise Refusal(NotFound(message=message, path=("prefix",)))
    if token.revoked_at is None:
        token.revoked_at = work.now
        work.emit(Event.INGEST_TOKEN_REVOKED, token)
    return token


def _check_token(
    name: str, scopes: Collection[str], grantable: Collection[str], expires_at: datetime | None, now: datetime
) -> Findings:
    found = Findings()
    found.add(line_problem(name, "name", name="The name", most=80))
    unknown = sorted(set(scopes) - set(grantable))
    if unknown or not scopes:
        known = ", ".join(grantable)
        message = f"Unknown: {', '.join(unknown)[:100]}. Scopes are {known}." if unknown else f"Give one of {known}."
        found.invalid(message, "scopes", constraint=known)
    if expires_at is not None and expires_at <= now:
        found.invalid("The expiry must lie in the future.", "expiresAt", constraint="expiresAt > now")
    return found


async def _check_room(work: Work, account_id: UUID) -> None:
    live = within(work.scope, ApiToken).where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    count = len((await work.session.execute(live.limit(MOST_TOKENS))).all())
    if count >= MOST_TOKENS:
        message = f"An account has at most {MOST_TOKENS} tokens, expired ones included: revoke one first."
        raise Refusal(LimitExceeded(message=message, path=("accountId",), limit=MOST_TOKENS))


def _person_of(work: Work) -> UUID:
    if work.caller.user_id is None:
        raise TypeError("a token is made by a person")
    return work.caller.user_id
