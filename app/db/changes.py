"""The table of changes, read in the order of its numbers: each change once, none left out."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from app.db.engine import Database
from app.db.keys import Selection
from app.db.tables.history import Change

PAGE = 200
# Whoever writes a change locks the table so before the change takes its number, and until the transaction has ended.
WRITERS = """
SELECT (SELECT max(seq) FROM change), ARRAY(
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'change'::regclass AND mode = 'RowExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


class Changes:
    """Knows up to which number the table is complete: nothing at or below it comes into sight any more.

    On PostgreSQL a transaction may take a number and end after others that took higher ones. The locks are looked at
    later than the greatest number in sight: once all who were seen to write then have ended, what they wrote is in
    sight for the next statement, and the table is complete up to that number. SQLite has one writer at a time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._complete = 0
        self.seen = 0
        """The greatest number that was in sight when it was last looked who writes."""
        self._writers = frozenset[str]()

    @property
    def is_waiting(self) -> bool:
        """Whether somebody writes who may have taken a lower number than is in sight already."""
        return bool(self._writers)

    async def newest(self) -> int:
        """The greatest number in sight, complete or not."""
        ((newest,),) = await self._database.prepared(_newest).columns(self._database.reads, {})
        return newest or 0

    async def complete(self) -> int:
        """Up to which number the table is complete; it never becomes less."""
        if self._database.dialect.name != "postgresql":
            self.seen = self._complete = await self.newest()
            return self._complete
        ((newest, writers),) = await self._database.reads.fetch(WRITERS, [])
        if self._writers.isdisjoint(writers):
            self._complete = max(self._complete, self.seen)
            self.seen, self._writers = newest or 0, frozenset(writers)
            if not writers:
                self._complete = self.seen
        return self._complete

    async def between(self, after: int, upto: int, account_id: UUID | None = None) -> Sequence[Any]:
        """The next changes after one number and up to another, at most a page; of one account, or all."""
        statement = self._database.prepared(_page if account_id is None else _page_of_account)
        given = {"after": after, "upto": upto, "account_id": account_id}
        columns = await statement.columns(self._database.reads, given)
        rows = zip(*columns, strict=True)
        return [SimpleNamespace(**dict(zip(statement.names, row, strict=True))) for row in rows]


def _newest() -> Selection:
    return select(func.max(Change.seq))  # unscoped: a number, which says nothing of anybody


def _page() -> Selection:
    # unscoped: of all accounts; who is told of which is decided for each follower
    rows = select(*Change.__table__.c).where(Change.seq > bindparam("after"), Change.seq <= bindparam("upto"))
    return rows.order_by(Change.seq).limit(PAGE)


def _page_of_account() -> Selection:
    return _page().where(Change.account_id == bindparam("account_id"))
