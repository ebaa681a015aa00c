"""What a run showed, as a Markdown table; the newest runs are found by their names."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from bench.stores import PLACE

HEAD = "| | requests/s | to the limit | server + database, CPU ms | p50 ms | p99 ms |\n|---|---|---|---|---|---|"
Sample = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """The lines of a run's file."""

    about: dict[str, Any]
    samples: Sequence[Sample]
    differs: Sequence[dict[str, Any]]

    @classmethod
    def of(cls, path: Path) -> "Result":
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        kinds = {kind: [line for line in lines if line["kind"] == kind] for kind in ("run", "sample", "differs")}
        return cls(next(iter(kinds["run"]), {}), kinds["sample"], kinds["differs"])

    @property
    def operations(self) -> list[str]:
        return list(dict.fromkeys(sample["operation"] for sample in self.samples))

    def competitors(self, operation: str) -> list[str]:
        return list(dict.fromkeys(s["competitor"] for s in self.samples if s["operation"] == operation))

    def of_each_round(self, operation: str, competitor: str, figure: str) -> list[float]:
        """A figure of each round; of the limit, which is measured twice a round, the mean of both."""
        rounds: dict[int, list[float]] = {}
        for sample in self.samples:
            if (sample["operation"], sample["competitor"]) == (operation, competitor):
                rounds.setdefault(sample["round"], []).append(sample[figure])
        return [mean(found) for found in rounds.values()]

    def figure(self, operation: str, competitor: str, figure: str) -> float | None:
        """The median over the rounds, None where it was not measured."""
        found = self.of_each_round(operation, competitor, figure)
        return median(found) if found else None

    def ratios(self, operation: str, competitor: str, to: str = "limit") -> list[float]:
        """Requests/s to another competitor's of the same round."""
        pairs = zip(*(self.of_each_round(operation, each, "rate") for each in (competitor, to)), strict=False)
        return [mine / theirs for mine, theirs in pairs if theirs]


def newest(database: str) -> Path | None:
    """The file of the last run that was measured on a database."""
    found = [path for path in sorted(PLACE.glob(f"*-{database}.jsonl")) if Result.of(path).samples]
    return found[-1] if found else None


def table(result: Result) -> str:
    """The report: where and when, a table, and what makes its figures doubtful."""
    rows = [HEAD]
    for operation in result.operations:
        rows += [_row(result, operation, competitor) for competitor in result.competitors(operation)]
    return "\n".join([_title(result.about), "", *rows, *_remarks(result)])


def _title(about: dict[str, Any]) -> str:
    pinned = "server and load pinned to a core each" if about["pinned"] else "nothing pinned"
    quick = ", quick: rough figures" if about["quick"] else ""
    database = {"pg": "PostgreSQL", "sqlite": "SQLite"}[about["database"]]
    return (
        f"{database}, scale {about['scale']:g}, {about['rounds']} rounds of {about['seconds']:g} s{quick}; "
        f"{about['date']}, Endcap {about['commit']}; {about['machine']}, {pinned}, "
        f"load by {about['load']} with 32 connections; load average at the start {about['load_average']:.2f}"
    )


def _row(result: Result, operation: str, competitor: str) -> str:
    def shown(figure: str, form: Callable[[float], str]) -> str:
        found = result.figure(operation, competitor, figure)
        return "" if found is None else form(found)

    ratios = result.ratios(operation, competitor)
    ratio = f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})" if competitor != "limit" and ratios else ""
    used = f"{shown('server_ms', _fine)} + {shown('database_ms', _fine)}"
    times = f"{shown('p50_ms', _fine)} | {shown('p99_ms', _fine)}"
    return f"| {operation} {competitor} | {shown('rate', _fine)} | {ratio} | {used} | {times} |"


def _fine(number: float) -> str:
    """With two or three figures that count."""
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _remarks(result: Result) -> list[str]:
    """Answers that differed, and runs whose figures are not to be believed."""
    remarks = [
        f"{each['operation']} of {each['competitor']} was not timed: {each['reason']}" for each in result.differs
    ]
    remarks += [
        f"Round {sample['round']}, {sample['operation']} of {sample['competitor']}: {sample['note']}"
        for sample in result.samples
        if sample["note"]
    ]
    return ["", *(f"- {remark}" for remark in remarks)] if remarks else []
