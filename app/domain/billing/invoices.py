"""Invoices and credit notes: how they are numbered, and what stands in them for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class InvoiceKind(Enum):
    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


@dataclass(frozen=True)
class AdClicks:
    """How often an ad was clicked, and what that cost in micros."""

    title: str
    clicks: int
    cost: int


@dataclass(frozen=True)
class Invoice:
    """A document as it was issued: nothing of it follows what is renamed later. Amounts are micros.

    Of an invoice: carried_in + cost of the ads - reversed = amount + carried_out. Of a credit note for clicks: cost of
    the ads = amount + carried_out, which may be less than nothing. One that FINANCE gave names no ads.
    """

    number: str
    kind: InvoiceKind
    corrects: str | None  # the number of the invoice that a credit note is about
    reason: str | None
    issuer: str  # name and address, in several lines
    account: str
    vendor_code: str
    campaign: str
    issued_at: datetime
    time_zone: str
    first_click_at: datetime | None
    last_click_at: datetime | None
    ads: Sequence[AdClicks]
    currency: str
    carried_in: int
    reversed: int
    carried_out: int
    amount: int
    digest: str  # of the charge, when it was issued

    @property
    def cost(self) -> int:
        """What the clicks cost."""
        return sum(each.cost for each in self.ads)


def number(vendor_code: str, year: int, series: int, place: int) -> str:
    """The number of a document: NORTH-2026-000001; of a vendor's second account NORTH-2026-2-000001."""
    own = "" if series == 1 else f"{series}-"
    return f"{vendor_code}-{year}-{own}{place:06}"
