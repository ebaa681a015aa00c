"""Looking at something again and again: for what changes too often to be history."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, Self


class Seen(Protocol):
    """What a look gives; two are equal where nothing has changed."""

    @property
    def is_last(self) -> bool:
        """Whether nothing changes any more."""
        ...


class Looking:
    """Gives what is seen at once, and then whenever it has changed; ends after the last."""

    def __init__(self, look: Callable[[], Awaitable[Seen]], every: float) -> None:
        """*every* so many seconds."""
        self._look, self._every = look, every
        self._seen: Seen | None = None
        self._woken = asyncio.Event()
        self._ended: Exception | None = None

    def end(self, why: Exception) -> None:
        """Let it raise *why* next; the first reason counts."""
        self._ended = self._ended or why
        self._woken.set()

    def leave(self) -> None:
        """Nobody looks any more, so there is nothing to end."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        if self._seen is not None and self._seen.is_last:
            raise StopAsyncIteration
        while True:
            if self._ended is not None:
                raise self._ended
            seen = await self._look()
            if seen != self._seen:
                self._seen = seen
                return seen
            await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._every):
                await self._woken.wait()
        except TimeoutError:
            return
