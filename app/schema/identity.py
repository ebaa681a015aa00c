"""People: the viewer, signing in and out, tokens of integrations."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.db.page import size
from app.domain.access import STAFF_LEVELS, TOKEN_SCOPES, Caller, Level
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, asked, column, computed, one, whole
from app.resolvers import accounts as members
from app.resolvers import identity
from app.schema.context import Context, Info
from app.schema.directives import AccessLevel, Cost, ListSize
from app.schema.guards import Access
from app.schema.inputs import plain
from app.schema.payloads import SECRET, MutationPayload
from app.schema.relay import Node, key, node
from app.schema.relay import identity as id_field
from app.schema.unit import Issued

TOKENS = Access(Level.ADMIN)


@node(identity.USERS, Level.SIGNED_IN)
@strawberry.type(description="A person, apart from any account")
class User(Node):
    id: strawberry.ID = id_field("User")
    name: str = column(description="Name, as the person wrote it")
    email: str | None = column(
        description="Address: one's own, and a member's for the ADMINs of a shared account",
        access=Access(Level.ADMIN, scope="users:read"),
    )
    email_verified: bool = column(description="Whether the address was proved")
    created_at: datetime = column(description="When the person signed up")

    lock_columns = ("id", "account_id")

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:
        id, account_id = lock
        return id == caller.user_id or (account_id is not None and caller.holds_in(level, account_id))


@node(identity.API_TOKENS, Level.ADMIN)
@strawberry.type(description="A token of an integration; its secret is shown once, by apiTokenCreate")
class ApiToken(Node):
    id: strawberry.ID = id_field("ApiToken")
    name: str = column(description="What it is for")
    prefix: str = column(description="First characters of the secret, to recognise it")
    scopes: list[str] = column(description="What it may be used for")
    created_by: User | None = one(identity.CREATOR, description="Who made it; it never outlives their membership")
    created_at: datetime = column(description="When it was made")
    last_used_at: datetime | None = column(description="When it was last used, to the minute")
    expires_at: datetime | None = column(description="When it ends by itself")
    revoked_at: datetime | None = column(description="When it was revoked")


@strawberry.type(description="Something an API token may be granted")
class TokenScope:
    scope: str = strawberry.field(description="Its name")
    description: str = strawberry.field(description="What it opens")
    level: AccessLevel = strawberry.field(description="The level a person needs to grant it")


def _staff(context: Context) -> list[Level]:
    return [level for level in STAFF_LEVELS if context.caller.holds(level)]


@strawberry.type(description="Who asks")
class Viewer(Rowed):
    user: User | None = whole(description="The person, or the one who made the token")
    staff_levels: list[AccessLevel] = computed(_staff, asks=True, description="Levels held as the retailer's staff")

    @asked(
        members.MEMBERSHIPS_OF_USER,
        gives=list[Annotated["Membership", strawberry.lazy("app.schema.accounts")]],  # type: ignore[name-defined]  # noqa: F821
        description="Active memberships by account name, for the account switcher",
        directives=[ListSize(slicing_arguments=["first"])],
    )
    def memberships(
        self,
        query: Annotated[str | None, strawberry.argument(description="Part of the account's name")] = strawberry.UNSET,
        first: Annotated[int, strawberry.argument(description="Greatest number, 1 to 100")] = 100,
    ) -> Arguments:
        return {"query": plain(query), "first": size("first", first)}


@strawberry.input(description="How a person signs in")
class SignInInput:
    email: str = strawberry.field(description="Address")
    password: str = strawberry.field(description="Password")


@strawberry.type(description="The person who signed in")
class SignInPayload(MutationPayload):
    user: User | None = strawberry.field(default=None, description="The person")
    session_token: str | None = strawberry.field(
        default=None,
        metadata=SECRET,
        description="For `Authorization: Bearer`; null for browsers, whose session travels in an HttpOnly cookie",
    )


@strawberry.type(description="Whether the session ended")
class SignOutPayload(MutationPayload):
    ok: bool | None = strawberry.field(default=None, description="True when it ended")


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


@strawberry.type(description="What a client may need to know of this installation")
class ServerInfo:
    version: str = strawberry.field(description="Version of Endcap")
    default_currency: str = strawberry.field(description="Currency of new accounts, ISO 4217")
    server_time: datetime = strawberry.field(description="The time it is here")
    token_scopes: list[TokenScope] = strawberry.field(description="What API tokens may be granted")


@strawberry.type
class IdentityQueries:
    @asked(
        identity.VIEWER,
        gives=Viewer | None,
        access=Access(Level.PUBLIC),
        description="Who asks; null when nobody is signed in",
    )
    def viewer(self) -> Arguments:
        return {}

    @strawberry.field(description="About this installation", extensions=[Access(Level.PUBLIC)])
    async def server_info(self, info: Info) -> ServerInfo:
        services = info.context.services
        scopes = [TokenScope(scope=name, description=text, level=level) for name, (text, level) in TOKEN_SCOPES.items()]
        return ServerInfo(
            version=services.version,
            default_currency=services.default_currency,
            server_time=info.context.now,
            token_scopes=scopes,
        )


@strawberry.type
class IdentityMutations:
    @strawberry.mutation(
        description="Sign in. A browser gets a cookie, others a token",
        extensions=[Access(Level.PUBLIC)],
        directives=[Cost(weight=50)],
    )
    async def sign_in(self, info: Info, work: Any, input: SignInInput) -> SignInPayload:
        context, services = info.context, info.context.services
        user_id = await identity.check_password(
            services.database, services.passwords, services.throttle, input.email, input.password, context.address
        )
        session = await identity.open_session(work, user_id, context.address)
        context.unit.issuing, context.caller = Issued(session.token, session.expires_at), Caller(user_id)
        token = None if context.from_browser else session.token
        return SignInPayload(user=User.keyed(user_id), session_token=token)

    @strawberry.mutation(description="End this session", extensions=[Access(Level.SIGNED_IN)])
    async def sign_out(self, info: Info, work: Any) -> SignOutPayload:
        await identity.close_session(work)
        info.context.unit.issuing = Issued(None)
        return SignOutPayload(ok=True)

    @strawberry.mutation(description="Make a token for an integration of an account", extensions=[TOKENS])
    async def api_token_create(self, work: Any, input: ApiTokenCreateInput) -> ApiTokenCreatePayload:
        account = key(input.account_id, "Account", "accountId")
        token, secret = await identity.create_token(work, account, input.name, input.scopes, plain(input.expires_at))
        return ApiTokenCreatePayload(token=ApiToken.keyed(token.id), secret=secret)

    @strawberry.mutation(description="End a token at once", extensions=[TOKENS])
    async def api_token_revoke(self, work: Any, input: ApiTokenRevokeInput) -> ApiTokenRevokePayload:
        token = await identity.revoke_token(work, key(input.id, "ApiToken"))
        return ApiTokenRevokePayload(token=ApiToken.keyed(token.id))
