"""What a campaign is charged to: the account's default card, or another that an ADMIN chooses for it."""

from typing import Any

import strawberry

from app.resolvers.campaigns import payment
from app.schema.billing.cards import CHANGE, card
from app.schema.campaigns.campaign import Campaign
from app.schema.inputs import plain
from app.schema.payloads import MutationPayload
from app.schema.relay import key


@strawberry.input(description="What a campaign is charged to")
class CampaignSetPaymentMethodInput:
    id: strawberry.ID = strawberry.field(description="The campaign")
    payment_method_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A card of the account that can be charged; null: the account's default"
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when it changed since this version"
    )


@strawberry.type(description="The campaign with what it is charged to from now on")
class CampaignSetPaymentMethodPayload(MutationPayload):
    campaign: Campaign | None = strawberry.field(default=None, description="The campaign")


@strawberry.type
class CampaignPaymentMutations:
    @strawberry.mutation(description="Choose the card that a campaign is charged to", extensions=[CHANGE])
    async def campaign_set_payment_method(
        self, work: Any, input: CampaignSetPaymentMethodInput
    ) -> CampaignSetPaymentMethodPayload:
        method, version = card(input.payment_method_id), plain(input.expected_version)
        campaign = await payment.set_method(work, key(input.id, "Campaign"), method, version)
        return CampaignSetPaymentMethodPayload(campaign=Campaign.keyed(campaign.id))
