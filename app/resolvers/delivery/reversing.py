"""Clicks that were found invalid later: figures that are not final yet count them as such, and budgets are freer."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, update

from app.db.tables.billing import Charge, ChargeLine, ClickReversal
from app.db.tables.campaigns import Campaign
from app.db.tables.metrics import AdEvent, MetricBounds
from app.db.work import Work
from app.domain.delivery.events import EventKind
from app.domain.delivery.traffic import InvalidTraffic
from app.domain.metrics import Hour
from app.resolvers.campaigns.effect import refresh_all
from app.resolvers.delivery.owners import owners
from app.resolvers.delivery.rollups import Additions

IS_LINE = (AdEvent.auction_id == ChargeLine.auction_id) & (AdEvent.slot == ChargeLine.slot)


async def take_back(work: Work, charge: Charge) -> None:
    """Take clicks that billing has just reversed out of the figures of a campaign, whose row is locked (I14).

    What is final stays; and so does what its events are no longer kept for.
    """
    bounds = await work.session.execute(select(MetricBounds.final_before).with_for_update(read=True))
    clicks = await _clicks(work, charge.campaign_id, AdEvent.at >= bounds.scalar_one())
    if not clicks:
        return
    known = await owners(work, {click.ad_id for click in clicks})
    additions, spent = Additions(), defaultdict[date, int](int)
    for click in clicks:
        hour = Hour(click.starts_at, click.day, click.hour)
        cell = (click.ad_id, click.placement, click.position, hour, click.target)
        additions.take_back(cell, click.charged_micros)
        spent[click.day] += click.charged_micros
        await _mark(work, click)
    await additions.write(work, known)
    await _free(work, charge.campaign_id, spent)


async def _clicks(work: Work, campaign_id: UUID, is_open: Any) -> Sequence[Any]:
    """The events of the clicks that were reversed at this moment."""
    # unscoped: of the campaign that is locked
    rows = select(*AdEvent.__table__.c).join(ChargeLine, IS_LINE).join(ClickReversal, ClickReversal.id == ChargeLine.id)
    rows = rows.join(Charge, Charge.id == ChargeLine.charge_id)  # unscoped: likewise
    rows = rows.where(Charge.campaign_id == campaign_id, ClickReversal.at == work.now, AdEvent.kind == EventKind.CLICK)
    return (await work.session.execute(rows.where(is_open, AdEvent.invalid.is_(None)))).all()


async def _mark(work: Work, click: Any) -> None:
    table = cast("Any", AdEvent.__table__)
    mine = (AdEvent.auction_id == click.auction_id) & (AdEvent.slot == click.slot) & (AdEvent.kind == click.kind)
    there = (AdEvent.shopper == click.shopper) & (AdEvent.at == click.at) & (AdEvent.starts_at == click.starts_at)
    # unscoped: by its key, and by where it is found: its part of the table, and the index of shoppers
    change = update(table).where(mine, there)
    await work.session.execute(change.values(invalid=InvalidTraffic.REVIEWED, charged_micros=0))


async def _free(work: Work, campaign_id: UUID, spent: dict[date, int]) -> None:
    """What the campaign has not spent after all may be spent again."""
    # unscoped: of the campaign that is locked
    rows = select(Campaign).where(Campaign.id == campaign_id).execution_options(populate_existing=True)
    campaign = (await work.session.scalars(rows)).one()
    today = spent.get(campaign.spent_on, 0) if campaign.spent_on else 0
    less = {
        "spent_micros": campaign.spent_micros - sum(spent.values()),
        "spent_today_micros": campaign.spent_today_micros - today,
    }
    # unscoped: likewise; no edit, so its version stays
    await work.session.execute(update(cast("Any", Campaign.__table__)).where(Campaign.id == campaign_id).values(less))
    again = await work.session.scalars(rows)
    await refresh_all(work, again.all())
