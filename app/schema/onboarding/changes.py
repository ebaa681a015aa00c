"""Registrations as they change: for the applicant, and for the reviewers' desk."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.domain.errors import NotFound, Refusal
from app.domain.onboarding.registration import RegistrationStatus
from app.resolvers.onboarding import reads
from app.schema.context import Context, Info
from app.schema.history import ChangeEvent, ChangeMessage
from app.schema.onboarding.application import APPLY
from app.schema.onboarding.registration import REVIEW, Registration
from app.schema.relay import NODES, key
from app.schema.scalars import BigInt
from app.schema.watch import watch


@strawberry.type(description="A registration that changed")
class RegistrationChange(ChangeMessage):
    seq: BigInt = strawberry.field(description="Number of the change")
    at: datetime = strawberry.field(description="When it changed")
    registration: Registration | None = strawberry.field(description="As it is when the event is sent")
    change: ChangeEvent = strawberry.field(description="What happened")


@strawberry.type
class RegistrationSubscriptions:
    @strawberry.subscription(
        description="One's own registration, or for reviewers any that was submitted, as it changes",
        extensions=[APPLY],
    )
    async def registration_changed(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The registration")]
    ) -> AsyncIterator[RegistrationChange]:
        wanted = key(id, "Registration")

        async def check(context: Context) -> None:
            await _seen(context, wanted)

        async def show(context: Context, change: Any) -> RegistrationChange | None:
            row, about = await _seen(context, wanted), await _about(context, change)
            return _change(change, row) if about == wanted else None

        return await watch(info.context, _concerns, check, show)  # type: ignore[return-value]

    @strawberry.subscription(description="Registrations on the reviewers' desk, as they change", extensions=[REVIEW])
    async def review_queue_changed(self, info: Info) -> AsyncIterator[RegistrationChange]:
        async def check(_: Context) -> None:
            """The door is all: a desk is held everywhere."""

        async def show(context: Context, change: Any) -> RegistrationChange | None:
            about = await _about(context, change)
            row = await _row(context, about) if about else None
            return _change(change, row) if row and row.status is not RegistrationStatus.DRAFT else None

        return await watch(info.context, _concerns, check, show)  # type: ignore[return-value]


def _concerns(change: Any) -> bool:
    return change.subject_type in ("Registration", "TermsInvitation")


def _change(change: Any, row: Any) -> RegistrationChange:
    shown = Registration(row=row), ChangeEvent(row=change)
    return RegistrationChange(seq=change.seq, at=change.at, registration=shown[0], change=shown[1])


async def _about(context: Context, change: Any) -> UUID | None:
    """Which registration a change is about: it, or its invitation to the terms."""
    if change.subject_type == "Registration":
        return change.subject_id
    found = await context.loads.reader.rows(reads.registration_of_terms(change.subject_id))
    return found[0].registration_id if found else None


async def _row(context: Context, id: UUID) -> Any:
    kind = NODES["Registration"]
    return await context.loads.root(kind.read, kind.reach(context.caller), {"ids": [id]})


async def _seen(context: Context, id: UUID) -> Any:
    row = await _row(context, id)
    if row is None:
        raise Refusal(NotFound(message="No such registration.", path=("id",)))
    return row
