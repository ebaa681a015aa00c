"""People: made by the operator or by sign-up, their proved addresses and their passwords."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID

from sqlalchemy import String, cast, select
from sqlalchemy.dialects import postgresql, sqlite
from uuid_utils.compat import uuid7

from app.db.tables.identity import User
from app.db.work import Work
from app.domain.access import Level
from app.domain.errors import Conflict, Findings, InvalidInput, LimitExceeded, Refusal
from app.domain.events import Event
from app.domain.identity import MOST_PASSWORD, Origin, Purpose, check_password
from app.domain.ports import Passwords, Throttle
from app.domain.text import fold, line, line_problem, mailbox
from app.resolvers.identity import links, sessions


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
    _check(address_problem, name, password)
    known = await work.session.scalar(select(User.id).where(User.email_key == mailbox(email)))
    if known:
        raise Refusal(Conflict(message="A user with this e-mail address exists already.", path=("email",)))
    user = _new(work, email)
    user.email_verified, user.staff = True, sorted(level.value for level in staff)
    _name(user, name, await passwords.hash(password))
    return work.add(user)


async def find_user(work: Work, email: str) -> User | None:
    """The user of an address, for the operator's commands."""
    return await work.session.scalar(select(User).where(User.email_key == mailbox(email)))


async def staff(work: Work, level: Level) -> Sequence[User]:
    """The retailer's people who hold a staff level."""
    rows = select(User).where(cast(User.staff, String).contains(f'"{level.value}"')).order_by(User.id)
    return (await work.session.scalars(rows)).all()


def _check(address_problem: InvalidInput | None, name: str, password: str) -> None:
    found = Findings()
    found.add(address_problem, line_problem(name, "name", name="The name", most=100))
    check_password(found, password)
    found.settle()


def _new(work: Work, email: str) -> User:
    return User(email=email.strip(), email_key=mailbox(email), created_at=work.now, staff=[])


def _name(user: User, name: str, password_hash: str) -> None:
    user.name, user.name_key, user.password_hash = line(name), fold(name), password_hash


# ---- by themselves; whatever is asked of an address, the answer tells nobody whether it is known


async def limit_mail(throttle: Throttle, email: str, address: str) -> None:
    """Refuse who has mail sent too often: to one mailbox, or from one network address."""
    names = (f"mail:{mailbox(email)}", f"mail-from:{address}")
    blocked = await throttle.blocked_until(*names)
    if blocked is not None:
        message = "Too many messages were asked for. Look into the mailbox, also for spam, or wait until then."
        raise Refusal(LimitExceeded(message=message, path=("email",), limit=sessions.TRIES, retry_at=blocked))
    await throttle.failed(*names)


async def sign_up(
    work: Work,
    passwords: Passwords,
    limit: Callable[[], Awaitable[None]],
    email: str,
    address_problem: InvalidInput | None,
    name: str,
    password: str,
) -> None:
    """A person to be (S6): they begin once the mailed link proves the address; until then the latest sign-up counts.

    Whoever has an account already is mailed a way into it instead. *limit* refuses who has mail sent too often.
    """
    _check(address_problem, name, password)
    await limit()
    password_hash = await passwords.hash(password)  # before the first statement: it is slow on purpose
    user = await _locked(work, email) or await _reserved(work, email, name, password_hash)
    if user.email_verified:
        work.emit(Event.PASSWORD_RESET_ASKED, user, instead_of="sign-up")
        return
    await links.void(work, Purpose.EMAIL_VERIFICATION, user.id)  # those of an earlier sign-up, maybe a stranger's
    user.email = email.strip()
    _name(user, name, password_hash)
    work.emit(Event.USER_SIGNED_UP, user, address=user.email)


async def _reserved(work: Work, email: str, name: str, password_hash: str) -> User:
    """The new person of an address, locked; or who was made meanwhile by another who signed up with it."""
    user = _new(work, email)
    _name(user, name, password_hash)
    shown = {"name": user.name, "name_key": user.name_key, "email": user.email, "email_key": user.email_key}
    values = {**shown, "id": uuid7(), "password_hash": password_hash, "staff": [], "email_verified": False}
    insert = (postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    await work.session.execute(insert(User).values(**values, created_at=work.now).on_conflict_do_nothing())
    there = await _locked(work, email)
    if there is None:
        raise LookupError("a person who was just there")
    return there


async def ask_again(work: Work, email: str) -> None:
    """Mail the link that proves an address once more."""
    user = await _locked(work, email)
    if user is not None and not user.email_verified:
        work.emit(Event.PROOF_ASKED, user, asked=True)


async def verify(work: Work, passwords: Passwords, secret: str, password: str, origin: Origin) -> sessions.SignedIn:
    """The person begins, and is signed in: the link proves the mailbox, the password that it was they who signed up.

    Without the password a stranger who signs up with somebody's address would get in once its owner opens the link.
    """
    user = await _holder(work, secret, Purpose.EMAIL_VERIFICATION)
    if not await passwords.verify(user.password_hash, password[: MOST_PASSWORD + 1]):
        message = "That is not the password of the latest sign-up with this address: sign up again."
        raise Refusal(InvalidInput(message=message, path=("password",), constraint="credentials"))
    user.email_verified = True
    work.emit(Event.EMAIL_VERIFIED, user)
    return await sessions.open_session(work, user.id, origin)


async def ask_for_reset(work: Work, email: str) -> None:
    """Mail the link that sets a new password."""
    user = await _locked(work, email)
    if user is not None:
        work.emit(Event.PASSWORD_RESET_ASKED, user, asked=True)


async def reset_password(work: Work, passwords: Passwords, secret: str, password: str) -> None:
    """A new password for the holder of the link; all sessions end, also those of whoever knew the old one."""
    found = Findings()
    check_password(found, password)
    found.settle()
    password_hash = await passwords.hash(password)
    user = await _holder(work, secret, Purpose.PASSWORD_RESET)
    user.password_hash, user.email_verified = password_hash, True
    await links.void(work, Purpose.EMAIL_VERIFICATION, user.id)
    work.emit(Event.PASSWORD_RESET, user, sessions="ended")
    await sessions.end_all(work, user.id)


async def change_password(work: Work, proved: str, password_hash: str) -> sessions.SignedIn | None:
    """Another password for whoever knew the one of which *proved* is kept; their other sessions end (`rotate`)."""
    user = await work.session.get_one(User, work.caller.user_id, with_for_update={"key_share": True})
    if user.password_hash != proved:
        message = "The password was changed meanwhile: repeat it with the one that holds now."
        raise Refusal(Conflict(message=message, path=("currentPassword",)))
    user.password_hash = password_hash
    await links.void(work, Purpose.PASSWORD_RESET, user.id)
    work.emit(Event.PASSWORD_CHANGED, user, sessions="ended")
    return await sessions.rotate(work)


async def rename(work: Work, name: str) -> User:
    """What a person calls themselves from now on, in every account."""
    found = Findings()
    found.add(line_problem(name, "name", name="The name", most=100))
    found.settle()
    user = await work.session.get_one(User, work.caller.user_id, with_for_update={"key_share": True})
    if line(name) != user.name:
        user.name, user.name_key = line(name), fold(name)
        work.emit(Event.USER_UPDATED, user)
    return user


async def _locked(work: Work, email: str) -> User | None:
    row = select(User).where(User.email_key == mailbox(email)).with_for_update(key_share=True)
    return await work.session.scalar(row)


async def _holder(work: Work, secret: str, purpose: Purpose) -> User:
    user_id: UUID = await links.redeem(work, secret, purpose)
    return await work.session.get_one(User, user_id, with_for_update={"key_share": True})
