"""Serving ads: what is known is kept up to date, requests are decided by it, and what was decided is recorded."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from app.db.engine import FAULTS, Database
from app.domain.access import Caller
from app.domain.delivery.requests import Request
from app.domain.delivery.token import Seals
from app.domain.ports import Previews
from app.resolvers.delivery.deciding import Answer, Conditions, Decider
from app.resolvers.delivery.keeping import Keeper
from app.resolvers.delivery.recording import Recorder
from app.resolvers.delivery.snapshot import Snapshot
from app.resolvers.identity.callers import authenticate
from app.resolvers.identity.secret import digest

_Asked = tuple[asyncio.Future[Answer], Snapshot, Caller, Request, bool]


class Delivery:
    """One a process; it begins with whoever asks first."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        seals: Seals,
        previews: Previews,
        conditions: Conditions,
    ) -> None:
        self._database, self._clock = database, clock
        self.conditions = conditions
        self.keeper = Keeper(database, clock, conditions.currency)
        self.recorder = Recorder(database, clock, conditions.currency)
        self._decider = Decider(conditions, seals, previews, self.recorder)
        self._recording: asyncio.Task[None] | None = None
        self._asked: list[_Asked] = []
        self.is_beginning = False
        """Whether the ads are being read for the first time: nobody should ask yet."""

    async def decide(self, caller: Caller, request: Request, *, rehearsed: bool = False) -> Answer:
        """The answer to a request; what is only *rehearsed* leaves no trace.

        Raises what the database raises where it is away for longer than a moment.
        """
        snapshot = await self.keeper.current()
        if self._recording is None:
            self._recording = asyncio.create_task(self.recorder.keep())
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Answer] = loop.create_future()
        if not self._asked:
            loop.call_soon(self._decide_all)
        self._asked.append((turn, snapshot, caller, request, rehearsed))
        return await turn

    def _decide_all(self) -> None:
        """Decide for those who asked in this turn of the loop, one right after another.

        So the code for it stays in the processor's caches, the answers leave together, and what was asked for alike is
        held once: for all of them it is the same moment.
        """
        asked, self._asked, at = self._asked, [], self._clock()
        for turn, snapshot, caller, request, rehearsed in asked:
            if turn.cancelled():
                continue
            try:
                turn.set_result(self._decider.decide(snapshot, caller, request, at, rehearsed=rehearsed))
            except Exception as error:  # noqa: BLE001 - the last resort: it is for who asked, the others are answered
                turn.set_exception(error)

    async def caller(self, token: str) -> Caller:
        """Whom a token of the retailer's own stands for: known in memory, and asked of the database where it is not."""
        await self.keeper.current()
        now, known = self._clock(), self.keeper.feed(digest(token))
        if known is not None and known.standing(now):
            return known.caller
        return await authenticate(self._database, token, now)

    async def load(self) -> None:
        """Read what auctions know before anybody asks; a database that is away is waited for."""
        self.is_beginning = True
        while not self.keeper.is_ready:
            with suppress(*FAULTS):
                await self.keeper.current()
            await asyncio.sleep(0 if self.keeper.is_ready else 1)
        self.is_beginning = False

    async def close(self) -> None:
        """End; what was decided is still recorded."""
        await self.keeper.close()
        if self._recording is not None:
            self.recorder.end()
            await self._recording
            self._recording = None
