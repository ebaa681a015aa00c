"""Drafts of ads: changed and deleted until they are submitted."""

from typing import Any

import strawberry

from app.resolvers.campaigns import ad as ads
from app.schema.campaigns.ad import EDIT, Ad, KeywordInput, LandingInput, image
from app.schema.context import Info
from app.schema.inputs import MoneyInput, given, plain
from app.schema.payloads import MutationPayload
from app.schema.relay import found, key


@strawberry.input(description="What is different of an ad; an absent field stays, null clears")
class AdChangesInput:
    title: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 50 characters")
    headline: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 120 characters")
    landing: LandingInput | None = strawberry.field(default=strawberry.UNSET, description="Where a click leads")
    image_asset_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Its image: READY, of the same account, fit for some placement"
    )
    bid: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Most one click may cost, from the reserve to 1,000 units"
    )
    interest_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Interests it is shown for, at most 50; these alone"
    )
    keywords: list[KeywordInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Keywords it is shown for, at most 1,000; these alone"
    )


@strawberry.input(description="A draft to change")
class AdUpdateInput:
    id: strawberry.ID = strawberry.field(description="The ad")
    changes: AdChangesInput = strawberry.field(description="What is different")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when it changed since this version"
    )


@strawberry.input(description="A draft to delete")
class AdDeleteInput:
    id: strawberry.ID = strawberry.field(description="The ad")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when it changed since this version"
    )


@strawberry.type(description="The ad after the change")
class AdUpdatePayload(MutationPayload):
    ad: Ad | None = strawberry.field(default=None, description="The ad, a draft")


@strawberry.type(description="The ad that is gone")
class AdDeletePayload(MutationPayload):
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="Its id")


def changes(input: AdChangesInput) -> dict[str, Any]:
    """What the caller gave, as the rules know it; null clears lists and is refused elsewhere."""
    values = given(input, "interest_ids", "image_asset_id")
    if input.image_asset_id is not strawberry.UNSET:
        values["image_id"] = image(input)
    if input.interest_ids is not strawberry.UNSET:
        values["interest_ids"] = [found(each, "Interest") for each in input.interest_ids or ()]
    if "keywords" in values:
        values["keywords"] = values["keywords"] or []
    return values


@strawberry.type
class DraftMutations:
    @strawberry.mutation(description="Change a draft; a submitted ad is replaced instead", extensions=[EDIT])
    async def ad_update(self, info: Info, work: Any, input: AdUpdateInput) -> AdUpdatePayload:
        reserve, version = info.context.services.reserve, plain(input.expected_version)
        ad = await ads.update(work, key(input.id, "Ad"), changes(input.changes), reserve, version)
        return AdUpdatePayload(ad=Ad.keyed(ad.id))

    @strawberry.mutation(description="Delete a draft; a submitted ad is paused instead", extensions=[EDIT])
    async def ad_delete(self, work: Any, input: AdDeleteInput) -> AdDeletePayload:
        await ads.delete(work, key(input.id, "Ad"), plain(input.expected_version))
        return AdDeletePayload(deleted_id=input.id)
