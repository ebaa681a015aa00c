"""History: what happened in an account, what takes it back, and changes as they come."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.db.ids import global_id, parse
from app.db.reads import Several
from app.db.scope import opened
from app.domain.access import MEMBER_LEVELS, Level
from app.domain.access import Via as ChangeVia
from app.domain.errors import Findings, InvalidInput, NotFound, Refusal
from app.domain.events import Event
from app.domain.history import revert_problem
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, column, computed, connection, one, several
from app.resolvers import history
from app.schema.context import Context, Info
from app.schema.directives import Cost
from app.schema.enums import enum
from app.schema.guards import Access, Permission
from app.schema.identity.people import User
from app.schema.inputs import DateRange, plain
from app.schema.payloads import MutationPayload
from app.schema.relay import NODES, Node, by_rule, identity, key, keys, node
from app.schema.scalars import JSON, BigInt
from app.schema.watch import Topic, watch

READ, REVERT = Access(Level.EDITOR, scope="audit:read"), Access(Level.EDITOR, scope="campaigns:write")
KEYS = {"created_by": "User", "invited_by": "User", "added_by": "User"}
KEYS |= {"brand_page_id": "BrandPage", "logo_id": "Asset", "hero_id": "Asset", "payment_method_id": "PaymentMethod"}
KEYS |= {"image_id": "Asset", "replaces_id": "Ad", "replaced_by": "Ad", "duplicated_from_id": "Campaign"}
"""Whose keys these fields hold; others are named after it."""
TAKING_MORE = ("payment_method_id",)
"""Keys of what not everybody sees who sees the object that has them."""
enum(
    ChangeVia,
    "ChangeVia",
    "The road by which a change came",
    SESSION="A person who was signed in",
    API_TOKEN="A token",  # noqa: S106
    STAFF="The retailer's staff",
    JOB="By itself",
    COMMAND_LINE="The operator",
)


@strawberry.interface(description="What every message about a change has")
class ChangeMessage:
    seq: BigInt = strawberry.field(description="Its place among all changes")
    at: datetime = strawberry.field(description="When it happened")


def _actor(context: Context, via: ChangeVia, name: str) -> str:
    """Members are not told who of the staff it was; staff are."""
    return "Staff" if via is ChangeVia.STAFF and not context.caller.staff else name


def _shown(context: Context, kind: str, account_id: UUID | None, values: Mapping[str, Any] | None) -> JSON | None:
    """The fields of a subject, for those who may see such a subject: each type has its own rule."""
    if values is None or not _sees(context, kind, account_id):
        return None  # one's own, and what is the desk's, is read where it is
    names = [name for name in values if name not in TAKING_MORE or _sees(context, KEYS[name], account_id)]
    return JSON({_camel(name): _value(name, values[name], kind) for name in names})


def _sees(context: Context, kind: str, account_id: UUID | None) -> bool:
    """Whether the reader sees objects of a type in an account."""
    rule, caller = NODES.get(kind), context.caller
    if rule is None or account_id is None or not caller.in_scope(rule.scope):
        return False
    return rule.level in MEMBER_LEVELS and caller.holds_in(rule.level, account_id)


def _camel(name: str) -> str:
    first, *others = name.removesuffix("_micros").split("_")
    return "".join([first, *(each.capitalize() for each in others), "Micros" if name.endswith("_micros") else ""])


def _value(name: str, value: Any, kind: str) -> Any:
    """Keys of other objects are shown as their ids, and what is within is named like everything else."""
    if isinstance(value, dict):
        return {_camel(each): _value(each, within, kind) for each, within in value.items()}
    if isinstance(value, list):
        return [_value(name.removesuffix("s") if name.endswith("_ids") else "", each, kind) for each in value]
    named = kind if name == "id" else KEYS.get(name) or name.removesuffix("_id").capitalize()
    is_key = isinstance(value, str) and (name == "id" or name.endswith("_id") or name in KEYS)
    return global_id(named, UUID(value)) if is_key and named in NODES else value


def _revertible(context: Context, account_id: UUID, event: Event, after: Any, *values: Any) -> Permission:
    now = history.now_of(dict(zip(history.CURRENT, values, strict=True)))
    return REVERT.permits(context.caller, account_id, revert_problem(event, after, now))


@node(history.CHANGES_BY_IDS, Level.EDITOR, "audit:read")
@strawberry.type(description="Something that changed in an account")
class ChangeEvent(Node, ChangeMessage):
    id: strawberry.ID = identity("ChangeEvent")
    seq: BigInt = column(description="Its place among all changes")
    at: datetime = column(description="When it happened")
    actor: str = computed(
        _actor, "via", "actor", asks=True, description="Who did it, for display; staff are not named to members"
    )
    actor_user: User | None = one(
        history.ACTOR, description="The person who did it; null for staff and for tokens' feeds"
    )
    via: ChangeVia = column(description="The road by which it came")
    subject: Node | None = several(
        Several("subject_type", "subject_id", by_rule),
        description="What changed; null where the reader may not see it",
    )
    action: str = column(description="The mutation or job that did it")
    before: JSON | None = computed(
        _shown,
        "subject_type",
        "account_id",
        "before",
        asks=True,
        description="The fields that changed, before; null of something new, or that the reader may not see",
    )
    after: JSON | None = computed(
        _shown,
        "subject_type",
        "account_id",
        "after",
        asks=True,
        description="The same fields after; null of something that the reader may not see",
    )
    reason: str | None = column(description="Why, where somebody or something said so")
    reverts: "ChangeEvent | None" = one(history.REVERTED, description="The change that this one took back")
    revertible: Permission = computed(
        _revertible,
        "account_id",
        "event",
        "after",
        *history.CURRENT,
        asks=True,
        description="Whether `changeRevert` would be carried out",
    )


async def event(context: Context, change: Any) -> ChangeEvent:
    """The event that a change is which somebody follows, with what its subject is by now."""
    return ChangeEvent(row=(await context.loads.keyed(history.CHANGES_BY_IDS, [change.id]))[change.id])


@strawberry.input(description="Which changes")
class ChangeFilter:
    subject_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Of any of these objects"
    )
    actor_user_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="By any of these people"
    )
    actions: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="By any of these mutations or jobs"
    )
    range: DateRange | None = strawberry.field(
        default=strawberry.UNSET, description="On these days of the account's time zone"
    )


def _subjects(ids: list[str]) -> Arguments:
    found = [parse(id) for id in ids]
    for place, each in enumerate(found):
        if each is None:
            raise Refusal(NotFound(message="No such object.", path=("filter", "subjectIds", str(place))))
    known = [each for each in found if each]
    return {"subject_types": [name for name, _ in known], "subject_ids": [id for _, id in known]}


def _criteria(filter: ChangeFilter | None) -> Arguments:
    if not filter:
        return {}
    days, subjects, found = plain(filter.range), plain(filter.subject_ids), Findings()
    if days is not None:
        days.check(found, "filter", "range")
        found.settle()
    people = keys(filter.actor_user_ids, "User", "filter", "actorUserIds")
    several = {} if subjects is None else _subjects(subjects)
    return {**several, "actor_user_ids": people, "actions": plain(filter.actions), "days": days}


@strawberry.input(description="A change to take back")
class ChangeRevertInput:
    change_event_id: strawberry.ID = strawberry.field(description="The change")


@strawberry.type(description="The change that took another back")
class ChangeRevertPayload(MutationPayload):
    reverted_by: ChangeEvent | None = strawberry.field(default=None, description="The new change, by the caller")


@strawberry.type
class HistoryQueries:
    @connection(
        history.CHANGES,
        gives=Connection[ChangeEvent] | None,
        access=READ,
        directives=[Cost(weight=5)],
        description="Changes of an account, the oldest first; `last` gives the newest",
    )
    def change_events(
        self,
        account_id: Annotated[strawberry.ID, strawberry.argument(description="Whose history")],
        since_seq: Annotated[
            BigInt | None, strawberry.argument(description="Only what came after the change of this number")
        ] = strawberry.UNSET,
        filter: Annotated[ChangeFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
    ) -> Arguments:
        account, since = key(account_id, "Account", "accountId"), plain(since_seq)
        return {"account_id": account, "since_seq": since, **_criteria(filter)}


@strawberry.type
class HistoryMutations:
    @strawberry.mutation(
        description="Take a change back by what undoes it, under all the rules of that", extensions=[REVERT]
    )
    async def change_revert(self, work: Any, input: ChangeRevertInput) -> ChangeRevertPayload:
        change = await history.revert(work, key(input.change_event_id, "ChangeEvent", "changeEventId"))
        return ChangeRevertPayload(reverted_by=ChangeEvent.keyed(change))


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
        return await event(context, change)


@strawberry.type
class HistorySubscriptions:
    @strawberry.subscription(
        description="Everything that happens in an account; with sinceSeq first what has happened after that number",
        extensions=[READ],
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
