"""Auctions are kept for some days, and their sums for longer."""

from datetime import timedelta

from app.db.jobs import Claim
from app.jobs.runner import Runner
from app.resolvers.delivery import recording


class Retention:
    def __init__(self, kept: timedelta) -> None:
        self._kept = kept

    async def sweep(self, runner: Runner, claim: Claim) -> None:
        """Delete what has been kept long enough."""
        async with runner.ending(claim, runner.next_run(claim)) as work:
            await recording.forget(work, self._kept)
