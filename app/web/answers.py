"""How addresses beside GraphQL refuse: as JSON like that of /graphql."""

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.db.engine import FAULTS, is_away
from app.web.gate import Refused

Handler = Callable[[Request], Awaitable[Response]]


def answered(answer: Handler) -> Handler:
    """The answer, or what stands in its way as JSON like that of /graphql."""

    @wraps(answer)
    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except Refused as refused:
            return _told(refused)
        except FAULTS as fault:
            if not is_away(fault):
                raise
            return _told(Refused(503, "UNAVAILABLE", "Out of reach right now: try again", {"Retry-After": "5"}))

    return told


def _told(refused: Refused) -> Response:
    error = {"message": refused.message, "extensions": {"code": refused.code}}
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", **refused.headers}
    return JSONResponse({"errors": [error]}, refused.status, headers)
