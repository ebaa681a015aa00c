"""Writes the reports that were asked for: read page by page, written to a file, and sent to the storage when whole."""

import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.db.jobs import Claim, Lost
from app.domain.delivery.attribution import Windows
from app.domain.errors import Refusal
from app.domain.ports import Sheet, Sheets, Storage
from app.domain.reports import size_problem
from app.jobs.attempt import Ended, attempt
from app.jobs.runner import Runner
from app.resolvers import account_jobs as jobs
from app.resolvers import reports
from app.resolvers.account_jobs import Result
from app.resolvers.reports import Brief

NOTED = 1.0  # seconds between notes of how far it has come


@dataclass(frozen=True)
class Press:
    """What writes reports; a runner that dies on the way leaves no file, and another begins again."""

    storage: Storage
    sheets: Sheets
    kept: timedelta
    windows: Windows

    async def write(self, runner: Runner, claim: Claim) -> None:
        """Does `reports.write`."""
        id = UUID(claim.arguments["job"])
        async with runner.work(claim) as work:
            brief = await reports.start(work, id, claim.fence)
        async with attempt(runner, claim, id):
            if brief is None:
                raise Ended
            await self._write(runner, claim, brief)

    async def _write(self, runner: Runner, claim: Claim, brief: Brief) -> None:
        folder = f"{jobs.folder(brief.job_id)}/{claim.fence}"  # of this attempt alone
        sheets, heading = self.sheets, reports.heading(brief, self.windows)
        name = f"{heading.name}.{sheets.ending(brief.format)}"
        result = Result(f"{folder}/report", name, sheets.content_type(brief.format))
        async with sheets.open(brief.format, heading) as sheet:
            rows = await self._fill(runner, claim, brief, sheet)
            file = await sheet.finish()
            await self._note(runner, claim, brief, rows, rows)  # what was canceled meanwhile is not sent
            await self.storage.send(result.key, file, result.content_type)
        if not await self._delivered(runner, claim, brief, result):
            await self.storage.clear(folder)

    async def _delivered(self, runner: Runner, claim: Claim, brief: Brief, result: Result) -> bool:
        """Give the job its result; False where it was canceled meanwhile, or another does it."""
        try:
            async with runner.ending(claim) as work:
                return await jobs.succeed(work, brief.job_id, claim.fence, result, work.now + self.kept)
        except Lost:
            return False

    async def _fill(self, runner: Runner, claim: Claim, brief: Brief, sheet: Sheet) -> int:
        """Write the rows. How many."""
        total = await reports.count(runner.database, brief)
        problem = size_problem(total)
        if problem:
            raise Refusal(problem)
        await self._note(runner, claim, brief, 0, total)
        done, noted = 0, time.monotonic()
        async with reports.pages(runner.database, brief) as pages:
            async for page in pages:
                await sheet.add(page)
                done += len(page[0])
                if time.monotonic() - noted >= NOTED:
                    await self._note(runner, claim, brief, done, total)
                    noted = time.monotonic()
        return done

    async def _note(self, runner: Runner, claim: Claim, brief: Brief, *steps: int) -> None:
        async with runner.work(claim) as work:
            goes_on = await jobs.note(work, brief.job_id, claim.fence, *steps)
        if not goes_on:
            raise Ended

    async def discard(self, runner: Runner, claim: Claim) -> None:
        """Does `jobs.discard` of the schedule: the storage is between two transactions."""
        async with runner.work(claim) as work:
            late = await jobs.leftovers(work)
        for each in late:
            await jobs.clear(self.storage, each)
        more = len(late) == jobs.MOST_DISCARDED
        async with runner.ending(claim, runner.clock() if more else runner.next_run(claim)) as work:
            await jobs.discard(work, late)
