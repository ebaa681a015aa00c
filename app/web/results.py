"""Results of jobs: a file for whoever holds its address, for as long as that opens."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from app.domain.passes import sealed
from app.domain.ports import Storage, StorageAway
from app.resolvers.account_jobs import result
from app.schema.context import Services
from app.web.answers import answered
from app.web.gate import Origins, Refused

PART = 2**20  # bytes that are held at once
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",  # pages of allowed origins ask by CORS
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
UNKNOWN = "This address is unknown, past its time, or was given to somebody who has left: ask for resultUrl again"


def routes(services: Services, origins: Origins) -> list[BaseRoute]:
    """`GET /v1/results/PASS`: the pass is all the proof, no cookie counts."""

    @answered
    async def download(request: Request) -> Response:
        if not origins.is_ours(request.headers.get("host", "")):
            raise Refused(421, "HOST_NOT_ALLOWED", "This host is not ours: see the setting ENDCAP_BASE_URL")
        given = sealed(request.path_params["given"])
        found = await result(services.database, given, services.clock()) if given else None
        size = await services.storage.size(found.result_key) if found else None
        if found is None or size is None:
            raise Refused(404, "NOT_FOUND", UNKNOWN)
        named = f'attachment; filename="{found.result_name}"'
        headers = {**HEADERS, "content-disposition": named, "content-length": str(size)}
        if request.method == "HEAD":
            return Response(headers=headers, media_type=found.result_type)
        body = _parts(services.storage, found.result_key, size)
        return StreamingResponse(body, headers=headers, media_type=found.result_type)

    return [Route("/v1/results/{given}", download)]


async def _parts(storage: Storage, key: str, size: int) -> AsyncIterator[bytes]:
    """The file in parts; where one is missing the answer breaks off, and its length says so."""
    for start in range(0, size, PART):
        part = await storage.part(key, start, min(PART, size - start))
        if part is None:
            raise StorageAway("a result was deleted while it was read")
        yield part
