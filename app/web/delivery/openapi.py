"""Delivery over HTTP, described: the OpenAPI document that is served, and is part of the contract."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.web.delivery.shapes import SCHEMAS, Shape, refer

PATH = "/v1/openapi.json"
ABOUT = (
    "What shops, partner sites and shoppers' browsers call over plain HTTP. Everything else is GraphQL, at /graphql, "
    "where adDecide and eventsReport do the same as the two reports here."
)
MADE = "A token of the retailer's own, as `endcap token create` makes it, with the scope that the operation names"
NO_STORE: Shape = {"Cache-Control": {"schema": {"const": "no-store"}}}
SOON: Shape = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer", "minimum": 0}}}
PIXEL: Shape = {"image/gif": {"schema": {"type": "string", "format": "binary"}}}
ERRORS: Shape = {"application/json": {"schema": refer("Errors")}}
TOKEN: Shape = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "What the auction answered with the ad",
    "schema": {"type": "string", "minLength": 1},
}


def routes() -> list[BaseRoute]:
    body = printed()

    async def described(_: Request) -> Response:
        return Response(body, media_type="application/json")

    return [Route(PATH, described)]


def printed() -> bytes:
    """The document as it is served, with a line end."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def document() -> Shape:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Endcap delivery", "version": "1", "description": ABOUT},
        "paths": PATHS,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": MADE}},
            "schemas": SCHEMAS,
        },
    }


def _refusals(**messages: str) -> Shape:
    """Refusals by their status: `s400="No such report"`."""
    return {
        status.removeprefix("s"): {
            "description": description,
            "content": ERRORS,
            **({"headers": SOON} if status == "s503" else {}),
        }
        for status, description in messages.items()
    }


def _posted(sent: str, answered: str, description: str, **refusals: str) -> Shape:
    """A report under a token: what is sent, and what is answered."""
    taken = {"description": description, "headers": NO_STORE, "content": _json(answered)}
    usual = {
        "s401": "No token of the retailer's own",
        "s408": "The body did not come in time",
        "s415": "No JSON in UTF-8, or compressed",
        "s421": "This host is not ours",
    }
    return {
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": _json(sent)},
        "responses": {"200": taken, **_refusals(**dict(sorted({**usual, **refusals}.items())))},
    }


def _json(name: str) -> Shape:
    return {"application/json": {"schema": refer(name)}}


def _pixel(description: str, headers: Shape | None = None) -> Shape:
    return {"description": description, "headers": {**NO_STORE, **(headers or {})}, "content": PIXEL}


_AUCTIONS: Shape = {
    "operationId": "auctions",
    "summary": "Ask for ads",
    "description": "Holds an auction for each slot of a page. Takes the scope ads:serve. No price is in clear.",
    **_posted(
        "Request",
        "Answer",
        "The winners of each slot",
        s400="Every field that is wrong, by its path",
        s403="The token lacks a scope, or the page's origin may not call",
        s413="More than 256 KiB",
        s503="Out of reach right now: ask again",
    ),
}
_EVENTS: Shape = {
    "operationId": "events",
    "summary": "Report events",
    "description": "What shoppers did, as a shop's server saw it. Takes the scope events:write. Each event counts "
    "once, however often it is reported; one that is not taken keeps no other from being counted.",
    **_posted(
        "Report",
        "Outcome",
        "What became of the events",
        s400="No such report",
        s403="The token lacks the scope events:write",
        s413="More than 1,000 events, or 4 MiB",
        s503="Out of reach right now: send it again, it counts once",
    ),
}
_SEEN: Shape = {
    "operationId": "impression",
    "summary": "Beacon of an impression",
    "description": "An ad was seen. Answers a transparent pixel whatever the token is, once the impression is kept; it "
    "counts once, within an hour after serving.",
    "parameters": [TOKEN],
    "responses": {
        "200": _pixel("The pixel"),
        "421": _pixel("The pixel; this host is not ours"),
        "503": _pixel("The pixel; the impression was not kept", SOON),
    },
}
_CLICKED: Shape = {
    "operationId": "click",
    "summary": "Link of an ad",
    "description": "An ad was clicked. Leads to where the ad leads by the database, also when it is stopped or the day "
    "in which clicks count is over.",
    "parameters": [TOKEN],
    "responses": {
        "302": {
            "description": "To where the ad leads",
            "headers": {**NO_STORE, "Location": {"schema": {"type": "string"}}},
        },
        **_refusals(
            s404="No ad was served under this token", s421="This host is not ours", s503="Out of reach right now"
        ),
    },
}
PATHS: Mapping[str, Any] = {
    "/v1/auctions": {"post": _AUCTIONS},
    "/v1/events": {"post": _EVENTS},
    "/v1/e/i/{token}": {"get": _SEEN},
    "/v1/c/{token}": {"get": _CLICKED},
}
