"""How evenly budgets are spent: the product's own pacing, on simulated shoppers (DELIVERY: pacing).

A day without budgets shows what each campaign could spend and teaches the forecast; on the next one each has half of
that as its daily budget, sixteen nodes serve, and all of them look at what was spent every five seconds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select, update

from app.db.tables.campaigns import Campaign
from app.db.tables.delivery import Traffic
from app.db.tables.metrics import MetricHour
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.campaigns.status import CampaignKind
from app.domain.delivery.pacing import Day, week
from app.domain.delivery.prediction import PPM
from app.domain.delivery.simulation.shopper import Habits
from app.domain.delivery.simulation.world import Topic, World
from app.domain.money import MICROS
from app.jobs.showcase import Item, Plan
from app.jobs.simulation import Rhythm, Simulation
from app.wiring import rehearsal

BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
THINGS = ("tent", "stove", "lamp", "rope")
NODES, RATE = 16, 250_000
WARM = Rhythm(DAY / 96, DAY / 96, DAY / 24)
HONEST = Habits(again=0, late=0)


@dataclass(frozen=True)
class Paced:
    """A campaign's day: clicks an hour, what was spent of the budget, and how far its hours were off the plan."""

    clicks: int
    unbilled: int
    budget: int
    spent: int
    error: float
    drift: float

    @property
    def an_hour(self) -> float:
        return self.clicks / 24


def run(shoppers: int, days: int, part: int, sync: timedelta) -> Sequence[Paced]:
    """What became of budgets that are *part* percent of what could have been spent."""
    with TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder), shoppers, days, part, sync))


async def _run(folder: Path, shoppers: int, days: int, part: int, sync: timedelta) -> Sequence[Paced]:
    wired = rehearsal(folder, BEGINS, 7)
    await wired.migrate()
    demonstration, database = wired.demonstration(), wired.database
    card = await demonstration.card(BEGINS)
    async with transaction(database, OPERATOR, EVERYTHING, BEGINS, "bench") as work:
        account = await demonstration.people(work, card)
        names = [f"{thing} {size}" for thing in THINGS for size in ("large", "small")]
        items = [Item(f"Plain {name}", 10_00, (name.split()[0],), 40 + 2 * at) for at, name in enumerate(names)]
        plans = [Plan(name, CampaignKind.SPONSORED_SEARCH, 900_000, None, (at,)) for at, name in enumerate(names)]
        await demonstration.products(work, account, "B", items)
        await demonstration.campaigns(work, account, items, plans, "ada@example.com")
    topics = [Topic((thing,), (), 3 + at) for at, thing in enumerate(THINGS)]
    world = World(7, topics, shoppers, RATE, known=shoppers, floors=(100_000, 150_000, 200_000))
    warm = Simulation(wired.parts, world, BEGINS, rhythm=WARM, habits=HONEST)
    await warm.run(BEGINS + days * DAY)
    begins = BEGINS + days * DAY
    async with transaction(database, OPERATOR, EVERYTHING, begins, "bench") as work:
        await _limit(work, part, days)
        plan = await _plan(work, begins)
    measured = Simulation(
        wired.parts, world, begins, nodes=NODES, rhythm=Rhythm(sync, 60 * SECOND, 600 * SECOND), habits=HONEST
    )
    await measured.run(begins + DAY)
    async with transaction(database, OPERATOR, EVERYTHING, begins + DAY, "bench") as work:
        found = await _results(work, begins, plan)
    await database.close()
    return found


async def _limit(work: Work, part: int, days: int) -> None:
    """A large campaign may spend *part* of what it could have, a small one half of that."""
    for campaign in await work.session.scalars(select(Campaign)):
        share = part if campaign.name.endswith("large") else part / 2
        budget = max(MICROS, int(campaign.spent_micros * share / 100 / days))
        mine = update(Campaign).where(Campaign.id == campaign.id)
        await work.session.execute(mine.values(daily_budget_micros=budget))


async def _plan(work: Work, begins: datetime) -> Day:
    """What is forecast of the day as it begins."""
    known = await work.session.execute(select(Traffic.hour, Traffic.auctions))
    return Day(begins, begins + DAY, week({row.hour: row.auctions for row in known}))


async def _results(work: Work, begins: datetime, plan: Day) -> list[Paced]:
    shares = [plan.share(begins + hour * DAY / 24) / PPM for hour in range(25)]
    sums = [func.sum(each) for each in (MetricHour.spend_micros, MetricHour.clicks, MetricHour.unbilled_clicks)]
    rows = select(MetricHour.campaign_id, MetricHour.hour, *sums).where(MetricHour.day == begins.date())
    hours: dict[UUID, dict[int, Any]] = {}
    for id, hour, *counts in await work.session.execute(rows.group_by(MetricHour.campaign_id, MetricHour.hour)):
        hours.setdefault(id, {})[hour] = counts
    campaigns = {each.id: each for each in await work.session.scalars(select(Campaign))}
    return [_of(campaigns[id].daily_budget_micros, seen, shares) for id, seen in hours.items()]


def _of(budget: int, seen: dict[int, Any], shares: Sequence[float]) -> Paced:
    spent, off, drift, so_far = 0, 0.0, 0.0, 0
    for hour in range(24):
        spent_here = seen.get(hour, (0, 0, 0))[0]
        so_far += spent_here
        off += abs(spent_here - budget * (shares[hour + 1] - shares[hour]))
        drift += abs(so_far - budget * shares[hour + 1]) / budget / 24
        spent += spent_here
    clicks, unbilled = (sum(counts[at] for counts in seen.values()) for at in (1, 2))
    return Paced(clicks, unbilled, budget, spent, off / budget, drift)


CLASSES = (("30 clicks/h and more", 30, 10**9, 0.10), ("10 to 30", 10, 30, 0.20), ("fewer", 0, 10, None))
LEAST_USED, MOST_FREE = 0.98, 0.002
HEADINGS = (
    "Clicks an hour",
    "Campaigns",
    "Utilisation",
    "Least",
    "Hourly error",
    "Target",
    "Drift",
    "Overspent",
    "Free",
)


def show(found: Sequence[Paced]) -> bool:
    """The table of DELIVERY.md; whether every target was met."""
    table, met = Table(*HEADINGS), True
    for name, least, most, target in CLASSES:
        mine = [each for each in found if least <= each.an_hour < most]
        if mine:
            table.add_row(name, *_row(mine, target))
            used, error = min(each.spent / each.budget for each in mine), _mean([each.error for each in mine])
            met = met and (target is None or (used >= LEAST_USED and error <= target))
    table.add_row("all", *_row(found, None))
    Console(width=120).print(table)
    return met and _free(found) <= MOST_FREE and not any(each.spent > each.budget for each in found)


def _row(mine: Sequence[Paced], target: float | None) -> list[str]:
    used = [each.spent / each.budget for each in mine]
    over = sum(max(0, each.spent - each.budget) for each in mine)
    error, drift = _mean([each.error for each in mine]), _mean([each.drift for each in mine])
    aim = "-" if target is None else f"{target:.0%}"
    figures = [f"{_mean(used):.2%}", f"{min(used):.2%}", f"{error:.1%}", aim, f"{drift:.1%}", str(over)]
    return [str(len(mine)), *figures, f"{_free(mine):.3%}"]


def _free(mine: Sequence[Paced]) -> float:
    """The part of the clicks that were not charged, because the budget was used up when they came."""
    return sum(each.unbilled for each in mine) / max(1, sum(each.clicks for each in mine))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
