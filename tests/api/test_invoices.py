"""Invoices and credit notes: issued with the charge they are about, numbered without gaps, for good."""

import json
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.charging import EURO, clicks, minutes, pay_with
from tests.conftest import Api
from tests.invoicing import adjusted, charged, invoices, lines, reversed_, staffed, told
from tests.people import BOTH, EDITOR, NORTH, OUTSIDER, OWNER, SOUTH, STRANGER, uid, without_cards

FIRST = "NORTH-2026-000001"
NODE = "query ($id: ID!) { node(id: $id) { ... on Invoice { number htmlUrl pdfUrl } } }"
OF_CHARGE = "query ($id: ID!) { charge(id: $id) { invoices(first: 9) { nodes { number } } } }"
MAKE = """mutation ($account: ID!, $scopes: [String!]!) { apiTokenCreate(
  input: {accountId: $account, name: "n", scopes: $scopes}) { secret } }"""
RENAME = """mutation ($id: ID!) { accountUpdate(input: {id: $id, displayName: "Renamed"}) { userErrors { code } } }"""
SNAPSHOT = """SELECT account_name, vendor_code, campaign_name, issuer, ads, carried_in_micros, reversed_micros,
  carried_out_micros, amount_micros, digest FROM invoice ORDER BY place"""


@pytest.fixture(scope="module")
def fill():
    return without_cards


def test_an_invoice_is_issued_when_a_charge_is_closed_and_not_before(api: Api):
    clicks(api, 900_000)
    minutes(api)
    assert invoices(api) == []
    clicks(api, 255_555, start=1)
    minutes(api)

    issued = (FIRST, "INVOICE", 1_150_000, "2026-11-20T12:03:00Z", None)
    assert told(api, "number", "kind", "amount", "issuedAt", "reason") == [issued]
    assert invoices(api)[0]["charge"]["status"] == "FAILED"  # without a card, which changes nothing of the document


def test_an_invoice_says_what_was_when_it_was_issued(api: Api):
    clicks(api, 400_000, 500_000)
    clicks(api, 255_555, ad="bag-ad")
    minutes(api)
    ads = [{"title": "The bag", "clicks": 1, "cost": 255_555}, {"title": "The tent", "clicks": 2, "cost": 900_000}]
    ((*names, found, carried_in, reversed_, carried_out, amount, digest),) = snapshots(api)
    assert api(RENAME, as_=OWNER, id=NORTH).data["accountUpdate"]["userErrors"] == []

    assert (names, found) == (["North", "NORTH", "Spring", "Endcap"], ads)
    assert (carried_in, reversed_, carried_out, amount) == (0, 0, 5_555, 1_150_000)
    assert api.rows("SELECT digest FROM charge WHERE status <> 'ACCRUING'") == [(digest,)]
    assert snapshots(api)[0][0] == "North"


def test_numbers_count_up_through_campaigns_charges_and_credits(api: Api):
    staffed(api)
    charge = charged(api, EURO)
    assert adjusted(api, charge, 500_000) == []
    clicks(api, 6 * EURO, start=1)
    minutes(api)

    assert told(api, "number", "kind", "amount") == [
        (FIRST, "INVOICE", EURO),
        ("NORTH-2026-000002", "CREDIT_NOTE", 500_000),
        ("NORTH-2026-000003", "INVOICE", 6 * EURO),
    ]
    shown = api(OF_CHARGE, as_=EDITOR, id=charge).data["charge"]["invoices"]["nodes"]
    assert [each["number"] for each in shown] == ["NORTH-2026-000002", FIRST]


def test_every_account_and_year_of_its_time_zone_has_a_series_of_its_own(api: Api):
    api.write("UPDATE session SET expires_at = '2028-01-01 00:00:00.000000'")
    pay_with(api, "pretend_visa", SOUTH, STRANGER)
    api.clock.pass_(days=41, hours=14)  # 2027-01-01, 02:00 in London; in New York it is still 2026
    clicks(api, EURO)
    clicks(api, EURO, ad="island-ad")
    minutes(api)
    api.clock.pass_(hours=6)
    clicks(api, 6 * EURO, ad="island-ad", start=1)
    minutes(api)

    assert told(api, "number") == [("NORTH-2027-000001",)]
    assert told(api, "number", id=SOUTH, who=STRANGER) == [("SOUTH-2026-000001",), ("SOUTH-2027-000001",)]


def test_the_second_account_of_a_vendor_is_told_apart(api: Api):
    api.write("UPDATE account SET vendor_code = 'north' WHERE vendor_code = 'SOUTH'")
    clicks(api, EURO)
    clicks(api, EURO, ad="island-ad")
    minutes(api)

    assert uid("north") < uid("south")  # as if it were the older one
    assert told(api, "number") == [(FIRST,)]
    assert told(api, "number", id=SOUTH, who=STRANGER) == [("north-2026-2-000001",)]


def test_a_credit_note_names_the_invoice_and_the_reason(api: Api):
    staffed(api)
    charge = charged(api, EURO)
    assert adjusted(api, charge, 250_000) == []

    assert api.rows("SELECT corrects, reason, amount_micros, issuer FROM invoice WHERE kind = 'CREDIT_NOTE'") == [
        (FIRST, "As agreed", 250_000, "Endcap")
    ]
    assert invoices(api)[0]["charge"]["id"] == charge


def test_what_is_refused_or_written_off_has_no_document_and_leaves_no_gap(api: Api):
    staffed(api)
    clicks(api, EURO)
    minutes(api)
    charge = invoices(api)[0]["charge"]["id"]
    assert adjusted(api, charge, 2 * EURO) == ["INVALID"]
    assert adjusted(api, charge, 400_000, "WRITE_OFF") == []
    assert len(invoices(api)) == 1
    assert adjusted(api, charge, 600_000) == []

    assert told(api, "number", "amount")[1:] == [("NORTH-2026-000002", 600_000)]
    assert api.rows("SELECT year, last FROM invoice_counter") == [(2026, 2)]


def test_clicks_that_are_reversed_after_they_were_charged_are_credited_in_one_note(api: Api):
    staffed(api)
    charge = charged(api, 600_000, 255_555, 300_000)  # of which 1.15 is charged
    ids = {int(each["cost"]["micros"]): each["clickId"] for each in lines(api, charge)}
    assert reversed_(api, ids[600_000], ids[255_555]) == []

    ads = [{"title": "The tent", "clicks": 2, "cost": 855_555}]
    (_, (*_, found, carried_in, reversed_micros, carried_out, amount, _)) = snapshots(api)
    assert (found, carried_in, reversed_micros, carried_out, amount) == (ads, 0, 0, 5_555, 850_000)
    assert told(api, "number", "kind", "amount", "reason")[1:] == [
        ("NORTH-2026-000002", "CREDIT_NOTE", 850_000, "A robot")
    ]


def test_clicks_that_are_reversed_before_they_are_charged_are_told_in_the_invoice(api: Api):
    staffed(api)
    charge = charged(api, EURO, 300_000)
    clicks(api, 4 * EURO, start=2)
    (click,) = (each["clickId"] for each in lines(api, charge) if each["cost"]["micros"] == "300000")
    assert reversed_(api, click) == []
    clicks(api, 1_500_000, start=3)
    minutes(api)

    assert told(api, "kind", "amount") == [("INVOICE", 1_300_000), ("INVOICE", 5_200_000)]
    (*_, carried_in, reversed_micros, carried_out, amount, _) = snapshots(api)[1]
    assert (carried_in, reversed_micros, carried_out, amount) == (0, 300_000, 0, 5_200_000)


@pytest.mark.parametrize("sql", ["UPDATE invoice SET amount_micros = 1", "DELETE FROM invoice"])
def test_a_document_never_changes_whoever_writes_to_the_database(api: Api, sql):
    clicks(api, EURO)
    minutes(api)
    before = api.rows("SELECT * FROM invoice")
    with pytest.raises(DBAPIError, match="only ever added to"):
        api.write(sql)

    assert len(before) == 1
    assert api.rows("SELECT * FROM invoice") == before


def test_members_and_finance_see_a_document_and_nobody_else_knows_of_it(api: Api):
    clicks(api, EURO)
    minutes(api)
    id = invoices(api)[0]["id"]
    stranger = [api(NODE, as_=who, id=id).data["node"] for who in (OUTSIDER, STRANGER, None)]
    staffed(api)

    assert stranger == [None, None, None]
    assert [api(NODE, as_=who, id=id).data["node"]["number"] for who in (OWNER, EDITOR, BOTH, OUTSIDER)] == [FIRST] * 4


def test_a_token_needs_the_scope_of_billing(api: Api):
    clicks(api, EURO)
    minutes(api)
    id = invoices(api)[0]["id"]
    made = [api(MAKE, as_=OWNER, account=NORTH, scopes=[each]) for each in ("billing:read", "metrics:read")]
    may, may_not = (each.data["apiTokenCreate"]["secret"] for each in made)

    assert api(NODE, as_=may, id=id).data["node"]["number"] == FIRST
    assert api(NODE, as_=may_not, id=id).data["node"] is None


def snapshots(api: Api) -> list[list[Any]]:
    """What stands in the documents, in the order of their numbers."""
    return [[_read(each) for each in row] for row in api.rows(SNAPSHOT)]


def _read(value: Any) -> Any:
    """A value as both databases have it: SQLite gives JSON as a text."""
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else value
