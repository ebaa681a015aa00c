"""The table of changes as it is followed: in the order of its numbers, nothing lost, nothing doubled."""

import asyncio
import random

import pytest

from app.db import followers
from app.db.changes import Changes
from app.db.followers import Behind, Follower, Followers
from app.db.tables.accounts import Account
from app.db.work import Transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.events import Event
from tests.conftest import Api
from tests.people import NOW, uid


async def write(api: Api, note: str) -> tuple[Transaction, int]:
    """A change that has its number, in a transaction that is still open."""
    whole = Transaction(api.installation.database, OPERATOR, NOW)
    work = whole.work(EVERYTHING, "test")
    account = await work.session.get(Account, uid("north"))
    work.emit(Event.LOG_REPLAYED, account, note=note)
    await work.flush()
    return whole, work.seq or 0


async def written(api: Api, note: str = "") -> int:
    whole, seq = await write(api, note)
    await whole.commit()
    return seq


async def take(follower: Follower, count: int) -> list[int]:
    return [(await asyncio.wait_for(anext(follower), 5)).seq for _ in range(count)]


def everything(_):
    return True


def on_postgres(api: Api) -> None:
    if api.installation.database.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def test_two_that_are_committed_in_the_other_order_are_told_in_the_order_of_their_numbers(api: Api):
    on_postgres(api)

    async def crossed():
        reader = Followers(api.installation.database)
        follower = await reader.join(everything)
        (first, low), (second, high) = await write(api, "low"), await write(api, "high")
        await second.commit()
        await asyncio.sleep(followers.LOOK + 0.2)
        early = reader.told
        await first.commit()
        told = await take(follower, 2)
        follower.leave()
        return low, high, early, told

    low, high, early, told = api.run(crossed)
    assert (low < high, early < low, told) == (True, True, [low, high])


def test_one_that_is_rolled_back_holds_nobody_up(api: Api):
    on_postgres(api)

    async def crossed():
        reader = Followers(api.installation.database)
        follower = await reader.join(everything)
        (first, _), (second, high) = await write(api, "low"), await write(api, "high")
        await second.commit()
        await first.rollback()
        told = await take(follower, 1)
        follower.leave()
        return high, told

    high, told = api.run(crossed)
    assert told == [high]


def test_who_joins_while_others_write_is_told_of_what_they_commit(api: Api):
    on_postgres(api)

    async def crossed():
        reader = Followers(api.installation.database)
        (first, low), (second, high) = await write(api, "low"), await write(api, "high")
        await second.commit()
        joining = asyncio.ensure_future(reader.join(everything, uid("north"), high))
        await asyncio.sleep(0.1)
        await first.commit()
        follower = await joining
        later = await written(api)
        told = await take(follower, 1)
        follower.leave()
        return reader.told >= high, told == [later], low

    assert api.run(crossed)[:2] == (True, True)


@pytest.mark.parametrize("seed", range(3))
def test_many_writers_and_followers_lose_and_double_nothing(api: Api, seed):
    chance = random.Random(seed)

    async def writer():
        for _ in range(8):
            whole, seq = await write(api, "x")
            await asyncio.sleep(chance.random() / 50)
            await (whole.commit() if chance.random() < 0.8 else whole.rollback())
            kept.append(seq) if whole is not None else None

    async def following(reader, since):
        follower = await reader.join(everything, uid("north"), since)
        told = []
        try:
            while True:
                told.append((await asyncio.wait_for(anext(follower), 2)).seq)
        except TimeoutError:
            follower.leave()
            return told

    kept: list[int] = []

    async def crossed():
        reader = Followers(api.installation.database)
        early = asyncio.ensure_future(following(reader, 0))
        writers = [asyncio.ensure_future(writer()) for _ in range(4)]
        await asyncio.sleep(0.1)
        late = asyncio.ensure_future(following(reader, 0))
        await asyncio.gather(*writers)
        return await early, await late

    early, late = api.run(crossed)
    there = [row[0] for row in api.rows("SELECT seq FROM change ORDER BY seq")]
    assert (early, late) == (there, there)


def test_other_processes_are_heard_of_too(api: Api):
    async def apart():
        reader = Followers(api.installation.database)
        follower = await reader.join(everything)
        api.installation.database.listeners.clear()  # nobody in this process says that something was written
        api.installation.database.listeners.append(reader._woken.set)
        seq = await written(api)
        reader._woken.clear()
        told = await take(follower, 1)
        follower.leave()
        return seq, told

    seq, told = api.run(apart)
    assert told == [seq]


def test_a_follower_who_is_behind_is_ended_and_the_others_go_on(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(followers, "MOST_KEPT", 2)

    async def apart():
        reader = Followers(api.installation.database)
        slow, quick = await reader.join(everything), await reader.join(everything)
        told = []
        for _ in range(3):
            seq = await written(api)
            told.append(await take(quick, 1) == [seq])
        with pytest.raises(Behind):
            await anext(slow)
        slow.leave()
        quick.leave()
        return told, reader._reading

    assert api.run(apart) == ([True] * 3, None)


def test_the_table_is_complete_up_to_its_end_where_nobody_writes(api: Api):
    async def looked():
        seq, changes = await written(api), Changes(api.installation.database)
        return seq, await changes.complete(), changes.is_waiting, await changes.newest()

    seq, *rest = api.run(looked)
    assert rest == [seq, False, seq]


def test_a_fault_while_reading_is_logged_and_outlived(api: Api, monkeypatch: pytest.MonkeyPatch):
    async def apart():
        reader = Followers(api.installation.database)
        follower, between = await reader.join(everything), reader.changes.between
        monkeypatch.setattr(reader.changes, "between", None)
        seq = await written(api)
        await asyncio.sleep(0.1)
        monkeypatch.setattr(reader.changes, "between", between)
        told = await take(follower, 1)
        follower.leave()
        return seq, told

    seq, told = api.run(apart)
    assert told == [seq]
