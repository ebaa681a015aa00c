"""A server of the command line: it becomes ready, and ends when it is told to."""

import signal
import socket
import subprocess

import httpx2
import pytest

from tests.conftest import Live, wait_until_ready
from tests.installed import ENDCAP, Installed

SERVED = 10  # seconds until a server must be ready, or gone


def test_a_server_is_ready_and_knows_the_demonstration(live: Live):
    sign_in = """mutation ($email: String!, $password: String!) {
      signIn(input: {email: $email, password: $password}) { user { name } } }"""
    variables = {"email": live.email, "password": live.password}
    answer = httpx2.post(f"{live.url}/graphql", json={"query": sign_in, "variables": variables})

    assert httpx2.get(f"{live.url}/readyz").json() == {"status": "ready"}
    assert answer.json() == {"data": {"signIn": {"user": {"name": "Ada Brandt"}}}}


@pytest.mark.parametrize("with_", [signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_when_it_is_told_to(endcap: Installed, with_):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = endcap.file.with_name("log")
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [ENDCAP, "serve", "--port", str(port)], env=endcap.environment(), stdout=out, stderr=out
        ) as server,
    ):
        wait_until_ready(f"http://127.0.0.1:{port}")
        server.send_signal(with_)
        assert server.wait(SERVED) == 0
    assert "Traceback" not in log.read_text()
