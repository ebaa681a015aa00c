"""The reviewers' desk: the queue, and what is done with a case."""

from typing import Annotated, Any

import strawberry

from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, connection
from app.resolvers.onboarding import approval, reads, review
from app.resolvers.onboarding.reads import RegistrationSort
from app.schema.accounts.account import Account
from app.schema.context import Info
from app.schema.inputs import given, plain
from app.schema.onboarding.application import EXPECTED, RegistrationFilter
from app.schema.onboarding.registration import REVIEW, Registration
from app.schema.payloads import MutationPayload
from app.schema.relay import key


@strawberry.input(description="A case to work on")
class RegistrationClaimInput:
    id: strawberry.ID = strawberry.field(description="The registration")


@strawberry.type(description="The case that is the caller's now")
class RegistrationClaimPayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="A case to give back")
class RegistrationReleaseInput:
    id: strawberry.ID = strawberry.field(description="The registration")


@strawberry.type(description="The case, back in its place of the queue")
class RegistrationReleasePayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="What the applicant is to tell")
class RegistrationRequestInfoInput:
    id: strawberry.ID = strawberry.field(description="The registration")
    message: str = strawberry.field(description="The question, 1 to 2,000 characters")
    need_secondary_contact: bool | None = strawberry.field(
        default=False, description="Whether a second contact at the brand is to be named"
    )
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=EXPECTED)


@strawberry.type(description="The case; its clock stands still until the applicant answers")
class RegistrationRequestInfoPayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="A case to approve")
class RegistrationApproveInput:
    id: strawberry.ID = strawberry.field(description="The registration")
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=EXPECTED)


@strawberry.type(description="The case that was approved, and the account")
class RegistrationApprovePayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")
    account: Account | None = strawberry.field(default=None, description="The account")


@strawberry.input(description="A case to reject")
class RegistrationRejectInput:
    id: strawberry.ID = strawberry.field(description="The registration")
    reason: str = strawberry.field(description="Why; the applicant reads it. 1 to 2,000 characters")
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=EXPECTED)


@strawberry.type(description="The case that was rejected")
class RegistrationRejectPayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="A note for other reviewers")
class RegistrationAddStaffNoteInput:
    id: strawberry.ID = strawberry.field(description="The registration")
    note: str = strawberry.field(description="The note, 1 to 2,000 characters; no applicant sees it")


@strawberry.type(description="The case with its notes")
class RegistrationAddStaffNotePayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.type
class ReviewQueries:
    @connection(
        reads.QUEUE,
        gives=Connection[Registration] | None,
        access=REVIEW,
        description="The reviewers' queue: without a status all that waits for a decision",
    )
    def review_queue(
        self,
        info: Info,
        filter: Annotated[RegistrationFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
        sort: Annotated[
            RegistrationSort | None, strawberry.argument(description="In which order")
        ] = RegistrationSort.QUEUE,
    ) -> Arguments:
        return {"sort": sort, "now": info.context.now, **given(filter)}


@strawberry.type
class ReviewMutations:
    @strawberry.mutation(description="Take a case from the queue", extensions=[REVIEW])
    async def registration_claim(self, work: Any, input: RegistrationClaimInput) -> RegistrationClaimPayload:
        case = await review.claim(work, key(input.id, "Registration"))
        return RegistrationClaimPayload(registration=Registration.keyed(case.id))

    @strawberry.mutation(description="Give a case back to the queue", extensions=[REVIEW])
    async def registration_release(self, work: Any, input: RegistrationReleaseInput) -> RegistrationReleasePayload:
        case = await review.release(work, key(input.id, "Registration"))
        return RegistrationReleasePayload(registration=Registration.keyed(case.id))

    @strawberry.mutation(description="Ask the applicant for more; the clock stands still", extensions=[REVIEW])
    async def registration_request_info(
        self, info: Info, work: Any, input: RegistrationRequestInfoInput
    ) -> RegistrationRequestInfoPayload:
        id, expected = key(input.id, "Registration"), plain(input.expected_version)
        secondary, calendar = bool(input.need_secondary_contact), info.context.services.calendar
        case = await review.ask(work, id, input.message, expected, calendar, secondary=secondary)
        return RegistrationRequestInfoPayload(registration=Registration.keyed(case.id))

    @strawberry.mutation(description="Approve a case: access begins", extensions=[REVIEW])
    async def registration_approve(
        self, info: Info, work: Any, input: RegistrationApproveInput
    ) -> RegistrationApprovePayload:
        id, expected, services = key(input.id, "Registration"), plain(input.expected_version), info.context.services
        case = await approval.approve(work, id, expected, services.default_currency, services.calendar.zone.key)
        account = Account.keyed(case.account_id) if case.account_id else None
        return RegistrationApprovePayload(registration=Registration.keyed(case.id), account=account)

    @strawberry.mutation(description="Reject a case, with the reason", extensions=[REVIEW])
    async def registration_reject(self, work: Any, input: RegistrationRejectInput) -> RegistrationRejectPayload:
        case = await review.reject(work, key(input.id, "Registration"), input.reason, plain(input.expected_version))
        return RegistrationRejectPayload(registration=Registration.keyed(case.id))

    @strawberry.mutation(description="Leave a note for other reviewers", extensions=[REVIEW])
    async def registration_add_staff_note(
        self, work: Any, input: RegistrationAddStaffNoteInput
    ) -> RegistrationAddStaffNotePayload:
        case = await review.note(work, key(input.id, "Registration"), input.note)
        return RegistrationAddStaffNotePayload(registration=Registration.keyed(case.id))
