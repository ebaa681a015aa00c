"""Sends the mail that is owed: the words and the one-time link are made now, and kept nowhere."""

from dataclasses import dataclass
from uuid import UUID

from app.db.jobs import Claim
from app.domain.jobs import is_hopeless
from app.domain.ports import Letters, Mailer, Undeliverable
from app.jobs.runner import GiveUp, Runner
from app.resolvers import notices


@dataclass(frozen=True)
class Post:
    """The post office: what hands letters to the mail server."""

    letters: Letters
    mailer: Mailer

    async def send(self, runner: Runner, claim: Claim) -> None:
        """Does `notices.send`. A runner that dies between sending and noting it sends again, under the same id."""
        id = UUID(claim.arguments["message"])
        async with runner.work(claim) as work:
            letter = await notices.compose(work, id, self.letters)
        if letter is None:  # it was sent, and the job's end was lost
            async with runner.ending(claim):
                return
        try:
            await self.mailer.send(letter)
        except Exception as fault:  # the last resort: whatever it is, the message says why it is late
            final = isinstance(fault, Undeliverable)
            async with runner.work(claim) as work:
                await notices.failed(work, id, str(fault), dead=final or is_hopeless(claim.failures + 1))
            if final:
                raise GiveUp(str(fault)) from fault
            raise
        async with runner.ending(claim) as work:
            await notices.sent(work, id)
