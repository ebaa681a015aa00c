"""The source as the house tests read it: modules with their trees, comments and what their names stand for."""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

HOME = Path(__file__).parents[2]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def comments(self) -> dict[int, str]:
        """Each line's comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}

    @cached_property
    def names(self) -> dict[str, str]:
        """What imported names stand for: `EventRow` -> `app.db.tables.metrics.AdEvent`."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                found |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            elif isinstance(node, ast.Import):
                roots = [(each.name if each.asname else each.name.split(".")[0], each.asname) for each in node.names]
                found |= {asname or name: name for name, asname in roots}
        return found

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Every module that is imported, with its line: also `app.x.y` of `from app.x import y`."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                found += [(node.lineno, f"{node.module}.{each.name}") for each in node.names]
            elif isinstance(node, ast.Import):
                found += [(node.lineno, each.name) for each in node.names]
        return found

    def stands_for(self, node: ast.AST) -> str:
        """The dotted name of an expression with its import resolved: `sa.select` -> `sqlalchemy.select`."""
        if isinstance(node, ast.Attribute):
            return f"{self.stands_for(node.value)}.{node.attr}"
        return self.names.get(node.id, node.id) if isinstance(node, ast.Name) else ""

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{node.lineno}"  # type: ignore[attr-defined]

    def remarks(self, node: ast.AST) -> str:
        """The comments on the lines of *node* and on the comment lines just above it."""
        first = node.lineno  # type: ignore[attr-defined]
        while first > 1 and self.lines[first - 2].lstrip().startswith("#"):
            first -= 1
        last = node.end_lineno  # type: ignore[attr-defined]
        return "\n".join(self.comments.get(line, "") for line in range(first, last + 1))


@cache
def modules(*under: str) -> list[Module]:
    """The modules below folders (or files) of the project."""
    paths = [
        path for each in under for path in ([HOME / each] if each.endswith(".py") else (HOME / each).rglob("*.py"))
    ]
    return [Module(str(path.relative_to(HOME)), path.read_text()) for path in sorted(paths) if path.exists()]


def snippet(text: str, path: str = "app/resolvers/snippet.py") -> Module:
    """A piece of source that a detector is tried on."""
    return Module(path, text)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS))


def parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def uphold(law: str, faults: Iterable[str]) -> None:
    """Fail with every breach of a law at once."""
    found = list(faults)
    assert not found, "\n".join([law, *(f"  {each}" for each in found)])
