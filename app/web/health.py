"""For whoever runs Endcap: is the process alive, and is it ready to serve?"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route


def routes(ready: Callable[[], Awaitable[str | None]]) -> list[BaseRoute]:
    """`/healthz` answers while the process runs; `/readyz` says 503 with the reason *ready* gives."""

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def serving(_: Request) -> Response:
        reason = await ready()
        if reason is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "reason": reason}, 503, {"Retry-After": "5"})

    return [Route("/healthz", alive), Route("/readyz", serving)]
