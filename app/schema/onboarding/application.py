"""The wizard of an applicant: the paths, one's registrations, and what is done with them."""

from typing import Annotated, Any

import strawberry

from app.domain.access import Level
from app.domain.onboarding.paths import PATHS, RegistrationPath, RegistrationStep
from app.domain.onboarding.registration import RegistrationStatus
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, asked, connection
from app.resolvers import policy
from app.resolvers.onboarding import application, approval, reads, terms
from app.resolvers.onboarding.reads import RegistrationSort
from app.schema.accounts.account import Brand
from app.schema.context import Info
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import ClaimFilter, given, plain
from app.schema.onboarding.registration import (
    BRAND,
    CONTACT,
    PERSONAL,
    REPLACES,
    SECONDARY,
    BrandDetailsInput,
    ContactInput,
    PersonalDetailsInput,
    Registration,
    ReplacementNoticeInput,
    told,
)
from app.schema.payloads import MutationPayload
from app.schema.policy import ServiceLevel, promised
from app.schema.relay import ids, key

APPLY = Access(Level.SIGNED_IN)
EXPECTED = "Version that the caller read"

enum(
    RegistrationStep,
    "RegistrationStep",
    "Step of the wizard",
    PROVE_LOGIN="Sign in with the login of the path",
    PERSONAL_DETAILS="Tell of yourself",
    BRAND_DETAILS="Tell of the brand and your contact there",
    REVIEW_AND_SUBMIT="Look it through, and submit it",
)
enum(
    RegistrationSort,
    "RegistrationSort",
    "Order of registrations",
    QUEUE="Those that replace an account first, then by due time",
    DUE_ASC="The first due first",
    SUBMITTED_DESC="The last submitted first",
    CREATED_DESC="The newest first",
)


@strawberry.type(description="A way to register, as the wizard offers it")
class RegistrationPathInfo:
    path: RegistrationPath = strawberry.field(description="Which way")
    label: str = strawberry.field(description="What an applicant recognises it by")
    available: bool = strawberry.field(description="Whether its login is set up here, where it needs one")
    needs_external_login: bool = strawberry.field(description="Whether a login of the retailer's is to be proved")
    needs_brand_contact: bool = strawberry.field(description="Whether a contact at the brand is to be named")
    steps: list[RegistrationStep] = strawberry.field(description="The wizard's steps, in order")
    service_level: ServiceLevel = strawberry.field(description="What is promised")


def offered(path: RegistrationPath, levels: policy.Levels, *, available: bool) -> RegistrationPathInfo:
    """A path with the promise that is set now."""
    known = PATHS[path]
    return RegistrationPathInfo(
        path=path,
        label=known.label,
        available=available,
        needs_external_login=known.login,
        needs_brand_contact=known.contact,
        steps=list(known.steps),
        service_level=promised(known.promise, levels),
    )


@strawberry.input(description="Which registrations")
class RegistrationFilter:
    status: list[RegistrationStatus] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    path: list[RegistrationPath] | None = strawberry.field(default=strawberry.UNSET, description="Any of these")
    overdue: bool | None = strawberry.field(default=strawberry.UNSET, description="Only late ones, or only others")
    replaces_account: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Only those that replace an account, or only others"
    )
    claimed: ClaimFilter | None = strawberry.field(default=strawberry.UNSET, description="Whose they are")
    query: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the brand's name, the vendor code or the applicant's name"
    )


@strawberry.input(description="A way to register")
class RegistrationCreateInput:
    path: RegistrationPath = strawberry.field(description="Which way")


@strawberry.type(description="The registration that was begun")
class RegistrationCreatePayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="What is told; what is left out stays, null clears")
class RegistrationUpdateInput:
    id: strawberry.ID = strawberry.field(description="The registration")
    personal: PersonalDetailsInput | None = strawberry.field(default=strawberry.UNSET, description="Of the applicant")
    brand: BrandDetailsInput | None = strawberry.field(default=strawberry.UNSET, description="Of the brand")
    secondary_contact: ContactInput | None = strawberry.field(
        default=strawberry.UNSET, description="A second person at the brand"
    )
    note: str | None = strawberry.field(default=strawberry.UNSET, description="At most 2,000 characters")
    replaces_account_notice: ReplacementNoticeInput | None = strawberry.field(
        default=strawberry.UNSET, description="Which account this replaces"
    )
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=EXPECTED)

    def told(self) -> dict[str, Any]:
        """The columns that are given."""
        return {
            **told(self.personal, PERSONAL),
            **told(self.brand, BRAND),
            **told(self.secondary_contact, SECONDARY, whole=True),
            **told(self.replaces_account_notice, REPLACES, whole=True),
            **({} if self.note is strawberry.UNSET else {"note": self.note}),
        }


@strawberry.type(description="The registration after the change")
class RegistrationUpdatePayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="A registration to submit")
class RegistrationSubmitInput:
    id: strawberry.ID = strawberry.field(description="The registration")
    expected_version: int | None = strawberry.field(default=strawberry.UNSET, description=EXPECTED)


@strawberry.type(description="The registration in the queue")
class RegistrationSubmitPayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="The answer to what the reviewers asked")
class RegistrationProvideInfoInput:
    id: strawberry.ID = strawberry.field(description="The registration")
    message: str = strawberry.field(description="The answer, 1 to 2,000 characters")


@strawberry.type(description="The registration, back with the reviewers")
class RegistrationProvideInfoPayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="A registration to take back")
class RegistrationWithdrawInput:
    id: strawberry.ID = strawberry.field(description="The registration")


@strawberry.type(description="The registration that was taken back")
class RegistrationWithdrawPayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="A registration whose terms are to be mailed again")
class RegistrationResendTermsInvitationInput:
    id: strawberry.ID = strawberry.field(description="The registration")


@strawberry.type(description="The registration with its new invitation")
class RegistrationResendTermsInvitationPayload(MutationPayload):
    registration: Registration | None = strawberry.field(default=None, description="The registration")


@strawberry.input(description="A further brand of an account")
class BrandCreateInput:
    account_id: strawberry.ID = strawberry.field(description="The account")
    name: str = strawberry.field(description="The brand, 1 to 100 characters")
    vendor_code: str = strawberry.field(description="Code of the vendor who sells it, 1 to 40 characters")
    brand_contact: ContactInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Who at the brand authorises you; not needed where the account has proved a login for the code",
    )


@strawberry.type(description="The brand, advertised once its registration is approved")
class BrandCreatePayload(MutationPayload):
    brand: Brand | None = strawberry.field(default=None, description="The brand")
    registration: Registration | None = strawberry.field(default=None, description="Its registration")


@strawberry.type
class ApplicationQueries:
    @strawberry.field(description="The ways to register", extensions=[Access(Level.PUBLIC)])
    async def registration_paths(self, info: Info) -> list[RegistrationPathInfo]:
        levels = await policy.levels(info.context.services.database)
        set_up = info.context.services.logins.offered
        return [
            offered(path, levels, available=not known.login or path.value in set_up) for path, known in PATHS.items()
        ]

    @asked(reads.REGISTRATIONS, gives=Registration | None, access=APPLY, description="One's own registration by id")
    def registration(self, id: Annotated[strawberry.ID, strawberry.argument(description="Its id")]) -> Arguments:
        return ids(id, "Registration")

    @connection(
        reads.OWN, gives=Connection[Registration] | None, access=APPLY, description="What the caller has applied for"
    )
    def registrations(
        self,
        info: Info,
        filter: Annotated[RegistrationFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
        sort: Annotated[
            RegistrationSort | None, strawberry.argument(description="In which order")
        ] = RegistrationSort.CREATED_DESC,
    ) -> Arguments:
        return {"sort": sort, "now": info.context.now, **given(filter)}


@strawberry.type
class ApplicationMutations:
    @strawberry.mutation(description="Begin a registration", extensions=[APPLY])
    async def registration_create(self, work: Any, input: RegistrationCreateInput) -> RegistrationCreatePayload:
        made = await application.create(work, input.path)
        return RegistrationCreatePayload(registration=Registration.keyed(made.id))

    @strawberry.mutation(description="Keep what is told, step by step", extensions=[APPLY])
    async def registration_update(self, work: Any, input: RegistrationUpdateInput) -> RegistrationUpdatePayload:
        id, expected = key(input.id, "Registration"), plain(input.expected_version)
        changed = await application.update(work, id, input.told(), expected)
        return RegistrationUpdatePayload(registration=Registration.keyed(changed.id))

    @strawberry.mutation(
        description="Submit a registration: the terms are mailed, the promise begins", extensions=[APPLY]
    )
    async def registration_submit(
        self, info: Info, work: Any, input: RegistrationSubmitInput
    ) -> RegistrationSubmitPayload:
        id, expected = key(input.id, "Registration"), plain(input.expected_version)
        sent = await application.submit(work, id, expected, info.context.services.calendar)
        return RegistrationSubmitPayload(registration=Registration.keyed(sent.id))

    @strawberry.mutation(description="Answer what the reviewers asked", extensions=[APPLY])
    async def registration_provide_info(
        self, info: Info, work: Any, input: RegistrationProvideInfoInput
    ) -> RegistrationProvideInfoPayload:
        id, calendar = key(input.id, "Registration"), info.context.services.calendar
        answered = await application.provide(work, id, input.message, calendar)
        return RegistrationProvideInfoPayload(registration=Registration.keyed(answered.id))

    @strawberry.mutation(description="Take a registration back", extensions=[APPLY])
    async def registration_withdraw(self, work: Any, input: RegistrationWithdrawInput) -> RegistrationWithdrawPayload:
        ended = await application.withdraw(work, key(input.id, "Registration"))
        return RegistrationWithdrawPayload(registration=Registration.keyed(ended.id))

    @strawberry.mutation(description="Mail the terms again, with a new link", extensions=[APPLY])
    async def registration_resend_terms_invitation(
        self, work: Any, input: RegistrationResendTermsInvitationInput
    ) -> RegistrationResendTermsInvitationPayload:
        sent = await terms.resend(work, key(input.id, "Registration"))
        return RegistrationResendTermsInvitationPayload(registration=Registration.keyed(sent.id))

    @strawberry.mutation(
        description="Apply for a further brand of an account", extensions=[Access(Level.ADMIN, scope="brands:write")]
    )
    async def brand_create(self, info: Info, work: Any, input: BrandCreateInput) -> BrandCreatePayload:
        account, calendar = key(input.account_id, "Account", "accountId"), info.context.services.calendar
        contact = told(input.brand_contact, CONTACT) if plain(input.brand_contact) else None
        brand, made = await approval.create_brand(work, account, input.name, input.vendor_code, contact, calendar)
        return BrandCreatePayload(brand=Brand.keyed(brand.id), registration=Registration.keyed(made.id))
