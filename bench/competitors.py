"""Who is measured, and how each is started: one process that serves POST /graphql on 127.0.0.1:$PORT."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.data import TOKEN
from bench.operations import Operation, Variables, operations
from bench.peers.install import PYTHON, node
from bench.stores import HOME, PLACE

PEERS = HOME / "bench" / "peers"
READY_SECONDS = 60
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Competitor:
    """How a server is started, and how it is asked where it has a schema of its own."""

    name: str
    command: tuple[str, ...]
    folder: Path = HOME
    settings: Mapping[str, str] = field(default_factory=dict)  # besides PORT and DATABASE_URL; {url} is filled in
    offers: str = "ABCD"  # operations by their letters
    documents: Path | None = None  # its own documents, where the schema is its own; then only numbers are compared
    variables: Callable[[Variables], Variables] = dict

    def body(self, operation: Operation, variables: Variables) -> bytes:
        """A request's body."""
        query, given = operation.document, variables
        if self.documents is not None:
            query, given = (self.documents / f"{operation.name}.graphql").read_text(), self.variables(variables)
        return json.dumps({"query": query, "operationName": operation.name, "variables": given}).encode()


def plain_ids(variables: Variables) -> Variables:
    """Variables of a schema without global ids: the keys themselves; the range becomes `from` and `to`."""
    given = {name: value for name, value in variables.items() if name != "range"}
    for name in given.keys() & {"id", "accountId"}:
        given[name] = str(UUID(bytes=urlsafe_b64decode(given[name] + "==").partition(b":")[2]))
    return given | variables.get("range", {})


def limit() -> Competitor:
    return Competitor("limit", (*_uvicorn(sys.executable), "bench.limit:app"), offers="ABCDE")


def constant(answer: Path) -> Competitor:
    """The server that Endcap runs on, with the same answer to whatever is asked."""
    return Competitor("constant", (*_uvicorn(sys.executable), "bench.constant:app"), settings={"CONSTANT": str(answer)})


def admitted(answer: Path, own: Competitor) -> Competitor:
    """Endcap as it is, with that answer to whoever may ask for ads."""
    command = (sys.executable, "-m", "bench.admitted", "serve", "--port", "{port}")
    return replace(own, name="admitted", command=command, settings={**own.settings, "CONSTANT": str(answer)})


def endcap(checkout: Path) -> Competitor:
    settings = {"ENDCAP_DATABASE_URL": "{url}", "ENDCAP_LOG_LEVEL": "warning", "PYTHONPATH": str(checkout)}
    command = (sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", "{port}")
    return Competitor("endcap", command, checkout, settings, offers="ABCDE")


def peers() -> dict[str, Competitor]:
    """Those that only PostgreSQL has; `bench/peers/install.py` puts in place what they need."""
    mercurius, postgraphile = (PEERS / name for name in ("mercurius", "postgraphile"))
    own = {"documents": postgraphile / "ops", "variables": plain_ids}
    found = [
        Competitor("mercurius", (node("mercurius"), "server.js"), mercurius),
        Competitor("postgraphile", (node("postgraphile"), "server.mjs"), postgraphile, **own),
        Competitor("strawberry_plain", (*_uvicorn(str(PYTHON)), "bench.peers.strawberry_plain:app")),
        Competitor("ariadne_plain", (*_uvicorn(str(PYTHON)), "bench.peers.ariadne_plain:app")),
    ]
    return {competitor.name: competitor for competitor in found}


def _uvicorn(python: str) -> tuple[str, ...]:
    return (python, "-m", "uvicorn", "--no-access-log", "--log-level", "warning", "--port", "{port}")


class Server:
    """A competitor that runs, pinned to a core where there are two."""

    def __init__(self, competitor: Competitor, url: str, core: int | None) -> None:
        self.competitor, self.name = competitor, competitor.name
        self.port = _free_port()
        settings = {name: value.format(url=url) for name, value in competitor.settings.items()}
        self._log = PLACE / f"{competitor.name}.log"
        command = [*pinned(core), *(part.format(port=self.port) for part in competitor.command)]
        environment = {**os.environ, "PORT": str(self.port), "DATABASE_URL": url, "NODE_ENV": "production", **settings}
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, cwd=competitor.folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(
        self, body: bytes, seconds: float = 60, path: str = "/graphql", headers: Mapping[str, str] = HEADERS
    ) -> tuple[int, bytes]:
        """One request; the status and the answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("POST", path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def wait(self) -> None:
        """Until the server answers operation A."""
        body = self.competitor.body(operations()["A"], {})
        self.first(lambda: self.ask(body, 5))

    def first(self, ask: Callable[[], tuple[int, bytes]]) -> bytes:
        """What is answered the first time that all is well; the run ends where that takes too long."""
        status: Any = "nothing"
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError, HTTPException):
                status, answer = ask()
                if status == 200:
                    return answer
            time.sleep(0.1)
        self.stop()
        raise SystemExit(f"{self.name} does not answer ({status}): see {self._log.relative_to(HOME)}")

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def cores() -> tuple[int | None, int | None]:
    """The cores of the server and of the load; None where they cannot be kept apart."""
    if shutil.which("taskset") is None or len(os.sched_getaffinity(0)) < 2:
        return None, None
    first, second, *_ = sorted(os.sched_getaffinity(0))
    return first, second


def pinned(core: int | None) -> list[str]:
    return [] if core is None else ["taskset", "-c", str(core)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
