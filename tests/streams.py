"""How tests follow subscriptions: a WebSocket or an event stream of the application itself, on the test's own loop."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.conftest import Api
from tests.people import Person

PATIENCE = 5  # seconds
PROTOCOL = "graphql-transport-ws"
EVENTS = "subscription ($id: ID!, $since: BigInt) { accountEvents(accountId: $id, sinceSeq: $since) { %s } }"
ACCOUNT = EVENTS % "seq action actor via"
REGISTRATION = """subscription ($id: ID!) { registrationChanged(id: $id) {
  seq registration { id status } change { action actor } } }"""
QUEUE = "subscription { reviewQueueChanged { seq registration { id status } change { action actor } } }"


CHANGED = "{ seq at %s change { action actor } }"
AD = "ad { id title effectiveStatus }"
CAMPAIGN = "campaign { id name effectiveStatus }"
ADS = {
    name: f"subscription ($id: ID!) {{ adChanged({name}: $id) {CHANGED % AD} }}"
    for name in ("adId", "campaignId", "accountId")
}
CAMPAIGNS = {
    name: f"subscription ($id: ID!) {{ campaignChanged({name}: $id) {CHANGED % CAMPAIGN} }}"
    for name in ("campaignId", "accountId")
}
CASES = (
    f"subscription {{ moderationQueueChanged {CHANGED % 'moderationCase { id status subject { ... on Ad { id } } }'} }}"
)


class Line:
    """A WebSocket: what is said, and what is heard."""

    def __init__(self, api: Api, headers: dict[str, str], protocols: list[str]) -> None:
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.api = api
        names = {"host": "127.0.0.1:8000", **headers}
        scope = {
            "type": "websocket",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in names.items()],
            "subprotocols": protocols,
            "client": ("203.0.113.9", 50_000),
            "extensions": {"websocket.http.response": {}},
        }
        self.said.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(api.installation.application(scope, self.said.get, self.heard.put))

    async def event(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.heard.get(), PATIENCE)

    async def hear(self) -> Any:
        """The next message, or the code with which the connection was closed."""
        event = await self.event()
        return event["code"] if event["type"] == "websocket.close" else json.loads(event["text"])

    def say(self, message: Any = None, **members: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(members if message is None else message)
        self.said.put_nowait({"type": "websocket.receive", "text": text})

    async def begin(self, who: Person | str | None) -> Any:
        token = who if isinstance(who, str) or who is None else who.token
        self.say(type="connection_init", payload={"Authorization": f"Bearer {token}"} if token else {})
        return await self.hear()

    async def follow(self, number: str, document: str, **variables: Any) -> None:
        """Subscribe, and wait until it is followed."""
        before = followed(self.api)
        self.say(type="subscribe", id=number, payload={"query": document, "variables": variables})
        await until(lambda: followed(self.api) > before or not self.heard.empty())

    async def leave(self) -> None:
        self.said.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, PATIENCE)


@asynccontextmanager
async def line(
    api: Api, who: Person | str | None = None, headers: dict[str, str] | None = None, protocol: str = PROTOCOL
) -> AsyncIterator[Line]:
    """An open WebSocket; with somebody it is acknowledged already."""
    made = Line(api, headers or {}, [protocol])
    try:
        assert (await made.event())["type"] == "websocket.accept"
        if who is not None:
            assert await made.begin(who) == {"type": "connection_ack"}
        yield made
    finally:
        await made.leave()


class Stream:
    """An event stream by HTTP."""

    def __init__(self, api: Api, body: dict[str, Any], headers: dict[str, str], method: str) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()
        self._body: bytes | None = json.dumps(body).encode()
        standard = {"host": "127.0.0.1:8000", "content-type": "application/json", "accept": "text/event-stream"}
        names = {**standard, **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": method,
            "path": "/graphql",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in names.items()],
            "client": ("203.0.113.9", 50_000),
        }
        self.task = asyncio.ensure_future(api.installation.application(scope, self._receive, self.heard.put))

    async def _receive(self) -> dict[str, Any]:
        body, self._body = self._body, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def start(self) -> tuple[int, dict[str, str]]:
        event = await asyncio.wait_for(self.heard.get(), PATIENCE)
        return event["status"], {name.decode(): value.decode() for name, value in event["headers"]}

    async def text(self) -> str:
        """The next piece of the body; empty at its end."""
        event = await asyncio.wait_for(self.heard.get(), PATIENCE)
        return event.get("body", b"").decode()

    async def hear(self) -> Any:
        """The next event's data, `complete`, or None at the end of the body."""
        while (text := await self.text()) == ":\n\n":
            pass
        if not text:
            return None
        assert text.startswith("event: next\ndata: ")
        return json.loads(text.splitlines()[1].removeprefix("data: "))


@asynccontextmanager
async def stream(
    api: Api, who: Person | str | None, document: str, headers: dict[str, str] | None = None, **variables: Any
) -> AsyncIterator[Stream]:
    """A stream by HTTP whose answer has begun."""
    token = who if isinstance(who, str) or who is None else who.token
    names = {**({"authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
    made = Stream(api, {"query": document, "variables": variables}, names, "POST")
    try:
        yield made
    finally:
        made.gone.set()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(made.task, PATIENCE)


def followed(api: Api) -> int:
    """How many subscriptions there are."""
    return len(api.installation.services.followers._following)


async def until(holds: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - a test looks from outside
            await asyncio.sleep(0.01)


async def ask(api: Api, document: str, who: Person | str, **variables: Any) -> Any:
    """An operation by POST, on the loop that runs already."""
    options = {"json": {"query": document, "variables": variables}}
    headers = {"authorization": f"Bearer {who if isinstance(who, str) else who.token}"}
    response = await api._request("POST", "/graphql", {**options, "headers": headers})
    assert "errors" not in response.json(), response.json()
    return response.json()["data"]


RENAME = "mutation ($id: ID!, $name: String!) { campaignUpdate(input: {id: $id, name: $name}) { seq } }"


async def rename(api: Api, who: Person, campaign: str, name: str) -> int:
    """A change of an account. Its number."""
    return int((await ask(api, RENAME, who, id=campaign, name=name))["campaignUpdate"]["seq"])


def codes(message: Any) -> list[str]:
    """The codes in an `error` message, or in an answer of a stream."""
    errors = message["payload"] if "payload" in message else message["errors"]
    return [error["extensions"]["code"] for error in errors]
