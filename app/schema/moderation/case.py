"""Cases of moderation and the queue of the moderators' desk."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.domain.access import Caller, Level
from app.domain.findings import FindingKind
from app.domain.moderation import cases as rules
from app.domain.moderation.cases import ModerationStatus
from app.domain.moderation.cases import SubjectKind as ModerationSubjectKind
from app.execution.connection import Connection
from app.execution.vocabulary import Arguments, column, computed, connection, many, one, several
from app.resolvers.moderation import reads
from app.resolvers.moderation.reads import CaseSort as ModerationSort
from app.resolvers.pages.reads import CONTENT_OF_CASE
from app.schema.campaigns.ad import Ad
from app.schema.context import Context, Info
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.findings import Finding
from app.schema.guards import Access, Permission
from app.schema.identity.people import User
from app.schema.inputs import ClaimFilter, given
from app.schema.pages.page import BrandPage, PageContent
from app.schema.relay import Node, identity, node

DESK = Access(Level.MODERATOR)

enum(
    ModerationStatus,
    "ModerationStatus",
    "State of a case",
    QUEUED="Waits for a moderator",
    CLAIMED="A moderator looks at it",
    APPROVED="The ad may be served, the Page is public",
    REJECTED="The ad is not served, the Page's snapshot not shown; its findings say why",
    APPEALED="Waits for another moderator's look",
    WITHDRAWN="Taken back by the owner of the Page: nobody decides it any more",
)
enum(
    ModerationSubjectKind,
    "ModerationSubjectKind",
    "What a case is about",
    AD="An ad",
    BRAND_PAGE="A snapshot of a brand's Page",
)
enum(
    ModerationSort,
    "ModerationSort",
    "Order of cases",
    DUE_ASC="Soonest due first",
    SUBMITTED_ASC="Handed in first, first",
    SUBMITTED_DESC="Handed in last, first",
)


@strawberry.type(description="What the caller may do with a case now")
class ModerationPermissions:
    claim: Permission = strawberry.field(description="Whether `moderationClaim` would be carried out")
    release: Permission = strawberry.field(description="Whether `moderationRelease` would be carried out")
    decide: Permission = strawberry.field(description="Whether `moderationDecide` would be carried out")


def _permissions(context: Context, account_id: Any, appealed_at: datetime | None, *facts: Any) -> ModerationPermissions:
    caller, case = context.caller, rules.CaseFacts(*facts, appealed=appealed_at is not None)
    who = rules.Moderator(caller.user_id, account_id in caller.grants)
    if not caller.holds(Level.MODERATOR):  # what is in the way of moderators is their desk's business
        return ModerationPermissions(**dict.fromkeys(("claim", "release", "decide"), DESK.staff_permits(caller, ())))
    steps = {
        "claim": rules.claim_problem(case, who),
        "release": rules.release_problem(case, who, context.now),
        "decide": rules.decide_problem(case, who, ModerationStatus.APPROVED),
    }
    return ModerationPermissions(
        **{name: DESK.staff_permits(caller, [problem] if problem else []) for name, problem in steps.items()}
    )


def _overdue(context: Context, status: ModerationStatus, due_at: datetime) -> bool:
    return rules.is_overdue(status, due_at, context.now)


@node(reads.CASES, Level.EDITOR, "campaigns:read", staff=Level.MODERATOR)
@strawberry.type(
    description="The review of an ad, or of a snapshot of a Page, from its submission on; an appeal goes on with it"
)
class ModerationCase(Node):
    id: strawberry.ID = identity("ModerationCase")
    subject: Annotated[Ad | BrandPage, strawberry.union("ModerationSubject", description="What is reviewed")] | None = (
        several(reads.SUBJECT_OF_CASE, description="What is reviewed")
    )
    page_content: PageContent | None = one(
        CONTENT_OF_CASE, description="The snapshot of the Page that is reviewed; null for an ad"
    )
    status: ModerationStatus = column(description="How far it has come")
    submitted_at: datetime = column(description="When it was handed in")
    due_at: datetime = column(description="When it is decided at the latest")
    overdue: bool = computed(_overdue, "status", "due_at", asks=True, description="Whether it is late")
    queue_position: int | None = column(
        description="Its place among those that wait, 1 is next; null while it is claimed or when it is decided"
    )
    findings: list[Finding] = many(
        reads.FINDINGS_OF_CASE,
        description="What rules and moderators found",
        directives=[ListSize(assumed_size=2 * rules.MOST_FINDINGS)],
    )
    appeal_message: str | None = column(description="Why the advertiser asked for another look")
    claimed_by: User | None = one(reads.CLAIMED_BY, description="Moderator who looks at it", access=DESK)
    decided_by: User | None = one(reads.DECIDED_BY, description="Moderator who decided last", access=DESK)
    decided_at: datetime | None = column(description="When it was decided last")
    policy_version: int = column(description="Version of the ad policy that it was checked by")
    permissions: ModerationPermissions = computed(
        _permissions,
        "account_id",
        "appealed_at",
        "status",
        "submitted_by",
        "claimed_by",
        "claimed_at",
        "decided_by",
        asks=True,
        description="What the caller may do with it now",
    )
    version: int = column(description="Counts its changes, for expectedVersion")

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:  # noqa: ARG003 - a desk is held everywhere
        return caller.holds(level)


@strawberry.input(description="Which cases")
class ModerationFilter:
    status: list[ModerationStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Any of these; without it those that wait for a decision"
    )
    overdue: bool | None = strawberry.field(default=strawberry.UNSET, description="Only those that are late, or not")
    kind: list[FindingKind] | None = strawberry.field(
        default=strawberry.UNSET, description="With a finding of any of these kinds"
    )
    subject: list[ModerationSubjectKind] | None = strawberry.field(
        default=strawberry.UNSET, description="About any of these"
    )
    claimed: ClaimFilter | None = strawberry.field(default=strawberry.UNSET, description="By whom they are claimed")


@strawberry.type
class ModerationQueries:
    @connection(
        reads.QUEUE,
        gives=Connection[ModerationCase] | None,
        access=DESK,
        description="Cases of all accounts, without a status in the filter those that wait for a decision",
    )
    def moderation_queue(
        self,
        info: Info,
        filter: Annotated[ModerationFilter | None, strawberry.argument(description="Which")] = strawberry.UNSET,
        sort: Annotated[
            ModerationSort | None, strawberry.argument(description="In which order")
        ] = ModerationSort.DUE_ASC,
    ) -> Arguments:
        return {"now": info.context.now, "sort": sort, **given(filter)}
