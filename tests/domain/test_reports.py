"""Reports: one table of figures for the field, its sorting and the files; what a file says of itself."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.delivery.attribution import Windows
from app.domain.metrics import FIGURES, Freshness, FreshnessState, Metric, Unit
from app.domain.reports import (
    CURRENCY,
    FIGURE_COLUMNS,
    FRESHNESS,
    MOST_ROWS,
    camel,
    definitions,
    file_name,
    size_problem,
)
from app.schema.metrics.rows import MetricRow
from tests.people import NOW


def declared(metric: Metric):
    """The columns that the field of a row declares."""
    fields = {field.name: field.declared for field in MetricRow.__strawberry_definition__.fields}
    read = fields[metric.value.lower() if metric is not Metric.SPEND else "spend"]
    columns = getattr(read, "columns", None) or (metric.value.lower(),)
    return tuple(name for name in columns if name != "currency")


def test_every_metric_is_in_the_table():
    assert list(FIGURES) == list(Metric)


@pytest.mark.parametrize("metric", Metric)
def test_the_field_of_a_row_reads_what_the_table_says(metric):
    assert declared(metric) == FIGURES[metric].counters


@pytest.mark.parametrize(
    ("metric", "counted", "value"),
    [
        (Metric.CLICKS, (7,), 7),
        (Metric.CTR, (1, 3), Decimal("0.333333")),
        (Metric.CTR, (1, 0), None),
        (Metric.AVERAGE_CPC, (5, 2), 3),
        (Metric.AVERAGE_CPC, (0, 0), None),
    ],
)
def test_a_figure_is_made_of_its_counters(metric, counted, value):
    assert FIGURES[metric].of(*counted) == value


def test_columns_are_named_as_the_fields_are():
    named = [column.name for column in FIGURE_COLUMNS]

    assert named == [camel(metric.value) for metric in Metric]
    assert camel("AVERAGE_CPC") == "averageCpc"
    assert set(Unit) == {figure.unit for figure in FIGURES.values()}


def test_a_report_has_so_many_rows_and_no_more():
    assert size_problem(MOST_ROWS) is None
    problem = size_problem(MOST_ROWS + 1)
    assert (problem.limit, problem.path) == (1_000_000, ("query",))
    assert "1,000,001 rows" in problem.message


def test_a_file_is_named_after_its_days():
    assert file_name(date(2026, 11, 1), date(2026, 11, 20)) == "report-2026-11-01-to-2026-11-20"


def test_definitions_say_what_each_figure_means_and_how_final_all_are():
    columns = [*FIGURE_COLUMNS, CURRENCY, *FRESHNESS]
    made = definitions({"timeZone": "UTC"}, Freshness(FreshnessState.FINAL, NOW, NOW), columns, Windows())

    times = {"completeThrough": "2026-11-20T12:00:00Z", "finalBy": "2026-11-20T12:00:00Z"}
    assert (made["timeZone"], made["freshness"]) == ("UTC", {"state": "FINAL", **times})
    assert made["columns"][-4:] == ["currency", "freshness", "completeThrough", "finalBy"]
    assert [each["metric"] for each in made["definitions"]] == [metric.value for metric in Metric]
    assert made["definitions"][2] == {
        "metric": "CTR",
        "column": "ctr",
        "formula": "clicks / impressions",
        "attributionWindow": None,
        "countedWhen": "derived from the row's own counters",
    }
