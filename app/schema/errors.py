"""Refusals as clients see them: typed members of UserError in a mutation, codes in `errors` elsewhere."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import strawberry
from graphql import GraphQLError

from app.domain import errors
from app.domain.errors import Code as UserErrorCode
from app.domain.errors import Gate
from app.execution.executor import is_mistake
from app.schema.directives import AccessLevel, ListSize
from app.schema.enums import enum
from app.schema.findings import Finding
from app.schema.findings import shown as findings_shown
from app.schema.scalars import URL

enum(
    UserErrorCode,
    "UserErrorCode",
    "Kind of a refusal",
    INVALID="A value the field cannot take",
    NOT_FOUND="Absent, or hidden from the caller",
    FORBIDDEN="Too low a level",
    CONFLICT="Taken already, or undone with the rest",
    STALE_VERSION="Changed since it was read",
    ILLEGAL_TRANSITION="The state allows other steps",
    LIMIT="Too many, or too often",
    POLICY="Against the ad policy",
    PAYMENT="A payment is due",
    GATE="Something else has to happen first",
    IDEMPOTENCY_MISMATCH="The key was used for something else",
)
enum(
    Gate,
    "Gate",
    "A condition that must hold first",
    TERMS_ACCEPTED="The terms are accepted",
    PERSONAL_DETAILS="The applicant's own details are complete",
    BRAND_DETAILS="The brand is named",
    BRAND_CONTACT="A contact at the brand is named",
    VENDOR_CODE="The vendor code is given",
    REPLACEMENT_NOTICE="The vendor has an account: it is said which one this replaces, and why",
    LOGIN_PROVED="The login of the path is proved",
    SECONDARY_CONTACT="The second contact that was asked for is named",
    INFO_PROVIDED="What the reviewers asked is answered",
    NOT_OWN_ACCOUNT="Who decides does not belong to the account",
    EMAIL_VERIFIED="The person's address is proved",
    BRAND_APPROVED="The brand is approved",
    ACCOUNT_ACTIVE="The account is active",
    SECOND_LOOK="An appeal is decided by another moderator than the one who rejected",
    PAGE_UPGRADED="The Page is UPGRADED",
    ONE_PAGE_PER_BRAND="The brand has no Page yet",
    BALANCE_PAID="The campaign's balance is paid",
)


@strawberry.interface(description="A refusal that a client can show beside the field it is about")
class UserError:
    code: UserErrorCode = strawberry.field(description="Kind of the refusal")
    message: str = strawberry.field(description="What is wrong and the way out, for people")
    path: list[str] = strawberry.field(description="Input field it is about, outermost first; empty: the whole")
    help_url: URL | None = strawberry.field(description="Where to read more", default=None)


@strawberry.type(description="A value that the field cannot take")
class InvalidInput(UserError):
    constraint: str | None = strawberry.field(description="The limit, machine-readable")


@strawberry.type(description="Absent, or hidden from the caller: the answer is the same")
class NotFound(UserError):
    pass


@strawberry.type(description="Taken already, or undone with the rest of an @atomic operation")
class Conflict(UserError):
    pass


@strawberry.type(description="Too many, or too often")
class LimitExceeded(UserError):
    limit: int | None = strawberry.field(description="How many are allowed")
    retry_at: datetime | None = strawberry.field(description="When to try again, where waiting helps")


@strawberry.type(description="The object's state allows other steps")
class IllegalTransition(UserError):
    from_: str = strawberry.field(name="from", description="State it is in")
    attempted: str = strawberry.field(description="State or step that was asked for")
    allowed: list[str] = strawberry.field(description="States that may follow")
    instead_use: str | None = strawberry.field(description="Mutation that helps")


@strawberry.type(description="The object changed since the caller read it")
class StaleVersion(UserError):
    current_version: int = strawberry.field(description="Version it has now")


@strawberry.type(description="Something else has to happen first")
class GateNotMet(UserError):
    gate: Gate = strawberry.field(description="The condition that does not hold")
    remedy_mutation: str | None = strawberry.field(description="Mutation that helps")


@strawberry.type(description="Against the ad policy")
class PolicyViolation(UserError):
    findings: list[Finding] = strawberry.field(
        description="What was found, with the very words and how to mend it", directives=[ListSize(assumed_size=100)]
    )


@strawberry.type(description="Visible to the caller, who holds too low a level for this")
class AccessDenied(UserError):
    required: AccessLevel = strawberry.field(description="Level it takes")
    have: AccessLevel | None = strawberry.field(description="Level the caller holds")


@strawberry.type(description="The key was used for another field or other input")
class IdempotencyMismatch(UserError):
    key: str = strawberry.field(description="The key")


def _renamed(problem: Any, **names: str) -> dict[str, Any]:
    values = {str(names.get(name, name)): value for name, value in vars(problem).items()}
    return {**values, "code": problem.code, "path": list(problem.path)}


def _levels(problem: errors.AccessDenied) -> dict[str, Any]:
    have = AccessLevel(problem.have) if problem.have else None
    return {**_renamed(problem), "required": AccessLevel(problem.required), "have": have}


def _violation(problem: errors.PolicyViolation) -> dict[str, Any]:
    return {**_renamed(problem), "findings": findings_shown(problem.findings)}


def _plain(problem: Any) -> dict[str, Any]:
    return _renamed(problem)


_MEMBERS: dict[type[errors.Problem], tuple[type[UserError], Callable[[Any], dict[str, Any]]]] = {
    errors.InvalidInput: (InvalidInput, _plain),
    errors.NotFound: (NotFound, _plain),
    errors.Conflict: (Conflict, _plain),
    errors.LimitExceeded: (LimitExceeded, _plain),
    errors.IllegalTransition: (IllegalTransition, lambda problem: _renamed(problem, state="from_")),
    errors.StaleVersion: (StaleVersion, _plain),
    errors.GateNotMet: (GateNotMet, _plain),
    errors.PolicyViolation: (PolicyViolation, _violation),
    errors.AccessDenied: (AccessDenied, _levels),
    errors.IdempotencyMismatch: (IdempotencyMismatch, _plain),
}
MEMBERS = tuple(member for member, _ in _MEMBERS.values())


def user_errors(refusal: errors.Refusal) -> list[UserError]:
    """The problems of a refusal as members of `UserError`."""
    return [member(**values(problem)) for problem in refusal.problems for member, values in [_MEMBERS[type(problem)]]]


def shown(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error as the client sees it: answers with their code, faults masked."""
    refusal = error.original_error
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(refusal, errors.Refusal):
        problem = refusal.problems[0]
        extensions: dict[str, Any] = {"code": problem.code.value, "argument": list(problem.path)}
        if isinstance(problem, errors.InvalidInput) and problem.constraint:
            extensions["constraint"] = problem.constraint
        return {**formatted, "message": problem.message, "extensions": {**extensions, "requestId": request_id}}
    if is_mistake(error):
        return {**formatted, "extensions": {"code": "BAD_USER_INPUT", "requestId": request_id}}
    if error.original_error is None or "code" in (error.extensions or {}):
        return {**formatted, "extensions": {**(error.extensions or {}), "requestId": request_id}}
    message = f"Something went wrong on our side. Tell support the request id {request_id}."
    return {**formatted, "message": message, "extensions": {"code": "INTERNAL", "requestId": request_id}}
