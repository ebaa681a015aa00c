"""Billing as it changes: charges and cards of an account."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.domain.access import Level
from app.domain.errors import NotFound, Refusal
from app.resolvers.billing.reads import BILLING, CHARGES
from app.schema.billing.account import Billing
from app.schema.billing.cards import READ
from app.schema.billing.charges import Charge
from app.schema.context import Context, Info
from app.schema.history import ChangeEvent, ChangeMessage, event
from app.schema.relay import key
from app.schema.scalars import BigInt
from app.schema.watch import Topic, watch

SUBJECTS = ("Charge", "PaymentMethod")


@strawberry.type(description="A change of how an account pays, and what")
class BillingChange(ChangeMessage):
    seq: BigInt = strawberry.field(description="Number of the change")
    at: datetime = strawberry.field(description="When it changed")
    billing: Billing | None = strawberry.field(description="As it is when the event is sent")
    charge: Charge | None = strawberry.field(description="The charge that changed, where one did")
    change: ChangeEvent = strawberry.field(description="What happened")


@dataclass(frozen=True)
class _Billing(Topic):
    """Charges and cards of an account."""

    account_id: UUID

    def wants(self, change: Any) -> bool:
        return change.subject_type in SUBJECTS and change.account_id == self.account_id

    async def check(self, context: Context) -> None:
        if self.account_id not in context.caller.reach(Level.EDITOR).permitted:
            raise Refusal(NotFound(message="No such account.", path=("accountId",)))

    async def show(self, context: Context, change: Any) -> BillingChange:
        await self.check(context)
        scope = context.caller.reach(Level.EDITOR)
        account = await context.loads.root(BILLING, scope, {"ids": [self.account_id]})
        is_charge = change.subject_type == "Charge"
        charge = await context.loads.root(CHARGES, scope, {"ids": [change.subject_id]}) if is_charge else None
        return BillingChange(
            seq=change.seq,
            at=change.at,
            billing=Billing(row=account) if account else None,
            charge=Charge(row=charge) if charge else None,
            change=await event(context, change),
        )


@strawberry.type
class BillingSubscriptions:
    @strawberry.subscription(description="Charges and cards of an account, as they change", extensions=[READ])
    async def billing_changed(
        self,
        info: Info,
        account_id: Annotated[strawberry.ID, strawberry.argument(description="The account")],
    ) -> AsyncIterator[BillingChange]:
        return await watch(info.context, _Billing(key(account_id, "Account", "accountId")))
