"""The one schema, checked as it is built: every root field carries exactly one guard."""

from typing import Annotated, Any

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.utils.str_converters import to_camel_case

from app.db.ids import parse
from app.domain.access import Level
from app.domain.errors import LimitExceeded, Refusal
from app.execution.executor import Executor
from app.schema.account_jobs import JobMutations, JobQueries, JobSubscriptions
from app.schema.accounts.account import AccountQueries
from app.schema.accounts.handover import HandoverMutations
from app.schema.accounts.people import PeopleMutations, PeopleQueries
from app.schema.accounts.sandbox import SandboxMutations
from app.schema.accounts.settings import AccountMutations, DeskQueries
from app.schema.assets import AssetMutations
from app.schema.billing.account import BillingMutations, BillingQueries
from app.schema.billing.cards import PaymentMutations, PaymentQueries
from app.schema.billing.changes import BillingSubscriptions
from app.schema.billing.charges import ChargeMutations, ChargeQueries
from app.schema.campaigns.ad import AdMutations, AdQueries
from app.schema.campaigns.campaign import CampaignMutations, CampaignQueries
from app.schema.campaigns.changes import CampaignSubscriptions
from app.schema.campaigns.drafts import DraftMutations
from app.schema.campaigns.payment import CampaignPaymentMutations
from app.schema.campaigns.preview import PreviewQueries
from app.schema.campaigns.stock import StockMutations
from app.schema.catalogue import CatalogueMutations, CatalogueQueries
from app.schema.context import Info
from app.schema.delivery.counting import EventsMutations
from app.schema.delivery.deciding import DecidingMutations, DecidingQueries
from app.schema.delivery.explaining import ExplainingQueries
from app.schema.directives import EXECUTABLE, ListSize
from app.schema.errors import MEMBERS
from app.schema.guards import Access
from app.schema.history import HistoryMutations, HistoryQueries, HistorySubscriptions
from app.schema.identity.people import PersonMutations
from app.schema.identity.server import ServerQueries
from app.schema.identity.sessions import SessionMutations, ViewerQueries
from app.schema.identity.signing_up import SigningUpMutations
from app.schema.identity.tokens import TokenMutations
from app.schema.metrics.rows import MetricsQueries
from app.schema.metrics.ticks import MetricsSubscriptions
from app.schema.moderation.case import ModerationQueries
from app.schema.moderation.changes import ModerationSubscriptions
from app.schema.moderation.pages import PublishingMutations
from app.schema.moderation.wishes import DeskMutations, PrecheckQueries, SubmittingMutations
from app.schema.notices import NoticeQueries
from app.schema.onboarding.application import ApplicationMutations, ApplicationQueries
from app.schema.onboarding.changes import RegistrationSubscriptions
from app.schema.onboarding.login import LoginMutations
from app.schema.onboarding.review import ReviewMutations, ReviewQueries
from app.schema.onboarding.terms import TermsMutations, TermsQueries
from app.schema.pages.wishes import PageMutations, PageQueries
from app.schema.policy import PolicyMutations, PolicyQueries
from app.schema.relay import NODES, Node
from app.schema.reports import ReportMutations
from app.schema.scalars import SCALARS

MOST_NODES = 100


class UnguardedError(TypeError):
    """A root field without a guard, or with two: the schema is not built."""


def _object(kind: Any, row: Any) -> Node:
    return kind(row=row)


async def _nodes(info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
    """The nodes that the caller may see, each type in one statement; null for all others."""
    found = [parse(id) for id in ids]
    wanted: dict[str, list[Any]] = {}
    for each in found:
        if each and each[0] in NODES:
            wanted.setdefault(each[0], []).append(each[1])
    seen: dict[Any, Node] = {}
    for name, keys in wanted.items():
        kind = NODES[name]
        scope = kind.opens(info.context.caller)
        if scope is not None:
            rows = await info.context.loads.reader.rows(kind.read.rows(scope, ids=keys))
            seen |= {(name, row.id): _object(kind.kind, row) for row in rows}
    return [seen.get(each) for each in found]


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description="An object by its id; null when it is unknown or hidden", extensions=[Access(Level.PUBLIC)]
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id")],
    ) -> Node | None:
        return (await _nodes(info, [id]))[0]

    @strawberry.field(
        description="Objects by their ids, at most 100; null for those that are unknown or hidden",
        extensions=[Access(Level.PUBLIC)],
        directives=[ListSize(assumed_size=MOST_NODES)],
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids")],
    ) -> list[Node | None]:
        if len(ids) > MOST_NODES:
            message = f"At most {MOST_NODES} ids at once, not {len(ids)}."
            raise Refusal(LimitExceeded(message=message, path=("ids",), limit=MOST_NODES))
        return await _nodes(info, ids)


@strawberry.type(description="What may be read")
class Query(
    NodeQueries,
    ViewerQueries,
    ServerQueries,
    AccountQueries,
    DeskQueries,
    PeopleQueries,
    BillingQueries,
    PaymentQueries,
    ChargeQueries,
    CatalogueQueries,
    CampaignQueries,
    AdQueries,
    PreviewQueries,
    MetricsQueries,
    DecidingQueries,
    ExplainingQueries,
    NoticeQueries,
    ApplicationQueries,
    TermsQueries,
    ReviewQueries,
    ModerationQueries,
    PrecheckQueries,
    PolicyQueries,
    HistoryQueries,
    PageQueries,
    JobQueries,
):
    pass


@strawberry.type(
    description="What may be changed; each field is a transaction of its own, unless the operation is @atomic"
)
class Mutation(
    SigningUpMutations,
    SessionMutations,
    PersonMutations,
    TokenMutations,
    AccountMutations,
    SandboxMutations,
    HandoverMutations,
    PeopleMutations,
    BillingMutations,
    PaymentMutations,
    ChargeMutations,
    CampaignMutations,
    AdMutations,
    AssetMutations,
    ApplicationMutations,
    LoginMutations,
    TermsMutations,
    ReviewMutations,
    PolicyMutations,
    DraftMutations,
    CampaignPaymentMutations,
    SubmittingMutations,
    DeskMutations,
    CatalogueMutations,
    StockMutations,
    EventsMutations,
    DecidingMutations,
    HistoryMutations,
    PageMutations,
    PublishingMutations,
    ReportMutations,
    JobMutations,
):
    pass


@strawberry.type(description="What is told as it happens; access is checked again for every event")
class Subscription(
    CampaignSubscriptions,
    BillingSubscriptions,
    RegistrationSubscriptions,
    ModerationSubscriptions,
    HistorySubscriptions,
    MetricsSubscriptions,
    JobSubscriptions,
):
    pass


class Schema(strawberry.Schema):
    """Executable directives are carried out by executor and guards: Strawberry's own extension stays away."""

    def get_extensions(self, sync: bool = False) -> list[SchemaExtension]:  # noqa: ARG002
        return []


def build(query: type = Query, mutation: type = Mutation, subscription: type = Subscription) -> Schema:
    """The schema, or an UnguardedError that names the fields at fault."""
    faulty = [name for root in (query, mutation, subscription) for name in _unguarded(root)]
    if faulty:
        raise UnguardedError(f"exactly one Access is needed on: {', '.join(faulty)}")
    return Schema(
        query,
        mutation,
        subscription,
        types=[*MEMBERS, *(each.kind for each in NODES.values())],
        directives=EXECUTABLE,
        execution_context_class=Executor,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def _unguarded(root: Any) -> list[str]:
    fields = root.__strawberry_definition__.fields
    return [
        to_camel_case(field.name) for field in fields if sum(isinstance(each, Access) for each in field.extensions) != 1
    ]
