"""The condition on texts that people search by: part of a column."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Dialect, String, TypeDecorator

from app.db.parameters import typed

ESCAPE = "/"


class _Pattern(TypeDecorator[str]):
    """A text as the pattern of LIKE: normalised and cut as the column is, with the wildcards in it escaped."""

    impl = String
    cache_ok = True

    def __init__(self, normal: Callable[[str], str], longest: int | None) -> None:
        super().__init__()
        self.normal, self.longest = normal, longest

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        text = self.normal(value)[: self.longest]
        for each in (ESCAPE, "%", "_"):
            text = text.replace(each, ESCAPE + each)
        return f"%{text}%"


def holds(column: Any, text: Any, normal: Callable[[str], str]) -> ColumnElement[bool]:
    """The condition that *text*, normalised by *normal* as *column* is, is part of it; an empty text is of any."""
    longest = getattr(column.type, "length", None)  # folding lengthens, and what is kept is cut to its column
    use = f"{normal.__name__}{longest}"
    return column.like(typed(text, _Pattern(normal, longest), use), escape=ESCAPE)
