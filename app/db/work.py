"""One unit of work = one session = one transaction = one mutation, with what it writes to history."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE
from uuid_utils.compat import uuid7

from app.db.base import Versioned, type_name
from app.db.engine import Database
from app.db.tables.accounts import Account
from app.db.tables.history import Change
from app.db.tables.jobs import Job
from app.domain.access import STAFF_LEVELS, Caller, Scope, Via
from app.domain.errors import Refusal, StaleVersion
from app.domain.events import Event

_WRITE, _WRITE_MANY = insert(Change).returning(Change.seq), insert(Change)
Reactions = Mapping[Event, Sequence[Callable[..., Awaitable[None]]]]
Beside = Mapping[str, tuple[Any, Any]]
Row = TypeVar("Row", bound=DeclarativeBase)
HIDDEN = ("token_hash", "password_hash", "processor_token", "customer", "version", "updated_at")
HIDDEN += ("draft_id", "submitted_id", "published_id", "grams")  # never in history
HIDDEN += ("processor_order", "ledger_length", "ledger_digest", "ladder_step", "unbilled_micros", "balance_micros")


@dataclass
class History:
    """The changes of a transaction that are still to be written, and the sequence number of the last one that is."""

    pending: list[dict[str, Any]] = field(default_factory=list)
    happened: list[tuple[Event, Any]] = field(default_factory=list)  # and what follows from it has not
    seq: int | None = None


@dataclass
class Work:
    """What a resolver gets to change things: a session in a transaction, the caller's reach, and the time it is."""

    session: AsyncSession
    caller: Caller
    scope: Scope
    now: datetime
    action: str
    history: History = field(default_factory=History)
    reactions: Reactions = field(default_factory=dict)
    reverts: tuple[UUID, int] | None = None  # the change that this one takes back, and its number
    ids: Callable[[], UUID] = uuid7
    confirmed: set[UUID] = field(default_factory=set)  # accounts where the caller was a member under their lock

    def add(self, row: Row) -> Row:
        """Add a new row with its key, times and defaults, so that it can be referred to and told at once."""
        if getattr(row, "id", "") is None:
            row.id = self.ids()  # type: ignore[attr-defined]
        for name, value in _defaults(type(row)).items():
            if getattr(row, name) is None:
                setattr(row, name, value)
        if isinstance(row, Versioned):
            row.created_at = row.updated_at = self.now
        self.session.add(row)
        return row

    def emit(
        self, event: Event, subject: Any, reason: str | None = None, *, also: Beside | None = None, **facts: Any
    ) -> None:
        """Write to history that *event* happened to *subject*: its changed fields, or the *facts* given instead.

        *also* are changes of what belongs to it and stands in other tables: name, before and after.
        Call it after the change and before the next flush; sessions do not flush by themselves.
        """
        before, after = (None, facts) if facts else _difference(subject, also or {})
        self._touch(subject)
        self._write(event, subject, before, after, reason)
        self.history.happened.append((event, subject))

    def emit_all(
        self, event: Event, subjects: Sequence[Any], before: Mapping[str, Any], after: Mapping[str, Any], reason: str
    ) -> None:
        """The same change of many that were changed by one statement; what follows is done once, for all of them."""
        for subject in subjects:
            self._write(event, subject, before, after, reason)
        if subjects:
            self.history.happened.append((event, subjects))

    def _write(self, event: Event, subject: Any, before: Any, after: Any, reason: str | None) -> None:
        if self.reverts and reason is None:
            reason = f"Reverts change {self.reverts[1]}"
        change = {
            "id": uuid7(),
            "at": self.now,
            "account_id": subject.id if isinstance(subject, Account) else getattr(subject, "account_id", None),
            "actor_user_id": self.caller.user_id,
            "actor": self.caller.name,
            "via": Via.STAFF if self._is_desk else self.caller.via,
            "event": event,
            "action": self.action,
            "subject_type": type_name(type(subject)),
            "subject_id": subject.id,
            "before": before and _plain(before),
            "after": after and _plain(after),
            "reason": reason,
            "reverts_id": self.reverts and self.reverts[0],
        }
        self.history.pending.append(change)

    @property
    def _is_desk(self) -> bool:
        """Whether a person acts as staff, not as a member."""
        return self.caller.via is Via.SESSION and self.scope.level in STAFF_LEVELS

    def later(self, kind: str, **arguments: Any) -> None:
        """Owe a job, which is done once this is committed; its arguments are plain values."""
        self.add(Job(kind=kind, arguments=arguments, due_at=self.now, created_at=self.now))

    def _touch(self, row: Any) -> None:
        if isinstance(row, Versioned) and row in self.session.dirty:
            row.updated_at = self.now

    async def flush(self) -> None:
        """Do what follows, and send all to the database; history comes last, so that its sequence is taken late."""
        while self.history.happened:
            event, subject = self.history.happened.pop(0)
            for react in self.reactions.get(event, ()):
                await react(self, subject)
        await self.session.flush()
        pending, self.history.pending = self.history.pending, []
        if len(pending) > 1:
            await self.session.execute(_WRITE_MANY, pending[:-1])  # SQLite would return the numbers one by one
        if pending:
            self.history.seq = await self.session.scalar(_WRITE, pending[-1])

    @property
    def seq(self) -> int | None:
        """The sequence number of the last change, None where nothing was written."""
        return self.history.seq


class Transaction:
    """The one place where transactions end. It begins with its first statement; several Works may share it."""

    def __init__(self, database: Database, caller: Caller, now: datetime) -> None:
        self.session = AsyncSession(database.writer, expire_on_commit=False, autoflush=False)
        self._caller, self._now = caller, now
        self._history, self._reactions = History(), database.reactions
        self._listeners, self._ids = database.listeners, database.ids

    def work(self, scope: Scope, action: str) -> Work:
        return Work(self.session, self._caller, scope, self._now, action, self._history, self._reactions, ids=self._ids)

    async def commit(self) -> None:
        try:
            await self.session.commit()
        finally:
            await self.session.close()
        if self._history.seq is not None:
            for told in self._listeners:
                told()

    async def rollback(self) -> None:
        try:
            await self.session.rollback()
        finally:
            await self.session.close()


@asynccontextmanager
async def transaction(
    database: Database, caller: Caller, scope: Scope, now: datetime, action: str
) -> AsyncIterator[Work]:
    """A Work outside GraphQL: committed at the end, rolled back by any exception."""
    whole = Transaction(database, caller, now)
    work = whole.work(scope, action)
    try:
        yield work
        await work.flush()
    except BaseException:
        await whole.rollback()
        raise
    await whole.commit()


def expect_version(row: Versioned, expected: int | None) -> None:
    """Refuse when the row changed since the caller read *expected*; None does not ask."""
    if expected is not None and expected != row.version:
        raise Refusal(
            StaleVersion(
                message=f"It changed meanwhile: version {row.version}, not {expected}. Read it again and repeat.",
                path=("expectedVersion",),
                current_version=row.version,
            )
        )


@cache
def _defaults(table: type[Any]) -> Mapping[str, Any]:
    """The plain values that columns take which are not given; the version is the mapper's own."""
    columns = {each.key: each.columns[0].default for each in inspect(table).column_attrs}
    return {name: each.arg for name, each in columns.items() if name != "version" and each and each.is_scalar}


def _difference(row: Any, also: Beside) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
    """The fields of *row* before and after what is not flushed yet, and those beside it; a new row has no before."""
    state = inspect(row)
    shown = [attribute for attribute in state.mapper.column_attrs if attribute.key not in HIDDEN]
    if not state.persistent:
        beside = {name: after for name, (_, after) in also.items()}
        return None, {**{attribute.key: getattr(row, attribute.key) for attribute in shown}, **beside}
    histories = {each.key: get_history(row, each.key, PASSIVE_NO_INITIALIZE) for each in shown}
    before = {key: next(iter(its.deleted), None) for key, its in histories.items() if its.has_changes()}
    after = {key: getattr(row, key) for key in before}
    return (
        {**before, **{name: old for name, (old, _) in also.items()}},
        {**after, **{name: new for name, (_, new) in also.items()}},
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: plain(value) for key, value in values.items() if not key.endswith("_key")}


def plain(value: Any) -> Any:
    """A value as history keeps it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
