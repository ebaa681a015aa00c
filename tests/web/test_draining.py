"""A real server with real clients: what it streams, and how it ends."""

import json
import signal
import subprocess
import time

import httpx2
import pytest
from websockets import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.people import NORTH, OWNER, PASSWORD, SPRING
from tests.streams import ACCOUNT, PROTOCOL, RENAME
from tests.web.asking import SIGN_IN

Server = tuple[str, "subprocess.Popen[bytes]"]


def signed_in(url: str) -> dict[str, str]:
    body = {"query": SIGN_IN, "variables": {"email": OWNER.email, "password": PASSWORD}}
    token = httpx2.post(f"{url}/graphql", json=body).json()["data"]["signIn"]["sessionToken"]
    return {"authorization": f"Bearer {token}"}


def followed(socket: ClientConnection) -> None:
    """Begin, and follow NORTH from its start."""
    socket.send('{"type": "connection_init"}')
    assert json.loads(socket.recv(5)) == {"type": "connection_ack"}
    payload = {"query": ACCOUNT, "variables": {"id": NORTH, "since": "0"}}
    socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
    assert json.loads(socket.recv(5))["type"] == "next"


def renamed(url: str, headers: dict[str, str]) -> None:
    body = {"query": RENAME, "variables": {"id": SPRING, "name": "b"}}
    assert httpx2.post(f"{url}/graphql", json=body, headers=headers).status_code == 200


def opened(url: str, headers: dict[str, str]) -> ClientConnection:
    address = f"{url.replace('http', 'ws')}/graphql"
    return connect(address, subprotocols=[PROTOCOL], additional_headers=headers, max_size=None)


def test_sigterm_closes_sockets_with_1012_cuts_streams_off_and_exits_0(server: Server):
    url, process = server
    headers = signed_in(url)
    renamed(url, headers)
    body = {"query": ACCOUNT, "variables": {"id": NORTH, "since": "0"}}
    accept = {**headers, "accept": "text/event-stream"}
    with opened(url, headers) as socket, httpx2.stream("POST", f"{url}/graphql", json=body, headers=accept) as events:
        followed(socket)
        lines = events.iter_lines()
        assert [next(lines) for _ in range(3)] == [":", "", "event: next"]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
        rest = list(lines)

    assert (process.wait(5), closed.value.rcvd.code) == (0, 1012)
    assert (len(rest), time.monotonic() - began < 4) == (2, True)


def test_a_message_that_is_too_large_is_not_even_read(server: Server):
    url, _ = server
    with opened(url, signed_in(url)) as socket:
        socket.send("a" * 300_000)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)

    assert closed.value.rcvd.code == 1009
