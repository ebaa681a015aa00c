"""A Work is one transaction: all of it or nothing, its history with it, and one writer after the other."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiosqlite
import pytest
from sqlalchemy import func, select

from app.db.scope import find
from app.db.tables.accounts import Account, Invitation
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.history import Change
from app.db.work import Work, expect_version, transaction
from app.domain.access import EVERYTHING, Caller, Level, MemberLevel, Scope, Via
from app.domain.errors import NotFound, Refusal, StaleVersion
from app.domain.events import Event
from tests.conftest import Api
from tests.people import EDITOR, NORTH, NORTH_BRAND, NOW, SPRING, TENT_AD, uid

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
CALLER = Caller(uid("owner"), "Ada Owner", Via.SESSION)
UPDATE = """mutation ($id: ID!, $name: String!, $version: Int) {
  campaignUpdate(input: {id: $id, name: $name, expectedVersion: $version}) {
    campaign { version } userErrors { code } seq } }"""
CREATE = """mutation ($input: CampaignCreateInput!, $key: String!) {
  campaignCreate(input: $input) @idempotent(key: $key) { campaign { id } userErrors { code } seq } }"""
FULL = {
    "accountId": NORTH,
    "brandId": NORTH_BRAND,
    "kind": "SPONSORED_SEARCH",
    "name": "Autumn",
    "totalBudget": {"micros": "50000000", "currency": "USD"},
    "start": "2026-11-01T00:00:00Z",
}


@asynccontextmanager
async def working(api: Api, scope: Scope = EVERYTHING) -> AsyncIterator[Work]:
    async with transaction(api.installation.database, CALLER, scope, NOW, "test") as work:
        yield work


async def rename(work: Work, name: str, key: str = "spring") -> Campaign:
    campaign = await find(work, Campaign, uid(key))
    campaign.name = name
    work.emit(Event.CAMPAIGN_UPDATED, campaign)
    return campaign


def names(api: Api) -> list[str]:
    return [name for (name,) in api.rows("SELECT name FROM campaign ORDER BY name")]


def count(api: Api, table: str) -> int:
    return api.rows(f"SELECT count(*) FROM {table}")[0][0]


# ---- all or nothing


@pytest.mark.parametrize("fault", [ZeroDivisionError, asyncio.CancelledError, KeyboardInterrupt])
def test_any_exception_leaves_nothing(api: Api, fault):
    async def fail() -> None:
        async with working(api) as work:
            await rename(work, "Renamed")
            await work.flush()
            assert await work.session.scalar(select(func.count()).select_from(Change)) == 1
            raise fault

    with pytest.raises(fault):
        api.run(fail)
    assert (names(api), count(api, "change")) == (["Island", "Old", "Spring", "Summer"], 0)


def test_a_fault_of_the_commit_leaves_nothing(api: Api):
    async def overdraw() -> None:
        async with working(api) as work:
            campaign = await rename(work, "Renamed")
            campaign.spent_micros = campaign.total_budget_micros + 1  # a check of the database's

    with pytest.raises(Exception, match="ck_campaign_budget"):
        api.run(overdraw)
    assert (names(api), count(api, "change")) == (["Island", "Old", "Spring", "Summer"], 0)


def test_after_a_rollback_the_next_work_is_as_good_as_the_first(api: Api):
    async def change(name: str, *, refuse: bool) -> None:
        async with working(api) as work:
            await rename(work, name)
            if refuse:
                raise Refusal(NotFound(message="no"))

    for _ in range(12):  # more than there are connections
        with pytest.raises(Refusal):
            api.run(lambda: change("Undone", refuse=True))
    api.run(lambda: change("Done", refuse=False))
    assert names(api) == ["Done", "Island", "Old", "Summer"]


# ---- history


def test_history_holds_what_changed_and_nothing_else(api: Api):
    async def work_() -> None:
        async with working(api) as work:
            campaign = await rename(work, "Renamed")
            campaign.starts_at = NOW + timedelta(days=1)

    api.run(work_)
    columns = "seq, account_id, actor, via, event, action, subject_type, before, after"
    ((seq, account, *rest, before, after),) = api.rows(f"SELECT {columns} FROM change")
    assert (seq, UUID(str(account))) == (1, uid("north"))
    assert rest == ["Ada Owner", "STAFF", "CAMPAIGN_UPDATED", "test", "Campaign"]
    assert (plain(before), plain(after)) == ({"name": "Spring"}, {"name": "Renamed"})


def plain(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def test_history_of_something_new_has_no_before_and_no_secrets(api: Api):
    async def add() -> None:
        async with working(api) as work:
            invitation = Invitation(account_id=uid("north"), name="N", email="n@e.x", email_key="n@e.x")
            invitation.level, invitation.invited_by = MemberLevel.EDITOR, uid("owner")
            invitation.created_at = invitation.mailed_at = invitation.expires_at = NOW
            work.emit(Event.USER_INVITED, work.add(invitation))

    api.run(add)
    ((before, after),) = api.rows("SELECT before, after FROM change")
    assert plain(before) is None
    kept = plain(after)
    assert (kept["level"], kept["created_at"], kept["account_id"]) == ("EDITOR", NOW.isoformat(), str(uid("north")))
    assert "email_key" not in kept


def test_the_sequence_grows_with_every_change(api: Api):
    seqs = []

    async def change(*keys: str) -> None:
        async with working(api) as work:
            assert work.seq is None
            for key in keys:
                await rename(work, "Renamed", key)
            await work.flush()
            seqs.append(work.seq)

    for keys in (["spring"], ["summer", "island"], []):
        api.run(change, *keys)
    assert seqs == [1, 3, None]
    assert [seq for (seq,) in api.rows("SELECT seq FROM change ORDER BY seq")] == [1, 2, 3]


def test_a_version_counts_and_a_stale_one_is_refused(api: Api):
    async def update(expected: int | None) -> int:
        async with working(api) as work:
            campaign = await find(work, Campaign, uid("spring"))
            expect_version(campaign, expected)
            campaign.name += "!"
            await work.flush()
            return campaign.version

    assert [api.run(update, expected) for expected in (1, 2, None)] == [2, 3, 4]
    with pytest.raises(Refusal) as caught:
        api.run(update, 3)
    assert [(type(each), each.current_version) for each in caught.value.problems] == [(StaleVersion, 4)]
    assert "Spring!!!" in names(api)


# ---- the drawer


def test_find_opens_only_what_the_scope_sees(api: Api):
    held = {uid("north"): MemberLevel.EDITOR}
    north = Caller(uid("editor"), grants=held).reach(Level.EDITOR)

    async def look(table: Any, key: str) -> Any:
        async with working(api, north) as work:
            return (await find(work, table, uid(key))).id

    assert [api.run(look, *each) for each in ((Campaign, "spring"), (Account, "north"))] == [
        uid("spring"),
        uid("north"),
    ]
    for hidden in ((Campaign, "island"), (Account, "south"), (Ad, "island-ad"), (Campaign, "unknown")):
        with pytest.raises(Refusal, match="No such"):
            api.run(look, *hidden)


def test_what_is_visible_at_too_low_a_level_is_refused_as_such(api: Api):
    low = Caller(uid("editor"), grants={uid("north"): MemberLevel.EDITOR}).reach(Level.ADMIN)

    async def look() -> None:
        async with working(api, low) as work:
            await find(work, Campaign, uid("spring"))

    with pytest.raises(Refusal) as caught:
        api.run(look)
    assert [(each.required, each.have) for each in caught.value.problems] == [("ADMIN", "EDITOR")]


def test_the_scope_is_what_the_caller_holds_once_the_row_is_locked(api: Api):
    then = Caller(uid("editor"), grants={uid("north"): MemberLevel.ADMIN}).reach(Level.ADMIN)
    gone = Caller(uid("stranger"), grants={uid("north"): MemberLevel.ADMIN}).reach(Level.ADMIN)

    async def look(scope: Scope) -> None:
        async with working(api, scope) as work:
            await find(work, Campaign, uid("spring"))

    for scope, code in ((then, "FORBIDDEN"), (gone, "NOT_FOUND")):
        with pytest.raises(Refusal) as caught:
            api.run(look, scope)
        assert [each.code.value for each in caught.value.problems] == [code]


# ---- several at once


async def send(api: Api, document: str, **variables: Any) -> Any:
    headers = {"authorization": f"Bearer {EDITOR.token}", "accept": "application/graphql-response+json"}
    body = {"query": document, "variables": variables}
    answer = await api._request("POST", "/graphql", {"json": body, "headers": headers})
    assert (answer.status_code, answer.json().get("errors")) == (200, None)
    (data,) = answer.json()["data"].values()
    return data


def at_once(api: Api, requests: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    async def run() -> list[Any]:
        return await asyncio.gather(*(send(api, document, **variables) for document, variables in requests))

    return api.run(run)


@ON_POSTGRESQL
def test_find_locks_the_row_until_the_work_ends(api: Api):
    order: list[str] = []

    async def hold(name: str, wait: float) -> None:
        async with working(api) as work:
            await rename(work, name)
            order.append(f"{name} begins")
            await asyncio.sleep(wait)
            order.append(f"{name} ends")

    async def both() -> None:
        await asyncio.gather(hold("first", 0.3), hold("second", 0))

    api.run(both)
    one, other = order[0].split()[0], order[2].split()[0]
    assert order == [f"{one} begins", f"{one} ends", f"{other} begins", f"{other} ends"]


@ON_POSTGRESQL
def test_a_locked_row_can_still_be_read_and_referred_to(api: Api):
    async def lock_and_read() -> list[Any]:
        async with working(api) as work:
            await find(work, Account, uid("north"))
            return await asyncio.wait_for(send(api, UPDATE, id=SPRING, name="Renamed"), 5)

    assert api.run(lock_and_read)["campaign"] == {"version": 2}


def test_of_two_with_the_same_version_one_wins(api: Api):
    both = [(UPDATE, {"id": SPRING, "name": name, "version": 1}) for name in ("One", "Other")]
    answers = at_once(api, both)

    assert Counter(str(each["userErrors"]) for each in answers) == {"[]": 1, "[{'code': 'STALE_VERSION'}]": 1}
    assert api.rows("SELECT max(version), count(*) FROM campaign WHERE name IN ('One', 'Other')") == [(2, 1)]
    assert count(api, "change") == 1


def test_many_changes_at_once_all_succeed_one_after_another(api: Api):
    answers = at_once(api, [(UPDATE, {"id": SPRING, "name": f"Name {number}"}) for number in range(8)])

    assert sorted(each["campaign"]["version"] for each in answers) == list(range(2, 10))
    assert sorted(int(each["seq"]) for each in answers) == list(range(1, 9))
    last = max(answers, key=lambda each: each["campaign"]["version"])
    assert names(api)[1] == f"Name {answers.index(last)}"


def test_who_changes_a_campaign_and_its_ads_at_once_never_waits_in_a_circle(api: Api):
    steps = [("campaignPause", SPRING), ("adPause", TENT_AD), ("campaignResume", SPRING), ("adResume", TENT_AD)]
    document = "mutation ($id: ID!) {{ {}(input: {{id: $id}}) {{ userErrors {{ code }} }} }}"
    answers = at_once(api, [(document.format(step), {"id": id}) for step, id in steps * 5])

    refused = sum(bool(each["userErrors"]) for each in answers)
    assert count(api, "change") == len(answers) - refused


@pytest.mark.parametrize("number", [20])
def test_parallel_retries_of_one_key_have_one_effect_and_one_answer(api: Api, number):
    answers = at_once(api, [(CREATE, {"input": FULL, "key": "k"})] * number)

    assert all(each == answers[0] for each in answers)
    assert (answers[0]["seq"], answers[0]["userErrors"]) == ("1", [])
    assert (count(api, "campaign"), count(api, "change"), count(api, "idempotency_key")) == (5, 1, 1)


def test_parallel_uses_of_one_key_for_different_things_have_one_effect(api: Api):
    inputs = [{**FULL, "name": f"Name {number}"} for number in range(5)]
    answers = at_once(api, [(CREATE, {"input": each, "key": "k"}) for each in inputs])

    found = Counter(str(each["userErrors"]) for each in answers)
    assert found == {"[]": 1, "[{'code': 'IDEMPOTENCY_MISMATCH'}]": 4}
    assert (count(api, "campaign"), count(api, "change")) == (5, 1)


def test_parallel_uses_of_different_keys_have_each_its_effect(api: Api):
    answers = at_once(api, [(CREATE, {"input": FULL, "key": f"k{number}"}) for number in range(5)])

    assert len({each["campaign"]["id"] for each in answers}) == 5
    assert sorted(each["seq"] for each in answers) == list("12345")


async def canceled_while_reading(api: Api, monkeypatch: pytest.MonkeyPatch) -> BaseException:
    """What came of it; whoever keeps it keeps the statement, too, of which nothing was read yet."""
    reads = asyncio.Event()
    await renaming(api, "First")  # the engine reads what it needs to know of the database

    async def never(_: Any) -> None:
        reads.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(aiosqlite.Cursor, "fetchall", never)
        writing = asyncio.create_task(renaming(api, "Lost"))
        await reads.wait()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError) as canceled:
            await writing
    return canceled.value


async def renaming(api: Api, name: str) -> None:
    async with working(api) as work:
        await rename(work, name)


@ON_SQLITE
def test_who_is_canceled_while_reading_keeps_no_others_from_writing(api: Api, monkeypatch):
    kept = api.run(canceled_while_reading, api, monkeypatch)
    api.run(renaming, api, "Kept")

    assert isinstance(kept, asyncio.CancelledError)
    assert {"Kept", "Lost"} & set(names(api)) == {"Kept"}
