"""Pages: which part of a list is wanted, and cursors that say where it begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, String, Table, Uuid, select

from app.db.base import UtcDateTime
from app.db.page import Order, Window, cut, decode, encode, placed, window, windowed
from app.domain.errors import Refusal

NEWEST, NAMED = Order(("created_at", "id"), descending=True), Order(("name_key", "id"))
ID = UUID(int=7)
NOTHING = dict.fromkeys(("first", "last", "after", "before"))


def refused(*arguments, **more):
    """Path and constraint of the one problem."""
    with pytest.raises(Refusal) as caught:
        window(*arguments, **{**NOTHING, **more})
    (problem,) = caught.value.problems
    return problem.path, problem.constraint


# ---- the arguments


@pytest.mark.parametrize("size", [1, 20, 100])
def test_a_window_is_so_many_from_the_start_or_from_the_end(size):
    assert window(NEWEST, **{**NOTHING, "first": size}) == Window(NEWEST, size)
    assert window(NEWEST, **{**NOTHING, "last": size}) == Window(NEWEST, size, backward=True)


@pytest.mark.parametrize("given", [{}, {"first": 1, "last": 1}])
def test_one_of_first_and_last_is_needed(given):
    assert refused(NEWEST, **given) == (("first",), "first or last")


@pytest.mark.parametrize("name", ["first", "last"])
@pytest.mark.parametrize("size", [0, -1, 101, 2**31 - 1])
def test_a_page_has_1_to_100_items(name, size):
    assert refused(NEWEST, **{name: size}) == ((name,), f"1 <= {name} <= 100")


def test_both_ends_of_a_window_may_be_given():
    ends = {"after": encode(NAMED, ["a", ID]), "before": encode(NAMED, ["b", ID])}
    between = Window(NAMED, 2, after=("a", ID.hex), before=("b", ID.hex))

    assert window(NAMED, **{**NOTHING, "first": 2, **ends}) == between


# ---- cursors

MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PLACES = st.one_of(  # a value, and the type of the column it stands in
    st.tuples(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.just(String())),
    st.tuples(st.integers(-(2**63) + 1, 2**63 - 1), st.just(BigInteger())),
    st.tuples(st.integers(-(2**31) + 1, 2**31 - 1), st.just(Integer())),
    st.tuples(st.uuids(), st.just(Uuid())),
    st.tuples(st.dates(), st.just(Date())),
    st.tuples(MOMENTS, st.just(UtcDateTime())),
)


@given(st.lists(PLACES, min_size=1, max_size=4), st.booleans())
def test_a_cursor_gives_back_what_was_put_in(places, descending):
    values, kinds = zip(*places, strict=True)
    order = Order(tuple("abcd"[: len(values)]), descending)
    texts = decode(order, encode(order, values), "after")
    found = placed(texts, kinds, "after")

    assert {type(each) for each in texts} == {str}
    assert found == values
    assert [type(each) for each in found] == [type(each) for each in values]


def test_a_cursor_keeps_the_moment_whatever_its_zone():
    moment = datetime(2026, 11, 21, 20, 0, 0, 123_456, timezone(timedelta(hours=-5)))

    texts = decode(NEWEST, encode(NEWEST, [moment, ID]), "after")
    assert texts == ("2026-11-22T01:00:00.123456Z", ID.hex)
    assert placed(texts, [UtcDateTime(), Uuid()], "after") == (moment, ID)


def test_a_cursor_is_four_bytes_of_its_order_and_then_texts():
    raw = urlsafe_b64decode(encode(NAMED, ["a", 5]) + "==")

    assert raw == NAMED.mark + b'["a","5"]'
    assert len({Order(NAMED.columns, descending).mark for descending in (True, False)} | {NEWEST.mark}) == 3


def test_cursors_have_no_characters_that_an_address_would_change():
    cursor = encode(NAMED, ["ÿ?>~" * 20, ID])

    assert cursor.isascii()
    assert cursor.replace("-", "").replace("_", "").isalnum()


ORDERS = [NEWEST, NAMED, Order(NEWEST.columns), Order(("id",)), Order(("id", "created_at"), descending=True)]


@pytest.mark.parametrize("mine", ORDERS)
@pytest.mark.parametrize("other", ORDERS)
def test_a_cursor_belongs_to_its_order(mine, other):
    cursor = encode(mine, ["x"] * len(mine.columns))
    if mine is other:
        assert decode(other, cursor, "after") == ("x",) * len(mine.columns)
    else:
        assert refused(other, first=1, after=cursor) == (("after",), "cursor")


@pytest.mark.parametrize("argument", ["after", "before"])
@pytest.mark.parametrize("cursor", ["", "x", "====", "ünder", "\0", "0" * 10_000, encode(NAMED, ["a", ID])[:-1]])
def test_nonsense_is_no_cursor(cursor, argument):
    assert refused(NAMED, first=1, **{argument: cursor}) == ((argument,), "cursor")


@given(st.data())
def test_a_cursor_changed_in_one_place_is_none(data):
    raw = bytearray(NAMED.mark + b'["a name","1"]')
    place = data.draw(st.integers(0, 3))
    raw[place] ^= data.draw(st.integers(1, 255))

    assert refused(NAMED, first=1, after=urlsafe_b64encode(raw).decode().rstrip("=")) == (("after",), "cursor")


FORGED = [
    '["a",1]',
    '["a",null]',
    '["a",["1"]]',
    '["a"]',
    '["a","1","1"]',
    "[]",
    '{"a":"1"}',
    '"a1"',
    "5",
    "",
    '["a","1"',
]


@pytest.mark.parametrize("body", FORGED)
def test_a_cursor_that_holds_anything_but_its_orders_texts_is_refused(body):
    cursor = urlsafe_b64encode(NAMED.mark + body.encode()).decode().rstrip("=")

    assert refused(NAMED, first=1, after=cursor) == (("after",), "cursor")


@pytest.mark.parametrize("spelling", ["==", "=", "\n", "+"])
def test_a_cursor_has_one_spelling(spelling):
    assert refused(NAMED, first=1, after=encode(NAMED, ["a", 5]) + spelling) == (("after",), "cursor")


KINDS = {"text": String(), "small": Integer(), "large": BigInteger(), "day": Date(), "at": UtcDateTime(), "id": Uuid()}
TABLE = Table("thing", MetaData(), *(Column(name, kind) for name, kind in KINDS.items()))
FITS = {
    "text": "x",
    "small": 2**31 - 1,
    "large": -(2**62),
    "day": date(1, 1, 1),
    "at": datetime(9999, 1, 1, tzinfo=UTC),
    "id": ID,
}


def bounded(values, *columns):
    order = Order(columns)
    return windowed(select(TABLE), None, Window(order, 2, after=decode(order, encode(order, values), "after")))


def test_a_cursors_values_are_compared_with_their_columns():
    page = bounded(tuple(FITS.values()), *FITS).compile()

    bound = [page.params[name] for name in page.params if page.binds[name].value in FITS.values()]
    assert bound == list(FITS.values())
    assert [type(page.binds[name].type) for name in page.params if page.params[name] in FITS.values()] == [
        type(kind) for kind in KINDS.values()
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "a\0b"),
        ("small", 2**31),
        ("small", -(2**31) - 1),
        ("small", True),
        ("small", "01"),
        ("small", "1_0"),
        ("small", " 1"),
        ("small", "٣"),
        ("large", 2**63),
        ("large", 1.5),
        ("large", "9" * 5000),
        ("day", FITS["at"]),
        ("day", "20260101"),
        ("day", "2026-W01-1"),
        ("at", FITS["day"]),
        ("at", "0001-01-01T00:00:00+14:00"),
        ("at", "2026-11-21T20:00:00Z"),
        ("at", "2026-11-21T20:00:00.5Z"),
        ("id", str(ID)),
        ("id", "0" * 31),
        ("id", ID.hex.replace("7", "A")),
        ("id", None),
    ],
)
def test_a_value_that_the_column_cannot_hold_never_reaches_the_database(column, value):
    with pytest.raises(Refusal, match="no cursor of this list"):
        bounded((value,), column)


def test_a_cursor_with_too_few_or_too_many_values_is_refused():
    for values in ((), ("x",), ("x", 1, 1)):
        with pytest.raises(Refusal, match="no cursor of this list"):
            bounded(values, "text", "small")
    with pytest.raises(Refusal, match="no cursor of this list"):
        placed(("x",), [String(), Integer()], "before")


# ---- the page that was cut


ROWS = [SimpleNamespace(name_key=name, id=ID) for name in "abc"]


def cut_by(size, *, backward=False, after=None, before=None):
    page = cut(ROWS, Window(NAMED, size, backward, after, before))
    return "".join(row.name_key for row in page.rows), page.has_previous, page.has_next


def test_one_row_more_than_wanted_tells_that_there_is_more():
    assert cut_by(2) == ("ab", False, True)
    assert cut_by(3) == ("abc", False, False)
    assert cut_by(3, after=("_", ID)) == ("abc", True, False)


def test_a_page_from_the_end_is_turned_round():
    assert cut_by(2, backward=True) == ("ba", True, False)
    assert cut_by(3, backward=True) == ("cba", False, False)
    assert cut_by(3, backward=True, before=("z", ID)) == ("cba", False, True)


def test_the_cursor_of_a_row_holds_the_values_of_the_order():
    page = cut(ROWS, Window(NAMED, 3))

    assert decode(NAMED, page.cursor(page.rows[1]), "after") == ("b", ID.hex)
