"""Jobs of accounts: their life, and how far they have come."""

from decimal import Decimal

import pytest

from app.domain.account_jobs import (
    ACCOUNT_JOB,
    MOST_OPEN,
    AccountJobStatus,
    progress,
    room_problem,
)

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELED = AccountJobStatus


@pytest.mark.parametrize("state", AccountJobStatus)
@pytest.mark.parametrize("to", AccountJobStatus)
def test_a_job_is_queued_then_runs_and_ends_once(state, to):
    passes = {QUEUED: {RUNNING, FAILED, CANCELED}, RUNNING: {SUCCEEDED, FAILED, CANCELED}}

    assert (ACCOUNT_JOB.problem(state, to) is None) is (to in passes.get(state, set()))


@pytest.mark.parametrize(
    ("status", "done", "total", "expected"),
    [
        (QUEUED, 0, 0, "0"),
        (RUNNING, 0, 3, "0"),
        (RUNNING, 1, 3, "0.333333"),
        (RUNNING, 3, 3, "0.99"),
        (RUNNING, 5, 3, "0.99"),
        (CANCELED, 1, 2, "0.5"),
        (SUCCEEDED, 0, 0, "1"),
    ],
)
def test_only_what_succeeded_is_done_whole(status, done, total, expected):
    assert progress(status, done, total) == Decimal(expected)


def test_an_account_has_so_many_open_jobs_and_no_more():
    assert [room_problem(number) is None for number in (0, MOST_OPEN - 1, MOST_OPEN)] == [True, True, False]
    assert room_problem(MOST_OPEN).limit == 5
