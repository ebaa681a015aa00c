"""Deadlines that cost nothing where nobody waits: a timer takes longer than many a request's whole reading."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any, TypeVar, cast

T = TypeVar("T")


async def within(seconds: float, awaited: Coroutine[Any, Any, T]) -> T:
    """What is awaited. Raises TimeoutError where it takes longer; the timer begins with the first wait."""
    try:
        waits_for = awaited.send(None)
    except StopIteration as done:
        return done.value
    async with asyncio.timeout(seconds):
        return await cast("Coroutine[Any, Any, T]", _going_on(awaited, waits_for))


@coroutine
def _going_on(awaited: Coroutine[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    """Await the rest of what has begun, and is waiting for something."""
    step: Callable[[], Any]
    while True:
        try:
            step = partial(awaited.send, (yield waits_for))
        except BaseException as fault:  # noqa: BLE001  # the last resort: it is handed on
            step = partial(awaited.throw, fault)
        try:
            waits_for = step()
        except StopIteration as done:
            return done.value
