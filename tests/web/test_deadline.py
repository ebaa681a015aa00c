"""Deadlines of what may wait: no timer where nothing waits."""

import asyncio

import pytest

from app.web.deadline import within


async def steps(many, seen):
    """Something that waits so many times."""
    try:
        for _ in range(many):
            await asyncio.sleep(0.001)
        return "done"
    finally:
        seen.append("ended")


def test_what_does_not_wait_is_there_before_any_deadline():
    assert asyncio.run(within(0, steps(0, []))) == "done"


def test_what_waits_several_times_is_awaited_to_its_end():
    assert asyncio.run(within(5, steps(3, []))) == "done"


def test_what_takes_too_long_is_ended_and_said():
    seen = []
    with pytest.raises(TimeoutError):
        asyncio.run(within(0.01, steps(10_000, seen)))

    assert seen == ["ended"]


@pytest.mark.parametrize("wait", [0, 0.001])
def test_what_goes_wrong_is_raised(wait):
    async def wrong():
        if wait:
            await asyncio.sleep(wait)
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(within(5, wrong()))
