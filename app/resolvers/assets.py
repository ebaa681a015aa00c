"""Uploads of images: announced, uploaded past us into storage, examined, and kept as an image drawn afresh."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select, update
from uuid_utils.compat import uuid7

from app.db.engine import Database
from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.reads import One, Paged, RootOne
from app.db.scope import find, missing, under, within
from app.db.tables.accounts import Account
from app.db.tables.assets import Asset
from app.db.work import Work
from app.domain import assets as rules
from app.domain.access import Scope
from app.domain.accounts import active_problem
from app.domain.assets import ASSET, AssetStatus, Unfit
from app.domain.errors import Findings, InvalidInput, Problem, Refusal
from app.domain.events import Event
from app.domain.ports import Images, Picture, Storage
from app.domain.text import line
from app.resolvers.identity.secret import UPLOAD, digest, mint

MOST_DISCARDED = 100  # in one go

# ---- reads


def assets(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, Asset).where(any_of(Asset.id, ids))


def assets_of_account(where: Condition) -> Selection:
    return under(Asset).where(where(Asset.account_id))


def asset_of(where: Condition) -> Selection:
    return under(Asset).where(where(Asset.id))


ASSETS = RootOne(assets)
ASSETS_OF_ACCOUNT = Paged(
    assets_of_account, key="account_id", orders={None: Order(("created_at", "id"), descending=True)}
)
ASSET_OF = One(asset_of, key="id", of="image_id")


async def image_in(work: Work, account_id: UUID, id: UUID) -> Asset | None:
    """An asset of the account, whatever its status."""
    # unscoped: of an account that was opened before
    return await work.session.scalar(select(Asset).where(Asset.id == id, Asset.account_id == account_id))


async def served(database: Database, id: UUID) -> Any:
    """The READY asset that anybody may look at: images of ads are public."""
    # unscoped: for the reason above
    rows = select(Asset.storage_key, Asset.content_type, Asset.sha256).where(Asset.id == id)
    async with database.reading() as connection:
        return (await connection.execute(rows.where(Asset.status == AssetStatus.READY))).first()


async def uploading(database: Database, token: str, now: datetime) -> Any:
    """The open upload that a token is for: it opens this and nothing else."""
    # unscoped: who holds the token is whom it was given to
    rows = select(Asset.upload_key, Asset.bytes, Asset.content_type).where(Asset.token_hash == digest(token))
    open_ = (Asset.status == AssetStatus.UPLOADING) & (Asset.upload_expires_at > now)
    async with database.reading() as connection:
        return (await connection.execute(rows.where(open_))).first()


# ---- two steps


@dataclass(frozen=True)
class Offer:
    """A place for one upload: *url* where the storage takes it from the client, else *token* for our own address."""

    id: UUID
    url: str | None
    token: str | None


def upload_key(id: UUID) -> str:
    return f"uploads/{id.hex}/file"


def image_folder(id: UUID) -> str:
    return f"images/{id.hex}"


async def offer(storage: Storage) -> Offer:
    """A place for one upload; before any transaction, since the storage may be asked for it."""
    id = uuid7()
    url = await storage.upload_url(upload_key(id), rules.UPLOAD_TIME)
    return Offer(id, url, None if url else mint(UPLOAD))


async def announce(work: Work, account_id: UUID, place: Offer, filename: str, content_type: str, bytes: int) -> Asset:
    """Announce an upload: its name, type and exact length."""
    account = await find(work, Account, account_id, "accountId")
    is_open = and_(Asset.status == AssetStatus.UPLOADING, Asset.upload_expires_at > work.now)
    is_ready = Asset.status == AssetStatus.READY
    # unscoped: of the account opened above
    kept = select(func.count().filter(is_open), func.count().filter(is_ready)).where(Asset.account_id == account.id)
    open_, ready = (await work.session.execute(kept)).one()
    found = Findings()
    found.add(active_problem(account.status), rules.room_problem(open_, ready))
    rules.check_upload(found, filename, content_type, bytes)
    found.settle()
    asset = Asset(id=place.id, account_id=account.id, filename=line(filename), content_type=content_type, bytes=bytes)
    asset.status, asset.upload_key = AssetStatus.UPLOADING, upload_key(place.id)
    asset.token_hash = digest(place.token) if place.token else None
    asset.created_by, asset.created_at = work.caller.user_id, work.now  # type: ignore[assignment] - the guard saw them
    asset.upload_expires_at = work.now + rules.UPLOAD_TIME
    work.emit(Event.ASSET_BEGUN, work.add(asset))
    return asset


@dataclass(frozen=True)
class Examined:
    """What an upload turned out to be: an image and the key it is kept under, or why it is none."""

    sha256: str
    picture: Picture | None = None
    key: str | None = None
    unfit: Unfit | None = None


async def examine(
    database: Database,
    storage: Storage,
    images: Images,
    scope: Scope,
    id: UUID,
    announced: str,
    now: datetime,
    *,
    keep: bool,
) -> Examined:
    """Read what was uploaded, and draw it afresh: all that takes storage and time, before any transaction (law 8).

    Refuses what another upload of the same file mends. The image is kept under a key of its content in its asset's
    folder: whoever examines it at the same time writes the same, and what a crash leaves there is cleared in time.
    """
    async with database.reading() as connection:
        asset = (await connection.execute(assets(scope, [id]))).first()
    if asset is None:
        raise missing(Asset)
    if asset.status is not AssetStatus.UPLOADING:
        return Examined(announced)
    if asset.upload_expires_at <= now:
        raise _invalid("The upload is past its time: begin again with `assetUploadBegin`.", "id", "now < expiry")
    data = await _uploaded(storage, asset)
    if sha256(data).hexdigest() != announced.lower():
        message = "What arrived has another SHA-256: upload it again, and send the digest as 64 hexadecimal digits."
        raise _invalid(message, "sha256", "sha256 of the file")
    try:
        picture = await images.redraw(data, rules.header(data, asset.content_type))
    except Unfit as unfit:
        return Examined(announced, unfit=unfit)
    key = f"{image_folder(id)}/{sha256(picture.data).hexdigest()}"
    if keep:
        await storage.write(key, picture.data, picture.content_type)
    return Examined(announced, picture, key)


async def _uploaded(storage: Storage, asset: Any) -> bytes:
    """The uploaded bytes, which are read only where there are as many as announced."""
    size = await storage.size(asset.upload_key)
    data = await storage.read(asset.upload_key) if size == asset.bytes else None
    if size is None:
        raise _invalid("Nothing was uploaded yet: PUT the file to `uploadUrl` first.", "id", "uploaded")
    if data is None or len(data) != asset.bytes:
        message = f"{size:,} bytes arrived, {asset.bytes:,} were announced: upload the whole file again."
        raise _invalid(message, "id", f"bytes == {asset.bytes}")
    return data


async def complete(work: Work, id: UUID, found: Examined) -> Asset:
    """Record what the examination found: READY, or REJECTED for good. Completing the same again changes nothing."""
    asset = await find(work, Asset, id)
    if asset.status is AssetStatus.READY and asset.upload_sha256 == found.sha256.lower():
        return asset
    if found.unfit is not None:
        asset.status = ASSET.advance(asset.status, AssetStatus.REJECTED, "id")
        asset.rejection, asset.upload_sha256 = found.unfit.reason[:500], found.sha256.lower()
        work.emit(Event.ASSET_REJECTED, asset, reason=asset.rejection)
        return asset
    asset.status = ASSET.advance(asset.status, AssetStatus.READY, "id")
    if found.picture is None or asset.upload_key is None:
        raise LookupError("an upload that was examined while it was none")
    picture = found.picture
    asset.content_type, asset.bytes, asset.storage_key = picture.content_type, len(picture.data), found.key
    asset.width, asset.height, asset.sha256 = picture.width, picture.height, sha256(picture.data).hexdigest()
    asset.upload_sha256 = found.sha256.lower()
    work.emit(Event.ASSET_READY, asset)
    return asset


def rejected(found: Examined) -> Problem | None:
    """Why an upload was rejected, as its caller is told."""
    if found.unfit is None:
        return None
    return InvalidInput(message=found.unfit.reason, path=("id",), constraint=found.unfit.constraint)


# ---- what is left over


@dataclass(frozen=True)
class Leftover:
    """An upload past its time: its bytes go, and beside the image that was kept whatever else is in its folder."""

    id: UUID
    kept: str | None


async def leftovers(work: Work) -> Sequence[Leftover]:
    """Uploads past their time whose bytes may still be there, the oldest first."""
    late = (Asset.upload_expires_at <= work.now - rules.GRACE) & Asset.upload_key.is_not(None)
    # unscoped: a job of the clock, for every account
    rows = select(Asset.id, Asset.storage_key).where(late).order_by(Asset.upload_expires_at, Asset.id)
    return [Leftover(*row) for row in await work.session.execute(rows.limit(MOST_DISCARDED))]


async def clear(storage: Storage, left: Leftover) -> None:
    """Delete the bytes; what is gone already is no fault, so it may be done again."""
    await storage.clear(f"uploads/{left.id.hex}")
    await storage.clear(image_folder(left.id), left.kept)


async def discard(work: Work, gone: Collection[UUID]) -> None:
    """Their bytes are deleted: forget where they were, and the uploads that were never completed altogether."""
    # unscoped: for the reason above
    lapsed = select(Asset).where(any_of(Asset.id, gone), Asset.status == AssetStatus.UPLOADING).with_for_update()
    for asset in await work.session.scalars(lapsed):
        work.emit(Event.ASSET_LAPSED, asset, filename=asset.filename)
        await work.session.execute(delete(Asset).where(Asset.id == asset.id))  # unscoped: likewise
    left = update(Asset).where(any_of(Asset.id, gone))  # unscoped: for the reason above
    await work.session.execute(left.values(upload_key=None))


def _invalid(message: str, field: str, constraint: str) -> Refusal:
    return Refusal(InvalidInput(message=message, path=(field,), constraint=constraint))
