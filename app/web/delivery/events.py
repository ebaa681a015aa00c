"""Events over HTTP: the beacon of an impression, the link of a click, and reports of a shop's server."""

import asyncio
from base64 import b64decode
from dataclasses import dataclass, replace
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.db.engine import FAULTS, is_away
from app.domain.access import Caller, Level
from app.domain.delivery import reports, traffic
from app.domain.delivery.events import AdEvent, EventKind
from app.domain.delivery.reports import Batch, Rejected
from app.domain.delivery.traffic import InvalidTraffic, Rates
from app.domain.errors import Problem
from app.resolvers.delivery import reporting
from app.resolvers.delivery.collecting import Busy
from app.resolvers.delivery.deciding import CLICKED, SEEN
from app.resolvers.delivery.reporting import Outcome
from app.resolvers.identity.callers import authenticate, is_feed
from app.schema.context import Services
from app.web import gate
from app.web.answers import Handler
from app.web.gate import Limits, Origins, Refused
from app.web.session import bearer

REPORTED = "/v1/events"
SCOPE = "events:write"
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # one pixel that nobody sees
PRIVATE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
SHOWN = {**PRIVATE, "cross-origin-resource-policy": "cross-origin"}  # on the pages of partner sites
LEAVING = {**PRIVATE, "referrer-policy": "no-referrer"}
PATIENCE = 2  # seconds that a shopper waits for a click to be kept, before they go on without
SOON = {"retry-after": "1"}
NAMES = {"at": "occurredAt"}  # of the fields of an item, where they have others in JSON
log = structlog.get_logger("endcap.counting")


@dataclass
class Events:
    """The three addresses. Tokens are all the proof that beacons and clicks need; no cookie counts."""

    services: Services
    origins: Origins

    def __post_init__(self) -> None:
        self._rates = {EventKind.IMPRESSION: Rates(), EventKind.CLICK: Rates()}
        self._limits = replace(Limits(), body_bytes=Limits().feed_bytes)

    def routes(self) -> list[BaseRoute]:
        return [
            Route(SEEN + "{token}", self.seen, methods=["GET"]),
            Route(CLICKED + "{token}", self.clicked, methods=["GET"]),
            Route(REPORTED, self.reported, methods=["POST"]),
        ]

    def straight(self) -> dict[tuple[str, str], Handler]:
        return {("GET", SEEN): self.seen, ("GET", CLICKED): self.clicked, ("POST", REPORTED): self.reported}

    async def seen(self, request: Request) -> Response:
        """The pixel, whatever the token is; 503 with it where the impression could not be kept."""
        if not self.origins.is_ours(request.headers.get("host", "")):
            return Response(GIF, 421, SHOWN, "image/gif")
        event = self._event(EventKind.IMPRESSION, request)
        try:
            if isinstance(event, AdEvent) and request.method == "GET":
                await self.services.collector.put([event])
        except (Busy, *FAULTS) as fault:
            _check_away(fault)
            return Response(GIF, 503, {**SHOWN, **SOON}, "image/gif")
        return Response(GIF, 200, SHOWN, "image/gif")

    async def clicked(self, request: Request) -> Response:
        """To where the ad leads, by the database and by nothing in the address, also when it is stopped or late."""
        try:
            to = await self._destination(request)
        except FAULTS as fault:
            _check_away(fault)
            return _told(Refused(503, "UNAVAILABLE", "Out of reach right now: try again", SOON))
        except Refused as refused:
            return _told(refused)
        event = self._event(EventKind.CLICK, request)
        if isinstance(event, AdEvent) and request.method == "GET":
            await self._keep_click(event)
        return RedirectResponse(to, 302, LEAVING)

    async def reported(self, request: Request) -> Response:
        """A report of a shop's server, under a token of the retailer's own: how many were taken, and which were not."""
        try:
            await self._admit(request)
            items = _items(gate.parse_json(await gate.body(request, self._limits), self._limits.json_nesting, "Body"))
            now = self.services.clock()
            batch = Batch.of([reports.parse(item) for item in items], self.services.seals, now)
            found = reporting.outcome(batch, await self.services.collector.put(batch.events))
        except Refused as refused:
            return _told(refused)
        except (Busy, *FAULTS) as fault:
            _check_away(fault)
            return _told(Refused(503, "UNAVAILABLE", "Out of reach right now: send it again, it counts once", SOON))
        return JSONResponse(_answer(found), headers=PRIVATE)

    async def _destination(self, request: Request) -> str:
        self._admit_name(request)
        bid = self.services.seals.open(request.path_params["token"])
        services = self.services
        to = await reporting.landing(services.database, bid.ad_id, services.address) if bid else None
        if to is None:
            raise Refused(404, "NOT_FOUND", "No ad was served under this address")
        return to

    def _event(self, kind: EventKind, request: Request) -> AdEvent | Rejected:
        now = self.services.clock()
        return reports.beacon(
            kind, request.path_params["token"], self.services.seals, now, self._suspicion(kind, request)
        )

    def _suspicion(self, kind: EventKind, request: Request) -> InvalidTraffic | None:
        address = request.client.host if request.client else "unknown"
        count = self._rates[kind].count(address, self.services.clock())
        return traffic.of_request(request.headers, count, traffic.RATES[kind.value])

    async def _keep_click(self, event: AdEvent) -> None:
        """A shopper is never kept from going on: what cannot be kept soon is logged, and costs nobody anything."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.services.collector.put([event])
        except (Busy, *FAULTS) as fault:  # a TimeoutError is an OSError
            _check_away(fault)
            log.warning("a click was not kept in time", auction=str(event.auction_id), ad=str(event.ad_id))

    async def _admit(self, request: Request) -> Caller:
        """Let a token of the retailer's own in that may write events."""
        self._admit_name(request)
        gate.check_content_type(request.headers)
        token = bearer(request.headers.get("authorization", ""))
        caller = await authenticate(self.services.database, token, self.services.clock()) if is_feed(token) else None
        if caller is None or not caller.holds(Level.INGEST):
            message = "Send a token of the retailer's own, as `endcap token create` makes it: Authorization: Bearer"
            raise Refused(401, "UNAUTHENTICATED", message, {"WWW-Authenticate": "Bearer"})
        if not caller.in_scope(SCOPE):
            raise Refused(403, "MISSING_SCOPE", f"This token may not report events: it takes the scope {SCOPE}.")
        return caller

    def _admit_name(self, request: Request) -> None:
        if not self.origins.is_ours(request.headers.get("host", "")):
            raise Refused(421, "HOST_NOT_ALLOWED", "This host is not ours: see the setting ENDCAP_BASE_URL")


def _check_away(fault: BaseException) -> None:
    """Raise it again where it is a fault of ours, and not the database being out of reach."""
    if not isinstance(fault, Busy) and not is_away(fault):
        raise fault


def _items(body: Any) -> list[Any]:
    if not isinstance(body, dict) or not isinstance(body.get("events"), list):
        raise Refused(400, "BAD_REQUEST", 'Body must be a JSON object with a list: {"events": [...]}')
    if len(body) > 1:
        raise Refused(400, "BAD_REQUEST", "Body must have the member events and no other")
    problem = reports.size_problem(len(body["events"]))
    if problem:
        raise Refused(413 if body["events"] else 400, _code(problem), problem.message)
    return body["events"]


def _code(problem: Problem) -> str:
    return problem.code.value


def _answer(found: Outcome) -> dict[str, Any]:
    rejected = [
        {
            "index": each.place,
            "eventId": each.event_id,
            "reason": each.why.reason.value,
            "field": NAMES.get(each.why.field, each.why.field) or None,
            "message": each.why.message,
        }
        for each in found.refused
    ]
    return {"accepted": found.accepted, "duplicates": found.duplicates, "rejected": rejected}


def _told(refused: Refused) -> Response:
    error = {"message": refused.message, "extensions": {"code": refused.code}}
    return JSONResponse({"errors": [error]}, refused.status, {**PRIVATE, **refused.headers})
