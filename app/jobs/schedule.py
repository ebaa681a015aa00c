"""What runs when: one table, and the loop that keeps it while a server runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.db.engine import Database
from app.db.idempotency import forget
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.resolvers.campaigns.effect import keep_time

SYSTEM = Caller(name="Endcap", via=Via.JOB)
log = structlog.get_logger("endcap.jobs")


@dataclass(frozen=True)
class Task:
    """A resolver that runs every so often; running it twice does no more than once."""

    name: str
    every: timedelta
    run: Callable[[Work], Awaitable[Any]]


SCHEDULE = (
    Task("campaigns.keep_time", timedelta(seconds=30), keep_time),
    Task("idempotency.forget", timedelta(hours=1), forget),
)


async def run(task: Task, database: Database, now: datetime) -> None:
    async with transaction(database, SYSTEM, EVERYTHING, now, task.name) as work:
        await task.run(work)


async def keep(task: Task, database: Database, clock: Callable[[], datetime]) -> None:
    """Run a task for ever, once each interval; a fault is logged and the next turn tries again."""
    while True:
        try:
            await run(task, database, clock())
        except Exception:  # the last resort: a failing task must not end the others, nor itself
            log.exception("task failed", task=task.name)
        await asyncio.sleep(task.every.total_seconds())
