"""The moderators' desk as it changes."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import strawberry

from app.domain.events import Event
from app.resolvers.moderation.reads import case_of_ad
from app.schema.context import Context, Info
from app.schema.history import ChangeEvent, ChangeMessage, event
from app.schema.moderation.case import DESK, ModerationCase
from app.schema.relay import NODES
from app.schema.scalars import BigInt
from app.schema.watch import Topic, watch

OF_ADS = (Event.AD_SUBMITTED, Event.AD_APPEALED, Event.AD_APPROVED, Event.AD_REJECTED)
"""What happens to an ad and moves its case."""


@strawberry.type(description="A case that changed")
class ModerationCaseChange(ChangeMessage):
    seq: BigInt = strawberry.field(description="Number of the change")
    at: datetime = strawberry.field(description="When it changed")
    moderation_case: ModerationCase | None = strawberry.field(description="As it is when the event is sent")
    change: ChangeEvent = strawberry.field(description="What happened")


class _Queue(Topic):
    """The changes of all cases."""

    def wants(self, change: Any) -> bool:
        return change.subject_type == "ModerationCase" or change.event in OF_ADS

    async def check(self, context: Context) -> None:
        """A desk is held everywhere, so the guard's door is all there is."""

    async def show(self, context: Context, change: Any) -> ModerationCaseChange:
        row, happened = await _case(context, change), await event(context, change)
        shown = ModerationCase(row=row) if row else None
        return ModerationCaseChange(seq=change.seq, at=change.at, moderation_case=shown, change=happened)


async def _case(context: Context, change: Any) -> Any:
    """The case that a change is about: it, or its ad's."""
    if change.subject_type != "ModerationCase":
        rows = await context.loads.reader.rows(case_of_ad(lambda column: column == change.subject_id))
        return rows[0] if rows else None
    kind = NODES["ModerationCase"]
    return await context.loads.root(kind.read, kind.reach(context.caller), {"ids": [change.subject_id]})


@strawberry.type
class ModerationSubscriptions:
    @strawberry.subscription(
        description="Cases on the moderators' desk, as they are handed in, claimed, decided and appealed",
        extensions=[DESK],
    )
    async def moderation_queue_changed(self, info: Info) -> AsyncIterator[ModerationCaseChange]:
        return await watch(info.context, _Queue())
