"""Load on a server: wrk with 32 connections where it is there, else the client of client.py; one figure set alike."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.competitors import HEADERS, pinned
from bench.operations import SERIAL, serial
from bench.stores import HOME

CONNECTIONS = 32

# wrk asks for the requests in turn; what `done` prints is all that is read of its output.
SCRIPT = """
wrk.method, wrk.path = "POST", "%(path)s"
wrk.headers = %(headers)s
local bodies, serial, turn, made = %(bodies)s, %(serial)d, 0, {}
function request()
  turn = turn + 1
  local place = turn %% #bodies + 1
  local parts = bodies[place]
  if #parts > 1 then return wrk.format(nil, nil, nil, table.concat(parts, string.format("%%d", serial + turn))) end
  if not made[place] then made[place] = wrk.format(nil, nil, nil, parts[1]) end
  return made[place]
end
function done(summary, latency, _)
  local e = summary.errors
  io.write("\\n" .. string.format(
    '{"seconds": %%f, "requests": %%d, "received": %%d, "p50_ms": %%f, "p99_ms": %%f, "failed": %%d, "broken": %%d}',
    summary.duration / 1e6, summary.requests, summary.bytes, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.status, e.connect + e.read + e.write + e.timeout) .. "\\n")
end
"""


@dataclass(frozen=True)
class Figures:
    """What a run showed: bytes received, answers that failed (not 2xx), sockets that broke."""

    seconds: float
    requests: int
    received: int
    p50_ms: float
    p99_ms: float
    failed: int
    broken: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


@dataclass(frozen=True)
class Target:
    """What is called, and with which headers."""

    path: str
    headers: Mapping[str, str]


GRAPHQL = Target("/graphql", HEADERS)


def run(
    port: int,
    bodies: Sequence[bytes],
    seconds: float,
    core: int | None,
    connections: int = CONNECTIONS,
    target: Target = GRAPHQL,
) -> Figures:
    """Send *bodies* in turn for some seconds; SERIAL in one becomes a number that no other request has."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "load"
        command = (_wrk if shutil.which("wrk") else _client)(script, port, bodies, seconds, connections, target)
        done = subprocess.run([*pinned(core), *command], cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The load failed: {done.stderr or done.stdout}")
    return Figures(**json.loads(done.stdout.strip().rpartition("\n")[2]))


def generator() -> str:
    """What makes the load here."""
    return "wrk" if shutil.which("wrk") else "bench/client.py"


def _wrk(
    script: Path, port: int, bodies: Sequence[bytes], seconds: float, connections: int, target: Target
) -> list[str]:
    parts = ["{" + ", ".join(map(_lua, body.decode().split(SERIAL))) + "}" for body in bodies]
    headers = "{" + ", ".join(f"[{_lua(name)}] = {_lua(value)}" for name, value in target.headers.items()) + "}"
    given = {"path": target.path, "headers": headers, "bodies": "{" + ", ".join(parts) + "}", "serial": serial()}
    script.write_text(SCRIPT % given)
    # wrk knows whole seconds only, in its argument; a request may wait longer than its 2 seconds for an answer.
    options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"]
    return ["wrk", *options, "-s", str(script), f"http://127.0.0.1:{port}"]


def _client(
    script: Path, port: int, bodies: Sequence[bytes], seconds: float, connections: int, target: Target
) -> list[str]:
    parts = [body.decode().split(SERIAL) for body in bodies]
    asked = {"port": port, "connections": connections, "seconds": seconds, "serial": serial()}
    script.write_text(json.dumps({**asked, "path": target.path, "headers": dict(target.headers), "bodies": parts}))
    return [sys.executable, "-m", "bench.client", str(script)]


def _lua(text: str) -> str:
    """A Lua string; JSON's escapes of quotes, line ends and backslashes are Lua's too."""
    return json.dumps(text, ensure_ascii=False)
