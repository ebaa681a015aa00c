"""The schedule: each task in its time, none of them in the way of another, and an end with the server."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.config import Settings
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.events import Event
from app.jobs.schedule import SCHEDULE, Task, keep, run
from app.wiring import Installation
from tests.conftest import Api
from tests.people import EDITOR, NOW, SPRING, uid

SOON = timedelta(milliseconds=1)


async def kept(api: Api, *tasks: Task, until: Any) -> None:
    """Keep the tasks as a server does, until something holds; at most five seconds."""
    running = [asyncio.create_task(keep(task, api.installation.database, api.clock)) for task in tasks]
    async with asyncio.timeout(5):
        while not until():  # noqa: ASYNC110 - it may be about several tasks
            await asyncio.sleep(0.005)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def test_the_tasks_and_their_times():
    every = {task.name: task.every for task in SCHEDULE}

    assert every == {"campaigns.keep_time": timedelta(seconds=30), "idempotency.forget": timedelta(hours=1)}


def test_a_task_is_a_transaction_of_the_system_at_the_time_it_is(api: Api):
    seen: list[Work] = []

    async def look(work: Work) -> None:
        seen.append(work)

    api.run(run, Task("look", SOON, look), api.installation.database, NOW)
    (work,) = seen
    assert (work.caller.name, work.caller.via.value, work.action, work.now) == ("Endcap", "JOB", "look", NOW)
    assert work.scope.everything


def test_a_failing_task_is_logged_and_tried_again_and_the_others_go_on(api: Api):
    calls = {"bad": 0, "good": 0}

    async def bad(_: Work) -> None:
        calls["bad"] += 1
        raise LookupError("no luck")

    async def good(_: Work) -> None:
        calls["good"] += 1

    with capture_logs() as logs:
        tasks = Task("bad", SOON, bad), Task("good", SOON, good)
        api.run(lambda: kept(api, *tasks, until=lambda: min(calls.values()) >= 3))

    assert {(log["event"], log["task"], log["log_level"]) for log in logs} == {("task failed", "bad", "error")}
    assert len(logs) >= 3


def test_what_a_failing_task_wrote_is_undone(api: Api):
    async def write_and_fail(work: Work) -> None:
        campaign = await work.session.get_one(Campaign, uid("spring"))
        campaign.name = "Renamed"
        work.emit(Event.CAMPAIGN_UPDATED, campaign)
        await work.flush()
        raise LookupError

    with capture_logs() as logs:
        api.run(lambda: kept(api, Task("bad", timedelta(hours=1), write_and_fail), until=lambda: logs))
    assert api.rows("SELECT count(*) FROM change") == [(0,)]
    assert api.rows("SELECT count(*) FROM campaign WHERE name = 'Renamed'") == [(0,)]


def test_a_task_runs_at_once_and_then_rests(api: Api):
    calls: list[datetime] = []

    async def note(work: Work) -> None:
        calls.append(work.now)

    api.run(lambda: kept(api, Task("note", timedelta(hours=1), note), until=lambda: calls))
    assert calls == [NOW]


# ---- what the tasks do


def status(api: Api) -> str:
    return api.rows("SELECT effective_status FROM campaign WHERE name = 'Spring'")[0][0]


def test_time_begins_and_ends_campaigns_and_their_ads(api: Api):
    from_, to = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    update = """mutation ($id: ID!, $start: DateTime!, $end: DateTime!) {
      campaignUpdate(input: {id: $id, start: $start, end: $end}) { userErrors { message } } }"""
    api(update, as_=EDITOR, id=SPRING, start=from_.isoformat(), end=to.isoformat())
    seen = [status(api)]
    for _ in range(3):
        api.run(api.installation.tick)
        seen.append(status(api))
        api.clock.pass_(hours=1)
    assert seen == ["SCHEDULED", "SCHEDULED", "RUNNING", "ENDED"]
    assert api.rows("SELECT effective_status FROM ad WHERE title = 'The tent'") == [("ENDED",)]


# ---- with the server


def test_the_schedule_starts_and_ends_with_the_server(api: Api, monkeypatch):
    started, ended = asyncio.Event(), asyncio.Event()

    async def wait(_: Work) -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    monkeypatch.setattr("app.jobs.schedule.SCHEDULE", (Task("wait", SOON, wait),))

    async def serve() -> tuple[bool, set[Any]]:
        application = api.installation.application
        async with asyncio.timeout(5), application.router.lifespan_context(application):
            await started.wait()
            running = ended.is_set()
        return running, asyncio.all_tasks() - {asyncio.current_task()}

    assert api.run(serve) == (False, set())
    assert ended.is_set()


def test_a_server_closes_its_connections_when_it_ends(api: Api):
    database = api.installation.database

    async def serve() -> None:
        application = api.installation.application
        async with application.router.lifespan_context(application):
            assert (await api._request("GET", "/readyz", {})).status_code == 200

    api.run(serve)
    assert [engine.pool.checkedin() for engine in (database.writer, database.reader)] == [0, 0]


def test_a_whole_server_serves_and_ends(database_url):
    installation = Installation(Settings(database_url=database_url))
    with TestClient(installation.application, base_url="http://127.0.0.1:8000") as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.post("/graphql", json={"query": "{ serverInfo { defaultCurrency } }"}).json() == {
            "data": {"serverInfo": {"defaultCurrency": "USD"}}
        }
