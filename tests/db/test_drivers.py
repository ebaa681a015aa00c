"""Where prepared statements run: a pool that mends itself, threads of their own, and the connection of a Work."""

import asyncio
import sqlite3
import threading
from functools import partial
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select, text

from app.db.drivers import PostgresReads, SqliteReads
from app.db.engine import is_away
from app.db.prepared import Prepared
from app.db.reader import Inside, Pooled
from app.db.scope import find
from app.db.tables.campaigns import Campaign
from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from tests.conftest import Api
from tests.people import NOW, uid

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
NAME = select(Campaign.name).where(Campaign.id == uid("spring"))


# ---- PostgreSQL's pool


async def backend(reads: PostgresReads) -> int:
    ((pid,),) = await reads.fetch("SELECT pg_backend_pid()", [])
    return pid


async def end(api: Api, *pids: int) -> None:
    """End backends, and wait until they are gone."""
    async with api.installation.database.writer.connect() as connection:
        await connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM unnest(CAST(:pids AS int[])) pid"), {"pids": list(pids)}
        )
    await gone(api, *pids)


async def gone(api: Api, *pids: int) -> None:
    left = text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(:pids)")
    for _ in range(200):
        async with api.installation.database.reading() as connection:
            if await connection.scalar(left, {"pids": list(pids)}) == 0:
                return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{pids} are still there")


@ON_POSTGRESQL
def test_a_connection_that_rested_is_asked_whether_it_lives(api: Api, monkeypatch):
    async def replaced() -> tuple[int, int]:
        database, pid = api.installation.database, text("SELECT pg_backend_pid()")
        async with database.writer.connect() as connection:
            first = await connection.scalar(pid)
        await database.reads.fetch("SELECT pg_terminate_backend($1)", [first])
        await asyncio.sleep(0.1)
        async with database.writer.connect() as connection:
            return first, await connection.scalar(pid)

    monkeypatch.setattr("app.db.engine.IDLE", 0.05)
    first, second = api.run(replaced)
    assert first != second


@ON_POSTGRESQL
def test_a_backend_that_was_ended_is_replaced_at_the_next_statement(api: Api):
    async def replaced() -> tuple[int, list[int]]:
        reads = api.installation.database.reads
        first = await backend(reads)
        await end(api, first)
        return first, [await backend(reads) for _ in range(3)]

    first, later = api.run(replaced)
    assert first not in later
    assert len(set(later)) == 1


@ON_POSTGRESQL
def test_when_all_backends_were_ended_questions_are_answered_all_the_same(api: Api):
    async def many() -> tuple[set[int], set[int]]:
        reads = api.installation.database.reads
        before = set(await asyncio.gather(*(backend(reads) for _ in range(30))))
        await end(api, *before)
        return before, set(await asyncio.gather(*(backend(reads) for _ in range(30))))

    before, after = api.run(many)
    assert 1 <= len(before) <= 10
    assert not before & after


@ON_POSTGRESQL
def test_a_statement_whose_backend_is_ended_fails_as_a_database_that_is_away(api: Api):
    async def broken() -> int:
        reads = api.installation.database.reads
        with pytest.raises(asyncpg.PostgresError) as caught:
            await reads.fetch("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", [])
        assert is_away(caught.value)
        return await backend(reads)

    assert api.run(broken) > 0


@ON_POSTGRESQL
def test_a_faulty_statement_leaves_its_connection_fit_for_the_next(api: Api):
    async def faulty() -> tuple[int, int]:
        reads = api.installation.database.reads
        first = await backend(reads)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await reads.fetch("SELECT 1 / $1::int", [0])
        return first, await backend(reads)

    first, second = api.run(faulty)
    assert first == second


@ON_POSTGRESQL
def test_a_reading_connection_compiles_no_statements_and_gives_json_as_values(api: Api):
    reads = api.installation.database.reads

    assert api.run(reads.fetch, "SHOW jit", []) == [("off",)]
    assert api.run(reads.fetch, """SELECT '{"a": [1, null]}'::json""", []) == [({"a": [1, None]},)]


@ON_POSTGRESQL
def test_a_pool_that_was_closed_leaves_no_backend_behind(api: Api):
    async def closed() -> None:
        reads = api.installation.database.reads
        pid = await backend(reads)
        await reads.close()
        await gone(api, pid)

    api.run(closed)


def test_what_was_never_asked_can_be_closed(api: Api):
    api.run(api.installation.database.reads.close)


# ---- inside a Work


async def name_of(reader: Any, api: Api) -> str:
    ((name,),) = await reader.columns(Prepared(NAME, api.installation.database.dialect), {})
    return name


def test_a_statement_inside_a_work_sees_what_the_work_has_changed(api: Api):
    async def change() -> list[str]:
        database = api.installation.database
        async with transaction(database, OPERATOR, EVERYTHING, NOW, "test") as work:
            campaign = await find(work, Campaign, uid("spring"))
            campaign.name = "Changed"
            await work.flush()
            seen = [await name_of(Inside(work.session), api), await name_of(Pooled(database), api)]
        return [*seen, await name_of(Pooled(database), api)]

    assert api.run(change) == ["Changed", "Spring", "Changed"]


def test_statements_inside_a_work_take_turns_on_its_connection(api: Api):
    async def several() -> list[str]:
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, NOW, "test") as work:
            reader = Inside(work.session)
            return await asyncio.gather(*(name_of(reader, api) for _ in range(10)))

    assert api.run(several) == ["Spring"] * 10


def test_after_its_end_a_work_reads_nothing(api: Api):
    async def ended() -> list[Any]:
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, NOW, "test") as work:
            reader = Inside(work.session)
            await reader.end()
            return await reader.columns(Prepared(NAME, api.installation.database.dialect), {})

    assert api.run(ended) == [()]


def test_a_statement_given_up_inside_a_work_does_not_take_the_work_with_it(api: Api):
    async def given_up() -> str:
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, NOW, "test") as work:
            reader = Inside(work.session)
            waiting = asyncio.ensure_future(name_of(reader, api))
            await asyncio.sleep(0)
            waiting.cancel()
            (await find(work, Campaign, uid("spring"))).name = "Changed"
        return await name_of(Pooled(api.installation.database), api)

    assert api.run(given_up) == "Changed"


# ---- SQLite's threads


class Meeting:
    """Makes connections with a function that waits until it runs twice at once."""

    def __init__(self) -> None:
        self.made: list[sqlite3.Connection] = []
        self._barrier = threading.Barrier(2, timeout=20)

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.create_function("meet", 0, self._barrier.wait)
        self.made.append(connection)
        return connection


def test_two_statements_run_at_the_same_time_in_threads_with_a_connection_each():
    meeting = Meeting()

    async def meet() -> list[Any]:
        reads = SqliteReads(meeting.connect, 2)
        found = await asyncio.gather(*(reads.fetch("SELECT meet()", []) for _ in range(2)))
        await reads.close()
        return found

    assert sorted(asyncio.run(meet())) == [[(0,)], [(1,)]]
    assert len(meeting.made) == 2


def test_while_a_statement_runs_the_loop_goes_on():
    async def ask() -> Any:
        loop, reached, passed = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def wait() -> bool:
            loop.call_soon_threadsafe(reached.set)
            return passed.wait(20)

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(":memory:", check_same_thread=False)
            connection.create_function("wait", 0, wait)
            return connection

        reads = SqliteReads(connect, 1)
        asked = asyncio.ensure_future(reads.fetch("SELECT wait()", []))
        await reached.wait()
        passed.set()  # only a loop that goes on comes here while the statement runs
        found = await asked
        await reads.close()
        return found

    assert asyncio.run(ask()) == [(1,)]


def test_a_thread_keeps_its_connection():
    meeting = Meeting()

    async def ask() -> None:
        reads = SqliteReads(meeting.connect, 1)
        for _ in range(5):
            assert await reads.fetch("SELECT ?", [7]) == [(7,)]
        await reads.close()

    asyncio.run(ask())
    assert len(meeting.made) == 1


def test_closing_closes_every_connection_and_ends_the_threads():
    meeting, before = Meeting(), set(threading.enumerate())

    async def ask_and_close() -> None:
        reads = SqliteReads(meeting.connect, 2)
        await asyncio.gather(*(reads.fetch("SELECT meet()", []) for _ in range(2)))
        await reads.close()

    asyncio.run(ask_and_close())
    for connection in meeting.made:
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            connection.execute("SELECT 1")
    assert [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("endcap")] == []


def test_who_asks_after_closing_gets_a_new_connection():
    meeting = Meeting()

    async def ask_again() -> Any:
        reads = SqliteReads(meeting.connect, 1)
        await reads.fetch("SELECT 1", [])
        await reads.close()
        found = await reads.fetch("SELECT 2", [])
        await reads.close()
        return found

    assert asyncio.run(ask_again()) == [(2,)]
    assert len(meeting.made) == 2


def test_a_faulty_statement_leaves_the_thread_fit_for_the_next():
    async def ask() -> Any:
        reads = SqliteReads(partial(sqlite3.connect, ":memory:", check_same_thread=False), 1)
        with pytest.raises(sqlite3.OperationalError):
            await reads.fetch("SELECT nothing", [])
        found = await reads.fetch("SELECT 1", [])
        await reads.close()
        return found

    assert asyncio.run(ask()) == [(1,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reading_connection_has_the_functions_that_sqlite_lacks(api: Api):
    found = api.run(api.installation.database.reads.fetch, "SELECT endcap_ratio(?, ?), endcap_units(?)", [1, 3, 5])

    assert found == [("0.333333", "0.000005")]
