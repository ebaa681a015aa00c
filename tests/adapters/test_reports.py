"""The files of reports: what spreadsheets, programs and databases read of them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from arro3.io import read_parquet

from app.adapters.reports import Files
from app.domain.reports import Column, Heading, Kind, ReportFormat
from tests.reports import FORMATS, objects, parquet, table, unpacked

COLUMNS = [
    Column("day", Kind.DAY, ("day",)),
    Column("hour", Kind.NUMBER, ("hour",)),
    Column("adTitle", Kind.TEXT, ("ad", "title")),
    Column("clicks", Kind.COUNT, ("clicks",)),
    Column("ctr", Kind.RATIO, ("ctr",)),
    Column("spend", Kind.MONEY, ("spend",)),
    Column("currency", Kind.TEXT, ()),
    Column("finalBy", Kind.MOMENT, ("freshness", "finalBy")),
]
AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
FULL = (date(2026, 11, 18), 9, "The tent", 2**63 - 1, Decimal("0.05"), 9_223_372_036_854_775_807, "USD", AT)
EMPTY = (None, None, None, None, None, None, None, None)


def made(format: str, *pages: Sequence[Any]) -> bytes:
    """A file of these pages."""
    heading = Heading("report", COLUMNS, "USD", {"generatedAt": "now"})

    async def make() -> bytes:
        async with Files().open(ReportFormat(format), heading) as sheet:
            for page in pages:
                await sheet.add(list(zip(*page, strict=True)))
            return (await sheet.finish()).read()

    return asyncio.run(make())


def of_title(title: str) -> Sequence[Any]:
    return (*FULL[:2], title, *FULL[3:])


def test_a_csv_is_of_rfc_4180():
    files = unpacked(made("CSV", [FULL], [EMPTY]))

    header = b"day,hour,adTitle,clicks,ctr,spend,currency,finalBy\r\n"
    first = b"2026-11-18,9,The tent,9223372036854775807,0.05,9223372036854.775807,USD,2026-11-20T12:30:00Z\r\n"
    assert files["csv"] == header + first + b",,,,,,,\r\n"
    assert files["definitions.json"] == b'{\n  "generatedAt": "now"\n}'


@pytest.mark.parametrize("title", ["a,b", 'say "b"', "a\r\nb", "ünï ✓", " x", "5-1", "a=1", ""])
def test_a_text_comes_back_as_it_is(title):
    (row,) = table(unpacked(made("CSV", [of_title(title)]))["csv"])

    assert row["adTitle"] == title


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(1,2)", "\uff1d1"])
def test_a_text_is_never_a_formula(title):
    (row,) = table(unpacked(made("CSV", [of_title(title)]))["csv"])

    assert row["adTitle"] == f"'{title}"
    assert objects(unpacked(made("JSONL", [of_title(title)]))["jsonl"])[0]["ad"] == {"title": title}


def test_json_lines_are_objects_as_the_api_shows_them():
    full, empty = objects(unpacked(made("JSONL", [FULL, EMPTY]))["jsonl"])

    assert full == {
        "day": "2026-11-18",
        "hour": 9,
        "ad": {"title": "The tent"},
        "clicks": "9223372036854775807",
        "ctr": "0.05",
        "spend": {"micros": "9223372036854775807", "currency": "USD"},
        "freshness": {"finalBy": "2026-11-20T12:30:00Z"},
    }
    assert empty == {**dict.fromkeys(full), "ad": {"title": None}, "freshness": {"finalBy": None}}


def test_parquet_has_types_and_its_definitions_within():
    rows, definitions = parquet(data := made("PARQUET", [FULL], [EMPTY]))

    exact = dict(zip([column.name for column in COLUMNS], FULL, strict=True))
    assert rows == [{**exact, "spend": Decimal("9223372036854.775807")}, dict.fromkeys(exact)]
    assert definitions == {"generatedAt": "now"}
    types = [
        str(field.type).removeprefix("arro3.core.DataType").strip("<>\n")
        for field in read_parquet(BytesIO(data)).schema
    ]
    assert types[0] == "Date32"
    assert types[3:6] == ["Int64", "Decimal128(19, 6)", "Decimal128(19, 6)"]


def test_amounts_below_one_and_below_zero_are_exact_in_parquet():
    pages = [[(*FULL[:5], micros, *FULL[6:])] for micros in (1, -1, -1_500_000, 0)]
    rows, _ = parquet(made("PARQUET", *pages))

    assert [str(row["spend"]) for row in rows] == ["0.000001", "-0.000001", "-1.500000", "0.000000"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_report_may_have_no_rows(format):
    data = made(format)

    if format == "PARQUET":
        assert parquet(data) == ([], {"generatedAt": "now"})
    else:
        assert unpacked(data)[format.lower()].count(b"\n") == (1 if format == "CSV" else 0)


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_is_given_up_leaves_nothing(format):
    async def give_up() -> Any:
        async with Files().open(ReportFormat(format), Heading("report", COLUMNS, "USD", {})) as sheet:
            await sheet.add([(value,) for value in FULL])
            adding = asyncio.create_task(sheet.add([(value,) * 50_000 for value in FULL]))
            await asyncio.sleep(0)
            adding.cancel()  # its step goes on in a thread, and is waited for
            raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(give_up())
