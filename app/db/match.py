"""Conditions on texts that people search by: part of a column, or its beginning."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Dialect, String, TypeDecorator

from app.db.parameters import typed

ESCAPE = "/"


class _Pattern(TypeDecorator[str]):
    """A text as the pattern of LIKE: normalised and cut as the column is, with the wildcards in it escaped."""

    impl = String
    cache_ok = True

    def __init__(self, normal: Callable[[str], str], before: str, longest: int | None) -> None:
        super().__init__()
        self.normal, self.before, self.longest = normal, before, longest

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        text = self.normal(value)[: self.longest]
        for each in (ESCAPE, "%", "_"):
            text = text.replace(each, ESCAPE + each)
        return f"{self.before}{text}%"


def holds(column: Any, text: Any, normal: Callable[[str], str]) -> ColumnElement[bool]:
    """The condition that *text*, normalised by *normal* as *column* is, is part of it; an empty text is of any."""
    return _like(column, text, normal, "%")


def begins(column: Any, text: Any, normal: Callable[[str], str]) -> ColumnElement[bool]:
    """The condition that *column* begins with *text*."""
    return _like(column, text, normal, "")


def _like(column: Any, text: Any, normal: Callable[[str], str], before: str) -> ColumnElement[bool]:
    longest = getattr(column.type, "length", None)  # folding lengthens, and what is kept is cut to its column
    use = f"{normal.__name__}{longest}{'_part' if before else ''}"
    return column.like(typed(text, _Pattern(normal, before, longest), use), escape=ESCAPE)
