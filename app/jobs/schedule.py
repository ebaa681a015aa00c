"""What runs when: one table. A task is a row of the job table: it runs once, however many runners there are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.db import idempotency, jobs
from app.db.work import Work
from app.resolvers.billing import expiring, messages
from app.resolvers.campaigns.effect import keep_cards, keep_time
from app.resolvers.delivery import pacing
from app.resolvers.delivery.bounds import close
from app.resolvers.identity import links
from app.resolvers.onboarding.review import remind
from app.resolvers.pages import widgets


@dataclass(frozen=True)
class Task:
    """A resolver that runs every so often; running it twice does no more than once.

    Without one, a handler that wiring names does it: the network is between its transactions.
    """

    name: str
    every: timedelta
    run: Callable[[Work], Awaitable[Any]] | None = None


DISCARD, DISCARD_RESULTS = "assets.discard", "jobs.discard"
CLOSE_CHARGES, COLLECT = "billing.close", "billing.collect"
FORGET, FORGET_AUCTIONS = "events.forget", "auctions.forget"
SCHEDULE = (
    Task(DISCARD, timedelta(minutes=10)),
    Task(DISCARD_RESULTS, timedelta(minutes=10)),
    Task(CLOSE_CHARGES, timedelta(minutes=1)),
    Task(COLLECT, timedelta(minutes=1)),
    Task(FORGET_AUCTIONS, timedelta(minutes=10)),
    Task("delivery.pace", timedelta(minutes=1), pacing.pace),
    Task("delivery.learn", timedelta(minutes=10), pacing.learn),
    Task("campaigns.keep_time", timedelta(seconds=30), keep_time),
    Task("campaigns.keep_cards", timedelta(minutes=10), keep_cards),
    Task("cards.expire", timedelta(seconds=30), expiring.expire),
    Task("cards.warn", timedelta(hours=6), expiring.warn),
    Task("pages.widgets", timedelta(minutes=5), widgets.keep),
    Task("metrics.close", timedelta(minutes=5), close),
    Task(FORGET, timedelta(hours=1)),
    Task("onboarding.remind", timedelta(minutes=5), remind),
    Task("idempotency.forget", timedelta(hours=1), idempotency.forget),
    Task("links.forget", timedelta(hours=1), links.forget),
    Task("payments.forget", timedelta(hours=1), messages.forget),
    Task("jobs.forget", timedelta(hours=1), jobs.forget),
)
