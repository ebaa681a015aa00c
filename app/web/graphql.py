"""The GraphQL endpoint: gate > cached document > execution > bytes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import structlog
from graphql import GraphQLError, OperationType
from graphql.execution import ExecutionResult
from starlette.requests import Request
from starlette.responses import Response

from app.db.engine import is_away
from app.domain.access import NOBODY, Caller
from app.execution.executor import Executor, is_expected
from app.resolvers.identity.callers import authenticate, is_feed, session_of
from app.schema.context import Context, Services
from app.schema.errors import shown
from app.web import gate
from app.web.documents import Documents
from app.web.events import Events, told
from app.web.gate import Asked, Limits, Origins, Refused
from app.web.session import SessionCookie, from_browser
from app.web.sockets import Sockets
from app.web.streams import Streams

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "Accept, Origin"}
log = structlog.get_logger("endcap.graphql")


class GraphQLEndpoint:
    """Answers `/graphql` for programs; what it refuses and why is one place's business (web/gate.py)."""

    def __init__(
        self,
        schema: Any,
        services: Services,
        origins: Origins,
        cookie: SessionCookie,
        rules: Sequence[Any],
        seconds: float,
    ) -> None:
        self._schema, self._services = schema, services
        self._origins, self._cookie, self._seconds = origins, cookie, seconds
        self._limits = Limits()
        self._feed_limits = replace(self._limits, body_bytes=self._limits.feed_bytes)
        self._documents = Documents(schema, self._limits, rules)
        self.streams = Streams(schema, services, self._documents, seconds)
        self.sockets = Sockets(self.streams, self._limits, origins, cookie)
        self._events = Events(self.streams, cookie)

    async def answer(self, request: Request) -> Response:
        """The answer to a request; no body and no fault of ours makes an exception here."""
        request_id = uuid4().hex
        media = gate.media_type(request.headers.get("accept"))
        if media is None:
            if not gate.takes_events(request.headers.get("accept")):
                return Response("Accept application/graphql-response+json or application/json", 406, HEADERS)
            media = gate.EVENTS  # and nothing else
        try:
            gate.admit(request, self._origins, self._cookie.name)
            feed = await self._feed(request)
            asked = await gate.read(request, self._feed_limits if feed else self._limits)
            return await self._execute(request, asked, media, request_id, feed)
        except Refused as refused:
            error = {"message": refused.message, "extensions": {"code": refused.code, "requestId": request_id}}
            return _response({"errors": [error]}, refused.status, media, refused.headers)
        except Exception as fault:  # noqa: BLE001 - the last resort: whatever failed is ours, masked and logged
            return self._fault(fault, media, request_id)

    async def _feed(self, request: Request) -> Caller | None:
        """Who asks under a token of the retailer's own: known before the body is read, which may be larger then."""
        token = self._cookie.token(request)
        return await self._caller(request, token) if token is not None and is_feed(token) else None

    async def _execute(
        self, request: Request, asked: Asked, media: str, request_id: str, feed: Caller | None
    ) -> Response:
        if not asked.query:
            raise Refused(200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        document = self._documents.prepare(asked)
        if document.errors:
            return self._errors(document.errors, media, request_id)
        operation = document.operation(asked.operation_name, request.method)
        if operation is not None and operation.operation is OperationType.SUBSCRIPTION:
            return await self._subscribed(request, asked)
        if media == gate.EVENTS:
            raise Refused(406, "NOT_ACCEPTABLE", "Only a subscription is a stream of events: accept application/json")
        async with asyncio.timeout(self._seconds):
            context = self._context(request)
            executor: Any = Executor.build(
                self._schema,
                document.node,
                None,
                context,
                asked.variables,
                asked.operation_name,
                max_coercion_errors=10,
            )
            if isinstance(executor, list):
                return self._errors([_coded(error) for error in executor], media, request_id)
            executor.plans, executor.document = self._services.plans, document.digest
            result = await self._executed(request, executor, context, feed)
        response = self._result(result, media, request_id)  # type: ignore[arg-type] - incremental delivery is off
        self._keep_session(context, response)
        return response

    async def _subscribed(self, request: Request, asked: Asked) -> Response:
        if not gate.takes_events(request.headers.get("accept")):
            message = "A subscription is a stream: accept text/event-stream, or use a WebSocket (graphql-transport-ws)"
            raise Refused(406, "NOT_ACCEPTABLE", message)
        return await self._events.answer(request, asked)

    async def _executed(
        self, request: Request, executor: Executor, context: Context, feed: Caller | None
    ) -> ExecutionResult:
        """In one statement with the question who asks, where that can be; else once that is known."""
        token = self._cookie.token(request)
        if feed is not None:
            context.know(feed)
        elif token is not None:
            session = session_of(token)
            result = await executor.execute_for_session(session) if session else None
            if result is None:
                context.know(await self._caller(request, token))
            if session and context.caller.signed_in:
                self._services.seen.note(session, context.now)
            if result is not None:
                return result
        result = executor.execute_operation()
        return await result if executor.is_awaitable(result) else result  # type: ignore[return-value] - none is incremental

    def _context(self, request: Request) -> Context:
        address = request.client.host if request.client else "unknown"
        return Context(self._services, NOBODY, address, from_browser(request), request.headers.get("user-agent"))

    async def _caller(self, request: Request, token: str) -> Caller:
        caller = await authenticate(self._services.database, token, self._services.clock())
        if caller is NOBODY and "authorization" in request.headers:
            headers = {"WWW-Authenticate": "Bearer"}
            raise Refused(401, "UNAUTHENTICATED", "The token is unknown, expired or revoked: sign in again.", headers)
        return caller

    def _result(self, result: ExecutionResult, media: str, request_id: str) -> Response:
        body: dict[str, Any] = {}
        away = False
        if result.errors:
            for error in result.errors:
                if not is_expected(error) and error.original_error is not None:
                    away = away or is_away(error.original_error)
                    log.error("fault in a field", request_id=request_id, path=error.path, exc_info=error.original_error)
            body["errors"] = [shown(error, request_id) for error in result.errors]
        body["data"] = result.data
        if away:
            return _away(media, request_id)
        return _response(body, 200, media)

    def _errors(self, errors: Sequence[GraphQLError], media: str, request_id: str) -> Response:
        """The request never came to run: no `data` entry, and a status the specification gives."""
        body = {"errors": [shown(error, request_id) for error in errors]}
        if media == gate.EVENTS:
            return told(body)
        return _response(body, gate.status_of(media, has_data=False), media)

    def _fault(self, fault: Exception, media: str, request_id: str) -> Response:
        if isinstance(fault, TimeoutError):
            message = f"The operation ran longer than {self._seconds:g} seconds: ask for less at once."
            error = {"message": message, "extensions": {"code": "TIMEOUT", "requestId": request_id}}
            return _response({"errors": [error]}, 503, media, {"Retry-After": "5"})
        log.error("fault", request_id=request_id, exc_info=fault)
        if is_away(fault):
            return _away(media, request_id)
        error = shown(GraphQLError("", original_error=fault), request_id)
        return _response({"errors": [error]}, 500, media)

    def _keep_session(self, context: Context, response: Response) -> None:
        issued = context.unit.issued
        if issued is None or not context.from_browser:
            return
        if issued.token is not None and issued.expires_at is not None:
            self._cookie.put(response, issued.token, issued.expires_at)
        else:
            self._cookie.drop(response)


def _away(media: str, request_id: str) -> Response:
    message = (
        "What keeps the data cannot be reached right now. Try again; what has a key (@idempotent) is done only once."
    )
    error = {"message": message, "extensions": {"code": "UNAVAILABLE", "requestId": request_id}}
    return _response({"errors": [error]}, 503, media, {"Retry-After": "5"})


def _coded(error: GraphQLError) -> GraphQLError:
    return GraphQLError(error.message[:500], error.nodes, extensions={"code": "BAD_USER_INPUT"})


def _response(body: Any, status: int, media: str, headers: dict[str, str] | None = None) -> Response:
    content, media = orjson.dumps(body, default=str), gate.JSON if media == gate.EVENTS else media
    return Response(content, status, {**HEADERS, **(headers or {})}, media_type=f"{media}; charset=utf-8")
