"""What runs when: one table. A task is a row of the job table: it runs once, however many runners there are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.db import idempotency, jobs
from app.db.work import Work
from app.resolvers.campaigns.effect import keep_time
from app.resolvers.identity import links
from app.resolvers.onboarding.review import remind


@dataclass(frozen=True)
class Task:
    """A resolver that runs every so often; running it twice does no more than once.

    Without one, a handler that wiring names does it: the network is between its transactions.
    """

    name: str
    every: timedelta
    run: Callable[[Work], Awaitable[Any]] | None = None


DISCARD = "assets.discard"
SCHEDULE = (
    Task(DISCARD, timedelta(minutes=10)),
    Task("campaigns.keep_time", timedelta(seconds=30), keep_time),
    Task("onboarding.remind", timedelta(minutes=5), remind),
    Task("idempotency.forget", timedelta(hours=1), idempotency.forget),
    Task("links.forget", timedelta(hours=1), links.forget),
    Task("jobs.forget", timedelta(hours=1), jobs.forget),
)
