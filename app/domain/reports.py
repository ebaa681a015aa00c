"""Reports: the columns a file has, what travels with its figures, and how large it may become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from app.domain.delivery.attribution import Windows
from app.domain.errors import LimitExceeded, Problem
from app.domain.metrics import FIGURES, Figure, Freshness, Metric, Unit

MOST_ROWS = 1_000_000  # as many as a spreadsheet takes


class ReportFormat(Enum):
    JSONL = "JSONL"
    CSV = "CSV"
    PARQUET = "PARQUET"


class Kind(Enum):
    """What the values of a column are, as Python has them; each may be None."""

    COUNT = "COUNT"  # int, of 64 bits
    NUMBER = "NUMBER"  # int, small
    MONEY = "MONEY"  # int, micros of the report's currency
    RATIO = "RATIO"  # Decimal
    DAY = "DAY"  # date
    MOMENT = "MOMENT"  # aware datetime
    TEXT = "TEXT"  # str, of people or of ours


@dataclass(frozen=True)
class Column:
    """A column of a table; in an object its value stands at *path*, and without one nowhere."""

    name: str
    kind: Kind
    path: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """What a file begins with: its name without an ending, its columns, and what they mean, as JSON takes it."""

    name: str
    columns: Sequence[Column]
    currency: str
    definitions: Mapping[str, Any]


KINDS = {Unit.COUNT: Kind.COUNT, Unit.MONEY: Kind.MONEY, Unit.RATIO: Kind.RATIO}


def camel(name: str) -> str:
    """The name of a field of the API: average_cpc is averageCpc."""
    first, *others = name.lower().split("_")
    return first + "".join(each.capitalize() for each in others)


def figure_column(metric: Metric, figure: Figure) -> Column:
    name = camel(metric.value)
    return Column(name, KINDS[figure.unit], (name,))


FIGURE_COLUMNS = [figure_column(metric, figure) for metric, figure in FIGURES.items()]
CURRENCY = Column("currency", Kind.TEXT, ())
FRESHNESS = [
    Column("freshness", Kind.TEXT, ("freshness", "state")),
    Column("completeThrough", Kind.MOMENT, ("freshness", "completeThrough")),
    Column("finalBy", Kind.MOMENT, ("freshness", "finalBy")),
]
"""What ends every row, after its dimensions and figures: CURRENCY, then how final the figures are (S78)."""


def size_problem(rows: int) -> Problem | None:
    """A report has a bounded number of rows."""
    if rows <= MOST_ROWS:
        return None
    message = f"The report would have {rows:,} rows, and at most {MOST_ROWS:,} are written: ask for fewer days."
    return LimitExceeded(message=message, path=("query",), limit=MOST_ROWS)


def moment(at: datetime) -> str:
    """A time as all files write it: RFC 3339, UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def file_name(first: date, last: date) -> str:
    return f"report-{first.isoformat()}-to-{last.isoformat()}"


def definitions(
    facts: Mapping[str, Any], freshness: Freshness, columns: Sequence[Column], windows: Windows
) -> dict[str, Any]:
    """What travels with the figures: the *facts* of the report, how final they are, and what each of them means."""
    return {
        **facts,
        "freshness": {
            "state": freshness.state.value,
            "completeThrough": moment(freshness.complete_through),
            "finalBy": moment(freshness.final_by),
        },
        "columns": [each.name for each in columns],
        "definitions": [_definition(metric, figure, windows) for metric, figure in FIGURES.items()],
    }


def _definition(metric: Metric, figure: Figure, windows: Windows) -> dict[str, Any]:
    return {
        "metric": metric.value,
        "column": camel(metric.value),
        "formula": figure.formula,
        "attributionWindow": windows.duration(figure.window),
        "countedWhen": figure.counted_when,
    }
