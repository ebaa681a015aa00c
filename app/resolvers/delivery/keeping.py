"""Keeps what auctions know up to date: by the changes as they are written, and by looking at what has none."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

import structlog

from app.db.changes import PAGE, Changes
from app.db.engine import Database
from app.domain.delivery.inventory import Flight, Inventory
from app.domain.delivery.markets import REAL
from app.resolvers.delivery.snapshot import ADS_OF, FLIGHTS_OF, Reading, Snapshot, Spent
from app.resolvers.identity import callers
from app.resolvers.identity.callers import Feed

LOOK = 0.5  # seconds between looks at the changes, where nobody in this process says that there are any
PATIENCE = 5.0  # seconds for which the end waits for what is being read
STALE = 2.0  # seconds after which nothing is decided by what was known before another look
PACE = 5.0  # seconds between looks at the pacing
LEARN = 60.0  # and at what is known of click rates
ANEW = 86_400.0  # after that many seconds all is read anew: what has left goes, and the rates of everything change
SPENT_PAGES = 4  # of campaigns, whose spending is looked at between two looks at the changes
AT_ONCE = 1_000  # keys in a statement
SLICE = 100  # ads that are ranked anew before others have their turn
WORTH = 50  # a rate that differs by less than a part of so many ranks an ad as before
FIRST, NEVER = UUID(int=0), datetime(1970, 1, 1, tzinfo=UTC)
log = structlog.get_logger("endcap.delivery")


@dataclass(frozen=True)
class _Read:
    """Everything as it was read, with the numbers and moments up to which it is known to be complete."""

    done: int
    learnt: datetime
    snapshot: Snapshot
    feeds: Mapping[str, Feed]


class Keeper:
    """One a process. It begins with whoever asks first, and ends with `close`.

    The sequence of changes is the truth: a change is looked at as soon as it is in sight, and again only where one
    with a lower number may still appear. What changes without being written down, what is spent, how it is paced and
    how often it is clicked, is looked at in turn; the clock needs no look.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], currency: str, market: UUID = REAL) -> None:
        self._database, self._clock = database, clock
        self._reading, self._changes = Reading(database, currency, market), Changes(database)
        self._snapshot: Snapshot | None = None
        self._feeds: Mapping[str, Feed] = {}
        self._done, self._early = 0, set[int]()  # what was seen up to a number, and singly behind it
        self._looked = 0.0
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._ending = asyncio.Event()
        self._after, self._paced, self._learnt = FIRST, NEVER, NEVER

    @property
    def is_ready(self) -> bool:
        return self._snapshot is not None

    def feed(self, digest: str) -> Feed | None:
        """Whom a token of the retailer's own stands for, by its digest; None: it is not known here."""
        return self._feeds.get(digest)

    async def current(self) -> Snapshot:
        """What auctions know, as it was STALE seconds ago at the earliest. Raises what the database raises."""
        if not self._tasks:
            self.go_on()
        while self._snapshot is None or monotonic() - self._looked > STALE:
            async with self._turn:
                if self._snapshot is None or monotonic() - self._looked > STALE:
                    await self._look()
        return self._snapshot

    def go_on(self) -> None:
        """Go on looking until it is closed."""
        self._database.listeners.append(self._woken.set)
        self._ending.clear()
        self._tasks = [asyncio.create_task(each()) for each in (self._follow, self._tend, self._keep_new)]

    async def close(self) -> None:
        """End, once what is being read is read: a statement that is broken off leaves its connection broken."""
        tasks, self._tasks = self._tasks, []
        if not tasks:
            return
        self._database.listeners.remove(self._woken.set)
        self._ending.set()
        self._woken.set()
        _, late = await asyncio.wait(tasks, timeout=PATIENCE)
        for task in late:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def look(self) -> None:
        """Bring what is known up to now."""
        async with self._turn:
            await self._look()

    async def renew(self) -> None:
        """Read everything anew, while what is known is good enough."""
        read = await self._read()
        async with self._turn:
            self._begin_with(read)
            await self._look()

    async def see(self) -> Snapshot:
        """What auctions know, brought up to now in all it consists of: for a clock that is not this process's own."""
        await self.look()
        await self._spend()
        await self._pace()
        await self._learn()
        return self._known

    # ---- by the changes

    async def _pause(self, seconds: float) -> bool:
        """Wait; whether to go on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()
        return not self._ending.is_set()

    async def _follow(self) -> None:
        while not self._ending.is_set():
            self._woken.clear()
            try:
                await self.look()
            except Exception:  # the last resort: whoever decides meets it as well, and says so
                log.exception("what auctions know could not be looked at")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._woken.wait()

    async def _look(self) -> None:
        began = monotonic()
        if self._snapshot is None:
            self._begin_with(await self._read())
        complete, last = await self._changes.complete(), self._done
        seen, about = set[int](), dict[str, set[UUID]]()
        while True:
            rows = await self._changes.subjects(last)
            for seq, kind, key in rows:
                seen.add(seq)
                if seq not in self._early:
                    about.setdefault(kind, set()).add(key)
            if len(rows) < PAGE:
                break
            last = rows[-1][0]
        await self._take_in(about)
        self._done = max(self._done, complete)
        self._early = {seq for seq in seen if seq > self._done}
        self._looked = began

    async def _read(self) -> "_Read":
        """Read everything anew; what changes meanwhile is looked at afterwards."""
        done, learnt = await self._changes.complete(), await self._reading.learnt_through()
        snapshot = await self._reading.all(self._clock())
        return _Read(done, learnt or NEVER, snapshot, await callers.feeds(self._database, self._clock()))

    def _begin_with(self, read: "_Read") -> None:
        self._snapshot, self._feeds = read.snapshot, read.feeds
        self._done, self._early = read.done, set()
        self._paced, self._learnt = NEVER, read.learnt

    async def _take_in(self, about: Mapping[str, set[UUID]]) -> None:
        """Read what the changes are about."""
        for kind in FLIGHTS_OF.keys() & about.keys():
            for keys in _parts(about[kind]):
                self._fly(await self._reading.flights(kind, keys, self._clock()))
        for kind in ADS_OF.keys() & about.keys():
            for keys in _parts(about[kind]):
                await self._offer(kind, keys)
        if "IngestToken" in about:
            self._feeds = await callers.feeds(self._database, self._clock())

    def _fly(self, flights: Iterable[Flight]) -> None:
        inventory = self._inventory
        others = [each for each in flights if inventory.flight(each.id) != each]
        if others:
            self._put(inventory.with_flights(others))

    async def _offer(self, kind: str, keys: list[UUID]) -> None:
        ads = await self._reading.ads(kind, keys, self._inventory.offer)
        unknown = {campaign for campaign in ads.campaigns.values() if self._inventory.flight(campaign) is None}
        if unknown:
            self._fly(await self._reading.flights("Campaign", unknown, self._clock()))
        inventory = self._inventory
        offers = ads.offers(inventory, self._known.knowledge)
        others = [each for each in offers if inventory.offer(each.id) != each]
        gone = [id for id in keys if id not in ads.campaigns and inventory.ads.get(id) is not None]
        if others or gone:
            self._put(inventory.with_offers(others, gone))

    # ---- by looking at what has no changes

    async def _tend(self) -> None:
        paced = learnt = 0.0
        goes_on = True
        while goes_on:
            try:
                await self._spend()
                if monotonic() - paced > PACE:
                    await self._pace()
                    paced = monotonic()
                if monotonic() - learnt > LEARN:
                    await self._learn()
                    learnt = monotonic()
            except Exception:  # the last resort: it is looked at again soon
                log.exception("spending, pacing or rates could not be looked at")
            goes_on = await self._pause(LOOK)

    async def _spend(self) -> None:
        """See what was spent, a part of the campaigns after another."""
        for _ in range(SPENT_PAGES if self.is_ready else 0):
            rows = await self._reading.spent(self._after)
            now, inventory = self._clock(), self._inventory
            self._fly(_spent(inventory, rows, now))
            self._after = rows[-1].campaign if rows else FIRST
            if not rows:
                return

    async def _pace(self) -> None:
        if not self.is_ready:
            return
        rows = await self._reading.paces_since(self._paced)
        known = ((self._inventory.flight(id), pass_through) for id, pass_through, _ in rows)
        self._fly([replace(flight, pass_through=part) for flight, part in known if flight is not None])
        self._paced = max([self._paced, *(row[-1] for row in rows)])

    async def _learn(self) -> None:
        """Rank ads anew of which something else is known by now, and those of their campaigns."""
        if not self.is_ready:
            return
        through = await self._reading.learnt_through() or NEVER
        if through <= self._learnt:
            return
        known = await self._reading.tallies_since(self._learnt)
        inventory = self._inventory
        campaigns = {offer.id: inventory.flights[offer.flight].id for id in known if (offer := inventory.offer(id))}
        knowledge = self._known.knowledge.learnt(known, campaigns)
        self._snapshot, self._learnt = replace(self._known, knowledge=knowledge), through
        places = {inventory.campaigns.get(id) for id in campaigns.values()}
        anew = await asyncio.to_thread(lambda: [each.id for each in inventory.offers if each.flight in places])
        for at in range(0, len(anew), SLICE):
            self._rank(anew[at : at + SLICE])
            await asyncio.sleep(0)

    def _rank(self, ids: Iterable[UUID]) -> None:
        inventory, knowledge = self._inventory, self._known.knowledge
        offers = [offer for id in ids if (offer := inventory.offer(id))]
        rated = [(each, knowledge.ctr(each.id, inventory.flights[each.flight].id)) for each in offers]
        others = [replace(each, ctr=ctr) for each, ctr in rated if abs(ctr - each.ctr) * WORTH > each.ctr]
        if others:
            self._put(inventory.with_offers(others))

    async def _keep_new(self) -> None:
        while await self._pause(ANEW):
            try:
                await self.renew()
            except Exception:  # the last resort: what is known stays as good as it was
                log.exception("what auctions know could not be read anew")

    @property
    def _known(self) -> Snapshot:
        if self._snapshot is None:
            raise RuntimeError("nothing was read yet")
        return self._snapshot

    @property
    def _inventory(self) -> Inventory:
        return self._known.inventory

    def _put(self, inventory: Inventory) -> None:
        self._snapshot = replace(self._known, inventory=inventory)


def _spent(inventory: Inventory, rows: Iterable[Spent], now: datetime) -> list[Flight]:
    """The campaigns that have less or more left than is known."""
    known = ((inventory.flight(row.campaign), row.left(now)) for row in rows)
    return [replace(flight, left=left) for flight, left in known if flight is not None and flight.left != left]


def _parts(keys: Iterable[UUID]) -> Iterable[list[UUID]]:
    listed = sorted(keys)
    return (listed[at : at + AT_ONCE] for at in range(0, len(listed), AT_ONCE))
