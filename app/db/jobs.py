"""The job table: claim under a lease, end in the transaction of the effect, or note a failure (SAFETY: fencing)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, delete, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from uuid_utils.compat import uuid7

from app.db.engine import Database
from app.db.keys import any_of
from app.db.tables.jobs import Job
from app.db.work import Work
from app.domain.jobs import KEPT, LEASE, JobStatus, is_hopeless, pause
from app.domain.text import printable


class Lost(Exception):
    """The lease ran out and another has claimed the job: what this one did must not stay."""


@dataclass(frozen=True)
class Claim:
    """A job that was leased: only who knows its `fence` may end it."""

    id: UUID
    kind: str
    arguments: dict[str, Any]
    failures: int
    fence: int


@dataclass(frozen=True)
class Lane:
    """Jobs that are done beside each other, so many at once: those of some kinds, or all others."""

    at_once: int
    kinds: frozenset[str]
    others: bool = False

    @property
    def takes(self) -> ColumnElement[bool]:
        mine = any_of(Job.kind, self.kinds)
        return not_(mine) if self.others else mine


DUE = (Job.status == JobStatus.QUEUED) & (Job.due_at <= bindparam("now"))
LATE = (Job.status == JobStatus.RUNNING) & (Job.leased_until <= bindparam("now"))


async def is_due(database: Database, now: datetime, lane: Lane) -> bool:
    """Whether there is something to claim: mostly not, and nobody should wait for the writer of SQLite to hear it."""
    rows = select(Job.id).where(or_(DUE, LATE), lane.takes).limit(1)
    async with database.reading() as connection:
        return (await connection.execute(rows, {"now": now})).first() is not None


async def claim(work: Work, lane: Lane) -> list[Claim]:
    """Lease jobs that are due, the longest due first, or whose lease ran out, which counts as a failure."""
    mine = select(Job.id).where(or_(DUE, LATE), lane.takes).order_by(Job.due_at, Job.id).limit(lane.at_once)
    taken = update(Job).where(any_of(Job.id, mine.with_for_update(skip_locked=True)))
    failures = Job.failures + case((Job.status == JobStatus.RUNNING, 1), else_=0)
    values = {"status": JobStatus.RUNNING, "leased_until": work.now + LEASE, "fence": Job.fence + 1}
    taken = taken.values(failures=failures, **values)
    taken = taken.returning(Job.id, Job.kind, Job.arguments, Job.failures, Job.fence)
    return [Claim(*row) for row in await work.session.execute(taken, {"now": work.now})]


async def end(work: Work, claim: Claim, again_at: datetime | None = None) -> None:
    """The job is done, in the transaction of its effect; or it is due again. Raises Lost where another has it."""
    values: dict[str, Any] = {"status": JobStatus.DONE, "ended_at": work.now}
    if again_at is not None:
        values = {"status": JobStatus.QUEUED, "due_at": again_at}
    values |= {"leased_until": None, "failures": 0, "last_error": None}
    ended = await work.session.execute(_held(claim).values(**values).returning(Job.id))
    if ended.first() is None:
        raise Lost(claim.kind)


async def fail(work: Work, claim: Claim, reason: str, *, for_good: bool = False) -> JobStatus | None:
    """Try the job again after a pause, or give it up: an operator finds it with *reason*. None: another has it."""
    failures = claim.failures + 1
    dead = for_good or is_hopeless(failures)
    status = JobStatus.DEAD if dead else JobStatus.QUEUED
    values = {
        "status": status,
        "due_at": work.now + pause(failures),
        "failures": failures,
        "last_error": printable(reason)[:500],
    }
    held = _held(claim).values(leased_until=None, ended_at=work.now if dead else None, **values)
    return status if (await work.session.execute(held.returning(Job.id))).first() else None


async def renew(work: Work, claims: Collection[Claim]) -> None:
    """Keep jobs that take longer than a lease."""
    for each in claims:
        await work.session.execute(_held(each).values(leased_until=work.now + LEASE))


async def release(work: Work, claims: Collection[Claim]) -> None:
    """Give back what was claimed and not ended: another may begin with it at once."""
    for each in claims:
        await work.session.execute(_held(each).values(status=JobStatus.QUEUED, leased_until=None))


async def plan(work: Work, names: Sequence[str]) -> None:
    """See that each task of the schedule is there, once and alive, whoever else sees to it."""
    insert = (postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    standard = {"arguments": {}, "status": JobStatus.QUEUED, "fence": 0, "failures": 0}
    for name in names:
        row = {"id": uuid7(), "kind": name, "name": name, "due_at": work.now, "created_at": work.now, **standard}
        await work.session.execute(insert(Job).values(row).on_conflict_do_nothing())
    given_up = update(Job).where(any_of(Job.name, names), Job.status == JobStatus.DEAD)
    await work.session.execute(given_up.values(status=JobStatus.QUEUED, due_at=work.now, failures=0, ended_at=None))


async def of_status(work: Work, status: JobStatus, most: int) -> Sequence[Job]:
    """Jobs for the operator's eyes, the longest due first."""
    rows = select(Job).where(Job.status == status).order_by(Job.due_at, Job.id).limit(most)
    return (await work.session.scalars(rows)).all()


async def revive(work: Work, ids: Collection[UUID] | None) -> int:
    """Queue jobs again that were given up, all without *ids*. How many there were."""
    dead = update(Job).where(Job.status == JobStatus.DEAD)
    dead = dead if ids is None else dead.where(any_of(Job.id, ids))
    values = {"status": JobStatus.QUEUED, "due_at": work.now, "failures": 0, "ended_at": None}
    return len((await work.session.execute(dead.values(**values).returning(Job.id))).all())


async def forget(work: Work) -> None:
    """Delete the jobs that were done some time ago."""
    old = (Job.status == JobStatus.DONE) & (Job.ended_at < work.now - KEPT)
    await work.session.execute(delete(Job).where(old))


def _held(claim: Claim) -> Any:
    return update(Job).where(Job.id == claim.id, Job.fence == claim.fence, Job.status == JobStatus.RUNNING)
