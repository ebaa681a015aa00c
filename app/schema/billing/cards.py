"""Billing: the payment methods of an account, which only its ADMINs see and choose."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from app.domain.access import Level
from app.domain.billing import cards as rules
from app.domain.billing.cards import CardBrand, CardFunding, PaymentMethodStatus
from app.execution.vocabulary import column, computed, one
from app.resolvers.billing import cards as billing
from app.schema.context import Context, Info
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import plain
from app.schema.organizations import Organization
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, found, key, node
from app.schema.relay import identity as id_field
from app.schema.scalars import URL

READ = Access(Level.EDITOR, scope="billing:read")
SEE_METHODS = Access(Level.ADMIN, scope="billing:read")
CHANGE = Access(Level.ADMIN, scope="billing:write")

enum(
    CardBrand,
    "CardBrand",
    "Network of a card",
    VISA="Visa",
    MASTERCARD="Mastercard",
    AMERICAN_EXPRESS="American Express",
    DISCOVER="Discover",
    DINERS_CLUB="Diners Club",
    JCB="JCB",
    UNIONPAY="UnionPay",
    OTHER="Another one",
)
enum(
    CardFunding,
    "CardFunding",
    "Where a card's money comes from",
    CREDIT="Credit",
    DEBIT="Debit",
    PREPAID="Paid beforehand",
    UNKNOWN="The processor does not say",
)
enum(
    PaymentMethodStatus,
    "PaymentMethodStatus",
    "Whether a payment method can be charged",
    ACTION_REQUIRED="Its holder has to confirm it first",
    ACTIVE="Can be charged",
    EXPIRED="Past its last day",
    REMOVED="Removed; never charged again",
)


@strawberry.type(description="A kind of card that is taken")
class PaymentOption:
    brand: CardBrand = strawberry.field(description="Its network")
    funding: CardFunding = strawberry.field(description="Where its money comes from")


def _status(context: Context, stored: rules.PaymentMethodStatus, expires_on: date) -> Any:
    return rules.method_status(stored, expires_on, context.now.date())


@node(billing.PAYMENT_METHODS, Level.ADMIN, "billing:read")
@strawberry.type(description="A card as the payment processor knows it: Endcap never has its number")
class PaymentMethod(Node):
    id: strawberry.ID = id_field("PaymentMethod")
    brand: CardBrand = column(description="Network of the card")
    funding: CardFunding = column(description="Where its money comes from")
    last4: str = column(description="Last four digits")
    expires_on: date = column(description="Last day on which it can be charged")
    is_default: bool = column(description="Whether it is what the account's campaigns are charged to")
    added_by: Organization | None = one(
        billing.ADDED_BY, description="Whom the person who added it worked for; a handover removes it with them"
    )
    added_at: datetime = column(description="When it was added")
    status: PaymentMethodStatus = computed(
        _status, "status", "expires_on", asks=True, description="Whether it can be charged"
    )
    confirmation_url: URL | None = column(description="Where its holder confirms it while `status` is ACTION_REQUIRED")


@strawberry.input(description="A card to add")
class PaymentMethodAddInput:
    account_id: strawberry.ID = strawberry.field(description="Account that is to be charged")
    processor_token: str = strawberry.field(description="What the payment processor made of the card; never its number")
    make_default: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether it becomes the default; the first that can be charged does anyway",
    )


@strawberry.type(description="The card that was added; a first usable one ends a PAYMENT_HOLD")
class PaymentMethodAddPayload(MutationPayload):
    payment_method: PaymentMethod | None = strawberry.field(default=None, description="The card")


@strawberry.input(description="A card to choose")
class PaymentMethodSetDefaultInput:
    id: strawberry.ID = strawberry.field(description="The card")


@strawberry.type(description="The card that is charged from now on")
class PaymentMethodSetDefaultPayload(MutationPayload):
    payment_method: PaymentMethod | None = strawberry.field(default=None, description="The card")


@strawberry.input(description="A card to remove")
class PaymentMethodRemoveInput:
    id: strawberry.ID = strawberry.field(description="The card; the default only as the last one")


@strawberry.type(
    description="The card that is never charged again: what was charged to it follows the default; without another the "
    "account waits for one"
)
class PaymentMethodRemovePayload(MutationPayload):
    payment_method: PaymentMethod | None = strawberry.field(default=None, description="The card")


def card(id: strawberry.ID | None) -> UUID | None:
    """The key of a card that an input names; a malformed id is one that nothing has."""
    named = plain(id)
    return found(named, "PaymentMethod") or UUID(int=0) if named else None


@strawberry.type
class PaymentQueries:
    @strawberry.field(
        description="Cards that are taken",
        extensions=[Access(Level.PUBLIC)],
        directives=[ListSize(assumed_size=len(CardBrand) * len(CardFunding))],
    )
    async def payment_options(self, info: Info) -> list[PaymentOption]:
        taken = info.context.services.gateway.takes
        return [PaymentOption(brand=brand, funding=funding) for brand, funding in taken]


async def _verified(info: Info, input: PaymentMethodAddInput) -> Any:
    """The processor is asked for those only who may add, and before the transaction (law 8)."""
    context, account_id = info.context, key(input.account_id, "Account", "accountId")
    if not context.caller.holds_in(Level.ADMIN, account_id):
        return None
    return await billing.verified(context.services.gateway, input.processor_token, context.now)


@strawberry.type
class PaymentMutations:
    @strawberry.mutation(
        description="Add a card by the token that the payment processor made of it",
        extensions=[Access(Level.ADMIN, scope="billing:write", ahead=_verified)],
    )
    async def payment_method_add(self, work: Any, input: PaymentMethodAddInput, ahead: Any) -> PaymentMethodAddPayload:
        account, token = key(input.account_id, "Account", "accountId"), input.processor_token
        method = await billing.add(work, account, token, ahead, make_default=input.make_default is True)
        return PaymentMethodAddPayload(payment_method=PaymentMethod.keyed(method.id))

    @strawberry.mutation(description="Choose the card that is charged", extensions=[CHANGE])
    async def payment_method_set_default(
        self, work: Any, input: PaymentMethodSetDefaultInput
    ) -> PaymentMethodSetDefaultPayload:
        method = await billing.set_default(work, key(input.id, "PaymentMethod"))
        return PaymentMethodSetDefaultPayload(payment_method=PaymentMethod.keyed(method.id))

    @strawberry.mutation(description="Never charge a card again", extensions=[CHANGE])
    async def payment_method_remove(self, work: Any, input: PaymentMethodRemoveInput) -> PaymentMethodRemovePayload:
        method = await billing.remove(work, key(input.id, "PaymentMethod"))
        return PaymentMethodRemovePayload(payment_method=PaymentMethod.keyed(method.id))
