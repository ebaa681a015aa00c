"""Runners are killed in the middle of their work: every job is done, and none twice in effect."""

import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from app.adapters import clock
from app.db.tables.jobs import Job
from tests.conftest import Api
from tests.jobs.worker import runner

JOBS = 5000
BY_STATUS = "SELECT kind, status, count(*) FROM job GROUP BY kind, status ORDER BY kind"


def owe(api: Api, now: datetime) -> None:
    rows = [{"id": uuid7(), "kind": "count", "arguments": {}, "due_at": now, "created_at": now} for _ in range(JOBS)]

    async def run() -> None:
        async with api.installation.database.writer.begin() as connection:
            await connection.execute(insert(Job), rows)

    api.run(run)


def done(api: Api) -> int:
    return api.rows("SELECT count(*) FROM job WHERE kind = 'effect'")[0][0]


def start(url: str) -> subprocess.Popen[str]:
    worker = subprocess.Popen([sys.executable, "-m", "tests.jobs.worker", url], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "working\n"
    return worker


def kill(worker: subprocess.Popen[str]) -> None:
    worker.kill()
    worker.communicate()


def test_runners_that_are_killed_leave_nothing_undone_and_nothing_twice(api: Api):
    url = api.installation.settings.database_url
    owe(api, clock.now())
    at_death: list[int] = []
    for _ in range(4):
        before, workers = done(api), [start(url), start(url)]
        while done(api) < before + 200:
            time.sleep(0.01)
        for worker in workers:
            kill(worker)
        at_death.append(done(api))
    assert at_death[-1] < JOBS, "they were killed too late to show anything"

    async def finish() -> Any:
        last = runner(url, ahead=timedelta(seconds=61))  # when the leases of the dead have run out
        try:
            return await last.drain()
        finally:
            await last.database.close()

    assert api.run(finish) == JOBS - at_death[-1]
    assert api.rows(BY_STATUS) == [("count", "DONE", JOBS), ("effect", "QUEUED", JOBS)]
