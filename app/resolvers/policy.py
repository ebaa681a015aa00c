"""What the retailer promises and demands: service levels as set, documents in the version in force."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.db.engine import Database
from app.db.keys import Condition, Selection, any_of
from app.db.reads import One, RootOne
from app.db.tables.policy import PolicyDocument, ServiceLevelSetting
from app.db.work import Work
from app.domain.access import Scope
from app.domain.errors import Findings
from app.domain.events import Event
from app.domain.policy import (
    PROMISED,
    PolicyDocumentKind,
    ServiceLevel,
    ServiceLevelKind,
    check_document,
    duration_problem,
)
from app.domain.text import line, paragraphs

Levels = Mapping[ServiceLevelKind, ServiceLevel]


# ---- reads


def documents(scope: Scope, ids: Collection[UUID]) -> Selection:  # noqa: ARG001 - they are everybody's
    return select(*PolicyDocument.__table__.c).where(any_of(PolicyDocument.id, ids))


def document(scope: Scope, kind: PolicyDocumentKind, version: int | None, now: Any) -> Selection:  # noqa: ARG001
    """One version, or the one in force: the last that has come into force."""
    rows = select(*PolicyDocument.__table__.c).where(PolicyDocument.kind == kind)
    if version is not None:
        return rows.where(PolicyDocument.version == version)
    return rows.where(PolicyDocument.effective_at <= now).order_by(PolicyDocument.version.desc()).limit(1)


def document_of(where: Condition) -> Selection:
    return select(*PolicyDocument.__table__.c).where(where(PolicyDocument.id))


DOCUMENTS = RootOne(documents)
DOCUMENT = RootOne(document)
DOCUMENT_OF = One(document_of, key="id", of="document_id")


async def in_force(database: Database, now: datetime) -> Sequence[Any]:
    """The version of each document that is in force."""
    rows = select(*PolicyDocument.__table__.c).where(PolicyDocument.effective_at <= now)
    async with database.reading() as connection:
        found = (await connection.execute(rows.order_by(PolicyDocument.version))).all()
    latest = {row.kind: row for row in found}
    return [latest[kind] for kind in PolicyDocumentKind if kind in latest]


async def levels(database: Database) -> Levels:
    """What is promised, as the operator has set it."""
    async with database.reading() as connection:
        return _levels((await connection.execute(select(*ServiceLevelSetting.__table__.c))).all())


async def level(work: Work, kind: ServiceLevelKind) -> ServiceLevel:
    """One promise, inside a Work."""
    return _levels((await work.session.execute(select(*ServiceLevelSetting.__table__.c))).all())[kind]


def _levels(rows: Sequence[Any]) -> Levels:
    return {**PROMISED, **{row.kind: ServiceLevel(row.duration, row.business_days) for row in rows}}


# ---- changes


async def current(work: Work, kind: PolicyDocumentKind) -> PolicyDocument:
    """The version in force: what is accepted now. An agreement is always there, from the first migration on."""
    rows = select(PolicyDocument).where(PolicyDocument.kind == kind, PolicyDocument.effective_at <= work.now)
    found: PolicyDocument | None = await work.session.scalar(rows.order_by(PolicyDocument.version.desc()).limit(1))
    if found is None:
        raise LookupError(f"no {kind.value} is in force")
    return found


async def publish(
    work: Work, kind: PolicyDocumentKind, title: str, markdown: str, effective_at: datetime
) -> PolicyDocument:
    """A further version of a document; what was accepted before stays as it was (S12, S77)."""
    found = Findings()
    check_document(found, title, markdown, effective_at, work.now)
    found.settle()
    latest = select(func.max(PolicyDocument.version)).where(PolicyDocument.kind == kind)
    version = (await work.session.scalar(latest) or 0) + 1
    made = PolicyDocument(kind=kind, version=version, title=line(title), markdown=paragraphs(markdown))
    made.effective_at = effective_at
    work.emit(Event.POLICY_DOCUMENT_PUBLISHED, work.add(made))
    return made


async def set_level(work: Work, kind: ServiceLevelKind, duration: str, *, business_days: bool) -> ServiceLevel:
    """Promise something else from now on; what is due already stays due (S14, S57, S73, S78)."""
    found = Findings()
    found.add(duration_problem(duration, "duration"))
    found.settle()
    setting = await work.session.scalar(
        select(ServiceLevelSetting).where(ServiceLevelSetting.kind == kind).with_for_update()
    )
    setting = setting or work.add(ServiceLevelSetting(kind=kind))
    setting.duration, setting.business_days = duration, business_days
    work.emit(Event.SERVICE_LEVEL_SET, setting)
    return ServiceLevel(duration, business_days)
