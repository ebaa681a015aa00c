"""Never catch broadly, never print: faults reach the one place that knows what to do with them."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source import Module, modules, snippet, uphold

BROAD = {"Exception", "BaseException"}
EXCUSE = re.compile(r"# .*the last resort: \S")
PRINTS = {"print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write", "breakpoint"}


def broad(module: Module) -> list[str]:
    """Handlers of everything, unless they say why; one of BaseException may also clean up and raise."""
    nodes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler)]
    bad = [node for node in nodes if _catches_all(node) and not _raises(node) and not _excused(module, node)]
    return [f"{module.at(each)} catches everything" for each in [*bad, *_suppressed(module)]]


def _catches_all(node: ast.ExceptHandler) -> bool:
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return node.type is None or any(isinstance(each, ast.Name) and each.id in BROAD for each in caught)


def _raises(node: ast.ExceptHandler) -> bool:
    """`except BaseException:` that ends with a raise cleans up, it swallows nothing."""
    return getattr(node.type, "id", "") == "BaseException" and isinstance(node.body[-1], ast.Raise)


def _excused(module: Module, node: ast.ExceptHandler) -> bool:
    return bool(EXCUSE.search(module.comments.get(node.lineno, "")))


def _suppressed(module: Module) -> Iterator[ast.Call]:
    called = (call for call in module.calls() if module.stands_for(call.func) == "contextlib.suppress")
    return (call for call in called if any(getattr(each, "id", "") in BROAD for each in call.args))


def prints(module: Module) -> list[str]:
    return [f"{module.at(call)} prints" for call in module.calls() if module.stands_for(call.func) in PRINTS]


def test_nothing_is_caught_broadly():
    uphold(
        "Refusals: name what you catch, or mark it `# the last resort: why`",
        (f for m in modules("app") for f in broad(m)),
    )


def test_only_the_command_line_prints():
    quiet = [module for module in modules("app") if module.path != "app/cli.py"]
    uphold("Manners: log it, or return it", (fault for module in quiet for fault in prints(module)))


@pytest.mark.parametrize(
    ("handler", "count"),
    [
        ("except Exception:\n    pass", 1),
        ("except Exception:  # noqa: BLE001\n    pass", 1),
        ("except (ValueError, Exception):\n    pass", 1),
        ("except:\n    pass", 1),
        ("except BaseException:\n    pass", 1),
        ("except Exception:\n    raise", 1),
        ("except Exception:  # noqa: BLE001 - the last resort: masked and logged\n    pass", 0),
        ("except BaseException:\n    undo()\n    raise", 0),
        ("except (ValueError, KeyError):\n    pass", 0),
    ],
)
def test_broad_handlers_are_found(handler, count):
    assert len(broad(snippet(f"try:\n    f()\n{handler}"))) == count


@pytest.mark.parametrize(("what", "count"), [("Exception", 1), ("ValueError", 0)])
def test_suppressing_everything_is_found(what, count):
    text = f"from contextlib import suppress\nwith suppress({what}):\n    f()"

    assert len(broad(snippet(text))) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [("print(1)", 1), ("import sys\nsys.stdout.write('x')", 1), ("out.print(1)", 0), ("'print(1)'", 0)],
)
def test_printing_is_found(text, count):
    assert len(prints(snippet(text))) == count
