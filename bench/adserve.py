"""Deciding ads: an auction by itself, over a large inventory, and over HTTP beside a constant answer."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median, quantiles
from uuid import UUID

from app.domain.campaigns.targeting import Keyword, MatchType
from app.domain.delivery.deciding import Moment, hold
from app.domain.delivery.inventory import ALWAYS, Flight, Inventory, Offer
from app.domain.delivery.matching import aims_of_interests, aims_of_keywords
from app.domain.delivery.outcomes import Format
from app.domain.delivery.prediction import Rates
from app.domain.delivery.requests import Slot
from app.domain.metrics import Placement
from bench import load
from bench.competitors import Competitor, Server, admitted, constant, cores
from bench.data import LOOKS, MATTERS, THINGS, Size
from bench.ingest import FEED, delivering, ready
from bench.operations import SERIAL
from bench.stores import PLACE, Store, prepare

ADS_OF_CAMPAIGN, INTERESTS, SLOTS, RESERVE = 10, 200, 3, 10_000
UNLIKE = 500  # requests in turn of which none is decided with another: more than come together
KINDS = (MatchType.BROAD, MatchType.PHRASE, MatchType.EXACT)
NOW = 1_800_000_000_000  # milliseconds
BID, CTR = (10_000, 2_000_000), (1_000, 60_000)  # micros; parts per million
CONSTANT = PLACE / "constant.json"
CONSTANTS = "this server", "a bare one"
HEADERS = {"Authorization": f"Bearer {FEED}", "Content-Type": "application/json"}
TARGET = load.Target("/v1/auctions", HEADERS)


def measure_rules(ads: int, keywords: int, times: int) -> None:
    """Print what an inventory takes, and how long auctions take over it: microseconds, the median and the 99th."""
    before, began = _resident(), time.perf_counter()
    chance = Random(1)
    inventory = Inventory().with_flights(_flights(ads)).with_offers(_offers(ads, keywords, chance))
    seconds, taken = time.perf_counter() - began, _resident() - before
    print(f"{ads:,} ads, {keywords:,} keywords: {seconds:.1f} s to index, {taken / 2**20:,.0f} MiB")
    for format in Format:
        found = [_auction(inventory, format, chance, number) for number in range(times)]
        parts = quantiles(found, n=100)
        print(f"{format.value.lower()}: p50 {parts[49] * 1e6:.0f} us, p99 {parts[98] * 1e6:.0f} us")


def _flights(ads: int) -> Iterator[Flight]:
    return (Flight(UUID(int=number), 0, ALWAYS, 10**15) for number in range(ads // ADS_OF_CAMPAIGN + 1))


def _offers(ads: int, keywords: int, chance: Random) -> Iterator[Offer]:
    """Every other ad is a listing, with its part of the keywords; banners are for an interest, or for anybody."""
    each = keywords * 2 // ads
    for number in range(ads):
        bid, negatives = chance.randrange(*BID), None
        id, product = UUID(int=chance.getrandbits(128)), UUID(int=number)
        format = (Format.LISTINGS, Format.BANNERS)[number % 2]
        if format is Format.LISTINGS:
            aims, negatives = aims_of_keywords([(place, _keyword(chance)) for place in range(each)], bid)
        else:
            aims = aims_of_interests([UUID(int=chance.randrange(INTERESTS))], bid)
        about = (product, format, "Title", "Headline", None, bid, None, chance.randrange(*CTR))
        yield Offer(id, number // ADS_OF_CAMPAIGN, *about, negatives, tuple(aims))


def _keyword(chance: Random) -> Keyword:
    return Keyword(_words(chance), chance.choice(KINDS))


def _words(chance: Random) -> str:
    model = chance.randrange(3_000)
    return f"{chance.choice(LOOKS)} {chance.choice(THINGS)} {chance.choice(MATTERS)} {model}"[
        : chance.choice((99, 99, 24))
    ]


def _auction(inventory: Inventory, format: Format, chance: Random, number: int) -> float:
    """Seconds that an auction takes, with the words of its query."""
    slot = Slot("s", Placement.SEARCH_RESULTS, format, SLOTS, _words(chance))
    interests = [UUID(int=chance.randrange(INTERESTS)) for _ in range(3)]
    began = time.perf_counter()
    hold(Moment(inventory, Rates(), NOW, str(number), RESERVE), slot, interests, ())
    return time.perf_counter() - began


def _resident() -> int:
    """Bytes of memory that this process has."""
    return _memory("self")


def _memory(pid: int | str) -> int:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


# ---- over HTTP


def measure_http(store: Store, size: Size, checkout: Path, seconds: float, rounds: int) -> None:
    """Print the start of a server, its decisions a second, and their ratios to a constant answer of the same size.

    One constant comes from this very server, which lets in and reads alike, the other from the least that it runs on.
    """
    asyncio.run(prepare(store, size, checkout))
    asyncio.run(ready(store))
    core, away = cores()
    with ExitStack() as running:

        def start(competitor: Competitor) -> Server:
            began = time.perf_counter()
            server = Server(competitor, store.url, core)
            running.callback(server.stop)
            answer, seconds = _first(server), time.perf_counter() - began
            print(f"{competitor.name}: start to first ads {seconds:.2f} s, {_memory(server.pid) / 2**20:,.0f} MiB")
            CONSTANT.write_bytes(answer)
            return server

        own = delivering(checkout)
        server, *others = [start(each) for each in (own, admitted(CONSTANT, own), constant(CONSTANT))]
        ports = [each.port for each in (server, *others)]
        _report([_rates(ports, seconds, away) for _ in range(rounds)])


def _report(rounds: Sequence[Mapping[str, Sequence[load.Figures]]]) -> None:
    """Print each round, and the medians of all: one round by itself says as much of its neighbours as of the server."""
    for each in rounds:
        for name, (ours, *told) in each.items():
            rates = (f"a constant by {whose}: {one.rate:,.0f}" for whose, one in zip(CONSTANTS, told, strict=True))
            print(
                f"{name}: {ours.rate:,.0f} a second, p99 {ours.p99_ms:.1f} ms, failed {ours.failed}", *rates, sep="; "
            )
    for name in rounds[0]:
        decided, *constants = zip(*(each[name] for each in rounds), strict=True)
        print(f"medians, {name}: {median(each.rate for each in decided):,.0f} a second", end="")
        for whose, told in zip(CONSTANTS, constants, strict=True):
            ratios = [ours.rate / theirs.rate for ours, theirs in zip(decided, told, strict=True)]
            print(f"; {median(ratios):.2f} of a constant by {whose} ({min(ratios):.2f}-{max(ratios):.2f})", end="")
        print()


def _rates(ports: Sequence[int], seconds: float, core: int | None) -> dict[str, list[load.Figures]]:
    """Of the server and of the constants, which are asked the same: where all ask alike, and where none do."""
    unlike = [_body(SERIAL, category=f"shelf {which}", floorCpcMicros=RESERVE + which) for which in range(UNLIKE)]
    asked = {"alike": [_body(SERIAL)], "each unlike": unlike}
    return {
        name: [load.run(port, bodies, seconds, core, target=TARGET) for port in ports] for name, bodies in asked.items()
    }


def _body(request: str, **more: str | int) -> bytes:
    slot = {"slotId": "top", "type": "banners", "slots": SLOTS, **more}
    return json.dumps({"requestId": request, "page": {"type": "search"}, "auctions": [slot]}).encode()


def _first(server: Server) -> bytes:
    """What a shop is answered as soon as the server knows its ads; it has winners."""
    answer = server.first(lambda: server.ask(_body("first"), path=TARGET.path, headers=HEADERS))
    if not json.loads(answer)["results"][0]["winners"]:
        raise SystemExit(f"No ad was served: {answer!r}"[:500])
    return answer
