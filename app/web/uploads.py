"""Files in, and images out: the signed address that a file is PUT to, and the address where everybody sees an image."""

import asyncio
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.resolvers import assets
from app.schema.context import Services
from app.web import gate
from app.web.answers import answered
from app.web.gate import Limits, Origins, Refused

AT_ONCE = 16  # bodies that are received beside each other: each is held in memory until it is whole
SECONDS = 60  # for a body: ten megabytes at 1.4 Mbit/s
FOR_EVER = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",  # partners' pages show it
    "x-content-type-options": "nosniff",
}


def routes(services: Services, origins: Origins) -> list[BaseRoute]:
    """`PUT /v1/uploads/TOKEN` while the storage takes nothing from clients itself, and `GET /assets/ID`."""
    slots = asyncio.Semaphore(AT_ONCE)

    @answered
    async def put(request: Request) -> Response:
        _admit(request, origins)
        if slots.locked():
            raise Refused(503, "BUSY", "Too many uploads are received right now: try again", {"Retry-After": "5"})
        async with slots:
            await _receive(request, services)
        return Response(status_code=204)

    @answered
    async def show(request: Request) -> Response:
        id: UUID = request.path_params["id"]
        asset = await assets.served(services.database, id)
        tag = f'"{asset.sha256}"' if asset else ""
        if asset and request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={**FOR_EVER, "etag": tag})
        data = await services.storage.read(asset.storage_key) if asset else None
        if data is None:
            raise Refused(404, "NOT_FOUND", "No such image")
        return Response(data, headers={**FOR_EVER, "etag": tag}, media_type=asset.content_type)

    return [Route("/v1/uploads/{token}", put, methods=["PUT"]), Route("/assets/{id:uuid}", show)]


def _admit(request: Request, origins: Origins) -> None:
    """Only under our own name and from pages that may call us; the token is all the proof, no cookie counts."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    if not origins.is_ours(host):
        raise Refused(421, "HOST_NOT_ALLOWED", "This host is not ours: see the setting ENDCAP_BASE_URL")
    if origin is not None and not origins.may_call(origin):
        raise Refused(403, "CSRF", "This origin is not allowed: see the setting ENDCAP_ALLOWED_ORIGINS")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding is not supported: send the file as it is")


async def _receive(request: Request, services: Services) -> None:
    """Keep the body of an open upload, whole and as long as announced, or nothing of it."""
    upload = await assets.uploading(services.database, request.path_params["token"], services.clock())
    if upload is None:
        message = "This address is unknown, past its time, or its upload is completed: begin again (assetUploadBegin)"
        raise Refused(404, "NOT_FOUND", message, {"Connection": "close"})
    data = await gate.body(request, Limits(body_bytes=upload.bytes, read_seconds=SECONDS))
    if len(data) != upload.bytes:
        message = f"{len(data):,} bytes arrived, {upload.bytes:,} were announced: send the whole file"
        raise Refused(400, "BAD_REQUEST", message)
    await services.storage.write(upload.upload_key, data, upload.content_type)
