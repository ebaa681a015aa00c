"""GraphQL objects that stand for a row: the row is all they hold, their fields declare what they show of it."""

from typing import Any, ClassVar, Self
from uuid import UUID

import strawberry

from app.domain.access import Caller, Level


class Keyed:
    """A row that is still to be read, known by its key: what a mutation answers with."""

    def __init__(self, id: UUID) -> None:
        self.id = id


@strawberry.type
class Rowed:
    """A GraphQL object of one row of a declared read."""

    row: strawberry.Private[Any]
    lock_columns: ClassVar[tuple[str, ...]] = ("account_id",)

    @classmethod
    def keyed(cls, id: UUID) -> Self:
        """The object of a key; the guard reads its row before the selection is resolved."""
        return cls(row=Keyed(id))

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:
        """Whether the caller holds *level* for a row with these lock columns: the lock of its guarded fields."""
        return caller.holds_in(level, *lock)
