"""The files of reports: written row by row into a file without a name, which is gone when its process is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from threading import Lock
from typing import Any, BinaryIO, Protocol

from app.adapters.reports.parquet import ParquetWriter
from app.adapters.reports.texts import ZIP, CsvWriter, JsonWriter
from app.domain.reports import Heading, ReportFormat


class Writer(Protocol):
    """Writes a file; it may take its time."""

    def add(self, columns: Sequence[Sequence[Any]]) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None:
        """Whatever has become of it: what it holds is let go."""
        ...


WRITERS = {ReportFormat.CSV: CsvWriter, ReportFormat.JSONL: JsonWriter, ReportFormat.PARQUET: ParquetWriter}
TYPES = {
    ReportFormat.CSV: ("csv.zip", ZIP),
    ReportFormat.JSONL: ("jsonl.zip", ZIP),
    ReportFormat.PARQUET: ("parquet", "application/vnd.apache.parquet"),
}


class _Sheet:
    """A writer at work beside the event loop, one step after another."""

    def __init__(self, writer: Writer, file: BinaryIO) -> None:
        self._writer, self._file, self._turn = writer, file, Lock()

    async def add(self, columns: Sequence[Sequence[Any]]) -> None:
        await asyncio.to_thread(self._do, self._writer.add, columns)

    async def finish(self) -> BinaryIO:
        await asyncio.to_thread(self._do, self._writer.finish)
        return self._file

    async def close(self) -> None:
        """A step that nobody waits for any more is ended first."""
        await asyncio.to_thread(self._do, self._writer.close)

    def _do(self, step: Any, *arguments: Any) -> None:
        with self._turn:
            step(*arguments)


class Files:
    """CSV and JSON lines in a zip file with their definitions beside them; Parquet, which holds its own."""

    def ending(self, format: ReportFormat) -> str:
        return TYPES[format][0]

    def content_type(self, format: ReportFormat) -> str:
        return TYPES[format][1]

    @asynccontextmanager
    async def open(self, format: ReportFormat, heading: Heading) -> AsyncIterator[_Sheet]:
        with TemporaryFile() as file:
            sheet = _Sheet(WRITERS[format](file, heading), file)
            try:
                yield sheet
            finally:
                await sheet.close()
