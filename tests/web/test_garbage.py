"""What a request leaves behind is freed at once: nothing waits for the collector of garbage."""

import gc
from collections.abc import Iterator

import pytest

from app.execution.executor import Executor
from tests.conftest import Api
from tests.people import EDITOR, SPRING

CAMPAIGN = "query ($id: ID!) { campaign(id: $id) { name account { displayName } } }"
UPDATE = """mutation ($id: ID!, $name: String!) { campaignUpdate(input: {id: $id, name: $name}) {
  campaign { name } userErrors { message } } }"""


@pytest.fixture(autouse=True)
def only_what_is_counted_is_freed() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def executors() -> list[Executor]:
    """Those that are there; each holds its request's context, rows and caller."""
    return [each for each in gc.get_objects() if type(each) is Executor]


@pytest.mark.parametrize("document", [CAMPAIGN, "{ __schema { queryType { name } } }"])
def test_a_query_leaves_nothing(api: Api, document):
    assert api(document, as_=EDITOR, id=SPRING).errors == []
    assert executors() == []


def test_a_mutation_leaves_nothing(api: Api):
    answer = api(UPDATE, as_=EDITOR, id=SPRING, name="Autumn")
    assert answer.data["campaignUpdate"] == {"campaign": {"name": "Autumn"}, "userErrors": []}
    assert executors() == []
