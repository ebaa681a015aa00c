"""What the payment processor tells by itself, and what follows from it: the effect of each message once."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from app.db.engine import Database
from app.db.work import Work, transaction
from app.domain.access import EVERYTHING, Caller, Via
from app.domain.billing.charges import Terms
from app.domain.billing.gateway import CardTold, PaymentTold, Told
from app.resolvers.billing import cards, messages
from app.resolvers.billing.settling import settle

PROCESSOR = Caller(name="Payment processor", via=Via.JOB)
MOST_CHARACTERS = 255  # of a message's name


async def _card(work: Work, news: CardTold, _: Terms) -> None:
    await cards.confirmed(work, news.token, usable=news.usable)


async def _payment(work: Work, news: PaymentTold, terms: Terms) -> None:
    await settle(work, news.charge_id, news.attempt_id, news.outcome, terms)


FOLLOWS: Mapping[type, Callable[[Work, Any, Terms], Awaitable[None]]] = {CardTold: _card, PaymentTold: _payment}


async def hear(database: Database, told: Told, now: datetime, terms: Terms) -> None:
    """Do what follows from a message, unless it was done; the note of it and the effect are kept both or neither."""
    follow = FOLLOWS.get(type(told.news))
    if follow is None:
        return
    async with transaction(database, PROCESSOR, EVERYTHING, now, "payments.told") as work:
        if await messages.is_first(work, told.id[:MOST_CHARACTERS]):
            await follow(work, told.news, terms)
