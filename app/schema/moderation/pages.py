"""Pages handed in for review, taken back and appealed, as mutations."""

from typing import Any

import strawberry

from app.resolvers.moderation import pages
from app.schema.context import Info
from app.schema.inputs import plain
from app.schema.moderation.case import ModerationCase
from app.schema.pages.page import EDIT, BrandPage
from app.schema.payloads import MutationPayload
from app.schema.relay import key


@strawberry.input(description="A Page whose draft is to be published")
class BrandPagePublishInput:
    id: strawberry.ID = strawberry.field(description="The Page")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when it changed since this version"
    )


@strawberry.input(description="A Page to take back")
class BrandPageUnpublishInput:
    id: strawberry.ID = strawberry.field(description="The Page")


@strawberry.input(description="A rejected Page that should be looked at again")
class BrandPageAppealInput:
    id: strawberry.ID = strawberry.field(description="The Page")
    message: str = strawberry.field(description="Why, 1 to 1,000 characters")


@strawberry.type(description="The Page after its draft was handed in")
class BrandPagePublishPayload(MutationPayload):
    page: BrandPage | None = strawberry.field(
        default=None, description="The Page: IN_MODERATION, or PUBLISHED where the very same was approved before"
    )


@strawberry.type(description="The Page after it was taken back")
class BrandPageUnpublishPayload(MutationPayload):
    page: BrandPage | None = strawberry.field(default=None, description="The Page, which the public does not see")


@strawberry.type(description="The case after the appeal")
class BrandPageAppealPayload(MutationPayload):
    page: BrandPage | None = strawberry.field(default=None, description="The Page, still REJECTED")
    moderation_case: ModerationCase | None = strawberry.field(default=None, description="The case")


@strawberry.type
class PublishingMutations:
    @strawberry.mutation(
        description="Hand a snapshot of the draft in for review; what is public stays until it is approved",
        extensions=[EDIT],
    )
    async def brand_page_publish(self, info: Info, work: Any, input: BrandPagePublishInput) -> BrandPagePublishPayload:
        services, id, version = info.context.services, key(input.id, "BrandPage"), plain(input.expected_version)
        page = await pages.publish(work, services.policy, services.calendar, id, version)
        return BrandPagePublishPayload(page=BrandPage.keyed(page.id))

    @strawberry.mutation(
        description="Take a Page from the public at once, and out of its review; its draft stays", extensions=[EDIT]
    )
    async def brand_page_unpublish(self, work: Any, input: BrandPageUnpublishInput) -> BrandPageUnpublishPayload:
        page = await pages.unpublish(work, key(input.id, "BrandPage"))
        return BrandPageUnpublishPayload(page=BrandPage.keyed(page.id))

    @strawberry.mutation(description="Ask another moderator to look at a rejected Page, once", extensions=[EDIT])
    async def brand_page_appeal(self, info: Info, work: Any, input: BrandPageAppealInput) -> BrandPageAppealPayload:
        id, calendar = key(input.id, "BrandPage"), info.context.services.calendar
        page, case = await pages.appeal(work, calendar, id, input.message)
        return BrandPageAppealPayload(page=BrandPage.keyed(page.id), moderation_case=ModerationCase.keyed(case.id))
