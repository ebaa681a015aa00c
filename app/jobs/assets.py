"""Clears what uploads leave over: bytes that were examined, and those of uploads that were never completed."""

from dataclasses import dataclass

from app.db.jobs import Claim
from app.domain.ports import Storage
from app.jobs.runner import Runner
from app.resolvers import assets


@dataclass(frozen=True)
class Broom:
    """What clears the storage; a runner that dies on the way leaves the rows, and another clears them again."""

    storage: Storage

    async def sweep(self, runner: Runner, claim: Claim) -> None:
        """Does `assets.discard` of the schedule: the storage is between two transactions."""
        async with runner.work(claim) as work:
            late = await assets.leftovers(work)
        for each in late:
            await assets.clear(self.storage, each)
        more = len(late) == assets.MOST_DISCARDED
        async with runner.ending(claim, runner.clock() if more else runner.next_run(claim)) as work:
            await assets.discard(work, [each.id for each in late])
