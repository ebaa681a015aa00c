"""What has happened, as fields read it."""

from collections.abc import Collection
from uuid import UUID

from app.db.keys import Selection, any_of
from app.db.reads import RootOne
from app.db.scope import within
from app.db.tables.history import Change
from app.domain.access import Scope


def changes(scope: Scope, ids: Collection[UUID]) -> Selection:
    """Changes of the accounts where the scope's level is held."""
    return within(scope, Change).where(any_of(Change.id, ids))


CHANGES = RootOne(changes)
