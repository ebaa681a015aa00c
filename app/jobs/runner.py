"""The runner: claims jobs that are due, does them, and tries again what failed. Several may run beside each other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.db import jobs
from app.db.engine import Database
from app.db.jobs import Claim, Lane, Lost
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.domain.jobs import LEASE, JobStatus, is_hopeless
from app.jobs.schedule import Task

SYSTEM = Caller(name="Endcap", via=Via.JOB)
AT_ONCE = 8  # jobs that one runner does beside each other: most of them wait for a mail server
LONG_AT_ONCE = 2  # and beside these, of those that take minutes: each holds a connection that reads
LOOK = timedelta(seconds=1)  # how often it looks whether something is due
log = structlog.get_logger("endcap.jobs")

Handler = Callable[["Runner", Claim], Awaitable[None]]
"""Does a job, and ends it through `Runner.ending` together with what it changes."""


GivenUp = Callable[..., Awaitable[None]]
"""(work, **arguments): what else is changed where a job is given up, in the same transaction."""


class GiveUp(Exception):
    """It can never succeed: the job is dead at once, for the reason given."""


@dataclass(frozen=True)
class Long:
    """Who does a job that takes minutes, so that it keeps no others waiting, and what follows where it is given up."""

    do: Handler
    given_up: GivenUp


class Runner:
    """Does what is owed: *handlers* by the kind of the job, and the tasks of the schedule, each once in its time."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        handlers: Mapping[str, Handler],
        schedule: Sequence[Task],
        long: Mapping[str, Long] | None = None,
    ) -> None:
        self.database, self.clock = database, clock
        self._long = long or {}
        kinds = frozenset(self._long)
        self._lanes = [Lane(AT_ONCE, kinds, others=True), *([Lane(1, kinds)] * LONG_AT_ONCE if kinds else ())]
        self._tasks = {task.name: task for task in schedule}
        timely = {task.name: _timely(task.run) for task in schedule if task.run}
        self._handlers = {**timely, **handlers, **{kind: each.do for kind, each in self._long.items()}}

    async def keep(self) -> None:
        """Work for ever; a database that is away is waited for. Who is stopped has given back all that was begun."""
        async with asyncio.TaskGroup() as lanes:  # it waits for each of them, as `gather` does not where it is canceled
            for lane in self._lanes:
                lanes.create_task(self._keep(lane))

    async def _keep(self, lane: Lane) -> None:
        while True:
            try:
                if lane.others:
                    await self._plan()
                while True:
                    if not await self.turn(lane):
                        await asyncio.sleep(LOOK.total_seconds())
            except Exception:  # the last resort: the runner must outlive whatever a turn meets
                log.exception("the runner stumbled")
            await asyncio.sleep(LOOK.total_seconds())

    async def drain(self) -> int:
        """Do all that is due now. How many jobs that were."""
        await self._plan()
        done = 0
        while count := sum([await self.turn(lane) for lane in self._lanes]):
            done += count
        return done

    async def turn(self, lane: Lane) -> int:
        """Claim a few jobs and do them. How many."""
        if not await jobs.is_due(self.database, self.clock(), lane):
            return 0
        async with self._change("claim") as work:
            claims = await jobs.claim(work, lane)
        if claims:
            async with self._leased(claims):
                ended = await asyncio.gather(*(self._do(claim) for claim in claims), return_exceptions=True)
            for fault in filter(None, ended):  # it could not even be noted: the lease runs out, and another tries
                log.error("a job's failure was not noted", exc_info=fault)
        return len(claims)

    def work(self, claim: Claim) -> AbstractAsyncContextManager[Work]:
        """A transaction of the job, which goes on after it."""
        return self._change(claim.kind)

    def _change(self, action: str) -> AbstractAsyncContextManager[Work]:
        return transaction(self.database, SYSTEM, EVERYTHING, self.clock(), action)

    async def _plan(self) -> None:
        async with self._change("plan") as work:
            await jobs.plan(work, list(self._tasks))

    @asynccontextmanager
    async def ending(self, claim: Claim, again_at: datetime | None = None) -> AsyncIterator[Work]:
        """The transaction that ends the job: its effect and its end are kept both or neither."""
        async with self.work(claim) as work:
            yield work
            await jobs.end(work, claim, again_at)

    def next_run(self, claim: Claim) -> datetime:
        """When a task of the schedule is due again."""
        return self.clock() + self._tasks[claim.kind].every

    async def _do(self, claim: Claim) -> None:
        """Do one job; whatever goes wrong with it concerns no other."""
        try:
            await self._handler(claim)(self, claim)
        except Lost:
            log.warning("another took the job over", kind=claim.kind, job=str(claim.id))
        except Exception as fault:  # the last resort: it is noted on the job, and tried again
            for_good = isinstance(fault, GiveUp) and claim.kind not in self._tasks
            reason = str(fault) if for_good else f"{type(fault).__name__}: {fault}"
            status = await self._failed(claim, reason, for_good=for_good)
            now = status.value if status else "another's"
            log.exception("job failed", kind=claim.kind, job=str(claim.id), failures=claim.failures + 1, now=now)

    def _handler(self, claim: Claim) -> Handler:
        if is_hopeless(claim.failures) and claim.kind not in self._tasks:
            raise GiveUp("its lease ran out again and again: it kills who does it")
        known = self._handlers.get(claim.kind)
        if known is None:
            raise LookupError("nothing here does jobs of this kind: was it owed by a newer version?")
        return known

    async def _failed(self, claim: Claim, reason: str, *, for_good: bool) -> JobStatus | None:
        """Note it, and what follows; None where another has the job."""
        if claim.kind in self._tasks:  # the schedule is never given up
            claim = Claim(claim.id, claim.kind, claim.arguments, min(claim.failures, 2), claim.fence)
        async with self.work(claim) as work:
            status = await jobs.fail(work, claim, reason, for_good=for_good)
            if status is JobStatus.DEAD and claim.kind in self._long:
                await self._long[claim.kind].given_up(work, **claim.arguments)
            return status

    @asynccontextmanager
    async def _leased(self, claims: Sequence[Claim]) -> AsyncIterator[None]:
        """Hold the leases while the jobs run; what was not ended when the runner is stopped is given back."""
        renewing = asyncio.create_task(self._renew(claims))
        try:
            yield
        except asyncio.CancelledError:
            await asyncio.shield(self._release(claims))
            raise
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)  # who is stopped here meanwhile is stopped

    async def _renew(self, claims: Sequence[Claim]) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                async with self._change("renew") as work:
                    await jobs.renew(work, claims)
            except Exception:  # the last resort: the next turn renews as well, and there is time for two of them
                log.exception("leases were not renewed")

    async def _release(self, claims: Sequence[Claim]) -> None:
        try:
            async with self._change("release") as work:
                await jobs.release(work, claims)
        except Exception:  # the last resort: the leases run out by themselves, and who stops us must not be kept
            log.exception("leases were not given back")


def _timely(change: Callable[[Work], Awaitable[Any]]) -> Handler:
    """The handler of a task of the schedule: one change of the database, and the time of the next."""

    async def handle(runner: Runner, claim: Claim) -> None:
        async with runner.ending(claim, runner.next_run(claim)) as work:
            await change(work)

    return handle


def changing(change: Callable[..., Awaitable[Any]]) -> Handler:
    """The handler of a job that is one change of the database: `change(work, **arguments)`, and the job's end."""

    async def handle(runner: Runner, claim: Claim) -> None:
        async with runner.ending(claim) as work:
            await change(work, **claim.arguments)

    return handle
