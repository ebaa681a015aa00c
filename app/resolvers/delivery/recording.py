"""Records auctions as they were decided: noted in memory, written in batches, and nobody waits for it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db.engine import FAULTS, Database, is_away
from app.db.keys import any_of
from app.db.tables.delivery import Auction, AuctionHour, BidHour, Demand, OutcomeHour
from app.db.tables.identity import IngestToken
from app.db.work import Work, transaction
from app.domain.access import NOBODY, NOTHING
from app.domain.delivery.deciding import Held
from app.domain.delivery.markets import REAL
from app.domain.delivery.outcomes import Entry
from app.domain.delivery.prediction import PPM
from app.domain.delivery.sums import Sums, stride

EVERY = 1.0  # seconds between two writings
MOST_WAITING = 10_000  # auctions that are not written yet
LATEST = 4  # the part of the mean number of candidates that the latest auction makes, inverted
MOST_ENTRIES = 100  # of an auction's row
SLICE = 20  # auctions that are added up before others have their turn
MINUTE = timedelta(minutes=1)
HOURS_KEPT = timedelta(days=400)
AT_ONCE = 20_000  # auctions that are deleted in one transaction
log = structlog.get_logger("endcap.delivery")


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
        self._rows: list[dict[str, Any]] = []
        self._sums = Sums()
        self._candidates = 1
        """How many an auction has, in the mean of the latest."""
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
        """Write for ever."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.write()
            except Exception:  # the last resort: the next writing tries again
                log.exception("auctions were not recorded")

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
        sums = Sums()
        judged = 0
        for at, each in enumerate(waiting):
            step = stride(len(waiting), self._candidates) if at == judged else 0
            entries = each.held.entries(whole=step > 0)
            sums.win(each.held, each.at)
            if step:
                sums.fare(each.held, entries, each.at, min(step, len(waiting) - at))
                judged += step
                self._candidates += (len(entries) - self._candidates) // LATEST
            self._rows.append(self._row(each, entries, whole=step > 0))
            if at % SLICE == SLICE - 1:
                await asyncio.sleep(0)
        self._sums.merge(sums)
        self._forget_rows()

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

    async def _put(self, work: Work, rows: Sequence[dict[str, Any]], sums: Sums) -> None:
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

    def _row(self, noted: Noted, entries: Sequence[Entry], *, whole: bool) -> dict[str, Any]:
        slot = noted.held.slot
        return {
            "id": noted.id,
            "market": self._market,
            "request_id": noted.request_id,
            "at": noted.at,
            "placement": slot.placement,
            "format": slot.format,
            "search_query": slot.words or None,
            "interests": [id.hex for id in noted.held.interests],
            "slots": slot.count,
            "reserve_micros": noted.held.reserve,
            "currency": self._currency,
            "complete": whole and len(entries) <= MOST_ENTRIES,
            "entries": [_told(entry) for entry in _foremost(entries)],
        }


def _foremost(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The winners and the best of the others, in the order of rank."""
    if len(entries) <= MOST_ENTRIES:
        return entries
    won = sum(entry.rank is not None for entry in entries[MOST_ENTRIES:])
    room = MOST_ENTRIES - won
    return [*entries[:room], *(entry for entry in entries[room:] if entry.rank is not None)]


def _told(entry: Entry) -> dict[str, Any]:
    """An entry as it is kept."""
    return {
        "ad": entry.ad.hex,
        "campaign": entry.campaign.hex,
        "bid": entry.bid,
        "ctr": entry.ctr,
        "outcome": entry.outcome.value,
        "need": entry.need,
        "rank": entry.rank,
        "price": entry.price,
    }


async def _insert(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """An auction that another process has recorded, for the same request, stays as it is."""
    if rows:
        await work.session.execute(_insert_into(work, Auction).on_conflict_do_nothing(), rows)


async def _add(work: Work, sums: Sums, market: UUID) -> None:
    bids = {key: [count, ctr, (2 * cost + PPM) // (2 * PPM)] for key, (count, ctr, cost) in sums.bids.items()}
    await _add_to(work, AuctionHour, {(market, *key): counts for key, counts in sums.auctions.items()})
    await _add_to(work, OutcomeHour, sums.outcomes)
    await _add_to(work, BidHour, bids)
    await _add_to(work, Demand, sums.demand)


async def _add_to(work: Work, table: Any, sums: Mapping[Any, Sequence[int]]) -> None:
    """Add to the rows of a table, in the order of their keys: so no two processes wait for each other in a circle."""
    keys = [column.name for column in table.__table__.primary_key]
    counters = [column.name for column in table.__table__.columns if column.name not in keys]
    rows = [
        dict(zip([*keys, *counters], [*key, *counts], strict=True))
        for key, counts in sorted(sums.items(), key=lambda item: [str(part) for part in item[0]])
    ]
    statement = _insert_into(work, table)
    added = {name: table.__table__.c[name] + statement.excluded[name] for name in counters}
    if rows:
        await work.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)


def _insert_into(work: Work, table: Any) -> Any:
    name = work.session.get_bind().dialect.name
    return (postgresql if name == "postgresql" else sqlite).insert(table.__table__)


async def forget(work: Work, kept: timedelta) -> None:
    """Delete auctions that have been *kept* long enough, some at a time, and the hours of more than a year ago."""
    old = select(Auction.id).where(Auction.at < work.now - kept).order_by(Auction.at).limit(AT_ONCE)
    await work.session.execute(delete(Auction).where(any_of(Auction.id, old)))
    for table in (AuctionHour, OutcomeHour, BidHour):
        rows = cast("Any", table.__table__)
        # unscoped: a job of the clock, for every account
        await work.session.execute(delete(rows).where(rows.c.starts_at < work.now - HOURS_KEPT))
