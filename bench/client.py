"""A load generator without wrk: raw HTTP/1.1 over kept connections. `python -m bench.client FILE`, see load.py.

It is good for some thousand requests a second; with a faster server the client is what is measured, so prefer wrk.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

END, LENGTH = b"\r\n\r\n", b"content-length:"


@dataclass
class Run:
    """Requests still to be sent, and what came back of those that were."""

    head: str
    bodies: list[list[str]]
    serial: int
    until: float
    turns: Any = field(default_factory=count)
    times: list[float] = field(default_factory=list)  # seconds from a request to the end of its answer
    received: int = 0  # bytes
    failed: int = 0
    broken: int = 0

    def request(self) -> bytes:
        turn = next(self.turns)
        body = str(self.serial + turn).join(self.bodies[turn % len(self.bodies)])
        return f"{self.head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()


class Connection(asyncio.Protocol):
    """Sends a request as soon as the answer to the one before is complete."""

    def __init__(self, run: Run, done: asyncio.Future[None]) -> None:
        self._run, self._done = run, done
        self._got = bytearray()
        self._length = -1  # of the answer that is coming, with its head

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._got += data
        if self._length < 0 and (end := self._got.find(END)) >= 0:
            head = bytes(self._got[:end]).lower()
            if LENGTH not in head:
                raise SystemExit("The server sends no Content-Length: install wrk.")
            self._length = end + len(END) + int(head.partition(LENGTH)[2].partition(b"\r\n")[0])
            self._run.failed += not head.startswith(b"http/1.1 2")
        if 0 <= self._length <= len(self._got):
            self._finish()

    def connection_lost(self, _: Exception | None) -> None:
        if not self._done.done():
            self._run.broken += 1
            self._done.set_result(None)

    def _send(self) -> None:
        self._transport.write(self._run.request())
        self._began = time.perf_counter()

    def _finish(self) -> None:
        now = time.perf_counter()
        if now >= self._run.until:  # as with wrk, an answer after the end does not count
            self._done.set_result(None)
            self._transport.close()
            return
        self._run.times.append(now - self._began)
        self._run.received += self._length
        del self._got[: self._length]
        self._length = -1
        self._send()


async def measure(asked: dict[str, Any]) -> dict[str, float]:
    """Run what load.py asked for."""
    loop = asyncio.get_running_loop()
    headers = "".join(f"{name}: {value}\r\n" for name, value in asked["headers"].items())
    head = f"POST {asked['path']} HTTP/1.1\r\nHost: 127.0.0.1:{asked['port']}\r\n{headers}"
    began = time.perf_counter()
    run = Run(head, asked["bodies"], asked["serial"], began + asked["seconds"])
    ends = [loop.create_future() for _ in range(asked["connections"])]
    for end in ends:
        await loop.create_connection(lambda end=end: Connection(run, end), "127.0.0.1", asked["port"])
    await asyncio.wait(ends, timeout=asked["seconds"] + began - time.perf_counter())
    times = sorted(run.times) or [0.0]
    return {
        "seconds": time.perf_counter() - began,
        "requests": len(run.times),
        "received": run.received,
        "p50_ms": 1000 * times[len(times) // 2],
        "p99_ms": 1000 * times[len(times) * 99 // 100],
        "failed": run.failed,
        "broken": run.broken,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(json.loads(Path(sys.argv[1]).read_text())))))
