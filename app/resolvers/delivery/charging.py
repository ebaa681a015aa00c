"""Charging clicks: never more than is left of the campaign, of its day and of the account's credit (I7, S69)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.db import bulk
from app.db.keys import any_of
from app.db.tables.billing import AccountCredit
from app.db.tables.campaigns import Campaign
from app.db.tables.metrics import MetricHour
from app.db.work import Work
from app.domain.delivery.events import AdEvent, Purse, charge
from app.resolvers.billing.accruing import Line, accrue
from app.resolvers.campaigns.effect import refresh_all

SPENT = ("spent_micros", "spent_today_micros", "spent_on")


@dataclass(frozen=True)
class Click:
    """A click to be charged: the event, whose price is more than 0, whose it is, and on which day of theirs it was."""

    event: AdEvent
    account_id: UUID
    campaign_id: UUID
    day: date

    def line(self, cost: int) -> Line:
        """The line of its charge."""
        event = self.event
        return Line(self.campaign_id, event.ad_id, event.auction_id, event.slot, event.target, event.at, cost)


@dataclass
class Account:
    """A campaign's money while its clicks are charged; *days* are what is left of those with a daily budget."""

    row: Any
    purse: Purse
    days: dict[date, Purse] = field(default_factory=dict)
    spent_on: date | None = None
    spent_today: int = 0


async def charge_all(work: Work, clicks: Sequence[Click]) -> list[int]:
    """What each click costs, one after the other; the campaigns', accounts' and charges' rows say so afterwards.

    They are locked in one order, accounts before campaigns: writers charge one after the other.
    """
    credits = await _credits(work, {click.account_id for click in clicks})
    campaigns = await _campaigns(work, {click.campaign_id for click in clicks})
    days = await _days(work, campaigns.values(), {click.day for click in clicks})
    charged = []
    for click in clicks:
        campaign = campaigns[click.campaign_id]
        purses = [campaign.purse, *_limits(campaign, click.day, days), *credits.get(click.account_id, ())]
        charged.append(charge(click.event.price, *purses))
        _spend(campaign, click.day, charged[-1])
    await _keep(work, campaigns, credits)
    lines = [click.line(cost) for click, cost in zip(clicks, charged, strict=True) if cost]
    if lines:
        await accrue(work, lines)
    return charged


def _limits(campaign: Account, day: date, spent: Mapping[Any, int]) -> Collection[Purse]:
    daily = campaign.row.daily_budget_micros
    if daily is None:
        return ()
    return (campaign.days.setdefault(day, Purse(daily - spent[campaign.row.id, day])),)


def _spend(campaign: Account, day: date, charged: int) -> None:
    if campaign.spent_on is None or campaign.spent_on < day:
        campaign.spent_on, campaign.spent_today = day, 0
    if campaign.spent_on == day:
        campaign.spent_today += charged


async def _credits(work: Work, ids: Collection[UUID]) -> dict[UUID, tuple[Purse]]:
    # unscoped: the accounts of the clicks
    rows = select(AccountCredit.account_id, AccountCredit.left_micros).where(any_of(AccountCredit.account_id, ids))
    locked = rows.order_by(AccountCredit.account_id).with_for_update(key_share=True)
    return {id: (Purse(left),) for id, left in await work.session.execute(locked)}


async def _campaigns(work: Work, ids: Collection[UUID]) -> dict[UUID, Account]:
    shown = (Campaign.id, Campaign.total_budget_micros, Campaign.daily_budget_micros, Campaign.reasons)
    spent = (Campaign.spent_micros, Campaign.spent_today_micros, Campaign.spent_on)
    # unscoped: the campaigns of the clicks
    rows = select(*shown, *spent).where(any_of(Campaign.id, ids)).order_by(Campaign.id)
    return {
        row.id: Account(
            row, Purse(row.total_budget_micros - row.spent_micros), {}, row.spent_on, row.spent_today_micros
        )
        for row in await work.session.execute(rows.with_for_update(key_share=True))
    }


async def _days(work: Work, campaigns: Collection[Account], days: Collection[date]) -> Mapping[Any, int]:
    """What campaigns with a daily budget have spent on each of the days: a click may come after its day."""
    limited = [each.row.id for each in campaigns if each.row.daily_budget_micros is not None]
    if not limited:
        return {}
    # unscoped: the campaigns just locked
    spent = select(MetricHour.campaign_id, MetricHour.day, func.sum(MetricHour.spend_micros))
    spent = spent.where(any_of(MetricHour.campaign_id, limited), MetricHour.day.between(min(days), max(days)))
    rows = await work.session.execute(spent.group_by(MetricHour.campaign_id, MetricHour.day))
    return defaultdict(int, {(campaign, day): int(sum_) for campaign, day, sum_ in rows})


async def _keep(work: Work, campaigns: Mapping[UUID, Account], credits: Mapping[UUID, tuple[Purse]]) -> None:
    """A charge is no edit: it does not count up a campaign's version."""
    rows = [
        (id, each.row.total_budget_micros - each.purse.left, each.spent_today, each.spent_on)
        for id, each in campaigns.items()
    ]
    await bulk.change(work.session, Campaign, SPENT, rows)
    for account_id, (purse,) in credits.items():
        # unscoped: locked above
        mine = update(AccountCredit).where(AccountCredit.account_id == account_id)
        await work.session.execute(mine.values(left_micros=purse.left))
    ended = [id for id, each in campaigns.items() if _has_ended(each)]
    if ended:
        # unscoped: campaigns locked above, whose budget is used up now
        again = select(Campaign).where(any_of(Campaign.id, ended)).order_by(Campaign.id)
        found = await work.session.scalars(again.execution_options(populate_existing=True))
        await refresh_all(work, found.all())


def _has_ended(campaign: Account) -> bool:
    """Whether a budget is used up, and the campaign's reasons do not say so yet."""
    told, daily = campaign.row.reasons, campaign.row.daily_budget_micros
    if campaign.purse.left <= 0 and "TOTAL_BUDGET_SPENT" not in told:
        return True
    return daily is not None and campaign.spent_today >= daily and "DAILY_BUDGET_SPENT" not in told
