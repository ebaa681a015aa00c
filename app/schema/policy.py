"""What the retailer promises and demands: service levels, and documents in versions."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.domain.access import Level
from app.domain.policy import PolicyDocumentKind, ServiceLevelKind
from app.execution.vocabulary import Arguments, asked, column
from app.resolvers import policy
from app.schema.context import Info
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.guards import Access
from app.schema.inputs import plain
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, node
from app.schema.relay import identity as id_field
from app.schema.scalars import Duration

OPERATE = Access(Level.OPERATOR)

enum(
    ServiceLevelKind,
    "ServiceLevelKind",
    "What is promised",
    AGENCY_ACCESS_REVIEW="Review of who represents a vendor",
    BRAND_REGISTRATION_REVIEW="Review of all other registrations",
    AD_MODERATION="Review of an ad",
    METRICS_FINAL="Until figures are final",
)
enum(
    PolicyDocumentKind,
    "PolicyDocumentKind",
    "Which document",
    AGREEMENT="The terms that a brand's contact accepts",
    USER_GUIDE="How to do things here",
    AD_POLICY_GUIDELINES="What ads may say and show",
    CREATIVE_STANDARDS="What images and texts must be like",
    BILLING_FUNDAMENTALS="How advertising is paid for",
    INFRINGEMENT_PROCEDURE="How to claim an infringement of rights",
)


@strawberry.type(description="A promise of the retailer's")
class ServiceLevel:
    kind: ServiceLevelKind = strawberry.field(description="What is promised")
    duration: Duration = strawberry.field(description="Within which time")
    business_days: bool = strawberry.field(
        description="Whether its days are business days of the retailer's calendar, or days by the clock"
    )


def promised(kind: ServiceLevelKind, levels: policy.Levels) -> ServiceLevel:
    """The promise as it is set now."""
    return ServiceLevel(kind=kind, duration=Duration(levels[kind].duration), business_days=levels[kind].business_days)


@node(policy.DOCUMENTS, Level.SIGNED_IN)
@strawberry.type(description="A version of a document; it never changes")
class PolicyDocument(Node):
    id: strawberry.ID = id_field("PolicyDocument")
    kind: PolicyDocumentKind = column(description="Which document")
    title: str = column(description="Its title")
    version: int = column(description="1 is the first")
    markdown: str = column(description="Its text, CommonMark")
    effective_at: datetime = column(description="Since when it is in force")


@strawberry.input(description="A further version of a document")
class PolicyDocumentPublishInput:
    kind: PolicyDocumentKind = strawberry.field(description="Which document")
    title: str = strawberry.field(description="Its title, 1 to 200 characters")
    markdown: str = strawberry.field(description="Its text, CommonMark, 1 to 100,000 characters")
    effective_at: datetime = strawberry.field(description="Since when it is in force: now or later")


@strawberry.type(description="The version that was published")
class PolicyDocumentPublishPayload(MutationPayload):
    document: PolicyDocument | None = strawberry.field(default=None, description="The version")


@strawberry.input(description="Another promise")
class ServiceLevelSetInput:
    kind: ServiceLevelKind = strawberry.field(description="What is promised")
    duration: Duration = strawberry.field(description="Within which time, at most 90 days")
    business_days: bool = strawberry.field(description="Whether its days are business days")


@strawberry.type(description="The promise from now on")
class ServiceLevelSetPayload(MutationPayload):
    service_level: ServiceLevel | None = strawberry.field(default=None, description="The promise")


@strawberry.type
class PolicyQueries:
    @strawberry.field(
        description="The version in force of each document",
        extensions=[Access(Level.PUBLIC)],
        directives=[ListSize(assumed_size=6)],
    )
    async def policy_documents(self, info: Info) -> list[PolicyDocument]:
        rows = await policy.in_force(info.context.services.database, info.context.now)
        return [PolicyDocument(row=row) for row in rows]

    @asked(
        policy.DOCUMENT,
        gives=PolicyDocument | None,
        access=Access(Level.PUBLIC),
        description="A version of a document; without a number the one in force",
    )
    def policy_document(
        self,
        info: Info,
        kind: Annotated[PolicyDocumentKind, strawberry.argument(description="Which document")],
        version: Annotated[int | None, strawberry.argument(description="Which version")] = strawberry.UNSET,
    ) -> Arguments:
        return {"kind": kind, "version": plain(version), "now": info.context.now}

    @strawberry.field(description="What is promised", extensions=[Access(Level.PUBLIC)])
    async def service_levels(self, info: Info) -> list[ServiceLevel]:
        levels = await policy.levels(info.context.services.database)
        return [promised(kind, levels) for kind in ServiceLevelKind]


@strawberry.type
class PolicyMutations:
    @strawberry.mutation(description="Publish a further version of a document", extensions=[OPERATE])
    async def policy_document_publish(
        self, work: Any, input: PolicyDocumentPublishInput
    ) -> PolicyDocumentPublishPayload:
        made = await policy.publish(work, input.kind, input.title, input.markdown, input.effective_at)
        return PolicyDocumentPublishPayload(document=PolicyDocument.keyed(made.id))

    @strawberry.mutation(description="Promise something else from now on", extensions=[OPERATE])
    async def service_level_set(self, work: Any, input: ServiceLevelSetInput) -> ServiceLevelSetPayload:
        level = await policy.set_level(work, input.kind, input.duration, business_days=input.business_days)
        return ServiceLevelSetPayload(service_level=promised(input.kind, {input.kind: level}))
