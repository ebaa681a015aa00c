"""Retries beside each other have one effect: one payment at the processor, and one in the ledger (SAFETY: retries)."""

import asyncio
import os
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.billing.charges import Retries, Terms
from app.domain.billing.ladder import LADDERS, LadderKind
from app.jobs.billing import Cashier
from app.jobs.schedule import CLOSE_CHARGES, COLLECT
from app.resolvers.billing.paying import ATTEMPT
from app.wiring import Installation
from tests.charging import EURO, charges, clicks, minutes, pay_with
from tests.conftest import Api, Fill
from tests.people import OWNER, SPRING, _ad, _campaign
from tests.proof.bench import RUNS
from tests.proof.processor import AWAY, FLAKY, WELL, Processor
from tests.proof.simulator import Mortal, claim

AT_ONCE = 32  # on 10 connections of PostgreSQL, or the one that writes to SQLite: of 64 the last waited its ten seconds
KEYS, TIMES = int(os.environ.get("ENDCAP_TEST_RETRY_KEYS", "8")), int(os.environ.get("ENDCAP_TEST_RETRIES", "20"))
PAID = "SELECT count(*), count(DISTINCT source_id), sum(amount_micros) FROM ledger_transfer WHERE kind = 'PAYMENT'"
PAY = """mutation ($id: ID!, $card: ID!, $key: String!) {
  balancePay(input: {campaignId: $id, paymentMethodId: $card}) @idempotent(key: $key) {
    charge { id attempts { at succeeded } } seq userErrors { code } } }"""


@pytest.fixture(scope="module")
def fill() -> Fill:
    return campaigns


async def campaigns(installation: Installation) -> None:
    """As many campaigns as there are keys, each with an ad."""
    async with AsyncSession(installation.database.writer) as session, session.begin():
        session.add_all([_campaign(f"c{number}", "north", f"C {number}", number, []) for number in range(KEYS)])
        await session.flush()
        session.add_all(
            [_ad(f"a{number}", "north", f"c{number}", "tent", number, [], **RUNS) for number in range(KEYS)]
        )


def unanswered(api: Api, processor: Processor) -> tuple[Cashier, Mortal, list[UUID]]:
    """A charge of each campaign, which the processor was asked for and has not answered."""
    pay_with(api, "pretend_visa")
    for number in range(KEYS):
        clicks(api, EURO, ad=f"a{number}")
    cashier, processor.mood = Cashier(processor, Terms(LADDERS[LadderKind.BUDGET], Retries((1,)), "Shop")), AWAY
    runner = Mortal(SimpleNamespace(database=api.installation.database, clock=api.clock))
    api.run(cashier.close, runner, claim(CLOSE_CHARGES))
    api.run(cashier.collect, runner, claim(COLLECT))
    assert api.rows("SELECT status, count(*) FROM charge WHERE status <> 'ACCRUING' GROUP BY 1") == [
        ("ATTEMPTING", KEYS)
    ]
    return cashier, runner, [UUID(str(id)) for (id,) in api.rows("SELECT id FROM charge WHERE status = 'ATTEMPTING'")]


async def all_at_once(cashier: Cashier, runner: Mortal, ids: list[UUID]) -> None:
    """Every charge is retried so many times; as many at once as wait for a connection without giving up."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(id: UUID) -> None:
        async with turn:
            await cashier.pay(runner, claim(ATTEMPT), id)

    await asyncio.gather(*(one(id) for id in ids * TIMES))


def test_retries_of_charges_without_an_answer_pay_each_once(api: Api, dice: Random):
    processor = Processor(dice, fates={"paid": 1})
    cashier, runner, ids = unanswered(api, processor)
    processor.mood = FLAKY
    api.run(all_at_once, cashier, runner, ids)
    processor.mood = WELL
    api.run(all_at_once, cashier, runner, ids)

    assert {id: order.taken for id, order in processor.orders.items()} == dict.fromkeys(ids, EURO)
    assert api.rows(PAID) == [(KEYS, KEYS, KEYS * EURO)]
    assert api.rows("SELECT count(*), count(answered_at) FROM charge_attempt") == [(KEYS, KEYS)]
    assert api.run(api.installation.audit().run)[1] is None


def test_a_balance_is_paid_once_by_retries_with_one_key_and_by_no_other_meanwhile(api: Api):
    pay_with(api, "pretend_decline_charge")
    clicks(api, EURO)
    minutes(api)
    card = pay_with(api, "pretend_visa")

    async def ask(key: str) -> dict[str, Any]:
        body = {"query": PAY, "variables": {"id": SPRING, "card": card, "key": key}}
        headers = {"authorization": f"Bearer {OWNER.token}"}
        told = (await api._request("POST", "/graphql", {"json": body, "headers": headers})).json()
        assert "data" in told, told
        return told["data"]["balancePay"]

    async def both() -> tuple[list[Any], Any]:
        return await asyncio.gather(*(ask("one") for _ in range(TIMES))), await ask("other")

    same, other = api.run(both)
    assert all(each == same[0] for each in same)
    assert (same[0]["userErrors"], other["userErrors"]) == ([], [{"code": "CONFLICT"}])
    minutes(api)
    assert [(each["status"], len(each["attempts"])) for each in charges(api)] == [("ACCRUING", 0), ("PAID", 2)]
    assert api.rows(PAID) == [(1, 1, EURO)]
