"""Refusals carry every reason at once, each with the code that clients branch on."""

import pytest

from app.domain import errors
from app.domain.errors import Code, Conflict, Findings, InvalidInput, NotFound, Problem, Refusal

TAKEN = Conflict(message="Taken.", path=("email",))
GONE = NotFound(message="Gone.")


def test_every_kind_of_problem_has_the_code_of_the_contract():
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Problem)]

    assert {kind.__name__: kind.code.value for kind in kinds if kind is not Problem} == {
        "InvalidInput": "INVALID",
        "NotFound": "NOT_FOUND",
        "Conflict": "CONFLICT",
        "LimitExceeded": "LIMIT",
        "IllegalTransition": "ILLEGAL_TRANSITION",
        "StaleVersion": "STALE_VERSION",
        "GateNotMet": "GATE",
        "PolicyViolation": "POLICY",
        "AccessDenied": "FORBIDDEN",
        "IdempotencyMismatch": "IDEMPOTENCY_MISMATCH",
    }


def test_a_code_travels_under_its_own_name():
    assert [code.name for code in Code] == [code.value for code in Code]


def test_a_refusal_keeps_every_problem_in_order_and_reads_as_a_sentence():
    refusal = Refusal(TAKEN, GONE)

    assert refusal.problems == (TAKEN, GONE)
    assert str(refusal) == "Taken.; Gone."


def test_findings_collect_what_is_wrong_and_skip_what_is_not():
    found = Findings()

    found.add(None, TAKEN, None)
    found.invalid("Too long.", "input", "name", constraint="length <= 5")

    assert found.problems == [
        TAKEN,
        InvalidInput(message="Too long.", path=("input", "name"), constraint="length <= 5"),
    ]


def test_findings_settle_as_one_refusal_of_everything_found():
    found = Findings()
    found.add(TAKEN, GONE)

    with pytest.raises(Refusal) as refusal:
        found.settle()

    assert refusal.value.problems == (TAKEN, GONE)


def test_findings_of_nothing_pass_and_are_not_shared():
    Findings().add(TAKEN)

    assert Findings().problems == []
    assert Findings().settle() is None
