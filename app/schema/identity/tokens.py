"""Tokens of integrations."""

from datetime import datetime
from typing import Any

import strawberry

from app.domain.access import Level
from app.execution.vocabulary import column, one
from app.resolvers.identity import reads, tokens
from app.schema.guards import Access
from app.schema.identity.people import User
from app.schema.inputs import plain
from app.schema.payloads import SECRET, MutationPayload
from app.schema.relay import Node, key, node
from app.schema.relay import identity as id_field

TOKENS = Access(Level.ADMIN)


@node(reads.API_TOKENS, Level.ADMIN)
@strawberry.type(description="A token of an integration; its secret is shown once, by apiTokenCreate")
class ApiToken(Node):
    id: strawberry.ID = id_field("ApiToken")
    name: str = column(description="What it is for")
    prefix: str = column(description="First characters of the secret, to recognise it")
    scopes: list[str] = column(description="What it may be used for")
    created_by: User | None = one(reads.CREATOR, description="Who made it; it never outlives their membership")
    created_at: datetime = column(description="When it was made")
    last_used_at: datetime | None = column(description="When it was last used, to the minute")
    expires_at: datetime | None = column(description="When it ends by itself")
    revoked_at: datetime | None = column(description="When it was revoked")


@strawberry.input(description="A token to make")
class ApiTokenCreateInput:
    account_id: strawberry.ID = strawberry.field(description="Account it acts in")
    name: str = strawberry.field(description="What it is for, 1 to 80 characters")
    scopes: list[str] = strawberry.field(description="What it may be used for; `serverInfo.tokenScopes` lists them")
    expires_at: datetime | None = strawberry.field(default=strawberry.UNSET, description="When it ends by itself")


@strawberry.type(description="The token that was made, and its secret")
class ApiTokenCreatePayload(MutationPayload):
    token: ApiToken | None = strawberry.field(default=None, description="The token")
    secret: str | None = strawberry.field(
        default=None, metadata=SECRET, description="For `Authorization: Bearer`; shown only now"
    )


@strawberry.input(description="A token to end")
class ApiTokenRevokeInput:
    id: strawberry.ID = strawberry.field(description="The token")


@strawberry.type(description="The token that was ended")
class ApiTokenRevokePayload(MutationPayload):
    token: ApiToken | None = strawberry.field(default=None, description="The token")


@strawberry.type
class TokenMutations:
    @strawberry.mutation(description="Make a token for an integration of an account", extensions=[TOKENS])
    async def api_token_create(self, work: Any, input: ApiTokenCreateInput) -> ApiTokenCreatePayload:
        account = key(input.account_id, "Account", "accountId")
        token, secret = await tokens.create_token(work, account, input.name, input.scopes, plain(input.expires_at))
        return ApiTokenCreatePayload(token=ApiToken.keyed(token.id), secret=secret)

    @strawberry.mutation(description="End a token at once", extensions=[TOKENS])
    async def api_token_revoke(self, work: Any, input: ApiTokenRevokeInput) -> ApiTokenRevokePayload:
        token = await tokens.revoke_token(work, key(input.id, "ApiToken"))
        return ApiTokenRevokePayload(token=ApiToken.keyed(token.id))
