"""What the payment processor tells by HTTP. The signature is all the proof: no cookie, token or Origin counts."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.domain.billing.gateway import NoticeRefused
from app.jobs.payments import hear
from app.schema.context import Services
from app.web import gate
from app.web.answers import answered
from app.web.gate import Limits, Origins, Refused


def routes(services: Services, origins: Origins) -> list[BaseRoute]:
    """`POST /v1/payments/told`: 200 once the effect is kept, whenever it was; else the processor sends it again."""

    @answered
    async def told(request: Request) -> Response:
        if not origins.is_ours(request.headers.get("host", "")):
            raise Refused(421, "HOST_NOT_ALLOWED", "This host is not ours: see the setting ENDCAP_BASE_URL")
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding is not supported: send the body as it is")
        await take(services, request.headers, await gate.body(request, Limits()))
        return Response(headers={"cache-control": "no-store"})

    return [Route("/v1/payments/told", told, methods=["POST"])]


async def take(services: Services, headers: Mapping[str, str], body: bytes) -> None:
    """Believe a message that the processor signed, and do what follows from it."""
    now = services.clock()
    try:
        told = services.gateway.told(headers, body, now)
    except NoticeRefused as refused:
        raise Refused(400, "NOTICE_REFUSED", str(refused)) from refused
    await hear(services.database, told, now, services.charging)
