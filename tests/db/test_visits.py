"""Detail page views: owed to one ad, once, in the hour of the visit, with the rule that was in force (S51)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Api
from tests.people import NOW
from tests.serving import VIEWS, click, empty, report, see, sums, token, visit

RULE = "last touch; click 1209600 s before view 86400 s; refresh 30 s"


@pytest.fixture(autouse=True)
def nothing_counted(api: Api) -> None:
    empty(api)


def ann_sees(api: Api, number: int = 1, **more: Any) -> str:
    shown = token(api, number, shopper="ann", **more)
    see(api, shown)
    api.clock.pass_(seconds=20)
    return shown


def ann_clicks(api: Api, number: int = 1, **more: Any) -> None:
    click(api, ann_sees(api, number, **more))


def visits(api: Api, *items: dict[str, Any]) -> Any:
    return report(api, *items).json()


def counted(api: Api) -> tuple[int, ...]:
    """Detail page views after a click, and after a view."""
    return sums(api, VIEWS)


def test_a_visit_after_a_click_counts_for_the_click(api: Api):
    ann_clicks(api)
    told = visits(api, visit(api.clock()))

    assert (told["accepted"], counted(api)) == (1, (1, 0))
    (row,) = api.rows("SELECT after, position, rule FROM detail_page_view")
    assert row == ("CLICK", 1, RULE)


def test_a_visit_after_a_view_alone_counts_for_the_view(api: Api):
    ann_sees(api)
    visits(api, visit(api.clock()))

    assert counted(api) == (0, 1)


def test_a_click_beats_later_views(api: Api):
    ann_clicks(api, 1)
    ann_sees(api, 2, rank=2)
    visits(api, visit(api.clock()))

    assert counted(api) == (1, 0)
    assert api.rows("SELECT position FROM detail_page_view") == [(1,)]


def test_of_several_ads_the_last_touched_one_gets_the_visit(api: Api):
    ann_clicks(api, 1, rank=1)
    ann_clicks(api, 2, rank=3)
    visits(api, visit(api.clock()))

    assert (counted(api), api.rows("SELECT position FROM detail_page_view")) == ((1, 0), [(3,)])


@pytest.mark.parametrize(
    "other", [{"shopper": "bob"}, {"sku": "N-2"}, {"sku": "unknown"}], ids=["shopper", "product", "no product"]
)
def test_a_visit_of_somebody_or_something_else_is_owed_to_nobody(api: Api, other):
    ann_clicks(api)
    told = visits(api, visit(api.clock(), **other))

    assert (told["accepted"], told["rejected"], counted(api)) == (1, [], (0, 0))


@pytest.mark.parametrize(("days", "views"), [(13.9, (1, 0)), (14.1, (0, 0))])
def test_a_click_counts_for_two_weeks(api: Api, days, views):
    ann_clicks(api)
    api.clock.pass_(days=days)
    visits(api, visit(api.clock()))

    assert counted(api) == views


@pytest.mark.parametrize(("hours", "views"), [(23.9, (0, 1)), (24.1, (0, 0))])
def test_a_view_counts_for_a_day(api: Api, hours, views):
    ann_sees(api)
    api.clock.pass_(hours=hours)
    visits(api, visit(api.clock()))

    assert counted(api) == views


def test_a_page_that_is_loaded_again_was_visited_once(api: Api):
    ann_clicks(api)
    at = api.clock()
    api.clock.pass_(minutes=5)
    visits(api, visit(at, "v1"), visit(at + timedelta(seconds=29), "v2"))
    visits(api, visit(at + timedelta(seconds=10), "v3"), visit(at + timedelta(seconds=60), "v4"))

    assert counted(api) == (2, 0)


def test_a_visit_sent_again_counts_once(api: Api):
    ann_clicks(api)
    told = [visits(api, *[visit(api.clock(), "v1")] * 2) for _ in range(2)]

    assert [(each["accepted"], each["duplicates"]) for each in told] == [(1, 1), (0, 2)]
    assert counted(api) == (1, 0)


def test_a_visit_counts_in_its_own_hour(api: Api):
    ann_clicks(api)
    api.clock.pass_(hours=3)
    visits(api, visit(api.clock()))

    hours = api.rows(f"SELECT hour, clicks, {VIEWS} FROM metric_hour ORDER BY hour")
    assert hours == [(12, 1, 0, 0), (15, 0, 1, 0)]


def test_invalid_clicks_get_no_visits(api: Api):
    click(api, token(api, shopper="ann"))
    api.clock.pass_(seconds=5)
    visits(api, visit(api.clock()))

    assert (counted(api), sums(api)[3]) == ((0, 0), 1)


def test_a_visit_of_final_hours_is_refused(api: Api):
    ann_clicks(api)
    at = api.clock()
    api.clock.pass_(hours=72)
    told = visits(api, visit(at))

    assert ([each["reason"] for each in told["rejected"]], counted(api)) == (["TOO_OLD"], (0, 0))


def test_a_visit_may_come_in_one_report_with_its_click(api: Api):
    shown = token(api, shopper="ann")
    at = NOW + timedelta(seconds=9)
    api.clock.pass_(minutes=1)
    events = [("IMPRESSION", NOW), ("CLICK", at)]
    items = [{"kind": kind, "occurredAt": moment.isoformat(), "resolvedBidId": shown} for kind, moment in events]
    visits(api, visit(at + timedelta(seconds=1)), *items)

    assert (counted(api), sums(api)[:2]) == ((1, 0), (1, 1))
