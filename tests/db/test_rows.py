"""Many rows at once are written as each by itself would be, however many they are."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from app.db import bulk
from app.db.tables.delivery import AuctionHour
from app.db.tables.metrics import EventKey
from app.db.work import transaction
from app.domain.access import NOBODY, NOTHING
from app.domain.delivery.events import EventKind
from app.domain.delivery.markets import REAL
from app.domain.delivery.outcomes import Format
from app.domain.metrics import Placement
from tests.conftest import Api

COUNTERS = ("auctions", "won", "expected_clicks")
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
FOUND = "SELECT auctions, won, expected_clicks FROM auction_hour ORDER BY starts_at"
FEW, MANY = min(bulk.MANY), max(bulk.MANY)


@pytest.mark.parametrize("many", [1, FEW - 1, FEW, FEW + 1, MANY, MANY + FEW + 1, 2 * MANY + 1])
def test_sums_are_added_to_the_rows_that_are_there_and_the_others_are_inserted(api: Api, many):
    api.run(_write, api, rows(many)[::2], rows(many))

    assert counts(api) == [(2 * n if n % 2 else n, 2 if n % 2 else 1, 4 if n % 2 else 2) for n in range(1, many + 1)]


@pytest.mark.parametrize("many", [FEW, MANY + 1])
def test_rows_that_are_there_stay_as_they_are(api: Api, many):
    api.run(_write, api, rows(many)[::2], [])
    api.run(_write_missing, api, [(*row[:4], 0, 0, 0) for row in rows(many)])

    assert counts(api) == [(n, 1, 2) if n % 2 else (0, 0, 0) for n in range(1, many + 1)]


def test_a_text_is_kept_whole_or_not_at_all(api: Api):  # a cast to a text with a limit cuts it off
    long = [(UUID(int=7), "x" * 65, EventKind.CLICK, FIRST, None)]
    with suppress(DBAPIError):
        api.run(_write_missing, api, long, EventKey)

    kept = api.rows("SELECT slot FROM event_key WHERE slot LIKE 'x%'")
    assert [slot for (slot,) in kept] in ([], ["x" * 65])


def rows(many: int) -> list[tuple[Any, ...]]:
    """Of so many hours; the counts of each tell it from the others."""
    about = Placement.EMAIL, Format.BANNERS
    return [(REAL, FIRST + timedelta(hours=n), *about, n, 1, 2) for n in range(1, many + 1)]


def counts(api: Api) -> list[tuple[int, ...]]:
    return [tuple(map(int, row)) for row in api.rows(FOUND)]


async def _write(api: Api, inserted: Sequence[Any], added: Sequence[Any]) -> None:
    async with transaction(api.installation.database, NOBODY, NOTHING, api.clock(), "test") as work:
        await bulk.insert(work.session, AuctionHour, inserted)
        await bulk.add_up(work.session, AuctionHour, added, COUNTERS)


async def _write_missing(api: Api, given: Sequence[Any], table: Any = AuctionHour) -> None:
    async with transaction(api.installation.database, NOBODY, NOTHING, api.clock(), "test") as work:
        await bulk.insert_missing(work.session, table, given)
