"""Hours become final and stay so, what is old is forgotten, and rollups equal their events (I14)."""

import asyncio
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect

from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.delivery.events import AdEvent, EventKind, Visit
from app.domain.delivery.token import shopper_of
from app.resolvers.delivery import bounds, counting
from app.resolvers.delivery.counting import Fate, Terms
from tests.conftest import Api
from tests.people import EDITOR, NORTH, NOW
from tests.serving import FIGURES, VIEWS, bid, click, empty, item, report, see, seen_and_clicked, sums, token, visit

FEW = settings(max_examples=8, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
ALL = f"{FIGURES}, {VIEWS}"


@pytest.fixture(autouse=True)
def nothing_counted(api: Api) -> None:
    empty(api)


def bound(api: Api, name: str) -> str:
    return str(api.rows(f"SELECT {name} FROM metric_bounds")[0][0])[:16]


def event(number: int, kind: EventKind, at: Any, ad: str = "tent-ad", **more: Any) -> AdEvent:
    made = bid(number, ad, served_at=at, **more)
    price = made.price if kind is EventKind.CLICK else 0
    key = (made.auction_id, str(made.rank), kind, made.ad_id)
    return AdEvent(*key, at, made.placement, made.rank, made.shopper, price, made.target)


def count(api: Api, *events: Any, terms: Terms | None = None) -> list[Fate]:
    async def run() -> list[Fate]:
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock(), "count") as work:
            return await counting.count(work, events, terms or Terms())

    return api.run(run)


def checked(api: Api) -> list[str]:
    return [str(each) for each in api.run(api.installation.rebuilding().check)[1]]


# ---- final


def test_hours_are_closed_after_72_of_them_and_never_opened_again(api: Api):
    api.clock.pass_(minutes=50)
    api.work()
    closed = bound(api, "final_before")
    api.clock.pass_(hours=-5)
    api.run(close, api)

    assert (closed, bound(api, "final_before")) == ("2026-11-17 12:45", "2026-11-17 12:45")


async def close(api: Api) -> None:
    async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock(), "close") as work:
        await bounds.close(work)


def test_what_is_closed_takes_no_event_whatever_the_clock_says(api: Api):
    shown = token(api)
    api.clock.pass_(hours=73)
    api.run(close, api)
    api.clock.now = NOW + timedelta(minutes=10)  # of another machine, which is slow
    told = report(api, item("IMPRESSION", NOW, resolvedBidId=shown), visit(NOW)).json()

    assert [each["reason"] for each in told["rejected"]] == ["TOO_OLD", "TOO_OLD"]
    assert sums(api, ALL) == (0,) * 7


ASK = """query ($id: ID!) { node(id: $id) { ... on Account {
  metrics(range: {from: "2026-11-20", to: "2026-11-20"}) {
    impressions clicks spend { micros } freshness { state completeThrough } } } } }"""


def test_figures_that_are_shown_as_final_never_change(api: Api):  # I14
    seen_and_clicked(api, token(api, 1))
    seen = []
    for hours in (0, 71, 83, 85, 200):
        api.clock.now = NOW + timedelta(hours=hours)
        api.work()
        seen.append(api(ASK, as_=EDITOR, id=NORTH).data["node"]["metrics"])
        report(api, item("IMPRESSION", NOW, resolvedBidId=token(api, 100 + hours, served_at=NOW)))

    states = [each["freshness"]["state"] for each in seen]
    assert states == ["LIVE", "PROVISIONAL", "PROVISIONAL", "FINAL", "FINAL"]
    assert [each["impressions"] for each in seen] == ["1", "2", "3", "3", "3"]
    assert seen[3] == seen[4]


def test_closing_waits_for_those_who_count(api: Api):
    """A transaction that began before the hour was closed adds to it before, not after."""

    async def run() -> list[str]:
        order: list[str] = []
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, NOW, "count") as work:
            await counting.count(work, [event(1, EventKind.IMPRESSION, NOW)], Terms())
            api.clock.now = NOW + timedelta(hours=80)
            closing = asyncio.create_task(close(api))
            closing.add_done_callback(lambda _: order.append("closed"))
            await asyncio.sleep(0.3)
            order.append("counted")
        await closing
        return order

    assert api.run(run) == ["counted", "closed"]
    assert sums(api)[0] == 1


# ---- rebuilt


def journeys(numbers: list[tuple[int, bool, bool, str]]) -> list[Any]:
    """An impression each, perhaps a click and a visit."""
    made: list[Any] = []
    for number, (hours, clicked, visited, ad) in enumerate(numbers):
        at, shopper = NOW - timedelta(hours=hours, seconds=number), f"shopper {number}"
        made.append(event(number, EventKind.IMPRESSION, at, ad, rank=1 + number % 3, target=number % 4))
        if clicked:
            late = at + timedelta(seconds=2 + number % 2 * -1.9)
            made.append(event(number, EventKind.CLICK, late, ad, rank=1 + number % 3, target=number % 4))
        if visited:
            made.append(Visit(f"v{number}", "N-1", shopper_of(shopper), at + timedelta(seconds=9)))
    return made


JOURNEYS = st.lists(
    st.tuples(st.integers(0, 47), st.booleans(), st.booleans(), st.sampled_from(["tent-ad", "bag-ad", "island-ad"])),
    min_size=1,
    max_size=25,
)


def test_a_rebuild_gives_what_was_added_up(api: Api):
    @FEW
    @given(JOURNEYS, st.integers(100_000, 5_000_000), st.randoms(use_true_random=False))
    def holds(numbers: list[Any], budget: int, chance: Random) -> None:
        empty(api)
        api.write("UPDATE campaign SET total_budget_micros = :budget", budget=budget)
        events = journeys(numbers)
        chance.shuffle(events)
        for start in range(0, len(events), 7):
            count(api, *events[start : start + 7], *events[: start // 2])
        assert checked(api) == []

    holds()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE metric_hour SET clicks = clicks + 1", "clicks is 2, by the events 1"),
        ("DELETE FROM metric_hour", "impressions is 0, by the events 1, clicks is 0, by the events 1"),
        ("DELETE FROM ad_event", "impressions is 1, by the events 0, clicks is 1, by the events 0"),
        ("UPDATE target_hour SET spend_micros = 0", "target_hour"),
    ],
)
def test_what_differs_is_found_named_and_made_anew(api: Api, damage, said):
    seen_and_clicked(api, token(api, target=2))
    assert checked(api) == []
    api.write(damage)
    found = checked(api)
    rebuilding = api.installation.rebuilding()

    assert (len(found), said in found[0]) == (1, True)
    assert [str(each) for each in api.run(rebuilding.run)[1]] == found
    assert checked(api) == []


def test_a_rebuild_gives_the_same_rows_in_all_their_columns(api: Api):
    for number in range(3):
        seen_and_clicked(api, token(api, number, target=number, rank=number + 1))
    report(api, visit(api.clock(), shopper="shopper 1"))
    tables = ("metric_hour", "target_hour")
    before = [sorted(map(str, api.rows(f"SELECT * FROM {table}"))) for table in tables]
    api.write("UPDATE metric_hour SET impressions = 9")
    api.run(api.installation.rebuilding().run)

    assert [sorted(map(str, api.rows(f"SELECT * FROM {table}"))) for table in tables] == before


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("time", ["00:30", "23:30"])
def test_a_rebuild_finds_what_happened_on_another_day_where_the_account_is(api: Api, zone, time):
    api.write("UPDATE account SET time_zone = :zone", zone=zone)
    api.clock.now = datetime.fromisoformat(f"2026-11-20T{time}Z")
    seen_and_clicked(api, token(api))
    assert checked(api) == []
    api.write("UPDATE metric_hour SET clicks = 7")

    (found,) = checked(api)
    assert found.endswith("clicks is 7, by the events 1")


# ---- forgotten


def test_events_are_forgotten_after_their_days_and_their_figures_stay(api: Api):
    seen_and_clicked(api, token(api, target=1, shopper="ann"))
    report(api, visit(api.clock()))
    figures = sums(api, ALL)
    api.clock.pass_(days=90)
    api.work()
    kept = [api.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("ad_event", "detail_page_view")]
    api.clock.pass_(days=1)
    api.work()

    assert (kept, figures) == ([2, 1], (1, 1, 0, 0, 250_000, 1, 0))
    assert [api.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("ad_event", "detail_page_view")] == [0, 0]
    assert (sums(api, ALL), checked(api)) == (figures, [])
    assert bound(api, "kept_from") == "2026-11-21 00:00"


def test_what_was_tomorrow_already_where_the_account_is_is_forgotten_with_its_day(api: Api):
    api.write("UPDATE account SET time_zone = 'Pacific/Kiritimati'")
    api.clock.now = datetime.fromisoformat("2026-11-20T23:30:00Z")
    count(api, event(1, EventKind.IMPRESSION, api.clock()))
    assert [str(day) for (day,) in api.rows("SELECT day FROM ad_event")] == ["2026-11-21"]
    for days, left in ((90, 1), (1, 0)):
        api.clock.pass_(days=days)
        api.work()
        assert api.rows("SELECT count(*) FROM ad_event") == [(left,)]


def test_no_index_of_events_is_taken_for_the_hour_that_runs(api: Api):
    """Statistics know nothing of it, so PostgreSQL takes its rows for few: it read all of them for some shoppers'."""

    async def columns() -> list[Any]:
        async with api.installation.database.writer.connect() as connection:
            found = await connection.run_sync(lambda sync: inspect(sync).get_indexes("ad_event"))
            return sorted(each["column_names"] for each in found)

    assert api.run(columns) == [["day"], ["shopper", "at"]]


def test_keys_outlive_the_time_in_which_events_are_taken_and_then_go(api: Api):
    see(api, token(api))
    counts = []
    for days in (29, 31, 32):
        api.clock.now = NOW + timedelta(days=days)
        api.work()
        counts.append(api.rows("SELECT count(*) FROM event_key")[0][0])

    assert counts == [1, 1, 0] or counts == [1, 0, 0]


def test_keys_of_replayed_logs_are_never_forgotten(api: Api):
    old = event(1, EventKind.IMPRESSION, NOW - timedelta(days=2_000))
    count(api, old, terms=counting.REPLAYED)
    api.clock.pass_(days=400)
    api.work()

    assert count(api, old, terms=counting.REPLAYED) == [Fate.DUPLICATE]
    assert sums(api)[0] == 1


def test_more_than_a_transactions_worth_is_forgotten_too(api: Api, monkeypatch):
    monkeypatch.setattr("app.resolvers.delivery.forgetting.MOST", 3)
    count(api, *(event(number, EventKind.IMPRESSION, NOW) for number in range(10)))
    api.clock.pass_(days=95)
    api.work()

    assert [api.rows(f"SELECT count(*) FROM {table}") for table in ("ad_event", "event_key")] == [[(0,)], [(0,)]]


def test_days_to_come_have_tables_of_their_own_on_postgresql(api: Api):
    if api.installation.database.dialect.name == "sqlite":
        pytest.skip("SQLite has one table")
    api.clock.pass_(days=100)
    api.work()
    count(api, event(1, EventKind.IMPRESSION, api.clock()))
    where = api.rows("SELECT tableoid::regclass::text FROM ad_event")
    api.clock.pass_(days=91)
    api.work()
    names = [name for (name,) in api.rows("SELECT tablename FROM pg_tables WHERE tablename LIKE 'ad\\_event\\_2%'")]

    day = date(2026, 11, 20) + timedelta(days=100)
    assert where == [(f"ad_event_{day:%Y%m%d}",)]
    assert (min(names), len(names)) == ("ad_event_20270301", 15)  # those made ahead, and those made now
    assert api.rows("SELECT count(*) FROM ad_event") == [(0,)]


def test_a_click_on_what_was_clicked_before_is_known_for_a_month(api: Api):
    shown = token(api)
    see(api, shown)
    api.clock.pass_(seconds=5)
    click(api, shown)
    api.clock.pass_(hours=20)
    click(api, shown)

    assert sums(api) == (1, 1, 0, 0, 250_000)
