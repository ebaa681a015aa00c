"""What keeps events and their rollups in order: what is old is forgotten, and what differs is made anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.db.engine import Database
from app.db.jobs import Claim
from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.jobs.files import Progress
from app.jobs.runner import Runner
from app.resolvers.delivery import forgetting, rebuilding
from app.resolvers.delivery.rebuilding import Difference


@dataclass(frozen=True)
class Upkeep:
    """Forgets events after *keep*, and keys on their day: in small transactions, so that those who count go on."""

    keep: timedelta

    async def forget(self, runner: Runner, claim: Claim) -> None:
        """Does `events.forget` of the schedule; a runner that dies on the way has done a part, another goes on."""
        async with runner.work(claim) as work:
            await forgetting.forget_days(work, self.keep)
        more = True
        while more:
            async with runner.work(claim) as work:
                more = await forgetting.forget_events(work, self.keep)
        more = True
        while more:
            async with runner.work(claim) as work:
                more = await forgetting.forget_keys(work)
        async with runner.ending(claim, runner.next_run(claim)):
            pass


@dataclass(frozen=True)
class Rebuild:
    """The rollups, by the day, from the events that are kept."""

    database: Database
    clock: Callable[[], datetime]

    async def run(self, progress: Progress | None = None) -> tuple[int, list[Difference]]:
        """Make those days anew that differ from their events: how many days there are, and what differed first."""
        found = []
        days = await self._days()
        for done, day in enumerate(days, 1):
            async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), "rebuild") as work:
                difference = await rebuilding.compare(work, day)
                if difference is not None:
                    await rebuilding.rebuild(work, day)
                    found.append(difference)
            if progress:
                progress(done, len(days))
        return len(days), found

    async def check(self, progress: Progress | None = None) -> tuple[int, list[Difference]]:
        """The first difference there is, if any; nothing is changed."""
        days = await self._days()
        for done, day in enumerate(days, 1):
            async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), "check") as work:
                difference = await rebuilding.compare(work, day)
            if difference is not None:
                return len(days), [difference]
            if progress:
                progress(done, len(days))
        return len(days), []

    async def _days(self) -> list[date]:
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), "check") as work:
            return await rebuilding.days(work)
