"""Lets time pass in test accounts: shoppers come, hour after hour, each in a transaction with the account's clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.db.jobs import Claim
from app.db.work import Work
from app.domain.delivery.simulation import goods
from app.domain.delivery.simulation.world import World
from app.jobs.attempt import Ended, attempt
from app.jobs.runner import Runner
from app.jobs.simulation import Rhythm, Simulation
from app.resolvers import account_jobs as jobs
from app.resolvers.accounts import sandbox
from app.resolvers.accounts.sandbox import Brief
from app.resolvers.delivery.simulating import Parts

HOUR = timedelta(hours=1)
RHYTHM = Rhythm(HOUR, HOUR, 3 * HOUR)


@dataclass(frozen=True)
class Advance:
    """What does `sandbox.advance`; where a runner dies on the way, another goes on after the hours that have passed."""

    parts: Parts

    async def run(self, runner: Runner, claim: Claim) -> None:
        id = UUID(claim.arguments["job"])
        async with runner.work(claim) as work:
            brief = await sandbox.start(work, id, claim.fence)
        async with attempt(runner, claim, id):
            if brief is None:
                raise Ended
            await self._pass(claim, brief)
            async with runner.ending(claim) as work:
                await jobs.succeed(work, brief.job_id, claim.fence, None, runner.clock())

    async def _pass(self, claim: Claim, brief: Brief) -> None:
        async def beside(work: Work, now: datetime) -> None:
            if not await sandbox.note(work, brief, claim.fence, now):
                raise Ended

        name = f"{brief.account_id.hex[-12:]} "
        world = World(brief.seed, goods.TOPICS, brief.shoppers, goods.RATE, goods.FLOORS, name=name)
        parts = replace(self.parts, terms=replace(self.parts.terms, apart=True))
        await Simulation(parts, world, brief.now, brief.account_id, rhythm=RHYTHM).run(brief.until, beside=beside)
