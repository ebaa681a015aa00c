"""What the retailer promises and demands: service levels in its business time, and documents in versions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from app.domain.errors import Findings, InvalidInput, Problem
from app.domain.text import line_problem, text_problem

DURATION = re.compile(r"P(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,4})H)?(?:([0-9]{1,5})M)?)?")
LONGEST = timedelta(days=90)
DAY = timedelta(days=1)
MOST_MARKDOWN = 100_000
SEARCHED = timedelta(days=400)
"""How far a calendar is looked through for its next business day: one without any in a year is a mistake."""


class ServiceLevelKind(Enum):
    AGENCY_ACCESS_REVIEW = "AGENCY_ACCESS_REVIEW"
    BRAND_REGISTRATION_REVIEW = "BRAND_REGISTRATION_REVIEW"
    AD_MODERATION = "AD_MODERATION"
    METRICS_FINAL = "METRICS_FINAL"


class PolicyDocumentKind(Enum):
    AGREEMENT = "AGREEMENT"
    USER_GUIDE = "USER_GUIDE"
    AD_POLICY_GUIDELINES = "AD_POLICY_GUIDELINES"
    CREATIVE_STANDARDS = "CREATIVE_STANDARDS"
    BILLING_FUNDAMENTALS = "BILLING_FUNDAMENTALS"
    INFRINGEMENT_PROCEDURE = "INFRINGEMENT_PROCEDURE"


@dataclass(frozen=True)
class ServiceLevel:
    """A promise: an ISO 8601 duration, whose days count as business days or by the clock."""

    duration: str
    business_days: bool


PROMISED = {
    ServiceLevelKind.AGENCY_ACCESS_REVIEW: ServiceLevel("PT48H", business_days=False),  # S14
    ServiceLevelKind.BRAND_REGISTRATION_REVIEW: ServiceLevel("P3D", business_days=True),  # S73
    ServiceLevelKind.AD_MODERATION: ServiceLevel("P3D", business_days=False),  # S57
    ServiceLevelKind.METRICS_FINAL: ServiceLevel("P3D", business_days=False),  # S78
}
"""What is promised until the operator sets something else."""


def length(duration: str) -> timedelta | None:
    """The length of an ISO 8601 duration in days, hours and minutes; None for any other text."""
    found = DURATION.fullmatch(duration)
    if not found or not any(found.groups()) or duration.endswith("T"):
        return None
    days, hours, minutes = (int(each or 0) for each in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def duration_problem(duration: str, *path: str) -> Problem | None:
    known = length(duration)
    if known is not None and timedelta() < known <= LONGEST:
        return None
    message = f"Write a duration of at most {LONGEST.days} days as ISO 8601: PT48H, P3D, P1DT12H."
    return InvalidInput(message=message, path=path, constraint=f"0 < duration <= P{LONGEST.days}D")


def check_document(found: Findings, title: str, markdown: str, effective_at: datetime, now: datetime) -> None:
    """A new version of a document is never in force before it was published."""
    found.add(line_problem(title, "title", name="The title", most=200))
    found.add(text_problem(markdown, "markdown", name="The text", most=MOST_MARKDOWN))
    if effective_at < now:
        found.invalid("A version comes into force now or later.", "effectiveAt", constraint="effectiveAt >= now")


@dataclass(frozen=True)
class BusinessCalendar:
    """The retailer's business time: whole days in its time zone, by the wall clock, of those on which it works."""

    zone: ZoneInfo
    works_on: Callable[[date], bool]

    def after(self, start: datetime, business: timedelta) -> datetime:
        """When so much business time has passed since *start*; what begins on a free day begins with the next day."""
        local = self._begin(start)
        days, rest = divmod(business, DAY)
        day = local.date()
        for _ in range(days):
            day = self._next(day + DAY)
        at = datetime.combine(day, local.time()) + rest
        if rest and at.date() != day:
            at = datetime.combine(self._next(at.date()), at.time())
        return at.replace(tzinfo=self.zone).astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The business time from *start* until *end*; nothing where *end* is earlier."""
        first, last = self._begin(start), self._begin(end)
        if last <= first:
            return timedelta()
        spans = (last.date() - first.date()).days
        days = sum(self.works_on(first.date() + DAY * each) for each in range(spans))
        return DAY * days + (_clock(last) - _clock(first))

    def _begin(self, at: datetime) -> datetime:
        """The wall clock at a moment, or at the start of the next business day where the moment is on a free one."""
        local = at.astimezone(self.zone).replace(tzinfo=None, fold=0)
        return local if self.works_on(local.date()) else datetime.combine(self._next(local.date()), time())

    def _next(self, day: date) -> date:
        """*day*, or the first business day after it."""
        found = day
        while not self.works_on(found):
            found += DAY
            if found - day > SEARCHED:
                raise ValueError("the calendar has no business day in a year")
        return found


def _clock(at: datetime) -> timedelta:
    return at - datetime.combine(at.date(), time())


def due(start: datetime, level: ServiceLevel, calendar: BusinessCalendar) -> datetime:
    """Until when a promise that begins at *start* is kept (S82)."""
    whole = length(level.duration)
    if whole is None:
        raise ValueError(f"{level.duration} is no duration")
    return calendar.after(start, whole) if level.business_days else start + whole


def left(now: datetime, due_at: datetime, level: ServiceLevel, calendar: BusinessCalendar) -> timedelta:
    """How much of a promise's time is left, in its own kind of time; nothing once it is overdue."""
    if level.business_days:
        return calendar.between(now, due_at)
    return max(due_at - now, timedelta())


def resumed(now: datetime, rest: timedelta, level: ServiceLevel, calendar: BusinessCalendar) -> datetime:
    """Until when a promise is kept whose clock stood still with *rest* left (S74)."""
    return calendar.after(now, rest) if level.business_days else now + rest
