"""Those who follow the changes: one reader a process tells them all, each through a bounded queue of their own."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from uuid import UUID

import structlog

from app.db.changes import PAGE, Changes
from app.db.engine import Database

LOOK = 0.5  # seconds between looks where nobody says that something was written
SOON = 0.02  # while a transaction runs that may have taken a lower number
MOST_KEPT = 256  # changes that wait for one follower
log = structlog.get_logger("endcap.followers")


class Behind(Exception):
    """The follower takes the changes more slowly than they come."""


class Follower:
    """Gives the changes that are wanted, one by one: first those *since* a number, then those that come."""

    def __init__(
        self, followers: "Followers", wants: Callable[[Any], bool], account_id: UUID | None, since: int | None
    ) -> None:
        self._followers, self._wants, self._account_id = followers, wants, account_id
        self._past = since  # how far what is past was read; None: all of it
        self._kept: deque[Any] = deque()
        self._woken = asyncio.Event()
        self._ended: Exception | None = None

    def tell(self, change: Any) -> None:
        """A change came; while the past is read it is found there."""
        if self._past is not None or self._ended is not None or not self._wants(change):
            return
        if len(self._kept) >= MOST_KEPT:
            self.end(Behind())
        else:
            self._kept.append(change)
            self._woken.set()

    def end(self, why: Exception) -> None:
        """Let it raise *why* next, whatever waits; the first reason counts."""
        self._ended = self._ended or why
        self._kept.clear()
        self._woken.set()

    def leave(self) -> None:
        self._followers.leave(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while True:
            if self._ended is not None:
                raise self._ended
            if self._kept:
                return self._kept.popleft()
            if self._past is not None:
                await self._read_past(self._past)
            else:
                self._woken.clear()
                await self._woken.wait()

    async def _read_past(self, after: int) -> None:
        """The next page of the past. Where it has been read up to what all were told, the queue goes on from there."""
        upto = self._followers.told
        if after == upto:
            self._past = None
            return
        if after > upto:  # in sight, but not complete yet
            await asyncio.sleep(SOON)
            return
        rows = await self._followers.changes.between(after, upto, self._account_id)
        self._kept.extend(row for row in rows if self._wants(row))
        self._past = rows[-1].seq if len(rows) == PAGE else upto


class Followers:
    """The reader: it runs while somebody follows, and looks when woken, else twice a second."""

    def __init__(self, database: Database) -> None:
        self.changes = Changes(database)
        self.told = 0
        """Up to which number all were told."""
        self._database = database
        self._following: set[Follower] = set()
        self._starting = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    async def join(
        self, wants: Callable[[Any], bool], account_id: UUID | None = None, since: int | None = None
    ) -> Follower:
        """Follow from now on, or from a number on; whoever joins must leave."""
        follower = Follower(self, wants, account_id, since)
        async with self._starting:
            if self._reading is None:
                self.told = await self._start()
                self._reading = asyncio.create_task(self._read())
                self._database.listeners.append(self._woken.set)
            self._following.add(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        self._following.discard(follower)
        if not self._following and self._reading is not None:
            self._reading.cancel()
            self._reading = None
            self._database.listeners.remove(self._woken.set)

    async def _start(self) -> int:
        """A number up to which the table is complete, and nothing of what is in sight now lies beyond it."""
        complete = await self.changes.complete()
        goal = self.changes.seen
        while complete < goal:
            await asyncio.sleep(SOON)
            complete = await self.changes.complete()
        return complete

    async def _read(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._look()
            except Exception:  # the last resort: the reader must outlive whatever a look meets
                log.exception("the changes could not be read")
            with suppress(TimeoutError):
                async with asyncio.timeout(SOON if self.changes.is_waiting else LOOK):
                    await self._woken.wait()

    async def _look(self) -> None:
        upto = await self.changes.complete()
        while self.told < upto:
            rows = await self.changes.between(self.told, upto)
            for row in rows:
                for follower in tuple(self._following):
                    follower.tell(row)
            self.told = rows[-1].seq if len(rows) == PAGE else upto
