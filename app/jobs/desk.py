"""Jobs by the operator's hand: those that were given up are looked at, and sent again."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import jobs
from app.db.engine import Database
from app.db.tables.jobs import Job
from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.jobs import JobStatus

MOST_SHOWN = 50


@dataclass(frozen=True)
class Jobs:
    database: Database
    clock: Callable[[], datetime]

    async def of_status(self, status: JobStatus) -> Sequence[Job]:
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), "jobs list") as work:
            return await jobs.of_status(work, status, MOST_SHOWN)

    async def revive(self, ids: Collection[UUID] | None) -> int:
        """Queue dead jobs again, all without *ids*."""
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), "jobs retry") as work:
            return await jobs.revive(work, ids)
