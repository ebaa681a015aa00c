"""What stops ads for good: their product ran out of stock (S79), or their campaign could not be charged (S65)."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.db.keys import any_of
from app.db.tables.accounts import Account
from app.db.tables.billing import Charge
from app.db.tables.campaigns import Ad, Campaign
from app.db.tables.catalogue import Product
from app.db.work import Work
from app.domain.campaigns import status as rules
from app.domain.campaigns.status import ReviewStatus, SystemStop
from app.domain.events import Event
from app.domain.notices import EmailKind
from app.resolvers import notices
from app.resolvers.campaigns.effect import refresh_all

OUT = SystemStop.OUT_OF_STOCK


async def stop_for_stock(work: Work, products: Sequence[Product]) -> None:
    """Stop the ads of products that ran out of stock, in the transaction that says so; they never resume (S79, I9).

    A draft is not stopped: it is not served, and submitting it asks for the stock. The products are locked by whoever
    reports; then campaigns by their ids, then ads.
    """
    ids = [product.id for product in products]
    campaigns = await _campaigns(work, ids)
    if not campaigns:
        return
    ads = await _stop(work, _served(ids), OUT, "Its product ran out of stock")
    await refresh_all(work, campaigns)
    await _tell(work, ads, {product.id: product.title for product in products})


async def stop_for_billing(work: Work, charge: Charge) -> None:
    """Stop all ads of a campaign whose charge failed once too often; they never resume, others may follow (S65, S66).

    Whoever settles the charge has locked its campaign.
    """
    # unscoped: of the charge that failed
    rows = select(Campaign).where(Campaign.id == charge.campaign_id).execution_options(populate_existing=True)
    campaigns = (await work.session.scalars(rows)).all()
    await _stop(
        work, _submitted(Ad.campaign_id == charge.campaign_id), SystemStop.BILLING, "A charge could not be paid"
    )
    await refresh_all(work, campaigns)


async def stopped(work: Work, products: Collection[UUID]) -> Sequence[UUID]:
    """The ads of these products that were stopped at this very moment."""
    # unscoped: the retailer's report is for all accounts
    rows = select(Ad.id).where(any_of(Ad.product_id, products), Ad.system_stop == OUT, Ad.stopped_at == work.now)
    return (await work.session.scalars(rows.order_by(Ad.id))).all()


def _served(products: Collection[UUID]) -> Any:
    """The ads of these products that are served, or may be once they are approved."""
    return _submitted(any_of(Ad.product_id, products))


def _submitted(mine: Any) -> Any:
    return mine & (Ad.system_stop == SystemStop.NONE) & (Ad.review_status != ReviewStatus.DRAFT)


async def _campaigns(work: Work, products: Collection[UUID]) -> Sequence[Campaign]:
    """The campaigns that have such ads, locked by their ids."""
    mine = select(Ad.campaign_id).where(_served(products))  # unscoped: a product's ads, whose ever they are
    rows = select(Campaign).where(any_of(Campaign.id, mine)).order_by(Campaign.id)  # unscoped: likewise
    return (await work.session.scalars(rows.with_for_update(key_share=True))).all()


async def _stop(work: Work, which: Any, stop: SystemStop, reason: str) -> Sequence[Ad]:
    """Lock and stop ads of campaigns that are locked, and tell it."""
    rows = select(Ad).where(which).order_by(Ad.id).with_for_update(key_share=True)  # unscoped: likewise
    ads = (await work.session.scalars(rows)).all()
    values, table = {**rules.stopped(stop, work.now), "updated_at": work.now}, cast("Any", Ad.__table__)
    change = update(table).where(any_of(Ad.id, [ad.id for ad in ads]))  # unscoped: likewise
    await work.session.execute(change.values({**values, "version": Ad.version + 1}))
    for ad in ads:
        for name, value in {**values, "version": ad.version + 1}.items():
            set_committed_value(ad, name, value)
    work.emit_all(Event.AD_STOPPED, ads, rules.unstopped(), rules.stopped(stop, work.now), reason)
    return ads


async def _tell(work: Work, ads: Sequence[Ad], titles: dict[UUID, str]) -> None:
    """One letter an account and report to each of its ADMINs, however many ads it stopped (S24)."""
    counts = Counter(ad.account_id for ad in ads)
    named = {ad.account_id: titles[ad.product_id] for ad in ads if ad.product_id}
    # unscoped: the accounts of the ads that were stopped
    rows = select(Account).where(any_of(Account.id, list(counts))).order_by(Account.id)
    accounts = (await work.session.scalars(rows)).all()
    for each in accounts:
        told = {"account": each.display_name, "ads": counts[each.id], "product": named[each.id]}
        await notices.owe_admins(work, EmailKind.OUT_OF_STOCK, each.id, **told)
