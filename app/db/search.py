"""Full-text search of products: FTS5 on SQLite, a GIN index of tsvectors on PostgreSQL, one ranking for both.

A word of grade g in a product that is told in n words has the impact 4g / (4g + n + 2): BM25 without what it takes from
the other products, so that none of them changes the order of two, and cursors hold. The impacts of all words add up.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Integer, and_, case, func, literal_column, select, union_all

from app.db.fulltext import Begun, Either, Found, Grade, Words, condition, spaced
from app.db.keys import Selection, any_of
from app.db.tables.catalogue import Product, ProductSlip
from app.domain.search import FEW, Search

FULL = 10_000  # parts of an impact
OWN_NUMBER = 100 * FULL  # a product whose number is asked for comes before others
WORD = 10 * OWN_NUMBER  # one with a word more comes before all with one less, and one with every word before all

Expression = ColumnElement[Any]


def matching(search: Search, vendor: Expression, looked: Sequence[Expression], *, fills: bool) -> CTE:
    """SELECT `index_number` and `total`, the greater the better, of a vendor's products that match a search.

    They have every word of it. Where there are none, they have as many as any; with *fills*, where there are few, those
    with some of the words follow. *looked* are conditions on the products that are looked at.
    """
    exact = _exact(search, vendor, looked).cte("exact")
    partial = _partial(search, vendor, looked, _are_few(exact, search, FEW if fills else 1)).cte("partial")
    others = select(partial).where(partial.c.index_number.not_in(select(exact.c.index_number)))
    if not fills:
        most = select(func.max(partial.c.total // _number(WORD))).scalar_subquery()
        others = others.where(partial.c.total // _number(WORD) == most)
    return union_all(select(exact), others).cte("matching")


def _are_few(exact: CTE, search: Search, few: int) -> Expression:
    """Whether less than *few* products have every word, and none of them is the one whose number is asked for."""
    numbered = exact.c.total >= _number(_every(search) + OWN_NUMBER)
    # unscoped: a vendor's products, as all of this
    return and_(
        select(func.count()).select_from(exact).scalar_subquery() < _number(few),
        ~select(exact).where(numbered).exists(),
    )


def _exact(search: Search, vendor: Expression, looked: Sequence[Expression]) -> Selection:
    """Products with every word."""
    own = case((Grade(Product.words, spaced(search.number, " =")) > _number(0), _number(OWN_NUMBER)), else_=0)
    impacts = [_impact(_grade(forms)) for forms in search.forms]
    total = sum(impacts, own + _number(_every(search)))
    return _having(vendor, condition(search.every), total, looked)


def _every(search: Search) -> int:
    return WORD * (len(search.forms) + 1)


def _partial(search: Search, vendor: Expression, looked: Sequence[Expression], wanted: Expression) -> Selection:
    """Products with any of the words, or with what may be meant by one; none unless they are *wanted*."""
    words = []
    for place, forms in enumerate(search.forms):
        asked = case((wanted, _in_any_way(search, place, vendor)), else_=_nothing())
        alike = func.nullif(Begun(Product.words, spaced(search.starts[place], behind="")), _number(0))
        impact = _impact(func.coalesce(_grade(forms), alike))
        words.append(_having(vendor, asked, impact + _number(WORD), looked))
    each = union_all(*words).subquery("each")
    total = func.sum(each.c.total, type_=BigInteger()).label("total")
    return select(each.c.index_number, total).group_by(each.c.index_number)


def _having(vendor: Expression, asked: Expression, total: Any, looked: Sequence[Expression]) -> Selection:
    there = Found(Product.words, Product.index_number, vendor, asked)
    return select(Product.index_number, total.label("total")).where(there, *looked)


def _in_any_way(search: Search, place: int, vendor: Expression) -> Expression:
    """The condition of a word: it is there, or what it is a part of, or, where no product has it, mistyped for."""
    known, loose = condition(search.known[place]), condition(search.loose[place])
    there = select(Product.id).where(Found(Product.words, Product.index_number, vendor, known)).exists()
    meant = select(Words(ProductSlip.word)).where(any_of(ProductSlip.slip, search.slips[place])).scalar_subquery()
    return Either(known, loose, case((there, _nothing()), else_=func.coalesce(meant, _nothing())))


def _nothing() -> Expression:
    """A condition that no product meets."""
    return condition("_")


def _grade(forms: Sequence[Any]) -> Expression:
    """The grade of a word of these forms, null where none is there."""
    grades = [Grade(Product.words, spaced(form)) for form in forms]
    return func.nullif(sum(grades[1:], grades[0]), _number(0))


def _impact(grade: Expression) -> Expression:
    """In parts of FULL; a word that is there in another form has grade 1."""
    length = Product.word_count + _number(2)
    return _number(FULL) - _number(FULL) * length // (_number(4) * func.coalesce(grade, _number(1)) + length)


def _number(value: int) -> Expression:
    return literal_column(str(value), Integer())
