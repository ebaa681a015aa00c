"""The one change: a campaign's total budget."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from bench.peers.plain.models import Campaign, Change, Membership, User, new_session


class Refused(Exception):
    """The change was not carried out, and why."""


async def update_budget(user: User, id: UUID | None, micros: int, currency: str) -> Campaign:
    """Write the budget and a line of history under the row's lock; one below what is spent becomes what is spent."""
    async with new_session.begin() as session:
        member = select(Membership.account_id).where(Membership.user_id == user.id, Membership.status == "ACTIVE")
        found = select(Campaign).where(Campaign.id == id, Campaign.account_id.in_(member))
        campaign = await session.scalar(found.with_for_update(key_share=True))
        if campaign is None:
            raise Refused("No such campaign.")
        if campaign.configured_status == "ARCHIVED":
            raise Refused("The campaign is ARCHIVED: create a new one.")
        if campaign.currency != currency:
            raise Refused(f"The account's currency is {campaign.currency}.")
        before, after = campaign.total_budget_micros, max(micros, campaign.spent_micros)
        if before != after:
            campaign.total_budget_micros, campaign.updated_at = after, datetime.now(UTC)
            session.add(_line(user, campaign, before))
    return campaign


def _line(user: User, campaign: Campaign, before: int) -> Change:
    return Change(
        at=campaign.updated_at,
        account_id=campaign.account_id,
        actor_user_id=user.id,
        actor=user.name,
        via="SESSION",
        event="CAMPAIGN_UPDATED",
        action="campaignUpdate",
        subject_type="Campaign",
        subject_id=campaign.id,
        before={"total_budget_micros": before},
        after={"total_budget_micros": campaign.total_budget_micros},
    )
