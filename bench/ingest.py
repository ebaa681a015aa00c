"""How many events a second are counted durably over HTTP: in batches, and as single beacons under group commit."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from app.domain.delivery.token import Seals, ServedBid, shopper_of
from app.domain.metrics import Placement
from bench.client import Connection, Run
from bench.competitors import Competitor, Server, cores, endcap
from bench.data import ADS, CAMPAIGNS, CURRENCY, Size, key
from bench.stores import Store, prepare

SECRET = "the bench's own key, which seals its ads"
FEED = "eci_" + "benchmark" * 4
BATCH, CLICKED = 500, 0.05
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
KEY = SECRET.replace(" ", "-")


@dataclass(frozen=True)
class Load:
    """Requests that are sent once each, by some connections at once; each is worth some events."""

    name: str
    requests: Sequence[bytes]
    events: int
    connections: int


class Once(Run):
    """A run that ends when all its requests are answered."""

    requests: Sequence[bytes] = ()

    def request(self) -> bytes:
        turn = next(self.turns)
        if turn >= len(self.requests) - 1:
            self.until = 0
        return self.requests[min(turn, len(self.requests) - 1)]


def measure(store: Store, size: Size, checkout: Path, batches: int) -> None:
    """Fill, serve, send, and say what was kept."""
    asyncio.run(prepare(store, size, checkout))
    asyncio.run(ready(store))
    core, away = cores()
    with ExitStack() as running:
        process = Server(delivering(checkout), store.url, core)
        running.callback(process.stop)
        process.wait()
        if away is not None:
            os.sched_setaffinity(0, {away})  # the load is this very process
        for load in _loads(size, process.port, batches):
            before = asyncio.run(_kept(store))
            seconds = asyncio.run(_send(load, process.port))
            kept = asyncio.run(_kept(store)) - before
            print(f"{load.name}: {kept:,} events kept in {seconds:.2f} s, {kept / seconds:,.0f} a second")


def delivering(checkout: Path) -> Competitor:
    """Endcap with keys of the bench's, for ads in the bench's currency."""
    server = endcap(checkout)
    settings = {"ENDCAP_DELIVERY_KEYS": KEY, "ENDCAP_DEFAULT_CURRENCY": CURRENCY}
    return replace(server, settings={**server.settings, **settings})


async def ready(store: Store) -> None:
    """A token of the retailer's own in the store, no events, and no auctions: a run is as fast as the one before."""
    digest = hashlib.sha256(FEED.encode()).hexdigest()
    moment, scopes = "2026-01-01 00:00:00", json.dumps(["ads:serve", "events:write"])
    id = key("user", 1).hex  # both databases read it so
    values = f"'{id}', 'bench', '{FEED[:12]}', '{digest}', '{scopes}', '{moment}'"
    columns = "id, name, prefix, token_hash, scopes, created_at"
    await store.clear(["ad_event", "event_key", "target_hour", "auction", "ingest_token"])
    await store.rows(f"insert into ingest_token ({columns}) values ({values})")


async def _kept(store: Store) -> int:
    return (await store.rows("select count(*) from ad_event"))[0][0]


def _loads(size: Size, port: int, batches: int) -> list[Load]:
    chance, seals = Random(), Seals([KEY])  # auctions that no other run had: their clicks are in the ledger for ever
    host = f"Host: 127.0.0.1:{port}\r\n"
    bodies = [_body(seals, size, chance, number) for number in range(batches)]
    head = f"POST /v1/events HTTP/1.1\r\n{host}Authorization: Bearer {FEED}\r\nContent-Type: application/json\r\n"
    reports = [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]
    tokens = [seals.seal(_bid(size, chance, 10**9 + number)) for number in range(batches * 100)]
    beacons = [f"GET /v1/e/i/{each} HTTP/1.1\r\n{host}User-Agent: {BROWSER}\r\n\r\n".encode() for each in tokens]
    singly = [
        Load(f"singly, {many} browsers at once", beacons[which::2], 1, many) for which, many in enumerate((32, 256))
    ]
    return [Load(f"in batches of {BATCH}", reports, BATCH, 4), *singly]


def _bid(size: Size, chance: Random, number: int) -> ServedBid:
    ad = key("ad", chance.randrange(size.accounts * CAMPAIGNS * ADS))
    auction = UUID(int=chance.getrandbits(128))
    shopper = shopper_of(f"shopper {number}")
    now = datetime.now(UTC)
    return ServedBid(auction, chance.randint(1, 4), ad, Placement.SEARCH_RESULTS, 0, 250_000, now, shopper)


def _body(seals: Seals, size: Size, chance: Random, batch: int) -> bytes:
    events: list[dict[str, Any]] = []
    for number in range(BATCH):
        if len(events) == BATCH:
            break
        bid = _bid(size, chance, batch * BATCH + number)
        token, at = seals.seal(bid), bid.served_at
        events.append({"kind": "IMPRESSION", "resolvedBidId": token, "occurredAt": at.isoformat()})
        if chance.random() < CLICKED and len(events) < BATCH:
            later = (at + timedelta(seconds=1)).isoformat()
            events.append({"kind": "CLICK", "resolvedBidId": token, "occurredAt": later})
    return json.dumps({"events": events}).encode()


async def _send(load: Load, port: int) -> float:
    loop, run = asyncio.get_running_loop(), Once("", [], 0, float("inf"))
    run.requests = load.requests
    began = time.perf_counter()
    ends = [loop.create_future() for _ in range(load.connections)]
    for end in ends:
        await loop.create_connection(lambda end=end: Connection(run, end), "127.0.0.1", port)
    await asyncio.gather(*ends)
    seconds = time.perf_counter() - began
    if run.failed or run.broken:
        print(f"  {run.failed} answers failed, {run.broken} connections broke")
    return seconds
