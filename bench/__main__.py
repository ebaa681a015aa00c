"""`python -m bench run|report|gate|data|micro|bombs|search|pages|pacing|ingest|adserve`; see README.md."""

import argparse
import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from app.jobs import cast
from bench import adserve, bombs, gate, ingest, micro, pacing, pages, search
from bench.competitors import peers
from bench.data import Size
from bench.operations import operations
from bench.report import Result, newest, table
from bench.run import Plan, fill, run, shortened, shown
from bench.stores import HOME, Postgres, Sqlite, Store

SERVER = os.environ.get("ENDCAP_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1/postgres")


def main() -> int:
    """Run the command that was asked for; its exit code."""
    asked = _arguments().parse_args()
    commands = {"run": _run, "data": _data, "gate": _gate, "report": _report, "micro": _micro, "search": _search}
    commands |= {"bombs": _bombs, "ingest": _ingest, "adserve": _adserve, "pages": _pages, "pacing": _pacing}
    return commands[asked.command](asked)


def _run(asked: argparse.Namespace) -> int:
    path = run(_plan(asked))
    result = Result.of(path)
    print(f"\n{table(result)}\n\nLines: {shown(path)}")
    return 1 if result.differs else 0


def _data(asked: argparse.Namespace) -> int:
    fill(_plan(asked))
    return 0


def _gate(asked: argparse.Namespace) -> int:
    """Of the last run on each database, or on one; 1 where a goal was missed or nothing was measured."""
    paths = [path for database in asked.db or ("pg", "sqlite") if (path := newest(database))]
    missed = not paths
    for path in paths:
        result = Result.of(path)
        print(f"{shown(path)}{', quick: rough figures' if result.about['quick'] else ''}")
        for verdict in gate.judge(result):
            print(f"  {verdict}")
            missed = missed or verdict.met is False
    if not paths:
        print("There is no run: python -m bench run")
    return int(missed)


def _report(asked: argparse.Namespace) -> int:
    paths = asked.files or [path for database in ("pg", "sqlite") if (path := newest(database))]
    print("\n\n".join(table(Result.of(path)) for path in paths))
    return 0


def _pacing(asked: argparse.Namespace) -> int:
    return 0 if pacing.show(pacing.run(asked.shoppers, asked.days, asked.part, timedelta(seconds=asked.sync))) else 1


def _micro(asked: argparse.Namespace) -> int:
    plan = _plan(asked)
    fill(plan)
    asyncio.run(micro.measure(plan, asked.times))
    return 0


def _bombs(_: argparse.Namespace) -> int:
    bombs.measure()
    return 0


def _search(asked: argparse.Namespace) -> int:
    store = Postgres(asked.server, search.SIZE) if asked.db == "pg" else Sqlite(search.SIZE)
    search.measure(store, asked.shared)
    return 0


def _ingest(asked: argparse.Namespace) -> int:
    ingest.measure(_store(asked), Size(asked.scale), asked.checkout.resolve(), asked.batches)
    return 0


def _adserve(asked: argparse.Namespace) -> int:
    adserve.measure_rules(asked.ads, asked.keywords, asked.times)
    adserve.measure_http(_store(asked), Size(asked.scale), asked.checkout.resolve(), asked.seconds, asked.rounds)
    return 0


def _store(asked: argparse.Namespace) -> Store:
    return Postgres(asked.server, Size(asked.scale)) if asked.db == "pg" else Sqlite(Size(asked.scale))


def _pages(asked: argparse.Namespace) -> int:
    """Build the Pages of the largest brands on a development installation that runs."""
    with httpx2.Client(base_url=asked.url, timeout=120) as client:
        brands = pages.largest(asked.catalogue, asked.count)
        built = pages.build(pages.Site(client.request), brands, (asked.staff, asked.password), asked.feed)
    for each in built:
        print(f"{each.url}  {each.brand}: {each.kind}, {each.products:,} products")
    return 0


def _plan(asked: argparse.Namespace) -> Plan:
    known = peers()
    wanted = list(known) if asked.peers == "all" else [name for name in asked.peers.split(",") if name]
    if unknown := [name for name in wanted if name not in known]:
        raise SystemExit(f"No such peer: {', '.join(unknown)}; there are {', '.join(known)}, or all.")
    if wanted and asked.db != "pg":
        raise SystemExit("The peers know only PostgreSQL: --db pg")
    if missing := set(asked.operations) - operations().keys():
        raise SystemExit(f"No such operation: {', '.join(sorted(missing))}; there are {', '.join(operations())}.")
    plan = Plan(
        database=asked.db,
        server=asked.server,
        checkout=asked.checkout.resolve(),
        operations=tuple(asked.operations),
        peers=tuple(wanted),
        scale=asked.scale,
        rounds=asked.rounds,
        seconds=asked.seconds,
        quick=False,
    )
    return shortened(plan) if asked.quick else plan


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    words = {"run": "measure and report", "data": "only make the data", "micro": "measure in process, without HTTP"}
    for name, help in words.items():
        command = commands.add_parser(name, help=help)
        command.add_argument("--db", choices=("sqlite", "pg"), default="sqlite")
        command.add_argument("--quick", action="store_true", help="small data and short rounds: done in two minutes")
        command.add_argument("--scale", type=float, default=1, help="1: 200 accounts, 3 million rows of metrics")
        command.add_argument("--server", default=SERVER, help="URL of a PostgreSQL where databases may be made")
        command.add_argument("--checkout", type=Path, default=HOME, help="folder of the Endcap that is measured")
        command.add_argument("--peers", default="", help="all, or names with commas")
        command.add_argument("--rounds", type=int, default=3)
        command.add_argument("--seconds", type=float, default=5, help="of one measurement; wrk takes whole ones")
        command.add_argument("--operations", default="ABCDE", help="their letters: AB")
    commands.choices["micro"].add_argument("--times", type=int, default=200, help="how often each is called")
    quality = commands.add_parser("search", help="how well products are found, by what people rated")
    quality.add_argument("--db", choices=("sqlite", "pg"), default="sqlite")
    quality.add_argument("--server", default=SERVER, help="URL of a PostgreSQL where databases may be made")
    quality.add_argument("--shared", type=Path, default=search.DATA, help="folder of the catalogue and the ratings")
    _add_delivery(commands)
    made = commands.add_parser("pages", help="build the Pages of a catalogue's largest brands through GraphQL")
    made.add_argument("catalogue", type=Path, help="a JSON object a line, plain or gzipped")
    made.add_argument("--url", default="http://127.0.0.1:8000", help="address of a development installation that runs")
    made.add_argument("--count", type=int, default=10, help="how many brands")
    made.add_argument("--feed", required=True, help="token with catalog:write, from `endcap token create`")
    made.add_argument("--staff", default="olga@example.com", help="who reviews and moderates")
    made.add_argument("--password", default=cast.PASSWORD, help="theirs")
    evenly = commands.add_parser("pacing", help="how evenly budgets are spent, by simulated shoppers")
    evenly.add_argument("--shoppers", type=int, default=30_000, help="a day")
    evenly.add_argument("--days", type=int, default=1, help="from which the forecast is learnt")
    evenly.add_argument("--part", type=int, default=50, help="of what could be spent, in percent")
    evenly.add_argument("--sync", type=float, default=5, help="seconds between two looks of a node")
    commands.add_parser("bombs", help="what it takes to refuse documents that are made to cost much")
    commands.add_parser("gate", help="the last run beside goals.toml").add_argument("--db", action="append")
    commands.add_parser("report", help="the last runs again").add_argument("files", nargs="*", type=Path)
    return parser


def _add_delivery(commands: Any) -> None:
    words = {"ingest": "events counted durably, a second", "adserve": "ads decided: in process, and over HTTP"}
    for name, help in words.items():
        command = commands.add_parser(name, help=help)
        command.add_argument("--db", choices=("sqlite", "pg"), default="sqlite")
        command.add_argument("--scale", type=float, default=0.02, help="0.02: 4 accounts, 2,000 ads")
        command.add_argument("--server", default=SERVER, help="URL of a PostgreSQL where databases may be made")
        command.add_argument("--checkout", type=Path, default=HOME, help="folder of the Endcap that is measured")
    commands.choices["ingest"].add_argument(
        "--batches", type=int, default=100, help="of 500; and 50 times as many beacons"
    )
    serving = commands.choices["adserve"]
    serving.add_argument("--ads", type=int, default=100_000, help="in process")
    serving.add_argument("--keywords", type=int, default=200_000, help="of half of them")
    serving.add_argument("--times", type=int, default=20_000, help="auctions in process")
    serving.add_argument("--seconds", type=float, default=3, help="of one measurement over HTTP")
    serving.add_argument("--rounds", type=int, default=7, help="of measurements over HTTP, each server in turn")


if __name__ == "__main__":
    raise SystemExit(main())
