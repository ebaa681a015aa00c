"""Invoices as documents: for whoever holds the address of one, for as long as that opens."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from app.domain.billing.invoices import Invoice
from app.domain.passes import sealed
from app.resolvers.billing.invoices import document
from app.schema.context import Services
from app.web.answers import answered
from app.web.gate import Origins, Refused

HEADERS = {
    "cache-control": "private, no-store",
    "cross-origin-resource-policy": "same-origin",  # pages of allowed origins ask by CORS
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
CLOSED = "default-src 'none'; sandbox"
UNKNOWN = "This address is unknown, past its time, or was given to somebody who has left: ask for a fresh one"


def routes(services: Services, origins: Origins) -> list[BaseRoute]:
    """`GET /v1/invoices/PASS.html` and `.pdf`: the pass is all the proof, no cookie counts."""

    async def opened(request: Request) -> Invoice:
        if not origins.is_ours(request.headers.get("host", "")):
            raise Refused(421, "HOST_NOT_ALLOWED", "This host is not ours: see the setting ENDCAP_BASE_URL")
        given = sealed(request.path_params["given"])
        found = await document(services.database, given, services.clock()) if given else None
        if found is None:
            raise Refused(404, "NOT_FOUND", UNKNOWN)
        return found

    @answered
    async def page(request: Request) -> Response:
        drawn = await services.invoices.html(await opened(request))
        return HTMLResponse(drawn.html, headers={**HEADERS, "content-security-policy": f"{drawn.csp}; sandbox"})

    @answered
    async def file(request: Request) -> Response:
        invoice = await opened(request)
        name = "".join(each if each.isascii() and each.isalnum() else "-" for each in invoice.number)
        saved = {"content-disposition": f'attachment; filename="{name}.pdf"', "content-security-policy": CLOSED}
        return Response(
            await services.invoices.pdf(invoice), headers={**HEADERS, **saved}, media_type="application/pdf"
        )

    return [Route("/v1/invoices/{given}.html", page), Route("/v1/invoices/{given}.pdf", file)]
