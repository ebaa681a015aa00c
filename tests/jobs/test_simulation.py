"""A simulated shop: counted once whatever happens to its reports and nodes, never over a budget, and replayable."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.delivery.simulation.shopper import Habits
from app.jobs import demo
from app.jobs.demo import Scale
from app.jobs.simulation import Crash, Rhythm, Simulation
from app.wiring import Installation, rehearsal

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCALE = Scale(seed=7, days=1, shoppers=150)
EVERY = 1_000_000  # parts per million
HOURLY = Rhythm(HOUR, HOUR, 3 * HOUR)


class Made(demo.Demonstration):
    """A demonstration whose simulation is another."""

    def simulation(self, begins: datetime) -> Simulation:
        made = super().simulation(begins)
        return replace(made, nodes=3, habits=Habits(again=EVERY), rhythm=HOURLY)


def simulated(folder: Path, seed: int = 7, kind: Any = demo.Demonstration) -> tuple[Installation, Simulation]:
    """A day of a shop, in a folder of its own."""
    folder.mkdir()
    wired = rehearsal(folder, MONDAY + 24 * HOUR, seed)

    async def run() -> Any:
        await wired.migrate()
        made = kind(**{**vars(wired.demonstration()), "scale": replace(SCALE, seed=seed), "studio": None})
        found = await made.run()
        await wired.database.close()
        return found

    return wired, asyncio.run(run())


def rows(wired: Installation, sql: str) -> list[Any]:
    async def read() -> list[Any]:
        async with wired.database.reading() as connection:
            found = [tuple(row) for row in await connection.execute(text(sql))]
        await wired.database.close()
        return found

    return asyncio.run(read())


FIGURES = """SELECT starts_at, position, impressions, clicks, spend_micros, detail_page_views_after_click
  FROM metric_hour ORDER BY ad_id, placement, position, starts_at"""


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Two of one seed, and one of another."""
    folder = tmp_path_factory.mktemp("shops")
    return [simulated(folder / str(at), seed) for at, seed in enumerate((7, 7, 8))]


def test_one_seed_is_one_history_byte_for_byte(shops):
    (one, first), (two, second), (other, third) = shops

    assert first.journal.digest == second.journal.digest != third.journal.digest
    assert rows(one, FIGURES) == rows(two, FIGURES) != rows(other, FIGURES)


def test_shoppers_are_shown_ads_and_click_some(shops):
    wired, simulation = shops[0]
    ((impressions, clicks, spent),) = rows(
        wired, "SELECT sum(impressions), sum(clicks), sum(spend_micros) FROM metric_hour"
    )

    assert impressions > 200 > clicks > 5
    assert spent > 0 == simulation.stage.tally.refused


def test_no_budget_is_ever_passed(shops):
    over = "SELECT count(*) FROM campaign WHERE spent_micros > total_budget_micros"
    daily = """SELECT count(*) FROM (SELECT sum(spend_micros) AS spent, daily_budget_micros FROM metric_hour
      JOIN campaign ON campaign.id = campaign_id GROUP BY campaign_id, day) WHERE spent > daily_budget_micros"""

    assert [rows(wired, sql) for wired, _ in shops for sql in (over, daily)] == [[(0,)]] * 6


def test_figures_are_those_of_the_events(shops):
    for wired, _ in shops:
        days, differences = asyncio.run(wired.rebuilding().check(None))
        asyncio.run(wired.database.close())

        assert (days > 0, differences) == (True, [])


def test_what_comes_twice_counts_once_and_a_dead_node_costs_no_money(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    crashes = [Crash(MONDAY + hour * HOUR, node) for hour in (6, 12) for node in range(3)]
    monkeypatch.setattr(Made, "happenings", lambda *_: crashes)
    wired, simulation = simulated(tmp_path / "shop", kind=Made)
    tally = simulation.stage.tally

    assert tally.duplicates == tally.reported > 200
    assert rows(wired, "SELECT sum(charged_micros) FROM ad_event") == rows(
        wired, "SELECT sum(spent_micros) FROM campaign"
    )
