"""Subscriptions as server-sent events: one a request, graphql-sse's distinct connections mode."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.web.gate import EVENTS, Asked
from app.web.session import SessionCookie, from_browser
from app.web.streams import Asker, Stopped, Stream, Streams

BEAT = 12  # seconds of silence, after which a comment keeps proxies from closing the connection
HEADERS = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # nginx keeps nothing back
    "x-content-type-options": "nosniff",
    "vary": "Accept, Origin",
}
COMPLETE = b"event: complete\ndata: \n\n"


class Events:
    """Answers a subscription that came by HTTP."""

    def __init__(self, streams: Streams, cookie: SessionCookie) -> None:
        self._streams, self._cookie = streams, cookie

    async def answer(self, request: Request, asked: Asked) -> Response:
        """The stream, or one event with what is in the way: clients of graphql-sse look for it there."""
        address = request.client.host if request.client else "unknown"
        asker = Asker(self._cookie.token(request), address, from_browser(request), lambda _: None)
        try:
            await self._streams.welcome(asker)
            stream = await self._opened(asker, asked)
        except Stopped as stopped:
            return told({"errors": list(stopped.errors)})
        return Body(self._body(stream), lambda: self._leave(stream, asker))

    def _leave(self, stream: Stream, asker: Asker) -> None:
        stream.close()
        self._streams.leave(asker)

    async def _opened(self, asker: Asker, asked: Asked) -> Stream:
        try:
            return await self._streams.open(asker, asked)
        except BaseException:
            self._streams.leave(asker)
            raise

    async def _body(self, stream: Stream) -> AsyncIterator[bytes]:
        answers, waiting = aiter(stream), None
        try:
            yield b":\n\n"
            while True:
                waiting = waiting or asyncio.ensure_future(anext(answers, None))
                await asyncio.wait({waiting}, timeout=BEAT)
                if not waiting.done():
                    yield b":\n\n"
                    continue
                answer, waiting = waiting.result(), None
                if answer is None:  # what was followed has ended
                    yield COMPLETE
                    return
                yield _event(answer)
        except Stopped as stopped:
            if stopped.code != "RESTARTING":  # a client that is cut off tries again, one that is told the end does not
                yield _event({"errors": list(stopped.errors)}) + COMPLETE
        finally:
            if waiting is not None:
                waiting.cancel()
                with suppress(asyncio.CancelledError, Stopped):
                    await waiting


class Body(StreamingResponse):
    """A stream that is left with the connection, wherever it was cut off."""

    def __init__(self, content: AsyncIterator[bytes], leave: Callable[[], None]) -> None:
        super().__init__(content, headers=HEADERS, media_type=EVENTS)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


def told(answer: dict[str, Any]) -> Response:
    """A stream of one event, for a client that takes nothing else."""
    return Response(_event(answer) + COMPLETE, headers=HEADERS, media_type=EVENTS)


def _event(answer: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(answer, default=str) + b"\n\n"
