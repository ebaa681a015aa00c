"""Replaying a foreign log through the counting of live events, by an operator's explicit command."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from app.db.engine import Database
from app.db.scope import find
from app.db.tables.accounts import Account
from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.delivery.events import AdEvent, LogLine
from app.domain.errors import InvalidInput, Refusal
from app.domain.events import Event
from app.jobs.files import Outcome, Progress, broken, lines
from app.resolvers.delivery import counting, replay
from app.resolvers.delivery.counting import Fate

BATCH = 500
COLUMNS = {"timestamp", "item_id", "position", "click", "user"}
ACTION = "replay"


@dataclass(frozen=True)
class Replay:
    """A log for an account: the acceptance horizon and the traffic filters are off, and history says so."""

    database: Database
    clock: Callable[[], datetime]
    path: Path
    account_id: UUID

    async def run(self, progress: Progress | None = None) -> Outcome:
        """Count every event of the log that was not counted before; broken lines are named and left out."""
        outcome = Outcome()
        ads = await self._prepare()
        batch: list[AdEvent] = []
        for number, text, entry in self._entries(progress):
            if isinstance(entry, Refusal):
                outcome.broken += broken(number, entry)
                continue
            batch += replay.events(self.account_id, ads, text, entry)
            if len(batch) >= BATCH:
                await self._count(batch, outcome)
                batch = []
        await self._count(batch, outcome)
        await self._note(outcome)
        return outcome

    def _entries(self, progress: Progress | None = None) -> Iterator[tuple[int, str, LogLine | Refusal]]:
        header: list[str] = []
        for number, text in lines(self.path, progress):
            fields = next(csv.reader([text]), [])
            if number == 1:
                header = fields
                self._check_header(header)
                continue
            try:
                yield number, text, LogLine.parse(dict(zip(header, fields, strict=False)))
            except Refusal as refusal:
                yield number, text, refusal

    def _check_header(self, header: list[str]) -> None:
        if not set(header) >= COLUMNS:
            missing = ", ".join(sorted(COLUMNS - set(header)))
            raise Refusal(InvalidInput(message=f"The first line must name the columns; missing: {missing}."))

    async def _prepare(self) -> dict[int, UUID]:
        """Read the log once for its items, and see to their ads."""
        digest, found = sha256(), []
        for _, text, entry in self._entries():
            digest.update(text.encode() + b"\n")
            found += [entry] if isinstance(entry, LogLine) else []
        if not found:
            raise Refusal(InvalidInput(message="The log has no line that can be replayed."))
        items = sorted({entry.item for entry in found})
        start = min(entry.at for entry in found)
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), ACTION) as work:
            account = await find(work, Account, self.account_id)
            return await replay.prepare(work, account, replay.Log(self.path.name, digest.hexdigest()), items, start)

    async def _count(self, batch: list[AdEvent], outcome: Outcome) -> None:
        if not batch:
            return
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), ACTION) as work:
            await find(work, Account, self.account_id)
            fates = await counting.count(work, batch, counting.REPLAYED)
        outcome.written += fates.count(Fate.COUNTED)
        outcome.unchanged += fates.count(Fate.DUPLICATE)

    async def _note(self, outcome: Outcome) -> None:
        if not outcome.written:
            return
        async with transaction(self.database, OPERATOR, EVERYTHING, self.clock(), ACTION) as work:
            account = await find(work, Account, self.account_id)
            facts = {"file": self.path.name, "events": outcome.written, "horizon": "off", "filters": "off"}
            work.emit(Event.LOG_REPLAYED, account, **facts)
