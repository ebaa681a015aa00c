"""Whose ads are, and in which time zone their events count."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from app.db.keys import Selection, any_of, sent
from app.db.tables.accounts import Account
from app.db.tables.campaigns import Ad
from app.db.work import Work

MOST_KNOWN = 100_000  # ads


class Owner(NamedTuple):
    """Whose an ad is; `product_id` of one that leads to a product."""

    account_id: UUID
    campaign_id: UUID
    product_id: UUID | None
    zone: ZoneInfo


class Owners:
    """Remembers whose ads are, which never changes; the zones of their accounts may, and are asked for each time."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Owner] = OrderedDict()

    async def of(self, work: Work, ads: Collection[UUID]) -> dict[UUID, Owner]:
        """The owners of ads; an ad that is not there has none."""
        known = self._known
        missing = [ad for ad in ads if ad.int not in known]
        if missing:
            read = await owners(work, missing)
            known.update((ad.int, owner) for ad, owner in read.items())
        found = {ad: known[ad.int] for ad in ads if ad.int in known}
        while len(known) > MOST_KNOWN:
            known.popitem(last=False)
        return await _in_their_zones(work, found) if len(missing) < len(ads) else found


async def owners(work: Work, ads: Collection[UUID]) -> dict[UUID, Owner]:
    """The same, with nothing remembered."""
    found = await work.session.execute(_owned(), {sent("ads"): ads})
    return {id: Owner(account, campaign, product, ZoneInfo(z)) for id, account, campaign, product, z in found}


async def _in_their_zones(work: Work, known: Mapping[UUID, Owner]) -> dict[UUID, Owner]:
    accounts = {owner.account_id.int: owner.account_id for owner in known.values()}
    found = await work.session.execute(_zones(), {sent("accounts"): list(accounts.values())})
    zones = {id.int: ZoneInfo(zone) for id, zone in found}
    return {
        ad: owner if owner.zone is (zone := zones[owner.account_id.int]) else owner._replace(zone=zone)
        for ad, owner in known.items()
    }


@cache
def _owned() -> Selection:
    # unscoped: events name ads by sealed or operator's ids, never by a caller's word
    rows = select(Ad.id, Ad.account_id, Ad.campaign_id, Ad.product_id, Account.time_zone)
    rows = rows.join(Account, Account.id == Ad.account_id)
    return rows.where(any_of(Ad.id, bindparam("ads")))  # unscoped: likewise


@cache
def _zones() -> Selection:
    # unscoped: of the accounts of such ads
    return select(Account.id, Account.time_zone).where(any_of(Account.id, bindparam("accounts")))
