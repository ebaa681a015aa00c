"""What the rules need of the outside world, as protocols; wiring hands in what fulfils them."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol


class Passwords(Protocol):
    """Hashing that is slow on purpose, off the event loop."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password fits; without a hash it takes as long and answers no."""
        ...


class Throttle(Protocol):
    """Counts tries by name in a moving window."""

    def turn(self, *names: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else tries under any of the names."""
        ...

    async def blocked_until(self, *names: str) -> datetime | None:
        """When a further try is allowed again, or None where one is allowed now."""
        ...

    async def failed(self, *names: str) -> None: ...
