"""Subscriptions over WebSockets, by the protocol graphql-transport-ws; the legacy one is refused."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import orjson
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.web import gate
from app.web.gate import Limits, Origins, Refused
from app.web.session import SessionCookie, bearer, from_browser
from app.web.streams import Asker, Stopped, Streams

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10  # from the handshake to connection_init
SEND_SECONDS = 10  # for a message to be taken
MOST_OF_SOCKET = 20  # subscriptions
LONGEST_ID = 255


class Close(Exception):
    """The connection ends, with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason.encode()[:120].decode(errors="ignore")


class Sockets:
    """Takes connections and hands each to a Socket of its own."""

    def __init__(self, streams: Streams, limits: Limits, origins: Origins, cookie: SessionCookie) -> None:
        self.streams, self.limits, self.cookie = streams, limits, cookie
        self._origins = origins

    async def serve(self, websocket: WebSocket) -> None:
        try:
            gate.admit_socket(websocket, self._origins, self.cookie.name)
        except Refused as refused:
            body = {"errors": [{"message": refused.message, "extensions": {"code": refused.code}}]}
            await websocket.send_denial_response(JSONResponse(body, refused.status, refused.headers))
            return
        if PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(4406, "Subprotocol not acceptable: use graphql-transport-ws")
            return
        await websocket.accept(PROTOCOL)
        await Socket(self, websocket).run()


class Socket:
    """One connection: what it may say when, and the subscriptions that run on it by their ids."""

    def __init__(self, sockets: Sockets, websocket: WebSocket) -> None:
        self._sockets, self._websocket = sockets, websocket
        self._streams = sockets.streams
        self._over: asyncio.Future[Close | None] = asyncio.get_running_loop().create_future()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._asker: Asker | None = None  # once it is acknowledged
        self._began = False

    async def run(self) -> None:
        """Serve until the client leaves, breaks the protocol or is dismissed."""
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait({reading, self._over}, return_when=asyncio.FIRST_COMPLETED)
            close = self._over.result() if self._over.done() else reading.result()
        finally:
            await self._quit(reading)
        if close is not None:
            with suppress(Close, WebSocketDisconnect):  # who takes nothing any more does not take this either
                await _sent(self._websocket.close(close.code, close.reason))

    async def _quit(self, reading: asyncio.Task[Any]) -> None:
        running = [reading, *self._operations.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._asker is not None:
            self._streams.leave(self._asker)

    def _end(self, close: Close | None) -> None:
        if not self._over.done():
            self._over.set_result(close)

    async def _read(self) -> Close | None:
        """Take message after message; why the connection is to be closed, None where it is already."""
        last = asyncio.get_running_loop().time() + INIT_SECONDS
        try:
            while True:
                async with asyncio.timeout_at(None if self._began else last):
                    received = await self._websocket.receive()
                if received["type"] == "websocket.disconnect":
                    return None
                await self._take(self._message(received))
        except Close as close:
            return close
        except TimeoutError:
            return Close(4408, "Connection initialisation timeout")
        except WebSocketDisconnect:
            return None

    def _message(self, received: Mapping[str, Any]) -> dict[str, Any]:
        text, limits = received.get("text"), self._sockets.limits
        if text is None:
            raise Close(4400, "A message must be text")
        data = text.encode("utf-8", "surrogatepass")
        if len(data) > limits.body_bytes:
            raise Close(1009, f"A message has at most {limits.body_bytes} bytes")
        try:
            message = gate.parse_json(data, limits.json_nesting, "Message")
        except Refused as refused:
            raise Close(4400, refused.message) from None
        if not isinstance(message, dict):
            raise Close(4400, "A message must be a JSON object")
        return message

    async def _take(self, message: dict[str, Any]) -> None:
        kinds: dict[Any, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "connection_init": self._init,
            "ping": self._ping,
            "pong": self._pong,
            "subscribe": self._subscribe,
            "complete": self._complete,
        }
        kind = message.get("type")
        if not isinstance(kind, str) or kind not in kinds:
            raise Close(4400, f"Unknown type of message: take one of {', '.join(kinds)}")
        await kinds[kind](message)

    async def _init(self, message: dict[str, Any]) -> None:
        if self._began:
            raise Close(4429, "Too many initialisation requests")
        self._began = True
        parameters = message.get("payload") or {}
        if not isinstance(parameters, dict):
            raise Close(4400, "payload of connection_init must be an object")
        asker = self._sockets_asker(parameters)
        try:
            await self._streams.welcome(asker)
        except Stopped as stopped:
            raise _closing(stopped, unknown=4403) from None
        self._asker = asker
        await self._send({"type": "connection_ack"})

    def _sockets_asker(self, parameters: dict[str, Any]) -> Asker:
        """Who connects, by a bearer token in the parameters, else in the header, else by the session's cookie."""
        named = {name.lower(): value for name, value in parameters.items()}
        client, cookie = self._websocket.client, self._sockets.cookie
        token = cookie.token(self._websocket)
        if "authorization" in named:
            if not isinstance(named["authorization"], str):
                raise Close(4400, "authorization must be a string: Bearer TOKEN")
            token = bearer(named["authorization"])
        address = client.host if client else "unknown"
        return Asker(token, address, from_browser(self._websocket), lambda why: self._end(_closing(why)))

    async def _ping(self, message: dict[str, Any]) -> None:
        payload = {"payload": message["payload"]} if isinstance(message.get("payload"), dict) else {}
        await self._send({"type": "pong", **payload})

    async def _pong(self, _: dict[str, Any]) -> None:
        """Whoever answers is alive, and the server itself asks by frames of the WebSocket."""

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if self._asker is None:
            raise Close(4401, "Unauthorized: send connection_init first")
        id, payload = _id(message), message.get("payload")
        if not isinstance(payload, dict):
            raise Close(4400, "payload of subscribe must be an object")
        if id in self._operations:
            raise Close(4409, f"Subscriber for {id} already exists")
        if len(self._operations) >= MOST_OF_SOCKET:
            limit = f"At most {MOST_OF_SOCKET} subscriptions on a connection: complete one first."
            await self._refuse(id, Stopped.because("LIMIT", limit))
            return
        self._operations[id] = asyncio.create_task(self._operate(id, payload, self._asker))

    async def _complete(self, message: dict[str, Any]) -> None:
        """The client has heard enough; its id is free at once."""
        running = self._operations.pop(_id(message), None)
        if running is not None:
            running.cancel()

    async def _operate(self, id: str, payload: dict[str, Any], asker: Asker) -> None:
        mine = asyncio.current_task()
        try:
            await self._follow(id, payload, asker)
            if self._operations.get(id) is mine:  # what was followed has ended
                del self._operations[id]
                await self._send({"id": id, "type": "complete"})
        except Stopped as stopped:
            if self._operations.get(id) is mine:
                del self._operations[id]
                await self._refuse(id, stopped)
        except (Close, WebSocketDisconnect) as gone:
            self._end(gone if isinstance(gone, Close) else None)
        finally:
            if self._operations.get(id) is mine:
                del self._operations[id]

    async def _follow(self, id: str, payload: dict[str, Any], asker: Asker) -> None:
        try:
            asked = gate.asked(payload)
        except Refused as refused:
            raise Stopped.because(refused.code, refused.message) from None
        stream = await self._streams.open(asker, asked)
        try:
            async for answer in stream:
                await self._send({"id": id, "type": "next", "payload": answer})
        finally:
            stream.close()

    async def _refuse(self, id: str, why: Stopped) -> None:
        await self._send({"id": id, "type": "error", "payload": list(why.errors)})

    async def _send(self, message: dict[str, Any]) -> None:
        text = orjson.dumps(message, default=str).decode()
        await _sent(self._websocket.send_text(text))


async def _sent(sending: Awaitable[None]) -> None:
    """Wait for the client to take it, but not for ever."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await sending
    except TimeoutError:
        raise Close(1013, f"Messages were not taken within {SEND_SECONDS} seconds") from None


def _id(message: Mapping[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not 1 <= len(id) <= LONGEST_ID:
        raise Close(4400, f"id must be a string of 1 to {LONGEST_ID} characters")
    return id


def _closing(why: Stopped, unknown: int = 4401) -> Close:
    """With which code the whole connection ends."""
    codes = {"UNAUTHENTICATED": unknown, "RESTARTING": 1012}
    return Close(codes.get(why.code, 1013), why.errors[0]["message"])
