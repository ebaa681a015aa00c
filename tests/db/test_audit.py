"""`endcap ledger check`: whatever is changed behind the ledger's back is found and named (SAFETY: ledger)."""

from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from app.db import bulk
from app.db.tables.billing import LedgerTransfer
from app.db.tables.campaigns import Campaign
from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR
from app.domain.billing.charges import AdjustmentKind
from app.domain.billing.ledger import LedgerAccount, Transfer, TransferKind, effect
from app.domain.money import Money
from app.resolvers.billing import adjusting
from tests.charging import EURO, clicks, minutes, pay_with
from tests.conftest import Api
from tests.people import uid

SOURCE = UUID(int=1)
GUARDED = ("charge_line", "click_reversal", "charge_adjustment", "ledger_transfer")
SPRING = "(SELECT id FROM campaign WHERE name = 'Spring')"
FIRST = f"campaign_id = {SPRING} AND number = 1"
PAID = f"campaign_id = {SPRING} AND status = 'PAID'"
LINE = f"number = 1 AND charge_id = (SELECT id FROM charge WHERE {PAID})"
COPY = "SELECT campaign_id, 99, account_id, {}, source_id, amount_micros, at, digest FROM ledger_transfer WHERE {}"
FALSE = {
    "an amount": (f"UPDATE ledger_transfer SET amount_micros = 7 WHERE {FIRST}", "transfer 1: digest is "),
    "a digest": (f"UPDATE ledger_transfer SET digest = 'x' WHERE {FIRST}", "transfer 1: digest is x, expected "),
    "a source": (f"UPDATE ledger_transfer SET source_id = campaign_id WHERE {FIRST}", "transfer 1: digest is "),
    "an owner": (
        f"UPDATE ledger_transfer SET account_id = (SELECT id FROM account WHERE name_key = 'south') WHERE {FIRST}",
        "transfer 1: account is ",
    ),
    "a transfer": (f"DELETE FROM ledger_transfer WHERE {FIRST}", "transfer 2: number is 2, expected 1"),
    "the last transfers": (
        f"DELETE FROM ledger_transfer WHERE campaign_id = {SPRING} AND number > 3",
        "its row: ledger length is 6, expected 3",
    ),
    "the order": (
        f"UPDATE ledger_transfer SET at = '2026-11-20 11:00:00' WHERE campaign_id = {SPRING} AND number = 2",
        "transfer 2: time is 2026-11-20 11:00:00+00:00, expected 2026-11-20 12:00:00+00:00",
    ),
    "the head": (
        f"UPDATE campaign SET ledger_digest = 'x' WHERE id = {SPRING}",
        "its row: ledger digest is x, expected ",
    ),
    "what is unbilled": (
        f"UPDATE campaign SET unbilled_micros = 1 WHERE id = {SPRING}",
        "its row: unbilled is 1, expected 5555",
    ),
    "a balance": (
        f"UPDATE campaign SET balance_micros = 1 WHERE id = {SPRING}",
        "its row: balance is 1, expected -500000",
    ),
    "a charge's amount": (
        f"UPDATE charge SET amount_micros = 10000 WHERE {PAID}",
        ": amount is 10000, expected 1500000",
    ),
    "what was paid": (f"UPDATE charge SET paid_micros = 10000 WHERE {PAID}", ": paid is 10000, expected 1500000"),
    "what was credited": (f"UPDATE charge SET credited_micros = 1 WHERE {PAID}", ": credited is 1, expected 500000"),
    "what was dropped": (f"UPDATE charge SET written_off_micros = 1 WHERE {PAID}", ": written off is 1, expected 0"),
    "what was carried": (
        f"UPDATE charge SET carried_micros = 1 WHERE campaign_id = {SPRING} AND status = 'ACCRUING'",
        ": carried is 1, expected 5555",
    ),
    "a status": (f"UPDATE charge SET status = 'FAILED' WHERE {PAID}", ": status is FAILED, expected PAID"),
    "a charge's cost": (f"UPDATE charge SET cost_micros = 1 WHERE {PAID}", ": carried is 5555, expected "),
    "a charge's digest": (f"UPDATE charge SET digest = 'x' WHERE {PAID}", ": digest is x, expected "),
    "the number of lines": (f"UPDATE charge SET lines_count = 1 WHERE {PAID}", ": lines is 1, expected 2"),
    "a line's cost": (f"UPDATE charge_line SET cost_micros = 1 WHERE {LINE}", ": cost is 1505555, expected 505556"),
    "a line's time": (f"UPDATE charge_line SET at = '2026-11-20 11:00:00' WHERE {LINE}", ": digest is "),
    "a line": (f"DELETE FROM charge_line WHERE {LINE}", ", line 2: number is 2, expected 1"),
    "a reversal": ("DELETE FROM click_reversal", "all transfers: reversals is 1111, expected 0"),
    "a credit's reason to be": ("DELETE FROM charge_adjustment", ": credited is 500000, expected 0"),
    "a source that caused twice": (
        f"INSERT INTO ledger_transfer {COPY.format('kind', FIRST)}",
        "transfer 99: number is 99, expected 7",
    ),
    "what is left of a credit": ("UPDATE account_credit SET left_micros = 1", "its credit: left is 1, expected "),
}


def world(api: Api) -> None:
    """A charge of two clicks that was paid and credited in part; after it a click, and one that was found invalid."""
    limit = (
        "INSERT INTO account_credit (account_id, limit_micros, left_micros) SELECT id, 9000000, 9000000 FROM account"
    )
    api.write(f"{limit} WHERE name_key = 'north'")
    pay_with(api, "pretend_visa")
    clicks(api, EURO, 505_555)
    minutes(api)
    clicks(api, 1_111, start=2)
    found = api.each(f"SELECT id FROM charge WHERE {PAID}", "SELECT id FROM charge_line WHERE cost_micros = 1111")
    api.run(take_off, api, *(str(rows[0][0]) for rows in found))
    assert api.run(api.installation.audit().run)[1] is None


async def take_off(api: Api, charge: str, click: str) -> None:
    async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock(), "test") as work:
        await adjusting.adjust(work, UUID(charge), AdjustmentKind.CREDIT, Money(500_000, "USD"), "Goodwill", "Shop")
        await adjusting.reverse(work, uid("spring"), [UUID(click)], "A robot", "Shop")


def unguarded(api: Api) -> None:
    """Whoever owns the database can drop what guards it."""
    sqlite = api.installation.database.dialect.name == "sqlite"
    for table in GUARDED:
        for name in (f"{table}_update", f"{table}_delete") if sqlite else (f"{table}_kept",):
            api.write(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
    api.write("DROP INDEX uq_ledger_transfer_source")


@pytest.mark.parametrize("what", FALSE)
def test_the_first_contradiction_is_named(api: Api, what):
    world(api)
    unguarded(api)
    sql, said = FALSE[what]
    api.write(sql)

    _, breach = api.run(api.installation.audit().run)
    assert said in str(breach)
    assert str(breach).startswith((f"campaign {uid('spring')}, ", f"account {uid('north')}, "))


def forge(api: Api, kind: TransferKind, source: UUID) -> None:
    """One more transfer of Spring, whose digest and sums are as they should be."""
    columns = "ledger_length, ledger_digest, balance_micros"
    ((length, digest, balance),) = api.rows(f"SELECT {columns} FROM campaign WHERE id = {SPRING}")
    made = Transfer(uid("spring"), length + 1, kind, source, 10_000, api.clock())
    row = (made.campaign_id, made.number, uid("north"), kind, source, made.amount, made.at, made.digest(digest))
    values = {"ledger_length": made.number, "ledger_digest": row[-1]}
    values["balance_micros"] = balance + effect(LedgerAccount.ADVERTISER_RECEIVABLE, kind, made.amount)

    async def run() -> None:
        async with transaction(api.installation.database, OPERATOR, EVERYTHING, api.clock(), "test") as work:
            await bulk.insert(work.session, LedgerTransfer, [row])
            await work.session.execute(update(Campaign).where(Campaign.id == made.campaign_id).values(**values))

    api.run(run)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (1, "transfer 7: CREDIT_GIVEN is 10000 without CREDIT_TAKEN, expected one of each"),
        (
            4,
            f"transfer 9: source is {SOURCE}, expected another than that of transfer 7 of campaign {uid('spring')}",
        ),
    ],
)
def test_what_only_contradicts_between_transfers_is_named_too(api: Api, times, said):
    world(api)
    unguarded(api)
    for kind in ([TransferKind.CREDIT_GIVEN, TransferKind.CREDIT_TAKEN] * 2)[:times]:
        forge(api, kind, SOURCE)

    _, breach = api.run(api.installation.audit().run)
    assert str(breach) == f"campaign {uid('spring')}, {said}"


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("sql", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_what_is_only_added_to_is_neither_changed_nor_deleted(api: Api, table, sql):
    world(api)
    column = "campaign_id" if table == "ledger_transfer" else "id"
    before = api.rows(f"SELECT * FROM {table} ORDER BY 1, 2")
    with pytest.raises(DBAPIError, match="only ever added to"):
        api.write(sql.format(table, column, column))

    assert before
    assert api.rows(f"SELECT * FROM {table} ORDER BY 1, 2") == before
