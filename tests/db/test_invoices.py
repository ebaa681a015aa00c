"""Numbers of invoices have no gaps, however many charges are closed at once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.work import transaction
from app.domain.access import EVERYTHING
from app.resolvers.billing import closing
from app.wiring import Installation
from tests import people
from tests.charging import EURO, SHOPPERS, clicks
from tests.conftest import Api
from tests.people import uid

MANY = 8
RUNNING = {"effective_status": people.EffectiveStatus.RUNNING, "review_status": people.ReviewStatus.APPROVED}


@pytest.fixture(scope="module")
def fill() -> Any:
    return _fill


async def _fill(installation: Installation) -> None:
    """NORTH has eight campaigns more, with an ad each."""
    layers = [[people._campaign(f"c{i}", "north", f"Campaign {i}", i, []) for i in range(MANY)]]
    layers.append([people._ad(f"c{i}-ad", "north", f"c{i}", "tent", i, [], **RUNNING) for i in range(MANY)])
    async with AsyncSession(installation.database.writer) as session, session.begin():
        for layer in layers:
            session.add_all(layer)
            await session.flush()


async def _close(api: Api, number: int, *, fails: bool = False) -> None:
    database, terms = api.installation.database, api.installation.charging
    async with transaction(database, SHOPPERS, EVERYTHING, api.clock(), "close") as work:
        assert await closing.close(work, uid(f"c{number}"), terms) is not None
        if fails:
            raise InterruptedError


async def _close_all(api: Api, *failing: int) -> list[Any]:
    every = (_close(api, number, fails=number in failing) for number in range(MANY))
    return await asyncio.gather(*every, return_exceptions=True)


def test_eight_charges_closed_at_once_have_eight_numbers_one_after_the_other(api: Api):
    for number in range(MANY):
        clicks(api, EURO, ad=f"c{number}-ad")

    assert api.run(_close_all, api) == [None] * MANY
    numbers = [number for (number,) in api.rows("SELECT number FROM invoice ORDER BY number")]
    assert numbers == [f"NORTH-2026-{place:06}" for place in range(1, MANY + 1)]


def test_a_transaction_that_is_rolled_back_leaves_no_gap(api: Api):
    for number in range(MANY):
        clicks(api, EURO, ad=f"c{number}-ad")
    ended = api.run(_close_all, api, 0, 3, 5)

    assert [number for number, each in enumerate(ended) if isinstance(each, InterruptedError)] == [0, 3, 5]
    assert api.rows("SELECT place FROM invoice ORDER BY place") == [(1,), (2,), (3,), (4,), (5,)]
    assert api.rows("SELECT last FROM invoice_counter") == [(5,)]
