"""The page that a submitted ad leads to: whether it answers is asked by a job, between two transactions (law 8)."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from app.db.scope import find
from app.db.tables.campaigns import Ad
from app.db.tables.catalogue import Product
from app.db.tables.moderation import CaseFinding, ModerationCase
from app.db.work import Work
from app.domain.events import Event
from app.domain.moderation.cases import OPEN
from app.domain.moderation.rules import Policy
from app.resolvers.moderation.cases import note


async def address(work: Work, case_id: UUID) -> str | None:
    """The address of the product's page, None where the case has been decided."""
    # unscoped: a job, for every account
    rows = select(Product.detail_url).join_from(ModerationCase, Ad).join(Product, Product.id == Ad.product_id)
    rows = rows.where(ModerationCase.id == case_id, ModerationCase.status.in_(OPEN))
    return await work.session.scalar(rows)


async def note_fault(work: Work, policy: Policy, case_id: UUID, fault: str) -> None:
    """Put beside the case that the page did not answer, and why; whoever decides it sees that it changed."""
    case = await find(work, ModerationCase, case_id)
    if case.status not in OPEN:
        return
    # unscoped: of the case above
    last = await work.session.scalar(select(func.max(CaseFinding.place)).where(CaseFinding.case_id == case.id))
    findings = policy.unreachable(fault)
    note(work, case, findings, 0 if last is None else last + 1)
    flag_modified(case, "updated_at")
    work.emit(Event.LANDING_FAULT_FOUND, case, fault)
