"""The mutation that runs: its transaction, begun by the guard and ended by the executor after the payload."""

from asyncio import ensure_future, shield
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db.engine import Database
from app.db.reader import Inside
from app.db.work import Transaction, Work
from app.domain.access import Caller, Scope
from app.execution.loads import Loads


@dataclass
class Issued:
    """A session that began or ended while the request ran; a browser gets it as a cookie."""

    token: str | None
    expires_at: datetime | None = None


class Unit:
    """One transaction a root field, or one for the whole operation under @atomic."""

    def __init__(self, database: Database, caller: Caller, now: datetime) -> None:
        self._database, self.caller, self._now = database, caller, now
        self.acting: Caller | None = None  # who the caller becomes by the transaction that runs
        self._transaction: Transaction | None = None
        self._readers: list[Inside] = []
        self._name = ""
        self._directives: Mapping[str, Mapping[str, Any]] = {}
        self._rehearsed = False
        self.atomic = False
        self.refused: set[str] = set()
        self.issuing: Issued | None = None  # by the transaction that runs
        self.issued: Issued | None = None  # by those that were committed

    def enter(self, name: str, directives: Mapping[str, Mapping[str, Any]]) -> None:
        """A root field begins: its response name and its directives with their arguments."""
        self._name, self._directives = name, directives

    @property
    def dry(self) -> bool:
        return bool(self._directives.get("dryRun", {}).get("if", False))

    @property
    def key(self) -> str | None:
        return self._directives.get("idempotent", {}).get("key")

    @property
    def has_begun(self) -> bool:
        """Whether a transaction is open, which is to be short."""
        return self._transaction is not None

    @property
    def conflicted(self) -> bool:
        """Under @atomic: another root field was refused, so this one must not be carried out."""
        return self.atomic and bool(self.refused)

    def work(self, scope: Scope, action: str) -> tuple[Work, Loads]:
        """A Work for the field, and the reads of its payload, in the same transaction."""
        if self._transaction is None:
            self._transaction = Transaction(self._database, self.acting or self.caller, self._now)
        work = self._transaction.work(scope, action)
        self._readers.append(Inside(work.session))
        return work, Loads(self._readers[-1])

    async def refuse(self) -> None:
        """The field was refused: nothing of its transaction stays."""
        self.refused.add(self._name)
        await self.abandon()

    def skip(self) -> None:
        """The field is not carried out, since another of the operation was refused."""
        self.refused.add(self._name)

    async def settle(self) -> None:
        """The field and its payload are resolved."""
        self._rehearsed = self._rehearsed or self.dry
        if not self.atomic:
            await self._end(keep=not self.dry)

    async def release(self) -> bool:
        """All fields of an @atomic operation are resolved. Whether none was refused."""
        await self._end(keep=not self.refused and not self._rehearsed)
        return not self.refused

    async def abandon(self) -> None:
        await self._end(keep=False)

    async def _end(self, *, keep: bool) -> None:
        transaction, self._transaction = self._transaction, None
        readers, self._readers = self._readers, []
        issuing, self.issuing = self.issuing, None
        acting, self.acting = self.acting, None
        if transaction is not None:
            await shield(ensure_future(_finish(transaction, readers, keep=keep)))  # also when the request is given up
        if keep:
            self.issued, self.caller = issuing or self.issued, acting or self.caller


async def _finish(transaction: Transaction, readers: list[Inside], *, keep: bool) -> None:
    """End the reads of a transaction, then itself: a read that came later would begin a new one."""
    for reader in readers:
        await reader.end()
    await (transaction.commit() if keep else transaction.rollback())
