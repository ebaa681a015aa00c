"""`python -m bench run|report|gate|data|micro`; see README.md."""

import argparse
import asyncio
import os
from pathlib import Path

from bench import gate, micro
from bench.competitors import peers
from bench.operations import operations
from bench.report import Result, newest, table
from bench.run import Plan, fill, run, shortened, shown
from bench.stores import HOME

SERVER = os.environ.get("ENDCAP_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1/postgres")


def main() -> int:
    """Run the command that was asked for; its exit code."""
    asked = _arguments().parse_args()
    return {"run": _run, "data": _data, "gate": _gate, "report": _report, "micro": _micro}[asked.command](asked)


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


def _micro(asked: argparse.Namespace) -> int:
    plan = _plan(asked)
    fill(plan)
    asyncio.run(micro.measure(plan, asked.times))
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
    commands.add_parser("gate", help="the last run beside goals.toml").add_argument("--db", action="append")
    commands.add_parser("report", help="the last runs again").add_argument("files", nargs="*", type=Path)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
