"""Names and descriptions of the contract: one grammar for mutations, and a description of everything."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pytest
from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    SchemaDefinitionNode,
    parse,
    specified_directives,
    specified_scalar_types,
)

from app.domain.campaigns.status import REASONS
from tests.house.contract import described, fields, is_required, named, objects, sdl
from tests.house.source import Module, modules, snippet, uphold

BY_RULE = {"signIn", "signOut", "signUp", "contactUs"}  # the verbs of a person who has no noun yet
NOUNS = {
    "balance",
    "change",
    "creditLimit",
    "email",
    "events",
    "moderation",
    "notificationPreferences",
    "password",
    "report",
    "stock",
    "terms",
}  # what mutations act on without being types
HELPS = {"instead_use", "remedy_mutation", "resume"}  # keywords whose text names the mutation that helps
BUILT_IN = {*specified_scalar_types, *(each.name for each in specified_directives)}


def misnamed(document: DocumentNode) -> Iterator[str]:
    """What is not nounVerb(input: NounVerbInput!): NounVerbPayload! with a payload of our interface."""
    wishes = {field.name.value: field for _, field in fields(document, "Mutation")}
    nouns = {name[0].lower() + name[1:] for name in objects(document)} | NOUNS
    for name, field in wishes.items():
        pascal, inputs = name[0].upper() + name[1:], [f"{a.name.value}: {named(a.type)}" for a in field.arguments or ()]
        if name not in BY_RULE and not _is_noun_verb(name, nouns):
            yield f"{name} is not nounVerb, with the noun of a type or of NOUNS"
        if inputs not in ([f"input: {pascal}Input"], []):
            yield f"{name} takes {inputs}, not input: {pascal}Input"
        if named(field.type) != f"{pascal}Payload" or not is_required(field):
            yield f"{name} gives {named(field.type)}, not {pascal}Payload!"
        if "MutationPayload" not in _interfaces(objects(document)[named(field.type)]):
            yield f"{named(field.type)} does not implement MutationPayload"


def _is_noun_verb(name: str, nouns: set[str]) -> bool:
    """The noun comes first, so `createCampaign` has none: there is no type Create."""
    return any(name.startswith(noun) and name[len(noun) :][:1].isupper() for noun in nouns)


def _interfaces(node: Any) -> list[str]:
    return [each.name.value for each in node.interfaces or ()]


def parts(document: DocumentNode) -> Iterator[tuple[str, Any]]:
    """Everything that can have a description, under its full name: types, fields, arguments, values, directives."""
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode) or node.name.value in BUILT_IN:
            continue
        name = f"@{node.name.value}" if isinstance(node, DirectiveDefinitionNode) else node.name.value
        yield name, node
        if isinstance(node, DirectiveDefinitionNode) and not _is_executable(node):
            continue  # Strawberry 0.341 drops the descriptions of a schema directive's arguments
        for below in (*(getattr(node, "fields", None) or ()), *(getattr(node, "arguments", None) or ())):
            yield f"{name}.{below.name.value}", below
            yield from (
                (f"{name}.{below.name.value}({a.name.value}:)", a) for a in getattr(below, "arguments", None) or ()
            )
        yield from ((f"{name}.{value.name.value}", value) for value in getattr(node, "values", None) or ())


def _is_executable(directive: DirectiveDefinitionNode) -> bool:
    return any(place.value in {"FIELD", "QUERY", "MUTATION", "SUBSCRIPTION"} for place in directive.locations)


def undescribed(document: DocumentNode) -> list[str]:
    texts = [(name, described(node)) for name, node in parts(document)]
    return [f"{name} {'ends with a dot' if text.strip() else 'has none'}" for name, text in texts if _is_poor(text)]


def _is_poor(text: str) -> bool:
    return not text.strip() or text.rstrip().endswith(".")


def unknown_words(document: DocumentNode) -> list[str]:
    """Names in backquotes, `like.this`, that the schema does not have."""
    known = {part for name, _ in parts(document) for part in re.findall(r"\w+", name)}
    quoted = [(name, each) for name, node in parts(document) for each in re.findall(r"`@?([\w.]+)`", described(node))]
    return [f"{name} speaks of `{each}`" for name, each in quoted if not set(each.split(".")) <= known]


def helps(module: Module) -> list[tuple[str, str]]:
    """Mutations that the source names as the way out: keywords, and the values of `instead={...}`."""
    given = [word for call in module.calls() for word in call.keywords]
    plain = [word.value for word in given if word.arg in HELPS]
    tables = [
        value
        for word in given
        if word.arg == "instead" and isinstance(word.value, ast.Dict)
        for value in word.value.values
    ]
    texts = [each for each in (*plain, *tables) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return [(module.at(each), each.value) for each in texts]


@cache
def mutations() -> set[str]:
    return {field.name.value for _, field in fields(sdl(), "Mutation")}


def missing(named_mutations: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{place} names {name}, which is no mutation" for place, name in named_mutations if name not in mutations()]


def test_mutations_are_named_and_shaped_alike():
    uphold("SCHEMA: nounVerb(input: NounVerbInput!): NounVerbPayload!", misnamed(sdl()))


def test_everything_has_a_description():
    uphold("SCHEMA: a description, without a final dot", undescribed(sdl()))


def test_descriptions_speak_of_what_exists():
    uphold("SCHEMA: this name is not in the schema", unknown_words(sdl()))


def test_the_way_out_is_a_mutation_that_exists():
    reasons = [
        (f"REASONS[{code.value}]", reason.remedy_mutation) for code, reason in REASONS.items() if reason.remedy_mutation
    ]
    found = [each for module in modules("app") for each in helps(module)]

    assert reasons
    assert found
    uphold("SCHEMA: remedyMutation and insteadUse name mutations", missing([*reasons, *found]))


GOOD = """
interface MutationPayload { seq: Int }
type Ad { id: ID }
input AdPauseInput { id: ID }
type AdPausePayload implements MutationPayload { seq: Int }
type Mutation { adPause(input: AdPauseInput!): AdPausePayload! adStop(input: AdStopInput!): AdStopPayload! }
input AdStopInput { id: ID }
type AdStopPayload implements MutationPayload { seq: Int }
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("adPause", "pauseAd", "pauseAd is not nounVerb"),
        ("adPause", "thingPause", "thingPause is not nounVerb"),
        ("input: AdPauseInput!", "id: ID!", "takes ['id: ID']"),
        ("input: AdPauseInput!", "input: AdInput!", "takes ['input: AdInput']"),
        ("AdPausePayload! ", "AdPausePayload ", "not AdPausePayload!"),
        ("): AdPausePayload!", "): Ad!", "Ad does not implement"),
        ("type AdPausePayload implements MutationPayload", "type AdPausePayload", "does not implement MutationPayload"),
    ],
)
def test_a_misnamed_mutation_is_found(old, new, said):
    found = list(misnamed(parse(GOOD.replace(old, new) if old else GOOD)))

    assert any(said in each for each in found) if said else found == []


@pytest.mark.parametrize(
    ("text", "poor"),
    [
        ('"A" type A { "b" b("c" c: Int): Int }', []),
        ('"A" type A { b("c" c: Int): Int }', ["A.b has none"]),
        ('"A" type A { "b" b(c: Int): Int }', ["A.b(c:) has none"]),
        ('"A." enum A { "b" B }', ["A ends with a dot"]),
        ('"A" enum A { B " " C }', ["A.B has none", "A.C has none"]),
        ('"a" directive @a(b: Int) on FIELD', ["@a.b has none"]),
        ('"a" directive @a(b: Int) on FIELD_DEFINITION', []),
        ('"A" input A { b: Int }', ["A.b has none"]),
        ("scalar A", ["A has none"]),
        ("directive @deprecated(reason: String) on FIELD_DEFINITION", []),
    ],
)
def test_poor_descriptions_are_found(text, poor):
    assert undescribed(parse(text)) == poor


def test_words_that_the_schema_lacks_are_found():
    text = (
        '"A of `b` and `A.b`, `Authorization: Bearer`" type A { "see `@c` and `d`" b: Int } "c" directive @c on FIELD'
    )

    assert unknown_words(parse(text)) == ["A.b speaks of `d`"]


def test_the_way_out_is_read_off_the_source():
    text = "f(instead_use='adCancel')\nf(remedy_mutation=x)\nL(instead={(A, B): 'campaignPause'})\nf(other='adPause')"
    found = helps(snippet(text))

    assert [name for _, name in found] == ["adCancel", "campaignPause"]
    assert missing(found) == ["app/resolvers/snippet.py:1 names adCancel, which is no mutation"]
