"""Law 4: GraphQL types import downward, and only an upward field is lazy."""

import ast

import grimp
import pytest

from tests.house.source import Module, modules, snippet, uphold

Lazy = tuple[str, int, str, str]  # path, line, name of the type, its module


def lazies(module: Module) -> list[Lazy]:
    """Every `Annotated["Name", strawberry.lazy("module")]`; one of another form has an empty name."""
    parts = [node.slice for node in ast.walk(module.tree) if isinstance(node, ast.Subscript)]
    pairs = [part.elts for part in parts if isinstance(part, ast.Tuple) and len(part.elts) == 2]
    named = {call: name.value for name, call in pairs if isinstance(name, ast.Constant)}
    found = [call for call in module.calls() if module.stands_for(call.func).endswith((".lazy", ".LazyType"))]
    return [
        (module.path, call.lineno, named.get(call, ""), getattr(call.args[0], "value", "") if call.args else "")
        for call in found
    ]


def lines_of_classes(module: Module) -> dict[str, int]:
    return {node.name: node.lineno for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)}


def fault(lazy: Lazy, known: dict[str, Module], graph: grimp.ImportGraph) -> str | None:
    """Upward: the type's module imports this one, directly or not; in one file, the type stands further down."""
    path, line, name, target = lazy
    here = path.removesuffix(".py").replace("/", ".")
    if target not in known or name not in lines_of_classes(known[target]):
        return f"{path}:{line} there is no type {name!r} in {target!r}"
    if target == here:
        upward = lines_of_classes(known[here])[name] > line
    else:
        upward = graph.find_shortest_chain(importer=target, imported=here) is not None
    return None if upward else f"{path}:{line} {name} of {target} is not upward: import it"


def faults(found: list[Module]) -> list[str]:
    known = {module.name: module for module in found}
    graph = grimp.ImportGraph()
    for name in known:
        graph.add_module(name)
    for module in found:
        for imported in {name for _, each in module.imports for name in (each, each.rpartition(".")[0])} & known.keys():
            graph.add_import(importer=module.name, imported=imported)
    return [each for module in found for lazy in lazies(module) if (each := fault(lazy, known, graph))]


def test_only_upward_fields_are_lazy():
    schema = modules("app/schema")

    assert any(lazies(module) for module in schema)  # the law has something to rule
    uphold("Law 4: `strawberry.lazy` only where the type's file imports this one", faults(schema))


def test_nothing_is_lazy_outside_the_schema():
    others = [module for module in modules("app") if not module.path.startswith("app/schema/")]
    uphold("Law 4: GraphQL types live in the schema", (f"{p}:{n}" for m in others for p, n, *_ in lazies(m)))


AD = 'from strawberry import lazy\nclass Ad:\n    a: Annotated["Campaign", lazy("app.schema.campaign")]\n'
CAMPAIGN = "from app.schema.ad import Ad\nclass Campaign: ...\n"
DOWN = 'import strawberry\nclass Campaign:\n    a: Annotated["Ad", strawberry.lazy("app.schema.ad")]\n'


@pytest.mark.parametrize(
    ("ad", "campaign", "said"),
    [
        (AD, CAMPAIGN, []),
        (AD, CAMPAIGN.replace("Campaign", "Other"), ["no type"]),
        (AD, "class Campaign: ...", ["not upward"]),
        ("class Ad: ...", DOWN, ["not upward"]),
        (AD.replace("campaign", "ad") + "class Campaign: ...", "", []),
        ("class Campaign: ...\n" + AD.replace("campaign", "ad"), "", ["not upward"]),
    ],
)
def test_a_needless_lazy_is_found(ad, campaign, said):
    found = faults([snippet(ad, "app/schema/ad.py"), snippet(campaign, "app/schema/campaign.py")])

    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))
