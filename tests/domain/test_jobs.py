"""When a failed job is tried again, and when it is given up."""

from datetime import timedelta

from app.domain.jobs import LONGEST_PAUSE, MOST_ATTEMPTS, is_hopeless, pause


def test_pauses_grow_fourfold_up_to_six_hours():
    seconds = [pause(failures) / timedelta(seconds=1) for failures in range(1, 9)]

    assert seconds == [5, 20, 80, 320, 1280, 5120, 20480, 21600]
    assert pause(10_000) == LONGEST_PAUSE


def test_a_job_is_given_up_after_ten_failures_which_take_most_of_a_day():
    assert [is_hopeless(failures) for failures in (9, 10, 11)] == [False, True, True]
    assert sum(map(pause, range(1, MOST_ATTEMPTS)), timedelta()) < timedelta(days=1)
