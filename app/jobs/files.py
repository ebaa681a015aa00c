"""Reading the files of operators' commands: plain or gzipped, line by line, naming what is broken."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path

from app.domain.errors import InvalidInput, Refusal

Progress = Callable[[int, int], None]
"""(bytes read, bytes of the file): called now and then while a file is worked through."""


@dataclass(frozen=True)
class Broken:
    """A line that was left out: its number from 1, the field and what is wrong with it."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.reason}"


@dataclass
class Outcome:
    """What became of a file: lines written (new or different), lines that were known already, lines left out."""

    written: int = 0
    unchanged: int = 0
    broken: list[Broken] = field(default_factory=list)


def lines(path: Path, progress: Progress | None = None) -> Iterator[tuple[int, str]]:
    """Number and text of each line; a line that is not UTF-8 comes with replacement characters."""
    total = path.stat().st_size
    with path.open("rb") as raw:
        stream = gzip.open(raw) if path.suffix == ".gz" else raw  # noqa: SIM115 - closed with the texts
        with TextIOWrapper(stream, "utf-8", errors="replace") as texts:  # type: ignore[arg-type]
            for number, text in enumerate(_whole(texts), 1):
                if progress and number % 500 == 0:
                    progress(raw.tell(), total)
                yield number, text.rstrip("\r\n")
    if progress:
        progress(total, total)


def _whole(stream: Iterable[str]) -> Iterator[str]:
    """The lines of a file, or a Refusal where it is no gzip file or one that was cut off."""
    try:
        yield from stream
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise Refusal(InvalidInput(message=f"The file cannot be unpacked: {fault}.")) from None


def broken(number: int, refusal: Refusal) -> list[Broken]:
    """The problems of a refused line."""
    return [Broken(number, ".".join(problem.path) or "line", problem.message) for problem in refusal.problems]
