"""Bulk work: a hundred mutations in one operation, each for itself or all or none, and no more (SCHEMA)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Answer, Api
from tests.people import EDITOR, MODERATOR, PASSWORD, SPRING, TENT, TENT_AD, gid

HUNDRED = range(100)
QUEUE = "{ moderationQueue(first: 100) { nodes { id } } }"
DECIDED = "moderationCase { id status } userErrors { code message path }"
MADE = "ad { id title effectiveStatus } userErrors { code message path }"
AD = {"campaignId": SPRING, "headline": "Sleeps two", "landing": {"productId": TENT}}
BID = {"micros": "250000", "currency": "USD"}


def bulk(api: Api, field: str, made: str, input: Callable[[int], Any], who=EDITOR, together: str = "@atomic") -> Answer:
    """The same mutation a hundred times, written as a client would write it."""
    kind = f"{field[0].upper()}{field[1:]}Input!"
    taken = ", ".join(f"$i{n}: {kind}" for n in HUNDRED)
    fields = " ".join(f"m{n}: {field}(input: $i{n}) {{ {made} }}" for n in HUNDRED)
    return api(f"mutation ({taken}) {together} {{ {fields} }}", as_=who, **{f"i{n}": input(n) for n in HUNDRED})


def new(n: int) -> dict[str, Any]:
    return {**AD, "title": f"Tent {n}", "bid": BID}


def counts(api: Api) -> list[int]:
    return [api.rows(f"SELECT count(*) FROM {each}")[0][0] for each in ("ad", "change")]


def test_a_hundred_ads_are_made_together(api: Api):
    answer = bulk(api, "adCreate", MADE, new)

    assert (answer.status, answer.errors) == (200, [])
    assert [answer.data[f"m{n}"]["ad"]["title"] for n in HUNDRED] == [f"Tent {n}" for n in HUNDRED]
    assert counts(api) == [105, 100]


def test_of_a_hundred_together_one_refusal_undoes_all(api: Api):
    answer = bulk(api, "adCreate", MADE, lambda n: new(n) if n != 42 else {**new(n), "title": ""})

    codes = [[error["code"] for error in answer.data[f"m{n}"]["userErrors"]] for n in HUNDRED]
    assert codes == [["INVALID"] if n == 42 else ["CONFLICT"] for n in HUNDRED]
    assert all(answer.data[f"m{n}"]["ad"] is None for n in HUNDRED)
    assert counts(api) == [5, 0]


def test_of_a_hundred_each_for_itself_only_the_faulty_is_refused(api: Api):
    answer = bulk(api, "adCreate", MADE, lambda n: new(n) if n != 42 else {**new(n), "title": ""}, together="")

    refused = [n for n in HUNDRED if answer.data[f"m{n}"]["userErrors"]]
    assert (refused, counts(api)) == ([42], [104, 99])


def test_a_campaign_is_changed_a_hundred_times(api: Api):
    changed = bulk(api, "campaignUpdate", "campaign { name version }", lambda n: {"id": SPRING, "name": f"Spring {n}"})

    assert changed.data["m99"] == {"campaign": {"name": "Spring 99", "version": 101}}


def ids(answer: Answer, made: str) -> list[str]:
    """Of what a hundred mutations made."""
    assert [answer.data[f"m{n}"]["userErrors"] for n in HUNDRED] == [[]] * 100
    return [answer.data[f"m{n}"][made]["id"] for n in HUNDRED]


def test_a_hundred_ads_are_paused_and_resumed(api: Api):
    ads = ids(bulk(api, "adCreate", MADE, new), "ad")
    api.write("UPDATE ad SET review_status = 'APPROVED' WHERE review_status = 'DRAFT'")
    for field, status in (("adPause", "PAUSED"), ("adResume", "RUNNING")):
        answer = bulk(api, field, MADE, lambda n: {"id": ads[n]})
        assert ids(answer, "ad") == ads
        assert {answer.data[f"m{n}"]["ad"]["effectiveStatus"] for n in HUNDRED} == {status}


def test_a_moderator_decides_a_hundred_cases_each_for_itself(api: Api):
    ads = ids(bulk(api, "adCreate", MADE, new), "ad")
    ids(bulk(api, "adSubmit", MADE, lambda n: {"id": ads[n]}), "ad")
    cases = [case["id"] for case in api(QUEUE, as_=MODERATOR).data["moderationQueue"]["nodes"]]
    assert ids(bulk(api, "moderationClaim", DECIDED, lambda n: {"id": cases[n]}, MODERATOR), "moderationCase") == cases
    sent = {"decision": "APPROVE", "findings": []}
    none = gid("ModerationCase", "none")
    answer = bulk(api, "moderationDecide", DECIDED, lambda n: {"id": cases[n] if n else none, **sent}, MODERATOR, "")

    assert [error["code"] for error in answer.data["m0"]["userErrors"]] == ["NOT_FOUND"]
    assert {answer.data[f"m{n}"]["moderationCase"]["status"] for n in HUNDRED if n} == {"APPROVED"}
    assert api.rows("SELECT status, count(*) FROM moderation_case GROUP BY 1 ORDER BY 1") == [
        ("APPROVED", 99),
        ("CLAIMED", 1),
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([f'm{n}: adPause(input: {{id: "{TENT_AD}"}}) {{ seq }}' for n in range(101)], "root fields 101 exceeds 100"),
        (
            [f'm{n}: signIn(input: {{email: "a@b.example", password: "{PASSWORD}"}}) {{ seq }}' for n in range(21)],
            "cost 10500 exceeds 10000",
        ),
    ],
)
def test_more_is_refused_before_anything_is_done(api: Api, fields, said):
    answer = api(f"mutation {{ {' '.join(fields)} }}", as_=EDITOR)

    assert (answer.status, answer.codes, said in answer.errors[0]["message"]) == (400, ["TOO_COMPLEX"], True)
    assert counts(api) == [5, 0]
