"""Set-based loading, as both libraries' documentation teaches it: a function of a list of keys behind a DataLoader."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import aliased, joinedload

from bench.peers.plain.models import (
    Account,
    Ad,
    Campaign,
    Membership,
    MetricHour,
    Session,
    User,
    new_session,
)


class Of(NamedTuple):
    """The key of a list: its parent and how many rows are wanted."""

    parent: UUID
    most: int


class During(NamedTuple):
    """The key of figures: their parent and the days, both included."""

    parent: UUID
    first: date
    last: date


async def caller(authorization: str) -> User | None:
    """The person of a bearer token whose session holds now."""
    digest = sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    found = select(Session).options(joinedload(Session.user)).where(Session.token_hash == digest)
    found = found.where(Session.expires_at > datetime.now(UTC), Session.revoked_at.is_(None))
    async with new_session() as session:
        signed_in = await session.scalar(found)
        return signed_in and signed_in.user


async def memberships(keys: Sequence[tuple[UUID, UUID]]) -> list[Membership | None]:
    """The active membership of each (user, account)."""
    users, accounts = zip(*keys, strict=True)
    rows = select(Membership).where(Membership.user_id.in_(users), Membership.account_id.in_(accounts))
    async with new_session() as session:
        active = await session.scalars(rows.where(Membership.status == "ACTIVE"))
        found = {(row.user_id, row.account_id): row for row in active}
    return [found.get(key) for key in keys]


async def memberships_of_users(keys: Sequence[Of]) -> list[list[Membership]]:
    """The active memberships of each user by account name."""
    users = {key.parent for key in keys}
    rows = select(Membership).join(Account).where(Membership.user_id.in_(users), Membership.status == "ACTIVE")
    async with new_session() as session:
        lists = _lists(await session.scalars(rows.order_by(Account.name_key, Membership.id)), "user_id")
    return [lists[key.parent][: key.most] for key in keys]


async def accounts(keys: Sequence[UUID]) -> list[Account | None]:
    return await _by_id(Account, keys)


async def campaigns(keys: Sequence[UUID]) -> list[Campaign | None]:
    return await _by_id(Campaign, keys)


async def campaigns_of_accounts(keys: Sequence[Of]) -> list[list[Campaign]]:
    """The newest campaigns of each account."""
    return await _newest(Campaign, "account_id", keys)


async def ads_of_campaigns(keys: Sequence[Of]) -> list[list[Ad]]:
    """The newest ads of each campaign."""
    return await _newest(Ad, "campaign_id", keys)


async def metrics_of_campaigns(keys: Sequence[During]) -> list[Any]:
    """A row with the sums of each campaign; None where nothing was counted."""
    return await _totals(MetricHour.campaign_id, keys)


async def metrics_of_ads(keys: Sequence[During]) -> list[Any]:
    """A row with the sums of each ad; None where nothing was counted."""
    return await _totals(MetricHour.ad_id, keys)


async def days_of_campaigns(keys: Sequence[During]) -> list[list[Any]]:
    """Rows with the sums of each day of each campaign."""
    found: dict[During, list[Any]] = defaultdict(list)
    for (first, last), parents in _by_days(keys).items():
        rows = select(MetricHour.campaign_id, MetricHour.day, *_sums()).where(
            MetricHour.campaign_id.in_(parents), MetricHour.day.between(first, last)
        )
        async with new_session() as session:
            grouped = rows.group_by(MetricHour.campaign_id, MetricHour.day).order_by(MetricHour.day)
            for row in await session.execute(grouped):
                found[During(row.campaign_id, first, last)].append(row)
    return [found[key] for key in keys]


LOADERS = {
    "membership": memberships,
    "memberships": memberships_of_users,
    "account": accounts,
    "campaign": campaigns,
    "campaigns": campaigns_of_accounts,
    "ads": ads_of_campaigns,
    "metrics_of_campaign": metrics_of_campaigns,
    "metrics_of_ad": metrics_of_ads,
    "days_of_campaign": days_of_campaigns,
}


class Context:
    """What the resolvers of one request share: who asks, and loaders of the library's kind, made for it alone."""

    def __init__(self, user: User | None, loader: Callable[..., Any]) -> None:
        self.user = user
        self.load = {name: loader(batch) for name, batch in LOADERS.items()}

    async def is_member(self, account_id: UUID | None) -> bool:
        """Whether the caller is a member of the account now, at either level."""
        if self.user is None or account_id is None:
            return False
        return await self.load["membership"].load((self.user.id, account_id)) is not None


async def _by_id(model: Any, keys: Sequence[UUID]) -> list[Any]:
    async with new_session() as session:
        found = {row.id: row for row in await session.scalars(select(model).where(model.id.in_(keys)))}
    return [found.get(key) for key in keys]


async def _newest(model: Any, column: str, keys: Sequence[Of]) -> list[list[Any]]:
    """The newest rows of each parent, the greatest number that a key asks for."""
    parent = getattr(model, column)
    place = func.row_number().over(partition_by=parent, order_by=(model.created_at.desc(), model.id.desc()))
    ranked = select(model, place.label("place")).where(parent.in_({key.parent for key in keys})).subquery()
    row = aliased(model, ranked)
    rows = select(row).where(ranked.c.place <= max(key.most for key in keys)).order_by(ranked.c.place)
    async with new_session() as session:
        lists = _lists(await session.scalars(rows), column)
    return [lists[key.parent][: key.most] for key in keys]


async def _totals(column: Any, keys: Sequence[During]) -> list[Any]:
    found: dict[During, Any] = {}
    for (first, last), parents in _by_days(keys).items():
        rows = select(column.label("parent"), *_sums()).where(column.in_(parents), MetricHour.day.between(first, last))
        async with new_session() as session:
            for row in await session.execute(rows.group_by(column)):
                found[During(row.parent, first, last)] = row
    return [found.get(key) for key in keys]


def _sums() -> list[Any]:
    counters = (MetricHour.impressions, MetricHour.clicks, MetricHour.spend_micros)
    return [cast(func.sum(counter), BigInteger).label(counter.key) for counter in counters]


def _by_days(keys: Sequence[During]) -> dict[tuple[date, date], list[UUID]]:
    """The parents of each range of days: a statement serves one range."""
    ranges: dict[tuple[date, date], list[UUID]] = defaultdict(list)
    for key in keys:
        ranges[key.first, key.last].append(key.parent)
    return ranges


def _lists(rows: Any, column: str) -> dict[Hashable, list[Any]]:
    lists: dict[Hashable, list[Any]] = defaultdict(list)
    for row in rows:
        lists[getattr(row, column)].append(row)
    return lists
