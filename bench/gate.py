"""The goals of goals.toml beside what the last run showed."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import CONNECTIONS
from bench.report import Result

GOALS = Path(__file__).parent / "goals.toml"


@dataclass(frozen=True)
class Verdict:
    """One goal; `met` is None where the run did not measure what it is about."""

    goal: str
    found: str
    met: bool | None

    def __str__(self) -> str:
        word = {True: "met", False: "NOT MET", None: "not measured"}[self.met]
        return f"{word:12}  {self.goal}{self.found and f': {self.found}'}"


def judge(result: Result) -> list[Verdict]:
    """Each goal of the run's database."""
    database = result.about["database"]
    operations = tomllib.loads(GOALS.read_text())[database].items()
    return [verdict for operation, goals in operations for verdict in _judge(result, f"{database} {operation}", goals)]


def _judge(result: Result, title: str, goals: dict[str, Any]) -> Iterator[Verdict]:
    operation = title.rpartition(" ")[2]
    p50, p99 = (_wait(result, operation, "endcap", figure) for figure in ("p50_ms", "p99_ms"))
    for name, bound in goals.items():
        if name == "p99_of":
            theirs = _wait(result, operation, bound, "p99_ms")
            yield _most(f"{title}: p99 in ms, at most that of {bound}", p99, theirs)
        elif name == "p99_to_p50":
            yield _most(f"{title}: p99 to p50, at most", p99 / p50 if p99 and p50 else None, bound)
        else:
            ratios = result.ratios(operation, "endcap", name)
            goal = f"{title}: requests/s to those of {name}, at least {bound:g}"
            found = median(ratios) if ratios else None
            yield Verdict(goal, "" if found is None else f"{found:.2f}", None if found is None else found >= bound)


def _wait(result: Result, operation: str, competitor: str, figure: str) -> float | None:
    """A time as clients see it, only where all connections of the benchmark were kept busy."""
    connections = result.of_each_round(operation, competitor, "connections")
    return result.figure(operation, competitor, figure) if connections and min(connections) == CONNECTIONS else None


def _most(goal: str, found: float | None, bound: float | None) -> Verdict:
    if found is None or bound is None:
        return Verdict(goal, "", None)
    return Verdict(f"{goal} {bound:.4g}", f"{found:.4g}", found <= bound)
