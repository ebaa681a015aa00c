"""How many shoppers an ad would meet: a sample of the auctions that were held, looked through for its targets (S58)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.db.keys import any_of
from app.db.reader import Reader
from app.db.scope import opened
from app.db.tables.accounts import Account
from app.db.tables.catalogue import Interest
from app.db.tables.delivery import Auction
from app.domain.access import Scope
from app.domain.campaigns.drafts import LEAST_BUDGET, bid_problem
from app.domain.campaigns.targeting import Keyword, check_interests, check_keywords
from app.domain.delivery.audience import Held, Seat, by_keywords, estimate, size
from app.domain.delivery.outcomes import Format, Outcome
from app.domain.delivery.stoppages import Span
from app.domain.errors import Findings
from app.domain.metrics import day_bounds
from app.domain.money import Money, amount_problem
from app.resolvers.delivery.markets import now_in, where_bids
from app.resolvers.metrics import Days

MOST_DAYS, USUAL = 28, timedelta(days=7)
SAMPLE, LOOKED_INTO = 20_000, 300  # auctions whose targets are looked at; and of those met, whose bids are


@dataclass(frozen=True)
class Wanted:
    """An ad that is still to be made, and whose auctions it is tried on; the *reserve* of bids is in micros."""

    account_id: UUID
    now: datetime
    reserve: int
    interests: Sequence[UUID] | None = None
    keywords: Sequence[Keyword] | None = None
    bid: Money | None = None
    daily_budget: Money | None = None
    range: Days | None = None


@dataclass(frozen=True)
class Audience:
    impressions: int
    clicks: Decimal
    is_enough: bool | None


async def audience(reader: Reader, scope: Scope, asked: Wanted) -> Audience:
    """A day's impressions and clicks of such an ad, and whether they would spend its budget."""
    account = await _account(reader, opened(scope, asked.account_id, "input", "accountId"))
    await _check(reader, asked, account.currency)
    asked = replace(asked, now=await now_in(reader, account.id, asked.now))
    over = _over(asked, account.time_zone)
    rows = await _sample(reader, asked.account_id, over)
    met = [row.id for row in filter(_meets(asked), rows)]
    held = await _held(reader, met[:LOOKED_INTO])
    times = size([row.id for row in rows], SAMPLE) / max(1, len(rows)) * Fraction(len(met), max(1, len(held)))
    found = estimate(held, asked.bid.micros if asked.bid else None, times / _days(over, rows))
    is_enough = None if asked.daily_budget is None else found.spend >= asked.daily_budget.micros
    return Audience(found.impressions, found.clicks, is_enough)


async def _account(reader: Reader, id: UUID) -> Any:
    # unscoped: the account opened above
    rows = select(Account.id, Account.currency, Account.time_zone).where(Account.id == id)
    return (await reader.rows(rows))[0]


async def _check(reader: Reader, asked: Wanted, currency: str) -> None:
    """Refuse with everything that is wrong with the ad."""
    found = Findings()
    if asked.keywords is None and asked.interests is None:
        limit = "keywords or interestIds"
        found.invalid("Name keywords, interests, or both: an empty list of interests is everybody.", constraint=limit)
    check_keywords(found, asked.keywords or (), currency, asked.reserve)
    if asked.interests is not None:
        check_interests(found, len(set(asked.interests)), await _known(reader, asked.interests))
    if asked.bid is not None:
        found.add(bid_problem(asked.bid, "bid", currency=currency, reserve=asked.reserve))
    if asked.daily_budget is not None:
        name = "the daily budget"
        found.add(amount_problem(asked.daily_budget, "dailyBudget", currency=currency, least=LEAST_BUDGET, name=name))
    if asked.range is not None:
        asked.range.check(found, "range", most=MOST_DAYS)
    below = Findings()
    below.beneath(found, "input")
    below.settle()


async def _known(reader: Reader, interests: Sequence[UUID]) -> int:
    if not interests:
        return 0
    rows = select(func.count()).select_from(Interest).where(any_of(Interest.id, interests))
    return (await reader.rows(rows))[0][0]


# ---- which auctions


def _over(asked: Wanted, time_zone: str) -> Span:
    if asked.range is None:
        return Span(asked.now - USUAL, asked.now)
    start, end = day_bounds(asked.range.first, asked.range.last, ZoneInfo(time_zone))
    return Span(min(start, asked.now), min(end, asked.now))


async def _sample(reader: Reader, account_id: UUID, over: Span) -> Sequence[Any]:
    """The auctions with the lowest ids, which are spread evenly: as good as drawn by lot."""
    # unscoped: how many auctions there are is no secret of anybody's
    rows = select(Auction.id, Auction.at, Auction.format, Auction.search_query, Auction.interests)
    rows = rows.where(Auction.at >= over.start, Auction.at < over.end)
    rows = rows.where(Auction.market == where_bids(account_id)).order_by(Auction.id).limit(SAMPLE)
    return await reader.rows(rows)


def _meets(asked: Wanted) -> Callable[[Any], bool]:
    search = cache(by_keywords(asked.keywords or ()))
    wanted = None if asked.interests is None else {id.hex for id in asked.interests}

    def meets(row: Any) -> bool:
        if row.format is Format.LISTINGS:
            return row.search_query is not None and search(row.search_query)
        return wanted is not None and (not wanted or not wanted.isdisjoint(row.interests))

    return meets


def _days(over: Span, rows: Sequence[Any]) -> Fraction:
    """How many days the auctions are of: those that are kept no longer are missing at the beginning."""
    earliest = min((row.at for row in rows), default=over.start)
    return max(Fraction(1), Fraction((over.end - earliest) // timedelta(seconds=1), 86_400))


async def _held(reader: Reader, ids: Sequence[UUID]) -> list[Held]:
    # unscoped: what others bid goes into sums alone
    if not ids:
        return []
    rows = select(Auction.reserve_micros, Auction.slots, Auction.entries).where(any_of(Auction.id, ids))
    return [Held(reserve, slots, _seats(entries)) for reserve, slots, entries in await reader.rows(rows)]


def _seats(entries: Sequence[Any]) -> list[Seat]:
    stood = [each for each in entries if each["outcome"] in {Outcome.WON.value, Outcome.OUTRANKED.value}]
    return [Seat(each["bid"], each["ctr"], each["outcome"] == Outcome.WON.value) for each in stood]
