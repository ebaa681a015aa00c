"""Signing up, proving an address, and a new password in place of a forgotten one."""

from functools import partial
from typing import Any

import strawberry

from app.domain.access import Level
from app.resolvers import notices
from app.resolvers.identity import people
from app.schema.context import Info
from app.schema.guards import Access
from app.schema.identity.sessions import PROVES_A_PASSWORD, SignInPayload, begun
from app.schema.payloads import MutationPayload


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


@strawberry.type(description="The person whose address was proved, signed in")
class EmailVerifyPayload(SignInPayload):
    pass


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


@strawberry.type
class SigningUpMutations:
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
        passwords, origin = info.context.services.passwords, info.context.origin
        session = await people.verify(work, passwords, input.token, input.password, origin)
        return EmailVerifyPayload(**begun(info.context, session))

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


async def _limit(info: Info, email: str) -> None:
    await people.limit_mail(info.context.services.throttle, email, info.context.address)
