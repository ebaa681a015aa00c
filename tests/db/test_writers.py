"""Eight writers at once, with duplicates in any order: each event counts once, and no budget is ever exceeded (I7)."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.db.work import transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.domain.delivery.events import AdEvent, EventKind
from app.resolvers.delivery import counting
from app.resolvers.delivery.counting import Fate, Terms
from tests.conftest import Api
from tests.people import NOW, uid
from tests.serving import bid, empty, sums

SHOPPERS = Caller(name="Shoppers", via=Via.JOB)
ADS = ("tent-ad", "bag-ad", "island-ad")
WRITERS, JOURNEYS = 8, 300


def journeys(chance: Random) -> list[AdEvent]:
    """Impressions of ads of two accounts, most of them clicked, over two days."""
    made = []
    for number in range(JOURNEYS):
        at = NOW - timedelta(minutes=chance.randrange(2_800))
        price = chance.randrange(10_000, 400_000)
        served = bid(number, chance.choice(ADS), rank=chance.randint(1, 3), target=chance.randint(0, 2), price=price)
        facts = (served.placement, served.rank, served.shopper)
        key = (served.auction_id, str(served.rank))
        made.append(AdEvent(*key, EventKind.IMPRESSION, served.ad_id, at, *facts, 0, served.target))
        if chance.random() < 0.8:
            later = at + timedelta(seconds=2)
            made.append(AdEvent(*key, EventKind.CLICK, served.ad_id, later, *facts, price, served.target))
    return made


def shares(events: Sequence[AdEvent], chance: Random) -> list[list[list[AdEvent]]]:
    """What each writer is sent: every event two or three times in all, in an order of its own, in uneven batches."""
    writers: list[list[AdEvent]] = [[] for _ in range(WRITERS)]
    for event in events:
        for writer in chance.sample(writers, chance.randint(2, 3)):
            writer.append(event)
    batches = []
    for mine in writers:
        chance.shuffle(mine)
        size = chance.randint(1, 60)
        batches.append([mine[start : start + size] for start in range(0, len(mine), size)])
    return batches


def write_all(api: Api, batches: list[list[list[AdEvent]]], terms: Terms) -> Counter[Fate]:
    async def one(batch: list[AdEvent]) -> list[Fate]:
        async with transaction(api.installation.database, SHOPPERS, EVERYTHING, NOW, "count") as work:
            return await counting.count(work, batch, terms)

    async def writer(mine: list[list[AdEvent]]) -> list[Fate]:
        return [fate for batch in mine for fate in await one(batch)]

    async def run() -> list[list[Fate]]:
        return await asyncio.gather(*map(writer, batches))

    return Counter(fate for fates in api.run(run) for fate in fates)


def world(api: Api, spring: int, island: int, daily: int | None = None, credit: int | None = None) -> None:
    """Nothing is counted; budgets of two campaigns, and the credit of the account of one of them."""
    empty(api)
    for name, budget, of_day in (("Spring", spring, daily), ("Island", island, None)):
        set_ = "UPDATE campaign SET total_budget_micros = :budget, daily_budget_micros = :daily WHERE name = :name"
        api.write(set_, budget=budget, daily=of_day, name=name)
    api.write("DELETE FROM account_credit")
    if credit is not None:
        accounts = "SELECT id, :credit FROM account WHERE display_name = 'North'"
        api.write(f"INSERT INTO account_credit (account_id, left_micros) {accounts}", credit=credit)


def spent(api: Api) -> dict[str, int]:
    return dict(api.rows("SELECT name, spent_micros FROM campaign WHERE name IN ('Spring', 'Island')"))


def offered(events: Sequence[AdEvent], *ads: str) -> int:
    return sum(event.price for event in events if event.ad_id in map(uid, ads))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spend_is_the_sum_of_the_prices_or_the_budget_whoever_writes_when(api: Api, seed):
    chance = Random(seed)
    events = journeys(chance)
    world(api, spring=10_000_000, island=10**12)
    fates = write_all(api, shares(events, chance), counting.REPLAYED)

    assert fates[Fate.COUNTED] == len(events) == api.rows("SELECT count(*) FROM ad_event")[0][0]
    assert spent(api) == {"Spring": 10_000_000, "Island": offered(events, "island-ad")}
    assert sums(api)[4] == sum(spent(api).values())
    assert api.run(api.installation.rebuilding().check)[1] == []


@pytest.mark.parametrize("seed", [4, 5])
def test_days_and_credit_are_caps_under_eight_writers_too(api: Api, seed):
    chance = Random(seed)
    events = journeys(chance)
    world(api, spring=10**12, island=10**12, daily=4_000_000, credit=9_000_000)
    write_all(api, shares(events, chance), counting.REPLAYED)
    days: defaultdict[Any, int] = defaultdict(int)
    for day, spend in api.rows("SELECT day, spend_micros FROM metric_hour JOIN campaign c ON c.id = campaign_id "
                               "WHERE c.name = 'Spring'"):  # fmt: skip
        days[str(day)] += int(spend)

    assert max(days.values()) <= 4_000_000  # the credit may end before a day's budget does
    assert spent(api)["Spring"] == sum(days.values()) == 9_000_000
    assert api.rows("SELECT left_micros FROM account_credit") == [(0,)]
    assert spent(api)["Island"] == offered(events, "island-ad")


def test_with_the_filters_on_spend_is_that_of_the_valid_clicks(api: Api):
    chance = Random(6)
    events = journeys(chance)
    world(api, spring=8_000_000, island=8_000_000)
    write_all(api, shares(events, chance), Terms())
    valid = "SELECT sum(price_micros) FROM ad_event WHERE kind = 'CLICK' AND invalid IS NULL AND ad_id IN ({})"
    ads = "SELECT a.id FROM ad a JOIN campaign c ON c.id = a.campaign_id WHERE c.name = '{}'"
    prices = {name: int(api.rows(valid.format(ads.format(name)))[0][0] or 0) for name in ("Spring", "Island")}

    assert spent(api) == {name: min(price, 8_000_000) for name, price in prices.items()}
    assert api.run(api.installation.rebuilding().check)[1] == []
    assert sums(api, "charged_micros", "ad_event")[0] == sum(spent(api).values())
