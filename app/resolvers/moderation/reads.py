"""What is read of cases: below an ad, by those who may see its account, and at the moderators' desk."""

from collections.abc import Collection
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.db.keys import Condition, Selection, any_of
from app.db.page import Order
from app.db.parameters import typed
from app.db.reads import Many, One, OneOf, RootOne, RootPaged
from app.db.scope import under, within
from app.db.tables.moderation import CaseFinding, ModerationCase
from app.domain.access import ClaimFilter, Scope
from app.domain.findings import FindingKind
from app.domain.moderation.cases import OPEN, WAITING, ModerationStatus, SubjectKind
from app.resolvers.campaigns.reads import AD_OF
from app.resolvers.identity.reads import user_of
from app.resolvers.pages.reads import LANDING_PAGE


class CaseSort(Enum):
    DUE_ASC = "DUE_ASC"
    SUBMITTED_ASC = "SUBMITTED_ASC"
    SUBMITTED_DESC = "SUBMITTED_DESC"


def _is_any(column: Any, states: Collection[ModerationStatus]) -> Any:
    return or_(*(column == each for each in states))


_BEFORE = aliased(ModerationCase)
_AHEAD = tuple_(_BEFORE.due_at, _BEFORE.id) <= tuple_(ModerationCase.due_at, ModerationCase.id)
# unscoped: a number alone
_PLACE = select(func.count()).where(_is_any(_BEFORE.status, WAITING), _AHEAD).scalar_subquery()
_POSITION = case((_is_any(ModerationCase.status, WAITING), _PLACE)).label("queue_position")


def cases(scope: Scope, ids: Collection[UUID]) -> Selection:
    return within(scope, ModerationCase).add_columns(_POSITION).where(any_of(ModerationCase.id, ids))


def case_of_ad(where: Condition) -> Selection:
    return under(ModerationCase).add_columns(_POSITION).where(where(ModerationCase.ad_id))


def case_of_content(where: Condition) -> Selection:
    return under(ModerationCase).add_columns(_POSITION).where(where(ModerationCase.content_id))


def findings_of_case(where: Condition) -> Selection:
    return under(CaseFinding).where(where(CaseFinding.case_id))


def queue(
    scope: Scope,
    now: Any,
    status: Collection[ModerationStatus] | None = None,
    overdue: bool | None = None,
    kind: Collection[FindingKind] | None = None,
    subject: Collection[SubjectKind] | None = None,
    claimed: ClaimFilter | None = None,
) -> Selection:
    """The cases of all accounts, without a status those that wait for a decision."""
    rows = under(ModerationCase).add_columns(_POSITION)
    is_open = _is_any(ModerationCase.status, OPEN)
    rows = rows.where(is_open if status is None else any_of(ModerationCase.status, status))
    if overdue is not None:
        late = is_open & (ModerationCase.due_at < typed(now, ModerationCase.due_at.type))
        rows = rows.where(late if overdue else ~late)
    if kind is not None:
        # unscoped: findings of the cases that are selected
        of_kind = select(CaseFinding.id).where(CaseFinding.case_id == ModerationCase.id, any_of(CaseFinding.kind, kind))
        rows = rows.where(of_kind.exists())
    if subject is not None:
        rows = rows.where(any_of(ModerationCase.subject_kind, subject))
    return rows if claimed is None else rows.where(_claimed(scope, claimed))


def _claimed(scope: Scope, claimed: ClaimFilter) -> Any:
    if claimed is ClaimFilter.MINE:
        return ModerationCase.claimed_by == scope.user_id
    is_claimed = ModerationCase.claimed_by.is_not(None)
    return is_claimed if claimed is ClaimFilter.CLAIMED else ~is_claimed


CASES = RootOne(cases)
CASE_OF_AD = One(case_of_ad, key="ad_id")
CASE_OF_PAGE = One(case_of_content, key="content_id", of="submitted_id")
SUBJECT_OF_CASE = OneOf({"Ad": AD_OF, "BrandPage": LANDING_PAGE})
FINDINGS_OF_CASE = Many(findings_of_case, key="case_id", order=Order(("place", "id")))
CLAIMED_BY = One(user_of, key="id", of="claimed_by")
DECIDED_BY = One(user_of, key="id", of="decided_by")
QUEUE = RootPaged(
    queue,
    orders={
        CaseSort.DUE_ASC: Order(("due_at", "id")),
        CaseSort.SUBMITTED_ASC: Order(("submitted_at", "id")),
        CaseSort.SUBMITTED_DESC: Order(("submitted_at", "id"), descending=True),
    },
)
