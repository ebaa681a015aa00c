"""Closes charges and has them paid, the processor being asked between two transactions (law 8); audits the books."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.db.engine import Database
from app.db.jobs import Claim
from app.db.work import Work
from app.domain.billing.audit import Breach
from app.domain.billing.charges import Terms
from app.domain.billing.gateway import GatewayAway, Outcome, PaymentGateway
from app.jobs.files import Progress
from app.jobs.runner import Runner
from app.resolvers.billing import auditing, closing, paying
from app.resolvers.billing.paying import Asking
from app.resolvers.billing.settling import settle

AT_ONCE = 8  # askings of the processor beside each other


async def bill(work: Work, gateway: PaymentGateway, terms: Terms) -> None:
    """Close and have paid what is due, in the one transaction of a simulated hour: the processor is in this process."""
    for id in await closing.due(work, terms.ladder):
        charge = await closing.close(work, id, terms)
        asking = await paying.prepare(work, charge.id, terms.retries) if charge else None
        await work.flush()
        if asking:
            outcome = await gateway.pay(asking.payment, work.now)
            await settle(work, asking.payment.charge_id, asking.payment.attempt_id, outcome, terms)


@dataclass(frozen=True)
class Cashier:
    """Who closes charges and has them paid."""

    gateway: PaymentGateway
    terms: Terms

    async def close(self, runner: Runner, claim: Claim) -> None:
        """Does `billing.close` of the schedule: each campaign in a transaction of its own."""
        async with runner.work(claim) as work:
            campaigns = await closing.due(work, self.terms.ladder)
        for id in campaigns:
            async with runner.work(claim) as work:
                charge = await closing.close(work, id, self.terms)
                if charge is not None and charge.next_attempt_at is not None:
                    work.later(paying.ATTEMPT, charge=str(charge.id))
        async with runner.ending(claim, runner.next_run(claim)):
            pass

    async def collect(self, runner: Runner, claim: Claim) -> None:
        """Does `billing.collect` of the schedule: retries whose time has come, and answers that are missing."""
        async with runner.work(claim) as work:
            charges = await paying.due(work)
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(id: UUID) -> None:
            async with turn:
                await self.pay(runner, claim, id)

        failed = [each for each in await asyncio.gather(*map(one, charges), return_exceptions=True) if each]
        if failed:
            raise failed[0]
        async with runner.ending(claim, runner.next_run(claim)):
            pass

    async def attempt(self, runner: Runner, claim: Claim) -> None:
        """Does `billing.attempt`: without an answer the charge goes on ATTEMPTING, and `collect` asks about it."""
        await self.pay(runner, claim, UUID(claim.arguments["charge"]))
        async with runner.ending(claim):
            pass

    async def pay(self, runner: Runner, claim: Claim, charge_id: UUID) -> None:
        """Have a charge paid, if it is due; one that is being paid is asked about first, never paid twice."""
        async with runner.work(claim) as work:
            asking = await paying.prepare(work, charge_id, self.terms.retries)
        outcome = await self._ask(runner, asking) if asking else None
        if asking and outcome:
            payment = asking.payment
            async with runner.work(claim) as work:
                await settle(work, payment.charge_id, payment.attempt_id, outcome, self.terms)

    async def _ask(self, runner: Runner, asking: Asking) -> Outcome | None:
        """What the processor says; None: nothing so far."""
        try:
            known = await self.gateway.outcome(asking.payment, runner.clock()) if asking.begun_before else None
            return known or await self.gateway.pay(asking.payment, runner.clock())
        except GatewayAway:
            return None


@dataclass(frozen=True)
class Audit:
    """Goes through the books of all campaigns as they are at one moment."""

    database: Database

    async def run(self, progress: Progress | None = None) -> tuple[Mapping[str, int], Breach | None]:
        """How much was gone through, by its names, and the first breach there is, if any."""
        seen = Counter[str](campaigns=0, transfers=0, charges=0, clicks=0)
        async with self.database.snapshot() as connection:
            total, after = await auditing.total(connection), None
            while page := await auditing.campaigns(connection, after):
                made = await auditing.audit(connection, page)
                seen, after = seen + made.seen, [*page][-1]
                if made.first:
                    return seen, made.first
                if progress:
                    progress(seen["campaigns"], total)
            return seen, await auditing.between(connection)
