"""Test accounts: made, and their time let pass."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import strawberry

from app.domain.access import Level, MemberLevel
from app.domain.policy import length
from app.resolvers.accounts import sandbox
from app.schema.account_jobs import Job
from app.schema.accounts.account import Account
from app.schema.context import Info
from app.schema.guards import Access
from app.schema.payloads import MutationPayload
from app.schema.relay import key
from app.schema.scalars import Duration

WRITE = Access(Level.EDITOR, scope="sandbox:write")


@strawberry.input(description="A test account to make")
class SandboxAccountCreateInput:
    name: str = strawberry.field(description="Name of the account and of its brand, 1 to 100 characters")
    seed: int | None = strawberry.field(
        default=strawberry.UNSET, description="What its shoppers follow from: the same seed, the same likes and habits"
    )


@strawberry.type(description="The test account")
class SandboxAccountCreatePayload(MutationPayload):
    account: Account | None = strawberry.field(
        default=None, description="The account, with an approved brand, products to advertise, and the caller as ADMIN"
    )


@strawberry.input(description="How long time is to pass in a test account, and how many shoppers come")
class SandboxAdvanceInput:
    account_id: strawberry.ID = strawberry.field(description="The test account")
    duration: Duration = strawberry.field(description="By how much its clock goes on: an hour to 31 days")
    shoppers: int = strawberry.field(description="How many come on a mean day, 1 to 5,000; 30,000 in all")


@strawberry.type(description="The job that lets time pass")
class SandboxAdvancePayload(MutationPayload):
    job: Job | None = strawberry.field(default=None, description="The job: read or follow it until it has ended")


@strawberry.type
class SandboxMutations:
    @strawberry.mutation(
        description="Make a test account: its ads are approved by themselves and shown to simulated shoppers only, "
        "nothing is charged, and no figure of it is in anybody else's",
        extensions=[Access(Level.SIGNED_IN)],
    )
    async def sandbox_account_create(
        self, info: Info, work: Any, input: SandboxAccountCreateInput
    ) -> SandboxAccountCreatePayload:
        seed = None if input.seed is strawberry.UNSET else input.seed
        account = await sandbox.create(work, info.context.services.shop, input.name, seed)
        caller = info.context.caller
        info.context.caller = replace(caller, grants={**caller.grants, account.id: MemberLevel.ADMIN})
        return SandboxAccountCreatePayload(account=Account.keyed(account.id))

    @strawberry.mutation(
        description="Let time pass in a test account: simulated shoppers look for its products, see its ads and click",
        extensions=[WRITE],
    )
    async def sandbox_advance(self, work: Any, input: SandboxAdvanceInput) -> SandboxAdvancePayload:
        account, passed = key(input.account_id, "Account", "accountId"), length(input.duration) or timedelta()
        job = await sandbox.advance(work, account, passed, input.shoppers)
        return SandboxAdvancePayload(job=Job.keyed(job.id))
