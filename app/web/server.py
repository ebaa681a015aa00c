"""The web application: its routes, and what happens around every request."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from app.domain.billing.confirming import Confirmations
from app.domain.ports import Issuer, Mailbox, Storefront
from app.schema.context import Services
from app.web import (
    confirming,
    graphiql,
    health,
    invoices,
    issuer,
    links,
    mailbox,
    payments,
    results,
    unsubscribe,
    uploads,
)
from app.web.answers import Handler
from app.web.call import Call
from app.web.delivery import openapi
from app.web.delivery.auctions import Auctions
from app.web.delivery.events import Events
from app.web.gate import LOOPBACK, Origins
from app.web.graphql import GraphQLEndpoint
from app.web.login import LoginPages
from app.web.session import SessionCookie
from app.web.storefront import Pages

Straight = Mapping[tuple[str, str], Handler]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]  # the gate answers for those it refuses


@dataclass(frozen=True)
class Parts:
    """What wiring hands to the web floor."""

    schema: Any
    rules: Sequence[Any]
    services: Services
    origins: Origins
    cookie: SessionCookie
    ready: Callable[[], Awaitable[str | None]]
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]]
    execution_seconds: float
    guide: str | None
    issuers: Mapping[str, Issuer]
    mailbox: Mailbox | None
    storefront: Storefront
    confirmations: Confirmations | None
    links: bool


def application(parts: Parts) -> "Application":
    """The ASGI application; without a guide browsers find no GraphiQL."""
    endpoint = GraphQLEndpoint(
        parts.schema, parts.services, parts.origins, parts.cookie, parts.rules, parts.execution_seconds
    )
    served, events = Auctions(parts.services, parts.origins), Events(parts.services, parts.origins)
    straight = {("POST", "/graphql"): endpoint.answer, **served.straight(), **events.straight()}

    async def graphql(request: Request) -> Response:
        if parts.guide is not None and wants_page(request):
            return graphiql.page(parts.guide)
        return await endpoint.answer(Call(request.scope, request.receive))

    async def home(_: Request) -> Response:
        return RedirectResponse("/graphql")

    routes = [
        Route("/", home),
        Route("/graphql", graphql, methods=METHODS),
        WebSocketRoute("/graphql", endpoint.sockets.serve),
        *health.routes(parts.ready, parts.services.plans),
        *graphiql.routes(),
        *LoginPages(parts.services, parts.origins, parts.cookie).routes(),
        *issuer.routes(parts.issuers, parts.origins, parts.services.returns),
        *uploads.routes(parts.services, parts.origins),
        *results.routes(parts.services, parts.origins),
        *invoices.routes(parts.services, parts.origins),
        *payments.routes(parts.services, parts.origins),
        *events.routes(),
        *Pages(parts.schema, parts.services, parts.origins, parts.storefront).routes(),
        *unsubscribe.routes(parts.services),
        *served.routes(),
        *openapi.routes(),
        *(links.routes() if parts.links else ()),
        *(mailbox.routes(parts.mailbox, parts.origins) if parts.mailbox else ()),
        *(confirming.routes(parts.confirmations, parts.services, parts.origins) if parts.confirmations else ()),
    ]
    return Application(
        endpoint.streams.close, straight, routes=routes, lifespan=parts.lifespan, middleware=[_cors(parts.origins)]
    )


class Application(Starlette):
    """Starlette's, with a straight way to what is called most: no routing, and no CORS where no page calls.

    What is called so is known by its method and path, or by the path up to its last part, which is then its `token`.
    """

    def __init__(self, end_streams: Callable[[], None], straight: Straight, **options: Any) -> None:
        super().__init__(**options)
        self.end_streams = end_streams  # the server ends: streams would be waited for
        self._straight = straight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A query from a program, no browser's page, needs neither routing nor CORS."""
        answer = self._find(scope) if scope["type"] == "http" else None
        if answer is not None:
            call = Call(scope, receive)
            if "origin" not in call.headers:
                response = await answer(call)
                await response(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    def _find(self, scope: Scope) -> Handler | None:
        method, path = scope["method"], scope["path"]
        place = path.rfind("/") + 1
        if place == len(path):  # nothing is the token of nobody
            return None
        if answer := self._straight.get((method, path)):
            return answer
        if answer := self._straight.get((method, path[:place])):
            scope["path_params"] = {"token": path[place:]}
        return answer


def _cors(origins: Origins) -> Middleware:
    """Single-page apps of the allowed origins may call us with their session; the gate checks again."""
    return Middleware(
        CORSMiddleware,
        allow_origins=sorted(origins.origins),
        allow_origin_regex=LOOPBACK.pattern if origins.loopback else None,
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["Authorization", "Content-Type", "X-Requested-With", "X-Endcap-Client"],
        max_age=600,
    )


def wants_page(request: Request) -> bool:
    """Whether a browser's address bar asks, and not a program with a query."""
    return (
        request.method == "GET"
        and "query" not in request.query_params
        and "text/html" in request.headers.get("accept", "")
    )
