"""A registration, as the applicant follows it and the reviewers decide on it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.domain.access import Caller, Level
from app.domain.errors import AccessDenied, Gate, Problem
from app.domain.onboarding import registration as rules
from app.domain.onboarding.details import RegistrationWarningCode, warnings
from app.domain.onboarding.paths import RegistrationPath, RegistrationPurpose
from app.domain.onboarding.registration import FACTS, Facts, RegistrationStatus
from app.execution.rows import Rowed
from app.execution.vocabulary import column, computed, many, one
from app.resolvers.accounts.reads import ACCOUNT_OF
from app.resolvers.identity import reads as persons
from app.resolvers.onboarding import reads
from app.schema.accounts.account import Account
from app.schema.accounts.people import READ
from app.schema.context import Context
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.guards import Access, Permission, permission
from app.schema.identity.people import User
from app.schema.onboarding.terms import TermsInvitation
from app.schema.relay import Node, node
from app.schema.relay import identity as id_field

REVIEW = Access(Level.REVIEWER)

enum(
    RegistrationPath,
    "RegistrationPath",
    "Way to register",
    VENDOR_CENTRAL="With a login of Vendor Central",
    ADVANTAGE_CENTRAL="With a login of Advantage Central",
    VENDOR_EXPRESS="With a login of Vendor Express",
    REPRESENT_VENDOR="As an agency or partner that a vendor has authorised",
    KDP="With a login of Kindle Direct Publishing",
)
enum(
    RegistrationPurpose,
    "RegistrationPurpose",
    "What is applied for",
    NEW_ACCOUNT="An account",
    FURTHER_BRAND="A further brand of an account",
)
enum(
    RegistrationStatus,
    "RegistrationStatus",
    "State of a registration",
    DRAFT="Being filled in",
    SUBMITTED="Waits in the queue",
    IN_REVIEW="A reviewer works on it",
    INFO_REQUESTED="Waits for the applicant; the clock stands still",
    APPROVED="Approved: access has begun",
    REJECTED="Rejected, with the reason",
    WITHDRAWN="Taken back by the applicant",
)
enum(
    RegistrationWarningCode,
    "RegistrationWarningCode",
    "What looks odd",
    CONTACT_DOMAIN_UNLIKE_BRAND="The contact's mail domain does not look like the brand",
    PERSONAL_MAIL_DOMAIN="The work address looks like a private mailbox",
    CONTACT_IS_APPLICANT="The contact is the applicant",
)


@strawberry.type(description="A person to turn to")
class Contact:
    name: str = strawberry.field(description="Name")
    email: str = strawberry.field(description="Address")
    phone: str | None = strawberry.field(description="Phone number, E.164")


@strawberry.type(description="What the applicant told of themself")
class PersonalDetails:
    name: str | None = strawberry.field(description="Name")
    work_email: str | None = strawberry.field(description="Address at work")
    phone: str | None = strawberry.field(description="Phone number, E.164")
    company: str | None = strawberry.field(description="Whom they work for")


@strawberry.type(description="The notice that this replaces an account, which reviewers see first")
class ReplacementNotice:
    existing_account_name: str = strawberry.field(description="The account that is replaced")
    previous_agency: str | None = strawberry.field(description="Who ran it")
    reason: str = strawberry.field(description="Why")


@strawberry.type(description="Advice; it never stands in the way")
class RegistrationWarning:
    code: RegistrationWarningCode = strawberry.field(description="What looks odd")
    message: str = strawberry.field(description="What it is, for people")
    path: list[str] = strawberry.field(description="Input field it is about, outermost first")


@strawberry.type(description="What the reviewers asked")
class InfoRequest(Rowed):
    message: str = column(description="The question")
    need_secondary_contact: bool = column(description="Whether a second contact is to be named")
    asked_at: datetime = column(description="When it was asked")
    answer: str | None = column(description="The answer")
    answered_at: datetime | None = column(description="When it was answered")


@strawberry.type(description="What reviewers tell each other")
class StaffNote(Rowed):
    author: User | None = one(persons.AUTHOR, description="Who wrote it")
    note: str = column(description="The note")
    at: datetime = column(description="When")


@strawberry.type(description="What the caller may do with a registration")
class RegistrationPermissions:
    update: Permission = strawberry.field(description="Whether `registrationUpdate` would be carried out")
    submit: Permission = strawberry.field(description="Whether `registrationSubmit` would be carried out")
    provide_info: Permission = strawberry.field(description="Whether `registrationProvideInfo` would be carried out")
    resend_terms_invitation: Permission = strawberry.field(
        description="Whether `registrationResendTermsInvitation` would be carried out"
    )
    withdraw: Permission = strawberry.field(description="Whether `registrationWithdraw` would be carried out")
    claim: Permission = strawberry.field(description="Whether `registrationClaim` would be carried out")
    release: Permission = strawberry.field(description="Whether `registrationRelease` would be carried out")
    request_info: Permission = strawberry.field(description="Whether `registrationRequestInfo` would be carried out")
    approve: Permission = strawberry.field(description="Whether `registrationApprove` would be carried out")
    reject: Permission = strawberry.field(description="Whether `registrationReject` would be carried out")


def _permissions(context: Context, *values: Any) -> RegistrationPermissions:
    facts, caller = Facts(*values), context.caller
    who = caller.user_id

    def own(problems: list[Problem]) -> Permission:
        return permission([*_foreign(facts, caller), *problems])

    def staff(problems: list[Problem]) -> Permission:
        return REVIEW.staff_permits(caller, problems)

    operates = caller.holds(Level.OPERATOR)
    return RegistrationPermissions(
        update=own(rules.update_problems(facts)),
        submit=own(rules.submit_problems(facts)),
        provide_info=own(rules.answer_problems(facts)),
        resend_terms_invitation=own(rules.resend_terms_problems(facts)),
        withdraw=own(rules.withdraw_problems(facts)),
        claim=staff(rules.claim_problems(facts, who)),
        release=staff(rules.release_problems(facts, who, operator=operates)),
        request_info=staff(rules.request_problems(facts, who)),
        approve=staff(rules.approve_problems(facts, who)),
        reject=staff(rules.reject_problems(facts, who)),
    )


def _foreign(facts: Facts, caller: Caller) -> list[Problem]:
    if caller.user_id == facts.applicant_id and caller.scopes is None:
        return []
    return [AccessDenied(message="This is the applicant's to do.", required=Level.SIGNED_IN.value)]


def _personal(name: str | None, work_email: str | None, phone: str | None, company: str | None) -> PersonalDetails:
    return PersonalDetails(name=name, work_email=work_email, phone=phone, company=company)


def _contact(name: str | None, email: str | None, phone: str | None) -> Contact | None:
    return Contact(name=name or "", email=email, phone=phone) if email else None


def _notice(account: str | None, agency: str | None, reason: str | None) -> ReplacementNotice | None:
    if not account:
        return None
    return ReplacementNotice(existing_account_name=account, previous_agency=agency, reason=reason or "")


def _blockers(*values: Any) -> list[Gate]:
    return rules.blockers(Facts(*values))


def _warnings(*values: Any) -> list[RegistrationWarning]:
    found = warnings(*values)
    return [RegistrationWarning(code=each.code, message=each.message, path=list(each.path)) for each in found]


def _overdue(context: Context, status: RegistrationStatus, due_at: datetime | None) -> bool:
    return status in rules.RUNNING and due_at is not None and due_at < context.now


def _due(status: RegistrationStatus, due_at: datetime | None) -> datetime | None:
    return None if status is RegistrationStatus.INFO_REQUESTED else due_at


@node(reads.REGISTRATIONS, Level.SIGNED_IN, staff=Level.REVIEWER)
@strawberry.type(description="An application for an account, or for a further brand of one")
class Registration(Node):
    lock_columns = ("applicant_id", "account_id")

    id: strawberry.ID = id_field("Registration")
    path: RegistrationPath = column(description="By which way")
    purpose: RegistrationPurpose = column(description="What is applied for")
    status: RegistrationStatus = column(description="How far it has come")
    applicant: User | None = one(persons.APPLICANT, description="Who applies")
    personal: PersonalDetails | None = computed(
        _personal, "person_name", "work_email", "person_phone", "company", description="What they told of themself"
    )
    brand_name: str | None = column(description="The brand")
    brand_contact: Contact | None = computed(
        _contact, "contact_name", "contact_email", "contact_phone", description="Who at the brand authorises them"
    )
    secondary_contact: Contact | None = computed(
        _contact, "secondary_name", "secondary_email", "secondary_phone", description="A second person at the brand"
    )
    vendor_code: str | None = column(description="Code of the vendor who sells the brand")
    note: str | None = column(description="What the applicant adds")
    replaces_account_notice: ReplacementNotice | None = computed(
        _notice, "replaced_account", "replaced_agency", "replaced_reason", description="The account that this replaces"
    )
    login_proved_at: datetime | None = column(description="When the applicant proved the login of the path")
    terms_invitation: TermsInvitation | None = one(reads.TERMS_OF, description="The latest invitation to the terms")
    blockers: list[Gate] = computed(_blockers, *FACTS, description="What stands in the way of an approval, in order")
    warnings: list[RegistrationWarning] = computed(
        _warnings, "work_email", "brand_name", "contact_email", "applicant_email", description="What looks odd"
    )
    info_requests: list[InfoRequest] = many(
        reads.INFO_REQUESTS,
        description="What the reviewers asked, the oldest first",
        directives=[ListSize(assumed_size=20)],
    )
    rejection_reason: str | None = column(description="Why it was rejected")
    staff_notes: list[StaffNote] | None = many(
        reads.STAFF_NOTES,
        description="What reviewers tell each other, the oldest first",
        access=REVIEW,
        directives=[ListSize(assumed_size=100)],
    )
    claimed_by: User | None = one(persons.CLAIMER, description="The reviewer who works on it", access=REVIEW)
    submitted_at: datetime | None = column(description="When it was submitted")
    due_at: datetime | None = computed(
        _due, "status", "due_at", description="Until when a decision is promised; null while the clock stands still"
    )
    overdue: bool = computed(_overdue, "status", "due_at", asks=True, description="Whether the promise is broken")
    clock_stopped_at: datetime | None = column(description="Since when the clock stands still, for the applicant")
    queue_position: int | None = column(description="Place in the queue, 1 is next; null where no decision is due")
    decided_at: datetime | None = column(description="When it was approved, rejected or withdrawn")
    created_at: datetime = column(description="When it was begun")
    updated_at: datetime = column(description="When it last changed")
    account: Account | None = one(ACCOUNT_OF, description="The account, once it is approved", access=READ)
    permissions: RegistrationPermissions = computed(
        _permissions, *FACTS, asks=True, description="What the caller may do with it"
    )
    version: int = column(description="Counts its changes, for expectedVersion")

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:
        """A desk is held everywhere; the account's fields by its members, and there is nothing to see before."""
        account_id: UUID | None = lock[1]
        if level is Level.REVIEWER:
            return caller.holds(level)
        return account_id is None or caller.holds_in(level, account_id)


@strawberry.input(description="What is told of the applicant; saved step by step, what is missing is a blocker")
class PersonalDetailsInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Name, 1 to 100 characters")
    work_email: str | None = strawberry.field(default=strawberry.UNSET, description="Address at work")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="Phone number in international form")
    company: str | None = strawberry.field(default=strawberry.UNSET, description="Whom they work for")


@strawberry.input(description="What is told of the brand; saved step by step, what is missing is a blocker")
class BrandDetailsInput:
    brand_name: str | None = strawberry.field(default=strawberry.UNSET, description="The brand, 1 to 100 characters")
    contact_name: str | None = strawberry.field(default=strawberry.UNSET, description="Who authorises the applicant")
    contact_email: str | None = strawberry.field(default=strawberry.UNSET, description="Their address at the brand")
    contact_phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="Their phone number in international form"
    )
    vendor_code: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 40 characters")


@strawberry.input(description="A person to turn to")
class ContactInput:
    name: str = strawberry.field(description="Name, 1 to 100 characters")
    email: str = strawberry.field(description="Address")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="Phone number in international form")


@strawberry.input(description="The notice that this replaces an account")
class ReplacementNoticeInput:
    existing_account_name: str = strawberry.field(description="The account that is replaced, 1 to 100 characters")
    previous_agency: str | None = strawberry.field(default=strawberry.UNSET, description="Who ran it")
    reason: str = strawberry.field(description="Why, 1 to 2,000 characters")


PERSONAL = {"name": "person_name", "work_email": "work_email", "phone": "person_phone", "company": "company"}
BRAND = {name: name for name in ("brand_name", "contact_name", "contact_email", "contact_phone", "vendor_code")}
SECONDARY = {"name": "secondary_name", "email": "secondary_email", "phone": "secondary_phone"}
CONTACT = {"name": "contact_name", "email": "contact_email", "phone": "contact_phone"}
REPLACES = {
    "existing_account_name": "replaced_account",
    "previous_agency": "replaced_agency",
    "reason": "replaced_reason",
}


def told(input: Any, columns: dict[str, str], *, whole: bool = False) -> dict[str, Any]:
    """The columns that a part of an input gives: null clears the part, and what a *whole* part leaves out too."""
    if input is strawberry.UNSET:
        return {}
    if input is None:
        return dict.fromkeys(columns.values())
    given = {columns[name]: value for name, value in vars(input).items() if value is not strawberry.UNSET}
    return {**dict.fromkeys(columns.values()), **given} if whole else given
