"""A runner in a process of its own, for tests that kill it: `python -m tests.jobs.worker DATABASE_URL`."""

import asyncio
import sys
from datetime import timedelta

from app.adapters import clock
from app.db.engine import Database
from app.db.tables.jobs import Job
from app.db.work import Work
from app.jobs.runner import Runner, changing

NEVER = timedelta(days=9999)


async def count(work: Work) -> None:
    """An effect that shows when it is had twice."""
    work.add(Job(kind="effect", arguments={}, due_at=work.now + NEVER, created_at=work.now))


def runner(url: str, ahead: timedelta = timedelta()) -> Runner:
    return Runner(Database.at(url), lambda: clock.now() + ahead, {"count": changing(count)}, ())


async def main(url: str) -> None:
    sys.stdout.write("working\n")
    sys.stdout.flush()
    await runner(url).keep()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
