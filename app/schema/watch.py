"""What a subscription follows, and how each change is shown to whoever asks at that time."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.db.followers import Follower
from app.db.looking import Looking
from app.domain.access import Caller
from app.schema.context import Context


class Topic(ABC):
    """What is followed."""

    @abstractmethod
    def wants(self, change: Any) -> bool:
        """Whether a change may concern it: asked of every change, for everybody, so it looks nothing up."""

    @abstractmethod
    async def check(self, context: Context) -> None:
        """Refuse what the caller of the context may not follow."""

    @abstractmethod
    async def show(self, context: Context, change: Any) -> Any:
        """The event that a change is to the caller of the context; None where it is none. Refuses as `check` does."""


@dataclass
class Watch:
    """A subscription that runs. The guard puts its door there; each event passes both anew."""

    topic: Topic
    follower: Follower | Looking
    door: Callable[[Caller], None] | None = None

    def __aiter__(self) -> AsyncIterator[Any]:
        """The changes as they come, which are still to be shown."""
        return self.follower

    async def admit(self, context: Context) -> None:
        """Refuse a caller who may not follow this any more."""
        self._knock(context)
        await self.topic.check(context)

    async def show(self, context: Context, change: Any) -> Any:
        self._knock(context)
        return await self.topic.show(context, change)

    def _knock(self, context: Context) -> None:
        if self.door is None:
            raise TypeError("a subscription runs behind its guard")
        self.door(context.caller)


async def watch(
    context: Context, topic: Topic, account_id: UUID | None = None, since: int | None = None
) -> AsyncIterator[Any]:
    """Follow a topic; with *since* the changes of an account after that number come first."""
    await topic.check(context)
    follower = await context.services.followers.join(topic.wants, account_id, since)
    return Watch(topic, follower)  # type: ignore[return-value] - an iterable of what is still to be shown
