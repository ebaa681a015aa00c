"""What an answer takes in process: the ASGI application called directly, without HTTP, and where the time goes."""

import cProfile
import json
import os
import pstats
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.competitors import HEADERS
from bench.data import TOKEN
from bench.operations import SERIAL, operations, serial

if TYPE_CHECKING:
    from bench.run import Plan

LEAST_SHARE = 0.02
FLOORS = ("web", "schema", "execution", "resolvers", "db", "domain")


async def measure(plan: "Plan", times: int) -> None:
    """Print the median of *times* answers to each operation, of the parts around them, and each part's share."""
    sys.path.insert(0, str(plan.checkout))
    os.environ["ENDCAP_DATABASE_URL"] = plan.store.url
    from app.wiring import installation

    installed = installation()
    try:
        for name in plan.operations:
            await plan.store.tidy()
            (first,) = [await _call(installed.application, body) for body in _bodies(name, 1)]
            warm = [await _call(installed.application, body) for body in _bodies(name, times)]
            print(f"{name}  {median(warm) * 1e6:9.0f} us   the first {first * 1e6:9.0f} us")
            print(await _shares(installed.application, list(_bodies(name, max(10, times // 4)))))
        print(f"authenticate  {median(await _authentications(installed, times)) * 1e6:.0f} us")
    finally:
        await installed.database.close()


def _bodies(name: str, times: int) -> Iterator[bytes]:
    operation = operations()[name]
    for turn in range(times):
        variables = operation.variables[turn % len(operation.variables)]
        given = {key: str(serial() + turn) if value == SERIAL else value for key, value in variables.items()}
        yield json.dumps({"query": operation.document, "operationName": name, "variables": given}).encode()


async def _call(application: Any, body: bytes) -> float:
    """Seconds that a request takes from its scope to the end of its answer."""
    headers = {"host": "127.0.0.1", "content-length": str(len(body)), **HEADERS}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    began = time.perf_counter()
    await application(scope, receive, send)
    seconds = time.perf_counter() - began
    if sent[0]["status"] != 200 or b'"errors"' in sent[1].get("body", b"")[:20]:
        raise SystemExit(f"An answer failed: {sent}"[:500])
    return seconds


async def _authentications(installed: Any, times: int) -> list[float]:
    from app.resolvers.identity.callers import authenticate

    found = []
    for _ in range(times):
        began = time.perf_counter()
        await authenticate(installed.database, TOKEN, installed.clock())
        found.append(time.perf_counter() - began)
    return found


async def _shares(application: Any, bodies: list[bytes]) -> str:
    """The share of each floor of Endcap and each library in the own time of all functions, while *bodies* run."""
    profile = cProfile.Profile()
    with _profiling(profile):
        for body in bodies:
            await _call(application, body)
    spent: dict[str, float] = defaultdict(float)
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[_part(file, function)] += own
    whole = sum(spent.values())
    ranked = sorted(spent.items(), key=lambda item: -item[1])
    return "   " + ", ".join(f"{part} {used / whole:.0%}" for part, used in ranked if used / whole >= LEAST_SHARE)


@contextmanager
def _profiling(profile: cProfile.Profile) -> Iterator[None]:
    profile.enable()
    try:
        yield
    finally:
        profile.disable()


def _part(file: str, function: str) -> str:
    """The floor or library that a function belongs to; what is waited for is the database."""
    if "poll" in function or "select.epoll" in function:
        return "waiting"
    for floor in FLOORS:
        if f"/app/{floor}/" in file:
            return f"app.{floor}"
    if "site-packages/" in file:
        return file.partition("site-packages/")[2].partition("/")[0]
    return "built in" if file == "~" else "Python"
