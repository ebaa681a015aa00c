"""The schedule: each task in its time, once however many runners there are, and in nobody's way."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.config import Settings
from app.db.tables.campaigns import Campaign
from app.db.work import Work
from app.domain.events import Event
from app.jobs.runner import Runner
from app.jobs.schedule import SCHEDULE, Task
from app.wiring import Installation
from tests.conftest import Api
from tests.people import EDITOR, NOW, SPRING, uid

HOUR = timedelta(hours=1)


def runner(api: Api, *tasks: Task) -> Runner:
    return Runner(api.installation.database, api.clock, {}, tasks)


def test_the_tasks_and_their_times():
    minutes = {task.name: task.every / timedelta(minutes=1) for task in SCHEDULE}

    assert minutes == {
        "assets.discard": 10,
        "auctions.forget": 10,
        "billing.close": 1,
        "billing.collect": 1,
        "campaigns.keep_cards": 10,
        "campaigns.keep_time": 0.5,
        "cards.expire": 0.5,
        "cards.warn": 360,
        "delivery.learn": 10,
        "delivery.pace": 1,
        "events.forget": 60,
        "idempotency.forget": 60,
        "jobs.discard": 10,
        "jobs.forget": 60,
        "links.forget": 60,
        "metrics.close": 5,
        "onboarding.remind": 5,
        "pages.widgets": 5,
        "payments.forget": 60,
    }


def test_a_task_is_a_transaction_of_the_system_at_the_time_it_is(api: Api):
    seen: list[Work] = []

    async def look(work: Work) -> None:
        seen.append(work)

    assert api.run(runner(api, Task("look", HOUR, look)).drain) == 1
    (work,) = seen
    assert (work.caller.name, work.caller.via.value, work.action, work.now) == ("Endcap", "JOB", "look", NOW)
    assert work.scope.everything


def test_a_task_runs_at_once_and_then_in_its_time_whoever_keeps_it(api: Api):
    calls: list[datetime] = []

    async def note(work: Work) -> None:
        calls.append(work.now)

    runners = [runner(api, Task("note", HOUR, note)) for _ in range(3)]
    for minutes in (0, 59, 1, 0):
        api.clock.pass_(minutes=minutes)
        for each in runners:
            api.run(each.drain)
    assert calls == [NOW, NOW + HOUR]


def test_a_failing_task_is_logged_undone_and_tried_again_and_the_others_go_on(api: Api):
    calls: list[datetime] = []

    async def bad(work: Work) -> None:
        campaign = await work.session.get_one(Campaign, uid("spring"))
        campaign.name = "Renamed"
        work.emit(Event.CAMPAIGN_UPDATED, campaign)
        await work.flush()
        raise LookupError("no luck")

    async def good(work: Work) -> None:
        calls.append(work.now)

    both = runner(api, Task("bad", HOUR, bad), Task("good", HOUR, good))
    with capture_logs() as logs:
        for _ in range(30):
            api.run(both.drain)
            api.clock.pass_(minutes=10)

    assert calls == [NOW + HOUR * n for n in range(5)]
    assert {(log["event"], log["kind"], log["now"]) for log in logs} == {("job failed", "bad", "QUEUED")}
    assert len(logs) == 30
    assert api.rows("SELECT count(*) FROM change") == [(0,)]
    assert api.rows("SELECT count(*) FROM campaign WHERE name = 'Renamed'") == [(0,)]


def test_the_schedule_is_never_given_up(api: Api):
    done: list[datetime] = []

    async def note(work: Work) -> None:
        done.append(work.now)

    keeper = runner(api, Task("note", HOUR, note))
    api.run(keeper.drain)
    api.write("UPDATE job SET status = 'QUEUED', failures = 99, due_at = created_at")
    api.run(keeper.drain)
    api.write("UPDATE job SET status = 'DEAD'")
    api.run(keeper.drain)

    assert len(done) == 3


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
        api.work()
        seen.append(status(api))
        api.clock.pass_(hours=1)
    assert seen == ["SCHEDULED", "SCHEDULED", "RUNNING", "ENDED"]
    assert api.rows("SELECT effective_status FROM ad WHERE title = 'The tent'") == [("ENDED",)]


# ---- with the server


def test_the_jobs_start_and_end_with_the_server_and_what_was_begun_is_given_back(api: Api):
    started, ended = asyncio.Event(), asyncio.Event()

    async def wait(_: Work) -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    api.installation.runner = runner(api, Task("wait", HOUR, wait))

    async def serve() -> tuple[bool, set[Any]]:
        application = api.installation.application
        async with asyncio.timeout(30), application.router.lifespan_context(application):
            await started.wait()
            running = ended.is_set()
        return running, asyncio.all_tasks() - {asyncio.current_task()}

    assert api.run(serve) == (False, set())
    assert ended.is_set()
    assert api.rows("SELECT status, leased_until FROM job") == [("QUEUED", None)]


def test_a_server_does_no_jobs_where_they_have_a_process_of_their_own(api: Api):
    url = api.installation.settings.database_url
    alone = Installation(Settings(database_url=url, work=False), api.clock)

    async def serve() -> None:
        async with alone.application.router.lifespan_context(alone.application):
            await asyncio.sleep(0.2)

    api.run(serve)
    assert api.rows("SELECT count(*) FROM job") == [(0,)]


def test_a_server_closes_its_connections_when_it_ends(api: Api):
    database = api.installation.database

    async def serve() -> None:
        application = api.installation.application
        async with application.router.lifespan_context(application):
            answer = await api._request("GET", "/readyz", {})
            assert answer.status_code in (200, 503)  # the ads may still be being read

    api.run(serve)
    assert [engine.pool.checkedin() for engine in (database.writer, database.reader)] == [0, 0]


def test_a_whole_server_serves_and_ends(database_url):
    installation = Installation(Settings(database_url=database_url))
    with TestClient(installation.application, base_url="http://127.0.0.1:8000") as client:
        while client.get("/readyz").status_code == 503:  # the ads are still being read
            time.sleep(0.02)
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.post("/graphql", json={"query": "{ serverInfo { defaultCurrency } }"}).json() == {
            "data": {"serverInfo": {"defaultCurrency": "USD"}}
        }
