"""People: the viewer, signing in and out, tokens of integrations."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.db.page import size
from app.domain.access import STAFF_LEVELS, TOKEN_SCOPES, Caller, Level
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, asked, column, computed, one, whole
from app.resolvers import notices
from app.resolvers.accounts import reads as members
from app.resolvers.identity import people, reads, sessions, tokens
from app.schema.context import Context, Info
from app.schema.directives import AccessLevel, Cost, ListSize
from app.schema.guards import Access
from app.schema.inputs import plain
from app.schema.payloads import SECRET, MutationPayload
from app.schema.relay import Node, key, node
from app.schema.relay import identity as id_field
from app.schema.unit import Issued

TOKENS = Access(Level.ADMIN)


@node(reads.USERS, Level.SIGNED_IN)
@strawberry.type(description="A person, apart from any account")
class User(Node):
    id: strawberry.ID = id_field("User")
    name: str = column(description="Name, as the person wrote it")
    email: str | None = column(
        description="Address: one's own, a member's for the ADMINs of a shared account, an applicant's for reviewers",
        access=Access(Level.ADMIN, scope="users:read"),
    )
    email_verified: bool = column(description="Whether the address was proved")
    created_at: datetime = column(description="When the person signed up")

    lock_columns = ("id", "account_id", "desk")

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:
        id, account_id, desk = lock
        if id == caller.user_id or (desk is not None and caller.holds(Level(desk))):
            return True
        return account_id is not None and caller.holds_in(level, account_id)


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


@strawberry.type(description="Something an API token may be granted")
class TokenScope:
    scope: str = strawberry.field(description="Its name")
    description: str = strawberry.field(description="What it opens")
    level: AccessLevel = strawberry.field(description="The level a person needs to grant it")


def _is_current(context: Context, id: UUID) -> bool:
    return id == context.caller.session_id


@node(reads.SESSIONS, Level.SIGNED_IN)
@strawberry.type(description="A sign-in that has not ended")
class Session(Node):
    lock_columns = ("user_id",)

    id: strawberry.ID = id_field("Session")
    current: bool = computed(_is_current, "id", asks=True, description="Whether it is the one that asks")
    ip_address: str | None = column(description="Network address it began from")
    created_at: datetime = column(description="When it began")
    expires_at: datetime = column(description="When it ends by itself")
    revoked_at: datetime | None = column(description="When it was ended")

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:  # noqa: ARG003 - it is one's own or nobody's
        return lock == (caller.user_id,)


def _staff(context: Context) -> list[Level]:
    return [level for level in STAFF_LEVELS if context.caller.holds(level)]


@strawberry.type(description="Who asks")
class Viewer(Rowed):
    lock_columns = ("id",)

    user: User | None = whole(description="The person, or the one who made the token")
    staff_levels: list[AccessLevel] = computed(_staff, asks=True, description="Levels held as the retailer's staff")

    @asked(
        members.MEMBERSHIPS_OF_USER,
        gives=list[Annotated["Membership", strawberry.lazy("app.schema.accounts.people")]],  # type: ignore[name-defined]  # noqa: F821
        description="Active memberships by account name, for the account switcher",
        directives=[ListSize(slicing_arguments=["first"])],
    )
    def memberships(
        self,
        query: Annotated[str | None, strawberry.argument(description="Part of the account's name")] = strawberry.UNSET,
        first: Annotated[int, strawberry.argument(description="Greatest number, 1 to 100")] = 100,
    ) -> Arguments:
        return {"query": plain(query), "first": size("first", first)}

    @asked(
        reads.SESSIONS_OF_USER,
        gives=list[Session] | None,
        access=Access(Level.SIGNED_IN),
        description="Sessions that have not ended, the newest first",
        directives=[ListSize(assumed_size=50)],
    )
    def sessions(self, info: Info) -> Arguments:
        return {"now": info.context.now}

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:  # noqa: ARG003 - it is one's own
        return lock == (caller.user_id,)


@strawberry.input(description="Who signs up")
class SignUpInput:
    email: str = strawberry.field(description="Address; a work address is best. A link to it proves that it is theirs")
    name: str = strawberry.field(description="Name, 1 to 100 characters")
    password: str = strawberry.field(description="Password, 12 to 200 characters")


@strawberry.type(description="Whether mail is on its way; the answer is the same for addresses that are known already")
class SignUpPayload(MutationPayload):
    ok: bool | None = strawberry.field(default=None, description="True: look into the mailbox")


@strawberry.input(description="The proof of an address")
class EmailVerifyInput:
    token: str = strawberry.field(description="Token of the mailed link")
    password: str = strawberry.field(description="The password that was signed up with: it shows that it was they")


@strawberry.input(description="An address to mail to")
class EmailVerifyResendInput:
    email: str = strawberry.field(description="Address that was signed up with")


@strawberry.type(description="Whether mail is on its way; the answer is the same for unknown addresses")
class EmailVerifyResendPayload(MutationPayload):
    ok: bool | None = strawberry.field(default=None, description="True: look into the mailbox")


@strawberry.input(description="An address to mail to")
class PasswordResetRequestInput:
    email: str = strawberry.field(description="Address of the account")


@strawberry.type(description="Whether mail is on its way; the answer is the same for unknown addresses")
class PasswordResetRequestPayload(MutationPayload):
    ok: bool | None = strawberry.field(default=None, description="True: look into the mailbox")


@strawberry.input(description="A new password")
class PasswordResetInput:
    token: str = strawberry.field(description="Token of the mailed link")
    password: str = strawberry.field(description="Password, 12 to 200 characters")


@strawberry.type(description="Whether the password was set")
class PasswordResetPayload(MutationPayload):
    ok: bool | None = strawberry.field(default=None, description="True when it was; all sessions have ended")


@strawberry.input(description="A session to end")
class SessionRevokeInput:
    id: strawberry.ID = strawberry.field(description="The session")


@strawberry.type(description="The session that was ended")
class SessionRevokePayload(MutationPayload):
    session: Session | None = strawberry.field(default=None, description="The session")


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


@strawberry.type(description="The person whose address was proved, signed in")
class EmailVerifyPayload(SignInPayload):
    pass


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
        reads.VIEWER,
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


PROVES_A_PASSWORD = Cost(weight=500)  # hashing is slow on purpose


@strawberry.type
class IdentityMutations:
    @strawberry.mutation(
        description="Sign up: a link is mailed that proves the address",
        extensions=[Access(Level.PUBLIC)],
        directives=[PROVES_A_PASSWORD],
    )
    async def sign_up(self, info: Info, work: Any, input: SignUpInput) -> SignUpPayload:
        problem, limit = notices.address_problem(input.email, "email"), partial(_limit, info, input.email)
        passwords = info.context.services.passwords
        await people.sign_up(work, passwords, limit, input.email, problem, input.name, input.password)
        return SignUpPayload(ok=True)

    @strawberry.mutation(
        description="Prove an address by the mailed link, and sign in",
        extensions=[Access(Level.PUBLIC)],
        directives=[PROVES_A_PASSWORD],
    )
    async def email_verify(self, info: Info, work: Any, input: EmailVerifyInput) -> EmailVerifyPayload:
        passwords, address = info.context.services.passwords, info.context.address
        session = await people.verify(work, passwords, input.token, input.password, address)
        return EmailVerifyPayload(**_begun(info.context, session))

    @strawberry.mutation(description="Mail the link that proves an address again", extensions=[Access(Level.PUBLIC)])
    async def email_verify_resend(
        self, info: Info, work: Any, input: EmailVerifyResendInput
    ) -> EmailVerifyResendPayload:
        await _limit(info, input.email)
        await people.ask_again(work, input.email)
        return EmailVerifyResendPayload(ok=True)

    @strawberry.mutation(description="Mail a link that sets a new password", extensions=[Access(Level.PUBLIC)])
    async def password_reset_request(
        self, info: Info, work: Any, input: PasswordResetRequestInput
    ) -> PasswordResetRequestPayload:
        await _limit(info, input.email)
        await people.ask_for_reset(work, input.email)
        return PasswordResetRequestPayload(ok=True)

    @strawberry.mutation(
        description="Set a new password by the mailed link; all sessions end",
        extensions=[Access(Level.PUBLIC)],
        directives=[PROVES_A_PASSWORD],
    )
    async def password_reset(self, info: Info, work: Any, input: PasswordResetInput) -> PasswordResetPayload:
        await people.reset_password(work, info.context.services.passwords, input.token, input.password)
        return PasswordResetPayload(ok=True)

    @strawberry.mutation(description="End one of one's sessions", extensions=[Access(Level.SIGNED_IN)])
    async def session_revoke(self, info: Info, work: Any, input: SessionRevokeInput) -> SessionRevokePayload:
        session = await sessions.revoke(work, key(input.id, "Session"))
        if session.id == info.context.caller.session_id:
            info.context.unit.issuing = Issued(None)
        return SessionRevokePayload(session=Session.keyed(session.id))

    @strawberry.mutation(
        description="Sign in. A browser gets a cookie, others a token",
        extensions=[Access(Level.PUBLIC)],
        directives=[PROVES_A_PASSWORD],
    )
    async def sign_in(self, info: Info, work: Any, input: SignInInput) -> SignInPayload:
        context, services = info.context, info.context.services
        user_id = await sessions.check_password(
            services.database, services.passwords, services.throttle, input.email, input.password, context.address
        )
        session = await sessions.open_session(work, user_id, context.address)
        return SignInPayload(**_begun(context, session))

    @strawberry.mutation(description="End this session", extensions=[Access(Level.SIGNED_IN)])
    async def sign_out(self, info: Info, work: Any) -> SignOutPayload:
        await sessions.close_session(work)
        info.context.unit.issuing = Issued(None)
        return SignOutPayload(ok=True)

    @strawberry.mutation(description="Make a token for an integration of an account", extensions=[TOKENS])
    async def api_token_create(self, work: Any, input: ApiTokenCreateInput) -> ApiTokenCreatePayload:
        account = key(input.account_id, "Account", "accountId")
        token, secret = await tokens.create_token(work, account, input.name, input.scopes, plain(input.expires_at))
        return ApiTokenCreatePayload(token=ApiToken.keyed(token.id), secret=secret)

    @strawberry.mutation(description="End a token at once", extensions=[TOKENS])
    async def api_token_revoke(self, work: Any, input: ApiTokenRevokeInput) -> ApiTokenRevokePayload:
        token = await tokens.revoke_token(work, key(input.id, "ApiToken"))
        return ApiTokenRevokePayload(token=ApiToken.keyed(token.id))


async def _limit(info: Info, email: str) -> None:
    await people.limit_mail(info.context.services.throttle, email, info.context.address)


def _begun(context: Context, session: sessions.SignedIn) -> dict[str, Any]:
    """What the payload of a session that has just begun holds; a browser gets its token as a cookie."""
    context.unit.issuing = Issued(session.token, session.expires_at)
    context.caller = Caller(session.user_id, session_id=session.id)
    return {"user": User.keyed(session.user_id), "session_token": None if context.from_browser else session.token}
