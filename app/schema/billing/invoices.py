"""Invoices and credit notes, as clients list, open and download them."""

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from app.domain.access import Level
from app.domain.billing.invoices import InvoiceKind
from app.domain.passes import issue
from app.execution.vocabulary import column, computed, one
from app.resolvers.billing import invoices
from app.schema.context import Context
from app.schema.enums import enum
from app.schema.money import Money
from app.schema.money import amount as amount_of
from app.schema.relay import Node, identity, node
from app.schema.scalars import URL

ADDRESS = "for the reader, without further proof, within an hour, while they may see it; a fresh address each time"

enum(
    InvoiceKind,
    "InvoiceKind",
    "What a document is",
    INVOICE="What was charged, issued when a charge is closed",
    CREDIT_NOTE="What was given back of a charge: by FINANCE, or for clicks that were found invalid",
)


def _url(ending: str, context: Context, id: UUID, download_key: str) -> str:
    caller = context.caller
    holder = caller.token_id or caller.user_id
    if holder is None:
        raise TypeError("nobody sees invoices who is neither a person nor a token")
    return f"{context.services.address}/v1/invoices/{issue(download_key, id, holder, context.now)}.{ending}"


@node(invoices.INVOICES, Level.EDITOR, "billing:read", staff=Level.FINANCE)
@strawberry.type(description="An invoice or a credit note; it never changes")
class Invoice(Node):
    id: strawberry.ID = identity("Invoice")
    number: str = column(
        description="Vendor code, year of the account's time zone, and a number without gaps: NORTH-2026-000001; of "
        "a vendor's second account NORTH-2026-2-000001"
    )
    kind: InvoiceKind = column(description="What it is")
    amount: Money = amount_of("amount_micros", description="What was charged, or given back")
    issued_at: datetime = column(description="When it was issued")
    reason: str | None = column(description="Why it was given back; null of an invoice")
    charge: Annotated["Charge", strawberry.lazy("app.schema.billing.charges")] = one(  # type: ignore[name-defined]  # noqa: F821
        invoices.CHARGE_OF_INVOICE, description="The charge that it is about"
    )
    html_url: URL = computed(
        partial(_url, "html"), "id", "download_key", asks=True, description=f"Where it opens as a page: {ADDRESS}"
    )
    pdf_url: URL = computed(
        partial(_url, "pdf"), "id", "download_key", asks=True, description=f"Where it is downloaded as PDF: {ADDRESS}"
    )
