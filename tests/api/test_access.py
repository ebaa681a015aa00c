"""Access: every root field asked by those it is for, by nobody and by those of too low a level."""

import pytest

from tests.api.preparing import OF_OTHERS, OF_ROOTS, holder, level, prepared, world
from tests.api.samples import NESTED, ROOT_FIELDS
from tests.conftest import Api
from tests.people import (
    BOTH,
    EDITOR,
    ISLAND,
    ISLAND_AD,
    OWNER,
    SOUTH,
    gid,
)


def test_every_guarded_field_of_the_schema_has_a_sample():
    there, have = {*OF_ROOTS, *OF_OTHERS}, {*ROOT_FIELDS, *NESTED}

    share = f"{len(there & have)} of {len(there)} guarded fields are covered"
    assert there == have, f"{share}; without a sample: {sorted(there - have)}; gone: {sorted(have - there)}"


@pytest.mark.parametrize("name", OF_ROOTS)
def test_a_sample_does_what_it_says_for_an_admin(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    answer = api(document, as_=holder(name, OF_ROOTS[name]))

    assert (answer.status, answer.errors) == (200, [])
    assert answer.data["it"] not in (None, [], [None])
    assert answer.data["it"].get("userErrors", []) == [] if isinstance(answer.data["it"], dict) else True


@pytest.mark.parametrize("name", OF_ROOTS)
def test_nobody_gets_in_where_somebody_is_asked_for(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    before = world(api)
    answer = api(document)

    if level(OF_ROOTS[name]) == "PUBLIC":
        assert answer.codes == []
        assert answer.data["it"] in (None, [None, None]) or ROOT_FIELDS[name].stranger is not None
        return
    assert (answer.status, answer.codes) == (200, ["UNAUTHENTICATED"])
    assert answer.data in (None, {"it": None})
    assert world(api) == before


@pytest.mark.parametrize("name", [name for name, field in OF_ROOTS.items() if level(field) == "ADMIN"])
def test_an_editor_is_told_that_it_takes_an_admin(api: Api, name):
    document = prepared(api, ROOT_FIELDS[name].document)
    before = world(api)
    answer = api(document, as_=EDITOR)

    assert answer.data == {"it": {"seq": None, "userErrors": [{"code": "FORBIDDEN"}]}}
    assert world(api) == before


def test_an_admin_elsewhere_is_an_editor_here(api: Api):
    names = [name for name, field in OF_ROOTS.items() if level(field) == "ADMIN"]
    documents = [prepared(api, ROOT_FIELDS[name].document) for name in names]
    before = world(api)

    for document in documents:
        assert api(document, as_=BOTH).data == {"it": {"seq": None, "userErrors": [{"code": "FORBIDDEN"}]}}
    assert world(api) == before


def test_what_is_foreign_and_what_is_unknown_look_the_same_to_every_mutation(api: Api):
    foreign = {"Campaign": ISLAND, "Ad": ISLAND_AD, "Account": SOUTH}
    for kind, document in (
        ("Campaign", 'mutation {{ it: campaignUpdate(input: {{id: "{0}", name: ""}}) {1} }}'),
        ("Campaign", 'mutation {{ it: campaignArchive(input: {{id: "{0}"}}) {1} }}'),
        ("Ad", 'mutation {{ it: adResume(input: {{id: "{0}"}}) {1} }}'),
    ):
        answers = [
            api(document.format(id, "{ seq userErrors { __typename code message path } }"), as_=OWNER).data
            for id in (foreign[kind], gid(kind, "unknown"), gid("Product", "tent"), "nonsense")
        ]
        assert answers[1:] == [answers[0]] * 3
    assert api.rows("SELECT count(*) FROM change") == [(0,)]
