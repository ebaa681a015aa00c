"""Lets simulated shoppers come, hour after hour, and their ads be served and counted by the parts of a server."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count as numbers
from json import dumps
from typing import Any, TextIO
from uuid import UUID

from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.domain.delivery.markets import REAL
from app.domain.delivery.reports import NAMES, Report
from app.domain.delivery.simulation.dice import Dice
from app.domain.delivery.simulation.shopper import Habits, Shown, reports
from app.domain.delivery.simulation.world import Look, World
from app.resolvers.delivery.simulating import Parts, Stage

SHOPPERS = Caller(name="Simulated shoppers", via=Via.JOB)
HOUR = timedelta(hours=1)
Beside = Callable[[Work, datetime], Awaitable[None]]
"""What else is done in the transaction that brings a simulation up to a moment."""


def ids(seed: int) -> Callable[[], UUID]:
    """Ids that follow from a seed, each greater than the one before, as those of time are."""
    dice, order = Dice(seed, "ids"), numbers(1)
    return lambda: UUID(int=next(order) << 64 | dice.throw())


@dataclass
class Clock:
    """The time it is in a simulation."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Rhythm:
    """How often reports are counted and nodes look at what has changed, and how often campaigns are paced."""

    count: timedelta = timedelta(minutes=15)
    pace: timedelta = timedelta(minutes=15)
    learn: timedelta = HOUR


@dataclass(frozen=True)
class Happening:
    """Something that happens at a moment, beside the shoppers: a stock-out, a pause, a change of the budget."""

    at: datetime
    does: Callable[[Work], Awaitable[object]]


@dataclass(frozen=True)
class Crash:
    """A node dies at a moment, with all that it remembers, and another takes its place."""

    at: datetime
    node: int = 0


@dataclass
class Journal:
    """Everything that was reported, a JSON line each as `POST /v1/events` takes them, and the SHA-256 of the lines."""

    file: TextIO | None = None
    _digest: Any = field(default_factory=sha256)

    def note(self, report: Report) -> None:
        told = {name: value for name, held in NAMES.items() if (value := getattr(report, held)) is not None}
        line = dumps({"kind": report.kind.value, **told, "occurredAt": report.at.isoformat()}) + "\n"
        self._digest.update(line.encode())
        if self.file is not None:
            self.file.write(line)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


@dataclass
class Simulation:
    """Shoppers of a *world* in a market. Its clock is its own: nothing waits, and nothing asks for the real time."""

    parts: Parts
    world: World
    begins: datetime
    market: UUID = REAL
    nodes: int = 1
    rhythm: Rhythm = field(default_factory=Rhythm)
    habits: Habits = field(default_factory=Habits)
    journal: Journal = field(default_factory=Journal)

    def __post_init__(self) -> None:
        self.clock = Clock(self.begins)
        self.stage = Stage(self.parts, self.clock, self.market, self.nodes)
        self._under_way: list[tuple[datetime, int, Report]] = []
        self._order = numbers()
        self._paced = self._learnt = self.begins

    async def run(
        self, until: datetime, happenings: Iterable[Happening | Crash] = (), beside: Beside | None = None
    ) -> None:
        """Let the time pass. What is still under way at the end, arrives then."""
        due = deque(sorted(happenings, key=lambda each: each.at))
        looks = self._looks(until)
        look = next(looks, None)
        await self.stage.see()
        while self.clock.now < until:
            if due and due[0].at <= self.clock.now:
                await self._happen(due.popleft())
                continue
            step = min(until, self.clock.now + self.rhythm.count)
            while look is not None and look.at < step:
                self._serve(look)
                look = next(looks, None)
            self.clock.now = step
            await self._settle(beside, last=step == until)
            await self.stage.see()

    def _looks(self, until: datetime) -> Iterator[Look]:
        at = self.clock.now
        while at < until:
            end = min(until, at.replace(minute=0, second=0, microsecond=0) + HOUR)
            yield from self.world.looks(at, end)
            at = end

    async def _happen(self, each: Happening | Crash) -> None:
        if isinstance(each, Crash):
            self.stage.crash(each.node)
            return
        async with self._change() as work:
            await each.does(work)
        await self.stage.see()

    def _serve(self, look: Look) -> None:
        """Ask a node for the ads of a page, and have the shopper do what they will do with them."""
        self.clock.now = look.at
        node = Dice(look.request.id).below(self.nodes)
        for served in self.stage.serve(node, look.request):
            drawn = served.content
            ctr = self.world.ctr(f"{drawn.title}\n{drawn.headline}", served.rank)
            shown = Shown(look.at, served.resolved_bid_id, self.stage.sku(drawn.product_id), ctr)
            for delivered in reports(look.shopper, shown, self.habits):
                heappush(self._under_way, (delivered.at, next(self._order), delivered.report))

    async def _settle(self, beside: Beside | None, *, last: bool) -> None:
        """One transaction for all that has come up to now."""
        now, arrived = self.clock.now, list[Report]()
        while self._under_way and (last or self._under_way[0][0] <= now):
            arrived.append(heappop(self._under_way)[-1])
            self.journal.note(arrived[-1])
        async with self._change() as work:
            await self.stage.settle(work, arrived)
            if now - self._paced >= self.rhythm.pace:
                await self.stage.pace(work)
                self._paced = now
            if now - self._learnt >= self.rhythm.learn:
                await self.stage.learn(work)
                self._learnt = now
            if beside is not None:
                await beside(work, now)

    def _change(self) -> AbstractAsyncContextManager[Work]:
        return transaction(self.parts.database, SHOPPERS, EVERYTHING, self.clock.now, "simulate")
