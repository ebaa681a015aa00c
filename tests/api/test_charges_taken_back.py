"""What is given back of charges at an odd moment: while they accrue, are asked for, or are over (S64)."""

from uuid import UUID

import pytest

from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.billing.charges import AdjustmentKind
from app.domain.billing.gateway import GatewayAway, Outcome, PaymentTold, Told
from app.domain.money import Money
from app.jobs.payments import hear
from app.resolvers.billing import adjusting
from tests.charging import EURO, balance, clicks, minutes, pay_with, proof, told
from tests.conftest import Api
from tests.people import uid, without_cards

CLOSED = "SELECT id FROM charge WHERE status <> 'ACCRUING'"
CASH = "SELECT sum(amount_micros) FROM ledger_transfer WHERE kind = 'PAYMENT'"


@pytest.fixture(scope="module")
def fill():
    return without_cards


def reverse(api: Api, cost: int) -> None:
    """The click of that cost is found invalid."""
    ((click,),) = api.rows("SELECT id FROM charge_line WHERE cost_micros = :cost", cost=cost)

    async def run() -> None:
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock(), "test") as work:
            await adjusting.reverse(work, uid("spring"), [UUID(str(click))], "A robot", "Shop")

    api.run(run)


def adjust(api: Api, kind: AdjustmentKind, micros: int) -> None:
    ((charge,),) = api.rows(CLOSED)

    async def run() -> None:
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock(), "test") as work:
            await adjusting.adjust(work, UUID(str(charge)), kind, Money(micros, "USD"), "Goodwill", "Shop")

    api.run(run)


def first_attempt(api: Api) -> tuple[UUID, UUID]:
    ((charge, attempt),) = api.rows("SELECT charge_id, id FROM charge_attempt WHERE number = 1")
    return UUID(str(charge)), UUID(str(attempt))


def test_a_click_that_accrues_relieves_what_was_charged_where_its_cost_was_used_up(api: Api):
    pay_with(api, "pretend_visa")
    clicks(api, EURO)
    minutes(api)
    clicks(api, 600_000, start=1)
    reverse(api, EURO)
    assert (told(api, "status", "credited"), balance(api)) == ([("PAID", 400_000), ("ACCRUING", 0)], (0, 400_000, 0))
    reverse(api, 600_000)

    assert (told(api, "status", "credited"), balance(api)) == ([("CREDITED", EURO), ("ACCRUING", 0)], (0, EURO, 0))
    assert proof(api)["balanced"] is True
    assert api.run(api.installation.audit().run)[1] is None


def test_a_click_of_a_charge_that_was_credited_may_still_be_found_invalid(api: Api):
    pay_with(api, "pretend_visa")
    clicks(api, EURO)
    minutes(api)
    adjust(api, AdjustmentKind.CREDIT, EURO)
    reverse(api, EURO)

    assert (told(api, "status", "credited")[0], balance(api)) == (("CREDITED", 2 * EURO), (0, 2 * EURO, 0))
    assert api.run(api.installation.audit().run)[1] is None


def test_a_charge_that_was_written_off_in_part_and_paid_can_be_credited_whole(api: Api):
    clicks(api, EURO)
    minutes(api)
    adjust(api, AdjustmentKind.WRITE_OFF, 400_000)
    pay_with(api, "pretend_visa")
    api.clock.pass_(days=1)
    minutes(api)
    assert (told(api, "status")[0], balance(api)) == (("PAID",), (0, 0, 0))
    adjust(api, AdjustmentKind.CREDIT, 600_000)

    assert (told(api, "status")[0], balance(api)) == (("CREDITED",), (0, 600_000, 0))


def test_a_charge_that_was_given_back_while_the_processor_was_asked_is_not_tried_again(api: Api):
    pay_with(api, "pretend_timeout")
    clicks(api, EURO)
    api.installation.gateway.outcome = _silence
    api.clock.pass_(minutes=1)
    api.work()
    assert told(api, "status")[0] == ("ATTEMPTING",)
    reverse(api, EURO)
    news = PaymentTold(*first_attempt(api), Outcome(paid=False))
    api.run(hear, api.installation.database, Told("m", news), api.clock(), api.installation.charging)

    assert told(api, "status", "nextAttemptAt")[0] == ("CREDITED", None)
    assert balance(api) == (0, 0, 0)


async def _silence(*_: object) -> None:
    raise GatewayAway("Nobody answers.")


def test_cash_is_what_was_taken_by_whichever_attempt(api: Api):
    pay_with(api, "pretend_confirm_payment")
    clicks(api, EURO)
    minutes(api)
    adjust(api, AdjustmentKind.CREDIT, 400_000)
    pay_with(api, "pretend_visa")
    api.installation.gateway.message(PaymentTold(*first_attempt(api), Outcome(paid=True)), api.clock())  # and is lost
    api.clock.pass_(days=1)
    minutes(api)

    assert (told(api, "status")[0], balance(api)) == (("PAID",), (0, 400_000, 0))
    assert api.rows(CASH) == [(EURO,)]


def test_the_greatest_budget_keeps_no_campaign_from_being_charged(api: Api):
    pay_with(api, "pretend_visa")
    clicks(api, EURO)
    clicks(api, EURO, ad="island-ad")
    api.write("UPDATE campaign SET total_budget_micros = 1000000000000000, ladder_step = 6 WHERE name = 'Spring'")
    minutes(api)

    assert told(api, "status") == [("ACCRUING",)]
    assert api.rows("SELECT count(*) FROM charge c WHERE status <> 'ACCRUING'") == [(1,)]
