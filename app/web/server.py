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
from app.web.call import Call
from app.web.delivery import openapi
from app.web.delivery.auctions import PATH, Auctions
from app.web.delivery.events import Events
from app.web.gate import LOOPBACK, Origins
from app.web.graphql import GraphQLEndpoint
from app.web.login import LoginPages
from app.web.session import SessionCookie
from app.web.storefront import Pages

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

    served = Auctions(parts.services, parts.origins)

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
        *Events(parts.services, parts.origins).routes(),
        *Pages(parts.schema, parts.services, parts.origins, parts.storefront).routes(),
        *unsubscribe.routes(parts.services),
        *served.routes(),
        *openapi.routes(),
        *(links.routes() if parts.links else ()),
        *(mailbox.routes(parts.mailbox, parts.origins) if parts.mailbox else ()),
        *(confirming.routes(parts.confirmations, parts.services, parts.origins) if parts.confirmations else ()),
    ]
    return Application(endpoint, served, routes=routes, lifespan=parts.lifespan, middleware=[_cors(parts.origins)])


class Application(Starlette):
    """Starlette's, with a straight way to the GraphQL endpoint and to the ads."""

    def __init__(self, endpoint: GraphQLEndpoint, auctions: Auctions, **options: Any) -> None:
        super().__init__(**options)
        self._endpoint = endpoint
        self._straight: Mapping[str, Callable[[Request], Awaitable[Response]]] = {
            "/graphql": endpoint.answer,
            PATH: auctions.answer,
        }

    def end_streams(self) -> None:
        """The server ends: streams would be waited for."""
        self._endpoint.streams.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A query from a program, no browser's page, needs neither routing nor CORS."""
        straight = self._straight.get(scope["path"]) if scope["type"] == "http" else None
        if straight is not None and scope["method"] == "POST":
            call = Call(scope, receive)
            if "origin" not in call.headers:
                response = await straight(call)
                await response(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


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
