"""Registrations as they change: for the applicant, and for the reviewers' desk."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.domain.errors import NotFound, Refusal
from app.domain.onboarding.registration import RegistrationStatus
from app.resolvers.onboarding import reads
from app.schema.context import Context, Info
from app.schema.history import ChangeEvent, ChangeMessage, event
from app.schema.onboarding.application import APPLY
from app.schema.onboarding.registration import REVIEW, Registration
from app.schema.relay import NODES, key
from app.schema.scalars import BigInt
from app.schema.watch import Topic, watch


@strawberry.type(description="A registration that changed")
class RegistrationChange(ChangeMessage):
    seq: BigInt = strawberry.field(description="Number of the change")
    at: datetime = strawberry.field(description="When it changed")
    registration: Registration | None = strawberry.field(description="As it is when the event is sent")
    change: ChangeEvent = strawberry.field(description="What happened")


class _Registrations(Topic):
    """Changes of any registration, and of invitations to its terms."""

    def wants(self, change: Any) -> bool:
        return change.subject_type in ("Registration", "TermsInvitation")


@dataclass(frozen=True)
class _One(_Registrations):
    """The changes of one registration."""

    id: UUID

    async def check(self, context: Context) -> None:
        await self._seen(context)

    async def show(self, context: Context, change: Any) -> RegistrationChange | None:
        row = await self._seen(context)
        return await _change(context, change, row) if await _about(context, change) == self.id else None

    async def _seen(self, context: Context) -> Any:
        row = await _row(context, self.id)
        if row is None:
            raise Refusal(NotFound(message="No such registration.", path=("id",)))
        return row


class _Queue(_Registrations):
    """The changes of all registrations that were submitted."""

    async def check(self, context: Context) -> None:
        """A desk is held everywhere, so the guard's door is all there is."""

    async def show(self, context: Context, change: Any) -> RegistrationChange | None:
        about = await _about(context, change)
        row = await _row(context, about) if about else None
        return await _change(context, change, row) if row and row.status is not RegistrationStatus.DRAFT else None


@strawberry.type
class RegistrationSubscriptions:
    @strawberry.subscription(
        description="One's own registration, or for reviewers any that was submitted, as it changes",
        extensions=[APPLY],
    )
    async def registration_changed(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The registration")]
    ) -> AsyncIterator[RegistrationChange]:
        return await watch(info.context, _One(key(id, "Registration")))

    @strawberry.subscription(description="Registrations on the reviewers' desk, as they change", extensions=[REVIEW])
    async def review_queue_changed(self, info: Info) -> AsyncIterator[RegistrationChange]:
        return await watch(info.context, _Queue())


async def _change(context: Context, change: Any, row: Any) -> RegistrationChange:
    shown, happened = Registration(row=row), await event(context, change)
    return RegistrationChange(seq=change.seq, at=change.at, registration=shown, change=happened)


async def _about(context: Context, change: Any) -> UUID | None:
    """Which registration a change is about: it, or its invitation to the terms."""
    if change.subject_type == "Registration":
        return change.subject_id
    found = await context.loads.reader.rows(reads.registration_of_terms(change.subject_id))
    return found[0].registration_id if found else None


async def _row(context: Context, id: UUID) -> Any:
    kind = NODES["Registration"]
    return await context.loads.root(kind.read, kind.reach(context.caller), {"ids": [id]})
