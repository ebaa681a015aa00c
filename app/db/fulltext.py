"""Full text in the words of each database: FTS5 of SQLite, tsvectors of PostgreSQL, and grades out of a text."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, Integer, TypeDecorator
from sqlalchemy import Text as LongText
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.parameters import typed

INDEX = "product_index"  # a table of SQLite, an index of PostgreSQL
_LANGUAGES = {"sqlite": (" AND ", " OR ", '"{}"', '"{}" *'), "postgresql": (" & ", " | ", "'{}'", "'{}':*")}


def condition(text: Any) -> ColumnElement[str]:
    """A condition on the words of a product (domain/search.py), sent in the language of the index."""
    return typed(text, _Condition())


def spaced(word: Any, before: str = " ", behind: str = " ") -> ColumnElement[str]:
    """A word as it stands among others."""
    return typed(word, _Spaced(before, behind))


class _Condition(TypeDecorator[str]):
    impl = LongText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else translated(value, dialect.name)


def translated(condition: str, language: str) -> str:
    """A condition in the language of SQLite's index or of PostgreSQL's; words have no signs, so nothing is escaped."""
    both, either, word, start = _LANGUAGES[language]

    def term(text: str) -> str:
        return (start if text.endswith("*") else word).format(text.rstrip("*"))

    def all_of(alternative: str) -> str:
        return both.join(map(term, alternative.split("&")))

    def any_of_them(part: str) -> str:
        return either.join(f"({all_of(each)})" for each in part.split("|"))

    return both.join(f"({any_of_them(part)})" for part in condition.split())


class _Spaced(TypeDecorator[str]):
    impl = LongText
    cache_ok = True

    def __init__(self, before: str, behind: str) -> None:
        super().__init__()
        self.before, self.behind = before, behind

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else f"{self.before}{value}{self.behind}"


class Either(FunctionElement[str]):
    """The condition that any of several is met."""

    inherit_cache = True
    type = LongText()


@compiles(Either)
def _joined(element: Either, compiler: Any, **options: Any) -> str:
    _, either, *_ = _LANGUAGES[compiler.dialect.name]
    return f" || '{either}' || ".join(compiler.process(each, **options) for each in element.clauses)


class Words(FunctionElement[str]):
    """The aggregate of words: the condition that a product has any of them."""

    inherit_cache = True
    type = LongText()


@compiles(Words, "sqlite")
def _group_concat(element: Words, compiler: Any, **options: Any) -> str:
    return f"""group_concat('"' || {compiler.process(element.clauses, **options)} || '"', ' OR ')"""


@compiles(Words, "postgresql")
def _string_agg(element: Words, compiler: Any, **options: Any) -> str:
    return f"string_agg(quote_literal({compiler.process(element.clauses, **options)}), ' | ')"


class Found(FunctionElement[bool]):
    """Whether the index has a product under a vendor and a condition: words, index_number, vendor, condition."""

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True


@compiles(Found, "sqlite")
def _in_fts5(element: Found, compiler: Any, **options: Any) -> str:
    _, number, vendor, condition = (compiler.process(each, **options) for each in element.clauses)
    asked = f"""'"_' || lower(hex({vendor})) || '" AND (' || {condition} || ')'"""
    return f"{number} IN (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH ({asked}))"  # noqa: S608 - compiled parts


@compiles(Found, "postgresql")
def _in_gin(element: Found, compiler: Any, **options: Any) -> str:
    words, _, vendor, condition = (compiler.process(each, **options) for each in element.clauses)
    asked = f"'''_' || encode(convert_to({vendor}, 'UTF8'), 'hex') || ''' & (' || {condition} || ')'"
    return f"endcap_words({words}) @@ CAST({asked} AS tsquery)"


class Grade(FunctionElement[int]):
    """The grade of a word among words; 0 where it is not there."""

    inherit_cache = True
    type = Integer()


@compiles(Grade, "sqlite")
def _by_place(element: Grade, compiler: Any, **options: Any) -> str:
    words, word = (compiler.process(each, **options) for each in element.clauses)
    behind = f"nullif(instr({words}, {word}), 0) + length({word})"
    return f"coalesce(unicode(substr({words}, {behind}, 1)) - 32, 0)"


@compiles(Grade, "postgresql")
def _by_parts(element: Grade, compiler: Any, **options: Any) -> str:
    words, word = (compiler.process(each, **options) for each in element.clauses)
    return f"greatest(ascii(split_part({words}, {word}, 2)) - 32, 0)"


class Begun(FunctionElement[int]):
    """The grade of the first of the words that begins so; 0 where none does."""

    inherit_cache = True
    type = Integer()


@compiles(Begun, "sqlite")
def _by_places(element: Begun, compiler: Any, **options: Any) -> str:
    words, start = (compiler.process(each, **options) for each in element.clauses)
    rest = f"substr({words}, nullif(instr({words}, {start}), 0) + length({start}))"
    return f"coalesce(unicode(substr({rest}, instr({rest}, ' ') + 1, 1)) - 32, 0)"


@compiles(Begun, "postgresql")
def _by_parts_of_parts(element: Begun, compiler: Any, **options: Any) -> str:
    words, start = (compiler.process(each, **options) for each in element.clauses)
    return f"greatest(ascii(split_part(split_part({words}, {start}, 2), ' ', 2)) - 32, 0)"
