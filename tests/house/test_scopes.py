"""Law 6: a tenant's rows are reached through `within`, `under` and `find`; every other statement says why."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from app.db import tables
from app.db.base import Base, Owned
from app.db.tables.accounts import Account
from tests.house.source import FUNCTIONS, Module, modules, parents, snippet, uphold

STATEMENTS = {f"sqlalchemy.{verb}" for verb in ("select", "update", "delete", "text")}
JOINS = {"join": 1, "outerjoin": 1, "join_from": 2, "outerjoin_from": 2, "select_from": 9}  # arguments that are tables
ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
GETS = {"get", "get_one"}
HELPERS = {f"app.db.scope.{name}" for name in ("within", "under", "find", "missing")}
CONDITIONS = {"where", "having", "group_by", "order_by"}  # narrow what a statement reads, add no table to it
MARK = "# unscoped: "


@cache
def owned() -> dict[str, str]:
    """The dotted names of tables that belong to an account, themselves or through what they refer to."""
    classes = [mapper.class_ for mapper in Base.registry.mappers]
    mine = {each.__table__ for each in classes if each is Account or issubclass(each, Owned)}
    while (
        below := {t for t in Base.metadata.tables.values() if {key.column.table for key in t.foreign_keys} & mine}
        - mine
    ):
        mine |= below
    return {f"{each.__module__}.{each.__name__}": each.__name__ for each in classes if each.__table__ in mine}


@cache
def known() -> set[str]:
    return {f"{mapper.class_.__module__}.{mapper.class_.__name__}" for mapper in Base.registry.mappers}


class Reader:
    """Finds the statements of a module that name owned tables, or tables that cannot be told."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.parents = parents(module.tree)

    def faults(self) -> list[str]:
        found = [(call, self.table(call)) for call in self.module.calls()]
        bad = [(call, table) for call, table in found if table and not self.is_marked(call)]
        return sorted({f"{self.module.at(call)} reads or writes {table} without `{MARK}why`" for call, table in bad})

    def table(self, call: ast.Call) -> str:
        """The owned table that the call is about, if any."""
        name = self.module.stands_for(call.func)
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "sqlalchemy.text":
            return "raw SQL"
        if name in STATEMENTS or (method in GETS and name.split(".")[-2].endswith("session")):
            return next(self.owned_among(call.args), "") or self.unknown(call)
        return next(self.owned_among(call.args[: JOINS.get(method, 0)]), "")

    def owned_among(self, arguments: list[ast.expr]) -> Iterator[str]:
        return (each for argument in arguments for each in self.owned_in(argument))

    def owned_in(self, node: ast.AST, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """The owned tables that an expression names, also by way of the function's own variables."""
        if isinstance(node, ast.Call) and self.module.stands_for(node.func) in HELPERS:
            return
        if isinstance(node, ast.Name):
            if (full := self.module.names.get(node.id, "")) in owned():
                yield owned()[full]
            elif node.id not in seen:
                for made in self.made(node):
                    yield from () if self.is_marked(made) else self.owned_in(made.value, seen | {node.id})
            return
        narrows = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in CONDITIONS
        for child in [node.func] if narrows else ast.iter_child_nodes(node):
            yield from self.owned_in(child, seen)

    def unknown(self, call: ast.Call) -> str:
        """What is no table known by name: a parameter, say; columns in a variable of a SELECT are none."""
        reads = self.module.stands_for(call.func) == "sqlalchemy.select"
        first = call.args[0] if call.args else call
        while isinstance(first, ast.Attribute | ast.Starred):
            first = first.value
        if not isinstance(first, ast.Name) or self.module.names.get(first.id, "") in known():
            return ""
        function = self.function(call)
        taken = {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)} if function else set()
        return f"an unknown table ({first.id})" if first.id in taken or not (reads or self.made(first)) else ""

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        while node in self.parents and not isinstance(node, FUNCTIONS):
            node = self.parents[node]
        return node if isinstance(node, FUNCTIONS) else None

    def statement(self, node: ast.AST) -> ast.stmt:
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def made(self, name: ast.Name) -> list[ast.Assign | ast.AnnAssign]:
        """The assignments of a variable in its function, or of a module's own."""
        function = self.function(name)
        nodes = [node for node in ast.walk(function or self.module.tree) if self.function(node) is function]
        return [node for node in nodes if isinstance(node, ASSIGNMENTS) and node.value and _target(node) == name.id]

    def is_marked(self, node: ast.AST) -> bool:
        """The mark is on the statement, just above it, or on another that builds the same variable."""
        here = self.statement(node)
        return any(MARK in self.module.remarks(each) for each in [here, *self.chain(here)])

    def chain(self, here: ast.stmt) -> Iterator[ast.stmt]:
        function, built = self.function(here), _built(here)
        for node in ast.walk(function) if function and built else ():
            if isinstance(node, ast.stmt) and _built(node) == built:
                yield node


def _name(node: ast.AST | None) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    return _name(node.targets[0] if isinstance(node, ast.Assign) else node.target)


def _built(statement: ast.stmt) -> str:
    """`rows` of `rows = ...`, `rows += ...` and `return rows.where(...)`."""
    if isinstance(statement, ASSIGNMENTS):
        return _target(statement)
    node = statement.value if isinstance(statement, ast.Return) else None
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return _name(node)


def test_every_statement_about_owned_rows_is_scoped_or_says_why():
    kept_by_db = ("app/db/scope.py", "app/db/migrations/")
    outside = [module for module in modules("app") if not module.path.startswith(kept_by_db)]
    uphold(
        f"Law 6: use within, under or find, or mark it `{MARK}why`", (f for m in outside for f in Reader(m).faults())
    )


def test_owned_tables_are_those_of_an_account_and_what_hangs_below():
    names = set(owned().values())

    assert tables.__all__
    assert names >= {"Account", "Brand", "Membership", "Campaign", "Ad", "Keyword", "AdEvent", "MetricHour"}
    assert not names & {"User", "Session", "Organization", "Product", "Interest", "IdempotencyKey"}


IMPORTS = """
from sqlalchemy import select, update, delete, text
from app.db.scope import within, find
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad, Keyword
from app.db.tables.catalogue import Product
from app.db.tables.metrics import AdEvent as EventRow
"""


def faults_of(body):
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return Reader(snippet(f"{IMPORTS}\nasync def f(work, table):\n{indented}\n")).faults()


@pytest.mark.parametrize(
    "body",
    [
        "return select(Ad)",
        "return select(Ad.id).where(Ad.id == 1)",
        "return select(EventRow)",
        "return select(Product).join(Keyword)",
        "return select(Product.id).where(select(Ad.id).exists())",
        "t: Any = EventRow.__table__\nawait work.session.execute(update(t))",
        "columns = [Account.id]\nreturn select(*columns)",
        "rows = within(work.scope, Ad)\nreturn rows.join(Keyword, Ad.id == Keyword.ad_id)",
        "# unscoped:\nreturn select(Ad)",
        "# unscoped: above\nx = 1\nreturn select(Ad)",
        "rows = select(Ad)  # unscoped: mine\nothers = select(Ad)",
        "await work.session.execute(update(Ad).values(x=1))",
        "await work.session.execute(delete(table))",
        "return select(table)",
        "return await work.session.get_one(Account, 1)",
        "return await work.session.get(table, 1)",
        "return text('select * from ad')",
    ],
)
def test_a_stray_statement_is_found(body):
    assert len(faults_of(body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "return within(work.scope, Ad).where(Ad.id == 1)",
        "return await find(work, Ad, 1)",
        "return select(Product).where(Product.id == 1)",
        "await work.session.execute(update(Product).values(x=1))",
        "# unscoped: the job of the clock\nreturn select(Ad)",
        "return select(Ad)  # unscoped: a job",
        "rows = select(Ad)\nrows = rows.join(Keyword)  # unscoped: below a root\nreturn rows.outerjoin(EventRow)",
        "return work.names.get(Ad, 1)",
        "return ', '.join(table)",
        "shared = select(Ad)  # unscoped: narrowed below\nreturn select(Product.id, shared.exists())",
        "return within(work.scope, Ad).join(Product, Product.id == Ad.product_id)",
    ],
)
def test_a_scoped_or_marked_statement_passes(body):
    assert faults_of(body) == []
