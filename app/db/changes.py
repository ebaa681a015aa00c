"""The table of changes, read in the order of its numbers: each change once, none left out."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from app.db.engine import Database
from app.db.history import Settled
from app.db.keys import Selection
from app.db.tables.history import Change

PAGE = 200


class Changes:
    """Knows up to which number the table is complete: nothing at or below it comes into sight any more.

    On PostgreSQL a transaction may take a number and end after others that took higher ones: a change is settled once
    that cannot happen below it any more (`app/db/history.py`). SQLite has one writer at a time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._complete = 0
        self.seen = 0
        """The greatest number that was in sight when it was last looked."""

    @property
    def is_waiting(self) -> bool:
        """Whether somebody writes who may have taken a lower number than is in sight already."""
        return self._complete < self.seen

    async def newest(self) -> int:
        """The greatest number in sight, complete or not."""
        ((newest,),) = await self._database.prepared(_newest).columns(self._database.reads, {})
        return newest or 0

    async def complete(self) -> int:
        """Up to which number the table is complete; it never becomes less."""
        ((complete,), (newest,)) = await self._database.prepared(_complete).columns(self._database.reads, {})
        self._complete = max(self._complete, complete or 0)
        self.seen = newest or 0
        return self._complete

    async def between(self, after: int, upto: int, account_id: UUID | None = None) -> Sequence[Any]:
        """The next changes after one number and up to another, at most a page; of one account, or all."""
        statement = self._database.prepared(_page if account_id is None else _page_of_account)
        given = {"after": after, "upto": upto, "account_id": account_id}
        columns = await statement.columns(self._database.reads, given)
        rows = zip(*columns, strict=True)
        return [SimpleNamespace(**dict(zip(statement.names, row, strict=True))) for row in rows]

    async def subjects(self, after: int) -> list[tuple[int, str, UUID]]:
        """What the next changes after a number are about, at most a page: number, type and key.

        Of all that is in sight, complete or not: for those who read the subjects anew, and may do so twice.
        """
        columns = await self._database.prepared(_subjects).columns(self._database.reads, {"after": after})
        return list(zip(*columns, strict=True))


def _newest() -> Selection:
    return select(func.max(Change.seq))  # unscoped: a number, which says nothing of anybody


def _complete() -> Selection:
    settled = _newest().where(Settled(Change.horizon))
    return select(settled.scalar_subquery(), _newest().scalar_subquery())  # unscoped: likewise


def _subjects() -> Selection:
    # unscoped: of all accounts; nobody is told of them
    rows = select(Change.seq, Change.subject_type, Change.subject_id).where(Change.seq > bindparam("after"))
    return rows.order_by(Change.seq).limit(PAGE)


def _page() -> Selection:
    # unscoped: of all accounts; who is told of which is decided for each follower
    rows = select(*Change.__table__.c).where(Change.seq > bindparam("after"), Change.seq <= bindparam("upto"))
    return rows.order_by(Change.seq).limit(PAGE)


def _page_of_account() -> Selection:
    return _page().where(Change.account_id == bindparam("account_id"))
