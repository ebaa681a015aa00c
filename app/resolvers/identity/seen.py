"""When sessions were last used: noted in memory, and written by the process beside what it answers."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update

from app.db.engine import FAULTS, Database, is_away
from app.db.keys import any_of
from app.db.tables.identity import Session
from app.db.work import transaction
from app.domain.access import NOBODY, NOTHING

MINUTE = timedelta(minutes=1)
EVERY = 10  # seconds between two writings
log = structlog.get_logger("endcap.seen")


class Seen:
    """Each session at most once a minute: a request pays for a look into a table, and never waits or fails for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, datetime] = {}  # digest of a session's token: the use that was noted last
        self._due: dict[str, datetime] = {}

    def note(self, digest: str, now: datetime) -> None:
        """The session of this digest, which holds, was used."""
        noted = self._noted.get(digest)
        if noted is None or now - noted >= MINUTE:
            self._noted[digest] = self._due[digest] = now

    async def write(self) -> None:
        """Advice for people only: where the database takes no writes, the next use of each is noted anew."""
        due, self._due = self._due, {}
        if not due:
            return
        latest = max(due.values())
        self._noted = {digest: at for digest, at in self._noted.items() if latest - at < MINUTE}
        try:
            async with transaction(self._database, NOBODY, NOTHING, latest, "see") as work:
                await work.session.execute(_seen(due, latest))
        except FAULTS as fault:
            self._noted.clear()
            if not is_away(fault):
                raise

    async def keep(self) -> None:
        """Write for ever."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.write()
            except Exception:  # the last resort: this must outlive whatever it meets
                log.exception("what was seen of sessions was not written")


def _seen(digests: Collection[str], at: datetime) -> Any:
    """It waits for nobody: a session that is just being ended or rotated is left out."""
    before = or_(Session.last_seen_at.is_(None), Session.last_seen_at <= at - MINUTE)
    rows = select(Session.id).where(any_of(Session.token_hash, list(digests)), before)
    return update(Session).where(Session.id.in_(rows.with_for_update(skip_locked=True))).values(last_seen_at=at)
