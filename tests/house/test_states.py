"""Law 9: a state changes through its transition table, and what is effective is written in one place."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import Module, functions, modules, snippet, uphold

STATES = {"configured_status", "review_status", "system_stop", "status"}
EFFECTS = {"effective_status", "reasons"}
KEEPER = "app/resolvers/campaigns/effect.py"
Write = tuple[ast.AST, str, ast.expr | None]  # where, which column, the new value


def writes(module: Module) -> Iterator[Write]:
    """Attributes that are assigned, and columns named in `values(...)`, `setattr` and dictionaries."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (pair for target in targets for pair in _assigned(target, node.value))
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "values":
            yield from ((node, word.arg or "", None) for word in node.keywords)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            yield node, getattr(node.args[1], "value", ""), None
        elif isinstance(node, ast.Dict):
            yield from ((node, key.value, None) for key in node.keys if isinstance(key, ast.Constant))


def _assigned(target: ast.AST, value: ast.expr | None) -> Iterator[Write]:
    if isinstance(target, ast.Tuple):
        values = value.elts if isinstance(value, ast.Tuple) else [None] * len(target.elts)
        yield from (pair for each, new in zip(target.elts, values, strict=True) for pair in _assigned(each, new))
    elif isinstance(target, ast.Attribute):
        yield target, target.attr, value


def new_rows(module: Module) -> set[ast.AST]:
    """Attributes of rows that their own function constructs: `ad = Ad(...)`, then `ad.title = ...`."""
    found: set[ast.AST] = set()
    for function in functions(module.tree):
        nodes = list(ast.walk(function))
        made = {
            node.targets[0].id
            for node in nodes
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and _constructs(module, node.value)
        }
        found |= {
            n for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in made
        }
    return found


def _constructs(module: Module, value: ast.AST) -> bool:
    """Whether the value is a new row: `Ad(...)` or `work.add(Ad(...))`."""
    if isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "add" and value.args:
        value = value.args[0]
    name = module.stands_for(value.func) if isinstance(value, ast.Call) else ""
    return name.startswith("app.db.tables.") and name.rpartition(".")[2][:1].isupper()


def _advances(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "advance"


def jumps(module: Module) -> list[str]:
    """States that are set and not advanced."""
    new = new_rows(module)
    bad = [(node, name) for node, name, value in writes(module) if name in STATES and not _advances(value)]
    return [f"{module.at(node)} sets {name}: take it from Lifecycle.advance" for node, name in bad if node not in new]


def effects(module: Module) -> list[str]:
    new = new_rows(module)
    bad = [(node, name) for node, name, _ in writes(module) if name in EFFECTS]
    return [f"{module.at(node)} writes {name}: call refresh of {KEEPER}" for node, name in bad if node not in new]


def test_states_change_through_their_transition_table():
    uphold("Law 9: no state is set by hand", (each for m in modules("app/resolvers", "app/jobs") for each in jumps(m)))


def test_what_is_effective_is_written_in_one_place():
    others = [module for module in modules("app") if module.path != KEEPER]
    uphold("Law 9: one keeper of what is effective", (each for module in others for each in effects(module)))


def inside(body):
    return snippet(
        "from app.db.tables.campaigns import Ad\ndef f(ad, work):\n" + "\n".join(f"    {b}" for b in body.split(";"))
    )


@pytest.mark.parametrize(
    "body",
    [
        "ad.status = PAUSED",
        "ad.configured_status = rules.pick(PAUSED)",
        "ad.title, ad.review_status = title, APPROVED",
        "ad.title, ad.review_status = pair",
        "update(Ad).values(system_stop=POLICY)",
        "setattr(ad, 'status', PAUSED)",
        "values = {'configured_status': PAUSED}",
        "other = Ad();ad.status = PAUSED",
    ],
)
def test_a_jump_is_found(body):
    assert len(jumps(inside(body))) == 1


@pytest.mark.parametrize(
    "body",
    [
        "ad.configured_status = rules.AD.advance(ad.configured_status, PAUSED)",
        "ad.title, ad.status = title, LIFE.advance(ad.status, PAUSED, 'id')",
        "new = Ad(status=DRAFT)",
        "new = Ad();new.status = DRAFT",
        "new = work.add(Ad());new.status = DRAFT",
        "x = ad.status",
    ],
)
def test_an_advance_and_a_new_row_pass(body):
    assert jumps(inside(body)) == []


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("ad.reasons = []", 1),
        ("values = {'effective_status': RUNNING}", 1),
        ("new = Ad(reasons=[]);new.effective_status = DRAFT", 0),
    ],
)
def test_effects_are_told_apart(body, count):
    assert len(effects(inside(body))) == count
