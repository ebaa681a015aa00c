"""Reports in the making: whatever dies, fails or is canceled meanwhile, there is one whole file or none."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.adapters import clock
from app.adapters.reports import Files
from app.db.jobs import Claim
from app.domain.delivery.attribution import Windows
from app.domain.ports import StorageAway
from app.jobs import reports as press
from app.jobs.reports import Press
from app.jobs.runner import Long, Runner
from app.resolvers import account_jobs
from app.resolvers.reports import WRITE
from tests.conftest import Api
from tests.people import EDITOR
from tests.reports import CANCEL, JOB, created, download, look, table, unpacked, written
from tests.streams import ask, until

HISTORY = "SELECT event FROM change ORDER BY seq"
DONE = [("JOB_CREATED",), ("JOB_STARTED",), ("JOB_SUCCEEDED",)]
Step = Callable[[], Awaitable[Any]]


def files(api: Api) -> list[str]:
    folder = Path(api.installation.settings.storage_url.removeprefix("file:"))
    return sorted(each.name for each in folder.rglob("*") if each.is_file())


class Sent:
    """The storage, and what happens once a file was sent there."""

    def __init__(self, api: Api, then: Step) -> None:
        self._storage, self._then = api.installation.storage, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    async def send(self, *arguments: Any) -> None:
        await self._storage.send(*arguments)
        await self._then()


class Added(Files):
    """The files, and what happens once rows were added."""

    def __init__(self, then: Step) -> None:
        self._then = then

    @asynccontextmanager
    async def open(self, *arguments: Any) -> AsyncIterator[Any]:
        async with super().open(*arguments) as sheet:
            add = sheet.add

            async def added(rows: Any) -> None:
                await add(rows)
                await self._then()

            sheet.add = added  # type: ignore[method-assign]
            yield sheet


def runner(api: Api, storage: Any = None, sheets: Any = None) -> Runner:
    made = Press(storage or api.installation.storage, sheets or Files(), timedelta(days=7), Windows())
    return Runner(api.installation.database, api.clock, {}, (), {WRITE: Long(made.write, account_jobs.give_up)})


def rows_of(api: Api, id: str) -> int:
    """How many rows the file of a job has."""
    return len(table(unpacked(download(api, look(api, id)["resultUrl"]).content)["csv"]))


def test_a_press_that_is_killed_leaves_nothing_and_another_writes_the_report(api: Api):
    id, settings = created(api), api.installation.settings
    command = [sys.executable, "-m", "tests.jobs.press", settings.database_url, settings.storage_url]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "writing\n"
    worker.kill()
    worker.communicate()
    assert (look(api, id)["status"], look(api, id)["resultUrl"], files(api)) == ("RUNNING", None, [])

    api.clock.now = clock.now() + timedelta(seconds=61)  # when the lease of the dead has run out
    api.work()
    assert (look(api, id)["status"], rows_of(api, id), files(api)) == ("SUCCEEDED", 2, ["report"])
    assert api.rows(HISTORY) == DONE
    assert api.rows("SELECT attempt FROM account_job") == [(2,)]


def test_who_was_taken_for_dead_gives_no_result(api: Api):
    id = created(api)

    async def taken_over() -> None:
        api.clock.pass_(seconds=61)
        assert await runner(api).drain() == 1

    late = runner(api, Sent(api, taken_over))
    api.run(late.drain)
    assert (look(api, id)["status"], rows_of(api, id), files(api)) == ("SUCCEEDED", 2, ["report"])
    assert api.rows(HISTORY) == DONE
    assert api.rows("SELECT attempt, result_key LIKE '%/2/report' FROM account_job")[0][0] == 2


@pytest.mark.parametrize("moment", ["written", "sent"])
def test_a_job_that_is_canceled_while_it_runs_keeps_nothing(api: Api, monkeypatch: pytest.MonkeyPatch, moment):
    monkeypatch.setattr(press, "NOTED", 0)
    monkeypatch.setattr("app.resolvers.reports.PAGE", 1)
    id, times = created(api), []

    async def cancel() -> None:
        times.append(await ask(api, CANCEL, EDITOR, id=id))

    made = runner(api, sheets=Added(cancel)) if moment == "written" else runner(api, Sent(api, cancel))
    api.run(made.drain)
    assert len(times) == 1
    assert (look(api, id)["status"], look(api, id)["resultUrl"], files(api)) == ("CANCELED", None, [])
    assert api.rows("SELECT status FROM job WHERE kind = 'reports.write'") == [("DONE",)]
    assert [row[0] for row in api.rows(HISTORY)] == ["JOB_CREATED", "JOB_STARTED", "JOB_CANCELED"]


def test_how_far_it_has_come_is_seen_while_it_runs(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(press, "NOTED", 0)
    monkeypatch.setattr("app.resolvers.reports.PAGE", 1)
    id, seen = created(api), []

    async def glance() -> None:
        job = (await ask(api, JOB, EDITOR, id=id))["job"]
        seen.append((job["status"], job["progress"]))

    api.run(runner(api, sheets=Added(glance)).drain)
    assert seen == [("RUNNING", "0"), ("RUNNING", "0.5")]
    assert look(api, id)["progress"] == "1"


def test_a_storage_that_is_away_is_tried_for_minutes_and_then_the_job_has_failed(api: Api):
    id, tries = created(api), []

    async def away() -> None:
        tries.append(api.clock.now)
        raise StorageAway("storage: no route")

    with capture_logs():
        for _ in range(20):
            api.run(runner(api, Sent(api, away)).drain)
            api.clock.pass_(minutes=1)
    (error,) = look(api, id)["userErrors"]
    assert (len(tries), look(api, id)["status"], error["code"]) == (5, "FAILED", "CONFLICT")
    assert "begin it again later" in error["message"]
    assert look(api, id)["resultUrl"] is None
    assert api.rows("SELECT status, last_error FROM job") == [("DEAD", "StorageAway: storage: no route")]


def test_a_fault_that_passes_is_no_failure(api: Api):
    id, tries = created(api), []

    async def away_once() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise StorageAway("storage: no route")

    with capture_logs():
        api.run(runner(api, Sent(api, away_once)).drain)
        assert look(api, id)["status"] == "RUNNING"
        api.clock.pass_(minutes=1)
        api.run(runner(api, Sent(api, away_once)).drain)
    assert (look(api, id)["status"], rows_of(api, id)) == ("SUCCEEDED", 2)


def test_a_job_that_kills_whoever_does_it_has_failed(api: Api):
    id = created(api)
    api.write("UPDATE job SET failures = 10")
    with capture_logs():
        api.work()

    assert (look(api, id)["status"], look(api, id)["userErrors"][0]["code"]) == ("FAILED", "CONFLICT")
    assert api.run(api.installation.jobs().revive, None) == 1
    api.work()
    assert (look(api, id)["status"], files(api)) == ("FAILED", [])


def test_a_report_of_too_many_rows_is_refused_with_the_limit(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.domain.reports.MOST_ROWS", 1)
    id = created(api)
    api.work()

    message = "The report would have 2 rows, and at most 1 are written: ask for fewer days."
    error = {"__typename": "LimitExceeded", "code": "LIMIT", "message": message, "path": ["query"], "limit": 1}
    assert (look(api, id)["status"], look(api, id)["userErrors"], files(api)) == ("FAILED", [error], [])
    assert api.rows("SELECT status FROM job WHERE kind = 'reports.write'") == [("DONE",)]


# ---- what is left over


def test_a_file_is_discarded_after_so_many_days_and_the_job_stays(api: Api):
    job, statuses = written(api), []
    for days in (6, 1):
        api.clock.pass_(days=days)
        url = look(api, job["id"])["resultUrl"]
        api.work()
        statuses.append(download(api, url).status_code)

    left = look(api, job["id"])
    assert (left["status"], left["resultUrl"], left["resultExpiresAt"]) == ("SUCCEEDED", None, "2026-11-27T12:00:00Z")
    assert (statuses, files(api)) == ([200, 404], [])
    assert api.rows("SELECT download_key, discard_at FROM account_job") == [(None, None)]


def test_what_a_dead_press_left_of_a_canceled_job_goes_after_an_hour(api: Api):
    id = created(api)
    api(CANCEL, as_=EDITOR, id=id)
    (folder,) = api.run(_folders, api)
    api.run(api.installation.storage.write, f"{folder}/1/report", b"whole", "")
    base = Path(api.installation.settings.storage_url.removeprefix("file:")) / folder
    (base / "2").mkdir()
    (base / "2" / "report#1").write_bytes(b"half")
    seen = []
    for minutes in (0, 59, 10):  # it is looked for every ten minutes
        api.clock.pass_(minutes=minutes)
        api.work()
        seen.append(files(api))
    assert (seen, base.exists()) == ([["report", "report#1"]] * 2 + [[]], False)


async def _folders(api: Api) -> list[str]:
    from sqlalchemy import select

    from app.db.tables.account_jobs import AccountJob

    async with api.installation.database.reading() as connection:
        return [account_jobs.folder(id) for id in (await connection.execute(select(AccountJob.id))).scalars()]


# ---- beside others


def test_what_takes_long_keeps_no_others_waiting(api: Api):
    done: list[str] = []
    gone = asyncio.Event()

    async def wait(_: Runner, __: Claim) -> None:
        await gone.wait()
        done.append("long")

    async def quick(_: Runner, __: Claim) -> None:
        done.append("quick")
        gone.set()

    keeper = Runner(api.installation.database, api.clock, {"quick": quick}, (), {"long": Long(wait, _nothing)})
    api.run(_kept, api, keeper, lambda: len(done) >= 3)
    assert done[0] == "quick"


async def _kept(api: Api, keeper: Runner, holds: Any) -> None:
    """Let it work until that holds; what takes long is owed first."""
    await _owe(api, "long", "long", "long")
    keeping = asyncio.create_task(keeper.keep())
    await asyncio.sleep(0.2)
    await _owe(api, "quick")
    await until(holds)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def _nothing(*_: Any, **__: Any) -> None: ...


async def _owe(api: Api, *kinds: str) -> None:
    async with api.installation.runner._change("test") as work:
        for kind in kinds:
            work.later(kind)
