"""Counting: each event once, whatever order and company it comes in, and never more than the budgets (I7, I11)."""

import asyncio
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.scope import find
from app.db.tables.accounts import Account
from app.db.work import transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.domain.delivery.events import AdEvent, EventKind
from app.domain.delivery.token import shopper_of
from app.domain.metrics import Placement
from app.resolvers.delivery import counting
from app.resolvers.delivery.counting import REPLAYED, Fate
from tests.conftest import Api
from tests.people import EDITOR, NOW, SPRING, uid
from tests.serving import forget_lines

SHOPPERS = Caller(name="Shoppers", via=Via.JOB)
FIGURES = "impressions, clicks, unbilled_clicks, spend_micros"
PAUSE = "mutation ($id: ID!) { campaignPause(input: {id: $id}) { seq } }"


def event(
    number: int, kind: EventKind = EventKind.CLICK, price: int = 100_000, ad: str = "tent-ad", **more: Any
) -> AdEvent:
    facts = {
        "placement": Placement.SEARCH_RESULTS,
        "position": 1,
        "shopper": shopper_of(f"s{number}"),
        "at": NOW,
        **more,
    }
    price = price if kind is EventKind.CLICK else 0
    return AdEvent(auction_id=uuid5(UUID(int=0), str(number)), slot="1", kind=kind, ad_id=uid(ad), price=price, **facts)


async def counted(api: Api, events: list[AdEvent], *, lock: bool = False) -> tuple[int, int]:
    """How many were counted, and how many had been before."""
    async with transaction(api.installation.database, SHOPPERS, EVERYTHING, api.clock(), "count") as work:
        if lock:
            await find(work, Account, uid("north"))
        fates = await counting.count(work, events, REPLAYED)
    return fates.count(Fate.COUNTED), fates.count(Fate.DUPLICATE)


def count(api: Api, *events: AdEvent) -> tuple[int, int]:
    return api.run(counted, api, list(events))


def budget(api: Api, total: int = 100_000_000, daily: int | None = None) -> None:
    """An empty day for Spring, with these budgets."""
    forget_lines(api)
    for table in ("ad_event", "event_key", "metric_hour"):
        api.write(f"DELETE FROM {table}")
    fresh = "effective_status = 'RUNNING', reasons = '[]', spent_micros = 0, spent_today_micros = 0, spent_on = NULL"
    budgets = "total_budget_micros = :total, daily_budget_micros = :daily"
    api.write(f"UPDATE campaign SET {fresh}, {budgets} WHERE name = 'Spring'", total=total, daily=daily)


def spring(api: Api) -> tuple[int, int, str]:
    """Spent, spent today and the effective status."""
    (row,) = api.rows("SELECT spent_micros, spent_today_micros, effective_status FROM campaign WHERE name = 'Spring'")
    return row


def totals(api: Api) -> tuple[int, ...]:
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in FIGURES.split(", "))
    return tuple(map(int, api.rows(f"SELECT {sums} FROM metric_hour")[0]))


def rollups(api: Api) -> list[Any]:
    cells = "ad_id, placement, position, starts_at, day, hour"
    return sorted(map(str, api.rows(f"SELECT {cells}, {FIGURES} FROM metric_hour")))


# ---- each once


def test_an_event_counts_once(api: Api):
    budget(api)
    first = count(api, event(1), event(1, EventKind.IMPRESSION), event(1))
    again = count(api, event(1), event(1, EventKind.IMPRESSION), event(2, EventKind.IMPRESSION))

    assert (first, again) == ((2, 1), (1, 2))
    assert totals(api) == (2, 1, 0, 100_000)
    assert spring(api)[:2] == (100_000, 100_000)


def test_of_two_events_with_one_key_the_first_stays(api: Api):
    budget(api)
    count(api, event(1, price=100_000))
    count(api, event(1, price=900_000, at=NOW + timedelta(hours=3)))

    assert totals(api) == (0, 1, 0, 100_000)


def test_no_events_are_no_work(api: Api):
    budget(api)

    assert count(api) == (0, 0)
    assert totals(api) == (0, 0, 0, 0)


def test_an_event_counts_in_the_hour_of_the_accounts_time_zone(api: Api):
    budget(api)
    api.write("UPDATE account SET time_zone = 'Asia/Kolkata' WHERE display_name = 'North'")
    count(
        api,
        event(1, at=datetime(2026, 11, 19, 18, 45, tzinfo=UTC)),
        event(2, at=datetime(2026, 11, 19, 18, 15, tzinfo=UTC)),
    )

    hours = api.rows("SELECT day, hour, clicks FROM metric_hour ORDER BY starts_at")
    assert [(str(day), hour, clicks) for day, hour, clicks in hours] == [("2026-11-19", 23, 1), ("2026-11-20", 0, 1)]


# ---- never more than the budgets


def test_a_click_costs_what_is_left_and_then_nothing(api: Api):
    budget(api, total=250_000)
    count(api, *(event(number) for number in range(4)))

    charged = api.rows("SELECT charged_micros FROM ad_event ORDER BY charged_micros")
    assert charged == [(0,), (50_000,), (100_000,), (100_000,)]
    assert (totals(api), spring(api)) == ((0, 4, 1, 250_000), (250_000, 250_000, "OUT_OF_BUDGET"))


def test_a_campaign_without_budget_is_served_no_more(api: Api):
    budget(api, total=100_000)
    count(api, event(1))

    assert spring(api)[2] == "OUT_OF_BUDGET"
    ads = api.rows("SELECT effective_status FROM ad WHERE title = 'The tent'")
    assert ads == [("OUT_OF_BUDGET",)]


def test_the_daily_budget_holds_on_each_day(api: Api):
    budget(api, daily=150_000)
    spent = []
    for day in range(3):
        count(api, *(event(day * 10 + number, at=api.clock()) for number in range(3)))
        spent.append(spring(api))
        api.clock.pass_(days=1)

    assert [each[:2] for each in spent] == [(150_000, 150_000), (300_000, 150_000), (450_000, 150_000)]
    assert {each[2] for each in spent} == {"OUT_OF_BUDGET"}
    assert totals(api) == (0, 9, 3, 450_000)


def test_a_charge_is_no_edit(api: Api):
    budget(api)
    count(api, event(1))
    rename = """mutation ($id: ID!) { campaignUpdate(input: {id: $id, name: "May", expectedVersion: 1}) {
      campaign { version spent { micros } } userErrors { code } } }"""
    answer = api(rename, as_=EDITOR, id=SPRING).data["campaignUpdate"]

    assert answer == {"campaign": {"version": 2, "spent": {"micros": "100000"}}, "userErrors": []}


def test_a_new_day_brings_the_campaign_back(api: Api):
    budget(api, daily=100_000)
    count(api, event(1))
    stopped = spring(api)[2]
    api.clock.pass_(days=1)
    api.work()

    assert (stopped, spring(api)[2]) == ("OUT_OF_BUDGET", "RUNNING")


def test_a_click_that_comes_late_is_charged_to_its_own_day(api: Api):
    budget(api, daily=150_000)
    count(api, event(1))
    count(api, event(2, at=NOW - timedelta(days=2)), event(3, at=NOW - timedelta(days=2)))

    assert spring(api)[:2] == (250_000, 100_000)
    spent = api.rows("SELECT day, sum(spend_micros) FROM metric_hour WHERE spend_micros > 0 GROUP BY day ORDER BY day")
    assert [int(each[1]) for each in spent] == [150_000, 100_000]


# ---- the same in any order

PRICES = st.integers(0, 400_000)
CLICKS = st.lists(
    st.tuples(PRICES, st.integers(0, 47), st.sampled_from(["tent-ad", "bag-ad"])), min_size=1, max_size=30
)
FEW = settings(max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def shoppers(clicks: list[tuple[int, int, str]]) -> list[AdEvent]:
    """An impression and a click each."""
    return [
        event(number, kind, price, ad, at=NOW - timedelta(hours=hour))
        for number, (price, hour, ad) in enumerate(clicks)
        for kind in (EventKind.IMPRESSION, EventKind.CLICK)
    ]


def test_order_and_repetition_make_no_difference(api: Api):
    @FEW
    @given(CLICKS, st.integers(100_000, 5_000_000), st.randoms(use_true_random=False))
    def holds(clicks: list[Any], total: int, chance: Random) -> None:
        events, prices = shoppers(clicks), sum(price for price, *_ in clicks)
        shuffled = events + chance.sample(events, len(events) // 2)
        chance.shuffle(shuffled)
        budget(api, total)
        for batch in pieces(shuffled, chance.randint(1, 20)):
            count(api, *batch)
        assert spring(api)[0] == totals(api)[3] == min(prices, total)
        assert totals(api)[:2] == (len(clicks), len(clicks))
        assert rollups(api) == rebuilt(api)

    holds()


def test_where_no_budget_ends_every_order_gives_the_same_rollups(api: Api):
    @FEW
    @given(CLICKS, st.randoms(use_true_random=False))
    def holds(clicks: list[Any], chance: Random) -> None:
        events, seen = shoppers(clicks), []
        for size in (1, len(events)):
            budget(api)
            for batch in pieces(events, size):
                count(api, *batch)
            chance.shuffle(events)
            seen.append(rollups(api))
        assert seen[0] == seen[1]

    holds()


def pieces(events: list[AdEvent], size: int) -> list[list[AdEvent]]:
    return [events[start : start + size] for start in range(0, len(events), size)]


def rebuilt(api: Api) -> list[Any]:
    """The rollups as they would be made anew from the events; North's time zone is UTC."""
    hours: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    columns = "ad_id, placement, position, at, kind, price_micros, charged_micros"
    for ad, placement, position, at, kind, price, charged in api.rows(f"SELECT {columns} FROM ad_event"):
        moment = datetime.fromisoformat(str(at)).replace(tzinfo=UTC, minute=0, second=0, microsecond=0)
        cell = hours[ad, placement, position, moment]
        cell["impressions" if kind == "IMPRESSION" else "clicks"] += 1
        cell["unbilled_clicks"] += kind == "CLICK" and charged == 0 < price
        cell["spend_micros"] += charged
    starts = {str(s): s for (s,) in api.rows("SELECT starts_at FROM metric_hour")}
    by_moment = {datetime.fromisoformat(text).replace(tzinfo=UTC): value for text, value in starts.items()}
    days = {str(d): d for (d,) in api.rows("SELECT day FROM metric_hour")}
    return sorted(
        str(
            (
                ad,
                placement,
                position,
                by_moment[at],
                days[str(at.date())],
                at.hour,
                *(cell[n] for n in FIGURES.split(", ")),
            )
        )
        for (ad, placement, position, at), cell in hours.items()
    )


# ---- several at once


def at_once(api: Api, *tasks: Any) -> list[Any]:
    async def run() -> list[Any]:
        return await asyncio.gather(*tasks)

    return api.run(run)


def test_counters_at_once_never_exceed_the_budget(api: Api):
    budget(api, total=1_550_000)
    events = [event(number) for number in range(40)]
    counts = at_once(api, *(counted(api, events[start::4] + events[:3]) for start in range(4)))

    assert tuple(map(sum, zip(*counts, strict=True))) == (40, 12)
    assert totals(api) == (0, 40, 24, 1_550_000)
    assert spring(api) == (1_550_000, 1_550_000, "OUT_OF_BUDGET")


def test_the_same_events_from_everywhere_count_once(api: Api):
    budget(api)
    events = [event(number) for number in range(10)]
    counts = at_once(api, *(counted(api, events[start:] + events[:start]) for start in range(4)))

    assert (sum(new for new, _ in counts), totals(api)) == (10, (0, 10, 0, 1_000_000))


def test_counting_and_pausing_at_once_never_wait_in_a_circle(api: Api):
    budget(api)
    headers = {"authorization": f"Bearer {EDITOR.token}"}
    body = {"query": PAUSE, "variables": {"id": SPRING}}
    pause = api._request("POST", "/graphql", {"json": body, "headers": headers})
    *_, answer = at_once(api, *(counted(api, [event(number)], lock=True) for number in range(6)), pause)

    assert answer.json() == {"data": {"campaignPause": {"seq": "1"}}}
    assert (spring(api), totals(api)[1]) == ((600_000, 600_000, "PAUSED"), 6)
