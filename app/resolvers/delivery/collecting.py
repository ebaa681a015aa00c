"""Group commit: events that come one by one are counted together, and each is answered once they are kept."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.db.engine import FAULTS, Database, is_away, is_undone
from app.db.work import transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.domain.delivery.events import AdEvent, Visit
from app.resolvers.delivery.counting import Fate, Terms, count
from app.resolvers.delivery.owners import Owners

SHOPPERS = Caller(name="Shoppers", via=Via.API_TOKEN)
PAUSE = 0.002  # seconds for which the first of a group waits for others
MOST_AT_ONCE = 2_000  # events of a transaction
MOST_WAITING = 20_000  # events: more than a few seconds' worth is refused
TRIES = 3  # where another writer's transaction went first
log = structlog.get_logger("endcap.counting")
Events = Sequence[AdEvent | Visit]


class Busy(Exception):
    """More events wait than can be counted soon: try again in a moment."""


@dataclass(frozen=True)
class _Waiting:
    events: Events
    fates: "asyncio.Future[list[Fate]]"


class Collector:
    """Counts what is put into it, group by group. While one group is written, the next one comes together."""

    def __init__(self, database: Database, clock: Callable[[], datetime], terms: Terms) -> None:
        self._database, self._clock, self._terms = database, clock, terms
        self._owners = Owners()
        self._waiting: list[_Waiting] = []
        self._size = 0
        self._counting: asyncio.Task[None] | None = None

    async def put(self, events: Events) -> list[Fate]:
        """What became of each event, once it is kept. Raises Busy, or what keeps the database from keeping it."""
        if not events:
            return []
        if self._size + len(events) > MOST_WAITING:
            raise Busy
        waiting = _Waiting(events, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._size += len(events)
        if self._counting is None:
            self._counting = asyncio.create_task(self._count_all())
        return await waiting.fates

    async def _count_all(self) -> None:
        """Until nothing waits; who has given up meanwhile is counted all the same."""
        await asyncio.sleep(PAUSE)
        try:
            while group := self._group():
                await self._count(group)
        finally:
            self._counting = None
            for waiting in self._waiting:
                waiting.fates.cancel()

    def _group(self) -> list[_Waiting]:
        """The first that wait, as many as a transaction takes, and at least one."""
        size, many = 0, 0
        for many, waiting in enumerate(self._waiting, 1):  # noqa: B007
            size += len(waiting.events)
            if size >= MOST_AT_ONCE:
                break
        group, self._waiting = self._waiting[:many], self._waiting[many:]
        self._size -= size
        return group

    async def _count(self, group: list[_Waiting]) -> None:
        """One transaction for the group; where it fails for another reason than the database, each has its own."""
        try:
            fates = await self._written([event for waiting in group for event in waiting.events])
        except Exception as fault:  # the last resort: whoever waits is told, and what others sent is counted
            if len(group) == 1 or (isinstance(fault, FAULTS) and is_away(fault)):
                _tell(group, fault)
                return
            log.exception("a group of events could not be counted: each is tried by itself")
            for waiting in group:
                await self._count([waiting])
            return
        for waiting in group:
            mine, fates = fates[: len(waiting.events)], fates[len(waiting.events) :]
            if not waiting.fates.done():
                waiting.fates.set_result(mine)

    async def _written(self, events: Events) -> list[Fate]:
        for tries in range(TRIES, 0, -1):
            try:
                async with transaction(self._database, SHOPPERS, EVERYTHING, self._clock(), "count") as work:
                    return await count(work, events, self._terms, self._owners)
            except FAULTS as fault:
                if tries == 1 or not is_undone(fault):
                    raise
        raise AssertionError


def _tell(group: list[_Waiting], fault: Exception) -> None:
    for waiting in group:
        if not waiting.fates.done():
            waiting.fates.set_exception(fault)
