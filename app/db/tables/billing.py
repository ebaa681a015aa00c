"""How an account pays."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Micros, Owned, Text, choice
from app.domain.billing.cards import CardBrand, CardFunding, PaymentMethodStatus
from app.domain.billing.charges import AdjustmentKind, ChargeCause, ChargeFailure, ChargeStatus
from app.domain.billing.invoices import InvoiceKind
from app.domain.billing.ledger import TransferKind

KEPT = text("status <> 'REMOVED'")  # unscoped: the condition of an index
DEFAULT = text("is_default")  # unscoped: likewise
ACCRUING = text("status = 'ACCRUING'")  # unscoped: likewise
OWED = text("status IN ('DUE', 'ATTEMPTING', 'FAILED')")  # unscoped: likewise
UNANSWERED = text("answered_at IS NULL")  # unscoped: likewise


class PaymentMethod(Owned, Base):
    """A card as the processor knows it (S67): its number is never here. At most one is the account's default."""

    __tablename__ = "payment_method"
    __table_args__ = (
        Index(
            "uq_payment_method_token",
            "account_id",
            "processor_token",
            unique=True,
            sqlite_where=KEPT,
            postgresql_where=KEPT,
        ),
        Index("ix_payment_method_processor_token", "processor_token"),
        Index("uq_payment_method_default", "account_id", unique=True, sqlite_where=DEFAULT, postgresql_where=DEFAULT),
    )

    processor_token: Mapped[str] = mapped_column(Text(255))
    customer: Mapped[str | None] = mapped_column(Text(255))  # whom the processor keeps it for
    brand: Mapped[CardBrand] = mapped_column(choice(CardBrand))
    funding: Mapped[CardFunding] = mapped_column(choice(CardFunding))
    last4: Mapped[str] = mapped_column(Text(4))
    expires_on: Mapped[date]
    status: Mapped[PaymentMethodStatus] = mapped_column(choice(PaymentMethodStatus))
    is_default: Mapped[bool] = mapped_column(default=False)
    confirmation_url: Mapped[str | None] = mapped_column(Text(500))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"))  # of who added it
    added_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]  # that it expires soon, once


class AccountCredit(Base):
    """What an account may owe, and still spend before it has to pay, in micros; one without a row has no such limit."""

    __tablename__ = "account_credit"
    __table_args__ = (CheckConstraint("left_micros >= 0", name="left"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    limit_micros: Mapped[int] = mapped_column(Micros)
    left_micros: Mapped[int] = mapped_column(Micros)


class Charge(Owned, Base):
    """The clicks of a campaign from one charge to the next (S63): at most one accrues, and at most one is owed.

    `carried_micros` was unbilled when it was opened, `cost_micros` is that of its lines, `reversed_micros` of clicks
    that were found invalid meanwhile; `amount_micros` is 0 until it is closed. `digest` is that of its lines.
    """

    __tablename__ = "charge"
    __table_args__ = (
        Index("uq_charge_accruing", "campaign_id", unique=True, sqlite_where=ACCRUING, postgresql_where=ACCRUING),
        Index("uq_charge_owed", "campaign_id", unique=True, sqlite_where=OWED, postgresql_where=OWED),
        Index("ix_charge_account_opened", "account_id", "opened_at", "id"),
        Index("ix_charge_campaign_opened", "campaign_id", "opened_at", "id"),
        Index("ix_charge_next_attempt", "next_attempt_at"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    currency: Mapped[str] = mapped_column(Text(3))
    status: Mapped[ChargeStatus] = mapped_column(choice(ChargeStatus), default=ChargeStatus.ACCRUING)
    cause: Mapped[ChargeCause | None] = mapped_column(choice(ChargeCause))
    threshold_micros: Mapped[int | None] = mapped_column(Micros)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    charged_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    failure: Mapped[ChargeFailure | None] = mapped_column(choice(ChargeFailure))
    failures: Mapped[int] = mapped_column(default=0)
    payment_method_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_method.id"))
    processor_order: Mapped[str | None] = mapped_column(Text(255))
    lines_count: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(Text(64), default="")
    carried_micros: Mapped[int] = mapped_column(Micros, default=0)
    cost_micros: Mapped[int] = mapped_column(Micros, default=0)
    reversed_micros: Mapped[int] = mapped_column(Micros, default=0)
    amount_micros: Mapped[int] = mapped_column(Micros, default=0)
    paid_micros: Mapped[int] = mapped_column(Micros, default=0)
    offset_micros: Mapped[int] = mapped_column(Micros, default=0)
    credited_micros: Mapped[int] = mapped_column(Micros, default=0)
    written_off_micros: Mapped[int] = mapped_column(Micros, default=0)


class ChargeAttempt(Owned, Base):
    """One asking of the processor; while it has not answered, there is no other."""

    __tablename__ = "charge_attempt"
    __table_args__ = (
        Index("uq_charge_attempt_number", "charge_id", "number", unique=True),
        Index("uq_charge_attempt_open", "charge_id", unique=True, sqlite_where=UNANSWERED, postgresql_where=UNANSWERED),
    )

    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charge.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    payment_method_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_method.id"))
    amount_micros: Mapped[int] = mapped_column(Micros)
    by_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))  # None: by the schedule
    answered_at: Mapped[datetime | None]
    succeeded: Mapped[bool | None]
    failure: Mapped[ChargeFailure | None] = mapped_column(choice(ChargeFailure))
    confirmation_url: Mapped[str | None] = mapped_column(Text(2000))


class ChargeLine(Keyed, Base):
    """A click that cost something, of a charge. Rows are only added, in the transaction that counts the click."""

    __tablename__ = "charge_line"
    __table_args__ = (
        Index("uq_charge_line_number", "charge_id", "number", unique=True),
        Index("uq_charge_line_click", "auction_id", "slot", unique=True),
    )

    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charge.id"))
    number: Mapped[int]
    ad_id: Mapped[UUID] = mapped_column(ForeignKey("ad.id"))
    auction_id: Mapped[UUID] = mapped_column(Uuid())
    slot: Mapped[str] = mapped_column(Text(64))
    target: Mapped[int]
    at: Mapped[datetime]
    cost_micros: Mapped[int] = mapped_column(Micros)
    currency: Mapped[str] = mapped_column(Text(3))


class ClickReversal(Owned, Base):
    """A click of a charge that was found invalid later. Its id is the line's: once, and for good."""

    __tablename__ = "click_reversal"

    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charge.id"), index=True)
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text(500))
    by_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class ChargeAdjustment(Owned, Base):
    """What FINANCE took off a charge, and why."""

    __tablename__ = "charge_adjustment"

    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charge.id"), index=True)
    kind: Mapped[AdjustmentKind] = mapped_column(choice(AdjustmentKind))
    amount_micros: Mapped[int] = mapped_column(Micros)
    currency: Mapped[str] = mapped_column(Text(3))
    reason: Mapped[str] = mapped_column(Text(500))
    at: Mapped[datetime]
    by_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class Invoice(Owned, Base):
    """An invoice or a credit note, with all that it says (domain/billing/invoices.py). Rows are only added."""

    __tablename__ = "invoice"
    __table_args__ = (
        Index("uq_invoice_number", "number", unique=True),
        Index("uq_invoice_place", "account_id", "year", "place", unique=True),
        Index("ix_invoice_account_issued", "account_id", "issued_at", "id"),
        Index("ix_invoice_charge_issued", "charge_id", "issued_at", "id"),
    )

    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charge.id"))
    year: Mapped[int]
    place: Mapped[int]
    number: Mapped[str] = mapped_column(Text(80))
    kind: Mapped[InvoiceKind] = mapped_column(choice(InvoiceKind))
    corrects: Mapped[str | None] = mapped_column(Text(80))
    reason: Mapped[str | None] = mapped_column(Text(500))
    issuer: Mapped[str] = mapped_column(Text(1000))
    account_name: Mapped[str] = mapped_column(Text(100))
    vendor_code: Mapped[str] = mapped_column(Text(40))
    campaign_name: Mapped[str] = mapped_column(Text(80))
    issued_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(Text(64))
    first_click_at: Mapped[datetime | None]
    last_click_at: Mapped[datetime | None]
    ads: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # title, clicks, cost in micros
    currency: Mapped[str] = mapped_column(Text(3))
    carried_in_micros: Mapped[int] = mapped_column(Micros)
    reversed_micros: Mapped[int] = mapped_column(Micros)
    carried_out_micros: Mapped[int] = mapped_column(Micros)
    amount_micros: Mapped[int] = mapped_column(Micros)
    digest: Mapped[str] = mapped_column(Text(64))
    download_key: Mapped[str] = mapped_column(Text(64))


class InvoiceCounter(Base):
    """The last number of an account's series in a year of its time zone; *series* tells a vendor's accounts apart."""

    __tablename__ = "invoice_counter"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    series: Mapped[int]
    last: Mapped[int]


class LedgerTransfer(Base):
    """A transfer of the ledger (domain/billing/ledger.py): rows are only added, each chained to its campaign's last."""

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        CheckConstraint("amount_micros > 0", name="amount"),
        Index("uq_ledger_transfer_source", "kind", "source_id", unique=True),
        Index("ix_ledger_transfer_account", "account_id", "kind"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[TransferKind] = mapped_column(choice(TransferKind))
    source_id: Mapped[UUID] = mapped_column(Uuid())
    amount_micros: Mapped[int] = mapped_column(Micros)
    at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(Text(64))


class GatewayMessage(Base):
    """A message of the processor's whose effect is kept: delivered again, it has none."""

    __tablename__ = "gateway_message"

    id: Mapped[str] = mapped_column(Text(255), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
