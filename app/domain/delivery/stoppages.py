"""When ads could not be served, and why: the hours that a campaign lost, read off its history."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from app.domain.campaigns.status import ReasonCode, ReviewStatus, SystemStop
from app.domain.delivery.causes import OF_STATUS, CauseKind
from app.domain.events import Event

SECOND = timedelta(seconds=1)
SWITCHES = {
    Event.CAMPAIGN_PAUSED: (ReasonCode.CAMPAIGN_PAUSED, True),
    Event.CAMPAIGN_RESUMED: (ReasonCode.CAMPAIGN_PAUSED, False),
    Event.AD_PAUSED: (ReasonCode.PAUSED_BY_USER, True),
    Event.AD_RESUMED: (ReasonCode.PAUSED_BY_USER, False),
    Event.ACCOUNT_HELD: (ReasonCode.ACCOUNT_PAYMENT_HOLD, True),
    Event.ACCOUNT_RELEASED: (ReasonCode.ACCOUNT_PAYMENT_HOLD, False),
    Event.ACCOUNT_SUSPENDED: (ReasonCode.ACCOUNT_SUSPENDED, True),
    Event.ACCOUNT_REINSTATED: (ReasonCode.ACCOUNT_SUSPENDED, False),
    Event.ACCOUNT_CLOSED: (ReasonCode.ACCOUNT_CLOSED, True),
}
"""What history tells of: the reason that begins with an event, or ends."""
_STOPPED = {
    SystemStop.POLICY: ReasonCode.POLICY_STOP,
    SystemStop.BILLING: ReasonCode.BILLING_FAILED,
    SystemStop.OUT_OF_STOCK: ReasonCode.OUT_OF_STOCK,
}
_WEIGHT = {code: weight for weight, code in enumerate(ReasonCode)}


@dataclass(frozen=True)
class Span:
    """From a moment to another, which is no part of it."""

    start: datetime
    end: datetime

    def within(self, other: "Span") -> int:
        """How many whole seconds of it lie in the other."""
        return max(timedelta(), min(self.end, other.end) - max(self.start, other.start)) // SECOND


@dataclass(frozen=True)
class Stop:
    """What kept an ad from being served, and when."""

    reason: ReasonCode
    span: Span


@dataclass(frozen=True)
class Life:
    """When an ad was there to be served, from its submission until another replaced it, and what kept it from that."""

    span: Span
    stops: Sequence[Stop]

    def lost(self) -> Iterator[tuple[CauseKind, Span]]:
        """The times in which it was not served, each with the cause of the weightiest reason then."""
        moments = {each.span.start for each in self.stops} | {each.span.end for each in self.stops}
        cuts = sorted({min(max(at, self.span.start), self.span.end) for at in moments})
        for start, end in pairwise(cuts):
            reasons = [each.reason for each in self.stops if each.span.start <= start < each.span.end]
            if reasons:
                yield OF_STATUS[min(reasons, key=_WEIGHT.__getitem__)], Span(start, end)


def off(switches: Sequence[tuple[datetime, bool]], over: Span, *, is_off: bool) -> list[Span]:
    """When something was off: *switches* say in order at which moments it went off (True) or on, *is_off* how it ended.

    Before its first switch it stood the other way; without any it has always stood as it does.
    """
    states = [not switches[0][1], *(to for _, to in switches)] if switches else [is_off]
    moments = [over.start, *(at for at, _ in switches), over.end]
    spans = (Span(start, end) for (start, end), state in zip(pairwise(moments), states, strict=True) if state)
    return [each for each in spans if each.start < each.end]


def switched(events: Sequence[tuple[datetime, Event]], over: Span, now: Collection[ReasonCode]) -> list[Stop]:
    """What *events*, in their order, say of switches; *now* holds the reasons that there are now."""
    switches: dict[ReasonCode, list[tuple[datetime, bool]]] = {reason: [] for reason in now}
    for at, event in events:
        reason, to = SWITCHES[event]
        switches.setdefault(reason, []).append((at, to))
    return [
        Stop(reason, span) for reason, moments in switches.items() for span in off(moments, over, is_off=reason in now)
    ]


def scheduled(starts_at: datetime, ends_at: datetime | None, over: Span) -> list[Stop]:
    """The time before a campaign's start and after its end."""
    before = Stop(ReasonCode.NOT_STARTED, Span(over.start, max(over.start, starts_at)))
    after = Stop(ReasonCode.ENDED, Span(min(over.end, ends_at or over.end), over.end))
    return [before, after]


def cardless(cards: Sequence[Span], over: Span) -> list[Stop]:
    """The time in which an account had no card that could be charged; *cards* say when it had each."""
    free, at = list[Span](), over.start
    for card in sorted(cards, key=lambda each: each.start):
        free.append(Span(at, min(card.start, over.end)))
        at = max(at, card.end)
    free.append(Span(at, over.end))
    return [Stop(ReasonCode.NO_PAYMENT_METHOD, each) for each in free if each.start < each.end]


@dataclass(frozen=True)
class Ad:
    """What is known of an ad that was handed in: `decided_at` by a moderator, `replaced_at` by another ad."""

    submitted_at: datetime
    review: ReviewStatus
    decided_at: datetime | None
    stop: SystemStop
    stopped_at: datetime | None
    is_paused: bool
    replaced_at: datetime | None


def life(ad: Ad, shared: Sequence[Stop], events: Sequence[tuple[datetime, Event]], over: Span) -> Life:
    """An ad's time, with what it *shares* with all of its campaign; its own *events* tell when it was paused."""
    paused = {ReasonCode.PAUSED_BY_USER} if ad.is_paused else set[ReasonCode]()
    stops = [*shared, *switched(events, over, paused)]
    decided_at = over.end if ad.review is ReviewStatus.IN_MODERATION else ad.decided_at or ad.submitted_at
    stops.append(Stop(ReasonCode.IN_MODERATION, Span(ad.submitted_at, decided_at)))
    if ad.review is ReviewStatus.REJECTED:
        stops.append(Stop(ReasonCode.REJECTED, Span(decided_at, over.end)))
    if ad.stopped_at is not None and ad.stop in _STOPPED:
        stops.append(Stop(_STOPPED[ad.stop], Span(ad.stopped_at, over.end)))
    is_over = ad.replaced_at is not None and (ad.is_paused or ad.stop is not SystemStop.NONE)
    return Life(Span(ad.submitted_at, (ad.replaced_at if is_over else None) or over.end), stops)


def adless(ads: Sequence[Life], shared: Sequence[Stop], over: Span) -> list[Life]:
    """The time before the first ad was handed in: there was nothing to be served."""
    first = min((each.span.start for each in ads), default=over.end)
    before = Span(over.start, min(first, over.end))
    return [Life(before, [*shared, Stop(ReasonCode.NO_APPROVED_AD, before)])] if before.start < before.end else []


def shares_lost(lives: Sequence[Life], spans: Sequence[Span]) -> list[Mapping[CauseKind, Fraction]]:
    """For each of the spans, such as days, the share of the ads' time in it that each cause took."""
    there = Counter(life.span for life in lives)
    lost = Counter(each for life in lives for each in life.lost())  # most of it is alike for all ads of a campaign
    return [_shares(there, lost, span) for span in spans]


def _shares(
    there: Mapping[Span, int], lost: Mapping[tuple[CauseKind, Span], int], span: Span
) -> Mapping[CauseKind, Fraction]:
    whole = sum(each.within(span) * ads for each, ads in there.items())
    seconds = Counter[CauseKind]()
    for (cause, each), ads in lost.items():
        seconds[cause] += each.within(span) * ads
    return {cause: Fraction(took, whole) for cause, took in seconds.items() if took}
