"""Laws 1, 2, 3, 4 and 8: who may import whom."""

import ast
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path

import grimp
import pytest
from importlinter import api
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

from tests.house.source import HOME, Module, modules, snippet, uphold

AT_HOME = {  # where a library, or a floor, may be imported; the rest of the app may not
    "sqlalchemy": ("app.db", "app.resolvers", "app.execution"),
    "strawberry": ("app.schema", "app.execution", "app.web"),
    "graphql": ("app.schema", "app.execution", "app.web"),
    "starlette": ("app.web", "app.wiring"),
    "app.adapters": ("app.adapters", "app.wiring"),
    "app.config": ("app.wiring",),
    "urllib.request": ("app.adapters",),
    "http.client": ("app.adapters",),
}
KINDS = {kind.type_name: kind for kind in (LayersContract, ForbiddenContract, AcyclicSiblingsContract)}
CLOCKS = {"now", "utcnow", "today", "uuid1", "uuid4", "uuid7"}
PLANTS = [
    ("app.resolvers.identity.people", "app.schema.root", "floors"),
    ("app.resolvers.metrics", "app.execution.loads", "floors"),
    ("app.execution.loads", "app.resolvers.metrics", "floors"),
    ("app.schema.unit", "app.jobs.schedule", "floors"),
    ("app.db.base", "app.db.work", "circles"),
    ("app.domain.money", "sqlalchemy", "pure"),
    ("app.domain.money", "random", "pure"),
    ("app.resolvers.notices", "strawberry", "graphql"),
    ("app.schema.unit", "starlette", "http"),
    ("app.schema.unit", "sqlalchemy", "sql"),
    ("app.web.server", "app.adapters.clock", "wiring"),
    ("app.adapters.clock", "app.config", "plain-adapters"),
    ("app.resolvers.catalogue", "app.resolvers.campaigns.ad", "words"),
    ("app.schema.catalogue", "app.schema.accounts.account", "types"),
    ("app.resolvers.notices", "httpx2", "network"),
]


def strangers(module: Module) -> list[str]:
    """Imports of what is not at home in this module."""
    found = []
    for line, name in module.imports:
        for guest, homes in AT_HOME.items():
            inside = any(f"{module.name}.".startswith(f"{home}.") for home in homes)
            if f"{name}.".startswith(f"{guest}.") and not inside:
                found.append(f"{module.path}:{line} imports {guest}, which belongs to {', '.join(homes)}")
    return found


def clocks(module: Module) -> list[str]:
    called = [call for call in module.calls() if isinstance(call.func, ast.Attribute | ast.Name)]
    return [
        f"{module.at(call)} asks for the time or a new id: pass it in"
        for call in called
        if (call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id) in CLOCKS  # type: ignore[union-attr]
    ]


def hidden(module: Module) -> list[str]:
    """Imports for the type checker alone, which hide a circle."""
    nodes = [node for node in ast.walk(module.tree) if isinstance(node, ast.Name | ast.Attribute)]
    return [module.at(node) for node in nodes if module.stands_for(node).endswith("typing.TYPE_CHECKING")]


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("app", include_external_packages=True, cache_dir=None)


def keeps(contract: str, imports: grimp.ImportGraph) -> bool:
    settings = api.read_configuration(str(HOME / "pyproject.toml"))
    options = next(each for each in settings["contracts_options"] if each["id"] == contract)
    checked = KINDS[options["type"]](contract, settings["session_options"], options)
    return checked.check(imports, verbose=False).kept


def test_the_contracts_in_pyproject_are_kept():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-logo"], cwd=HOME, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("importer", "imported", "contract"), PLANTS)
def test_a_planted_import_breaks_its_contract(importer, imported, contract):
    planted = deepcopy(graph())
    if imported not in planted.modules:
        planted.add_module(imported, is_squashed=True)
    planted.add_import(importer=importer, imported=imported)

    assert not keeps(contract, planted)


def test_every_contract_has_a_plant():
    contracts = api.read_configuration(str(HOME / "pyproject.toml"))["contracts_options"]

    assert {each["id"] for each in contracts} == {contract for _, _, contract in PLANTS}


def test_libraries_and_adapters_are_imported_only_where_they_are_at_home():
    uphold("Laws 2 and 8: this import belongs elsewhere", (each for m in modules("app") for each in strangers(m)))


def test_the_domain_asks_neither_the_clock_nor_chance():
    uphold("Law 2: the domain has no clock", (each for m in modules("app/domain") for each in clocks(m)))


def test_no_import_is_hidden_from_the_interpreter():
    uphold("Law 1: TYPE_CHECKING hides a circle", (each for m in modules("app") for each in hidden(m)))


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("app/cli.py", "from app.adapters.clock import now", 1),
        ("app/wiring.py", "from app.adapters.clock import now", 0),
        ("app/cli.py", "import app.config", 1),
        ("app/web/a.py", "from sqlalchemy import select", 1),
        ("app/resolvers/a.py", "from sqlalchemy.orm import Mapped", 0),
        ("app/resolvers/a.py", "import urllib.request", 1),
        ("app/resolvers/a.py", "from urllib.parse import urlsplit", 0),
    ],
)
def test_strangers_are_told_apart(path, text, count):
    assert len(strangers(snippet(text, path))) == count


@pytest.mark.parametrize(
    ("text", "count"), [("datetime.now(UTC)", 1), ("uuid4()", 1), ("f(now)", 0), ("date(2026, 1, 1)", 0)]
)
def test_clocks_are_told_apart(text, count):
    assert len(clocks(snippet(text))) == count


@pytest.mark.parametrize(
    ("text", "count"), [("from typing import TYPE_CHECKING\nif TYPE_CHECKING: pass", 1), ("x = 1", 0)]
)
def test_hidden_imports_are_told_apart(text, count):
    assert len(hidden(snippet(text))) == count
