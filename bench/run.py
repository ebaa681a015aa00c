"""A run: servers started, answers compared, then rounds in which all take turns, the limit first and last."""

import asyncio
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import load, processor
from bench.compare import difference
from bench.competitors import Competitor, Server, cores, endcap, limit, peers
from bench.data import Size
from bench.load import Figures
from bench.operations import SERIAL, Operation, operations, serial
from bench.processor import Used
from bench.stores import HOME, PLACE, Postgres, Sqlite, Store, prepare

TURNS = 4  # answers that each connection of a slow server is to get
LONG = 10_000  # bytes; shorter answers are for a good part their headers
SAME = 0.15  # by how much the mean length of long answers may differ from the expected


@dataclass(frozen=True)
class Plan:
    """What is measured, on what, for how long; `quick` says that figures are rough."""

    database: str
    server: str  # of PostgreSQL
    checkout: Path
    operations: tuple[str, ...]
    peers: tuple[str, ...]
    scale: float
    rounds: int
    seconds: float
    quick: bool

    @property
    def store(self) -> Store:
        size = Size(self.scale)
        return Postgres(self.server, size) if self.database == "pg" else Sqlite(size)

    @property
    def competitors(self) -> list[Competitor]:
        return [limit(), endcap(self.checkout), *(peers()[name] for name in self.peers)]


def fill(plan: Plan) -> None:
    """Make the data, where they are not there yet."""
    print(f"Data of scale {plan.scale:g} ...", flush=True)
    made = asyncio.run(prepare(plan.store, Size(plan.scale), plan.checkout))
    print(f"{'Made' if made else 'Found'}: {plan.store.url.rpartition('@')[2]}")


def run(plan: Plan) -> Path:
    """Carry out a plan; the file of its lines."""
    fill(plan)
    if plan.peers:
        from bench.peers.install import install

        install(list(plan.peers))
    PLACE.mkdir(parents=True, exist_ok=True)
    path = PLACE / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{plan.database}.jsonl"
    with ExitStack() as running, path.open("w") as out:
        servers = [_start(each, plan.store, running) for each in plan.competitors]
        _write(out, {"kind": "run", **about(plan)})
        wrong = dict(_compare(plan, servers))
        for (name, operation), reason in wrong.items():
            _write(out, {"kind": "differs", "competitor": name, "operation": operation, "reason": reason})
        for number in range(1, plan.rounds + 1):
            for sample in _round(plan, servers, wrong, warm=number > 1):
                _write(out, {"kind": "sample", "round": number, **sample})
    return path


def about(plan: Plan) -> dict[str, Any]:
    """When, where and on what a run was made."""
    git = ["git", "-C", str(plan.checkout), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    changed = subprocess.run([*git[:3], "status", "--porcelain", "app"], capture_output=True, text=True, check=False)
    python = platform.python_version()
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "database": plan.database,
        "scale": plan.scale,
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "quick": plan.quick,
        "commit": commit + (" and changes" if changed.stdout else ""),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}",
        "load": load.generator(),
        "pinned": cores()[0] is not None,
        "load_average": os.getloadavg()[0],
    }


def _start(competitor: Competitor, store: Store, running: ExitStack) -> Server:
    server = Server(competitor, store.url, cores()[0])
    running.callback(server.stop)
    server.wait()
    return server


def _compare(plan: Plan, servers: list[Server]) -> Iterator[tuple[tuple[str, str], str]]:
    """What is not timed, since its answers differ from the limit's: competitor and operation, and where."""
    model, *others = servers
    for operation in _operations(plan):
        for server in others:
            if operation.name not in server.competitor.offers:
                continue
            where = difference(plan.store, operation, model, server)
            if where:
                print(f"{operation.name} of {server.name} is not timed, its answer differs: {where}")
                yield (server.name, operation.name), where


def _round(
    plan: Plan, servers: list[Server], wrong: dict[tuple[str, str], str], *, warm: bool
) -> Iterator[dict[str, Any]]:
    """Each operation by each competitor, with the limit first and last."""
    model, *others = servers
    roots = [server.pid for server in servers]
    for operation in _operations(plan):
        fit = [s for s in others if (s.name, operation.name) not in wrong and operation.name in s.competitor.offers]
        for place, server in enumerate([model, *fit, model]):
            sample = measure(plan, server, operation, roots, warm=warm or place > len(fit))
            name = f"{operation.name} {server.name}"
            print(f"{name:22} {sample['rate']:9.1f}/s  p99 {sample['p99_ms']:7.1f} ms  {sample['note']}", flush=True)
            yield sample


def measure(plan: Plan, server: Server, operation: Operation, roots: list[int], *, warm: bool) -> dict[str, Any]:
    """Measure one operation of one server: rate, times, and processor time a request."""
    bodies = [server.competitor.body(operation, variables) for variables in operation.variables]
    if not warm:  # Node compiles while it serves
        seconds = plan.seconds / 4 if plan.quick else plan.seconds
        load.run(server.port, bodies, seconds, cores()[1], _fitting(plan, server, bodies[0])[0])
    connections, length = _fitting(plan, server, bodies[0])
    if operation.writes:
        asyncio.run(plan.store.tidy())
    processor.settle(roots, _database(plan))
    before = _used(plan, server)
    figures = load.run(server.port, bodies, plan.seconds, cores()[1], connections)
    after = _used(plan, server)
    written = _versions(plan) if operation.writes else None
    return {
        "operation": operation.name,
        "competitor": server.name,
        "rate": figures.rate,
        **asdict(figures),
        "connections": connections,
        "server_ms": 1000 * processor.between(before[0], after[0]) / max(1, figures.requests),
        "database_ms": 1000 * processor.between(before[1], after[1]) / max(1, figures.requests),
        "load_average": os.getloadavg()[0],
        "note": _remark(figures, length, connections, written),
    }


def _fitting(plan: Plan, server: Server, body: bytes) -> tuple[int, int]:
    """How many connections a server can answer in the time, and the bytes of an answer.

    One too slow to answer each once gets as many as it can answer TURNS times: its rate is the same.
    """
    found = []
    for turn in range(3):
        began = time.perf_counter()
        _, content = server.ask(body.replace(SERIAL.encode(), str(serial() + turn).encode()))
        found.append((time.perf_counter() - began, len(content)))
    alone, length = min(found)
    if alone * load.CONNECTIONS <= plan.seconds:
        return load.CONNECTIONS, length
    return max(1, int(plan.seconds / alone / TURNS)), length


def _used(plan: Plan, server: Server) -> tuple[Used, Used]:
    return processor.of_tree(server.pid), processor.of_backends(_database(plan))


def _remark(figures: Figures, length: int, connections: int, written: int | None) -> str:
    """What is to be known of a run, above all why its figures are not to be believed; empty where nothing is."""
    found = []
    if connections < load.CONNECTIONS:
        found.append(f"connections: {connections} instead of {load.CONNECTIONS}")
    if figures.failed or figures.broken:
        found.append(f"{figures.failed} answers not 2xx, {figures.broken} socket errors")
    mean = figures.received / max(1, figures.requests)
    if length > LONG and abs(mean / length - 1) > SAME:
        found.append(f"answers of {mean:.0f} bytes, {length} expected")
    if written is not None and written < figures.requests:
        found.append(f"only {written} of {figures.requests} changes written")
    return "; ".join(found)


def _versions(plan: Plan) -> int:
    """How many changes the campaigns have seen since the database was tidied: what operation D counts up."""
    return int(asyncio.run(plan.store.rows("select sum(version - 1) from campaign where version > 1"))[0][0] or 0)


def _operations(plan: Plan) -> list[Operation]:
    return [operations()[name] for name in plan.operations]


def _database(plan: Plan) -> str:
    """The name by which the database's processes are found; none on SQLite."""
    return plan.store.name if isinstance(plan.store, Postgres) else "no database"


def _write(out: Any, line: dict[str, Any]) -> None:
    out.write(json.dumps(line) + "\n")
    out.flush()


def shortened(plan: Plan) -> Plan:
    """A plan that needs nothing but Python and is done within two minutes."""
    return replace(plan, scale=0.05, rounds=1, seconds=3, peers=(), quick=True)


def shown(path: Path) -> str:
    return str(path.relative_to(HOME))
