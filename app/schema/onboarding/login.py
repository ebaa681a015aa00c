"""The proof of a login that a registration's path asks for."""

from typing import Any

import strawberry

from app.domain.access import Level
from app.resolvers.onboarding import login
from app.schema.context import Info
from app.schema.guards import Access
from app.schema.onboarding.registration import Registration
from app.schema.payloads import SECRET, MutationPayload
from app.schema.relay import key
from app.schema.scalars import URL


@strawberry.input(description="The registration whose login is to be proved")
class RegistrationLoginBeginInput:
    id: strawberry.ID = strawberry.field(description="The registration")
    return_to: URL = strawberry.field(
        description="Page of this installation that the browser comes back to, with login=... added to its query: "
        "proved, or denied, failed, unavailable, untrusted, expired, used, other_session, taken, closed"
    )


@strawberry.type(description="Where the proof begins")
class RegistrationLoginBeginPayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")
    authorization_url: URL | None = strawberry.field(
        default=None,
        metadata=SECRET,
        description="Send the browser there within 10 minutes, in the same session: the callback records the proof",
    )


@strawberry.type
class LoginMutations:
    @strawberry.mutation(
        description="Begin the login that a registration's path asks for; only the latest counts",
        extensions=[Access(Level.SIGNED_IN)],
    )
    async def registration_login_begin(
        self, info: Info, work: Any, input: RegistrationLoginBeginInput
    ) -> RegistrationLoginBeginPayload:
        services, id = info.context.services, key(input.id, "Registration")
        registration, address = await login.begin_login(work, services.logins, services.returns, id, input.return_to)
        return RegistrationLoginBeginPayload(
            registration=Registration.keyed(registration.id), authorization_url=URL(address)
        )
