"""What has happened, as fields read it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.db.keys import Selection, any_of
from app.db.reads import RootOne
from app.db.tables.history import Change
from app.domain.access import Scope


def changes(scope: Scope, ids: Collection[UUID]) -> Selection:
    """Changes of the accounts where the scope's level is held."""
    rows = select(*Change.__table__.c).where(any_of(Change.id, ids))
    return rows if scope.everything else rows.where(any_of(Change.account_id, scope.permitted))


CHANGES = RootOne(changes)
