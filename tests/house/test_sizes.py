"""Law 10: small files, small functions, and modules named for what they are."""

import ast
from collections.abc import Iterable

import pytest

from tests.house.source import FUNCTIONS, Module, functions, modules, snippet, uphold

FILE, FUNCTION, METHOD = 400, 40, 8
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
Size = tuple[int, str]


def files(found: Iterable[Module]) -> list[Size]:
    return [(len(module.lines), module.path) for module in found]


def lengths(module: Module) -> list[Size]:
    """Lines of each function from `def` to its end, docstring included."""
    return [(f.end_lineno - f.lineno + 1, f"{module.at(f)} {f.name}") for f in functions(module.tree)]  # type: ignore[operator]


def methods(module: Module) -> list[Size]:
    """Lines of the body of each method of a Strawberry type, docstring excluded."""
    types = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef) and _is_strawberry(module, node)]
    return [
        (_body(each), f"{module.at(each)} {each.name}") for t in types for each in t.body if isinstance(each, FUNCTIONS)
    ]


def _is_strawberry(module: Module, node: ast.ClassDef) -> bool:
    marks = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    return any(module.stands_for(mark).startswith("strawberry.") for mark in marks)


def _body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]


def hold(what: str, sizes: Iterable[Size], most: int) -> None:
    """Fail when something is too large, and show the five largest."""
    ranked = sorted(sizes, reverse=True)
    top = "".join(f"\n  {size:4} {name}" for size, name in ranked[:5])
    assert ranked, f"no {what} found"
    assert ranked[0][0] <= most, f"Law 10: a {what} has at most {most} lines; the largest five:{top}"


def vague(module: Module) -> bool:
    return bool(VAGUE & set(module.path.removesuffix(".py").split("/")))


def purpose(module: Module) -> str:
    """What is wrong with the first line of a module, if anything: it says in a sentence what the module is for."""
    docstring = ast.get_docstring(module.tree)
    if docstring is None or not module.text.startswith('"""'):
        return f"{module.path}:1 has no docstring on its first line"
    return "" if module.lines[0].removesuffix('"""').endswith((".", "?")) else f"{module.path}:1 is no whole sentence"


def written() -> list[Module]:
    """What people write; migrations are generated."""
    return [module for module in modules("app") if not module.path.startswith("app/db/migrations/versions/")]


def test_files_are_small():
    hold("file", files(written()), FILE)


def test_functions_are_small():
    hold("function", (size for module in written() for size in lengths(module)), FUNCTION)


def test_methods_of_graphql_types_are_small():
    hold("method of a type in app/schema", (size for m in modules("app/schema") for size in methods(m)), METHOD)


def test_no_module_has_a_vague_name():
    uphold("Law 10: name a module for what it is", (module.path for module in modules("app", "tests") if vague(module)))


def test_every_module_says_what_it_is_for():
    uphold("Words: one line at the top of each module", filter(None, map(purpose, modules("app"))))


def test_the_limit_itself_is_allowed():
    hold("file", [(FILE, "a.py")], FILE)
    with pytest.raises(AssertionError, match=r"at most 400 lines; the largest five:\n +401 b.py\n +400 a.py"):
        hold("file", [(FILE, "a.py"), (FILE + 1, "b.py")], FILE)


METHOD_OF_TWO = '''import strawberry
@strawberry.type(description="A")
class A:
    @f
    def a(self):
        """Doc."""
        x = 1
        return x
'''


def test_lengths_are_counted():
    plain = METHOD_OF_TWO.replace("@strawberry.type", "@dataclass")

    assert files([snippet(METHOD_OF_TWO)]) == [(8, "app/resolvers/snippet.py")]
    assert lengths(snippet(METHOD_OF_TWO)) == [(4, "app/resolvers/snippet.py:5 a")]
    assert methods(snippet(METHOD_OF_TWO)) == [(2, "app/resolvers/snippet.py:5 a")]
    assert methods(snippet(plain)) == []


@pytest.mark.parametrize(
    ("path", "is_vague"), [("app/utils.py", True), ("app/common/a.py", True), ("app/db/page.py", False)]
)
def test_vague_names_are_told_apart(path, is_vague):
    assert vague(snippet("", path)) is is_vague


@pytest.mark.parametrize(
    ("text", "is_fine"),
    [
        ('"""Money."""', True),
        ('"""Money.\n\nMore."""', True),
        ('"""Money"""', False),
        ("x = 1", False),
        ('# x\n"""Money."""', False),
    ],
)
def test_purposes_are_told_apart(text, is_fine):
    assert (purpose(snippet(text)) == "") is is_fine
