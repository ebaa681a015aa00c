"""Invoices of the world, and what is asked of them."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from app.db.tables.billing import Charge, Invoice
from app.domain.billing.charges import ChargeStatus
from app.domain.billing.invoices import InvoiceKind
from tests.charging import clicks, minutes, pay_with
from tests.conftest import Api
from tests.people import NORTH, NOW, OUTSIDER, OWNER, SPRING, Person, uid

INVOICES = """query ($id: ID!) { billing(accountId: $id) { invoices(first: 100) { nodes {
  id number kind amount { micros currency } issuedAt reason charge { id status } htmlUrl pdfUrl } } } }"""
ADJUST = """mutation ($id: ID!, $micros: BigInt!, $kind: ChargeAdjustmentKind!, $key: String!) {
  chargeAdjust(input: {id: $id, kind: $kind, reason: "As agreed", amount: {micros: $micros, currency: "USD"}})
  @idempotent(key: $key) { userErrors { code } } }"""
LINES = """query ($id: ID!) { charge(id: $id) {
  lines(first: 100) { nodes { clickId adId auctionId at cost { micros } } } } }"""
REVERSE = """mutation ($id: ID!, $clicks: [ID!]!, $why: String!, $key: String!) { chargeReverseClicks(input: {
  campaignId: $id, clickIds: $clicks, reason: $why}) @idempotent(key: $key) { userErrors { code } } }"""
FINANCE = OUTSIDER  # once `staffed` has run


def staffed(api: Api) -> Person:
    """Somebody of FINANCE, who is no member of anything."""
    api.write("""UPDATE "user" SET staff = '["FINANCE"]' WHERE email = 'outsider@example.com'""")
    return FINANCE


def invoices(api: Api, who: Any = OWNER, id: str = NORTH) -> list[Any]:
    """The documents of an account, the newest first."""
    return api(INVOICES, as_=who, id=id).data["billing"]["invoices"]["nodes"]


def told(api: Api, *names: str, id: str = NORTH, who: Any = OWNER) -> list[tuple[Any, ...]]:
    """These fields of the documents, amounts in micros, the oldest first."""
    rows = reversed(invoices(api, who, id))
    return [tuple(int(r[n]["micros"]) if isinstance(r[n], dict) else r[n] for n in names) for r in rows]


def charged(api: Api, *prices: int) -> str:
    """The id of a charge of SPRING that these clicks came to, paid, with its invoice."""
    pay_with(api, "pretend_visa")
    clicks(api, *prices)
    minutes(api)
    return invoices(api)[0]["charge"]["id"]


def adjusted(api: Api, id: str, micros: int, kind: str = "CREDIT", who: Any = FINANCE) -> list[str]:
    """Codes of what stands in the way of making a charge less."""
    answer = api(ADJUST, as_=who, id=id, micros=str(micros), kind=kind, key=str(uuid4()))
    return [each["code"] for each in answer.data["chargeAdjust"]["userErrors"]]


def lines(api: Api, charge: str) -> list[Any]:
    return api(LINES, as_=OWNER, id=charge).data["charge"]["lines"]["nodes"]


def reversed_(api: Api, *clicks: str, why: str = "A robot") -> list[str]:
    """Codes of what stands in the way of reversing clicks of SPRING."""
    answer = api(REVERSE, as_=FINANCE, id=SPRING, clicks=clicks, why=why, key=str(uuid4()))
    return [each["code"] for each in answer.data["chargeReverseClicks"]["userErrors"]]


def billed() -> Charge:
    """A charge of SPRING that was paid, as a row."""
    facts = {"currency": "USD", "status": ChargeStatus.PAID, "opened_at": NOW}
    return Charge(id=uid("billed"), account_id=uid("north"), campaign_id=uid("spring"), **facts)


def document(key: str, place: int, at: datetime) -> Invoice:
    """A document of that charge, as a row."""
    made = Invoice(id=uid(key), account_id=uid("north"), charge_id=uid("billed"), kind=InvoiceKind.INVOICE, place=place)
    made.year, made.number, made.issuer, made.account_name = 2020, f"X-2020-{place:06}", "Shop", "North"
    made.vendor_code, made.campaign_name, made.issued_at, made.time_zone = "NORTH", "Spring", at, "UTC"
    made.ads, made.currency, made.digest, made.download_key = [], "USD", "d" * 64, "ecd_key"
    made.carried_in_micros = made.reversed_micros = made.carried_out_micros = made.amount_micros = 0
    return made
