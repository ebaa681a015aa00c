"""History: what happened, and an account's changes as they come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.db.scope import opened
from app.domain.access import Level, Via
from app.domain.errors import InvalidInput, Refusal
from app.execution.vocabulary import column, computed
from app.resolvers import history as reads
from app.schema.context import Context, Info
from app.schema.enums import enum
from app.schema.guards import DESK, Access
from app.schema.relay import Node, identity, key, node
from app.schema.scalars import BigInt
from app.schema.watch import Topic, watch

AUDIT = Access(Level.EDITOR, scope="audit:read")

enum(
    Via,
    "ChangeVia",
    "The road by which a change came",
    SESSION="A person, signed in",
    API_TOKEN="An integration with its token",  # noqa: S106
    JOB="Endcap itself",
    COMMAND_LINE="Whoever runs the installation",
)


@strawberry.interface(description="Something that happened, with its place in the order of all changes")
class ChangeMessage:
    seq: BigInt = strawberry.field(description="Its number; later changes have greater ones")
    at: datetime = strawberry.field(description="When it happened")


def _actor(context: Context, actor: str, action: str) -> str:
    """Members are not told who of the staff it was; staff are."""
    return "Staff" if action in DESK and not context.caller.staff else actor


@node(reads.CHANGES, Level.EDITOR, scope="audit:read")
@strawberry.type(description="A change: who did what, and when")
class ChangeEvent(Node, ChangeMessage):
    id: strawberry.ID = identity("ChangeEvent")
    seq: BigInt = column(description="Its number; later changes have greater ones")
    at: datetime = column(description="When it happened")
    actor: str = computed(
        _actor, "actor", "action", asks=True, description="A name for display; staff are not named to members"
    )
    via: Via = column(description="By which road it came")
    action: str = column(description="The mutation, command or job that made it")


@dataclass(frozen=True)
class _Account(Topic):
    """All changes of an account."""

    id: UUID

    def wants(self, change: Any) -> bool:
        return change.account_id == self.id

    async def check(self, context: Context) -> None:
        opened(context.caller.reach(Level.EDITOR), self.id, "accountId")

    async def show(self, context: Context, change: Any) -> ChangeEvent:
        await self.check(context)
        return ChangeEvent(row=change)


@strawberry.type
class HistorySubscriptions:
    @strawberry.subscription(
        description="Everything that happens in an account; with sinceSeq first what has happened after that number",
        extensions=[AUDIT],
    )
    async def account_events(
        self,
        info: Info,
        account_id: Annotated[strawberry.ID, strawberry.argument(description="The account")],
        since_seq: Annotated[
            BigInt | None, strawberry.argument(description="The last number that was seen; null begins now")
        ] = None,
    ) -> AsyncIterator[ChangeEvent]:
        account = key(account_id, "Account", "accountId")
        await _check_since(info.context, since_seq)
        return await watch(info.context, _Account(account), account, since_seq)


async def _check_since(context: Context, since: int | None) -> None:
    """A number that no change has yet would let a client wait for ever, and miss what comes before."""
    if since is None:
        return
    if since < 0 or since > await context.services.followers.changes.newest():
        message = "No change has this number: send the last one you have seen, or 0 for all there were."
        raise Refusal(InvalidInput(message=message, path=("sinceSeq",), constraint="0 <= sinceSeq <= newest"))
