"""The hourly rollups: sums of what is new, added to what is there, so that a rebuild from the events gives the same."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.db import bulk
from app.db.tables.metrics import MetricHour, TargetHour
from app.db.work import Work
from app.domain.delivery.attribution import After, Touch
from app.domain.delivery.events import AdEvent, EventKind
from app.domain.metrics import Hour, Placement
from app.resolvers.delivery.owners import Owner

COUNTERS = (
    "impressions",
    "clicks",
    "unbilled_clicks",
    "invalid_clicks",
    "spend_micros",
    "detail_page_views_after_click",
    "detail_page_views_after_view",
)
VIEWS, CLICKS, UNBILLED, INVALID, SPEND, AFTER_CLICK, AFTER_VIEW = range(len(COUNTERS))
Cell = tuple[UUID, Placement, int, Hour, int]
"""Where something counts: ad, placement, position, hour, and target (0: none)."""


class Additions:
    """What is to be added to the rollups by one transaction."""

    def __init__(self) -> None:
        self._sums: defaultdict[Cell, list[int]] = defaultdict(lambda: [0] * len(COUNTERS))

    def event(self, event: AdEvent, hour: Hour, charged: int) -> None:
        """An impression or click: invalid ones are in no figure but their own."""
        sums = self._sums[event.ad_id, event.placement, event.position, hour, event.target]
        if event.kind is EventKind.IMPRESSION:
            sums[VIEWS] += event.invalid is None
        elif event.invalid is not None:
            sums[INVALID] += 1
        else:
            sums[CLICKS] += 1
            sums[SPEND] += charged
            sums[UNBILLED] += charged == 0 < event.price

    def take_back(self, cell: Cell, charged: int) -> None:
        """A valid click that turned out to be none."""
        sums = self._sums[cell]
        sums[CLICKS] -= 1
        sums[INVALID] += 1
        sums[SPEND] -= charged

    def visit(self, touch: Touch, hour: Hour) -> None:
        """A visit, in the place where the ad was touched and the hour in which it was made."""
        sums = self._sums[touch.ad_id, touch.placement, touch.position, hour, touch.target]
        sums[AFTER_CLICK if touch.after is After.CLICK else AFTER_VIEW] += 1

    async def write(self, work: Work, owners: Mapping[UUID, Owner]) -> None:
        """Add them all up, in the order of their keys."""
        counted = sorted(((cell, sums) for cell, sums in self._sums.items() if any(sums)), key=_place)
        whole: dict[Cell, Sequence[int]] = {}
        for (ad_id, placement, position, hour, _), sums in counted:
            cell = (ad_id, placement, position, hour, 0)
            whole[cell] = [a + b for a, b in zip(whole[cell], sums, strict=True)] if cell in whole else sums
        await bulk.add_up(work.session, MetricHour, [_row(*each, owners) for each in whole.items()], COUNTERS)
        aimed = [[cell[-1], *_row(cell, sums, owners)] for cell, sums in counted if cell[-1]]
        await bulk.add_up(work.session, TargetHour, aimed, COUNTERS)


def _place(counted: tuple[Cell, list[int]]) -> Any:
    ad_id, placement, position, hour, target = counted[0]
    return ad_id.int, placement.value, position, hour.starts_at, target


def _row(cell: Cell, sums: Sequence[int], owners: Mapping[UUID, Owner]) -> list[Any]:
    """A row as `MetricHour` has its columns."""
    ad_id, placement, position, hour, _ = cell
    owner = owners[ad_id]
    ids = (owner.account_id, owner.campaign_id, owner.product_id)
    return [ad_id, placement, position, hour.starts_at, *ids, hour.day, hour.hour, *sums]
