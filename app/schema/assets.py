"""Images that advertisers upload, as clients see them."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import strawberry

from app.domain.access import Level, Scope
from app.domain.assets import MOST_BYTES, UPLOAD_TIME, AssetStatus
from app.domain.errors import InvalidInput, Refusal
from app.execution.vocabulary import column, computed
from app.resolvers import assets
from app.schema.context import Context, Info
from app.schema.directives import Cost
from app.schema.enums import enum
from app.schema.errors import user_errors
from app.schema.guards import Access
from app.schema.payloads import SECRET, MutationPayload
from app.schema.relay import Node, identity, key, node
from app.schema.scalars import URL

READ = Access(Level.EDITOR, scope="assets:read")
UPLOAD = Access(Level.EDITOR, scope="assets:write")
DRAWS_AN_IMAGE = Cost(weight=200)  # up to a second of a processor, and a lot of memory

enum(
    AssetStatus,
    "AssetStatus",
    "How far an upload has come",
    UPLOADING="Announced: the file is to be PUT, then completed",
    READY="An image that can be shown; it never changes",
    REJECTED="The file is no image that is taken; begin again with another",
)


def address(context: Context, id: UUID) -> str:
    """Where an image is shown to everybody."""
    return f"{context.services.address}/assets/{id}"


def _url(context: Context, id: UUID, status: AssetStatus) -> str | None:
    return address(context, id) if status is AssetStatus.READY else None


@node(assets.ASSETS, Level.EDITOR, "assets:read")
@strawberry.type(
    description="An image that was uploaded; it is kept as drawn afresh, without what else was in the file"
)
class Asset(Node):
    id: strawberry.ID = identity("Asset")
    status: AssetStatus = column(description="How far its upload has come")
    url: URL | None = computed(
        _url, "id", "status", asks=True, description="Where everybody can see it; null until it is READY"
    )
    filename: str = column(description="What its file was called")
    sha256: str | None = column(description="SHA-256 of what is shown, hexadecimal; null until it is READY")
    content_type: str = column(description="Its media type: until it is READY the one announced")
    bytes: int | None = column(description="Its length: until it is READY the one announced")
    width: int | None = column(description="Pixels; null until it is READY")
    height: int | None = column(description="Pixels; null until it is READY")
    rejection: str | None = column(description="Why it was rejected")
    created_at: datetime = column(description="When its upload was announced")


@strawberry.input(description="A file to upload")
class AssetUploadBeginInput:
    account_id: strawberry.ID = strawberry.field(description="Account it is for")
    filename: str = strawberry.field(description="What it is called, 1 to 200 characters")
    content_type: str = strawberry.field(
        description="image/jpeg, image/png, image/webp or image/gif, of which the first picture is taken"
    )
    bytes: int = strawberry.field(description=f"Its exact length, 1 to {MOST_BYTES:,}")


@strawberry.input(description="An upload to complete")
class AssetUploadCompleteInput:
    id: strawberry.ID = strawberry.field(description="The asset")
    sha256: str = strawberry.field(description="SHA-256 of the file, 64 hexadecimal digits")


@strawberry.type(description="Where to upload the file")
class AssetUploadBeginPayload(MutationPayload):
    asset: Asset | None = strawberry.field(default=None, description="The asset, UPLOADING")
    upload_url: URL | None = strawberry.field(
        default=None,
        metadata=SECRET,
        description="PUT the file there, as it is; who has the address needs no other proof. Null after @dryRun",
    )
    upload_expires_at: datetime | None = strawberry.field(
        default=None, description=f"When it must be completed, {UPLOAD_TIME} after its begin"
    )


@strawberry.type(description="What the upload became; a file that is no image comes back REJECTED, with the reason")
class AssetUploadCompletePayload(MutationPayload):
    asset: Asset | None = strawberry.field(default=None, description="The asset, READY or REJECTED")


def _where(context: Context, place: assets.Offer) -> URL | None:
    """The address to upload to; after a rehearsal there is nothing to upload."""
    url = place.url or f"{context.services.address}/v1/uploads/{place.token}"
    return None if context.unit.dry else URL(url)


async def _examined(context: Context, scope: Scope, id: UUID, sha256: str) -> assets.Examined:
    """What was uploaded, read before the transaction, which must not have begun (law 8)."""
    services, unit = context.services, context.unit
    if unit.atomic or unit.key is not None:
        message = "Completing reads the storage first: send it without @atomic and @idempotent. "
        message += "Completing the same upload again has no further effect."
        raise Refusal(InvalidInput(message=message, constraint="no directives"))
    examine = partial(assets.examine, services.database, services.storage, services.images)
    return await examine(scope, id, sha256, context.now, keep=not unit.dry)


@strawberry.type
class AssetMutations:
    @strawberry.mutation(description="Announce an image, and learn where to upload it", extensions=[UPLOAD])
    async def asset_upload_begin(self, info: Info, work: Any, input: AssetUploadBeginInput) -> AssetUploadBeginPayload:
        context, account = info.context, key(input.account_id, "Account", "accountId")
        place = await assets.offer(context.services.storage)
        asset = await assets.announce(work, account, place, input.filename, input.content_type, input.bytes)
        url, expires_at = _where(context, place), asset.upload_expires_at
        return AssetUploadBeginPayload(asset=Asset.keyed(asset.id), upload_url=url, upload_expires_at=expires_at)

    @strawberry.mutation(
        description="Have an uploaded file examined: it becomes READY, or is REJECTED",
        extensions=[UPLOAD],
        directives=[DRAWS_AN_IMAGE],
    )
    async def asset_upload_complete(
        self, info: Info, work: Any, input: AssetUploadCompleteInput
    ) -> AssetUploadCompletePayload:
        id = key(input.id, "Asset")
        found = await _examined(info.context, work.scope, id, input.sha256)
        asset, problem = await assets.complete(work, id, found), assets.rejected(found)
        errors = user_errors(Refusal(problem)) if problem else []
        return AssetUploadCompletePayload(asset=Asset.keyed(asset.id), user_errors=errors)
