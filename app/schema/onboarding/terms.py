"""The terms, as the contact at the brand meets them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.domain import accounts as rules
from app.domain.access import Level
from app.domain.accounts import InvitationStatus
from app.execution.rows import Rowed
from app.execution.vocabulary import column, computed, one
from app.resolvers import policy
from app.resolvers.onboarding import terms
from app.schema.context import Context, Info
from app.schema.guards import Access
from app.schema.inputs import plain
from app.schema.payloads import MutationPayload
from app.schema.policy import PolicyDocument


def _applicant(person_name: str | None, user_name: str) -> str:
    return person_name or user_name


def _status(context: Context, stored: rules.InvitationStatus, expires_at: datetime) -> Any:
    return rules.invitation_status(stored, expires_at, context.now)


def _accepted_at(stored: rules.InvitationStatus, answered_at: datetime | None) -> datetime | None:
    return answered_at if stored is InvitationStatus.ACCEPTED else None


def _named(brand_name: str | None) -> str:
    return brand_name or ""


@strawberry.type(
    description="What the brand's contact sees before and after the answer, and what the applicant may follow"
)
class TermsInvitation(Rowed):
    brand_name: str = computed(_named, "brand_name", description="The brand to be advertised")
    contact_name: str = column(description="Who is asked")
    applicant_name: str = computed(_applicant, "person_name", "user_name", description="Who asks")
    agency_name: str | None = column("company", description="The company they work for")
    document: PolicyDocument = one(policy.DOCUMENT_OF, description="The version of the terms that is asked about")
    status: InvitationStatus = computed(_status, "status", "expires_at", asks=True, description="How far it has come")
    sent_at: datetime = column(description="When it was last mailed")
    expires_at: datetime = column(description="Until when it can be answered")
    accepted_at: datetime | None = computed(_accepted_at, "status", "answered_at", description="When it was accepted")


@strawberry.input(description="The terms, accepted")
class TermsAcceptInput:
    token: str = strawberry.field(description="Token of the mailed link")
    document_version: int = strawberry.field(description="The version that was shown")
    full_name: str = strawberry.field(description="Full name of who accepts, 1 to 100 characters")


@strawberry.type(description="The invitation after the answer")
class TermsAcceptPayload(MutationPayload):
    terms_invitation: TermsInvitation | None = strawberry.field(default=None, description="The invitation")


@strawberry.input(description="The terms, declined")
class TermsDeclineInput:
    token: str = strawberry.field(description="Token of the mailed link")
    reason: str | None = strawberry.field(
        default=strawberry.UNSET, description="Why; the applicant reads it. At most 2,000 characters"
    )


@strawberry.type(description="The invitation after the answer")
class TermsDeclinePayload(MutationPayload):
    terms_invitation: TermsInvitation | None = strawberry.field(default=None, description="The invitation")


@strawberry.type
class TermsQueries:
    @strawberry.field(
        description="The terms of a mailed link, while they can be answered", extensions=[Access(Level.PUBLIC)]
    )
    async def terms_invitation(
        self, info: Info, token: Annotated[str, strawberry.argument(description="Token of the link")]
    ) -> TermsInvitation | None:
        found = await terms.preview(info.context.services.database, token, info.context.now)
        return found and TermsInvitation(row=found)


@strawberry.type
class TermsMutations:
    @strawberry.mutation(description="Accept the terms of a mailed link", extensions=[Access(Level.PUBLIC)])
    async def terms_accept(self, work: Any, input: TermsAcceptInput) -> TermsAcceptPayload:
        made = await terms.accept(work, input.token, input.document_version, input.full_name)
        return TermsAcceptPayload(terms_invitation=TermsInvitation(row=await terms.shown(work, made.id)))

    @strawberry.mutation(description="Decline the terms of a mailed link", extensions=[Access(Level.PUBLIC)])
    async def terms_decline(self, work: Any, input: TermsDeclineInput) -> TermsDeclinePayload:
        made = await terms.decline(work, input.token, plain(input.reason))
        return TermsDeclinePayload(terms_invitation=TermsInvitation(row=await terms.shown(work, made.id)))
