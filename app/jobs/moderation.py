"""Asks whether the page that a submitted ad leads to answers, and puts what is wrong beside the case."""

from dataclasses import dataclass
from uuid import UUID

from app.db.jobs import Claim
from app.domain.moderation.rules import Policy
from app.domain.ports import Pages
from app.jobs.runner import Runner
from app.resolvers.moderation import landing


@dataclass(frozen=True)
class Landings:
    """What looks at landings, by the ad policy."""

    policy: Policy
    pages: Pages | None

    async def check(self, runner: Runner, claim: Claim) -> None:
        """Does `moderation.check_landing`; the network is asked between two transactions (law 8)."""
        id = UUID(claim.arguments["case"])
        async with runner.work(claim) as work:
            address = await landing.address(work, id)
        fault = await self.pages.fault(address) if address and self.pages else None
        async with runner.ending(claim) as work:
            if fault:
                await landing.note_fault(work, self.policy, id, fault)
