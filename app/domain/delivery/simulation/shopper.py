"""What a simulated shopper does with ads that are shown, and how late, how often and how crookedly it is reported."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from app.domain.delivery.events import EventKind
from app.domain.delivery.reports import Report
from app.domain.delivery.simulation.dice import Dice

HOUR = 3_600_000  # milliseconds
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Habits:
    """How often what happens, in parts per million, and how long it takes, in milliseconds."""

    thinks: int = 20_000
    """Mean time until a click."""
    hesitates: int = 50_000
    """How often it takes 30 times as long."""
    visits: int = 900_000
    """How often a click ends on the product's page, which reports it."""
    returns: int = 4_000
    """How often the product is looked up later without a click."""
    again: int = 10_000
    """How often a report is delivered twice."""
    late: int = 5_000
    """How often it comes hours later: a phone in a tunnel, a queue that stood still."""
    skew: int = 2_000
    """How far a shopper's clock is off at most, either way."""


class Shown(NamedTuple):
    """An ad that was shown: when, its token, the product's sku (empty: a Page), and how often it is clicked there."""

    at: datetime
    token: str
    sku: str
    ctr: int  # parts per million


class Delivered(NamedTuple):
    """A report, and when it arrives."""

    at: datetime
    report: Report


def reports(shopper: str, shown: Shown, habits: Habits) -> Iterator[Delivered]:
    """What is reported of an ad that was shown. What belongs together comes late together."""
    dice = Dice("does", shown.token)
    skew = dice.below(2 * habits.skew + 1) - habits.skew
    late = dice.wait(4 * HOUR) if dice.happens(habits.late) else 0
    for report in _done(dice, shopper, shown, habits):
        told = replace(report, at=max(shown.at, report.at + skew * _MILLISECOND))
        at = report.at + (late + dice.wait(500)) * _MILLISECOND
        yield Delivered(at, told)
        if dice.happens(habits.again):
            yield Delivered(at + dice.wait(10_000) * _MILLISECOND, told)


def _done(dice: Dice, shopper: str, shown: Shown, habits: Habits) -> Iterator[Report]:
    at = shown.at + (300 + dice.below(1_700)) * _MILLISECOND
    yield Report(EventKind.IMPRESSION, at, token=shown.token)
    if dice.happens(shown.ctr):
        at += (1_000 + dice.wait(habits.thinks * (30 if dice.happens(habits.hesitates) else 1))) * _MILLISECOND
        yield Report(EventKind.CLICK, at, token=shown.token)
        looked = dice.happens(habits.visits)
    else:
        at += (60_000 + dice.wait(HOUR)) * _MILLISECOND
        looked = dice.happens(habits.returns)
    if looked and shown.sku:
        at += (500 + dice.below(2_000)) * _MILLISECOND
        yield Report(EventKind.DETAIL_PAGE_VIEW, at, None, f"visit {shown.token[-40:]}", shown.sku, shopper)
