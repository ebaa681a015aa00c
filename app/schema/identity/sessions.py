"""Sessions: who asks, how they begin, what is known of them, how they end."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.db.page import size
from app.domain import identity as rules
from app.domain.access import STAFF_LEVELS, Caller, Level
from app.domain.errors import Findings, InvalidInput
from app.execution.rows import Rowed
from app.execution.vocabulary import Arguments, asked, column, computed, whole
from app.resolvers.accounts import reads as members
from app.resolvers.identity import people, reads, sessions
from app.schema.context import Context, Info
from app.schema.directives import AccessLevel, Cost, ListSize
from app.schema.guards import Access
from app.schema.identity.people import User
from app.schema.inputs import plain
from app.schema.payloads import SECRET, MutationPayload
from app.schema.relay import Node, key, node
from app.schema.relay import identity as id_field
from app.schema.unit import Issued

PROVES_A_PASSWORD = Cost(weight=500)  # hashing is slow on purpose


def _is_current(context: Context, id: UUID) -> bool:
    return id == context.caller.session_id


@strawberry.type(description="The program that somebody uses, as it describes itself")
class ClientInfo:
    browser: str = strawberry.field(description="Family of the browser")
    browser_version: str = strawberry.field(description="Its version")
    os: str = strawberry.field(description="The system it runs on")
    os_version: str | None = strawberry.field(description="The system's version; null where browsers do not tell it")
    user_agent: str | None = strawberry.field(description="What the browser sent")


def _client(user_agent: str | None) -> ClientInfo | None:
    found = rules.client(user_agent or "")
    return ClientInfo(**vars(found), user_agent=user_agent) if found else None


@node(reads.SESSIONS, Level.SIGNED_IN)
@strawberry.type(description="A sign-in that has not ended")
class Session(Node):
    lock_columns = ("user_id",)

    id: strawberry.ID = id_field("Session")
    current: bool = computed(_is_current, "id", asks=True, description="Whether it is the one that asks")
    client: ClientInfo | None = computed(
        _client, "user_agent", description="The browser it began in; null for programs that are none"
    )
    ip_address: str | None = column(description="Network address it began from")
    created_at: datetime = column(description="When it began")
    last_seen_at: datetime = column(description="When it was last used, to the minute")
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


@strawberry.input(description="A session to end")
class SessionRevokeInput:
    id: strawberry.ID = strawberry.field(description="The session")


@strawberry.type(description="The session that was ended")
class SessionRevokePayload(MutationPayload):
    session: Session | None = strawberry.field(default=None, description="The session")


@strawberry.input(description="Another password")
class PasswordChangeInput:
    current_password: str = strawberry.field(description="The password so far")
    new_password: str = strawberry.field(description="The password from now on, 12 to 200 characters")


@strawberry.type(description="Whether the password was changed")
class PasswordChangePayload(MutationPayload):
    ok: bool | None = strawberry.field(default=None, description="True when it was; all other sessions have ended")
    session_token: str | None = strawberry.field(
        default=None,
        metadata=SECRET,
        description="This session's token from now on, for `Authorization: Bearer`; null for browsers, by a cookie",
    )


async def _proved(info: Any, input: PasswordChangeInput) -> tuple[str, str]:
    """What is kept of the current password, which was proved, and of the new one."""
    context, found = info.context, Findings()
    if context.unit.key is not None:
        message = "A key holds no credentials: leave @idempotent out here."
        found.add(InvalidInput(message=message, path=("@idempotent",)))
    rules.check_password(found, input.new_password, "newPassword")
    found.settle()
    services, id = context.services, context.caller.user_id
    given = (services.database, services.passwords, services.throttle, id, input.current_password, context.address)
    return await sessions.check_current(*given), await services.passwords.hash(input.new_password)


@strawberry.type
class ViewerQueries:
    @asked(
        reads.VIEWER,
        gives=Viewer | None,
        access=Access(Level.PUBLIC),
        description="Who asks; null when nobody is signed in",
    )
    def viewer(self) -> Arguments:
        return {}


@strawberry.type
class SessionMutations:
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
        session = await sessions.open_session(work, user_id, context.origin)
        return SignInPayload(**begun(context, session))

    @strawberry.mutation(description="End this session", extensions=[Access(Level.SIGNED_IN)])
    async def sign_out(self, info: Info, work: Any) -> SignOutPayload:
        await sessions.close_session(work)
        info.context.unit.issuing = Issued(None)
        return SignOutPayload(ok=True)

    @strawberry.mutation(
        description="Change one's password: all other sessions end, and this one gets another token",
        extensions=[Access(Level.SIGNED_IN, ahead=_proved)],
        directives=[PROVES_A_PASSWORD],
    )
    async def password_change(
        self,
        info: Info,
        work: Any,
        input: PasswordChangeInput,  # noqa: ARG002 - it was read ahead
        ahead: Any,
    ) -> PasswordChangePayload:
        session = await people.change_password(work, *ahead)
        return PasswordChangePayload(ok=True, session_token=issued(info.context, session))

    @strawberry.mutation(description="End one of one's sessions", extensions=[Access(Level.SIGNED_IN)])
    async def session_revoke(self, info: Info, work: Any, input: SessionRevokeInput) -> SessionRevokePayload:
        session = await sessions.revoke(work, key(input.id, "Session"))
        if session.id == info.context.caller.session_id:
            info.context.unit.issuing = Issued(None)
        return SessionRevokePayload(session=Session.keyed(session.id))


def begun(context: Context, session: sessions.SignedIn) -> dict[str, Any]:
    """What the payload of a session that has just begun holds."""
    context.caller = Caller(session.user_id, session_id=session.id)
    return {"user": User.keyed(session.user_id), "session_token": issued(context, session)}


def issued(context: Context, session: sessions.SignedIn | None) -> str | None:
    """The token of a session that has a new one, for the payload; a browser gets it as a cookie."""
    if session is None:
        return None
    context.unit.issuing = Issued(session.token, session.expires_at)
    return None if context.from_browser or context.unit.dry else session.token
