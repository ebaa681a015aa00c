"""No text of any mutation takes a card number: it is refused by its field, and is neither kept nor logged (S67)."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLType,
    get_named_type,
)
from structlog.testing import capture_logs

from tests.api.preparing import OF_ROOTS, holder
from tests.api.test_billing import TABLES
from tests.conftest import Api
from tests.domain.test_billing_numbers import NUMBERS
from tests.house.contract import schema
from tests.people import FEED, OWNER, SPRING

MUTATIONS = schema()._schema.mutation_type.fields
FORMS = ("{}", "it is {}, until 12/28", "{}\n{}", "(card {})")
TAKES_DIGITS = {
    "adDecide": {"requestId", "opaqueUserId", "pagePath", "placements.0.slotId"},
    "eventsReport": {"events.0.sku", "events.0.opaqueUserId"},
    "productUpsert": {"items.0.sku"},
    "stockReport": {"items.0.sku"},
}
PLAIN = {
    "ID": "x",
    "String": "x",
    "Int": 1,
    "BigInt": "1",
    "Boolean": True,
    "Decimal": "1",
    "URL": "https://shop.example/",
    "DateTime": "2026-11-20T12:00:00Z",
    "Date": "2026-11-20",
    "Duration": "PT1H",
    "JSON": "{}",
}
UPDATE = """mutation ($id: ID!, $name: String!) {
  campaignUpdate(input: {id: $id, name: $name}) { userErrors { code path message } } }"""


UPSERT = """mutation ($sku: String!) { productUpsert(input: {items: [{sku: $sku, title: "Cup", vendorCode: "NORTH",
  detailUrl: "https://shop.example/4242424242424242"}]}) { userErrors { code path message } } }"""


def filled(kind: GraphQLType, path: tuple[str, ...] | None, text: str) -> Any:
    """A value of a type with the *text* at the *path*, and with all that it must have."""
    if isinstance(kind, GraphQLNonNull):
        return filled(kind.of_type, path, text)
    if isinstance(kind, GraphQLList):
        return [filled(kind.of_type, path and path[1:], text)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if not isinstance(kind, GraphQLInputObjectType):
        return PLAIN[kind.name] if path is None else text
    on = path[0] if path else None
    wanted = {name for name, each in kind.fields.items() if isinstance(each.type, GraphQLNonNull) or name == on}
    wanted = wanted or {next(iter(kind.fields))}  # one of them
    return {name: filled(kind.fields[name].type, path[1:] if path and name == on else None, text) for name in wanted}


def paths(kind: GraphQLType, *path: str) -> Iterator[tuple[str, ...]]:
    """Where the texts of an input are."""
    if isinstance(kind, GraphQLNonNull):
        yield from paths(kind.of_type, *path)
    elif isinstance(kind, GraphQLList):
        yield from paths(kind.of_type, *path, "0")
    elif isinstance(kind, GraphQLInputObjectType):
        for name, each in kind.fields.items():
            yield from paths(each.type, *path, name)
    elif kind.name == "String":
        yield path


def refusals(api: Api, field: str, path: tuple[str, ...], text: str) -> set[str]:
    """The paths at which a mutation finds a card number."""
    kind = MUTATIONS[field].args["input"].type
    document = f"mutation ($input: {kind}) {{ it: {field}(input: $input) {{ userErrors {{ code path message }} }} }}"
    name = f"Mutation.{field}"
    answer = api(document, as_=holder(name, OF_ROOTS[name]), input=filled(kind, path, text))
    assert answer.errors == [], (field, path, answer.body)
    errors = answer.data["it"]["userErrors"]
    return {".".join(each["path"]) for each in errors if "looks like a card number" in each["message"]}


FIELDS = {field: set(paths(each.args["input"].type)) for field, each in MUTATIONS.items() if "input" in each.args}


def test_all_mutations_take_one_input_and_most_a_text():
    assert MUTATIONS.keys() - FIELDS.keys() <= {"signOut"}
    assert sum(map(bool, FIELDS.values())) > 40
    assert {get_named_type(each.type).name for one in MUTATIONS.values() for each in one.args.values()} >= {
        "AdCreateInput"
    }


def test_every_text_of_every_mutation_refuses_a_card_number_by_its_name(api: Api, dice: Random, caplog):
    number, form = dice.choice(NUMBERS), dice.choice(FORMS)
    with capture_logs() as logs:
        found = {
            field: {".".join(path): refusals(api, field, path, form.format(number, number)) for path in wanted}
            for field, wanted in FIELDS.items()
        }

    for field, wanted in found.items():
        exempt = TAKES_DIGITS.get(field, set())
        assert wanted == {path: set() if path in exempt else {path} for path in wanted}
    assert number not in f"{caplog.text}{logs}"
    elsewhere = [each for each in kept(api, number) if not each.startswith("product")]
    assert elsewhere == []  # a shop numbers its articles as it likes, and finds them by that


def kept(api: Api, number: str) -> list[str]:
    """The tables that hold a text."""
    names = [name for (name,) in api.rows(TABLES[api.installation.database.dialect.name])]
    rows = api.each(*(f'SELECT * FROM "{name}"' for name in names))
    return [name for name, each in zip(names, rows, strict=True) if number in str(each)]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_name_with_a_card_number_changes_nothing(api: Api, number):
    errors = api(UPDATE, as_=OWNER, id=SPRING, name=f"Spring {number}").data["campaignUpdate"]["userErrors"]

    assert [(each["code"], each["path"]) for each in errors] == [("INVALID", ["name"])]
    assert number not in errors[0]["message"]
    assert api.rows("SELECT count(*) FROM change") == [(0,)]


@pytest.mark.parametrize("name", ["4006381333931", "Order 4242 4242 4242 4241", "2026-11-26 22:30:00", "1" * 19])
def test_a_name_with_another_long_number_is_a_name(api: Api, name):
    assert api(UPDATE, as_=OWNER, id=SPRING, name=name).data["campaignUpdate"]["userErrors"] == []


def test_a_key_is_no_place_for_a_card_number(api: Api):
    document = UPDATE.replace("$name})", f'$name}}) @idempotent(key: "k {NUMBERS[0]}")')
    errors = api(document, as_=OWNER, id=SPRING, name="New").data["campaignUpdate"]["userErrors"]

    assert [(each["code"], each["path"]) for each in errors] == [("INVALID", ["@idempotent", "key"])]
    assert kept(api, NUMBERS[0]) == []


def test_a_shop_may_number_its_articles_as_it_likes(api: Api):
    errors = api(UPSERT, as_=FEED, sku=NUMBERS[0]).data["productUpsert"]["userErrors"]

    assert errors == []
    assert api.rows("SELECT title FROM product WHERE sku = :sku", sku=NUMBERS[0]) == [("Cup",)]
