"""The words and figures of an invoice, in the order they are read, for every form of it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.billing.invoices import Invoice, InvoiceKind
from app.domain.money import Money, minor_unit

HEADINGS = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}
TOTALS = {InvoiceKind.INVOICE: "Total charged", InvoiceKind.CREDIT_NOTE: "Total credited"}
NONE = "\N{EN DASH}"
NO_TAX = "No tax is shown in this document."
PARTS = "A click may cost parts of the smallest coin. Only whole ones are charged; what is left is carried over."
DIGEST = "SHA-256 of the charge's clicks, by which they can be verified:"


def told(invoice: Invoice) -> Mapping[str, Any]:
    """All that a document says, as texts."""
    heading, issuer = HEADINGS[invoice.kind], invoice.issuer.splitlines()
    at = invoice.issued_at
    return {
        "title": f"{heading} {invoice.number}",
        "heading": heading,
        "number": invoice.number,
        "issuer": issuer,
        "customer": [invoice.account, f"Vendor code {invoice.vendor_code}"],
        "facts": list(_facts(invoice)),
        "columns": ["Ad" if invoice.ads else "Subject", "Clicks", f"Amount, {invoice.currency}"],
        "rows": _rows(invoice),
        "sums": [[label, _amount(micros, _places(invoice))] for label, micros in _sums(invoice)],
        "total": [TOTALS[invoice.kind], f"{_amount(invoice.amount, _whole(invoice))} {invoice.currency}"],
        "notes": [NO_TAX, *([PARTS] if invoice.ads else [])],
        "digest": [DIGEST, invoice.digest],
        "created": [at.year, at.month, at.day, at.hour, at.minute, at.second],
    }


def _facts(invoice: Invoice) -> Iterator[list[str]]:
    zone = ZoneInfo(invoice.time_zone)
    yield ["Number", invoice.number]
    yield ["Issued", f"{invoice.issued_at.astimezone(zone):%Y-%m-%d}"]
    if invoice.corrects:
        yield ["Corrects invoice", invoice.corrects]
    if invoice.reason:
        yield ["Reason", invoice.reason]
    yield ["Campaign", invoice.campaign]
    if invoice.first_click_at and invoice.last_click_at:
        first, last = _minute(invoice.first_click_at, zone), _minute(invoice.last_click_at, zone)
        yield ["Clicks from", first]
        yield ["Clicks to", f"{last} ({invoice.time_zone})"]


def _minute(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _rows(invoice: Invoice) -> list[list[str]]:
    places = _places(invoice)
    if invoice.ads:
        return [[each.title, f"{each.clicks:,}", _amount(each.cost, places)] for each in invoice.ads]
    subject = f"Credit for invoice {invoice.corrects}" if invoice.corrects else "Credit"
    return [[subject, NONE, _amount(invoice.amount, places)]]


def _sums(invoice: Invoice) -> Iterator[tuple[str, int]]:
    """How the total follows from the rows; what is nothing is left out, but for the clicks."""
    if not invoice.ads:
        return
    yield "Cost of the clicks", invoice.cost
    is_invoice = invoice.kind is InvoiceKind.INVOICE
    further = (
        ("Carried over from before", invoice.carried_in),
        ("Clicks found invalid, not charged", -invoice.reversed),
        (
            "Carried over to the next charge" if is_invoice else "Set off against clicks not charged yet",
            -invoice.carried_out,
        ),
    )
    yield from ((label, micros) for label, micros in further if micros)


def _places(invoice: Invoice) -> int:
    """How many decimals the amounts of a document need, the same for all."""
    amounts = (*(each.cost for each in invoice.ads), *(micros for _, micros in _sums(invoice)))
    exact = (-int(Money(each, invoice.currency).decimal.normalize().as_tuple().exponent) for each in amounts if each)
    return max(_whole(invoice), *exact, 0)


def _whole(invoice: Invoice) -> int:
    """The decimals of amounts that are charged."""
    return 7 - len(str(minor_unit(invoice.currency)))


def _amount(micros: int, places: int) -> str:
    sign = "\N{MINUS SIGN}" if micros < 0 else ""
    return f"{sign}{abs(Money(micros, '').decimal):,.{places}f}"
