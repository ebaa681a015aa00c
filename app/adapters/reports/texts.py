"""Reports as texts: CSV by RFC 4180 and JSON lines, in a zip file beside the definitions of their columns."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from io import StringIO
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from app.domain.money import Money
from app.domain.reports import Column, Heading, Kind, moment

ZIP = "application/zip"
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four of double width
"""What a text begins with that spreadsheets take for a formula."""
Shown = Callable[[Any], Any]


class _Zipped(ABC):
    """The rows as they come, then the definitions as a file of their own."""

    ending: str

    def __init__(self, file: BinaryIO, heading: Heading) -> None:
        self._file, self._heading, self._zip = file, heading, ZipFile(file, "w", ZIP_DEFLATED)
        self._rows = self._zip.open(f"{heading.name}.{self.ending}", "w", force_zip64=True)

    def add(self, columns: Sequence[Sequence[Any]]) -> None:
        self._rows.write(self._text(columns))

    @abstractmethod
    def _text(self, columns: Sequence[Sequence[Any]]) -> bytes: ...

    def finish(self) -> None:
        self._rows.close()
        definitions = orjson.dumps(self._heading.definitions, option=orjson.OPT_INDENT_2)
        self._zip.writestr(f"{self._heading.name}.definitions.json", definitions)
        self.close()
        self._file.seek(0)

    def close(self) -> None:
        self._rows.close()
        self._zip.close()


class CsvWriter(_Zipped):
    """UTF-8, commas, CRLF, a header; no value is an empty field, amounts are in the currency's unit.

    A text that a spreadsheet would take for a formula has an apostrophe before it.
    """

    ending = "csv"

    def __init__(self, file: BinaryIO, heading: Heading) -> None:
        super().__init__(file, heading)
        self._shown = [_in_cell(column, heading.currency) for column in heading.columns]
        self._rows.write(self._lines([[column.name for column in heading.columns]]))

    def _text(self, columns: Sequence[Sequence[Any]]) -> bytes:
        return self._lines(zip(*_each(self._shown, columns, ""), strict=True))

    @staticmethod
    def _lines(rows: Iterable[Iterable[str]]) -> bytes:
        lines = StringIO(newline="")
        csv.writer(lines, lineterminator="\r\n").writerows(rows)
        return lines.getvalue().encode()


def _each(shown: Sequence[Shown], columns: Sequence[Sequence[Any]], nothing: Any) -> list[list[Any]]:
    """The columns as they are shown, *nothing* for what is none."""
    pairs = zip(shown, columns, strict=True)
    return [[nothing if value is None else show(value) for value in column] for show, column in pairs]


def _in_cell(column: Column, currency: str) -> Shown:
    if column.kind is Kind.MONEY:
        return lambda micros: format(Money(micros, currency).decimal, "f")
    return _CELLS[column.kind]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULAS) else text


_CELLS: Mapping[Kind, Shown] = {
    Kind.COUNT: str,
    Kind.NUMBER: str,
    Kind.RATIO: lambda ratio: format(ratio, "f"),
    Kind.DAY: date.isoformat,
    Kind.MOMENT: lru_cache(1_000)(moment),  # there are few
    Kind.TEXT: _harmless,
}


class JsonWriter(_Zipped):
    """An object a line, as the API's field `metrics` shows its rows: large numbers and ratios are strings."""

    ending = "jsonl"

    def __init__(self, file: BinaryIO, heading: Heading) -> None:
        super().__init__(file, heading)
        self._paths = [column.path for column in heading.columns]
        self._shown = [_in_json(column, heading.currency) for column in heading.columns]

    def _text(self, columns: Sequence[Sequence[Any]]) -> bytes:
        rows = zip(*_each(self._shown, columns, None), strict=True)
        return b"".join(orjson.dumps(self._object(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows)

    def _object(self, row: Sequence[Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for path, value in zip(self._paths, row, strict=True):
            if path:
                inner = made
                for each in path[:-1]:
                    inner = inner.setdefault(each, {})
                inner[path[-1]] = value
        return made


def _in_json(column: Column, currency: str) -> Shown:
    if column.kind is Kind.MONEY:
        return lambda micros: {"micros": str(micros), "currency": currency}
    return _VALUES[column.kind]


_VALUES: Mapping[Kind, Shown] = {
    **_CELLS,
    Kind.NUMBER: int,
    Kind.TEXT: str,
}
