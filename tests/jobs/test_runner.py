"""Jobs: each is done, none twice in effect, whatever dies meanwhile; what cannot be done is kept for an operator."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.db import jobs
from app.db.tables.jobs import Job
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.jobs import JobStatus
from app.jobs.runner import GiveUp, Long, Runner, changing
from tests.conftest import Api
from tests.people import NOW, uid

STATE = "SELECT status, failures, last_error FROM job"


def changed(api: Api, change: Callable[[Work], Awaitable[Any]]) -> Any:
    """What a change answers, in a transaction of its own."""

    async def run() -> Any:
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock(), "test") as work:
            return await change(work)

    return api.run(run)


def owe(api: Api, kind: str, times: int = 1, **arguments: Any) -> None:
    async def owe_(work: Work) -> None:
        for _ in range(times):
            work.later(kind, **arguments)

    changed(api, owe_)


def runner(api: Api, **handlers: Any) -> Runner:
    return Runner(api.installation.database, api.clock, handlers, ())


async def count(work: Work) -> None:
    """An effect that shows when it is had twice."""
    work.add(Job(kind="effect", arguments={}, due_at=work.now + timedelta(days=9), created_at=work.now))


def effects(api: Api) -> int:
    return api.rows("SELECT count(*) FROM job WHERE kind = 'effect'")[0][0]


def test_a_job_is_done_once_with_its_arguments(api: Api):
    seen: list[Any] = []

    async def note(_: Work, **arguments: Any) -> None:
        seen.append(arguments)

    owe(api, "note", to="me", times=1)
    assert [api.run(runner(api, note=changing(note)).drain) for _ in range(2)] == [1, 0]
    assert seen == [{"to": "me"}]
    assert api.rows(STATE) == [("DONE", 0, None)]


def test_what_is_owed_goes_with_the_change_that_owes_it(api: Api):
    async def fail(work: Work) -> None:
        work.later("note")
        raise LookupError

    with pytest.raises(LookupError):
        changed(api, fail)
    assert api.rows(STATE) == []


def test_many_runners_share_the_work_and_none_does_it_again(api: Api):
    owe(api, "count", times=60)

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(runner(api, count=changing(count)).drain() for _ in range(4)))

    assert sum(api.run(all_of_them)) == 60
    assert effects(api) == 60


def test_what_failed_is_tried_again_after_longer_and_longer_pauses_and_then_kept(api: Api):
    tries: list[Any] = []

    async def fail(work: Work) -> None:
        tries.append(work.now - NOW)
        await count(work)
        raise LookupError("nobody at home")

    owe(api, "fail")
    failing = runner(api, fail=changing(fail))
    with capture_logs():
        for _ in range(24 * 60):
            api.run(failing.drain)
            api.clock.pass_(minutes=1)
        first = [round(each / timedelta(minutes=1)) for each in tries[:6]]

    assert first == [0, 1, 2, 4, 10, 32]
    assert len(tries) == 10
    assert api.rows(STATE) == [("DEAD", 10, "LookupError: nobody at home")]
    assert effects(api) == 0


def test_what_can_never_succeed_is_given_up_at_once_and_an_operator_tries_again(api: Api):
    async def refuse(_: Any, __: Any) -> None:
        raise GiveUp("550 no such mailbox")

    owe(api, "refuse")
    with capture_logs():
        api.run(runner(api, refuse=refuse).drain)
    assert api.rows(STATE) == [("DEAD", 1, "550 no such mailbox")]

    desk = api.installation.jobs()
    (dead,) = api.run(desk.of_status, JobStatus.DEAD)
    assert api.run(desk.revive, [uid("another")]) == 0
    assert api.run(desk.revive, [dead.id]) == 1
    assert api.run(runner(api, refuse=changing(count)).drain) == 1
    assert api.rows(f"{STATE} WHERE kind = 'refuse'") == [("DONE", 0, None)]


def test_a_job_of_a_kind_that_nobody_knows_waits_for_who_does(api: Api):
    owe(api, "newer")
    with capture_logs():
        api.run(runner(api).drain)
    assert api.rows(STATE)[0][:2] == ("QUEUED", 1)

    api.clock.pass_(minutes=1)
    assert api.run(runner(api, newer=changing(count)).drain) == 1


# ---- leases


def claim(api: Api) -> list[jobs.Claim]:
    return changed(api, lambda work: jobs.claim(work, jobs.Lane(10, frozenset(), others=True)))


def test_a_lease_that_runs_out_is_taken_over_and_who_had_it_ends_nothing(api: Api):
    owe(api, "count")
    (dead,) = claim(api)
    assert claim(api) == []
    api.clock.pass_(seconds=61)
    (heir,) = claim(api)

    async def end(claim: jobs.Claim) -> None:
        async with runner(api).ending(claim) as work:
            await count(work)

    with pytest.raises(jobs.Lost):
        api.run(end, dead)
    assert (effects(api), heir.failures) == (0, 1)
    api.run(end, heir)
    assert effects(api) == 1
    assert api.rows(f"{STATE} WHERE kind = 'count'") == [("DONE", 0, None)]


def test_a_lease_is_renewed_while_the_job_runs(api: Api):
    owe(api, "count")
    (held,) = claim(api)
    api.clock.pass_(seconds=40)
    changed(api, lambda work: jobs.renew(work, [held]))
    api.clock.pass_(seconds=40)

    assert claim(api) == []


def test_a_renewal_that_fails_is_tried_again(api: Api, monkeypatch):
    monkeypatch.setattr("app.jobs.runner.LEASE", timedelta(seconds=0.03))
    renewals: list[int] = []

    async def renew(*_: Any) -> None:
        renewals.append(1)
        raise OSError("away")

    async def wait(runner: Runner, claim: jobs.Claim) -> None:
        while len(renewals) < 3:  # noqa: ASYNC110 - it may be any of them
            await asyncio.sleep(0.01)
        async with runner.ending(claim):
            pass

    monkeypatch.setattr("app.db.jobs.renew", renew)
    owe(api, "wait")
    with capture_logs() as logs:
        assert api.run(runner(api, wait=wait).drain) == 1

    assert {log["event"] for log in logs} == {"leases were not renewed"}
    assert api.rows(STATE) == [("DONE", 0, None)]


def test_a_runner_ends_when_it_is_stopped_even_without_its_database(api: Api, monkeypatch):
    started = asyncio.Event()

    async def wait(_: Runner, __: jobs.Claim) -> None:
        started.set()
        await asyncio.sleep(60)

    async def release(*_: Any) -> None:
        raise OSError("away")

    async def stop() -> None:
        keeping = asyncio.create_task(runner(api, wait=wait).keep())
        await started.wait()
        monkeypatch.setattr("app.db.jobs.release", release)
        keeping.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(keeping, return_exceptions=True)
        assert keeping.cancelled()

    owe(api, "wait")
    with capture_logs() as logs:
        api.run(stop)
    assert [log["event"] for log in logs] == ["leases were not given back"]


def test_a_runner_that_is_stopped_ends_when_each_of_its_lanes_has_given_back_what_it_held(api: Api, monkeypatch):
    release, given_back = jobs.release, []

    async def late(work: Work, claims: Any) -> None:
        await asyncio.sleep(0.1)  # the other lane is through by then, or waits for its turn to write
        await release(work, claims)
        given_back.extend(claim.kind for claim in claims)

    monkeypatch.setattr("app.db.jobs.release", late)
    owe(api, "short")
    owe(api, "long")
    api.run(_stop_amid_both, api)

    assert sorted(given_back) == ["long", "short"]
    assert api.rows("SELECT status, fence, leased_until FROM job") == [("QUEUED", 1, None)] * 2


async def _stop_amid_both(api: Api) -> None:
    """Let a runner begin with the short and with the long one, neither of which ends, and stop it."""
    begun = asyncio.Semaphore(0)

    async def endless(_: Runner, __: jobs.Claim) -> None:
        begun.release()
        await asyncio.sleep(60)

    both = Runner(api.installation.database, api.clock, {"short": endless}, (), {"long": Long(endless, changing)})
    keeping = asyncio.create_task(both.keep())
    for _ in range(2):
        await begun.acquire()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


def test_a_job_that_kills_its_runner_each_time_is_given_up(api: Api):
    owe(api, "count")
    for _ in range(10):
        claim(api)
        api.clock.pass_(seconds=61)
    with capture_logs() as logs:
        api.run(runner(api, count=changing(count)).drain)

    assert [log["now"] for log in logs] == ["DEAD"]
    assert api.rows(STATE) == [("DEAD", 11, "its lease ran out again and again: it kills who does it")]
    assert effects(api) == 0


def test_jobs_that_are_done_are_forgotten_after_a_week(api: Api):
    owe(api, "count")
    api.run(runner(api, count=changing(count)).drain)
    api.clock.pass_(days=6, hours=23)
    api.work()
    assert api.rows("SELECT count(*) FROM job WHERE status = 'DONE'") == [(1,)]
    api.clock.pass_(hours=2)
    api.work()
    assert api.rows("SELECT count(*) FROM job WHERE status = 'DONE'") == [(0,)]


def test_who_is_stopped_while_leases_are_let_go_is_stopped(api: Api):
    keeper = Runner(api.installation.database, api.clock, {}, ())

    async def work() -> None:
        async with keeper._leased([]):
            pass
        await asyncio.sleep(60)

    async def stopped() -> bool:
        working = asyncio.create_task(work())
        await asyncio.sleep(0)  # it waits for what renewed the leases
        working.cancel()
        await asyncio.wait([working], timeout=1)
        return working.cancelled()

    assert api.run(stopped)
