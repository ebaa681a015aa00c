"""Events of shoppers, as shops report them."""

from datetime import datetime
from typing import Any

import strawberry

from app.domain.access import Level
from app.domain.delivery.events import EventKind as AdEventKind
from app.domain.delivery.reports import MOST_EVENTS, Refused, Report
from app.domain.delivery.reports import Rejection as EventRejectionReason
from app.domain.errors import InvalidInput, Refusal
from app.resolvers.delivery import reporting
from app.schema.context import Info
from app.schema.directives import ListSize
from app.schema.enums import enum
from app.schema.errors import user_errors
from app.schema.guards import Access
from app.schema.inputs import plain
from app.schema.payloads import MutationPayload
from app.schema.texts import DIGITS

EVENTS = Access(Level.INGEST, scope="events:write")
enum(
    AdEventKind,
    "AdEventKind",
    "What a shopper did",
    IMPRESSION="Saw an ad",
    CLICK="Clicked an ad",
    DETAIL_PAGE_VIEW="Visited the page of a product",
)
enum(
    EventRejectionReason,
    "EventRejectionReason",
    "Why an event is not taken",
    UNKNOWN_BID="No ad was served under what it cites",
    EXPIRED="Too long after the ad was served: an hour for impressions, a day for clicks",
    TOO_OLD="More than 72 hours ago: the figures are final",
    MALFORMED="Something is missing or wrong in it",
)


@strawberry.input(
    description="Something a shopper did; impressions and clicks cite resolvedBidId, detail page views name sku, "
    "opaqueUserId and an id of the shop's own"
)
class AdEventInput:
    kind: AdEventKind = strawberry.field(description="What they did")
    resolved_bid_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the auction answered with the ad; with the kind it is the key"
    )
    event_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The shop's own id of a detail page view, which counts once"
    )
    sku: str | None = strawberry.field(
        metadata=DIGITS, default=strawberry.UNSET, description="The retailer's number of the product"
    )
    opaque_user_id: str | None = strawberry.field(
        metadata=DIGITS, default=strawberry.UNSET, description="The shopper, as the auction was told"
    )
    at: datetime = strawberry.field(description="When; the future counts as now")

    def plain(self) -> Report:
        names = ("event_id", "sku", "opaque_user_id")
        return Report(
            self.kind, self.at, plain(self.resolved_bid_id), **{name: plain(getattr(self, name)) for name in names}
        )


@strawberry.input(description="Events to be counted")
class EventsReportInput:
    events: list[AdEventInput] = strawberry.field(description=f"1 to {MOST_EVENTS:,}, of any accounts, in any order")


@strawberry.type(description="An event that was not taken")
class EventRejection:
    event_id: strawberry.ID = strawberry.field(description="Its eventId or resolvedBidId, else its place in the list")
    reason: EventRejectionReason = strawberry.field(description="Why")


@strawberry.type(description="What became of the events; one that is not taken keeps no other from being counted")
class EventsReportPayload(MutationPayload):
    accepted: int | None = strawberry.field(default=None, description="How many were new")
    duplicates: int | None = strawberry.field(default=None, description="How many had been counted before")
    rejected: list[EventRejection] | None = strawberry.field(
        default=None, description="Those not taken", directives=[ListSize(assumed_size=MOST_EVENTS)]
    )


def _problem(refused: Refused) -> InvalidInput:
    path = ("events", str(refused.place), *filter(None, [refused.why.field]))
    return InvalidInput(message=refused.why.message, path=path, constraint=refused.why.reason.value)


@strawberry.type
class EventsMutations:
    @strawberry.mutation(
        description="Report impressions, clicks and detail page views; each counts once, however often it is reported",
        extensions=[EVENTS],
    )
    async def events_report(self, info: Info, work: Any, input: EventsReportInput) -> EventsReportPayload:
        services = info.context.services
        reports = [event.plain() for event in input.events]
        found = await reporting.report(work, reports, services.seals, services.terms)
        rejected = [EventRejection(event_id=strawberry.ID(e.event_id), reason=e.why.reason) for e in found.refused]
        errors = user_errors(Refusal(*map(_problem, found.refused)))
        return EventsReportPayload(
            accepted=found.accepted, duplicates=found.duplicates, rejected=rejected, user_errors=errors
        )
