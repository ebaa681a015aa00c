"""What a proof runs on: one SQLite database, set back before each run, with no thread, disk or clock to wait for."""

import asyncio
import gc
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.db import engine
from app.db.migrate import migrate
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.domain.campaigns.status import EffectiveStatus, ReviewStatus
from app.wiring import Installation
from tests.conftest import Clock
from tests.people import NOW, _ad, _campaign, _product, populate

PRAGMAS = ("journal_mode=memory", "synchronous=off", "foreign_keys=on", "busy_timeout=0", "cache_size=-16000")
RUNS = {"review_status": ReviewStatus.APPROVED, "effective_status": EffectiveStatus.RUNNING, "submitted_at": NOW}


class Ids:
    """Ids that follow from a seed, each greater than the one before."""

    def __init__(self) -> None:
        self.start(0)

    def start(self, seed: int) -> None:
        self._dice, self._count = Random(f"ids {seed}"), 0

    def __call__(self) -> UUID:
        self._count += 1
        return UUID(int=(0x01 << 120) | (self._count << 64) | self._dice.getrandbits(62))


class Bench:
    """An installation whose database is set back before each run."""

    def __init__(self, folder: Path, runner: asyncio.Runner) -> None:
        self.file, self.runner, self.clock, self.ids = folder / "proof.db", runner, Clock(), Ids()
        self.installation = Installation(Settings(database_url=f"sqlite:///{self.file}"), self.clock, ids=self.ids)
        self.database = self.installation.database
        for each in (self.database.writer, self.database.reader):
            event.listen(each.sync_engine, "do_connect", _from_any_thread)
        runner.run(self._make())
        self.reads = sqlite3.connect(self.file, isolation_level=None)
        for pragma in PRAGMAS:
            self.reads.execute(f"pragma {pragma}")
        self._first = sqlite3.connect(":memory:")
        self.reads.backup(self._first)

    async def _make(self) -> None:
        await migrate(self.database)
        async with AsyncSession(self.database.writer) as session, session.begin():
            await populate(session, "-")
            for layer in _more():
                session.add_all(layer)
                await session.flush()
        self._settle()

    def _settle(self) -> None:
        """Nothing was counted yet, and SOUTH pays in a currency without parts."""
        with sqlite3.connect(self.file) as connection:
            for table in ("metric_hour", "change", "job"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("UPDATE campaign SET spent_micros = 0, reasons = '[]'")
            connection.execute("UPDATE account SET currency = 'JPY' WHERE display_name = 'South'")
            south = "account_id = (SELECT id FROM account WHERE display_name = 'South')"
            connection.execute(f"UPDATE campaign SET currency = 'JPY' WHERE {south}")
        connection.close()

    def reset(self, seed: int) -> None:
        gc.collect(0 if seed % 50 else 2)
        self.clock.now = NOW
        self.ids.start(seed)
        self._first.backup(self.reads)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        return self.reads.execute(sql, values).fetchall()

    def write(self, sql: str, *values: Any) -> None:
        self.reads.execute(sql, values)

    def close(self) -> None:
        self.runner.run(self.database.close())
        self.reads.close()
        self._first.close()


def _more() -> Iterator[list[Any]]:
    """A second campaign of each account."""
    products: list[Product] = [_product("ball", "SOUTH", "S-2", "Beach ball", "Southwind", 900)]
    campaigns: list[Campaign] = [
        _campaign("winter", "north", "Winter", 3, []),
        _campaign("coast", "south", "Coast", 1, []),
    ]
    ads: list[Ad] = [
        _ad("winter-ad", "north", "winter", "stove", 4, [], **RUNS),
        _ad("coast-ad", "south", "coast", "ball", 1, [], **RUNS),
    ]
    yield from (products, campaigns, ads)


def _from_any_thread(dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> None:
    options["check_same_thread"] = False


async def _at_once(self: aiosqlite.Connection, function: Callable[..., Any], *values: Any, **named: Any) -> Any:
    return function(*values, **named)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The driver does all in this thread: it is faster, and the order of all steps follows from the seed alone."""
    with (
        patch.object(engine, "PRAGMAS", PRAGMAS),
        patch.object(aiosqlite.Connection, "_execute", _at_once),
        asyncio.Runner() as runner,
    ):
        made = Bench(folder, runner)
        gc.freeze()
        gc.disable()  # between runs, not in them: a fifth of the time
        try:
            yield made
        finally:
            gc.enable()
            gc.unfreeze()
            made.close()
            shutil.rmtree(folder, ignore_errors=True)
