"""Law 7: one Work is one session and one transaction; nobody else begins or ends one, or loads rows behind its back."""

import ast

import pytest

from tests.house.source import Module, modules, snippet, uphold

ENDS = {"commit", "rollback", "begin", "begin_nested"}
MAY_END = {  # whose transactions: "" for all
    "app/db/work.py": "",
    "app/db/migrate.py": "database.writer",  # schema changes
    "app/schema/unit.py": "transaction",  # the Transaction of db/work.py, after the payload
}
SESSIONS = {"AsyncSession", "Session", "sessionmaker", "async_sessionmaker", "scoped_session", "async_scoped_session"}


def endings(module: Module) -> list[str]:
    """Calls that begin or end a transaction where the module may not."""
    called = [call.func for call in module.calls() if isinstance(call.func, ast.Attribute) and call.func.attr in ENDS]
    allowed = MAY_END.get(module.path)
    return [
        f"{module.at(func)} calls {func.attr}(): only app/db/work.py does"
        for func in called
        if allowed is None or (allowed and module.stands_for(func.value) != allowed)
    ]


def sessions(module: Module) -> list[str]:
    made = [call for call in module.calls() if module.stands_for(call.func).startswith("sqlalchemy.")]
    return [
        f"{module.at(each)} makes a session" for each in made if module.stands_for(each.func).split(".")[-1] in SESSIONS
    ]


def lazy_relationships(module: Module) -> list[str]:
    made = [call for call in module.calls() if module.stands_for(call.func) == "sqlalchemy.orm.relationship"]
    raising = {
        call for call in made for word in call.keywords if word.arg == "lazy" and ast.unparse(word.value) == "'raise'"
    }
    return [f"{module.at(call)} needs lazy='raise'" for call in made if call not in raising]


def outside(*paths: str) -> list[Module]:
    return [module for module in modules("app") if not module.path.startswith(("app/db/migrations/", *paths))]


def test_nobody_but_the_work_begins_or_ends_a_transaction():
    uphold("Law 7: take a Work, or `transaction` of app/db/work.py", (each for m in outside() for each in endings(m)))


def test_sessions_are_made_in_one_place():
    uphold("Law 7: one Work = one session", (each for m in outside("app/db/work.py") for each in sessions(m)))


def test_no_relationship_loads_by_itself():
    uphold("Law 7: relationships are lazy='raise'", (each for m in outside() for each in lazy_relationships(m)))


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("app/resolvers/a.py", "await work.session.commit()", 1),
        ("app/resolvers/a.py", "async with database.writer.begin() as c: pass", 1),
        ("app/schema/unit.py", "await self.session.rollback()", 1),
        ("app/schema/unit.py", "await transaction.rollback()", 0),
        ("app/db/work.py", "await self.session.commit()", 0),
        ("app/resolvers/a.py", "await work.flush()", 0),
    ],
)
def test_endings_are_told_apart(path, text, count):
    wrapped = f"async def f():\n    {text}"

    assert len(endings(snippet(wrapped, path))) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("from sqlalchemy.ext.asyncio import AsyncSession as S\nS(engine)", 1),
        ("from sqlalchemy.orm import sessionmaker\nsessionmaker()", 1),
        ("from app.db.tables.identity import Session\nSession(user_id=1)", 0),
        ("from sqlalchemy.ext.asyncio import AsyncSession\ndef f(session: AsyncSession): ...", 0),
    ],
)
def test_sessions_are_told_apart(text, count):
    assert len(sessions(snippet(text))) == count


@pytest.mark.parametrize(("options", "count"), [("'Ad'", 1), ("lazy='select'", 1), ("'Ad', lazy='raise'", 0)])
def test_relationships_are_told_apart(options, count):
    text = f"from sqlalchemy.orm import relationship\nads = relationship({options})"

    assert len(lazy_relationships(snippet(text))) == count
