"""Figures of campaigns as they grow: told every few seconds to whoever watches them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app.db.ids import global_id
from app.db.keys import among
from app.db.scope import opened
from app.domain.access import Level
from app.domain.accounts import local_day
from app.domain.errors import Findings, NotFound, Refusal
from app.resolvers.campaigns.reads import campaigns
from app.resolvers.metrics import COUNTERS, Days, of_campaigns
from app.schema.context import Context, Info
from app.schema.history import ChangeMessage
from app.schema.metrics.rows import METRICS, MetricRow
from app.schema.relay import keys
from app.schema.scalars import BigInt
from app.schema.watch import Topic, Watch

MOST_CAMPAIGNS, LEAST_SECONDS, MOST_SECONDS = 50, 1, 60


@strawberry.type(description="A campaign's figures of today, in the account's time zone")
class MetricsTick(ChangeMessage):
    seq: BigInt = strawberry.field(description="Number of the newest change of anything by then")
    at: datetime = strawberry.field(description="When they were read")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign")
    row: MetricRow = strawberry.field(description="Its totals of today")


class Ticker:
    """Gives each of the places, all at once and again after a while, until it is ended."""

    def __init__(self, places: int, seconds: float) -> None:
        self._places, self._seconds = places, seconds
        self._tick, self._place = 0, 0
        self._over = asyncio.Event()
        self._why: Exception | None = None

    def end(self, why: Exception) -> None:
        self._why = self._why or why
        self._over.set()

    def leave(self) -> None:
        self._over.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[int, int]:
        """The number of the tick, and a place."""
        if self._place == self._places:
            self._tick, self._place = self._tick + 1, 0
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._over.wait()
        if self._why is not None:
            raise self._why
        self._place += 1
        return self._tick, self._place - 1


@dataclass
class _Figures(Topic):
    """Today's totals of campaigns; told at first, and when they have changed."""

    ids: Sequence[UUID]
    _tick: int = -1
    _rows: dict[UUID, Any] = field(default_factory=dict)
    _told: dict[UUID, Any] = field(default_factory=dict)

    def wants(self, change: Any) -> bool:  # noqa: ARG002 - it follows the clock
        return True

    async def check(self, context: Context) -> None:
        await self._zones(context)

    async def show(self, context: Context, change: tuple[int, int]) -> MetricsTick | None:
        tick, place = change
        if tick != self._tick:
            self._tick, self._rows = tick, await self._read(context)
        id, row = self.ids[place], self._rows[self.ids[place]]
        figures = (row.range_from, *(getattr(row, name) for name in COUNTERS))
        if self._told.get(id) == figures:
            return None
        self._told[id] = figures
        seq, shown = await context.services.followers.changes.newest(), strawberry.ID(global_id("Campaign", id))
        return MetricsTick(seq=BigInt(seq), at=context.now, campaign_id=shown, row=MetricRow(row=row))

    async def _read(self, context: Context) -> dict[UUID, Any]:
        """The totals of all of them, one statement for each day that is today in one of their zones."""
        by_day: dict[Any, list[UUID]] = {}
        for id, zone in (await self._zones(context)).items():
            by_day.setdefault(local_day(context.now, zone).date(), []).append(id)
        rows: dict[UUID, Any] = {}
        for day, ids in by_day.items():
            found = await context.loads.reader.rows(of_campaigns(among(ids), Days(day, day)))
            rows |= {row.parent_id: row for row in found}
        return rows

    async def _zones(self, context: Context) -> dict[UUID, str]:
        """The time zones of the campaigns, where the caller sees them all."""
        scope = context.caller.reach(Level.EDITOR)
        rows = {row.id: row for row in await context.loads.reader.rows(campaigns(scope, self.ids))}
        for place, id in enumerate(self.ids):
            if id not in rows:
                raise Refusal(NotFound(message="No such campaign.", path=("campaignIds", str(place))))
            opened(scope, rows[id].account_id, "campaignIds", str(place))
        return {id: rows[id].time_zone for id in self.ids}


@strawberry.type
class MetricsSubscriptions:
    @strawberry.subscription(
        description="Today's figures of campaigns: at once, and every few seconds those that have changed",
        extensions=[METRICS],
    )
    async def metrics_tick(
        self,
        info: Info,
        campaign_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description=f"1 to {MOST_CAMPAIGNS} campaigns, of any accounts")
        ],
        every_seconds: Annotated[
            int | None, strawberry.argument(description=f"{LEAST_SECONDS} to {MOST_SECONDS}; 5 without")
        ] = 5,
    ) -> AsyncIterator[MetricsTick]:
        seconds = 5 if every_seconds is None else every_seconds
        topic = _Figures(_checked(campaign_ids, seconds))
        await topic.check(info.context)
        return Watch(topic, Ticker(len(topic.ids), seconds))  # type: ignore[return-value, arg-type] - as `watch` does


def _checked(campaign_ids: list[strawberry.ID], seconds: int) -> list[UUID]:
    found = Findings()
    if not 1 <= len(campaign_ids) <= MOST_CAMPAIGNS:
        limit = f"1 <= length <= {MOST_CAMPAIGNS}"
        found.invalid(f"Watch 1 to {MOST_CAMPAIGNS} campaigns.", "campaignIds", constraint=limit)
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        limit = f"{LEAST_SECONDS} <= everySeconds <= {MOST_SECONDS}"
        found.invalid(f"Ask every {LEAST_SECONDS} to {MOST_SECONDS} seconds.", "everySeconds", constraint=limit)
    found.settle()
    return list(dict.fromkeys(keys(campaign_ids, "Campaign", "campaignIds") or ()))
