"""People, sessions and tokens: who a request comes from, signing in and out, tokens of integrations."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, literal, or_, select, update

from app.db import callers
from app.db.engine import FAULTS, Database, is_away
from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.reads import Many, One, RootOne
from app.db.scope import find, under, within
from app.db.tables.accounts import Account, Membership
from app.db.tables.identity import ApiToken, Session, User
from app.db.work import Work, transaction
from app.domain.access import NOBODY, NOTHING, TOKEN_SCOPES, Caller, Level, Scope, Via
from app.domain.accounts import MembershipStatus
from app.domain.errors import Conflict, Findings, InvalidInput, LimitExceeded, Refusal
from app.domain.events import Event
from app.domain.ports import Passwords, Throttle
from app.domain.text import fold, line, line_problem, mailbox

SESSION_LIFETIME = timedelta(days=14)
SESSION_PREFIX, TOKEN_PREFIX = "ecs_", "eca_"
TRIES = 5  # in 15 minutes, for an account and for an address
LEAST_PASSWORD, MOST_PASSWORD = 12, 200
MOST_TOKENS = 50


@dataclass(frozen=True)
class SignedIn:
    """A session that has just begun; the token is shown once and kept nowhere."""

    user_id: UUID
    token: str
    expires_at: datetime


# ---- reads


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
    return select(*User.__table__.c, over.label("account_id"))


def _shared() -> Any:
    return select(Membership.account_id).where(Membership.user_id == User.id, *_active())  # unscoped: narrowed by users


def user_of_membership(where: Condition) -> Selection:
    """The member with the account through which it is seen."""
    seen = [Membership.account_id, Membership.id.label("membership_id")]
    # unscoped: below a membership
    return select(*User.__table__.c, *seen).join_from(Membership, User).where(where(Membership.id))


def user_of(where: Condition) -> Selection:
    """A person named on something of an account: no level held there shows their address."""
    unseen = literal(None, Uuid()).label("account_id")
    return select(*User.__table__.c, unseen).where(where(User.id))


def api_tokens(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, ApiToken).where(any_of(ApiToken.id, ids))


def api_tokens_of_account(where: Condition) -> Selection:
    return under(ApiToken).where(where(ApiToken.account_id), ApiToken.revoked_at.is_(None))


USERS = RootOne(users)
VIEWER = RootOne(viewer)
MEMBER = One(user_of_membership, key="membership_id")
INVITER = One(user_of, key="id", of="invited_by")
CREATOR = One(user_of, key="id", of="created_by")
API_TOKENS = RootOne(api_tokens)
API_TOKENS_OF_ACCOUNT = Many(
    api_tokens_of_account, key="account_id", order=Order(("created_at", "id"), descending=True)
)


# ---- who asks


async def authenticate(database: Database, token: str, now: datetime) -> Caller:
    """The caller that a bearer token or cookie stands for; NOBODY where it is unknown, expired or revoked."""
    if digest := session_of(token):
        return await _person(database, digest, now)
    if token.startswith(TOKEN_PREFIX):
        return await _integration(database, _digest(token), now)
    return NOBODY


def session_of(token: str) -> str | None:
    """The digest of a session's token; None for any other."""
    return _digest(token) if token.startswith(SESSION_PREFIX) else None


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
        await _note_use(database, id, now)
    held = {account_id: level}
    return Caller(made_by, f"Token {name}", Via.API_TOKEN, held, scopes=frozenset(scopes), token_id=id)


def _token() -> Selection:
    made_by = (Membership.user_id == ApiToken.created_by) & (Membership.account_id == ApiToken.account_id)
    shown = (ApiToken.id, ApiToken.created_by, ApiToken.name, ApiToken.scopes, ApiToken.last_used_at)
    # unscoped: the secret itself is what opens the account
    rows = select(*shown, ApiToken.account_id, Membership.level).join_from(ApiToken, Membership, made_by)
    valid = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("now"))
    return rows.where(ApiToken.token_hash == bindparam("digest"), ApiToken.revoked_at.is_(None), valid, *_active())


async def _note_use(database: Database, token_id: UUID, now: datetime) -> None:
    """Advice for people only: where the database takes no writes, reading goes on without it."""
    try:
        async with transaction(database, NOBODY, NOTHING, now, "authenticate") as work:
            # unscoped: the token whose secret was shown
            await work.session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))
    except FAULTS as fault:
        if not is_away(fault):
            raise


# ---- signing in and out


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
            return user.id
        await throttle.failed(*names)
    message = "No user has this e-mail address and password."
    raise Refusal(InvalidInput(message=message, path=("password",), constraint="credentials"))


async def _credentials(database: Database, email: str) -> Any:
    row = select(User.id, User.password_hash).where(User.email_key == mailbox(email))
    async with database.reading() as connection:
        return (await connection.execute(row)).first()


async def open_session(work: Work, user_id: UUID, address: str) -> SignedIn:
    token = SESSION_PREFIX + token_urlsafe(32)
    expires_at = work.now + SESSION_LIFETIME
    session = Session(user_id=user_id, token_hash=_digest(token), ip_address=address[:45], expires_at=expires_at)
    session.created_at = work.now
    work.add(session)
    return SignedIn(user_id, token, expires_at)


async def close_session(work: Work) -> None:
    """End the session the caller came with; a token's caller has none to end."""
    mine = update(Session).where(Session.id == work.caller.session_id)
    await work.session.execute(mine.values(revoked_at=work.now))


async def add_user(
    work: Work,
    passwords: Passwords,
    email: str,
    address_problem: InvalidInput | None,
    name: str,
    password: str,
    staff: Collection[Level] = (),
) -> User:
    """A new person whose address counts as verified: made by the operator, not by sign-up."""
    found = Findings()
    found.add(address_problem, line_problem(name, "name", name="The name", most=100))
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        limits = f"{LEAST_PASSWORD} <= length <= {MOST_PASSWORD}"
        found.invalid(f"A password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters.", "password", constraint=limits)
    found.settle()
    known = await work.session.scalar(select(User.id).where(User.email_key == mailbox(email)))
    if known:
        raise Refusal(Conflict(message="A user with this e-mail address exists already.", path=("email",)))
    user = User(
        name=line(name),
        name_key=fold(name),
        email=email,
        email_key=mailbox(email),
        email_verified=True,
        created_at=work.now,
    )
    user.password_hash = await passwords.hash(password)
    user.staff = sorted(level.value for level in staff)
    return work.add(user)


async def find_user(work: Work, email: str) -> User | None:
    """The user of an address, for the operator's commands."""
    return await work.session.scalar(select(User).where(User.email_key == mailbox(email)))


# ---- tokens of integrations


async def create_token(
    work: Work, account_id: UUID, name: str, scopes: Collection[str], expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """A token for an account and its secret, which is shown once (SAFETY: partner tokens)."""
    account = await find(work, Account, account_id, "accountId")
    _check_token(name, scopes, expires_at, work.now).settle()
    await _check_room(work, account.id)
    secret = TOKEN_PREFIX + token_urlsafe(32)
    token = ApiToken(account_id=account.id, name=line(name), prefix=secret[:12], token_hash=_digest(secret))
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


def _check_token(name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime) -> Findings:
    found = Findings()
    found.add(line_problem(name, "name", name="The name", most=80))
    unknown = sorted(set(scopes) - TOKEN_SCOPES.keys())
    if unknown or not scopes:
        known = ", ".join(TOKEN_SCOPES)
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


def _active() -> tuple[Any]:
    return (Membership.status == MembershipStatus.ACTIVE,)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
