"""A copy of a campaign with its ads, which are drafts again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.db.keys import any_of
from app.db.scope import find, missing, owner
from app.db.tables.accounts import Account, Brand
from app.db.tables.campaigns import Ad, Campaign, Keyword
from app.db.work import Work
from app.domain.accounts import active_problem
from app.domain.campaigns import status as rules
from app.domain.campaigns.drafts import check_campaign, check_copied
from app.domain.errors import Findings, Gate, GateNotMet
from app.domain.events import Event
from app.domain.money import Money
from app.resolvers.campaigns import content
from app.resolvers.campaigns.campaign import FIELDS, values_of, write
from app.resolvers.campaigns.effect import refresh


async def duplicate(
    work: Work,
    id: UUID,
    *,
    name: str,
    start: datetime,
    end: datetime | None,
    total_budget: Money | None,
    with_ads: bool,
) -> Campaign:
    """A new campaign like this one, with its ads as drafts, their interests, keywords and landing; all or nothing."""
    account = await find(work, Account, await owner(work, Campaign, id), "id")
    original = await find(work, Campaign, id)
    values = {**values_of(original), "name": name, "start": start, "end": end}
    values |= {"total_budget": total_budget} if total_budget else {}
    ads = await _ads(work, original) if with_ads else []
    found = Findings()
    found.add(active_problem(account.status, "id"), await _brand_problem(work, original))
    given = FIELDS - {"daily_budget"}  # the original's
    check_campaign(found, values, account.currency, work.now, changed=given)
    check_copied(found, len(ads), await _keywords(work, ads))
    found.settle()
    copy = Campaign(account_id=account.id, brand_id=original.brand_id, kind=original.kind, currency=original.currency)
    copy.reasons, copy.effective_status = [], rules.EffectiveStatus.READY
    copy.duplicated_from_id = original.id
    write(copy, values)
    work.emit(Event.CAMPAIGN_DUPLICATED, work.add(copy))
    await work.session.flush()
    await _copy(work, copy, ads)
    await refresh(work, copy)
    return copy


async def _brand_problem(work: Work, original: Campaign) -> GateNotMet | None:
    # unscoped: the brand of the campaign opened above
    brand = await work.session.get(Brand, original.brand_id)
    if brand is None:
        raise missing(Brand, "id")
    return (
        None
        if brand.approved
        else GateNotMet(message="The brand is not approved.", path=("id",), gate=Gate.BRAND_APPROVED)
    )


async def _ads(work: Work, original: Campaign) -> Sequence[Ad]:
    # unscoped: the ads of the campaign opened above
    return (
        await work.session.scalars(select(Ad).where(Ad.campaign_id == original.id).order_by(Ad.created_at, Ad.id))
    ).all()


async def _keywords(work: Work, ads: Sequence[Ad]) -> int:
    # unscoped: below the ads of the campaign opened above
    rows = select(func.count()).select_from(Keyword).where(any_of(Keyword.ad_id, [ad.id for ad in ads]))
    return (await work.session.scalar(rows) or 0) if ads else 0


async def _copy(work: Work, copy: Campaign, ads: Sequence[Ad]) -> None:
    """Drafts of these ads in the copy, in their order, with all of their content."""
    drafts: dict[UUID, UUID] = {}
    for ad in ads:
        same = {name: getattr(ad, name) for name in content.COLUMNS}
        draft = Ad(account_id=copy.account_id, campaign_id=copy.id, reasons=[], **same)
        draft.effective_status = rules.EffectiveStatus.DRAFT
        work.emit(Event.AD_CREATED, work.add(draft), f"Copied from another campaign: {ad.title}")
        drafts[ad.id] = draft.id
    await work.session.flush()
    await content.copy(work, drafts)
