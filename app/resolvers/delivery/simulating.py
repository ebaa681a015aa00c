"""Serves and counts ads by the very parts of a server, while a clock that is given says what time it is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.db.engine import Database
from app.db.ids import parse
from app.db.keys import any_of
from app.db.tables.catalogue import Product
from app.db.work import Work
from app.domain.access import NOBODY
from app.domain.delivery.markets import REAL
from app.domain.delivery.reports import MOST_EVENTS, Batch, Report
from app.domain.delivery.requests import Request
from app.domain.delivery.token import Seals
from app.domain.ports import Previews
from app.resolvers.campaigns.effect import keep_time
from app.resolvers.delivery import bounds, pacing
from app.resolvers.delivery.counting import Fate, Terms, count
from app.resolvers.delivery.deciding import Conditions, Decider, Served
from app.resolvers.delivery.keeping import Keeper
from app.resolvers.delivery.recording import Recorder
from app.resolvers.delivery.reporting import outcome
from app.resolvers.delivery.snapshot import Snapshot


@dataclass(frozen=True)
class Parts:
    """What an installation serves and counts ads with."""

    database: Database
    seals: Seals
    previews: Previews
    conditions: Conditions
    terms: Terms


@dataclass
class Tally:
    """What became of everything so far."""

    auctions: int = 0
    shown: int = 0
    reported: int = 0
    duplicates: int = 0
    refused: int = 0
    lost: int = 0
    """Auctions that a crash kept from being recorded."""


@dataclass
class _Node:
    decider: Decider
    recorder: Recorder


@dataclass
class Stage:
    """A market with some nodes. They all see what `see` has read; what each remembers by itself is its own."""

    parts: Parts
    clock: Callable[[], datetime]
    market: UUID = REAL
    nodes: int = 1
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self._keeper = Keeper(self.parts.database, self.clock, self.parts.conditions.currency, self.market)
        self._nodes = [self._node() for _ in range(self.nodes)]
        self._snapshot: Snapshot | None = None
        self._skus: dict[UUID, str] = {}

    def _node(self) -> _Node:
        recorder = Recorder(self.parts.database, self.clock, self.parts.conditions.currency, self.market)
        parts = self.parts
        return _Node(Decider(parts.conditions, parts.seals, parts.previews, recorder), recorder)

    def crash(self, node: int) -> None:
        """A node loses what it remembers: answers, caps, promises, auctions that are not recorded yet."""
        self.tally.lost += self._nodes[node].recorder.waiting
        self._nodes[node] = self._node()

    async def see(self) -> None:
        """The nodes look at what has changed: settings, spending, pacing, rates."""
        self._snapshot = await self._keeper.see()
        unknown = {offer.landing for offer in self._snapshot.inventory.offers} - self._skus.keys()
        if unknown:
            async with self.parts.database.reading() as connection:
                rows = select(Product.id, Product.sku).where(any_of(Product.id, unknown))
                found = {id: sku for id, sku in await connection.execute(rows)}  # noqa: C416 - rows are no pairs to types
                self._skus |= dict.fromkeys(unknown, "") | found

    def sku(self, product: str | None) -> str:
        """What shops call a product that is advertised, by its id; nothing where an ad leads to a Page."""
        key = parse(product) if product else None
        return self._skus.get(key[1], "") if key else ""

    def serve(self, node: int, request: Request) -> Iterator[Served]:
        """Whom a node answers a request with."""
        if self._snapshot is None:
            raise RuntimeError("nothing was seen yet")
        answer = self._nodes[node].decider.decide(self._snapshot, NOBODY, request, self.clock())
        self.tally.auctions += len(answer.results)
        for result in answer.results:
            self.tally.shown += len(result.winners)
            yield from result.winners

    async def settle(self, work: Work, reports: Sequence[Report]) -> None:
        """Record what was decided, and count what is reported."""
        first, *others = (node.recorder for node in self._nodes)
        for each in others:
            first.note(each.hand_over(), None)
        await first.write_in(work)
        for at in range(0, len(reports), MOST_EVENTS):
            batch = Batch.of(reports[at : at + MOST_EVENTS], self.parts.seals, work.now)
            fates = await count(work, batch.events, self.parts.terms)
            self.tally.reported += fates.count(Fate.COUNTED)
            self.tally.duplicates += fates.count(Fate.DUPLICATE)
            self.tally.refused += len(outcome(batch, fates).refused)

    async def pace(self, work: Work) -> None:
        """What the schedule does every minute."""
        await keep_time(work, None if self.market == REAL else self.market)
        await pacing.pace(work, self.market)

    async def learn(self, work: Work) -> None:
        """What it does now and then; figures become final by the clock of the real accounts alone."""
        await pacing.learn(work, self.market)
        if self.market == REAL:
            await bounds.close(work)
