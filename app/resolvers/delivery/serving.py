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
from app.resolvers.identity.callers import authenticate
from app.resolvers.identity.secret import digest


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
        self._decider = Decider(conditions, seals, previews, self.recorder, clock)
        self._recording: asyncio.Task[None] | None = None
        self.is_beginning = False
        """Whether the ads are being read for the first time: nobody should ask yet."""

    async def decide(self, caller: Caller, request: Request, *, rehearsed: bool = False) -> Answer:
        """The answer to a request; what is only *rehearsed* leaves no trace.

        Raises what the database raises where it is away for longer than a moment.
        """
        snapshot = await self.keeper.current()
        if self._recording is None:
            self._recording = asyncio.create_task(self.recorder.keep())
        return self._decider.decide(snapshot, caller, request, rehearsed=rehearsed)

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
