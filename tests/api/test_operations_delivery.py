"""The contract's documents about delivery: events reported by a shop, and figures that follow from them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.api.test_operations import answer
from tests.api.test_operations_streams import told
from tests.conftest import Api
from tests.delivery.serving import see as seen
from tests.delivery.serving import serve
from tests.people import EDITOR, FEED, NORTH, NOW, SPRING
from tests.serving import empty, see, seen_and_clicked, sums, token


def event(kind: str, at: Any = NOW, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "at": at.isoformat(), **fields}


def test_a_shop_reports_what_shoppers_did(api: Api):
    empty(api)
    shown, later = token(api), NOW + timedelta(seconds=9)
    api.clock.pass_(minutes=1)
    events = [event("IMPRESSION", resolvedBidId=shown), event("CLICK", later, resolvedBidId=shown)]
    events += [event("CLICK", later, resolvedBidId=shown), event("CLICK", later, resolvedBidId="x", eventId="mine")]
    reported = answer(api, "EventsReport", FEED, events=[*events, event("DETAIL_PAGE_VIEW", sku="N-1")])["eventsReport"]

    assert (reported["accepted"], reported["duplicates"], sums(api)) == (2, 1, (1, 1, 0, 0, 250_000))
    assert reported["rejected"] == [
        {"eventId": "mine", "reason": "UNKNOWN_BID"},
        {"eventId": "4", "reason": "MALFORMED"},
    ]
    paths = [(error["code"], error["path"]) for error in reported["userErrors"]]
    assert paths == [("INVALID", ["events", "3", "resolvedBidId"]), ("INVALID", ["events", "4", "eventId"])]


def test_a_report_without_events_or_with_too_many_is_refused_as_a_whole(api: Api):
    before = sums(api)
    few, many = (
        answer(api, "EventsReport", FEED, events=[event("DETAIL_PAGE_VIEW", eventId="v")] * count)["eventsReport"]
        for count in (0, 1_001)
    )

    assert [each["userErrors"][0]["code"] for each in (few, many)] == ["INVALID", "LIMIT"]
    assert (few["accepted"], many["accepted"], sums(api)) == (None, None, before)


def test_what_an_account_spends(api: Api):
    seen_and_clicked(api, token(api))
    spend = answer(api, "Spend", EDITOR, id=NORTH)["account"]["spend"]

    assert (spend["today"], spend["lifetime"]) == ({"decimal": "0.25"}, {"decimal": "2.75"})
    assert spend["remainingBudget"] == {"decimal": "197.25"}


def test_figures_are_followed(api: Api):
    see(api, token(api))

    async def nothing() -> None:
        """The first figures come at once."""

    tick = told(api, "MetricsTick", EDITOR, nothing, campaignIds=[SPRING], everySeconds=1)["metricsTick"]
    assert (tick["campaignId"], tick["row"]["impressions"], tick["row"]["clicks"]) == (SPRING, "1", "0")
    assert tick["at"] == "2026-11-20T12:00:00Z"


def test_an_ad_is_tried_on_the_auctions_that_were_held(api: Api):
    seen(api, serve(api, *map(str, range(70)), count=2))
    api.clock.pass_(days=1)
    bid = {"micros": "500000", "currency": "USD"}
    found = answer(api, "AudienceEstimate", EDITOR, input={"accountId": NORTH, "interestIds": [], "bid": bid})
    estimate = found["audienceEstimate"]

    assert (estimate["dailyImpressions"], estimate["enoughForBudget"]) == ("70", None)


def test_what_other_bids_would_have_brought(api: Api):
    seen(api, serve(api, *map(str, range(10)), count=2))
    api.clock.pass_(days=1)
    bids = [{"micros": micros, "currency": "USD"} for micros in ("100000", "500000")]
    found = answer(api, "BidLandscape", EDITOR, campaignId=SPRING, bids=bids)["bidLandscape"]

    assert [(each["bid"]["micros"], each["wins"]) for each in found["points"]] == [("100000", "0"), ("500000", "20")]
    assert found["basedOnAuctions"] == "20"


def test_why_only_part_of_a_budget_was_spent(api: Api):
    seen(api, serve(api, *map(str, range(10)), count=2))
    api.clock.pass_(days=1)
    found = answer(api, "DeliveryDiagnosis", EDITOR, campaignId=SPRING)["deliveryDiagnosis"]

    assert (found["verdict"], found["outcomes"]) == ("UNDER_DELIVERING", [{"outcome": "WON", "count": "10"}])
    assert sum(Decimal(cause["share"]) for cause in found["causes"]) == 1
