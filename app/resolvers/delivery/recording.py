"""Records auctions as they were decided: noted in memory, written in batches, and nobody waits for it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple, cast
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update

from app.db import bulk
from app.db.engine import FAULTS, Database, is_away
from app.db.keys import any_of
from app.db.tables.delivery import Auction, AuctionHour, BidHour, Demand, OutcomeHour
from app.db.tables.identity import IngestToken
from app.db.work import Work, transaction
from app.domain.access import NOBODY, NOTHING
from app.domain.delivery.auction import Walk
from app.domain.delivery.deciding import Held
from app.domain.delivery.markets import REAL
from app.domain.delivery.outcomes import Entry
from app.domain.delivery.prediction import PPM
from app.domain.delivery.sums import HOUR, Fares, Sample, Sums

EVERY = 1.0  # seconds between two writings
MOST_WAITING = 10_000  # auctions that are not written yet
MOST_ENTRIES = 100  # of an auction's row
SLICE = 50  # auctions that are added up before others have their turn
SOME = 200  # candidates that are judged likewise
ROWS = 500  # auctions that are written in one statement
MINUTE = timedelta(minutes=1)
HOURS_KEPT = timedelta(days=400)
AT_ONCE = 20_000  # auctions that are deleted in one transaction
log = structlog.get_logger("endcap.delivery")


Row = tuple[Any, ...]
"""Of the table of auctions, in the order of its columns; its entries become JSON as they are."""


class Noted(NamedTuple):
    """An auction that was decided a moment ago."""

    id: UUID
    request_id: str
    at: datetime
    held: Held


class Recorder:
    """One a process. What waits is bounded: where the database takes nothing for long, auctions go unrecorded."""

    def __init__(self, database: Database, clock: Callable[[], datetime], currency: str, market: UUID = REAL) -> None:
        self._database, self._clock, self._currency, self._market = database, clock, currency, market
        self._waiting: list[Noted] = []
        self._rows: list[Row] = []
        self._sums, self._sample = Sums(), Sample()
        self._ending = asyncio.Event()
        self._used: dict[UUID, datetime] = {}
        self._noted: dict[UUID, datetime] = {}
        self.decided = 0
        """How many auctions were decided since the start."""
        self.unrecorded = 0
        """How many of them were lost to the record."""

    def note(self, auctions: Sequence[Noted], token: UUID | None) -> None:
        """Auctions were decided for the holder of a token."""
        self.decided += len(auctions)
        room = MOST_WAITING - len(self._waiting)
        self._waiting += auctions[:room]
        self.unrecorded += max(0, len(auctions) - room)
        if token is not None and auctions:
            self._used[token] = auctions[0].at

    @property
    def waiting(self) -> int:
        """How many auctions are not written yet."""
        return len(self._waiting)

    def hand_over(self) -> list[Noted]:
        """What waits, for another to write."""
        waiting, self._waiting = self._waiting, []
        return waiting

    async def keep(self) -> None:
        """Write until it is ended, and a last time then: whatever is being judged is not broken off."""
        ends = False
        while not ends:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._ending.wait()
            ends = self._ending.is_set()
            try:
                await self.write()
            except Exception:  # the last resort: the next writing tries again
                log.exception("auctions were not recorded")
        self._ending.clear()

    def end(self) -> None:
        self._ending.set()

    async def write(self) -> None:
        """Write what waits; where the database is away it goes on waiting."""
        await self._add_up()
        if self._rows or self._used:
            await self._store()

    async def write_in(self, work: Work) -> None:
        """Write what waits in a transaction that others end; where that fails, it goes unrecorded."""
        await self._add_up()
        rows, self._rows = self._rows, []
        sums, self._sums = self._sums, Sums()
        await self._put(work, rows, sums)

    async def _add_up(self) -> None:
        """Judge what waits: its rows and sums are still to be written."""
        waiting, self._waiting = self._waiting, []
        sums, known = Sums(), _Deciders()
        for at, (each, weight) in enumerate(zip(waiting, self._sample.weights(len(waiting)), strict=True)):
            sums.win(each.held)
            entries = await self._judge(each, sums, weight) if weight else known.of(each.held)
            self._rows.append(self._row(each, entries, whole=weight > 0))
            if at % SLICE == SLICE - 1:
                await asyncio.sleep(0)
        self._sums.merge(sums)
        self._forget_rows()

    async def _judge(self, noted: Noted, sums: Sums, weight: int) -> list[Entry]:
        """Judge all candidates of an auction, and add how they fared."""
        held, entries = noted.held.whole(), list[Entry]()
        while held.walk.further(SOME):  # noqa: ASYNC110 - nothing is waited for: others have their turn
            await asyncio.sleep(0)
        await _in_turns(held.entries(), entries.extend)
        fares = Fares(sums, held, entries, noted.at, weight)
        await _in_turns(entries, fares.add)
        fares.end()
        self._sample.judged(len(entries))
        return entries

    def _forget_rows(self) -> None:
        """Those that have waited longest go first."""
        lost = max(0, len(self._rows) - MOST_WAITING)
        self.unrecorded += lost
        del self._rows[:lost]

    async def _store(self) -> None:
        rows, self._rows = self._rows, []
        sums, self._sums = self._sums, Sums()
        try:
            async with transaction(self._database, NOBODY, NOTHING, self._clock(), "record") as work:
                await self._put(work, rows, sums)
                await self._note_uses(work)
        except FAULTS as fault:
            self._rows = rows + self._rows
            sums.merge(self._sums)
            self._sums = sums
            if not is_away(fault):
                raise

    async def _put(self, work: Work, rows: Sequence[Row], sums: Sums) -> None:
        await _insert(work, rows)
        await _add(work, sums, self._market)

    async def _note_uses(self, work: Work) -> None:
        """When tokens were last used, to the minute: advice for people."""
        due = {id: at for id, at in self._used.items() if at - self._noted.get(id, at - MINUTE) >= MINUTE}
        if due:
            change = update(IngestToken).where(any_of(IngestToken.id, list(due)))
            await work.session.execute(change.values(last_used_at=max(due.values())))
        self._noted |= due
        self._used.clear()

    def _row(self, noted: Noted, entries: Sequence[Entry], *, whole: bool) -> Row:
        slot = noted.held.slot
        asked = slot.placement, slot.format, slot.words or None, [id.hex for id in noted.held.interests], slot.count
        complete = whole and len(entries) <= MOST_ENTRIES
        known = self._market, noted.request_id, noted.at
        return *known, *asked, noted.held.reserve, self._currency, complete, _foremost(entries), noted.id


class _Deciders:
    """Those who decided an auction, looked for once for all who share its walk (`Alike`): they follow each other."""

    def __init__(self) -> None:
        self._walk: Walk | None = None
        self._entries: list[Entry] = []

    def of(self, held: Held) -> list[Entry]:
        if held.walk is not self._walk:
            self._walk, self._entries = held.walk, held.decisive()
        return self._entries


async def _in_turns(entries: Iterable[Entry], take: Callable[[list[Entry]], None]) -> None:
    """Have entries taken, some at a time: others have their turn between them."""
    left = iter(entries)
    while some := list(islice(left, SOME)):
        take(some)
        await asyncio.sleep(0)


def _foremost(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The winners and the best of the others, in the order of rank."""
    if len(entries) <= MOST_ENTRIES:
        return entries
    won = sum(entry.rank is not None for entry in entries[MOST_ENTRIES:])
    room = MOST_ENTRIES - won
    return [*entries[:room], *(entry for entry in entries[room:] if entry.rank is not None)]


async def _insert(work: Work, rows: Sequence[Row]) -> None:
    """An auction that another process has recorded, for the same request, stays as it is."""
    ordered = sorted(rows, key=lambda row: row[-1].int)
    for at in range(0, len(ordered), ROWS):
        await bulk.insert_missing(work.session, Auction, ordered[at : at + ROWS])


async def _add(work: Work, sums: Sums, market: UUID) -> None:
    bids = {key: [count, ctr, (2 * cost + PPM) // (2 * PPM)] for key, (count, ctr, cost) in sums.bids.items()}
    auctions = {
        (market, datetime.fromtimestamp(hour * HOUR // 1_000, UTC), *about): counts
        for (hour, *about), counts in sums.auctions.items()
    }
    await _add_to(work, AuctionHour, auctions)
    await _add_to(work, OutcomeHour, sums.outcomes)
    await _add_to(work, BidHour, bids)
    await _add_to(work, Demand, {(UUID(int=campaign),): [micros] for campaign, micros in sums.demand.items()})


async def _add_to(work: Work, table: Any, sums: Mapping[Any, Sequence[int]]) -> None:
    """Add to the rows of a table, in the order of their keys: so no two processes wait for each other in a circle."""
    counters = tuple(column.name for column in table.__table__.columns if not column.primary_key)
    rows = [(*key, *counts) for key, counts in sorted(sums.items(), key=lambda item: _order(item[0]))]
    for at in range(0, len(rows), ROWS):
        await bulk.add_up(work.session, table, rows[at : at + ROWS], counters)


def _order(key: Sequence[Any]) -> list[Any]:
    """What is compared sooner, in the same order: numbers for UUIDs, and texts for members."""
    return [part.int if type(part) is UUID else part.value if isinstance(part, Enum) else part for part in key]


async def forget(work: Work, kept: timedelta) -> None:
    """Delete auctions that have been *kept* long enough, some at a time, and the hours of more than a year ago."""
    old = select(Auction.id).where(Auction.at < work.now - kept).order_by(Auction.at).limit(AT_ONCE)
    await work.session.execute(delete(Auction).where(any_of(Auction.id, old)))
    for table in (AuctionHour, OutcomeHour, BidHour):
        rows = cast("Any", table.__table__)
        # unscoped: a job of the clock, for every account
        await work.session.execute(delete(rows).where(rows.c.starts_at < work.now - HOURS_KEPT))
