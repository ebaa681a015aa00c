"""Templates of documents: escaped, strict about what is missing, and compiled once a process."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def environment(folder: Path, **names: Any) -> Environment:
    """What compiles the templates of a folder; *names* are known in all of them, also in their macros."""
    made = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(names)
    return made


@cache
def text(words: str) -> Template:
    """A template of plain text, which is not escaped; *words* are ours, so there are only so many."""
    plain = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701 - texts
    return plain.from_string(words)
