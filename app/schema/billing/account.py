"""What an account owes, how it pays, and the proof of it, as clients see them."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.db.ids import global_id
from app.domain.access import EVERYTHING, Level
from app.domain.billing import cards as rules
from app.domain.billing import proof
from app.domain.billing.ladder import PPM
from app.execution.connection import Connection
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, asked, column, computed, connection, many, one
from app.resolvers.billing import crediting, reads
from app.resolvers.billing.cards import PAYMENT_METHODS_OF_ACCOUNT
from app.resolvers.billing.invoices import INVOICES_OF_ACCOUNT
from app.schema.billing.cards import READ, SEE_METHODS, PaymentMethod
from app.schema.billing.charges import Charge, ChargeFilter, criteria
from app.schema.billing.invoices import Invoice
from app.schema.context import Context
from app.schema.directives import Cost, ListSize
from app.schema.guards import Access
from app.schema.inputs import MoneyInput
from app.schema.money import Money, amount, money
from app.schema.payloads import MutationPayload
from app.schema.relay import ids, key
from app.schema.scalars import BigInt

CREDIT = Access(Level.FINANCE, desk=EVERYTHING)
MOST_STEPS = 10


@strawberry.type(description="A step of the ladder: an amount, or a share of the campaign's total budget")
class BillingThreshold:
    step: int = strawberry.field(description="Its place, from 1; the last step stays")
    amount: Money | None = strawberry.field(description="Click cost at which a campaign on this step is charged")
    total_budget_share: Decimal | None = strawberry.field(description="The same as a part of its total budget")


def _ladder(context: Context, currency: str) -> list[BillingThreshold]:
    ladder = context.services.charging.ladder
    steps = [
        BillingThreshold(step=place, amount=money(each, currency), total_budget_share=None)
        for place, each in enumerate(ladder.steps, 1)
    ]
    if ladder.share is not None:
        share = Decimal(ladder.share) / PPM
        steps.append(BillingThreshold(step=len(steps) + 1, amount=None, total_budget_share=share))
    return steps


def _digest(digests: str | None) -> str:
    """Of charges told as "key:digest", apart by spaces."""
    told = (each.partition(":") for each in (digests or "").split())
    return proof.whole((global_id("Charge", UUID(key)), digest) for key, _, digest in told)


@strawberry.type(description="That what is charged agrees with the clicks, as sums that clients can make themselves")
class BillingProof(Rowed):
    valid_clicks: BigInt = column(description="Clicks that cost something and were not found invalid")
    click_cost: Money = amount("cost_micros", description="What they cost; `charged` less `credited` never exceeds it")
    charged: Money = amount("charged_micros", description="What was charged, whether paid or not")
    credited: Money = amount("credited_micros", description="What was taken off again: credited, or given up")
    unbilled: Money = amount("unbilled_micros", description="Cost of clicks that is not charged yet")
    balanced: bool = column(description="Whether clicks, charges and the ledger say the same")
    digest: str = computed(
        _digest,
        "digests",
        description="SHA-256, in hexadecimal, of the sorted lines `Charge.id`, a space and `Charge.digest` of all "
        "charges with a click",
    )


@strawberry.type(description="What an account owes, and how it pays")
class Billing(Rowed):
    account: Annotated["Account", strawberry.lazy("app.schema.accounts.account")] | None = one(  # type: ignore[name-defined]  # noqa: F821
        reads.ACCOUNT_OF, description="The account", access=Access(Level.EDITOR, scope="accounts:read")
    )
    balance: Money = amount("balance_micros", description="What its campaigns owe of charges that were closed")
    credit: Money = amount("credit_micros", description="What it is owed; it is taken off the charges to come")
    unbilled: Money = amount("unbilled_micros", description="Cost of clicks that is not charged yet")
    credit_limit: Money | None = amount("limit_micros", description="Most it may owe; null: there is no such limit")
    credit_left: Money | None = amount(
        "left_micros", description="What its clicks may still cost before it has to pay; null without a limit"
    )
    ladder: list[BillingThreshold] = computed(
        _ladder,
        "currency",
        asks=True,
        description="Thresholds at which campaigns are charged; after each payment that one caused, the next",
        directives=[ListSize(assumed_size=MOST_STEPS)],
    )
    payment_methods: list[PaymentMethod] | None = many(
        PAYMENT_METHODS_OF_ACCOUNT,
        description="Cards that were not removed, the oldest first",
        access=SEE_METHODS,
        directives=[ListSize(assumed_size=rules.MOST_CARDS)],
    )
    proof: BillingProof = one(
        reads.PROOF_OF, description="That it agrees with the clicks", directives=[Cost(weight=20)]
    )

    @connection(reads.CHARGES_OF_ACCOUNT, gives=Connection[Charge], description="Its charges, the newest first")
    def charges(
        self, filter: Annotated[ChargeFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET
    ) -> Arguments:
        return criteria(filter)

    @connection(
        INVOICES_OF_ACCOUNT, gives=Connection[Invoice], description="Its invoices and credit notes, the newest first"
    )
    def invoices(self) -> Arguments:
        return {}


@strawberry.type
class BillingQueries:
    @asked(reads.BILLING, gives=Billing | None, access=READ, description="What an account owes, and how it pays")
    def billing(
        self, account_id: Annotated[strawberry.ID, strawberry.argument(description="The account")]
    ) -> Arguments:
        return ids(account_id, "Account")


@strawberry.input(description="How much an account may owe")
class CreditLimitSetInput:
    account_id: strawberry.ID = strawberry.field(description="The account")
    limit: MoneyInput | None = strawberry.field(
        description="Most it may owe, charged or not: then its clicks cost nothing. Null: there is no such limit"
    )
    reason: str = strawberry.field(description="Why, 1 to 500 characters; the account's members see it in history")


@strawberry.type(description="What the account may owe from now on")
class CreditLimitSetPayload(MutationPayload):
    limit: Money | None = strawberry.field(default=None, description="The limit; null: there is none")


@strawberry.type
class BillingMutations:
    @strawberry.mutation(
        description="Limit what an account may owe before it pays, or end the limit", extensions=[CREDIT]
    )
    async def credit_limit_set(self, work: Any, input: CreditLimitSetInput) -> CreditLimitSetPayload:
        most = input.limit.plain() if input.limit else None
        await crediting.set_limit(work, key(input.account_id, "Account", "accountId"), most, input.reason)
        return CreditLimitSetPayload(limit=most and money(most.micros, most.currency))
