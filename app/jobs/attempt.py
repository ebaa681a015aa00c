"""An attempt at a job of an account: canceled, refused, or tried again while somebody waits for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app.db.jobs import Claim, Lost
from app.domain import account_jobs as rules
from app.domain.errors import Refusal
from app.jobs.runner import GiveUp, Runner
from app.resolvers import account_jobs as jobs


class Ended(Exception):
    """The job was canceled, or begun again by another: this attempt changes nothing more."""


@asynccontextmanager
async def attempt(runner: Runner, claim: Claim, job_id: UUID) -> AsyncIterator[None]:
    """What is done within ends the job by itself; here it ends where it raises Ended or a Refusal.

    Raises GiveUp once the last attempt has failed, and before that what it failed of.
    """
    try:
        yield
    except Refusal as refusal:
        async with runner.ending(claim) as work:
            await jobs.fail(work, job_id, *refusal.problems)
    except Ended:
        async with runner.ending(claim):
            pass
    except Lost:
        raise
    except Exception as fault:  # the last resort: whatever it is, it is tried again while somebody waits for it
        if claim.failures + 1 >= rules.MOST_ATTEMPTS:
            raise GiveUp(f"{type(fault).__name__}: {fault}") from fault
        raise
