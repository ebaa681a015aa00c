"""Ads over HTTP: a shop's server asks for the slots of a page, and gets the winners of their auctions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.db.engine import FAULTS, is_away
from app.db.ids import global_id, parse
from app.domain.access import Caller
from app.domain.delivery import requests
from app.domain.delivery.outcomes import Entry
from app.domain.errors import InvalidInput, Problem, Refusal
from app.resolvers.delivery.deciding import CLICKED, MOST_DRAWN, SEEN, Answer, Drawn, Explained, Result
from app.resolvers.identity.callers import is_feed
from app.schema.context import Services
from app.web import gate
from app.web.answers import Handler
from app.web.deadline import within
from app.web.gate import Limits, Origins, Refused
from app.web.session import bearer

PATH = "/v1/auctions"
SERVE, EXPLAIN = "ads:serve", "auctions:read"
PATIENCE = 5  # seconds that a shop waits where what auctions know is still being read
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
PLAIN = [(name.encode(), value.encode()) for name, value in {"content-type": "application/json", **HEADERS}.items()]
SOON = {"Retry-After": "1"}


@dataclass
class Auctions:
    """`POST /v1/auctions`."""

    services: Services
    origins: Origins

    def __post_init__(self) -> None:
        self._limits = Limits()

    def routes(self) -> list[BaseRoute]:
        return [Route(PATH, self.answer, methods=["POST"])]

    def straight(self) -> dict[tuple[str, str], Handler]:
        return {("POST", PATH): self.answer}

    async def answer(self, request: Request) -> Response:
        try:
            caller = await within(PATIENCE, self._admit(request))
            asked = requests.read(await gate.members(request, self._limits), _product)
            if asked.explain:
                _let_explain(caller)
            return await self.decided(caller, asked)
        except Refused as refused:
            return _refused([_error(refused.message, refused.code)], refused.status, refused.headers)
        except Refusal as refusal:
            return _refused([_problem(each) for each in refusal.problems], 400)
        except FAULTS as fault:  # a TimeoutError is an OSError
            if not is_away(fault):
                raise
            return _refused([_error("Out of reach right now: try again", "UNAVAILABLE")], 503, SOON)

    async def decided(self, caller: Caller, asked: requests.Request) -> Response:
        """The ads for a request that was let in."""
        answer = await self.services.delivery.decide(caller, asked)
        return Told(orjson.dumps(_shown(answer, self.services.address)))

    async def _admit(self, request: Request) -> Caller:
        """Let a token of the retailer's own in that may serve ads; from pages only where their origin may call us."""
        gate.admit_names(request, self.origins)
        token = bearer(request.headers.get("authorization", ""))
        caller = await self.services.delivery.caller(token) if is_feed(token) else None
        if caller is None or not caller.ingest:
            message = "Send a token of the retailer's own, as `endcap token create` makes it: Authorization: Bearer"
            raise Refused(401, "UNAUTHENTICATED", message, {"WWW-Authenticate": "Bearer"})
        if not caller.in_scope(SERVE):
            raise Refused(403, "MISSING_SCOPE", f"This token may not serve ads: it takes the scope {SERVE}.")
        return caller


def _let_explain(caller: Caller) -> None:
    if not caller.in_scope(EXPLAIN):
        raise Refused(403, "MISSING_SCOPE", f"To have it explained takes the scope {EXPLAIN}: leave explain out.")


def _product(id: str) -> UUID | None:
    known = parse(id)
    return known[1] if known and known[0] == "Product" else None


def _shown(answer: Answer, address: str) -> dict[str, Any]:
    seen, clicked = address + SEEN, address + CLICKED
    return {"requestId": answer.request_id, "results": [_result(each, seen, clicked) for each in answer.results]}


def _result(result: Result, seen: str, clicked: str) -> dict[str, Any]:
    shown = {
        "slotId": result.slot_id,
        "auctionId": result.auction_id and global_id("Auction", result.auction_id),
        "winners": [
            {
                "rank": rank,
                "adId": its.ad_id,
                "campaignId": its.campaign_id,
                "productId": its.product_id,
                "resolvedBidId": token,
                "impressionUrl": seen + token,
                "clickUrl": clicked + token,
                "content": _content(its),
            }
            for rank, token, its in result.winners
        ],
        "error": result.error,
    }
    return {**shown, "explanation": _explained(result.explained)} if result.explained else shown


@lru_cache(maxsize=MOST_DRAWN)
def _content(drawn: Drawn) -> orjson.Fragment:
    """JSON that is written once: it is most of an answer."""
    return orjson.Fragment(
        orjson.dumps(
            {"title": drawn.title, "headline": drawn.headline, "imageUrl": drawn.image_url, "html": drawn.html}
        )
    )


def _explained(explained: Explained) -> dict[str, Any]:
    return {"reserveMicros": explained.reserve, "entries": [_entry(each) for each in explained.entries]}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "adId": global_id("Ad", entry.ad),
        "campaignId": global_id("Campaign", entry.campaign),
        "bidMicros": entry.bid,
        "predictedCtr": entry.ctr,
        "outcome": entry.outcome.value,
        "rank": entry.rank,
        "priceMicros": entry.price,
        "neededMicros": entry.need,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    """A field that is wrong, by its path, with the limit that it breaks."""
    error = _error(problem.message, problem.code.value)
    error["path"] = [int(step) if step.isdigit() else step for step in problem.path]
    if isinstance(problem, InvalidInput) and problem.constraint:
        error["extensions"]["constraint"] = problem.constraint
    return error


def _error(message: str, code: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}}


def _refused(errors: list[dict[str, Any]], status: int, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"errors": errors}, status, {**HEADERS, **(headers or {})})


class Told(Response):
    """An answer whose headers are there already: to make them takes Starlette as long as a token takes us."""

    def __init__(self, body: bytes) -> None:
        self.status_code, self.background, self.body = 200, None, body
        self.raw_headers = [*PLAIN, (b"content-length", str(len(body)).encode())]
