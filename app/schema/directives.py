"""Directives: what the SDL says of a field besides its type, and what a mutation's caller may ask for."""

from typing import Annotated, Any

import strawberry
from strawberry.directive import DirectiveLocation, DirectiveValue
from strawberry.schema_directive import Location

from app.domain.access import Level as AccessLevel
from app.schema.enums import enum

enum(
    AccessLevel,
    "AccessLevel",
    "Who may use a field",
    PUBLIC="Everybody",
    SIGNED_IN="Whoever is signed in",
    EDITOR="Members of the account: content, ads, campaigns",
    ADMIN="Members of the account who also see to payment and people",
    REVIEWER="Staff who review registrations",
    MODERATOR="Staff who review ads and Pages",
    SUPPORT="Staff who answer support cases",
    FINANCE="Staff who adjust charges",
    OPERATOR="Runs the installation; holds no other staff level by itself",
    INGEST="The retailer's own serving, event or catalogue token, created on the command line",
)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="access",
    description="Who may use this field; without a scope API tokens are refused",
)
class AccessDirective:
    level: AccessLevel
    scope: str | None = strawberry.UNSET


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="Cost of one use; fields without it cost 1 for an object and 0 for a scalar, mutations 10, "
    "those that ask for no sign-in 500",
)
class Cost:
    weight: int


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="Greatest length of a list, by which the cost of its items is multiplied: fixed, or an argument",
)
class ListSize:
    assumed_size: int | None = strawberry.UNSET
    slicing_arguments: list[str] | None = strawberry.UNSET


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    name="idempotent",
    description="One effect: the same key and input answer with the same objects for 7 days",
)
def idempotent(
    value: DirectiveValue[Any],
    key: Annotated[str, strawberry.argument(description="1 to 255 characters of the caller's choice")],  # noqa: ARG001
) -> Any:
    return value


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    name="dryRun",
    description="Runs the mutation and rolls it back: answers what would have happened; no mail, no event",
)
def dry_run(
    value: DirectiveValue[Any],
    if_: Annotated[bool, strawberry.argument(name="if", description="False carries the mutation out")] = True,  # noqa: ARG001
) -> Any:
    return value


@strawberry.directive(
    locations=[DirectiveLocation.MUTATION], name="atomic", description="All root fields of the operation, or none"
)
def atomic(value: DirectiveValue[Any]) -> Any:
    return value


EXECUTABLE = (idempotent, dry_run, atomic)  # carried out by the executor and the guard, not by Strawberry
