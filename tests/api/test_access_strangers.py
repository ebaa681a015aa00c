"""Access: every root field asked by strangers, who get nothing and change nothing."""

from typing import Any

import pytest

from tests.api.preparing import OF_ROOTS, level, prepared, world
from tests.api.samples import ROOT_FIELDS
from tests.conftest import Answer, Api
from tests.people import (
    OPERATOR,
    OUTSIDER,
    STRANGER,
)


@pytest.mark.parametrize("name", OF_ROOTS)
def test_strangers_get_nothing_and_change_nothing(api: Api, name):
    sample = ROOT_FIELDS[name]
    document = prepared(api, sample.document)
    before = world(api)

    for who in (STRANGER, OUTSIDER, OPERATOR):
        if level(OF_ROOTS[name]) not in who.staff:  # else it is theirs
            check(api(document, as_=who), sample.stranger)
    assert world(api) == before or sample.stranger in ("their own", "the holder's")


def check(answer: Answer, expected: Any) -> None:
    """A stranger's answer is as the sample says."""
    if expected in ("their own", "everybody's"):
        assert "North" not in str(answer.body)
    elif expected == "the holder's":
        assert answer.errors == []  # who holds a link is whom it was mailed to
    elif expected in ("NOT_FOUND", "FORBIDDEN"):
        assert (answer.data in (None, {"it": None}), answer.codes) == (True, [expected])
    else:
        assert answer.body == {"data": {"it": expected}}
