"""Tables for the engine's own tests, and rows that are hard to tell: nulls, loose ends, odd texts, moments, numbers."""

from datetime import UTC, date, datetime
from enum import Enum
from random import Random
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Integer, MetaData, Table, Uuid

from app.db.base import Text, UtcDateTime, choice
from app.domain.access import Caller, MemberLevel

HERE, THERE, ELSEWHERE = (UUID(int=number) for number in (1, 2, 3))
PEOPLE = {
    "admin": Caller(UUID(int=9), "admin", grants={HERE: MemberLevel.ADMIN, THERE: MemberLevel.EDITOR}),
    "editor": Caller(UUID(int=8), "editor", grants={HERE: MemberLevel.EDITOR}),
    "token": Caller(UUID(int=9), "token", grants={HERE: MemberLevel.ADMIN}, scopes=frozenset({"read"})),
    "nobody": Caller(),
}


@strawberry.enum
class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


METADATA = MetaData()
ITEM = Table(
    "test_item",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    Column("account_id", Uuid(), nullable=False),
    Column("home_id", Uuid()),
    Column("boss_id", Uuid()),
    Column("code", Text(200), nullable=False),
    Column("place", Integer(), nullable=False),
    Column("since", UtcDateTime(), nullable=False),
    Column("name", Text(200)),
    Column("rank", Integer()),
    Column("big", BigInteger()),
    Column("born", Date()),
    Column("seen", UtcDateTime()),
    Column("open", Boolean()),
    Column("mood", choice(Mood)),
    Column("tags", JSON(none_as_null=True)),
    Column("counts", JSON(none_as_null=True)),
    Column("subject_kind", Text(20)),
    Column("subject_id", Uuid()),
)
HOME = Table(
    "test_home",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    Column("account_id", Uuid(), nullable=False),
    Column("name", Text(200)),
    Column("sure", Text(200), nullable=False),
)
TEXTS = (
    "",
    "a",
    "b",
    'quotes " and \\ and \\"',
    "'single'",
    '{"":0}',
    '"}],',
    "tab\t line\n return\r bell\a \x01\x1f\x7f",
)
TEXTS += (
    "\u2028\u2029 \u00a0",
    "\N{GRINNING FACE}\U0010ffff",
    "\u0130\u00df\ufdfa",
    "null",
    "%_/",
    "${}:x",
    "</script>",
)
MOMENTS = (
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 4, 5, 1, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
)
DAYS = (date(2026, 2, 28), date(1, 1, 1), date(999, 1, 1), date(9999, 12, 31))
NUMBERS = (0, 1, -1, 7, 2**31 - 1, -(2**31))
BIG = (0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63))
TAGS: tuple[list[str], ...] = ([], ["a"], list(TEXTS), ["x", "\x00", "\ud7ff"])
ITEMS = [UUID(int=1000 + number) for number in range(24)]
HOMES = [UUID(int=2000 + number) for number in range(5)]
SUBJECTS = [("Item", id) for id in ITEMS[:6]] + [("Home", id) for id in HOMES]
SUBJECTS += [("Item", HOMES[0]), ("Home", UUID(int=2999)), ("Thing", ITEMS[0]), ("Gone", ITEMS[1]), ("", HOMES[1])]
"""What a row may name: of these the first eleven are there, and the last three of no type that is read."""


def rows(seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Items and homes, mostly whole or mostly broken."""
    random = Random(seed)
    absent = random.choice((0.0, 0.1, 0.5))

    def some(values: Any) -> Any:
        return None if random.random() < absent else random.choice(values)

    def account() -> UUID:
        return random.choices((HERE, THERE, ELSEWHERE), (6, 2, 1))[0]

    def subject() -> dict[str, Any]:
        kind, key = random.choice(SUBJECTS)
        return {"subject_kind": some([kind]), "subject_id": some([key])}

    homes = [{"id": id, "account_id": account(), "name": some(TEXTS), "sure": random.choice(TEXTS)} for id in HOMES]
    items = [
        {
            "id": id,
            "account_id": account(),
            "home_id": some((*HOMES[:3], UUID(int=2999)) if absent else HOMES),
            "boss_id": some((*ITEMS[:6], UUID(int=1999)) if absent else ITEMS),
            "code": random.choice(TEXTS),
            "place": random.choice(NUMBERS),
            "since": random.choice(MOMENTS),
            "name": some(TEXTS),
            "rank": some(NUMBERS),
            "big": some(BIG),
            "born": some(DAYS),
            "seen": some(MOMENTS),
            "open": some((True, False)),
            "mood": some(tuple(Mood)),
            "tags": some(TAGS),
            "counts": some(([], [0, -1, 2**53 + 1])),
            **subject(),
        }
        for id in ITEMS
    ]
    return items, homes
