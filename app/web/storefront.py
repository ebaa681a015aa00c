"""Brand Pages for shoppers: `/p/SLUG`, drawn from what the API tells everybody, without scripts and without sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from graphql import DocumentNode, parse
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.db.engine import FAULTS, is_away
from app.domain.access import NOBODY
from app.domain.ports import Document, Storefront
from app.execution.executor import Executor, is_expected
from app.schema.context import Context, Services
from app.web.gate import Origins
from app.web.pages import admit, document

ITEM = """fragment Item on Product {
  title sku brandName detailUrl imageUrl inStock price { decimal currency } }"""
PAGE = f"""query Page($slug: String!) {{ brandPage(slug: $slug) {{ slug url brand {{ name }}
  published {{ title tagline template logo {{ ...Image }} hero {{ ...Image }} products {{ ...Item }}
    sections {{ kind heading text image {{ ...Image }} products {{ ...Item }} }} }}
  widgets {{ kind enabled products(first: 12) {{ ...Item }} }} }} }}
fragment Image on Asset {{ url width height }}
{ITEM}"""
FOUND = f"""query Found($slug: String!, $query: String!, $after: String) {{
  brandPageProducts(slug: $slug, query: $query, first: 24, after: $after) {{
    nodes {{ ...Item }} totalCount {{ value precision }} pageInfo {{ hasNextPage endCursor }} }} }}
{ITEM}"""
LONGEST = 200  # characters that are looked for
GONE = ("This page is not here", "It may have moved, or was taken back by its brand.")
AWAY = ("Not now", "The page cannot be shown right now. Try again in a minute.")
HEADERS = {
    "cache-control": "public, no-cache",  # kept, and asked after: what is taken back is gone at once
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True)
class Asking:
    """An operation of ours, read once; it is executed as everybody's."""

    node: DocumentNode
    digest: bytes

    @classmethod
    def of(cls, text: str) -> "Asking":
        return cls(parse(text), sha256(text.encode()).digest())

    async def answer(self, schema: Any, services: Services, **variables: Any) -> Mapping[str, Any] | None:
        """The data, None where the operation was refused; raises what is a fault of ours."""
        context = Context(services, NOBODY, "storefront")
        executor: Any = Executor.build(schema, self.node, None, context, variables)
        executor.plans, executor.document = services.plans, self.digest
        done = executor.execute_operation()
        result = await done if executor.is_awaitable(done) else done
        for error in result.errors or ():
            if not is_expected(error) and error.original_error is not None:
                raise error.original_error
        return None if result.errors else orjson.loads(orjson.dumps(result.data, default=str))


@dataclass(frozen=True)
class Pages:
    """The one address of every Page, and of its former slugs."""

    schema: Any
    services: Services
    origins: Origins
    storefront: Storefront

    def routes(self) -> list[BaseRoute]:
        return [Route("/p/{slug}", self.show)]

    async def show(self, request: Request) -> Response:
        admit(request, self.origins)
        try:
            return await self._shown(request)
        except FAULTS as fault:
            if not is_away(fault):
                raise
            response = _document(self.storefront.missing(*AWAY), 503)
            response.headers["retry-after"] = "5"
            return response

    async def _shown(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        told = await _PAGE.answer(self.schema, self.services, slug=slug)
        page = told and told["brandPage"]
        if not page:
            return _document(self.storefront.missing(*GONE), 404)
        if page["slug"] != slug:
            return _moved(page["slug"], request.url.query)
        query = _typed(request.query_params.get("q", ""))
        found = await self._found(slug, query, request.query_params.get("after")) if query else None
        return _kept(request, self.storefront.draw(page, found, query))

    async def _found(self, slug: str, query: str, after: str | None) -> Any:
        """What is found, from a cursor on; from its beginning where that is none of ours."""
        told = await _FOUND.answer(self.schema, self.services, slug=slug, query=query, after=after)
        told = told or await _FOUND.answer(self.schema, self.services, slug=slug, query=query)
        return told and told["brandPageProducts"]


_PAGE, _FOUND = Asking.of(PAGE), Asking.of(FOUND)


def _typed(text: str) -> str:
    """What somebody typed, without what no word has."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:LONGEST]).split())


def _moved(slug: str, query: str) -> Response:
    """To the address of today, for good; browsers ask again all the same, as a Page may move back."""
    to = f"/p/{slug}?{query}" if query else f"/p/{slug}"
    return RedirectResponse(to, 301, HEADERS)


def _document(drawn: Document, status: int) -> Response:
    return document(drawn.html, drawn.csp, status)


def _kept(request: Request, drawn: Document) -> Response:
    """The document, or that the browser has it already."""
    tag = f'"{sha256(drawn.html.encode()).hexdigest()[:32]}"'
    headers = {**HEADERS, "content-security-policy": drawn.csp, "etag": tag}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(drawn.html, headers=headers, media_type="text/html; charset=utf-8")
