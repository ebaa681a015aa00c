"""Jobs of accounts: asked for, begun, followed, canceled, ended; and who is shown the result."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from app.db.engine import Database
from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.reads import Paged, RootOne
from app.db.scope import find, under, within
from app.db.tables.account_jobs import AccountJob
from app.db.tables.accounts import Account, Membership
from app.db.tables.history import Change
from app.db.tables.identity import ApiToken
from app.db.work import Work
from app.domain import account_jobs as rules
from app.domain.access import Scope
from app.domain.account_jobs import ACCOUNT_JOB, OPEN, AccountJobStatus, JobKind
from app.domain.accounts import MembershipStatus
from app.domain.errors import Conflict, Findings, Problem, written
from app.domain.events import Event
from app.domain.passes import Sealed
from app.domain.ports import Storage
from app.resolvers.identity.secret import DOWNLOAD, mint

MOST_DISCARDED = 100  # in one go

# ---- reads


def jobs(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, AccountJob).where(any_of(AccountJob.id, ids))


def jobs_of_account(where: Condition) -> Selection:
    return under(AccountJob).where(where(AccountJob.account_id))


JOBS = RootOne(jobs)
JOBS_OF_ACCOUNT = Paged(jobs_of_account, key="account_id", orders={None: Order(("created_at", "id"), descending=True)})


@dataclass(frozen=True)
class Glance:
    """What of a job is looked at again and again: it changed where this did. *seq* is that of its last change."""

    status: AccountJobStatus
    steps_done: int
    steps_total: int
    seq: int

    @property
    def is_last(self) -> bool:
        return self.status not in OPEN


async def glance(database: Database, id: UUID) -> Glance:
    # unscoped: whether the job may be seen is asked where it is shown
    last = select(func.max(Change.seq)).where(Change.subject_id == AccountJob.id).correlate(AccountJob)
    # unscoped: for the reason above
    rows = select(AccountJob.status, AccountJob.steps_done, AccountJob.steps_total, last.scalar_subquery())
    async with database.reading() as connection:
        return Glance(*(await connection.execute(rows.where(AccountJob.id == id))).one())


async def result(database: Database, given: Sealed, now: datetime) -> Any:
    """The result that an address opens, while whoever it was given to is a member, their token not revoked."""
    who, at = given.given.holder_id, given.given.expires_at
    # unscoped: who holds the address is whom it was given to, and they are asked for here
    made_by = select(ApiToken.created_by).where(ApiToken.id == who, ApiToken.revoked_at.is_(None))
    made_by = made_by.where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now)).scalar_subquery()
    # unscoped: for the reason above
    member = select(Membership.id).where(Membership.account_id == AccountJob.account_id).correlate(AccountJob)
    member = member.where(Membership.status == MembershipStatus.ACTIVE)
    member = member.where(or_(Membership.user_id == who, Membership.user_id == made_by))
    # unscoped: for the reason above
    rows = select(*AccountJob.__table__.c).where(AccountJob.id == given.given.subject_id, member.exists())
    async with database.reading() as connection:
        job = (await connection.execute(rows.where(AccountJob.result_key.is_not(None)))).first()
    return job if job is not None and given.fits(job.download_key) and at > now else None


# ---- of people


async def request(work: Work, account_id: UUID, kind: JobKind, arguments: Mapping[str, Any], task: str) -> AccountJob:
    """A new job of the account, which *task* does."""
    account = await find(work, Account, account_id, "accountId")
    # unscoped: of the account opened above
    open_ = select(func.count()).select_from(AccountJob).where(AccountJob.account_id == account.id)
    found = Findings()
    found.add(rules.room_problem(await work.session.scalar(open_.where(any_of(AccountJob.status, OPEN))) or 0))
    found.settle()
    job = AccountJob(account_id=account.id, kind=kind, arguments=dict(arguments), created_at=work.now)
    job.created_by = work.caller.user_id  # type: ignore[assignment] - the guard saw them
    work.emit(Event.JOB_CREATED, work.add(job), kind=kind)
    work.later(task, job=str(job.id))
    return job


async def cancel(work: Work, id: UUID) -> AccountJob:
    """End a job that has not ended; whoever does it notices within seconds, and keeps nothing."""
    job = await find(work, AccountJob, id)
    _end(work, job, AccountJobStatus.CANCELED, Event.JOB_CANCELED)
    return job


# ---- of who does them


async def start(work: Work, id: UUID, attempt: int) -> AccountJob | None:
    """The job, RUNNING from its start; None where it has ended. Earlier attempts change nothing from now on."""
    job = await _open(work, id)
    if job is None:
        return None
    if job.status is AccountJobStatus.QUEUED:
        job.status = ACCOUNT_JOB.advance(job.status, AccountJobStatus.RUNNING)
        work.emit(Event.JOB_STARTED, job, status=job.status)
    job.attempt, job.steps_done, job.steps_total = attempt, 0, 0
    return job


async def note(work: Work, id: UUID, attempt: int, done: int, total: int) -> bool:
    """Note how far it has come; whether it is to go on."""
    # unscoped: of who does the job
    mine = update(AccountJob).where(AccountJob.id == id, AccountJob.attempt == attempt)
    mine = mine.where(AccountJob.status == AccountJobStatus.RUNNING).values(steps_done=done, steps_total=total)
    return (await work.session.execute(mine.returning(AccountJob.id))).first() is not None


@dataclass(frozen=True)
class Result:
    """A file in the storage: its key, what it is called where it is saved, and its type."""

    key: str
    name: str
    content_type: str


async def succeed(work: Work, id: UUID, attempt: int, result: Result | None, until: datetime) -> bool:
    """End the job with its result, where it has one; False where it was canceled, or begun again by another."""
    job = await _open(work, id)
    if job is None or job.attempt != attempt:
        return False
    job.steps_done = job.steps_total
    if result is not None:
        job.result_key, job.result_name, job.result_type = result.key, result.name, result.content_type
        job.download_key, job.result_expires_at = mint(DOWNLOAD), until
    _end(work, job, AccountJobStatus.SUCCEEDED, Event.JOB_SUCCEEDED, discard_at=until)
    return True


async def fail(work: Work, id: UUID, *problems: Problem) -> None:
    """End the job with what was in its way; one that has ended stays as it is."""
    job = await _open(work, id)
    if job is not None:
        job.problems = [written(problem) for problem in problems]
        _end(work, job, AccountJobStatus.FAILED, Event.JOB_FAILED)


async def give_up(work: Work, job: str) -> None:
    """Follows where whoever does the job has tried often enough."""
    message = "It failed again and again, which is not your fault: begin it again later, or tell support."
    await fail(work, UUID(job), Conflict(message=message))


def _end(work: Work, job: AccountJob, to: AccountJobStatus, event: Event, discard_at: datetime | None = None) -> None:
    job.status = ACCOUNT_JOB.advance(job.status, to, "id")
    job.finished_at, job.discard_at = work.now, discard_at or work.now + rules.GRACE
    work.emit(event, job, status=job.status)


async def _open(work: Work, id: UUID) -> AccountJob | None:
    """The job, locked, where it has not ended."""
    # unscoped: of who does the job
    rows = select(AccountJob).where(AccountJob.id == id, any_of(AccountJob.status, OPEN))
    return await work.session.scalar(rows.with_for_update(key_share=True))


# ---- what is left over


def folder(id: UUID) -> str:
    """Where the files of all attempts are."""
    return f"jobs/{id.hex}"


async def leftovers(work: Work) -> Sequence[UUID]:
    """Jobs whose files are past their time, the oldest first."""
    # unscoped: a job of the clock, for every account
    rows = select(AccountJob.id).where(AccountJob.discard_at <= work.now).order_by(AccountJob.discard_at)
    return (await work.session.scalars(rows.limit(MOST_DISCARDED))).all()


async def clear(storage: Storage, id: UUID) -> None:
    """Delete the files; what is gone already is no fault, so it may be done again."""
    await storage.clear(folder(id))


async def discard(work: Work, gone: Collection[UUID]) -> None:
    """Their files are deleted: no address leads to them any more."""
    left = update(AccountJob).where(any_of(AccountJob.id, gone))  # unscoped: for the reason above
    await work.session.execute(left.values(result_key=None, download_key=None, discard_at=None))
