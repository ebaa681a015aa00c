"""What an ad would look like in a placement."""

from typing import Annotated, Any

import strawberry

from app.domain.access import Level
from app.domain.assets import PLACEMENTS, misfits
from app.domain.ports import Shown
from app.resolvers.campaigns.preview import Seen, seen
from app.schema.assets import address
from app.schema.context import Context, Info
from app.schema.guards import Access
from app.schema.metrics.rows import PlacementKind
from app.schema.pages.page import address as address_of_page
from app.schema.relay import found
from app.schema.scalars import URL

DISCLAIMER = "A preview. Whether, where and to whom the ad is shown is decided by the auction for each page."


@strawberry.type(description="An ad as it would be drawn in a placement")
class AdPreview:
    html: str = strawberry.field(
        description="A document for the srcdoc of a sandboxed frame: it runs no script and loads nothing but the image"
    )
    width: int = strawberry.field(description="Of the frame, pixels")
    height: int = strawberry.field(description="Of the frame, pixels")
    landing_url: URL | None = strawberry.field(description="Where a click would lead; the preview itself leads nowhere")
    image_problems: list[str] = strawberry.field(
        description="Why the image is left out here; empty where it is shown, or there is none"
    )
    disclaimer: str = strawberry.field(description="To be shown beside it")


def _drawn(context: Context, ad: Seen, placement: PlacementKind) -> AdPreview:
    its = PLACEMENTS[placement]
    problems = list(misfits(ad.width, ad.height, placement)) if ad.width and ad.height else []
    image = address(context, ad.image_id) if ad.image_id and not problems else None
    html = context.services.previews.draw(Shown(ad.title, ad.headline, image), its.width, its.height, its.layout)
    return AdPreview(
        html=html,
        width=its.width,
        height=its.height,
        landing_url=URL(ad.product_url) if ad.product_url else address_of_page(context, ad.page_slug or ""),
        image_problems=problems,
        disclaimer=DISCLAIMER,
    )


@strawberry.type
class PreviewQueries:
    @strawberry.field(
        description="An ad as it would be drawn, submitted or not; null when it is unknown or hidden",
        extensions=[Access(Level.EDITOR, scope="campaigns:read")],
    )
    async def ad_preview(
        self,
        info: Info,
        scope: Any,
        ad_id: Annotated[strawberry.ID, strawberry.argument(description="The ad")],
        placement: Annotated[PlacementKind, strawberry.argument(description="Where it would stand")],
    ) -> AdPreview | None:
        id = found(ad_id, "Ad")
        ad = await seen(info.context.loads.reader, scope, id) if id else None
        return _drawn(info.context, ad, placement) if ad else None
