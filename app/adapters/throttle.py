"""Failed tries counted in this process, in a moving window."""

from asyncio import Lock
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter


class MemoryThrottle:
    """At most *tries* failures in *minutes* for each name."""

    def __init__(self, tries: int, minutes: int) -> None:
        self._limit = RateLimitItemPerMinute(tries, minutes)
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._turns: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, *names: str) -> AsyncIterator[None]:
        """Tries under one name go one after another, or many at once would pass before the first has failed."""
        async with AsyncExitStack() as turns:
            for name in sorted(names):  # in one order, so that no two wait for each other
                await turns.enter_async_context(self._turns.setdefault(name, Lock()))
            yield

    async def blocked_until(self, *names: str) -> datetime | None:
        """When a further try is allowed for all names, or None where it is allowed now."""
        stats = [
            await self._window.get_window_stats(self._limit, name)
            for name in names
            if not await self._window.test(self._limit, name)
        ]
        return max((datetime.fromtimestamp(each.reset_time, UTC) for each in stats), default=None)

    async def failed(self, *names: str) -> None:
        for name in names:
            await self._window.hit(self._limit, name)
