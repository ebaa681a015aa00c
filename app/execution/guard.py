"""What stands before a field, as executors see it: a door at the root, a lock on the rows below."""

from abc import abstractmethod
from typing import Any

from strawberry.extensions import FieldExtension

from app.domain.access import Caller, Level
from app.execution.rows import Rowed


class Guard(FieldExtension):
    """Both raise a GraphQLError with the code of what is missing."""

    level: Level

    @abstractmethod
    def door(self, caller: Caller) -> None:
        """Let the caller in at the root, or say who is missing."""

    @abstractmethod
    def key(self, caller: Caller) -> None:
        """Let the caller as such use the field below the root: what does not depend on the row."""

    @abstractmethod
    def lock(self, caller: Caller, kind: type[Rowed], *values: Any) -> None:
        """Let the caller see the field on the row whose lock columns hold *values*."""
