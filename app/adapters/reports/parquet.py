"""Reports as Parquet: typed columns, and the definitions as metadata of the file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import orjson
from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import read_ipc_stream, write_ipc_stream, write_parquet

from app.domain.money import MICROS
from app.domain.reports import Heading, Kind

DEFINITIONS = "endcap.definitions"
ROWS_OF_GROUP = 50_000  # held at once
EPOCH = date(1970, 1, 1).toordinal()
UNITS = DataType.decimal128(19, 6)  # an amount of 64 bits, in micros, in its currency's unit


class ParquetWriter:
    """The library takes batches only as it writes, all of them in one call: until then they wait in another file."""

    def __init__(self, file: BinaryIO, heading: Heading) -> None:
        self._file, self._heading = file, heading
        fields = [Field(column.name, _TYPES[column.kind]) for column in heading.columns]
        self._schema = Schema(fields)
        self._waiting = TemporaryFile()  # noqa: SIM115 - `close` does
        self._lengths: list[int] = []

    def add(self, columns: Sequence[Sequence[Any]]) -> None:
        arrays = [_MAKERS[each.kind](values) for each, values in zip(self._heading.columns, columns, strict=True)]
        batch = BytesIO()
        write_ipc_stream(RecordBatch.from_arrays(arrays, schema=self._schema), batch)
        self._lengths.append(self._waiting.write(batch.getvalue()))

    def finish(self) -> None:
        self._waiting.seek(0)
        definitions = orjson.dumps(self._heading.definitions).decode()
        write_parquet(
            RecordBatchReader.from_batches(self._schema, self._batches()),
            self._file,
            compression="zstd(3)",
            key_value_metadata={DEFINITIONS: definitions},
            max_row_group_size=ROWS_OF_GROUP,
        )
        self._file.seek(0)

    def _batches(self) -> Iterator[RecordBatch]:
        for length in self._lengths:
            yield from read_ipc_stream(BytesIO(self._waiting.read(length)))

    def close(self) -> None:
        self._waiting.close()


def _whole(values: Sequence[int | None]) -> Array:
    return Array(values, type=DataType.int64())


def _small(values: Sequence[int | None]) -> Array:
    return Array(values, type=DataType.int32())


def _text(values: Sequence[str | None]) -> Array:
    return Array(values, type=DataType.utf8())


def _decimals(values: Sequence[Any]) -> Array:
    return _text([None if value is None else format(value, "f") for value in values]).cast(UNITS)


def _amounts(micros: Sequence[int | None]) -> Array:
    return _text([None if each is None else _units(each) for each in micros]).cast(UNITS)


def _units(micros: int) -> str:
    units, rest = divmod(abs(micros), MICROS)
    return f"{'-' if micros < 0 else ''}{units}.{rest:06}"


def _days(values: Sequence[date | None]) -> Array:
    days = [None if day is None else day.toordinal() - EPOCH for day in values]
    return _small(days).cast(DataType.date32())


def _moments(values: Sequence[datetime | None]) -> Array:
    seconds = [None if at is None else int(at.timestamp()) * MICROS for at in values]
    return _whole(seconds).cast(_TYPES[Kind.MOMENT])


_TYPES: Mapping[Kind, DataType] = {
    Kind.COUNT: DataType.int64(),
    Kind.NUMBER: DataType.int32(),
    Kind.MONEY: UNITS,
    Kind.RATIO: UNITS,
    Kind.DAY: DataType.date32(),
    Kind.MOMENT: DataType.timestamp("us", tz="UTC"),
    Kind.TEXT: DataType.utf8(),
}
_MAKERS: Mapping[Kind, Callable[[Any], Array]] = {
    Kind.COUNT: _whole,
    Kind.NUMBER: _small,
    Kind.MONEY: _amounts,
    Kind.RATIO: _decimals,
    Kind.DAY: _days,
    Kind.MOMENT: _moments,
    Kind.TEXT: _text,
}
