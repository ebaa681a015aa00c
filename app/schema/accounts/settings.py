"""An account's settings, its end, and what the retailer's operator decides about it."""

from typing import Annotated, Any

import strawberry

from app.domain.access import EVERYTHING, Level
from app.domain.accounts import AccountStatus
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, connection
from app.resolvers.accounts import account as accounts
from app.resolvers.accounts import reads
from app.schema.accounts.account import FOR_PEOPLE, UPDATE, Account
from app.schema.guards import Access
from app.schema.inputs import given, plain
from app.schema.payloads import MutationPayload
from app.schema.relay import key

DESK = Access(Level.OPERATOR, desk=EVERYTHING)
VERSION = "Version that the caller has seen"


@strawberry.input(description="Which accounts")
class AccountFilter:
    status: list[AccountStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    sandbox: bool | None = strawberry.field(default=strawberry.UNSET, description="Test accounts, or all but these")
    query: str | None = strawberry.field(default=strawberry.UNSET, description="Part of the name or the vendor's code")


@strawberry.input(description="New settings of an account; what is left out or null stays")
class AccountUpdateInput:
    id: strawberry.ID = strawberry.field(description="The account")
    display_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Name in the switcher, 1 to 100 characters"
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description="IANA name of the zone its days are counted in from now on"
    )
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=VERSION)


@strawberry.type(description="The account with its settings")
class AccountUpdatePayload(MutationPayload):
    account: Account | None = strawberry.field(default=None, description="The account")


@strawberry.input(description="An account to suspend")
class AccountSuspendInput:
    id: strawberry.ID = strawberry.field(description="The account")
    reason: str = strawberry.field(description="Why, 1 to 1000 characters: its ADMINs are mailed it")


@strawberry.type(description="The suspended account")
class AccountSuspendPayload(MutationPayload):
    account: Account | None = strawberry.field(default=None, description="The account")


@strawberry.input(description="An account to reinstate")
class AccountReinstateInput:
    id: strawberry.ID = strawberry.field(description="The account")
    reason: str = strawberry.field(description="Why, 1 to 1000 characters: its ADMINs are mailed it")


@strawberry.type(description="The account that is suspended no longer; one that waited for a card still does")
class AccountReinstatePayload(MutationPayload):
    account: Account | None = strawberry.field(default=None, description="The account")


@strawberry.input(description="An account to close")
class AccountCloseInput:
    id: strawberry.ID = strawberry.field(description="The account")
    reason: str | None = strawberry.field(default=strawberry.UNSET, description="Why, for the history")
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=VERSION)


@strawberry.type(description="The closed account")
class AccountClosePayload(MutationPayload):
    account: Account | None = strawberry.field(default=None, description="The account")


@strawberry.type
class DeskQueries:
    @connection(
        reads.DESK,
        gives=Connection[Account] | None,
        access=Access(Level.OPERATOR),
        description="All accounts, the newest first",
    )
    def accounts(
        self, filter: Annotated[AccountFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET
    ) -> Arguments:
        return given(filter)


@strawberry.type
class AccountMutations:
    @strawberry.mutation(description="Change an account's settings", extensions=[UPDATE])
    async def account_update(self, work: Any, input: AccountUpdateInput) -> AccountUpdatePayload:
        settings, version = (plain(input.display_name), plain(input.time_zone)), plain(input.expected_version)
        account = await accounts.update(work, key(input.id, "Account"), *settings, version)
        return AccountUpdatePayload(account=Account.keyed(account.id))

    @strawberry.mutation(description="Suspend an account: none of its ads are served", extensions=[DESK])
    async def account_suspend(self, work: Any, input: AccountSuspendInput) -> AccountSuspendPayload:
        account = await accounts.suspend(work, key(input.id, "Account"), input.reason)
        return AccountSuspendPayload(account=Account.keyed(account.id))

    @strawberry.mutation(description="End the suspension of an account", extensions=[DESK])
    async def account_reinstate(self, work: Any, input: AccountReinstateInput) -> AccountReinstatePayload:
        account = await accounts.reinstate(work, key(input.id, "Account"), input.reason)
        return AccountReinstatePayload(account=Account.keyed(account.id))

    @strawberry.mutation(description="Close an account for good; its history stays", extensions=[FOR_PEOPLE])
    async def account_close(self, work: Any, input: AccountCloseInput) -> AccountClosePayload:
        version, reason = plain(input.expected_version), plain(input.reason)
        account = await accounts.close(work, key(input.id, "Account"), reason, version)
        return AccountClosePayload(account=Account.keyed(account.id))
