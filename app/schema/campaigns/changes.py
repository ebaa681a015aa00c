"""Campaigns and ads as they change: one of them, those of a campaign, or all of an account."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.db.reads import RootOne
from app.domain.access import Level
from app.domain.errors import InvalidInput, NotFound, Refusal
from app.resolvers.accounts.reads import ACCOUNTS
from app.resolvers.campaigns import reads
from app.schema.campaigns.ad import Ad
from app.schema.campaigns.campaign import READ, Campaign
from app.schema.context import Context, Info
from app.schema.history import ChangeEvent, ChangeMessage, event
from app.schema.inputs import plain
from app.schema.relay import key
from app.schema.scalars import BigInt
from app.schema.watch import Topic, watch

READS = {"adId": ("Ad", reads.ADS), "campaignId": ("Campaign", reads.CAMPAIGNS), "accountId": ("Account", ACCOUNTS)}
"""What an id of these arguments names, and how that is read."""


@strawberry.type(description="An ad that changed")
class AdChange(ChangeMessage):
    seq: BigInt = strawberry.field(description="Number of the change")
    at: datetime = strawberry.field(description="When it changed")
    ad: Ad | None = strawberry.field(description="As it is when the event is sent; null when a draft was deleted")
    change: ChangeEvent = strawberry.field(description="What happened")


@strawberry.type(description="A campaign that changed")
class CampaignChange(ChangeMessage):
    seq: BigInt = strawberry.field(description="Number of the change")
    at: datetime = strawberry.field(description="When it changed")
    campaign: Campaign | None = strawberry.field(description="As it is when the event is sent")
    change: ChangeEvent = strawberry.field(description="What happened")


@dataclass(frozen=True)
class _Within:
    """What somebody named, and the account it belongs to: neither ever changes, whatever becomes of it."""

    argument: str
    id: UUID
    account_id: UUID

    def check(self, context: Context) -> None:
        """Refuse whoever is no member of the account by now."""
        if self.account_id not in context.caller.reach(Level.EDITOR).permitted:
            raise _unknown(self.argument)


@dataclass(frozen=True)
class _Ads(Topic):
    """The changes of ads themselves."""

    within: _Within

    def wants(self, change: Any) -> bool:
        is_theirs = change.subject_type == "Ad" and change.account_id == self.within.account_id
        return is_theirs and (self.within.argument != "adId" or change.subject_id == self.within.id)

    async def check(self, context: Context) -> None:
        self.within.check(context)

    async def show(self, context: Context, change: Any) -> AdChange | None:
        self.within.check(context)
        row = await _row(context, reads.ADS, change.subject_id)
        if self.within.argument == "campaignId" and _campaign_of(row, change) != self.within.id:
            return None
        shown, happened = Ad(row=row) if row else None, await event(context, change)
        return AdChange(seq=change.seq, at=change.at, ad=shown, change=happened)


def _campaign_of(row: Any, change: Any) -> UUID | None:
    """The campaign of an ad that changed; of one that is gone, where its change says so."""
    if row is not None:
        return row.campaign_id
    told = (change.after or {}).get("campaign_id")
    return UUID(told) if told else None


@dataclass(frozen=True)
class _Campaigns(Topic):
    """The changes of campaigns themselves."""

    within: _Within

    def wants(self, change: Any) -> bool:
        is_theirs = change.subject_type == "Campaign" and change.account_id == self.within.account_id
        return is_theirs and (self.within.argument != "campaignId" or change.subject_id == self.within.id)

    async def check(self, context: Context) -> None:
        self.within.check(context)

    async def show(self, context: Context, change: Any) -> CampaignChange:
        self.within.check(context)
        row = await _row(context, reads.CAMPAIGNS, change.subject_id)
        shown, happened = Campaign(row=row) if row else None, await event(context, change)
        return CampaignChange(seq=change.seq, at=change.at, campaign=shown, change=happened)


@strawberry.type
class CampaignSubscriptions:
    @strawberry.subscription(
        description="An ad, those of a campaign or all of an account, as they change; exactly one of the ids. What ads "
        "take over from a campaign that changes is told by campaignChanged",
        extensions=[READ],
    )
    async def ad_changed(
        self,
        info: Info,
        ad_id: Annotated[strawberry.ID | None, strawberry.argument(description="One ad")] = strawberry.UNSET,
        campaign_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The ads of a campaign")
        ] = strawberry.UNSET,
        account_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The ads of an account")
        ] = strawberry.UNSET,
    ) -> AsyncIterator[AdChange]:
        within = await _named(info.context, adId=ad_id, campaignId=campaign_id, accountId=account_id)
        return await watch(info.context, _Ads(within))

    @strawberry.subscription(
        description="A campaign, or all of an account, as they change; exactly one of the ids", extensions=[READ]
    )
    async def campaign_changed(
        self,
        info: Info,
        campaign_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="One campaign")
        ] = strawberry.UNSET,
        account_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The campaigns of an account")
        ] = strawberry.UNSET,
    ) -> AsyncIterator[CampaignChange]:
        within = await _named(info.context, campaignId=campaign_id, accountId=account_id)
        return await watch(info.context, _Campaigns(within))


async def _named(context: Context, **ids: Any) -> _Within:
    """The one thing that the arguments name, which the caller sees."""
    given = [(name, plain(id)) for name, id in ids.items() if plain(id) is not None]
    if len(given) != 1:
        message, path = f"Name exactly one of {', '.join(ids)}.", (given[1][0] if given else next(iter(ids)),)
        raise Refusal(InvalidInput(message=message, path=path, constraint="exactly one"))
    ((name, id),) = given
    kind, read = READS[name]
    row = await _row(context, read, key(id, kind, name))
    if row is None:
        raise _unknown(name)
    return _Within(name, row.id, row.id if kind == "Account" else row.account_id)


async def _row(context: Context, read: RootOne, id: UUID) -> Any:
    return await context.loads.root(read, context.caller.reach(Level.EDITOR), {"ids": [id]})


def _unknown(argument: str) -> Refusal:
    kind, _ = READS[argument]
    return Refusal(NotFound(message=f"No such {kind.lower()}.", path=(argument,)))
