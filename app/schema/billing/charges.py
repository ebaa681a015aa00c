"""Charges, as clients see them: how much, why, whether they were paid, and every click of them."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

import strawberry

from app.domain.access import EVERYTHING, Level
from app.domain.billing.charges import AdjustmentKind, ChargeCause, ChargeFailure, ChargeStatus
from app.domain.errors import Findings
from app.domain.money import minor_unit
from app.execution.connection import Connection
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, asked, column, computed, connection, many, one
from app.resolvers.billing import adjusting, paying, reads
from app.resolvers.billing.invoices import INVOICES_OF_CHARGE
from app.resolvers.campaigns.reads import CAMPAIGN_OF
from app.schema.billing.cards import READ, SEE_METHODS, PaymentMethod
from app.schema.billing.invoices import Invoice
from app.schema.context import Context, Info
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import DateRange, MoneyInput, plain
from app.schema.money import Money, money
from app.schema.money import amount as amount_of
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, identity, ids, key, keys, node
from app.schema.scalars import URL

FINANCE = Access(Level.FINANCE, desk=EVERYTHING, once=True)
PAY = Access(Level.ADMIN, scope="billing:write", once=True)
MOST_ATTEMPTS = 20
DAY = timedelta(days=1)
IDS = ("filter", "campaignIds")

enum(
    ChargeStatus,
    "ChargeStatus",
    "What became of a charge",
    ACCRUING="Clicks are still added to it; it is closed at its threshold or at the month's end",
    DUE="Closed; a card is about to be charged",
    ATTEMPTING="The payment processor was asked and has not answered",
    PAID="Paid",
    FAILED="The last attempt failed; `nextAttemptAt` says when it is tried again, null that it is not",
    CREDITED="Nothing is owed of it: it was credited",
    WRITTEN_OFF="Nothing is owed of it: the retailer has given it up",
)
enum(
    ChargeCause,
    "ChargeCause",
    "Why a charge was closed",
    THRESHOLD="Its clicks reached the threshold",
    MONTH_END="The month ended",
)
enum(
    ChargeFailure,
    "ChargeFailure",
    "Why an attempt failed",
    DECLINED="The bank declined the card",
    INSUFFICIENT_FUNDS="The card has not enough funds",
    CARD_EXPIRED="The card has expired",
    CONFIRMATION_REQUIRED="The card's holder has to confirm the payment",
    NO_PAYMENT_METHOD="There was no card that can be charged",
    PROCESSOR_ERROR="The payment processor could not carry it out",
)
enum(
    AdjustmentKind,
    "ChargeAdjustmentKind",
    "How a charge is made less",
    CREDIT="Given back: of a paid charge it is taken off the charges to come",
    WRITE_OFF="Given up: it is owed no longer",
)


@strawberry.type(description="One asking of the payment processor")
class ChargeAttempt(Rowed):
    at: datetime = column(description="When")
    succeeded: bool | None = column(description="Whether it was paid; null while the processor has not answered")
    failure: ChargeFailure | None = column(description="Why it failed")
    confirmation_url: URL | None = column(
        description="Where the card's holder confirms the payment, where that is why it failed", access=SEE_METHODS
    )


@strawberry.type(description="A click of a charge")
class ChargeLine(Rowed):
    click_id: strawberry.ID = identity("Click", description="Opaque id of the click")
    ad_id: strawberry.ID = identity("Ad", "ad_id", description="The ad that was clicked")
    auction_id: strawberry.ID = identity("Auction", "auction_id", description="The auction in which it was shown")
    at: datetime = column(description="When it was clicked")
    cost: Money = amount_of("cost_micros", description="What it costs")
    bid: Money = amount_of("bid_micros", description="The bid that was made for it; it never costs more")
    invalid: bool = column(description="Found invalid later: its cost was reversed")


def _threshold(context: Context, stored: int | None, step: int, total: int, currency: str) -> Money | None:
    """A charge that was closed keeps its threshold; the next one is that of the campaign's step."""
    ladder = context.services.charging.ladder
    return money(ladder.threshold(step, total, minor_unit(currency)) if stored is None else stored, currency)


@node(reads.CHARGES, Level.EDITOR, "billing:read", staff=Level.FINANCE)
@strawberry.type(description="The clicks of a campaign from one charge to the next")
class Charge(Node):
    id: strawberry.ID = identity("Charge")
    campaign: Annotated["Campaign", strawberry.lazy("app.schema.campaigns.campaign")] = one(  # type: ignore[name-defined]  # noqa: F821
        CAMPAIGN_OF, description="The campaign"
    )
    amount: Money = amount_of(
        "shown_micros", description="What is charged: whole cents; while it accrues, what has come up"
    )
    credited: Money = amount_of("taken_off_micros", description="What was taken off it: credited, or given up")
    carried_in: Money = amount_of("carried_micros", description="Unbilled from before it, which is charged with it")
    reversed: Money = amount_of(
        "reversed_micros", description="Cost of clicks that were found invalid before it was closed: not charged"
    )
    carried_out: Money = amount_of("left_over_micros", description="Less than a cent that goes over to the next charge")
    status: ChargeStatus = column(description="What became of it")
    cause: ChargeCause | None = column(description="Why it was closed; null while it accrues")
    threshold: Money = computed(
        _threshold,
        "threshold_micros",
        "ladder_step",
        "total_budget_micros",
        "currency",
        asks=True,
        description="The amount at which it is closed",
    )
    opened_at: datetime = column(description="When it began")
    due_at: datetime | None = column(description="When it was closed")
    charged_at: datetime | None = column(description="When it was paid")
    failure: ChargeFailure | None = column(description="Why the last attempt failed")
    attempts: list[ChargeAttempt] = many(
        reads.ATTEMPTS_OF_CHARGE,
        description="Askings of the payment processor, the oldest first",
        directives=[ListSize(assumed_size=MOST_ATTEMPTS)],
    )
    next_attempt_at: datetime | None = column(description="When it is tried next; null: not by itself")
    payment_method: PaymentMethod | None = one(
        reads.CARD_OF_CHARGE, description="The card that was asked last", access=SEE_METHODS
    )
    digest: str = column(
        description="SHA-256, in hexadecimal, of its lines one after the other: of the digest before (empty at first), "
        "`clickId`, `adId`, `auctionId`, `at` and `cost.micros`, each after a space"
    )

    @connection(reads.LINES_OF_CHARGE, gives=Connection[ChargeLine], description="Its clicks, in the order counted")
    def lines(self) -> Arguments:
        return {}

    @connection(
        INVOICES_OF_CHARGE, gives=Connection[Invoice], description="Its invoice and credit notes, the newest first"
    )
    def invoices(self) -> Arguments:
        return {}


@strawberry.input(description="Which charges")
class ChargeFilter:
    status: list[ChargeStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    campaign_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Of any of these campaigns"
    )
    range: DateRange | None = strawberry.field(default=strawberry.UNSET, description="Opened on these days, UTC")


def criteria(filter: ChargeFilter | None) -> Arguments:
    """The arguments of a read of charges."""
    if not filter:
        return {}
    campaigns, days, found = keys(filter.campaign_ids, "Campaign", *IDS), plain(filter.range), Findings()
    if days is None:
        return {"status": plain(filter.status), "campaign_ids": campaigns}
    days.check(found, "filter", "range")
    found.settle()
    first, end = (datetime.combine(day, time(), UTC) for day in (days.first, days.last + DAY))
    return {"status": plain(filter.status), "campaign_ids": campaigns, "first": first, "end": end}


@strawberry.input(description="A campaign whose balance is to be paid")
class BalancePayInput:
    campaign_id: strawberry.ID = strawberry.field(description="The campaign")
    payment_method_id: strawberry.ID = strawberry.field(description="The card, of the campaign's account")


@strawberry.type(description="The charge whose payment is under way: `billingChanged` tells what comes of it")
class BalancePayPayload(MutationPayload):
    charge: Charge | None = strawberry.field(default=None, description="The charge")


@strawberry.input(description="A charge to make less")
class ChargeAdjustInput:
    id: strawberry.ID = strawberry.field(description="The charge")
    amount: MoneyInput = strawberry.field(description="By how much, in whole cents")
    kind: AdjustmentKind = strawberry.field(default=AdjustmentKind.CREDIT, description="How")
    reason: str = strawberry.field(description="Why, 1 to 500 characters; the account's members see it in history")


@strawberry.type(description="The charge after it was made less")
class ChargeAdjustPayload(MutationPayload):
    charge: Charge | None = strawberry.field(default=None, description="The charge")


@strawberry.input(description="Clicks that turned out to be invalid")
class ChargeReverseClicksInput:
    campaign_id: strawberry.ID = strawberry.field(description="Their campaign")
    click_ids: list[strawberry.ID] = strawberry.field(
        description=f"`ChargeLine.clickId` of 1 to {adjusting.MOST_CLICKS} clicks"
    )
    reason: str = strawberry.field(description="Why, 1 to 500 characters; the account's members see it in history")


@strawberry.type(description="Where the cost of the clicks was taken off; what was charged for them is credited")
class ChargeReverseClicksPayload(MutationPayload):
    charge: Charge | None = strawberry.field(default=None, description="The campaign's charge that accrues")


@strawberry.type
class ChargeQueries:
    @asked(reads.CHARGES, gives=Charge | None, access=READ, description="Charge by id")
    def charge(self, id: Annotated[strawberry.ID, strawberry.argument(description="Its id")]) -> Arguments:
        return ids(id, "Charge")

    @connection(
        reads.FINANCE_QUEUE,
        gives=Connection[Charge] | None,
        access=Access(Level.FINANCE),
        description="Charges of all accounts, the newest first; without a status those that are owed",
    )
    def finance_queue(
        self, filter: Annotated[ChargeFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET
    ) -> Arguments:
        return criteria(filter)


@strawberry.type
class ChargeMutations:
    @strawberry.mutation(
        description="Pay what a campaign owes after its charge failed; takes @idempotent", extensions=[PAY]
    )
    async def balance_pay(self, work: Any, input: BalancePayInput) -> BalancePayPayload:
        campaign, method = key(input.campaign_id, "Campaign", "campaignId"), input.payment_method_id
        charge = await paying.pay_balance(work, campaign, key(method, "PaymentMethod", "paymentMethodId"))
        return BalancePayPayload(charge=Charge.keyed(charge.id))

    @strawberry.mutation(
        description="Credit a charge, or write off what is owed of it; takes @idempotent", extensions=[FINANCE]
    )
    async def charge_adjust(self, info: Info, work: Any, input: ChargeAdjustInput) -> ChargeAdjustPayload:
        charge, taken_off, issuer = key(input.id, "Charge"), input.amount.plain(), info.context.services.charging.issuer
        adjusted = await adjusting.adjust(work, charge, input.kind, taken_off, input.reason, issuer)
        return ChargeAdjustPayload(charge=Charge.keyed(adjusted.id))

    @strawberry.mutation(
        description="Reverse the cost of clicks that turned out to be invalid; takes @idempotent", extensions=[FINANCE]
    )
    async def charge_reverse_clicks(
        self, info: Info, work: Any, input: ChargeReverseClicksInput
    ) -> ChargeReverseClicksPayload:
        campaign = key(input.campaign_id, "Campaign", "campaignId")
        clicks = keys(input.click_ids, "Click", "clickIds") or []
        issuer = info.context.services.charging.issuer
        charge = await adjusting.reverse(work, campaign, clicks, input.reason, issuer)
        return ChargeReverseClicksPayload(charge=Charge.keyed(charge.id))
