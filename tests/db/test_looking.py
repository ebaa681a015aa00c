"""Looking again and again: what is seen is told when it has changed, until the last, or until somebody ends it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from app.db.looking import Looking


@dataclass(frozen=True)
class Glance:
    number: int
    is_last: bool = False


def told(*seen: Glance) -> list[int]:
    """The numbers that are told of these looks."""
    looks = iter(seen)

    async def look() -> Glance:
        return next(looks)

    async def follow() -> list[int]:
        return [each.number async for each in Looking(look, 0.001)]

    return asyncio.run(follow())


def test_what_has_not_changed_is_told_once():
    assert told(Glance(1), Glance(1), Glance(2), Glance(2), Glance(3, is_last=True)) == [1, 2, 3]


def test_what_has_ended_already_is_told_once():
    assert told(Glance(1, is_last=True)) == [1]


def test_whoever_is_dismissed_hears_why_at_once_and_the_first_reason_counts():
    async def look() -> Glance:
        return Glance(1)

    async def follow() -> Any:
        looking = Looking(look, 3600)
        first = await anext(looking)
        waiting = asyncio.ensure_future(anext(looking))
        await asyncio.sleep(0.01)
        for why in (LookupError("removed"), ValueError("restarting")):
            looking.end(why)
        with pytest.raises(LookupError, match="removed"):
            await asyncio.wait_for(waiting, 1)
        return first

    assert asyncio.run(follow()) == Glance(1)
