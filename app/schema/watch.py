"""What a subscription follows, and how each change is shown to whoever asks at that time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.db.followers import Follower
from app.domain.access import Caller
from app.schema.context import Context

Check = Callable[[Context], Awaitable[None]]
"""Refuses what the caller of a context may not follow."""
Show = Callable[[Context, Any], Awaitable[Any]]
"""The event that a change is to the caller of a context; None where it is none. Refuses as `Check` does."""


def _open(_: Caller) -> None:
    """Before the guard has put its own door here: no subscription is built without one."""


@dataclass
class Watch:
    """A subscription that runs. The guard puts its door there; both are asked again for every event."""

    follower: Follower
    check: Check
    show: Show
    door: Callable[[Caller], None] = _open

    def __aiter__(self) -> AsyncIterator[Any]:
        """The changes as they come, which are still to be shown."""
        return self.follower

    async def admit(self, context: Context) -> None:
        """Refuse a caller who may not follow this any more."""
        self.door(context.caller)
        await self.check(context)


async def watch(
    context: Context,
    wants: Callable[[Any], bool],
    check: Check,
    show: Show,
    *,
    account_id: UUID | None = None,
    since: int | None = None,
) -> Watch:
    """Follow the changes that are wanted; with *since* those of an account after that number come first."""
    await check(context)
    follower = await context.services.followers.join(wants, account_id, since)
    return Watch(follower, check, show)
